"""The command line: what each command prints, and how it answers mistakes."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

from alectors.cli import main
from alectors.envs.registration import FAMILIES, TASKS
from alectors.options import take
from alectors.references import find_references

ECHO = "alectors/Echo-v0"
WITHOUT_ORACLE = "alectors/MiniGrid-Fetch-5x5-N2-v0"


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(list(argv))
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_envs_lists_every_id_under_its_family(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "envs")
    assert status == 0
    for family, words in FAMILIES.items():
        assert f"{family}: {words}\n" in out
    listed = [line.split()[1 if line.startswith("*") else 0] for line in out.split("\n")
              if line.startswith(("* alectors/", "  alectors/"))]  # fmt: skip
    assert sorted(listed) == sorted(TASKS)
    _, core, _ = run(capsys, "envs", "--core")
    assert core.count("* alectors/") == sum(task.core for task in TASKS.values())
    assert ECHO not in core
    _, chess, _ = run(capsys, "envs", "--family", "Chess")
    assert chess.count("alectors/") == sum(task.family == "chess" for task in TASKS.values())
    assert "pieces=KQK: An endgame of chess" in chess


def squeezed(text: str) -> str:
    """Text without line breaks and runs of blanks, which depend on the terminal's width."""
    return " ".join(text.split())


def test_envs_describes_one(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "envs", "Chess-v0", "--env.colour", "black")
    assert status == 0
    env = gym.make("alectors/Chess-v0", colour="black")
    page, info = env.reset(seed=0)
    for part in (
        "A game of chess against a built-in opponent or an engine.",
        "Terminates at checkmate, stalemate",
        'opponent = "random"',
        "nodes = 10000 Nodes that an engine may search",
        'on_invalid = "noop"',
        "Box(0, 1, (25, 8, 8), float32)",
        "Text, at most 25,000 characters",
        "actions: Discrete(1968)",
        squeezed(page),
        squeezed(" ".join(info["actions"])),
        "with the id's own arguments",
        *(f"{agent} {score.mean_return:.2f} {score.success_rate:.2f}"
          for agent, score in find_references("alectors/Chess-v0").items()),
    ):  # fmt: skip
        assert part in squeezed(out)
    assert "``" not in out


@pytest.mark.parametrize("name", ["Cooking-L5-v0", "ChessCrazyhouse-v0", "BabyAI-GoToLocal-v0"])
def test_every_argument_of_the_docstring_is_shown_with_its_default(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    _, out, _ = run(capsys, "envs", name)
    env: Any = gym.make(f"alectors/{name}").unwrapped
    section = inspect.getdoc(env).split("Arguments:\n")[1].split("Version History")[0]  # type: ignore[union-attr]
    told = re.findall(r"^    ([a-z_, ]+):", section, re.MULTILINE)
    assert len(told) >= 4
    for argument in ", ".join(told).split(", "):
        assert f"{argument} = " in out, argument
    for argument, value in TASKS[f"alectors/{name}"].kwargs.items():
        assert (
            f"{argument} = {value if isinstance(value, int) else f'{chr(34)}{value}{chr(34)}'}"
            in out
        )


def test_envs_describes_what_is_not_installed(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "envs", "MiniGrid-WFC-MazeSimple-v0")
    assert status == 0
    assert "Not installed" in out
    assert "Episode end" in out


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
        (["envs", "--family", "ches"], "Did you mean 'chess'"),
        (["envs", ECHO, "--core"], "leave them out beside an id"),
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
        (
            ["evaluate", "oracle", WITHOUT_ORACLE, "--episodes", "1"],
            "knew no action on these levels",
        ),
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


def test_random_play_is_not_shown_as_an_oracle(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    small = ["--config.num_envs", "2", "--config.num_steps", "8", "--config.minibatch_size", "16"]
    folder = tmp_path / "run"
    status, out, _ = run(
        capsys,
        "train",
        WITHOUT_ORACLE,
        "--steps",
        "16",
        "--episodes",
        "1",
        "--out",
        str(folder),
        *small,
    )
    assert status == 0
    assert "knows no good actions" in out
    assert "│ oracle" not in out
    assert not (folder / "evaluation-oracle.json").exists()


def test_an_existing_run_is_not_overwritten(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "run" / "checkpoints" / "step-000000000").mkdir(parents=True)
    status, _, err = run(capsys, "train", ECHO, "--out", str(tmp_path / "run"))
    assert status == 2
    assert "--resume" in err


def test_free_options_are_taken_off() -> None:
    rest, found = take(
        ["train", "--env.level", "5", "X", "--env.opponent=uci:/a=b", "--env.a-b.c", "true"], "env"
    )
    assert rest == ["train", "X"]
    assert found == {"level": 5, "opponent": "uci:/a=b", "a_b": {"c": True}}
