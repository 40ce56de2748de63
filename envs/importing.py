"""Callables named by import path, so that an environment's arguments go to JSON and back."""

import importlib
from collections.abc import Callable
from typing import Any

from .errors import InvalidArgument, nearest


def import_callable(argument: str, path: str) -> Callable[..., Any]:
    """What ``<module>:<callable>`` names.

    Args:
        argument: The argument that was given the path, for the error's words.
        path: The import path.

    Raises:
        InvalidArgument: The path leads to nothing that can be called.
    """
    module_name, _, name = path.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise InvalidArgument(
            f"{argument}={path!r}: the module {module_name!r} cannot be imported ({error})."
        ) from error
    found = getattr(module, name, None)
    if not callable(found):
        hint = nearest(name, [other for other in vars(module) if callable(vars(module)[other])])
        raise InvalidArgument(f"{argument}={path!r}: {module_name} has no callable {name!r}.{hint}")
    return found  # type: ignore[no-any-return]
