"""What agents remember: a recurrent network, cut at episodes' beginnings."""

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch

import alectors
from alectors.collecting import episode_seed
from alectors.envs.base import TextEnv
from alectors.envs.errors import InvalidArgument, UnknownName
from alectors.masked import log_probs_and_entropy
from alectors.proximal import minibatches
from alectors.recurrence import Past, cut_at_ends, follow

GRU = {"memory": "gru", "width": 32}
COLOURS = ("red", "blue")


class Cue(TextEnv):
    """The first page tells a colour; at the last step of an episode, naming it is right.

    ``info["success"]`` means that it was named. ``steps`` is the length of an episode.
    """

    def __init__(self, *, steps: int = 2, **common: Any) -> None:
        super().__init__(num_actions=2, max_steps=20, **common)
        self._length = steps

    def _start(self, options: dict[str, Any]) -> None:
        self.game, self._colour = 0, int(self.np_random.integers(2))
        self._right = False

    def _statements(self) -> list[str]:
        told = f"The colour is {COLOURS[self._colour]}." if self.game == 0 else "Say it now."
        return ["Your goal is to say the colour that you read.", told]

    def _legal(self) -> dict[int, str]:
        return {k: f"say {colour}" for k, colour in enumerate(COLOURS)}

    def _play(self, action: int) -> tuple[float, bool]:
        self.game += 1
        over = self.game >= self._length
        self._right = over and action == self._colour
        return float(self._right), over

    def _result(self) -> tuple[bool, float]:
        return self._right, float(self._right)


gym.register("test/Cue-v0", entry_point=Cue)
CARTPOLE = "gymnasium.envs.classic_control:CartPoleEnv"
gym.register("test/ShortPole-v0", entry_point=CARTPOLE, max_episode_steps=3)
SMALL: dict[str, dict[str, Any]] = {
    "ppo": {"num_envs": 4, "num_steps": 9, "minibatch_size": 18},
    "grpo": {"groups": 4, "group_size": 4, "minibatch_size": 18},
}
both = pytest.mark.parametrize("name", list(SMALL))


def make(name: str, encoder: Any, env_id: str = "test/Cue-v0", **more: Any) -> Any:
    settings = {**SMALL[name], "network": GRU, "disk_cache": False, **more}
    return alectors.AGENTS[name](env_id, encoder=encoder, **settings)


def rollout_of(agent: Any) -> Any:
    envs = agent._make_envs()
    try:
        agent._begin(envs)
        return agent._collect()[0]
    finally:
        envs.close()


def weights(agent: Any) -> dict[str, bytes]:
    return {k: v.numpy().tobytes() for k, v in agent.network.state_dict().items()}


def unsettle(agent: Any) -> None:
    """Weights under which the choice depends on the state and on what is remembered."""
    torch.manual_seed(0)
    torch.nn.init.normal_(agent.network.scorer.weight, std=0.05)
    torch.nn.init.normal_(agent.network.memory.mix[-1].weight)


def test_sequences_are_cut_where_episodes_end() -> None:
    """By hand: 2 environments, 4 steps; the first ends after its second step, and at the last."""
    ends = torch.tensor([[0, 0], [1, 0], [0, 0], [1, 0]]).bool()
    past = cut_at_ends(torch.tensor([[1.0], [2.0]]), ends)
    owners, times = past.owners.view(4, 2), past.times.view(4, 2)
    assert times.T.tolist() == [[0, 1, 0, 1], [0, 1, 2, 3]]
    assert owners[0, 0] == owners[1, 0] != owners[2, 0] == owners[3, 0]
    assert len(owners[:, 1].unique()) == 1
    assert past.hidden[owners[[0, 0, 2], [0, 1, 0]], 0].tolist() == [1, 2, 0]


def test_minibatches_hold_whole_sequences() -> None:
    owners = torch.tensor([0, 1, 2, 0, 1, 2, 0, 2, 0, 3])
    past = Past(torch.zeros(4, 1), owners, torch.zeros(10, dtype=torch.long))
    generator = torch.Generator().manual_seed(0)
    for _ in range(5):
        parts = list(minibatches(10, 4, 1, generator, torch.device("cpu"), past))
        assert torch.cat(parts).sort().values.tolist() == list(range(10))
        assert len(parts) > 1
        for part in parts:
            for owner in owners[part].unique():
                assert (owners[part] == owner).sum() == (owners == owner).sum()


