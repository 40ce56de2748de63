"""alectors: environments told in natural language, and agents that learn to act in them.

Importing it registers every environment with Gymnasium and stays light: agents, encoders and
simulators are imported when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .envs.registration import register_all

if TYPE_CHECKING:
    from . import envs, testing
    from .agent import Agent
    from .agents import AGENTS, load
    from .checkpoints import policies
    from .ddqn import DDQN
    from .encoder import Encoder
    from .envs.narrated import narrate
    from .evaluation import Evaluation, evaluate
    from .grpo import GRPO
    from .observations import EmbedObservation, TokenizeObservation
    from .players import BASELINES, make_player
    from .ppo import PPO
    from .reader import Reader
    from .sac import SAC
    from .table import EmbeddingTable
    from .vector import make_vec

__all__ = [
    "AGENTS",
    "BASELINES",
    "DDQN",
    "GRPO",
    "PPO",
    "SAC",
    "Agent",
    "EmbedObservation",
    "EmbeddingTable",
    "Encoder",
    "Evaluation",
    "Reader",
    "TokenizeObservation",
    "envs",
    "evaluate",
    "load",
    "make_player",
    "make_vec",
    "narrate",
    "policies",
    "testing",
]

_HOMES = {
    "AGENTS": "agents",
    "BASELINES": "players",
    "Agent": "agent",
    "EmbedObservation": "observations",
    "EmbeddingTable": "table",
    "Encoder": "encoder",
    "Evaluation": "evaluation",
    "Reader": "reader",
    "TokenizeObservation": "observations",
    "evaluate": "evaluation",
    "load": "agents",
    "make_player": "players",
    "make_vec": "vector",
    "narrate": "envs.narrated",
    "policies": "checkpoints",
}

register_all()


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("alectors")
    if name == "testing":
        return import_module(".testing", __name__)
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    if not name.startswith("_"):
        # A new algorithm is found by its row in AGENTS.
        for agent in import_module(".agents", __name__).AGENTS.values():
            if agent.__name__ == name:
                return agent
    raise AttributeError(f"module 'alectors' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
