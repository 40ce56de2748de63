"""The registration table: one row per id, and what belongs to a name."""

from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym

from .simulator_names import GAMES, id_name
from .simulator_names import TASKS as SCIENCE_TASKS

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
    sampled: bool = False
    """Whether it is scored with actions drawn from the agent's policy, not with the likeliest."""
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
    "toy text": "Gymnasium's FrozenLake, Taxi, CliffWalking and Blackjack, told place by place",
    "classic control": "Gymnasium's CartPole, MountainCar and Acrobot, numbers told in phrases",
    "TextWorldExpress": "its eight games, from a coin to a recipe; needs an extra and Java",
    "ScienceWorld": "its thirty tasks of school science; needs an extra and Java",
    "echo": "the page names the word to say: for tests in seconds",
}
"""What the README says of each family."""

TASKS: dict[str, Task] = {}
"""Every registered id and its row, in the order of the table."""


def rows() -> list[Task]:
    """The registration table."""
    return [
        Task("Echo-v0", "echo:EchoEnv", family="echo"),
        # Whoever always makes the likeliest move repeats positions until the game is drawn.
        Task("Chess-v0", "chess_env:ChessEnv", core=True, sampled=True, family="chess"),
        *_curriculum_rows(),
        *_variant_rows(),
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
        *_simulator_rows(),
        *_toy_rows(),
        *_grid_rows(),
        # GLAM, which it is compared with, draws its actions in training and in tests.
        Task(
            "BabyAI-MixedLocal-v0",
            "grid_mixed_env:MixedLocalEnv",
            core=True,
            sampled=True,
            family="BabyAI",
        ),
    ]


CHESS_VARIANTS = {
    "Chess960-v0": "chess960",
    "ChessAntichess-v0": "antichess",
    "ChessAtomic-v0": "atomic",
    "ChessCrazyhouse-v0": "crazyhouse",
    "ChessHorde-v0": "horde",
    "ChessKingOfTheHill-v0": "kingofthehill",
    "ChessRacingKings-v0": "racingkings",
    "ChessThreeCheck-v0": "3check",
}
"""The ids of the variants of chess."""


def _variant_rows() -> list[Task]:
    return [
        Task(name, "chess_variants:ChessVariantEnv", {"variant": variant}, family="chess")
        for name, variant in CHESS_VARIANTS.items()
    ]


def _curriculum_rows() -> list[Task]:
    """The curriculum of chess: endgames and forced mates."""
    endgame, mate = "chess_endgame_env:ChessEndgameEnv", "chess_mate_env:ChessMateEnv"
    core: dict[str, tuple[str, dict[str, Any]]] = {
        "ChessKQK-v0": (endgame, {"pieces": "KQK"}),
        "ChessKRK-v0": (endgame, {"pieces": "KRK"}),
        "ChessKPK-v0": (endgame, {"pieces": "KPK"}),
        "ChessMateInOne-v0": (mate, {"moves": 1}),
        "ChessMateInTwo-v0": (mate, {"moves": 2}),
    }
    return [
        Task("ChessEndgame-v0", endgame, family="chess"),
        Task("ChessMate-v0", mate, family="chess"),
        *(
            Task(name, entry_point, kwargs, core=True, family="chess")
            for name, (entry_point, kwargs) in core.items()
        ),
    ]


def _toy_rows() -> list[Task]:
    """Gymnasium's own small environments, told through `narrate`."""
    text, control = "toy text", "classic control"
    return [
        Task("FrozenLake-v0", "toy_lake:FrozenLakeEnv", core=True, family=text),
        Task("FrozenLake-8x8-v0", "toy_lake:FrozenLakeEnv", {"size": 8}, family=text),
        Task(
            "FrozenLake-Slippery-v0",
            "toy_lake:FrozenLakeEnv",
            {"map": "4x4", "slippery": True},
            family=text,
        ),
        Task("Taxi-v0", "toy_taxi:TaxiEnv", core=True, family=text),
        Task("CliffWalking-v0", "toy_cliff:CliffWalkingEnv", family=text),
        Task("Blackjack-v0", "toy_blackjack:BlackjackEnv", family=text),
        Task("CartPole-v0", "toy_cartpole:CartPoleEnv", family=control),
        Task("MountainCar-v0", "toy_mountain:MountainCarEnv", family=control),
        Task("Acrobot-v0", "toy_acrobot:AcrobotEnv", family=control),
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


def _simulator_rows() -> list[Task]:
    """One row for every game and task of the simulators, which need not be installed."""
    games = {f"TextWorldExpress-{name}-v0": name for name in GAMES}
    tasks = {f"ScienceWorld-{id_name(name)}-v0": name for name in SCIENCE_TASKS}
    express, science = "express_env:ExpressEnv", "science_env:ScienceEnv"
    return [
        *(Task(k, express, {"game": v}, family="TextWorldExpress") for k, v in games.items()),
        *(Task(k, science, {"task": v}, family="ScienceWorld") for k, v in tasks.items()),
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
