"""Recording: a Minari dataset holds what was played, or is not there at all."""

import builtins
from pathlib import Path
from typing import Any

import gymnasium as gym
import minari
import numpy as np
import pytest

from alectors.cli import main
from alectors.envs.echo import EchoEnv


@pytest.fixture(autouse=True)
def _datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(list(argv))
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def replay(env: Any, episode: Any, seed: int) -> None:
    """Play an episode's actions again and compare everything that the dataset keeps."""
    page, info = env.reset(seed=seed)
    for t in range(len(episode.actions) + 1):
        assert episode.observations[t] == page
        assert episode.infos["actions"][t].decode() == "\n".join(info["actions"])
        np.testing.assert_array_equal(episode.infos["action_mask"][t], info["action_mask"])
        if t == len(episode.actions):
            break
        legal = np.flatnonzero(info["action_mask"]).tolist()
        chosen = info["actions"][legal.index(episode.actions[t])]
        assert episode.infos["chosen"][t].decode() == chosen
        page, reward, terminated, truncated, info = env.step(int(episode.actions[t]))
        assert episode.rewards[t] == reward
        assert (episode.terminations[t], episode.truncations[t]) == (terminated, truncated)
    assert episode.infos["chosen"][-1] == b""
    assert terminated or truncated


@pytest.mark.parametrize(
    ("name", "agent"),
    [
        ("BabyAI-GoToRedBallGrey-v0", "oracle"),
        ("CoinCollector-L5-v0", "oracle"),
        ("Chess-v0", "random"),
    ],
)
def test_a_recording_replays_to_the_same_episodes(
    capsys: pytest.CaptureFixture[str], name: str, agent: str
) -> None:
    status, out, _ = run(
        capsys, "record", name, "--agent", agent, "--episodes", "3", "--seed", "5",
        "--env.max_steps", "40", "--out", "some/thing-v2",
    )  # fmt: skip
    assert status == 0
    assert 'minari.load_dataset("some/thing-v2")' in out
    dataset = minari.load_dataset("some/thing-v2")
    assert dataset.total_episodes == 3
    assert dataset.env_spec.id == f"alectors/{name}"
    assert dataset.env_spec.kwargs["split"] == "train"
    assert isinstance(dataset.observation_space, gym.spaces.Text)
    env = dataset.recover_environment()
    infos = list(dataset.storage.get_episode_metadata(range(3)))
    for k, episode in enumerate(dataset):
        assert infos[k]["seed"] == 5 + k
        assert all(page in dataset.observation_space for page in episode.observations)
        assert infos[k]["rewards_sum"] == pytest.approx(episode.rewards.sum())
        assert infos[k]["success"] == (episode.rewards[-1] > 0)
        replay(env, episode, 5 + k)
    env.close()
    assert list(minari.list_local_datasets()) == ["some/thing-v2"]


def test_a_folder_and_test_levels(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "echo-v0"
    status, out, _ = run(
        capsys, "record", "Echo-v0", "--episodes", "2", "--split", "test", "--out", str(folder)
    )
    assert status == 0
    assert f'minari.MinariDataset("{folder / "data"}")' in out
    dataset = minari.MinariDataset(folder / "data")
    assert (dataset.id, dataset.total_episodes) == ("echo-v0", 2)
    assert dataset.env_spec.kwargs["split"] == "test"
    status, _, err = run(capsys, "record", "Echo-v0", "--out", str(folder))
    assert status == 2
    assert "is there already" in err


def test_a_trained_agent_and_an_environment_without_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = str(tmp_path / "run")
    train = "train CartPole-v1 --steps 64 --episodes 0 --config.num_envs 2 --config.num_steps 32"
    assert main([*train.split(), "--config.minibatch_size", "32", "--out", folder]) == 0
    record = "record CartPole-v1 --episodes 2 --out cart-v0 --agent"
    assert main([*record.split(), folder]) == 0
    capsys.readouterr()
    dataset = minari.load_dataset("cart-v0")
    episode = dataset[1]
    observation, _ = dataset.recover_environment().reset(seed=1)
    np.testing.assert_array_equal(episode.observations[0], observation)
    assert not episode.infos


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_recording_that_breaks_off_leaves_nothing(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
) -> None:
    played, play = [], EchoEnv._play

    def fail(self: EchoEnv, action: int) -> tuple[float, bool]:
        played.append(action)
        if len(played) > 30:  # in the second episode or later
            raise error
        return play(self, action)

    monkeypatch.setattr(EchoEnv, "_play", fail)
    argv = ["record", "Echo-v0", "--episodes", "50", "--out", str(tmp_path / "here" / "echo-v0")]
    if error is KeyboardInterrupt:
        assert run(capsys, *argv)[:2] == (130, "Interrupted: nothing is kept.\n")
    else:
        with pytest.raises(error):
            main(argv)
    assert len(played) > 30
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["Echo-v0", "--out", "nameless"], "ends in a version"),
        (["Echo-v0", "--out", "a b-v0"], "names no dataset"),
        (["Echo-v0", "--out", "./"], "names no dataset"),
        (["Ecko-v0", "--out", "e-v0"], "Did you mean"),
        (["Echo-v0", "--out", "e-v0", "--agent", "oracel"], "Did you mean 'oracle'"),
        (["Echo-v0", "--out", "e-v0", "--episodes", "0"], "at least 1"),
        (["Echo-v0", "--out", "e-v0", "--split", "tset"], "Did you mean 'test'"),
        (["Echo-v0", "--out", "e-v0", "--env.split", "test"], "--split"),
        (["Echo-v0", "--out", "e-v0", "--config.gamma", "1"], "does nothing"),
        (["Blackjack-v1", "--out", "e-v0", "--agent", "random"], "of one part"),
        (["CartPole-v1", "--out", "e-v0"], "has no oracle"),
    ],
)
def test_mistakes_get_one_sentence_and_leave_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, argv: list[str], words: str
) -> None:
    status, _, err = run(capsys, "record", *argv)
    assert status == 2
    assert words in err
    assert err.count("\n") == 1
    assert not [path for path in tmp_path.rglob("*") if path.name != "minari"]


def test_without_minari_one_sentence_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name == "h5py":
            raise ImportError(name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    status, _, err = run(capsys, "record", "Echo-v0", "--out", "e-v0")
    assert status == 2
    assert 'pip install "alectors[minari]"' in err
    assert err.count("\n") == 1
