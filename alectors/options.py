"""Free-form options of the command line: ``--env.NAME VALUE`` and ``--config.NAME VALUE``."""

import inspect
import json
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import load_env_creator

from alectors.envs.base import TextEnv
from alectors.envs.errors import InvalidArgument, UnknownName, nearest
from alectors.envs.registration import NAMESPACE


def take(argv: list[str], prefix: str) -> tuple[list[str], dict[str, Any]]:
    """Take ``--prefix.NAME VALUE`` (or ``--prefix.NAME=VALUE``) off an argument list.

    Args:
        argv: The arguments.
        prefix: ``env`` or ``config``.

    Returns:
        The other arguments, and the values by name; a value that reads as JSON (a number, true,
        a list) is taken so, any other is a string. ``a.b`` in a name nests.

    Raises:
        InvalidArgument: A name has no value.
    """
    rest: list[str] = []
    found: dict[str, Any] = {}
    left = list(argv)
    while left:
        word = left.pop(0)
        if not word.startswith(f"--{prefix}."):
            rest.append(word)
            continue
        name, equals, text = word.removeprefix(f"--{prefix}.").partition("=")
        if not equals:
            if not left or left[0].startswith("--"):
                raise InvalidArgument(f"{word} needs a value after it.")
            text = left.pop(0)
        _put(found, name.replace("-", "_").split("."), _value(text))
    return rest, found


def check_env_id(env_id: str) -> None:
    """Raise `UnknownName` with the nearest id when Gymnasium does not know ``env_id``."""
    if env_id not in gym.registry or f"{NAMESPACE}/{env_id}" in gym.registry:
        raise UnknownName(
            f"No environment for an agent is called {env_id!r}.{nearest(env_id, _named(env_id))}"
            " `alectors envs` lists those told in words."
        )


def _named(env_id: str) -> list[str]:
    """Where to look for the name that was meant: with its namespace left out, in that first."""
    told = f"{NAMESPACE}/{env_id}"
    return [told] if told in gym.registry else list(gym.registry)


def check_env_kwargs(env_id: str, given: dict[str, Any]) -> None:
    """Check names against the signature of the environment's class.

    Raises:
        UnknownName: The environment has no such argument; the message has the nearest one.
    """
    spec = gym.spec(env_id)
    if not isinstance(spec.entry_point, str):
        return
    known = _arguments(load_env_creator(spec.entry_point))
    for name in given:
        if known is not None and name not in known:
            raise UnknownName(
                f"{env_id} has no argument {name!r}; it has {', '.join(sorted(known))}."
                + nearest(name, known)
            )


def has_splits(env_id: str) -> bool:
    """Whether an environment takes ``split``, or may: some say nothing of their arguments."""
    creator = gym.spec(env_id).entry_point
    if creator is None:
        return False
    known = _arguments(load_env_creator(creator) if isinstance(creator, str) else creator)
    return known is None or "split" in known


def find_defaults(env_id: str) -> dict[str, Any]:
    """The arguments of an environment of this suite with their defaults, the id's own among them.

    Args:
        env_id: A whole id.

    Returns:
        By name; an argument without a default is left out.
    """
    spec = gym.spec(env_id)
    creator: Any = load_env_creator(str(spec.entry_point))
    found: dict[str, Any] = {}
    for kind in reversed(inspect.getmro(creator)):
        if issubclass(kind, TextEnv) and "__init__" in vars(kind):
            parameters = inspect.signature(vars(kind)["__init__"]).parameters.values()
            found |= {p.name: p.default for p in parameters if p.default is not p.empty}
    return found | spec.kwargs


def _arguments(creator: Any) -> set[str] | None:
    """Keyword names of an environment's class; None when any name goes."""
    parameters = inspect.signature(creator).parameters
    names = {n for n, p in parameters.items() if p.kind is not inspect.Parameter.VAR_KEYWORD}
    if len(names) == len(parameters):
        return names
    if inspect.isclass(creator) and issubclass(creator, TextEnv):
        own = creator.__mro__[: creator.__mro__.index(TextEnv)]
        common = _named_by(TextEnv) - {"num_actions", "max_length"}
        return common.union(*(_named_by(kind) for kind in own))
    return None


def _named_by(kind: type) -> set[str]:
    """The keyword names of a class's own ``__init__``."""
    if "__init__" not in vars(kind):
        return set()
    parameters = inspect.signature(vars(kind)["__init__"]).parameters.values()
    return {p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}


def _put(found: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        found = found.setdefault(part, {})
        if not isinstance(found, dict):
            raise InvalidArgument(f"{'.'.join(path)} cannot be given beside {part} itself.")
    found[path[-1]] = value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return {"True": True, "False": False, "None": None}.get(text, text)
