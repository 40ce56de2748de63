"""Saved agents as opponents in chess: ``opponent="alectors.selfplay:from_run:<folder>"``."""

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import cast

import chess
import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import load_env_creator

from alectors.envs.chess_env import ChessEnv
from alectors.envs.chess_variants import ChessVariantEnv
from alectors.envs.errors import require

from .agent import Agent
from .agents import load
from .checkpoints import newest_checkpoint

WORDS = ("narration", "wording")
"""The arguments that decide what an agent reads."""

Player = Callable[[chess.Board, np.random.Generator], chess.Move]
"""Chooses a move for the side to move."""


def from_run(folder: str | Path) -> Player:
    """An opponent that plays the likeliest action of a saved agent's policy.

    The agent reads the board from its own side, in the narration and wording that it was trained
    with. It is loaded once in a process.

    Args:
        folder: What `Agent.save` wrote, or a training run's folder, whose newest checkpoint at this
            moment is taken.

    Raises:
        UnknownName: There is no such folder.
        DamagedFile: It holds no agent.
        InvalidArgument: The agent was not trained on chess.
    """
    return partial(_choose, *_seat(newest_checkpoint(Path(folder)).resolve()))


def sampled_from_run(folder: str | Path) -> Player:
    """An opponent that draws from a saved agent's policy, by the generator of the game.

    See `from_run`.
    """
    return partial(_sample, *_seat(newest_checkpoint(Path(folder)).resolve()))


@lru_cache(maxsize=4)
def _seat(checkpoint: Path) -> tuple[Agent, ChessEnv]:
    """The agent and an environment to tell it the board with."""
    agent = load(checkpoint)
    made = load_env_creator(str(gym.spec(agent.env_id).entry_point))
    require(
        isinstance(made, type) and issubclass(made, ChessEnv),
        f"The agent in {checkpoint} was trained on {agent.env_id}, not on chess.",
    )
    return agent, _make_env(cast(type[ChessEnv], made), agent)


def _make_env(made: type[ChessEnv], agent: Agent) -> ChessEnv:
    if made is ChessEnv or issubclass(made, ChessVariantEnv):
        # Its own opponent is of no use here, and would be loaded in turn.
        arguments = {**agent.env_kwargs, "opponent": "random"}
        return cast(ChessEnv, gym.make(agent.env_id, **arguments).unwrapped)
    # Endgames and problems have a clock and a beginning of their own; this board is a whole game.
    words = {name: agent.env_kwargs[name] for name in WORDS if name in agent.env_kwargs}
    return ChessEnv(**words)


def _choose(agent: Agent, env: ChessEnv, board: chess.Board, _: object) -> chess.Move:
    page, info = env.look(board)
    return env.move_of(agent.choose_action(page, info))


def _sample(
    agent: Agent, env: ChessEnv, board: chess.Board, rng: np.random.Generator
) -> chess.Move:
    agent.reset(int(rng.integers(2**63)))
    page, info = env.look(board)
    return env.move_of(agent.sample_action(page, info))
