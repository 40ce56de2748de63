"""The process's memory, which the C library holds on to."""

import ctypes
from functools import cache
from typing import Any


def release_memory() -> None:
    """Give memory that is free back to the system, where glibc keeps it.

    An update makes and frees large tensors of ever new sizes. glibc keeps the pieces for itself,
    and they fit the next update badly: a training process grew by 140 MB with each update of PPO,
    half of it free. Elsewhere than on glibc this does nothing.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Any:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # Not glibc; on Windows None is no library.
        return None