@both
@pytest.mark.parametrize("env_id", ["test/Cue-v0", "CartPole-v1"])
def test_ratio_is_one_in_the_first_minibatch(
    name: str, env_id: str, encoder: "alectors.Encoder"
) -> None:
    """Hidden states are computed anew in the update, and come out as they were in play."""
    agent = make(name, encoder if env_id.startswith("test") else None, env_id)
    unsettle(agent)
    envs = agent._make_envs()
    agent._begin(envs)
    for _ in range(3):  # a rollout of 9 steps ends in the midst of an episode
        rollout, _ = agent._collect()
    envs.close()
    settings = (18, 1, agent.generator, agent.device, rollout.past)
    index = next(minibatches(len(rollout.choices), *settings))
    states, past = rollout.states[index], rollout.past[index]
    logits, _ = agent.network(states, agent.table, None, past)
    log_probs, _ = log_probs_and_entropy(logits, states.legal)
    chosen = log_probs.gather(1, rollout.choices[index, None])[:, 0]
    ratio = (chosen - rollout.log_probs[index]).exp()
    torch.testing.assert_close(ratio, torch.ones_like(ratio), rtol=0, atol=1e-5)
    assert abs(agent._loss(rollout, index)[1]["kl"]) < 1e-6
    forgetful, _ = log_probs_and_entropy(agent.network(states, agent.table)[0], states.legal)
    assert not torch.allclose(forgetful, log_probs, atol=1e-3)


def test_an_episode_does_not_depend_on_the_one_before() -> None:
    """The states of a rollout, and each of its episodes by itself, give the same outputs."""
    agent = make("ppo", None, "CartPole-v1", num_steps=80)
    unsettle(agent)
    rollout = rollout_of(agent)
    together, _ = agent.network(rollout.states, None, None, rollout.past)
    assert len(rollout.past.hidden) > 4
    for number in range(len(rollout.past.hidden)):
        steps = torch.nonzero(rollout.past.owners == number)[:, 0]
        hidden = torch.zeros(1, 32)
        for step in steps:
            past = follow(hidden)
            alone, _ = agent.network(rollout.states[step[None]], None, None, past)
            torch.testing.assert_close(alone[0], together[step], rtol=1e-4, atol=1e-5)
            hidden = past.after


def test_a_rollout_goes_on_with_what_the_last_one_left() -> None:
    """The hidden state is carried over inside an episode and cleared where it ended."""
    agent = make("ppo", None, "CartPole-v1", num_steps=5, minibatch_size=5)
    unsettle(agent)
    envs = agent._make_envs()
    agent._begin(envs)
    for _ in range(12):
        lengths = agent.collector._lengths.copy()
        rollout, _ = agent._collect()
        carried = rollout.past.hidden[rollout.past.owners[:4]].abs().sum(1) > 0
        assert carried.tolist() == (lengths > 0).tolist()
    envs.close()


def test_the_value_at_a_truncation_remembers() -> None:
    """γ·V(final state) is that of the final state in its episode, not of one by itself."""
    settings = {"num_envs": 1, "num_steps": 3, "minibatch_size": 3, "gamma": 1.0, "gae_lambda": 0.0}
    agent = make("ppo", None, "test/ShortPole-v0", **settings)
    torch.nn.init.normal_(agent.network.value.weight)
    rollout = rollout_of(agent)
    env = gym.make("CartPole-v1")
    observation, info = env.reset(seed=episode_seed(0, 0, 0))
    hidden = torch.zeros(1, 32)
    for choice in [*rollout.choices.tolist(), 0]:
        past = follow(hidden)
        _, value = agent.network(agent.reader.read([observation], [info]), None, None, past)
        hidden = past.after
        observation, *_, info = env.step(choice)
    assert rollout.returns[-1].item() == pytest.approx(1 + value.item(), abs=1e-4)


