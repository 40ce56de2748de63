"""PPO: known ways to get it wrong, one test each."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch

import alectors
from alectors.envs.base import TextEnv
from alectors.envs.errors import InvalidArgument, UnknownName
from alectors.masked import log_probs_and_entropy, standardise
from alectors.ppo import PPO, gae


class Constant(TextEnv):
    """Reward 1 at every step; never terminates. With ``forced`` the choice exists at times only."""

    def __init__(self, *, forced: bool = False, max_steps: int = 5, **common: Any) -> None:
        super().__init__(num_actions=3, max_steps=max_steps, **common)
        self._forced = forced

    def _start(self, options: dict[str, Any]) -> None:
        self.game = 0

    def _statements(self) -> list[str]:
        return ["Your goal is to wait.", f"The light is {('red', 'green')[self.game % 2]}."]

    def _legal(self) -> dict[int, str]:
        if self._forced and self.game % 2:
            return {2: "wait"}
        return {0: "sit", 2: "wait"}

    def _play(self, action: int) -> tuple[float, bool]:
        self.game += 1
        return 1.0, False

    def _result(self) -> tuple[bool, float]:
        return True, 1.0


for name, settings in {"Constant": {}, "Forced": {"forced": True}}.items():
    gym.register(f"test/{name}-v0", entry_point=Constant, kwargs=settings)


def make(env_id: str, encoder: "alectors.Encoder", **config: Any) -> PPO:
    settings = {"num_envs": 4, "num_steps": 16, "minibatch_size": 32, "disk_cache": False}
    return PPO(env_id, encoder=encoder, **{**settings, **config})


def begun(agent: PPO) -> Any:
    envs = agent._make_envs()
    agent._begin(envs)
    return envs


def test_gae_equals_the_sum_over_future_errors() -> None:
    """Advantages recomputed from their definition, with ends inside the rollout."""
    random = np.random.default_rng(0)
    steps, count, gamma, lam = 7, 3, 0.9, 0.8
    rewards, values = (random.normal(size=(steps, count)) for _ in range(2))
    ends, last = random.random((steps, count)) < 0.3, random.normal(size=count)
    following = np.vstack([values[1:], last])
    errors = rewards + gamma * following * ~ends - values
    expected = np.zeros_like(rewards)
    for t in range(steps):
        for n in range(count):
            for k in range(t, steps):
                expected[t, n] += (gamma * lam) ** (k - t) * errors[k, n]
                if ends[k, n]:
                    break
    tensors = (torch.tensor(x, dtype=torch.float32) for x in (rewards, values))
    found = gae(*tensors, torch.tensor(ends), torch.tensor(last, dtype=torch.float32), gamma, lam)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-4, atol=1e-5)


def test_ratio_is_one_in_the_first_minibatch(encoder: "alectors.Encoder", device: str) -> None:
    """Rollout and update see the same probabilities: same masks, same statements, no dropout."""
    agent = make("alectors/Chess-v0", encoder, num_steps=4, minibatch_size=16, device=device)
    torch.nn.init.normal_(agent.network.scorer.weight)
    envs = begun(agent)
    rollout, _ = agent._collect()
    envs.close()
    states = rollout.states
    logits, _ = agent.network(states, agent.table)
    log_probs, _ = log_probs_and_entropy(logits, states.legal)
    ratio = (log_probs.gather(1, rollout.choices[:, None])[:, 0] - rollout.log_probs).exp()
    assert ratio.dtype == torch.float32
    torch.testing.assert_close(ratio, torch.ones_like(ratio), rtol=0, atol=1e-5)
    _, figures = agent._loss(rollout, torch.arange(16))
    assert abs(figures["kl"]) < 1e-6
    assert rollout.log_probs.unique().numel() > 3


def test_entropy_is_divided_by_its_maximum() -> None:
    legal = torch.tensor([[True, True, True], [True, True, False], [True, False, False]])
    logits = torch.zeros(3, 3).masked_fill(~legal, -torch.inf)
    _, entropy = log_probs_and_entropy(logits, legal)
    torch.testing.assert_close(entropy, torch.tensor([1.0, 1.0, 0.0]))


def test_masked_entropy_has_finite_gradients() -> None:
    legal = torch.tensor([[True, False, True], [True, False, False], [False, False, False]])
    logits = torch.randn(3, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    log_probs, entropy = log_probs_and_entropy(logits.masked_fill(~legal, -torch.inf), legal)
    (entropy.sum() + log_probs[legal].sum()).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_forced_moves_are_left_out_of_the_advantage_statistics() -> None:
    advantages = torch.tensor([1.0, 3.0, 100.0])
    free = torch.tensor([True, True, False])
    found = standardise(advantages, free)
    torch.testing.assert_close(found, torch.tensor([-(2**-0.5), 2**-0.5, 0.0]))


def test_what_is_less_than_the_floor_is_not_blown_up() -> None:
    """Errors of the value of 0.001 are no signal; a reward among them is."""
    noise = torch.tensor([0.001, -0.001, 0.001, -0.001])
    free = torch.ones(4, dtype=torch.bool)
    assert standardise(noise, free).abs().max() > 0.8
    assert standardise(noise, free, floor=0.05).abs().max() < 0.03
    won = noise + torch.tensor([1.0, 0.0, 0.0, 0.0])
    torch.testing.assert_close(standardise(won, free, floor=0.05), standardise(won, free))


def test_the_floor_is_in_units_of_the_returns(encoder: "alectors.Encoder") -> None:
    """Where nothing is ever won the policy stays as it was, whatever the value's errors."""
    agent = make("test/Constant-v0", encoder, num_steps=4, minibatch_size=16, entropy=0.0)
    envs = begun(agent)
    rollout, _ = agent._collect()
    envs.close()
    rollout.advantages = torch.linspace(-0.01, 0.01, 16)
    sizes = []
    for scale in (1.0, 10.0):
        agent.network.value_scale.fill_(scale)
        agent.network.zero_grad()
        agent._loss(rollout, torch.arange(16))[0].backward()
        sizes.append(agent.network.scorer.bias.grad.abs() + agent.network.scorer.weight.grad.norm())
    assert sizes[1] < sizes[0] / 5


