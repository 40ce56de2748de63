"""Environments whose states are told in natural language.

Installed as ``alectors.envs``; ``import alectors`` registers every id.
"""

if __name__ != "alectors.envs":
    raise ImportError(
        "These modules belong to the package alectors.envs. Import them as `alectors.envs`, not as "
        "`envs`: two copies of one module would register every environment twice."
    )

from . import wrappers as wrappers