@both
def test_play_remembers_until_a_reset(name: str, encoder: "alectors.Encoder") -> None:
    agent = make(name, encoder)
    unsettle(agent)
    agent.learn(8)
    env = gym.make("test/Cue-v0", steps=3)
    logits = []
    judge = agent._judge_one
    agent._judge_one = lambda *given: logits.append(judge(*given)) or logits[-1]
    first, second = (
        next(env.reset(seed=s) for s in range(99) if colour in env.reset(seed=s)[0])
        for colour in COLOURS
    )
    later = env.step(0)
    for begun in (first, second, first):
        agent.reset(0)
        agent.choose_action(*begun)
        agent.choose_action(later[0], later[4])
    found = [judged[1] for judged in logits]
    assert torch.equal(found[0], found[4])
    assert torch.equal(found[1], found[5])
    assert not torch.allclose(found[1], found[3], atol=1e-4)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("ppo", {"network": GRU}),
        ("grpo", {"network": GRU}),
        ("ppo", {"recall": 1}),
        ("grpo", {"recall": 1}),
    ],
)
def test_a_cue_is_remembered(name: str, more: dict[str, Any], encoder: "alectors.Encoder") -> None:
    assert success(name, more, encoder) >= 0.95


def test_without_memory_a_cue_is_lost(encoder: "alectors.Encoder") -> None:
    assert success("ppo", {}, encoder) <= 0.7


def success(name: str, more: dict[str, Any], encoder: "alectors.Encoder") -> float:
    settings = {"ppo": {"num_envs": 16, "num_steps": 16}, "grpo": {"groups": 16}}[name]
    settings |= {"minibatch_size": 64, "learning_rate": 2e-3, "disk_cache": False}
    agent = alectors.AGENTS[name]("test/Cue-v0", encoder=encoder, **settings, **more)
    agent.learn(4_000)
    return alectors.evaluate(agent, "test/Cue-v0", episodes=50).success_rate


@both
def test_same_seed_same_bytes_and_stopping_changes_nothing(
    name: str, encoder: "alectors.Encoder", tmp_path: Path
) -> None:
    """The hidden states of running episodes are kept with the agent."""
    kwargs = {"steps": 5}
    whole, again, halted = (make(name, encoder, env_kwargs=kwargs) for _ in range(3))
    for agent in (whole, again):
        agent.learn(160)
    assert weights(whole) == weights(again)
    halted.learn(160, lambda agent, _: agent.steps < 60)
    halted.save(tmp_path / "agent")
    loaded = alectors.load(tmp_path / "agent", encoder=encoder)
    loaded.learn(160)
    assert loaded.steps == whole.steps
    assert weights(loaded) == weights(whole)
    if name == "ppo":
        assert halted.hidden.abs().sum() > 0


# Recall


def test_an_agent_that_recalls_trains_and_is_scored_with_it(
    encoder: "alectors.Encoder", tmp_path: Path
) -> None:
    agent = make("ppo", encoder, network={"width": 32}, recall=1)
    assert agent.describe()["recall"] == 1
    envs = agent._make_envs()
    envs.reset(seed=0)
    pages = envs.step(np.zeros(4, dtype=int))[0]
    assert all("One step ago you read: The colour is" in page for page in pages)
    envs.close()
    agent.save(tmp_path / "agent")
    again = alectors.load(tmp_path / "agent", encoder=encoder)
    read: list[str] = []
    choose = again.choose_action
    again.choose_action = lambda page, info: read.append(page) or choose(page, info)
    alectors.evaluate(again, "test/Cue-v0", episodes=1)
    assert "One step ago you said" not in read[0]
    assert "One step ago you read: The colour is" in read[1]


def test_what_cannot_remember_is_told(encoder: "alectors.Encoder") -> None:
    with pytest.raises(InvalidArgument, match="symbolic"):
        make("ppo", None, "CartPole-v1", recall=2)
    with pytest.raises(InvalidArgument, match="1 to 10"):
        make("ppo", encoder, recall=11)
    with pytest.raises(InvalidArgument, match="'gru'"):
        make("ppo", encoder, network={"memory": "lstm"})
    with pytest.raises(UnknownName, match="memory"):
        make("ppo", encoder, network={"memori": "gru"})