def test_forced_moves_do_not_move_the_policy(encoder: "alectors.Encoder") -> None:
    agent = make("test/Forced-v0", encoder)
    envs = begun(agent)
    rollout, _ = agent._collect()
    envs.close()
    forced = torch.nonzero(rollout.states.legal.sum(1) == 1)[:, 0]
    assert 0 < len(forced) < len(rollout.choices)
    loss, figures = agent._loss(rollout, forced)
    assert figures["policy_loss"] == 0
    assert figures["entropy"] == 0
    assert torch.isfinite(loss)


def test_truncation_is_not_termination(encoder: "alectors.Encoder") -> None:
    """Reward 1 for ever, cut every 5 steps, is worth 1 / (1 - γ); as an end it would be under 5."""
    agent = make("test/Constant-v0", encoder, gamma=0.8, minibatch_size=64, learning_rate=5e-3)
    agent.learn(5_120)
    env = gym.make("test/Constant-v0")
    for state in (env.reset(seed=0), env.step(0)[::4]):
        _, value = agent.network(agent.reader.read([state[0]], [state[1]]), agent.table)
        assert value.item() == pytest.approx(5.0, abs=0.25)


def test_no_row_is_a_reset(encoder: "alectors.Encoder") -> None:
    """Every stored step earned its reward: a row after an episode's end would have 0."""
    agent = make("test/Constant-v0", encoder, gamma=0.0, gae_lambda=0.0)
    envs = begun(agent)
    rollout, figures = agent._collect()
    envs.close()
    assert figures["episodes"] == 4 * 3
    torch.testing.assert_close(rollout.returns, torch.ones(64))


def test_choices_are_the_actions_that_were_played(encoder: "alectors.Encoder") -> None:
    """The columns of a state are its set bits: column 1 of [sit, wait] is index 2."""
    agent = make("test/Forced-v0", encoder)
    envs = begun(agent)
    rollout, _ = agent._collect()
    envs.close()
    played = rollout.states.actions.gather(1, rollout.choices[:, None])[:, 0]
    assert set(played.tolist()) == {0, 2}


def test_kl_stop_ends_an_update(encoder: "alectors.Encoder") -> None:
    def updates(target: float | None) -> int:
        agent = make("alectors/Echo-v0", encoder, target_kl=target, learning_rate=3e-2, epochs=8)
        envs = begun(agent)
        taken = []
        step = agent.optimizer.step
        agent.optimizer.step = lambda *a, **k: taken.append(step(*a, **k))  # type: ignore[method-assign]
        for _ in range(3):
            agent._update(agent._collect()[0])
        envs.close()
        return len(taken)

    assert updates(None) == 3 * 8 * 2
    assert updates(0.01) < 3 * 8 * 2


def test_learns_echo(encoder: "alectors.Encoder", device: str) -> None:
    settings = {"learning_rate": 1e-3, "gamma": 0.5}
    agent = PPO("alectors/Echo-v0", encoder=encoder, device=device, **settings)
    agent.learn(16_384)
    result = alectors.evaluate(agent, "alectors/Echo-v0", episodes=20)
    assert result.mean_score >= 0.95


def weights(agent: PPO) -> dict[str, bytes]:
    return {k: v.numpy().tobytes() for k, v in agent.network.state_dict().items()}


def test_same_seed_same_bytes(encoder: "alectors.Encoder") -> None:
    first, second, other = (
        make("alectors/BabyAI-GoToRedBallGrey-v0", encoder, seed=seed, disk_cache=True)
        for seed in (3, 3, 4)
    )
    for agent in (first, second, other):
        agent.learn(256)
    assert weights(first) == weights(second)
    assert weights(first) != weights(other)


def test_a_page_cut_off_by_the_end_is_read_before_it_is_valued(encoder: "alectors.Encoder") -> None:
    """The value at a truncation is that of the final page, not of the next episode's first."""
    agent = make(
        "test/Constant-v0",
        encoder,
        gamma=0.5,
        gae_lambda=0.0,
        num_envs=1,
        num_steps=5,
        minibatch_size=5,
    )
    envs = begun(agent)
    torch.nn.init.normal_(agent.network.value.weight)
    rollout, _ = agent._collect()
    envs.close()
    env = gym.make("test/Constant-v0")
    env.reset()
    for _ in range(5):
        page, _, _, _, info = env.step(0)
    final = agent.network(agent.reader.read([page], [info]), agent.table)[1]
    assert rollout.returns[-1].item() == pytest.approx(1 + 0.5 * final.item(), abs=1e-5)


@pytest.mark.parametrize(
    ("config", "error", "words"),
    [
        ({"learning_rat": 1.0}, UnknownName, "learning_rate"),
        ({"gamma": 1.5}, InvalidArgument, "gamma"),
        ({"minibatch_size": 10_000}, InvalidArgument, "minibatch_size"),
        ({"network": {"widht": 3}}, UnknownName, "width"),
    ],
)
def test_wrong_configurations_are_told(
    encoder: "alectors.Encoder", config: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        PPO("alectors/Echo-v0", encoder=encoder, **config)
