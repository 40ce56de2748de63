"""Where tensors are: the CPU, or a GPU."""

import torch

from alectors.envs.errors import InvalidArgument


def find_device(name: str) -> torch.device:
    """The device of a name.

    Args:
        name: ``"auto"`` (CUDA where there is a GPU, else the CPU), ``"cpu"``, ``"cuda"`` or
            ``"cuda:N"``.

    Raises:
        InvalidArgument: There is no such device.
    """
    if name == "auto":
        return best_device()
    kind, _, number = name.partition(":")
    if name == "cpu" or (kind == "cuda" and (name == kind or number.isdecimal())):
        count = torch.cuda.device_count()
        if kind == "cuda" and not int(number or 0) < count:
            raise InvalidArgument(
                f"device={name!r} is not there: torch sees {count or 'no'} CUDA "
                f"{'device' if count == 1 else 'devices'} on this machine. "
                'device="auto" takes what there is.'
            )
        return torch.device(name)
    raise InvalidArgument(f"device={name!r} is neither auto, cpu, cuda nor cuda:N.")


def best_device() -> torch.device:
    """The GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
