"""Encoders that learn: read once for each minibatch, without dropout, kept and gone on with."""

import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
import torch
from safetensors.torch import load_file
from tiny_models import make_tiny

import alectors
from alectors.adapters import RATES
from alectors.encoder import Encoder, Tokens
from alectors.envs.errors import DamagedFile, InvalidArgument, MissingDependency
from alectors.masked import log_probs_and_entropy
from alectors.ppo import PPO
from alectors.relevance import find_distinct
from alectors.table import PADDING, EmbeddingTable
from alectors.tokens import TokenTable

TUNED = ["lora", "full"]
ENV = "alectors/Echo-v0"
GRID = "alectors/BabyAI-GoToRedBallGrey-v0"
SMALL = {"num_envs": 2, "num_steps": 8, "minibatch_size": 8, "encoder_learning_rate": 1e-2}


@pytest.fixture(autouse=True)
def _short_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alectors.collecting.WARM_UP", 8)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A BERT that drops half of everything wherever dropout is on."""
    return make_tiny("bert", tmp_path_factory.mktemp("bert"))


def make(encoder: Any, tuning: str | None, **config: Any) -> PPO:
    return PPO(config.pop("env_id", ENV), encoder=encoder, tuning=tuning, **{**SMALL, **config})


def begun(agent: PPO) -> Any:
    envs = agent._make_envs()
    agent._begin(envs)
    return envs


def weights(agent: PPO) -> dict[str, bytes]:
    assert agent.tuned is not None
    named = {**agent.network.state_dict(), **agent.tuned.model.state_dict()}
    return {name: value.cpu().numpy().tobytes() for name, value in named.items()}


def watch(agent: PPO, monkeypatch: pytest.MonkeyPatch) -> list[list[Tokens]]:
    """What the encoder is asked to read from now on, call by call."""
    calls: list[list[Tokens]] = []
    assert agent.tuned is not None
    read = agent.tuned.read
    monkeypatch.setattr(agent.tuned, "read", lambda asked: calls.append(list(asked)) or read(asked))
    return calls


