"""The mixture of BabyAI-Text: its missions, its held-out pairs, and its other words."""

import re
from collections import Counter
from typing import Any

import gymnasium as gym
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.errors import InvalidArgument
from alectors.envs.grid_mixed import HELDOUT_PAIRS, MISSIONS
from alectors.envs.grid_mixed_env import ACTIONS, COLOURS, NOUNS, ONE_ROOM
from alectors.envs.grid_wording import Event

ID = "alectors/BabyAI-MixedLocal-v0"
PAIR = re.compile(r"(\w+) (key|ball|box|door)")
FORMS = {
    "go to": r"go to \w+ \w+ \w+",
    "pick up": r"pick up \w+ \w+ \w+",
    "put next to": r"put \w+ \w+ \w+ next to \w+ \w+ \w+",
    "pick up then go to": r"pick up \w+ \w+ \w+, then go to \w+ \w+ \w+"
    r"|go to \w+ \w+ \w+ after you pick up \w+ \w+ \w+",
    "open": r"open \w+ (\w+ )?door",
}


def make(**kwargs: Any) -> Any:
    return gym.make(ID, disable_env_checker=True, **kwargs).unwrapped


def test_the_four_kinds_are_drawn_equally_often_in_one_room() -> None:
    env, kinds = make(), Counter()
    for seed in range(400):
        env.reset(seed=seed)
        mission = env.game.mission
        (kind,) = (kind for kind in ONE_ROOM if re.fullmatch(FORMS[kind], mission))
        kinds[kind] += 1
        things = [cell for cell in env.game.grid.grid if cell and cell.type != "wall"]
        named = 1 if kind in ("go to", "pick up") else 2
        assert len(things) == 8 + named
        assert (env.game.grid.width, env.game.grid.height) == (8, 8)
        assert env.max_steps == 64 * named
        assert not {" ".join(pair) for pair in PAIR.findall(mission)} & HELDOUT_PAIRS
    assert min(kinds.values()) > 70


def test_a_kind_that_is_named_twice_is_drawn_twice_as_often() -> None:
    env, put = make(missions=["go to", "put next to", "put next to"]), 0
    for seed in range(300):
        env.reset(seed=seed)
        put += env.game.mission.startswith("put")
    assert 170 < put < 230


def test_held_out_pairs_are_all_that_is_named() -> None:
    env = make(pairs="heldout", missions=list(MISSIONS))
    named = set()
    for seed in range(60):
        env.reset(seed=seed)
        named |= {" ".join(pair) for pair in PAIR.findall(env.game.mission)}
    assert named == HELDOUT_PAIRS


def test_a_locked_door_can_be_opened_in_two_rooms() -> None:
    env = make(missions="open")
    for seed in range(20):
        page, _ = env.reset(seed=seed)
        assert re.fullmatch(FORMS["open"], env.game.mission)
        assert (env.game.grid.width, env.max_steps) == (15, 128)
        over = False
        while not over:
            page, _, terminated, truncated, info = env.step(env.oracle_action())
            over = terminated or truncated
        assert info["success"]
        assert page.split("\n")[1] == "You unlocked and opened the door in front of you."


def plain(text: str, nouns: str, colours: str) -> str:
    """The text with the usual nouns and colours put back, all articles as "a"."""
    for word, other in (NOUNS[nouns] | COLOURS[colours]).items():
        text = re.sub(rf"\b{other}\b", word, text)
        text = re.sub(rf"\b{other.capitalize()}\b", word.capitalize(), text)
    return re.sub(r"\b([Aa])n\b", r"\1", text)


@pytest.mark.parametrize("narration", ["prose", "terse"])
@pytest.mark.parametrize("kind", ["heldout", "invented"])
def test_other_words_tell_the_same_things(kind: str, narration: str) -> None:
    usual = make(narration=narration)
    other = make(narration=narration, nouns=kind, colours=kind)
    words = {*NOUNS[kind], *COLOURS[kind]}
    for seed in range(10):
        known, told = usual.reset(seed=seed), other.reset(seed=seed)
        for _ in range(15):
            assert plain(told[0], kind, kind) == plain(known[0], "own", "own")
            assert not words & set(re.findall(r"\w+", told[0].lower()))
            assert not re.search(r"\b[Aa] [aeiou]|\b[Aa]n [^aeiou]", told[0])
            action = usual.oracle_action()
            known, told = usual.step(action), other.step(action)
            if known[2] or known[3]:
                break


@pytest.mark.parametrize("narration", ["prose", "terse"])
@pytest.mark.parametrize("wording", ["train", "heldout"])
def test_an_opened_box_is_told_by_its_other_name(narration: str, wording: str) -> None:
    env = make(nouns="invented", narration=narration, wording=wording)
    told = env._wording.events[Event.OPENED_BOX].lower()
    assert "afze" in told
    assert not {"box", "crate", "a"} & set(re.findall(r"\w+", told)) or narration == "terse"


def test_the_six_actions_have_two_sets_of_words() -> None:
    for actions, words in ACTIONS.items():
        _, info = make(actions=actions, wording="train").reset(seed=0)
        assert info["actions"] == list(words)
    _, info = make(wording="heldout").reset(seed=0)
    assert not set(info["actions"]) & {*ACTIONS["own"], *ACTIONS["heldout"]}
    assert len(info["actions"]) == 6


def test_the_level_is_the_same_in_all_words() -> None:
    levels = [
        make(**kwargs)
        for kwargs in ({}, {"nouns": "invented"}, {"actions": "heldout"}, {"wording": "heldout"})
    ]
    for seed in range(5):
        assert (
            len({env.reset(seed=seed) and env.game.grid.encode().tobytes() for env in levels}) == 1
        )


@pytest.mark.parametrize("pairs", ["train", "heldout"])
def test_the_oracle_accomplishes_every_mission(pairs: str) -> None:
    env = make(pairs=pairs, split="test")
    for seed in range(25):
        env.reset(seed=seed)
        over = False
        while not over:
            _, _, terminated, truncated, info = env.step(env.oracle_action())
            over = terminated or truncated
        assert info["success"], seed


@pytest.mark.parametrize(
    ("kwargs", "sentence"),
    [
        ({"missions": []}, "missions=.. must name at least one kind"),
        ({"missions": ["goto"]}, "missions='goto' is not known here.*Did you mean 'go to'"),
        ({"pairs": "test"}, "pairs='test' is not known here; it can be 'train', 'heldout'"),
        ({"nouns": "other"}, "nouns='other' is not known here; it can be 'own', 'heldout'"),
        ({"colours": 1}, "colours=1 is not known here"),
        ({"actions": "synonyms"}, "actions='synonyms' is not known here"),
        ({"room_size": 9}, "BabyAI-MixedLocal-v0 has no argument 'room_size'"),
    ],
)
def test_a_wrong_argument_is_told(kwargs: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument, match=sentence):
        make(**kwargs)
