"""Devices: what is on the GPU stays there, and the CPU gives the same numbers as before."""

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from elsewhere import ELSEWHERE, Away, Pretend
from tiny_models import make_tiny

import alectors
from alectors.collecting import WARM_UP
from alectors.device import best_device, find_device
from alectors.envs.errors import InvalidArgument
from alectors.states import send

HOME = Path(alectors.__file__).parent
ON_THE_CPU = {"disk", "llm", "observations", "replay", "store"}
"""Modules whose tensors are on the CPU on purpose."""
MODULES = sorted(file.stem for file in HOME.glob("*.py") if "import torch" in file.read_text())
FACTORIES = {"zeros", "ones", "full", "empty", "arange", "rand", "randn", "randint", "eye"}
FACTORIES |= {"linspace", "tensor"}
SMALL = {"num_envs": 4, "num_steps": 16, "minibatch_size": 32}


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pretend]:
    """A device that is not the CPU, on any machine, which ``device="elsewhere"`` asks for."""
    adam = torch.optim.Adam
    monkeypatch.setattr(torch.optim, "Adam", lambda p, **k: adam(p, **{**k, "fused": False}))
    monkeypatch.setattr(
        "alectors.agent.find_device",
        lambda name: ELSEWHERE if name == "elsewhere" else find_device(name),
    )
    with Pretend() as mode:
        yield mode


def weights(agent: Any) -> dict[str, torch.Tensor]:
    return {name: value.cpu() for name, value in agent.network.state_dict().items()}


def is_transfer(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "to"
    )


def calls_without_a_device(source: str) -> list[str]:
    """Calls of torch's factories that say no device, outside of constructors."""
    found = []
    for node in ast.walk(ast.parse(source)):
        sent = {n.func.value for n in ast.walk(node) if is_transfer(n)}
        if not isinstance(node, ast.FunctionDef) or node.name == "__init__":
            continue
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                home, name = ast.unparse(call.func.value), call.func.attr
                said = any(keyword.arg == "device" for keyword in call.keywords)
                if home == "torch" and name in FACTORIES and not said and call not in sent:
                    found.append(ast.unparse(call))
    return found


def test_a_call_without_a_device_is_found() -> None:
    source = (
        "def f(x):\n    torch.zeros(3)\n    torch.ones(3, device=x.device)\n    x.new_ones(3)\n"
    )
    source += "    torch.tensor([3]).to(x.device)\n"
    assert calls_without_a_device(source) == ["torch.zeros(3)"]


@pytest.mark.parametrize("module", sorted(set(MODULES) - ON_THE_CPU))
def test_tensors_are_made_where_their_inputs_are(module: str) -> None:
    """The reader collates on the CPU on purpose; what it makes there is sent as a whole."""
    found = calls_without_a_device((HOME / f"{module}.py").read_text())
    assert found == (["torch.tensor(flat, dtype=torch.long)"] if module == "reader" else [])


def test_names_of_devices() -> None:
    assert find_device("cpu") == torch.device("cpu")
    assert find_device("auto") == torch.device("cpu")  # by conftest
    for name in ("gpu", "cuda:x", "cpu:0", ""):
        with pytest.raises(InvalidArgument, match="neither auto, cpu, cuda nor"):
            find_device(name)
    with pytest.raises(InvalidArgument, match="is not there"):
        find_device("cuda:99")
    with pytest.raises(InvalidArgument, match="is not there"):
        alectors.PPO("CartPole-v1", device="cuda:99")


def test_auto_is_a_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, kind in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert best_device().type == kind


def test_the_pretended_device_does_not_mix(pretend: Pretend) -> None:
    there = torch.zeros(3, device=ELSEWHERE)
    assert isinstance(there, Away)
    with pytest.raises(RuntimeError, match="mixes"):
        there + torch.ones(3)
    assert (there + 1).cpu().tolist() == [1, 1, 1]
    there[1:] = torch.ones(2)
    assert there.cpu().tolist() == [0, 1, 1]
    assert pretend.sent == 1


