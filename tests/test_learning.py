"""Short learning runs on each family, with the real encoder: slow, for CI."""

from typing import Any

import pytest

import alectors
from alectors.baselines import RandomAgent

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def learn(encoder: "alectors.Encoder", env_id: str, steps: int, **settings: Any) -> Any:
    agent = alectors.PPO(env_id, encoder=encoder, **settings)
    agent.learn(steps)
    return agent


def test_red_ball(encoder: "alectors.Encoder") -> None:
    agent = learn(encoder, "alectors/BabyAI-GoToRedBallGrey-v0", 50_000)
    assert alectors.evaluate(agent, agent.env_id).success_rate >= 0.85


def test_door_key(encoder: "alectors.Encoder") -> None:
    agent = learn(encoder, "alectors/MiniGrid-DoorKey-5x5-v0", 80_000)
    assert alectors.evaluate(agent, agent.env_id).success_rate >= 0.85


def test_coin_collector(encoder: "alectors.Encoder") -> None:
    """Forty games are few to generalise from: that the agent learns is tested on those forty."""
    settings = {"level": 3, "num_games": 40}
    agent = learn(encoder, "alectors/CoinCollector-v0", 20_480, env_kwargs=settings)
    known, random = (
        alectors.evaluate(who, agent.env_id, episodes=40, split="train", env_kwargs=settings)
        for who in (agent, RandomAgent())
    )
    assert known.success_rate >= 0.95
    assert known.mean_length < random.mean_length / 2


def test_chess(encoder: "alectors.Encoder") -> None:
    """12k steps are far from mastery, and enough to take more than is lost."""
    settings = {"material_reward": 0.02}
    agent = learn(encoder, "alectors/Chess-v0", 12_000, env_kwargs=settings)
    result = alectors.evaluate(agent, agent.env_id, episodes=20, env_kwargs=settings)
    random = alectors.evaluate(RandomAgent(), agent.env_id, episodes=20, env_kwargs=settings)
    assert result.mean_return > random.mean_return + 0.2
