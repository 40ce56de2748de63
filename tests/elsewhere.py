"""A device that is not the CPU on a machine that has none: real numbers, and no mixing.

Tensors of the device `ELSEWHERE` compute on the CPU inside, and an operation that mixes them with
the CPU's raises, as one that mixes CUDA and CPU does.
"""

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_flatten, tree_map_only

ELSEWHERE = torch.device("meta")
"""A device that torch knows everywhere; within `Pretend` its tensors hold numbers."""
TRANSFERS = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}
INDEXING = {"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"}
"""CUDA takes a CPU tensor as an index."""


class Away(torch.Tensor):
    """A tensor that says that it is elsewhere."""

    inner: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> "Away":
        made = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            inner.size(),
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=ELSEWHERE,
        )
        made.inner = inner
        return made  # type: ignore[no-any-return]

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return f"Away({self.inner})"

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return run(func, args, kwargs or {})


class Pretend(TorchDispatchMode):
    """Within it `ELSEWHERE` is a device; counts the transfers to it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.sent += func in TRANSFERS and arrives(func, args, kwargs or {})
        return run(func, args, kwargs or {})


def arrives(func: Any, args: Any, kwargs: dict[str, Any]) -> bool:
    """Whether a transfer goes from the CPU to elsewhere."""
    if func is torch.ops.aten.copy_.default:
        return isinstance(args[0], Away) and not isinstance(args[1], Away)
    return kwargs.get("device") == ELSEWHERE and not isinstance(args[0], Away)


def run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    tensors = [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, torch.Tensor)]
    if func._schema.name in INDEXING:
        tensors = [args[0], *args[2:3]]
    away = any(isinstance(x, Away) for x in tensors)
    here = any(not isinstance(x, Away) and x.dim() > 0 for x in tensors)
    if func not in TRANSFERS and away and here:
        raise RuntimeError(f"{func} mixes the CPU with another device")
    asked = kwargs.get("device")
    if asked == ELSEWHERE:
        away, kwargs = True, {**kwargs, "device": torch.device("cpu")}
    elif asked is not None or func is torch.ops.aten._local_scalar_dense.default:
        away = False
    inside = tree_map_only(Away, lambda x: x.inner, (args, kwargs))
    found = func(*inside[0], **inside[1])
    if func is torch.ops.aten.copy_.default:
        return args[0]
    if not away:
        return found
    found = tree_map_only(torch.Tensor, Away, found)
    return return_and_correct_aliasing(func, args, kwargs, found)
