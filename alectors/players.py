"""Agents that do not learn here, by name: what `alectors evaluate` and its like can be told."""

from typing import TYPE_CHECKING, Any, cast

from alectors.envs.errors import UnknownName, nearest, require
from alectors.envs.importing import import_callable

from .baselines import OracleAgent, RandomAgent

if TYPE_CHECKING:
    from .evaluation import Acting

BASELINES: dict[str, type[RandomAgent] | type[OracleAgent]] = {
    "random": RandomAgent,
    "oracle": OracleAgent,
}
"""Agents that stand beside every score."""
KINDS = (
    "random",
    "oracle",
    "human",
    "uci:<path>",
    "llm:<folder or hub id>",
    "llm:<http address>",
    "<module>:<Class>",
)
"""The forms of a name."""


def is_player(name: str) -> bool:
    """Whether ``name`` has the form of an agent's name, and not of a folder's."""
    return name in BASELINES or name == "human" or ":" in name


def make_player(name: str) -> "Acting":
    """The agent that a name stands for.

    Args:
        name: One of `KINDS`. A class of one's own is made without arguments and needs
            ``choose_action(observation, info)``; see `alectors.evaluation.Acting`.

    Raises:
        UnknownName: The name means nothing.
        InvalidArgument: A class cannot be imported or made, or has no ``choose_action``.
        ModelError: A language model cannot be loaded or reached.
        OpponentError: There is no such engine.
    """
    if name in BASELINES:
        return BASELINES[name]()
    if name == "human":
        from .human import HumanAgent

        return HumanAgent()
    kind, _, rest = name.partition(":")
    if kind == "uci" and rest:
        from .engine_agent import UciAgent

        return UciAgent(rest)
    if kind == "llm" and rest:
        return _language_model(rest)
    if rest and kind:
        return _import_agent(name)
    raise UnknownName(
        f"No agent is called {name!r}; there are {', '.join(KINDS)}."
        + nearest(name, [*BASELINES, "human"])
    )


def _language_model(rest: str) -> "Acting":
    if rest.startswith(("http://", "https://")):
        from .llm_server import ServerAgent

        return ServerAgent(rest)
    from .llm import LanguageModelAgent

    return LanguageModelAgent(rest)


def _import_agent(path: str) -> "Acting":
    made: Any = import_callable("agent", path)
    try:
        agent = made()
    except TypeError as error:
        require(False, f"agent={path!r} cannot be made without arguments: {error}.")
    require(
        callable(getattr(agent, "choose_action", None)),
        f"agent={path!r} has no choose_action(observation, info), which an agent needs.",
    )
    return cast("Acting", agent)
