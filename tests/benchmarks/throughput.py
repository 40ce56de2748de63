"""How fast the environments tell their pages, beside the libraries under them.

    python tests/benchmarks/throughput.py [NAME ...]

Plays at random, page and actions included, and prints what each environment reaches of the rate of
the library that it tells: python-chess's bare loop, MiniGrid's environment without words,
``textworld.gym`` asked for the same information. Exits with 1 where a bar is missed.

Both sides play in short slices that alternate, so that whatever else the machine does meets both.
Time is the processor time of this process, resets included: every simulator here runs inside it.
A ratio compares the sums over all slices; the range beside it holds nine of ten rounds.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import chess
import gymnasium as gym
import numpy as np
import textworld
import textworld.gym

import alectors
from alectors.envs.adventure_challenges import cooking
from alectors.envs.adventure_games import find_game, pool_seed
from alectors.envs.adventure_making import Recipe, coin_collector

Play = Iterator[int]
"""Random legal play without end; each item is what a step has played: half-moves in chess, else 1.
"""
GAMES = 8
"""Text adventures in each pool."""
HALF_MOVES = 200
"""Length of a game of the bare chess loop, as of `Chess-v0`."""
COPIES = 16
"""Environments in a vector."""
ASKED = ("description", "inventory", "admissible_commands", "objective", "won", "lost", "max_score")
"""What ``textworld.gym`` is asked for, besides the answer and the score that it always gives."""


def told(env_id: str, *, anew: bool = False, **kwargs: Any) -> Play:
    """Play an environment of the suite by its mask; ``anew`` makes it again for each episode."""
    env, rng = gym.make(env_id, **kwargs), random.Random(0)
    episode = 0
    while True:
        _, info = env.reset(seed=episode if anew else None)
        moves: Sequence[Any] = getattr(env.unwrapped.game, "move_stack", ())
        over, before = False, len(moves)
        while not over:
            action = int(rng.choice(np.flatnonzero(info["action_mask"])))
            _, _, terminated, truncated, info = env.step(action)
            over = terminated or truncated
            yield len(moves) - before or 1
            before = len(moves)
        if anew:
            env.close()
            env, episode = gym.make(env_id, **kwargs), episode + 1


def told_in_vector(env_id: str, **kwargs: Any) -> Play:
    """Play `COPIES` of an environment of the suite in a vector."""
    envs, rng = alectors.make_vec(env_id, COPIES, **kwargs), random.Random(0)
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
    env, rng = gym.make(task, disable_env_checker=True), random.Random(0)
    actions = range(int(env.action_space.n))  # type: ignore[attr-defined]
    seed: int | None = 0
    while True:
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
