"""The command line: what each command prints, and how it answers mistakes."""

import json
from pathlib import Path

import pytest

from alectors.cli import main
from alectors.options import take

ECHO = "alectors/Echo-v0"


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(list(argv))
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_envs_lists_every_id(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "envs")
    assert status == 0
    assert out.count("alectors/") > 170
    _, core, _ = run(capsys, "envs", "--core")
    assert "alectors/CoinCollector-L5-v0" in core
    assert ECHO not in core


def test_envs_tells_one(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "envs", "Echo-v0")
    assert status == 0
    for part in ("Description:", "The word is", "say north"):
        assert part in out


def test_play_takes_numbers_and_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["1", "nonsense", "SAY South", "2"])
    monkeypatch.setattr("rich.console.Console.input", lambda *_: next(answers))
    status, out, _ = run(capsys, "play", ECHO, "--env.max_steps", "3")
    assert status == 0
    assert "'nonsense' is not an action here" in out
    assert "The end" in out


def test_play_can_be_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rich.console.Console.input", lambda *_: "quit")
    status, out, _ = run(capsys, "play", ECHO)
    assert status == 0
    assert "The end" not in out


def test_evaluate_writes_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "echo.json"
    status, out, _ = run(
        capsys, "evaluate", "oracle", ECHO, "--episodes", "4", "--json", str(file),
        "--env.words", "3",
    )  # fmt: skip
    assert status == 0
    assert "1.00" in out
    read = json.loads(file.read_text())
    assert read["env_kwargs"] == {"words": 3, "split": "test"}
    assert read["command"].startswith("alectors evaluate oracle alectors/Echo-v0")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["envs", "Ches-v0"], "Did you mean 'Chess-v0'"),
        (["play", "alectors/Ehco-v0"], "Did you mean 'alectors/Echo-v0'"),
        (["train", "alectors/DoorKey-5x5-v0"], "MiniGrid-DoorKey-5x5-v0"),
        (["train"], "Say which environment"),
        (["train", ECHO, "--agent", "pop"], "Did you mean 'ppo'"),
        (["train", ECHO, "--env.wrods", "3"], "Did you mean 'words'"),
        (["train", ECHO, "--config.learning_rat", "3"], "Did you mean 'learning_rate'"),
        (["train", ECHO, "--config.num_envs", "many"], "num_envs takes a whole number"),
        (["train", ECHO, "--config.gamma"], "needs a value"),
        (["train", ECHO, "--config.gamma", "--seed", "3"], "needs a value"),
        (["train", ECHO, "--config.gamma", "null"], "gamma takes a number"),
        (["train", ECHO, "--config.learning_rate", "-1"], "at least 0"),
        (["train", ECHO, "--config.network", "5"], "takes the fields"),
        (["train", ECHO, "--config.network.heads", "5"], "multiple of network.heads"),
        (["train", ECHO, "--config.network.width", "x"], "network.width takes a whole number"),
        (["train", ECHO, "--env.a", "1", "--env.a.b", "2"], "beside a itself"),
        (["train", "CartPol-v1"], "CartPole-v0"),
        (["train", "CartPole-v1", "--encoder", "x"], "leave out the encoder"),
        (["train", "Pendulum-v1"], "Discrete actions"),
        (["train", "Blackjack-v1"], "a Tuple"),
        (["evaluate", "oracle", "CartPole-v1"], "has no oracle"),
        (["evaluate", "random", "CartPole-v1", "--split", "train"], "no argument 'split'"),
        (["train", ECHO, "--steps", "0"], "--steps must be"),
        (["train", ECHO, "--seed", "-1"], "--seed must be"),
        (["train", "--resume", "nowhere", ECHO], "keeps its own id"),
        (["train", "--resume", "nowhere"], "There is no folder"),
        (["train", "--resume", "nowhere", "--config.gamma", "0.5"], "does nothing"),
        (["play", ECHO, "--seed", "-1"], "--seed must be"),
        (["envs", "--env.words", "3"], "does nothing"),
        (["evaluate", "random", ECHO, "--config.gamma", "0.5"], "does nothing"),
        (["evaluate", "random", ECHO, "--env.split", "train"], "--split"),
        (["evaluate", "random", ECHO, "--sampled"], "no policy to sample"),
        (["evaluate", "random", ECHO, "--sampled", "--greedy"], "Choose one"),
        (["evaluate", "random", ECHO, "--threads", "0"], "--threads must be"),
        (["evaluate", "random", ECHO, "--json", "."], "is a folder"),
        (["evaluate", "random", ECHO, "--env.words", "abc"], "whole number between 2 and 8"),
        (["train", ECHO, "--encoder", "no/such/folder"], "No encoder weights were found"),
        (["evaluate", "oracel", ECHO], "Did you mean 'oracle'"),
        (["evaluate", "random"], "Say where"),
        (["evaluate", "random", ECHO, "--env.words", "9"], "between 2 and 8"),
        (["evaluate", "random", ECHO, "--episodes", "0"], "at least 1"),
        (["evaluate", "random", ECHO, "--split", "tset"], "Did you mean 'test'"),
    ],
)
def test_mistakes_get_one_sentence_and_status_2(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    argv: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    status, _, err = run(capsys, *argv)
    assert status == 2
    assert words in err
    assert "Traceback" not in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "argv", [["trian", ECHO], ["train", ECHO, "--stpes", "3"], ["envs", "--x"]]
)
def test_unknown_commands_and_options(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_an_existing_run_is_not_overwritten(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    status, _, err = run(capsys, "train", ECHO, "--out", str(tmp_path / "run"))
    assert status == 2
    assert "--resume" in err


def test_free_options_are_taken_off() -> None:
    rest, found = take(
        ["train", "--env.level", "5", "X", "--env.opponent=uci:/a=b", "--env.a-b.c", "true"], "env"
    )
    assert rest == ["train", "X"]
    assert found == {"level": 5, "opponent": "uci:/a=b", "a_b": {"c": True}}
