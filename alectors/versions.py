"""Versions of what decides a result."""

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

NAMES = ("alectors", "torch", "transformers", "gymnasium", "minigrid", "textworld", "chess")


def versions() -> dict[str, str]:
    """Versions of the installed packages that decide a result, and Python's."""
    found = {"python": platform.python_version()}
    for name in NAMES:
        with suppress(PackageNotFoundError):  # textworld, where it cannot be installed
            found[name] = version(name)
    return found
