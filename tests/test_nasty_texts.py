"""Texts that name no action: nothing crashes, nothing hangs, and nothing happens."""

import random
import string
import time
from typing import Any

import gymnasium as gym
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.base import NOTICE
from alectors.envs.registration import TASKS
from alectors.envs.wrappers import NO_ACTION, TextActions

IDS = (
    "Echo-v0",
    "Chess-v0",
    "ChessKQK-v0",
    "ChessMateInTwo-v0",
    *(name.partition("/")[2] for name in TASKS if TASKS[name].entry_point.startswith("chess_var")),
    "BabyAI-GoToLocal-v0",
    "BabyAI-MixedLocal-v0",
    "MiniGrid-DoorKey-5x5-v0",
    *(name.partition("/")[2] for name in TASKS if TASKS[name].family == "text adventures"),
    *(name.partition("/")[2] for name in TASKS if TASKS[name].family == "toy text"),
    *(name.partition("/")[2] for name in TASKS if TASKS[name].family == "classic control"),
    "TextWorldExpress-CookingWorld-v0",
    "ScienceWorld-FindAnimal-v0",
)
each_id = pytest.mark.parametrize("name", IDS)

EVIL = ["", " ", "\n", "\x00", "\x1b[2J", "\ud800", "０", "résigne", "🂡", "ﷺ", "a" * 10**6, "-1",
        "0", "None", "go", "e2e5", "0000", "--", "Z0", "@@@@", "(" * 40, "%s%n", "{0}", "quit",
        "restore", "save", "turn  lef", "undo", "e4\ne5", "ſay up\u200b", "İ" * 999, "O-O-O-O",
        "o-O-o\x00", "=Q", "N@", "@e9", "e4" * 500, "yes", "script", "\r\n" * 999]  # fmt: skip
ALPHABETS = (
    string.printable,
    string.ascii_lowercase + " ",
    "абвг ",
    "\x00\x07\x1b\r\n\t\x7f",
    "".join(map(chr, range(0x20, 0x3000))),
    "abcdefgh12345678NBRQKOox=+#-@",
)
LENGTHS = (1, 2, 4, 5, 12, 60, 999, 1001, 5000)
SLOWEST = 2.0
"""Seconds that a text may take, on a machine that is busy with other things as well."""


def spoilt(words: str, other: str, choices: random.Random) -> str:
    """Almost an action."""
    place = choices.randrange(len(words))
    ways = (
        words + choices.choice([".", " x", ",", "\u0301", "\x00", " " + words]),
        words[:place],
        words[:place] + words[place + 1 :],
        words[:place] + choices.choice("аеоz\u200b\x7f") + words[place:],
        words + choices.choice(["\n", ", ", " and ", ";"]) + other,
        f'"{words}"',
        words[::-1],
        " ".join(reversed(words.split())),
    )
    return choices.choice(ways)


def nasty(count: int, legal: list[str]) -> list[str]:
    """Texts in many alphabets and lengths, and legal ones spoiled; few of them name an action."""
    choices = random.Random(0)
    texts = list(EVIL)
    while len(texts) < count:
        letters = choices.choices(choices.choice(ALPHABETS), k=choices.choice(LENGTHS))
        texts.append("".join(letters))
        texts += [spoilt(choices.choice(legal), choices.choice(legal), choices) for _ in range(2)]
    return texts[:count]


def state(env: Any) -> object:
    """What the rules know, beside the page, and the generator that everything is drawn from."""
    game, drawn = env.game, repr(env.np_random.bit_generator.state)
    if hasattr(env, "_story"):
        story = env._story
        return list(story.taken), story.score, story.room, story.inventory, story.commands, drawn
    if hasattr(game, "fen"):
        return game.fen(), len(game.move_stack), drawn
    if hasattr(game, "agent_pos"):
        place = tuple(game.agent_pos), game.agent_dir, game.carrying
        return place, game.step_count, game.grid.encode().tobytes(), drawn
    if isinstance(game, int):
        return game, drawn
    names = [name for name in ("s", "state", "player", "dealer") if hasattr(game, name)]
    assert names
    inside = repr(game.np_random.bit_generator.state)
    return [repr(getattr(game, name)) for name in names], inside, drawn


def assert_nothing_happens(name: str, count: int) -> None:
    made = gym.make(f"alectors/{name}", max_steps=10**6)
    env, choices = TextActions(made, max_length=10**5), random.Random(1)
    page, info = env.reset(seed=3)
    for _ in range(2):  # at the beginning, and later
        try_texts(env, page, info, count // 2)
        for _ in range(5):
            page, _, terminated, truncated, info = env.step(choices.choice(info["actions"]))
            assert NOTICE not in page
            if terminated or truncated:
                page, info = env.reset()
    env.close()


def try_texts(env: TextActions, page: str, info: dict[str, Any], count: int) -> None:
    """Give texts in one state, which none of them may change."""
    goal, *rest = page.split("\n")
    before, told, legal = state(env.unwrapped), [goal, NOTICE, *rest], info["actions"]
    mask, invalid = info["action_mask"].tolist(), info["invalid_actions"]
    tried, slowest = 0, 0.0
    for text in nasty(count, legal):
        began = time.monotonic()
        if env.index(text) != NO_ACTION:
            continue  # the dice have named an action: "a3", "Nc3"
        page, reward, terminated, truncated, info = env.step(text)
        slowest = max(slowest, time.monotonic() - began)
        tried += 1
        assert page.split("\n") == told, repr(text)
        assert (reward, terminated, truncated) == (0.0, False, False)
        assert (info["actions"], info["invalid_actions"]) == (legal, invalid + tried)
    assert info["action_mask"].tolist() == mask
    assert state(env.unwrapped) == before
    assert slowest < SLOWEST
    assert tried > 0.95 * count


@each_id
def test_nasty_texts_do_nothing(name: str) -> None:
    assert_nothing_happens(name, 500)


@pytest.mark.slow
@each_id
def test_very_many_nasty_texts_do_nothing(name: str) -> None:
    assert_nothing_happens(name, 10_000)


@pytest.mark.parametrize("on_invalid", ["noop", "penalty", "terminate"])
@each_id
def test_a_nasty_text_costs_what_on_invalid_says(name: str, on_invalid: str) -> None:
    env = TextActions(gym.make(f"alectors/{name}", on_invalid=on_invalid))
    _, info = env.reset(seed=3)
    page, reward, terminated, truncated, info = env.step("\x00no such thing")
    assert (terminated, truncated) == (on_invalid == "terminate", False)
    assert "success" in info or not terminated
    assert reward == (-0.1 if on_invalid == "penalty" else 0.0)
    assert page.split("\n")[1] == NOTICE
    env.close()


def test_every_family_is_tried() -> None:
    families = {TASKS[f"alectors/{name}"].family for name in IDS}
    assert families == {task.family for task in TASKS.values()}
