"""TextWorld's interpreter of stories, changing from one story to another quickly and cleanly."""

from pathlib import Path
from typing import Any

from textworld import EnvInfos
from textworld.envs import TWInform7
from textworld.envs.zmachine.jericho import JerichoEnv

SEED = 1
"""TextWorld seeds its games itself; the interpreter under them would otherwise take the clock."""


class Interpreter(JerichoEnv):  # type: ignore[misc]
    """TextWorld's own interpreter, but for how it loads a second story.

    jericho keeps every story that it has loaded, does not free the one before, digests each one,
    and begins it twice: once when it loads it, and once when it is reset.
    """

    def __init__(self) -> None:
        super().__init__(EnvInfos())
        self.seed(SEED)

    def load(self, z_file: str) -> None:
        """Take another story; `reset` begins it."""
        if self._jericho is None:
            super().load(z_file)
            return
        # As jericho's own load leaves a story that is none of those it knows.
        self._jericho._cache = {z_file: (Path(z_file).read_bytes(), {}, None)}
        self._jericho.story_file = z_file.encode()
        self.gamefile = z_file


def start() -> Any:
    """TextWorld's environment of the games that it makes, with none loaded yet."""
    return TWInform7(Interpreter())
