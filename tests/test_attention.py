"""What an agent makes of a state: the weights that its network mixes with, told truly."""

from typing import Any

import gymnasium as gym
import pytest
import torch

import alectors
from alectors.agent import Agent
from alectors.attention import attention_weights, read_state
from alectors.network import Block, NetworkConfig

ECHO = "alectors/Echo-v0"


def first_state(env_id: str = ECHO) -> tuple[Any, dict[str, Any]]:
    return gym.make(env_id).reset(seed=0)


def untrained(kind: str = "ppo", env_id: str = ECHO, **settings: Any) -> Agent:
    return alectors.AGENTS[kind](env_id, encoder="hash", **settings)


@torch.no_grad()
def test_mixing_by_the_weights_gives_what_the_block_gives() -> None:
    """They are those of the block, not others that look like them."""
    torch.manual_seed(0)
    block = Block(NetworkConfig(width=32, heads=4))
    x, asking = torch.randn(9, 32), 4
    weights = attention_weights(block, x, asking)
    assert weights.shape == (4, 4, 9)
    assert torch.allclose(weights.sum(2), torch.ones(4, 4))
    values = block.kv(block.norm(x)).chunk(2, 1)[1].view(9, 4, 8).transpose(0, 1)
    mixed = (weights @ values).transpose(0, 1).reshape(asking, 32)
    expected = x[:asking] + block.out(mixed)
    expected = expected + block.mlp(expected)
    present = torch.ones(1, 9, dtype=torch.bool)
    assert torch.allclose(block(x, present, torch.arange(9), asking), expected, atol=1e-6)


@pytest.mark.parametrize("memory", ["none", "gru"])
def test_a_state_is_read_as_the_agent_reads_it(memory: str) -> None:
    agent = untrained(network={"memory": memory})
    agent.learn(512)
    page, info = first_state()
    agent.reset(0)
    read = read_state(agent, page, info)
    agent.reset(0)
    action = agent.choose_action(page, info)
    assert info["action_mask"].nonzero()[0][torch.tensor(read.scores).argmax()] == action
    assert sum(read.scores) == pytest.approx(1, abs=1e-5)
    assert read.bars == read.scores
    assert read.value is not None
    assert read.attention is not None
    assert len(read.attention) == 1 + len(info["actions"])
    assert {len(row) for row in read.attention} == {len(page.split("\n"))}
    assert [sum(row) for row in read.attention] == pytest.approx([1.0] * len(read.attention))
    assert read.relevance is not None
    assert len(read.relevance) == len(page.split("\n"))


def test_reading_leaves_nothing_behind() -> None:
    agent = untrained()
    page, info = first_state()
    read_state(agent, page, info)
    assert not agent.network._forward_hooks
    assert not agent.network.blocks[-1]._forward_pre_hooks  # type: ignore[union-attr, index, operator]


def test_an_agent_without_a_policy_tells_values() -> None:
    agent = untrained("ddqn")
    with torch.no_grad():
        agent.network.value.bias.fill_(2.0)  # type: ignore[union-attr, operator]
        agent.network.value.weight.fill_(0.1)  # type: ignore[union-attr, operator]
    read = read_state(agent, *first_state())
    assert read.valued
    # Advantages are still equal: each action is worth what the state is.
    assert read.value is not None
    assert read.scores == pytest.approx([read.value] * len(read.scores))
    assert set(read.bars) == {1.0}


def test_a_value_that_is_not_learnt_is_not_told() -> None:
    agent = untrained("grpo", groups=2, group_size=2, minibatch_size=64)
    agent.learn(256)
    assert read_state(agent, *first_state()).value is None


def test_an_agent_that_reads_arrays_has_probabilities_alone() -> None:
    agent = alectors.PPO("alectors/BabyAI-GoToLocal-v0", env_kwargs={"narration": "symbolic"})
    env = gym.make("alectors/BabyAI-GoToLocal-v0", narration="symbolic")
    read = read_state(agent, *env.reset(seed=0))
    assert len(read.scores) == 7
    assert (read.attention, read.relevance) == (None, None)
