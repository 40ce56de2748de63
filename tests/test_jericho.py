"""Z-machine games: real story files, compiled here, in jericho's interpreter."""

import gc
import os
import pickle
import random
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

import alectors
from alectors.envs import jericho_process
from alectors.envs import jericho_words as words
from alectors.envs.adventure_env import TextWorldEnv
from alectors.envs.errors import InterpreterError, InvalidArgument, MissingDependency
from alectors.envs.jericho_env import JerichoEnv
from alectors.envs.wrappers import TextActions

YARD = Path(__file__).parent / "stories" / "yard.inf"
HANGS = 1


@pytest.fixture(scope="module")
def compile_yard(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Compiles the story of the yard, for a version of the Z-machine."""
    from textworld.generator.inform7.world2inform7 import I7_DEFAULT_PATH

    folder = tmp_path_factory.mktemp("stories")
    compiler = Path(I7_DEFAULT_PATH) / "share" / "inform7" / "Compilers" / "inform6"

    def compiled(version: int = 5, kind: int = 0) -> str:
        story, source = folder / f"yard-{kind}.z{version}", folder / f"yard-{kind}.inf"
        source.write_text(YARD.read_text().replace("KIND 0", f"KIND {kind}"))
        subprocess.run(
            [compiler, "-w", f"-v{version}", source, story], check=True, stdout=subprocess.DEVNULL
        )
        return str(story)

    return compiled


@pytest.fixture(scope="module")
def yard(compile_yard: Callable[..., str]) -> str:
    return compile_yard()


def play(env: Any, *commands: str) -> tuple[Any, ...]:
    """Reset, give the commands, and return the last answer."""
    answer = env.reset(seed=0)
    for command in commands:
        answer = env.step(answer[-1]["actions"].index(command))
    return answer


@pytest.mark.parametrize("version", [3, 5, 8])
def test_a_page_tells_place_news_and_inventory(
    compile_yard: Callable[..., str], version: int
) -> None:
    env = JerichoEnv(rom=compile_yard(version))
    page, _ = play(env)
    assert page.splitlines()[1:] == [
        "You have not done anything yet.",
        "Welcome to the yard.",
        "You are in the yard.",
        "You stand in a yard.",
        "A cave is north.",
        "A brass lamp is here.",
        "You are carrying nothing.",
    ]
    page, *_ = play(env, "take brass lamp")
    assert page.splitlines()[1:3] == ["Your last action was: take brass lamp.", "Taken."]
    assert page.splitlines()[-1] == "You are carrying: a brass lamp."
    env.close()


def test_actions_are_the_commands_that_change_the_world(yard: str) -> None:
    env = JerichoEnv(rom=yard)
    assert play(env)[-1]["actions"] == [
        "eat brass lamp",
        "go north",
        "light brass lamp",
        "take brass lamp",
        "wait",
    ]
    carrying = play(env, "take brass lamp", "go north")[-1]["actions"]
    assert carrying == ["drop brass lamp", "eat brass lamp", "go south", "light brass lamp", "wait"]
    env.close()


@pytest.mark.parametrize("version", [3, 5])
def test_rewards_are_the_increase_of_the_score(
    compile_yard: Callable[..., str], version: int
) -> None:
    env = JerichoEnv(rom=compile_yard(version))
    assert play(env, "take brass lamp")[1] == 0
    assert play(env, "take brass lamp", "go north")[1] == 5
    assert play(env, "take brass lamp", "go north", "go south")[1] == 0
    _, reward, terminated, _, info = play(env, "take brass lamp", "go north", "light brass lamp")
    assert (reward, terminated, info["success"], info["score"]) == (1, True, True, 1.0)
    assert info["actions"] == []
    env.close()


def test_a_lost_game_ends_without_success(yard: str) -> None:
    env = JerichoEnv(rom=yard)
    page, _, terminated, _, info = play(env, "go north", "go south", "eat brass lamp")
    assert (terminated, info["success"]) == (True, False)
    assert info["score"] == pytest.approx(5 / 6)
    assert page.splitlines()[-2:] == ["You have died.", "You have lost."]
    env.close()


def count(env: Any, seed: int) -> str:
    """What a random number of the interpreter makes the story say."""
    _, info = env.reset(seed=seed)
    page, *_ = env.step(info["actions"].index("wait"))
    return next(line for line in page.splitlines() if "you count" in line)


def test_zero_is_a_seed_of_the_interpreter(yard: str) -> None:
    fixed = JerichoEnv(rom=yard, game_seed=0)
    assert {count(fixed, seed) for seed in (0, 1)} == {"Time passes; you count to 1."}
    drawn = JerichoEnv(rom=yard)
    assert count(drawn, 0) == count(drawn, 0) == count(JerichoEnv(rom=yard), 0)
    assert len({count(drawn, seed) for seed in range(4)}) == 4


def test_a_hang_ends_the_episode_with_an_error(compile_yard: Callable[..., str]) -> None:
    env = JerichoEnv(rom=compile_yard(kind=HANGS))
    _, info = env.reset(seed=0)
    env.game.seconds = 2  # Only now: a busy machine may take longer to start the interpreter.
    with pytest.raises(InterpreterError, match=r"2 seconds.*larger time_limit"):
        env.step(info["actions"].index("go north"))
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)
    env.game.seconds = 60
    assert play(env, "take brass lamp")[1] == 0
    env.close()


def test_a_crash_ends_the_episode_with_an_error(yard: str) -> None:
    env = JerichoEnv(rom=yard)
    env.reset(seed=0)
    os.kill(env.game._process.pid, signal.SIGSEGV)
    with pytest.raises(InterpreterError, match="reset the environment"):
        env.step(0)
    with pytest.raises(gym.error.ResetNeeded):
        env.step(0)
    assert play(env, "take brass lamp")[1] == 0
    env.close()


def test_it_tells_a_textworld_game_as_textworld_does() -> None:
    story, theirs = JerichoEnv(game_seed=1), TextWorldEnv()
    page, info = story.reset(seed=0)
    told, chance = theirs.reset(seed=0)[0], random.Random(0)
    for _ in range(8):
        assert page.splitlines()[-4:] == told.splitlines()[-4:]
        allowed = set(theirs._commands()) & set(info["actions"])
        command = chance.choice(sorted(allowed))
        page, reward, *_, info = story.step(info["actions"].index(command))
        told, expected, *_ = theirs.step(theirs._index(command))
        assert reward == expected
    assert story._story.max_score == theirs._story.max_score
    story.close()
    theirs.close()


def test_close_and_garbage_collection_end_the_process(yard: str) -> None:
    for end in (JerichoEnv.close, lambda env: None):
        env = JerichoEnv(rom=yard)
        env.reset(seed=0)
        process = env.game._process
        end(env)
        del env
        gc.collect()
        assert process.poll() is not None


def test_it_keeps_the_contract_and_pickles(yard: str) -> None:
    env = gym.make("alectors/Jericho-v0", rom=yard)
    alectors.testing.check(env, steps=30)
    copy = pickle.loads(pickle.dumps(env))
    assert copy.reset(seed=3)[0] == env.reset(seed=3)[0]
    copy.close()
    env.close()


def test_hostile_strings_change_nothing(yard: str) -> None:
    env = TextActions(gym.make("alectors/Jericho-v0", rom=yard, max_steps=10_000))
    page, info = env.reset(seed=0)
    rest = page.splitlines()[1:]
    hostile = [
        "",
        "quit",
        "restart\n",
        "save",
        "\x00",
        "take brass lamp\nquit",
        "läuft",
        "x" * 5000,
    ]
    chance = random.Random(0)
    hostile += ["".join(chr(chance.randrange(0x300)) for _ in range(40)) for _ in range(200)]
    for text in hostile:
        page, reward, terminated, truncated, after = env.step(text)
        assert (reward, terminated, truncated) == (0.0, False, False)
        assert page.splitlines()[2:] == rest
        assert after["actions"] == info["actions"]
    env.close()


@pytest.mark.parametrize(
    "content", [b"", b"\x08" + b"\0" * 10, b"\x06" + b"\0" * 100, b"hello" * 50]
)
def test_a_file_that_is_no_story_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "game.z5").write_bytes(content)
    for rom in (tmp_path / "game.z5", tmp_path / "none.z5", tmp_path):
        with pytest.raises(InvalidArgument, match="Z-machine story file"):
            JerichoEnv(rom=str(rom))


@pytest.mark.parametrize(
    "wrong", [{"time_limit": 0}, {"time_limit": -1.0}, {"game_seed": -1}, {"game_seed": 2**15}]
)
def test_a_wrong_argument_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match=next(iter(wrong))):
        JerichoEnv(**wrong)


def test_without_jericho_one_sentence_says_so(yard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jericho_process.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match="pip install jericho"):
        JerichoEnv(rom=yard).reset(seed=0)


@pytest.mark.parametrize(
    ("text", "prose", "score"),
    [
        ("> Yard    Score: 5   Moves: 3  \nTaken.\n\n", "Taken.", 5),
        ("\nTaken.\n\n>       -= Bedroom =-2/7", "\nTaken.\n", 2),
        (">\nTaken.", "Taken.", None),
        ("Taken.", "Taken.", None),
    ],
)
def test_the_status_line_is_no_prose(text: str, prose: str, score: int | None) -> None:
    told, status = words.split_status(text)
    assert told.strip() == prose.strip()
    assert words.score_of(status) == score


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You have so far scored 1 out of a possible 7, in 3 turns.", (1, 7)),
        ("In that game you scored -5 out of a possible 6, in 9 turns.", (-5, 6)),
        ("Your score is 10 (total of 350 points), in 12 moves.", (10, 350)),
        ("There is no score in this story.", None),
    ],
)
def test_the_score_is_read_where_the_game_sums_up(
    text: str, expected: tuple[int, int] | None
) -> None:
    assert words.summed_up(text) == expected


@pytest.mark.parametrize(
    ("closing", "won", "lost"),
    [("You have won", True, False), ("You have died", False, True), ("The End", False, False)],
)
def test_the_closing_line_tells_the_end(closing: str, won: bool, lost: bool) -> None:
    told = words.ending(f"Bang!\n\n    *** {closing} ***\n\nWould you like to RESTART?")
    assert told == closing
    assert (words.tells_victory(told), words.tells_defeat(told)) == (won, lost)