@pytest.mark.parametrize("name", alectors.AGENTS)
@pytest.mark.parametrize("env_id", ["alectors/BabyAI-GoToRedBallGrey-v0", "CartPole-v1"])
def test_learning_mixes_no_devices(env_id: str, name: str, pretend: Pretend) -> None:
    """A tensor that is made on the CPU in a rollout or an update raises here; numbers are equal."""
    settings = {"encoder": "hash"} if "BabyAI" in env_id else {}
    kind = alectors.AGENTS[name]
    known = {field.name for field in fields(kind.config_class)}
    small = {name: value for name, value in SMALL.items() if name in known}
    agents = [
        kind(env_id, device=device, disk_cache=False, **small, **settings)
        for device in ("elsewhere", "cpu")
    ]
    for agent in agents:
        agent.learn(128)
    assert all(isinstance(value, Away) for value in agents[0].network.state_dict().values())
    torch.testing.assert_close(weights(agents[0]), weights(agents[1]), rtol=1e-3, atol=1e-4)
    observation, info = agents[0]._make_envs().envs[0].reset(seed=0)
    assert agents[0].sample_action(observation, info) in range(7)
    assert len({agent.choose_action(observation, info) for agent in agents}) == 1


@pytest.mark.parametrize("tuning", ["lora", "full"])
def test_a_tuned_encoder_is_where_its_agent_is(
    tuning: str, pretend: Pretend, tmp_path: Path
) -> None:
    encoder = alectors.Encoder(make_tiny("bert", tmp_path), tuning=tuning)
    agent = alectors.PPO("alectors/Echo-v0", encoder=encoder, device="elsewhere", **SMALL)
    agent.learn(64)
    assert agent.tuned is not None
    assert all(isinstance(value, Away) for value in agent.tuned.learned.values())
    assert not any(isinstance(value, Away) for value in encoder.learned.values())


def test_a_step_is_one_transfer(pretend: Pretend) -> None:
    agent = alectors.PPO(
        "alectors/Echo-v0", encoder="hash", device="elsewhere", disk_cache=False, **SMALL
    )
    envs = agent._make_envs()
    agent._begin(envs)
    choices = torch.zeros(4, dtype=torch.long, device=ELSEWHERE)
    for _ in range(WARM_UP):
        agent.collector.step(choices)
    before, known = pretend.sent, len(agent.table)
    step = agent.collector.step(choices)
    envs.close()
    assert len(agent.table) == known
    assert pretend.sent == before + 1
    for value in (step.rewards, step.ends, step.terminated, agent.collector.state.actions):
        assert isinstance(value, Away)


def test_what_is_sent_arrives(pretend: Pretend) -> None:
    """Packed as bytes and unpacked: types, shapes and numbers stay, whatever stands before them."""
    from alectors.arrays import ArrayBatch

    batch = ArrayBatch(torch.randn(3, 5), torch.arange(6).view(3, 2))
    others = torch.tensor([True, False, True]), torch.tensor(2.5), torch.zeros(0)
    moved, *rest = send(batch, ELSEWHERE, *others)
    assert pretend.sent == 1
    pairs = [(moved.observations, batch.observations), (moved.actions, batch.actions)]
    for found, wanted in [*pairs, *zip(rest, others, strict=True)]:
        assert found.dtype == wanted.dtype
        assert torch.equal(found.cpu(), wanted)
    back, one = send(moved, torch.device("cpu"), rest[0])
    assert not isinstance(back.actions, Away)
    assert torch.equal(back.observations, batch.observations)
    assert torch.equal(one, others[0])
    assert send(batch, torch.device("cpu"))[0] is batch


def test_saved_anywhere_and_loaded_on_the_cpu(
    encoder: "alectors.Encoder", device: str, tmp_path: Path
) -> None:
    agent = alectors.PPO("alectors/Echo-v0", encoder=encoder, device=device, **SMALL)
    agent.learn(64)
    agent.save(tmp_path / "agent")
    again = alectors.load(tmp_path / "agent", encoder, device="cpu")
    assert agent.device == find_device(device)
    assert again.device == torch.device("cpu")
    assert torch.equal(again.network.scorer.weight, agent.network.scorer.weight.cpu())
    page, info = again._make_envs().envs[0].reset(seed=0)
    assert again.choose_action(page, info) == agent.choose_action(page, info)
    again.learn(128)
    assert again.steps == 128
