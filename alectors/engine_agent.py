"""A UCI engine of chess as an agent: ``uci:<path>``."""

import shutil
from typing import Any

import gymnasium as gym
import numpy as np

from alectors.envs.chess_engine import UciEngine
from alectors.envs.chess_env import ChessEnv
from alectors.envs.errors import InvalidArgument, require

TIMEOUT = 60.0
"""Seconds that an engine may take for a move."""


class UciAgent:
    """Plays an engine's move in any of the chess environments that are played by chess's rules.

    Args:
        path: The program, or its name on the PATH.
        nodes: Nodes that it may search for a move.
    """

    def __init__(self, path: str, nodes: int = 10_000) -> None:
        self.name, self.nodes = f"uci:{path}", nodes
        self._engine = UciEngine(shutil.which(path) or path, nodes, TIMEOUT)
        self._env: ChessEnv | None = None

    def attach(self, env: gym.Env[Any, Any]) -> None:
        """Remember the environment, whose board the engine looks at.

        Raises:
            InvalidArgument: It is not of chess.
        """
        inner = env.unwrapped
        if not isinstance(inner, ChessEnv):
            raise InvalidArgument(
                f"{self.name} plays chess, and {env.spec and env.spec.id} is not."
            )
        self._env = inner

    def reset(self, seed: int | None = None) -> None:
        """Begin a game: the engine forgets what it knew."""
        self._engine.begin()

    def choose_action(self, observation: Any, info: dict[str, Any]) -> int:
        """The index of the engine's move.

        Raises:
            OpponentError: The engine cannot be started, crashed, hung, or gave no legal move.
        """
        require(self._env is not None, f"{self.name} needs attach(env): it looks at the board.")
        assert self._env is not None
        move = self._engine(self._env.game, np.random.default_rng(0))
        index = self._env.parse_action(move.uci())
        assert index is not None, f"{move} is legal on the board and unknown to its environment"
        return index

    def describe(self) -> dict[str, Any]:
        """Who it is, ready for JSON."""
        return {"agent": self.name, "nodes": self.nodes}
