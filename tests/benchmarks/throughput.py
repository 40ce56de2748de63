"""How fast the environments tell their pages, beside the libraries under them.

    python tests/benchmarks/throughput.py [--rounds N] [NAME ...]

Plays at random, page and actions included, and prints what each environment reaches of the rate of
the library that it tells: python-chess's bare loop, MiniGrid's environment without words,
``textworld.gym`` asked for the same information. Exits with 1 where a bar is missed. A vector is
set beside a single environment, and text adventures whose logic is forgotten before each episode
beside TextWorld too; these rows have no bar.

Both sides play in short slices that alternate, so that whatever else the machine does meets both.
Time is the processor time of this process, resets included: every simulator here runs inside it,
and games are made before. A ratio compares the sums over all slices; the range beside it is that of
the rounds, a tenth cut off at each end. NAME chooses the rows whose names it is a part of.
"""

import argparse
import contextlib
import io
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import chess
import gymnasium as gym
import numpy as np
import textworld
import textworld.gym

import alectors
from alectors.envs import adventure_story
from alectors.envs.adventure_challenges import cooking
from alectors.envs.adventure_games import find_game, pool_seed
from alectors.envs.adventure_making import Recipe, coin_collector

Play = Iterator[int]
"""Random legal play without end; each item is how much has been played: steps, or half-moves."""
GAMES = 8
"""Text adventures in each pool."""
HALF_MOVES = 200
"""Length of a game of the bare chess loop, as of Chess-v0."""
COPIES = 16
"""Environments in a vector."""
ASKED = ("description", "inventory", "admissible_commands", "objective", "won", "lost", "max_score")
"""What ``textworld.gym`` is asked for, besides the answer and the score that it always gives."""
GRIDS = (
    "MiniGrid-Empty-5x5-v0",
    "MiniGrid-DoorKey-5x5-v0",
    "MiniGrid-DoorKey-16x16-v0",
    "MiniGrid-FourRooms-v0",
    "MiniGrid-MultiRoom-N6-v0",
    "BabyAI-GoToRedBallGrey-v0",
    "BabyAI-GoToLocal-v0",
    "BabyAI-BossLevel-v0",
)
OBSTACLES = "MiniGrid-Dynamic-Obstacles-8x8-v0"
"""Without a bar: moving the obstacles takes most of either side's step, and no image does."""


def told(env_id: str, *, forget: bool = False, half_moves: bool = False, **kwargs: Any) -> Play:
    """Play an environment of the suite by its mask; ``forget`` makes every game a new one."""
    env, rng = gym.make(f"alectors/{env_id}", **kwargs), random.Random(0)
    seed: int | None = 0
    while True:
        if forget:
            adventure_story._logics.clear()
        _, info = env.reset(seed=seed)
        seed, over, before = None, False, 0
        while not over:
            action = int(rng.choice(np.flatnonzero(info["action_mask"])))
            _, _, terminated, truncated, info = env.step(action)
            over = terminated or truncated
            now = len(env.unwrapped.game.move_stack) if half_moves else before + 1
            yield now - before
            before = now


def told_in_vector(env_id: str, **kwargs: Any) -> Play:
    """Play `COPIES` of an environment of the suite in a vector."""
    envs, rng = alectors.make_vec(f"alectors/{env_id}", COPIES, **kwargs), random.Random(0)
    _, infos = envs.reset(seed=0)
    while True:
        actions = [int(rng.choice(np.flatnonzero(mask))) for mask in infos["action_mask"]]
        infos = envs.step(np.array(actions))[-1]
        yield COPIES


def bare_chess() -> Play:
    """python-chess alone: list the legal moves, make one of them."""
    rng = random.Random(0)
    while True:
        board = chess.Board()
        while len(board.move_stack) < HALF_MOVES and (moves := list(board.legal_moves)):
            board.push(rng.choice(moves))
            yield 1


def bare_grid(task: str) -> Play:
    """The world as minigrid registers it: an image, a direction and a mission."""
    env, rng = gym.make(task), random.Random(0)
    actions = range(int(env.action_space.n))  # type: ignore[attr-defined]
    seed: int | None = 0
    while True:
        with contextlib.redirect_stdout(io.StringIO()):  # BabyAI prints what it rejects.
            env.reset(seed=seed)
        seed, over = None, False
        while not over:
            _, _, terminated, truncated, _ = env.step(rng.choice(actions))
            over = terminated or truncated
            yield 1


