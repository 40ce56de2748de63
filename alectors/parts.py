"""Parts of an agent that a user replaces: callables, named by import path in a saved agent."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch

from alectors.envs.errors import InvalidArgument
from alectors.envs.importing import import_callable

from .arrays import ArrayReader
from .mlp import MlpNetwork
from .network import NetworkConfig, StatementNetwork
from .reader import Reader

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


def make_network(
    reader: Reader | ArrayReader, config: NetworkConfig, path: str | None
) -> StatementNetwork | MlpNetwork:
    """The network for what a reader reads: the one that ``path`` names, or the reader's kind."""
    own = None if path is None else find_part("network_class", path)
    made: StatementNetwork | MlpNetwork
    if isinstance(reader, ArrayReader):
        made = (own or MlpNetwork)(reader.width, reader.num_actions, config)
    else:
        made = (own or StatementNetwork)(reader.table.width, config)
    return made


def make_optimizer(
    parameters: Iterable[Any], rate: float, path: str | None
) -> torch.optim.Optimizer:
    """The optimiser that ``path`` names, or Adam, of parameters or groups of them."""
    adam = partial(torch.optim.Adam, eps=1e-5, fused=True)
    made: torch.optim.Optimizer = (find_part("optimizer_class", path) if path else adam)(
        parameters, lr=rate
    )
    return made
