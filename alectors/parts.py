"""Parts of an agent that a user replaces: callables, named by import path in a saved agent."""

from collections.abc import Callable
from typing import Any

from alectors.envs.errors import InvalidArgument
from alectors.envs.importing import import_callable

Part = Callable[..., Any] | str
"""A class or a function at the top level of a module, or its import path "module:callable"."""


def name_part(kind: str, given: Part | None) -> str | None:
    """The import path of a part, under which a saved agent finds it again; None where none is.

    Args:
        kind: The argument's name, for messages.
        given: The part.

    Raises:
        InvalidArgument: It is no part, or leads to nothing that can be called.
    """
    if given is None:
        return None
    path = given if isinstance(given, str) else _path_of(kind, given)
    found = find_part(kind, path)
    if not isinstance(given, str) and found is not given:
        raise InvalidArgument(f"{kind}={given!r} is not what {path!r} names.")
    return path


def _path_of(kind: str, part: Callable[..., Any]) -> str:
    module, name = getattr(part, "__module__", ""), getattr(part, "__qualname__", "")
    if not (module and name.isidentifier()):
        raise InvalidArgument(
            f'{kind}={part!r} has no import path "module:callable", so a saved agent could not be '
            "loaded again: define it at the top level of a module."
        )
    return f"{module}:{name}"


def find_part(kind: str, path: str) -> Callable[..., Any]:
    """What an import path names; see `name_part`."""
    return import_callable(kind, path)
