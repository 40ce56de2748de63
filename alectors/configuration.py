"""Configurations from keyword arguments: names, types and nested parts are checked."""

import types
from dataclasses import fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from alectors.envs.errors import InvalidArgument, UnknownName, nearest


def make_config(kind: type, given: dict[str, Any], prefix: str = "") -> Any:
    """A configuration of class ``kind``.

    Args:
        kind: A dataclass whose fields all have defaults.
        given: Values by field name; a nested configuration may be given as a dict.
        prefix: Where ``given`` stands, for messages.

    Raises:
        UnknownName: A name is not a field; the message has the nearest one.
        InvalidArgument: A value has another type than its field, or is out of range.
    """
    hints = get_type_hints(kind)
    known = {field.name for field in fields(kind)}
    made = {}
    for name, value in given.items():
        if name not in known:
            raise UnknownName(
                f"{kind.__name__} has no field {name!r}; it has {', '.join(sorted(known))}."
                + nearest(name, known)
            )
        hint = hints[name]
        if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
            made[name] = make_config(hint, value, f"{prefix}{name}.")
        elif _fits(value, hint):
            made[name] = value
        else:
            raise InvalidArgument(f"{prefix}{name} takes {_tell(hint)}, not {value!r}.")
    return kind(**made)


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if isinstance(value, bool):
        return hint is bool
    return isinstance(value, (int, float) if hint is float else hint)


def _tell(hint: Any) -> str:
    names = {int: "a whole number", float: "a number", str: "a word", bool: "true or false"}
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_tell(part) for part in get_args(hint))
    return "null" if hint is type(None) else names.get(hint, f"the fields of a {hint.__name__}")
