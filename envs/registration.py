"""The registration table: one row per id, and what belongs to a name."""

from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym

NAMESPACE = "alectors"


@dataclass(frozen=True)
class Task:
    """One row of the registration table."""

    name: str
    """The id without its namespace: ``Chess-v0``."""
    entry_point: str
    """``module:class`` inside ``alectors.envs``."""
    kwargs: dict[str, Any] = field(default_factory=dict)
    """Arguments that the id fixes; a caller may override them."""
    core: bool = False
    """Whether the id is one of the core benchmark tasks."""
    family: str = ""
    """The heading under which tables list it."""

    @property
    def id(self) -> str:
        """The whole id, as ``gymnasium.make`` takes it."""
        return f"{NAMESPACE}/{self.name}"


FAMILIES = {
    "chess": "python-chess's rules, the board told piece by piece; from random to Stockfish",
    "BabyAI": "missions in rooms, told as the agent sees them",
    "MiniGrid": "keys, doors, lava, mazes and memory, told as the agent sees them",
    "text adventures": "real TextWorld games, made offline by the Inform 7 that textworld brings",
    "echo": "the page names the word to say: for tests in seconds",
}
"""What the README says of each family."""

TASKS: dict[str, Task] = {}
"""Every registered id and its row, in the order of the table."""


def rows() -> list[Task]:
    """The registration table."""
    return [
        Task("Echo-v0", "echo:EchoEnv", family="echo"),
        Task("Chess-v0", "chess_env:ChessEnv", core=True, family="chess"),
        Task("CoinCollector-v0", "adventure_env:CoinCollectorEnv", family="text adventures"),
        Task(
            "CoinCollector-L5-v0",
            "adventure_env:CoinCollectorEnv",
            {"level": 5},
            core=True,
            family="text adventures",
        ),
        Task("TextWorld-v0", "adventure_env:TextWorldEnv", family="text adventures"),
        *_challenge_rows(),
        Task("Jericho-v0", "jericho_env:JerichoEnv", family="text adventures"),
        *_grid_rows(),
    ]


CORE_CHALLENGES: dict[str, tuple[str, dict[str, Any]]] = {
    "TreasureHunter-L5-v0": ("TreasureHunterEnv", {"level": 5}),
    "Cooking-L1-v0": ("CookingEnv", {"level": 1}),
    "Cooking-L5-v0": ("CookingEnv", {"level": 5}),
    "SimpleGame-v0": ("SimpleGameEnv", {}),
}


def _challenge_rows() -> list[Task]:
    """TextWorld's challenges: one id that takes a level of each, and the core tasks."""
    general: dict[str, tuple[str, dict[str, Any]]] = {
        "TreasureHunter-v0": ("TreasureHunterEnv", {}),
        "Cooking-v0": ("CookingEnv", {}),
    }
    return [
        Task(
            name,
            f"adventure_challenge_env:{entry}",
            kwargs,
            core=name in CORE_CHALLENGES,
            family="text adventures",
        )
        for name, (entry, kwargs) in (general | CORE_CHALLENGES).items()
    ]


CORE_GRIDS = (
    "MiniGrid-DoorKey-5x5-v0",
    "BabyAI-GoToRedBallGrey-v0",
    "BabyAI-GoToLocal-v0",
)


def _grid_rows() -> list[Task]:
    """One row for every MiniGrid and BabyAI id that the installed minigrid registers."""
    import minigrid  # noqa: F401  (importing it fills Gymnasium's registry)

    return [
        Task(
            name,
            "grid_env:GridEnv",
            {"task": name},
            core=name in CORE_GRIDS,
            family=name.split("-")[0],
        )
        for name in gym.registry
        if name.startswith(("MiniGrid-", "BabyAI-"))
    ]


def register_all() -> None:
    """Register every row with Gymnasium. Calling it twice changes nothing."""
    for task in rows():
        if task.id in TASKS:
            continue
        gym.register(
            id=task.id,
            entry_point=f"alectors.envs.{task.entry_point}",
            kwargs=task.kwargs,
        )
        TASKS[task.id] = task