def bare_adventure(recipe: Recipe, max_steps: int) -> Play:
    """The same games through TextWorld's own environment, asked for what the page tells."""
    files = [str(find_game(recipe, pool_seed("train", index))) for index in range(GAMES)]
    infos = textworld.EnvInfos(**dict.fromkeys(ASKED, True))
    env_id = textworld.gym.register_games(files, infos, max_episode_steps=max_steps)
    env, rng = textworld.gym.make(env_id), random.Random(0)
    while True:
        _, info = env.reset()
        over = False
        while not over:
            _, _, over, info = env.step(rng.choice(info["admissible_commands"]))
            yield 1


class Pair(NamedTuple):
    """Two ways to play that are measured side by side."""

    name: str
    """As the table calls it."""
    ours: Callable[[], Play]
    """Begins to play the environment of the suite."""
    theirs: Callable[[], Play]
    """Begins to play what it is measured against."""
    bar: float | None = None
    """The least ratio of the two rates."""
    slice_s: float = 0.1
    """Seconds of one slice: a text adventure needs several episodes."""


def _adventures() -> list[Pair]:
    pairs = []
    for name, recipe, level, max_steps in (
        ("CoinCollector-v0", coin_collector(5), 5, 50),
        ("Cooking-v0", cooking(1, "train"), 1, 100),
        ("Cooking-v0", cooking(5, "train"), 5, 100),
        ("Cooking-v0", cooking(10, "train"), 10, 100),
    ):
        ours = partial(told, name, level=level, num_games=GAMES)
        theirs = partial(bare_adventure, recipe, max_steps)
        title = f"{name} level={level}"
        pairs.append(Pair(title, ours, theirs, 1.5, 0.3))
        forgetful = partial(ours, forget=True)
        pairs.append(Pair(f"{title}, forgetting", forgetful, theirs, None, 0.3))
    return pairs


PAIRS = (
    Pair("Chess-v0, half-moves", partial(told, "Chess-v0", half_moves=True), bare_chess, 0.25),
    *(Pair(name, partial(told, name), partial(bare_grid, name), 1.5) for name in GRIDS),
    Pair(OBSTACLES, partial(told, OBSTACLES), partial(bare_grid, OBSTACLES)),
    *_adventures(),
    *(
        Pair(f"{name}, vector of {COPIES}", partial(told_in_vector, name), partial(told, name))
        for name in ("Chess-v0", "MiniGrid-DoorKey-5x5-v0", "BabyAI-GoToLocal-v0")
    ),
)


@dataclass(frozen=True)
class Measured:
    """What a pair has reached."""

    ratio: float
    """Our rate over theirs."""
    low: float
    """The same ratio in single rounds, a tenth of them below."""
    high: float
    """A tenth of them above."""
    rates: tuple[float, float]
    """Steps, or half-moves, a second: ours and theirs."""


def measure(pair: Pair, rounds: int) -> Measured:
    """Play both sides of a pair by turns."""
    plays = (pair.theirs(), pair.ours())  # Theirs first: it makes the games that both play.
    for play in plays:
        next(play)
    slices = np.array([[_slice(play, pair.slice_s) for play in plays] for _ in range(rounds)])
    theirs, ours = (slices[:, side, 0].sum() / slices[:, side, 1].sum() for side in (0, 1))
    by_round = slices[:, 1, 0] / slices[:, 1, 1] / (slices[:, 0, 0] / slices[:, 0, 1])
    low, high = np.quantile(by_round, (0.1, 0.9))
    return Measured(float(ours / theirs), float(low), float(high), (float(ours), float(theirs)))


def _slice(play: Play, seconds: float) -> tuple[int, float]:
    """How much is played in about so many seconds, and what it took."""
    start, played, spent = time.process_time(), 0, 0.0
    while spent < seconds:
        played += sum(next(play) for _ in range(8))
        spent = time.process_time() - start
    return played, spent


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table; 1 where a bar is missed, else 0."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts of rows' names")
    parser.add_argument("--rounds", type=int, default=20, help="slices of each side")
    given = parser.parse_args(arguments)
    warnings.filterwarnings("ignore", message="Game .* is not fully supported")
    print(f"{'':36} {'ratio':>6} {'rounds':>13} {'bar':>5} {'ours/s':>9} {'theirs/s':>9}")
    missed = False
    for pair in PAIRS:
        if given.names and not any(name in pair.name for name in given.names):
            continue
        got = measure(pair, given.rounds)
        spread, bar = f"{got.low:.2f} to {got.high:.2f}", "" if pair.bar is None else pair.bar
        ours, theirs = got.rates
        print(f"{pair.name:36} {got.ratio:6.2f} {spread:>13} {bar:>5} {ours:9,.0f} {theirs:9,.0f}")
        missed |= pair.bar is not None and got.ratio < pair.bar
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