@pytest.mark.parametrize("tuning", TUNED)
def test_each_distinct_statement_is_read_once_for_a_minibatch(
    tiny: str, tuning: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = make(tiny, tuning, env_id=GRID)
    envs = begun(agent)
    rollout, _ = agent._collect()
    envs.close()
    index = torch.arange(8)
    states = rollout.states[index]
    distinct = find_distinct(states)
    rows = {*distinct.rows.tolist(), *distinct.clauses.tolist()} - {PADDING}
    calls = watch(agent, monkeypatch)
    agent._loss(rollout, index)[0].backward()  # type: ignore[no-untyped-call]
    assert 0 < len(rows) == sum(len(call) for call in calls)
    assert len({id(tokens) for call in calls for tokens in call}) == len(rows)


def test_a_rollout_reads_a_statement_once_and_an_update_voids_it(
    tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fused optimiser does not raise the version of the weights that it changes."""
    agent = make(tiny, "lora", env_id=GRID)
    envs = begun(agent)
    calls = watch(agent, monkeypatch)
    rollout, _ = agent._collect()
    asked = [id(tokens) for call in calls for tokens in call]
    assert len(asked) == len(set(asked)) > 0
    page, info = gym.make(GRID).reset(seed=0)
    agent.choose_action(page, info)
    calls.clear()
    agent.choose_action(page, info)
    assert not calls
    agent._update(rollout)
    envs.close()
    calls.clear()
    agent.choose_action(page, info)
    assert calls
    with torch.no_grad():
        logits, _ = agent.network(agent.reader.read([page], [info]), agent.table)
    anew, _ = agent.network(agent.reader.read([page], [info]), agent.table)
    torch.testing.assert_close(logits, anew)


@pytest.mark.parametrize("tuning", TUNED)
def test_ratio_is_one_in_the_first_minibatch(tiny: str, tuning: str, device: str) -> None:
    agent = make(tiny, tuning, env_id=GRID, device=device)
    agent.learn(16)  # weights that have moved, and adapters that are no longer nothing
    torch.nn.init.normal_(agent.network.scorer.weight)
    envs = begun(agent)
    assert agent.tuned is not None
    agent.tuned.model.train()
    rollout, _ = agent._collect()
    agent.tuned.model.train()
    logits, _ = agent.network(rollout.states, agent.table)
    envs.close()
    log_probs, _ = log_probs_and_entropy(logits, rollout.states.legal)
    ratio = (log_probs.gather(1, rollout.choices[:, None])[:, 0] - rollout.log_probs).exp()
    torch.testing.assert_close(ratio, torch.ones_like(ratio), rtol=0, atol=1e-5)
    assert rollout.log_probs.unique().numel() > 3


@pytest.mark.parametrize("tuning", TUNED)
def test_train_turns_no_dropout_on(tiny: str, tuning: str) -> None:
    """Half of everything would be dropped: the same statement would never read the same."""
    encoder = Encoder(tiny, tuning=tuning)
    tokens = encoder.tokenize(["go to the red ball", "you carry nothing"])
    encoder.model.train()
    first = encoder.read(tokens)
    encoder.model.train()
    for one, other in zip(first, encoder.read(tokens), strict=True):
        assert torch.equal(one, other)
    assert first[0].requires_grad


@pytest.mark.parametrize("tuning", TUNED)
def test_the_encoder_learns(tiny: str, tuning: str) -> None:
    """Adapters alone under LoRA; everything that is read under full; statistics stay."""
    agent = make(tiny, tuning)
    assert agent.tuned is not None
    before = {name: x.clone() for name, x in agent.tuned.model.state_dict().items()}
    agent.learn(16)
    statistics = agent.network.mean.clone(), agent.network.scale.clone()
    agent.learn(48)
    after = agent.tuned.model.state_dict()
    changed = {name for name, x in after.items() if not torch.equal(x, before[name])}
    read = {name for name in agent.tuned.learned if "pooler" not in name}
    assert changed <= read
    assert len(changed) >= 0.9 * len(read)
    assert all(("lora" in name) == (tuning == "lora") for name in changed)
    assert torch.equal(agent.network.mean, statistics[0])
    assert torch.equal(agent.network.scale, statistics[1])


@pytest.mark.parametrize("tuning", TUNED)
def test_gradients_reach_the_encoder_whole(tiny: str, tuning: str) -> None:
    """The slope along the gradient, measured, is the gradient's length: through every statement."""
    agent = make(tiny, tuning)
    envs = begun(agent)
    torch.nn.init.normal_(agent.network.value.weight)
    states = agent.collector.state
    envs.close()
    assert agent.tuned is not None
    learned = list(agent.tuned.learned.values())

    def value() -> torch.Tensor:
        found: torch.Tensor = agent.network(states, agent.table)[1].sum()
        return found

    gradients = torch.autograd.grad(value(), learned, allow_unused=True)
    length = torch.stack([g.square().sum() for g in gradients if g is not None]).sum().sqrt()
    sides = []
    for step in (3e-3, -6e-3):
        with torch.no_grad():
            for weight, gradient in zip(learned, gradients, strict=True):
                if gradient is not None:
                    weight += step * gradient / length
        sides.append(value().item())
    assert length > 0.01
    assert (sides[0] - sides[1]) / 6e-3 == pytest.approx(length.item(), rel=0.05)


def test_the_encoder_has_its_own_learning_rate(tiny: str) -> None:
    agent = make(tiny, "lora", learning_rate=1e-3, encoder_learning_rate=1e-4)
    network, encoder = agent.optimizer.param_groups
    assert (network["lr"], encoder["lr"]) == (1e-3, 1e-4)
    agent._set_learning_rate(0.25)
    assert network["lr"] == pytest.approx(7.5e-4)
    assert encoder["lr"] == pytest.approx(7.5e-5)
    for tuning, rate in RATES.items():
        default = make(tiny, tuning, encoder_learning_rate=None)
        assert default.optimizer.param_groups[1]["lr"] == rate
    still = make(tiny, "full", encoder_learning_rate=0.0)
    assert still.tuned is not None
    before = {name: x.clone() for name, x in still.tuned.learned.items()}
    still.learn(32)
    assert all(torch.equal(x, before[name]) for name, x in still.tuned.learned.items())


@pytest.mark.parametrize("name", ["ppo", "grpo"])
def test_a_negative_learning_rate_of_the_encoder_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgument, match="encoder_learning_rate must be at least 0"):
        alectors.AGENTS[name](ENV, encoder_learning_rate=-1e-4)


def test_a_large_gradient_of_the_encoder_does_not_quiet_the_network(tiny: str) -> None:
    agent = make(tiny, "full", max_grad_norm=0.5)
    groups = [group["params"] for group in agent.parameter_groups()]
    loss = sum((scale * w.sum() for g, scale in zip(groups, (0.1, 1e3), strict=True) for w in g))
    agent._descend(torch.as_tensor(loss), {})
    for weights_of in groups:
        norm = torch.stack([w.grad.square().sum() for w in weights_of]).sum().sqrt()
        assert norm.item() == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize("tuning", TUNED)
def test_same_seed_same_bytes(tiny: str, tuning: str) -> None:
    first, second, other = (make(tiny, tuning, seed=seed) for seed in (3, 3, 4))
    for agent in (first, second, other):
        agent.learn(48)
    assert weights(first) == weights(second)
    assert weights(first) != weights(other)


@pytest.mark.parametrize("tuning", TUNED)
def test_stopped_and_loaded_is_never_stopped(tiny: str, tuning: str, tmp_path: Path) -> None:
    config = {"final_learning_rate": 5e-4}
    whole, stopped = (make(tiny, tuning, **config) for _ in range(2))
    whole.learn(64)
    stopped.learn(32)
    stopped.save(tmp_path / "agent")
    again = alectors.load(tmp_path / "agent")
    assert isinstance(again, PPO)
    assert weights(again) == weights(stopped)
    page, info = gym.make(ENV).reset(seed=0)
    assert again.choose_action(page, info) == stopped.choose_action(page, info)
    again.learn(64)
    assert weights(again) == weights(whole)
    saved = load_file(tmp_path / "agent" / "encoder.safetensors")
    names = set(saved)
    assert again.tuned is not None
    assert names == set(again.tuned.learned)
    assert all("lora" in name for name in names) == (tuning == "lora")


def test_learned_weights_of_another_encoder_are_refused(tiny: str, tmp_path: Path) -> None:
    agent = make(tiny, "lora")
    agent.learn(16)
    agent.save(tmp_path / "agent")
    other = alectors.Encoder(tiny, tuning="lora", rank=4)
    with pytest.raises(DamagedFile, match="another encoder"):
        alectors.load(tmp_path / "agent", other)
    with pytest.raises(DamagedFile, match="not the learned weights"):
        other.load_learned(load_file(tmp_path / "agent" / "encoder.safetensors"))


def test_two_agents_learn_apart_and_leave_the_encoder_alone(tiny: str) -> None:
    encoder = Encoder(tiny, tuning="full")
    first = {name: x.clone() for name, x in encoder.learned.items()}
    agents = [make(encoder, None, seed=seed) for seed in (0, 0)]
    for agent in agents:
        agent.learn(32)
    assert weights(agents[0]) == weights(agents[1])
    assert all(torch.equal(x, first[name]) for name, x in encoder.learned.items())
    assert agents[0].describe()["encoder"]["tuning"] == "full"


@pytest.mark.parametrize("tuning", TUNED)
def test_nothing_is_kept_on_disk(
    tiny: str, tuning: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALECTORS_CACHE", str(tmp_path / "cache"))
    agent = make(tiny, tuning, disk_cache=True)
    agent.learn(16)
    assert not (tmp_path / "cache").exists()
    assert isinstance(agent.table, TokenTable)


class Remembering(PPO):
    """As SAC and DDQN are: it learns from old steps."""

    name = "remembering"
    tunes = False


def test_agents_that_learn_from_old_steps_refuse(tiny: str) -> None:
    with pytest.raises(InvalidArgument, match=r"remembering learns from old steps.*: ppo"):
        Remembering(ENV, encoder=tiny, tuning="lora", **SMALL)


def test_lora_without_peft_says_how_to_get_it(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingDependency, match=r"alectors\[lora\]"):
        Encoder(tiny, tuning="lora")
    assert Encoder(tiny, tuning="full").learned


def test_what_does_not_fit_a_tuned_encoder_is_told(tiny: str) -> None:
    with pytest.raises(InvalidArgument, match="layer=0"):
        Encoder(tiny, tuning="lora", layer=0)
    with pytest.raises(InvalidArgument, match="float32"):
        Encoder(tiny, tuning="full", precision="bfloat16")
    with pytest.raises(InvalidArgument, match="TokenTable"):
        EmbeddingTable(Encoder(tiny, tuning="full"))
    with pytest.raises(InvalidArgument, match="rank"):
        Encoder(tiny, tuning="lora", rank=0)


def test_new_adapters_change_nothing(tiny: str) -> None:
    text = ["go to the red ball"]
    frozen = Encoder(tiny, precision="float32").encode(text)[0]
    torch.testing.assert_close(Encoder(tiny, tuning="lora").encode(text)[0], frozen)


def test_an_empty_statement_and_padding_have_no_tokens(tiny: str) -> None:
    table = TokenTable(Encoder(tiny, tuning="full"))
    rows = torch.tensor([*table.rows(["", "go to"]), PADDING])
    tokens, mask = table.tokens(rows)
    assert mask.sum(1).tolist() == [0, 2, 0]
    assert len(tokens) == 2
    assert table.means(rows)[[0, 2]].abs().sum() == 0


@pytest.mark.slow
def test_learns_echo() -> None:
    """With the real encoder, both parts learning; ``"full"`` needs more steps to get as far."""
    agent = PPO(ENV, tuning="lora", learning_rate=1e-3, gamma=0.5)
    agent.learn(16_384)
    assert alectors.evaluate(agent, ENV, episodes=20).mean_score >= 0.95
