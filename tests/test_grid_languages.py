"""Whatever the language, what is told of a grid is what MiniGrid shows."""

import random
import re
from typing import Any

import gymnasium as gym
import minigrid  # noqa: F401  (registers its worlds)
import numpy as np
import pytest
from minigrid.core.constants import COLOR_TO_IDX, OBJECT_TO_IDX
from minigrid.wrappers import OneHotPartialObsWrapper

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.grid_heldout import HELDOUT
from alectors.envs.grid_symbols import MISSION_LENGTH, VOCABULARY, symbols
from alectors.envs.grid_wording import Event
from alectors.envs.grid_words import mission_of, tell_goal
from alectors.envs.registration import TASKS

WORLDS = (
    "MiniGrid-DoorKey-8x8-v0",
    "MiniGrid-LavaCrossingS9N2-v0",
    "MiniGrid-LockedRoom-v0",
    "MiniGrid-ObstructedMaze-Full-v1",
    "MiniGrid-MemoryS13Random-v0",
    "BabyAI-PutNextS5N2Carrying-v0",
    "BabyAI-BossLevel-v0",
    "BabyAI-MixedLocal-v0",
)
ACTIONS = (0, 1, 2, 2, 2, 3, 4, 5, 5)
SYNONYMS = {
    "scarlet": "red",
    "emerald": "green",
    "azure": "blue",
    "violet": "purple",
    "golden": "yellow",
    "ashen": "grey",
    "gate": "door",
    "latchkey": "key",
    "sphere": "ball",
    "crate": "box",
    "barrier": "wall",
    "molten rock": "lava",
    "target tile": "goal",
    "goal square": "goal",
    "painted slab": "floor",
    "floor tile": "floor",
    "ajar": "open",
    "shut": "closed",
    "bolted": "locked",
    **{"chair": "key", "table": "ball", "car": "box", "dax": "key", "xolo": "ball", "afze": "box"},
    **{"vermilion": "red", "jade": "green", "cyan": "blue", "silver": "grey", "faze": "red"},
    **{"jatu": "green", "croh": "blue", "vurst": "purple", "gakul": "yellow", "sil": "grey"},
}
LANGUAGES = [("prose", "train"), ("prose", "heldout"), ("terse", "train"), ("terse", "heldout")]
every_world = pytest.mark.parametrize("world", WORLDS)


def states(world: str, steps: int, **language: str) -> Any:
    """What is observed in random play, each with the environment that told it."""
    env = gym.make(f"alectors/{world}", disable_env_checker=True, **language).unwrapped
    rng = random.Random(7)
    told, _ = env.reset(seed=7)
    for _ in range(steps):
        yield told, env
        told, _, terminated, truncated, _ = env.step(rng.choice(ACTIONS))
        if terminated or truncated:
            told, _ = env.reset()


def words_of(noun: str) -> frozenset[str]:
    """The words of a thing in any wording, as MiniGrid names them."""
    noun = re.sub(r"^(an?) | that is|\.$", "", noun.lower())
    for word, meaning in SYNONYMS.items():
        noun = re.sub(rf"\b{word}\b", meaning, noun)
    return frozenset(noun.split())


def minigrid_words(cell: Any) -> frozenset[str]:
    if cell.type in ("wall", "lava"):
        return frozenset([cell.type])
    state = ""
    if cell.type == "door":
        state = "open" if cell.is_open else "locked" if cell.is_locked else "closed"
    return frozenset(f"{state} {cell.color} {cell.type}".split())


def minigrid_sees(game: Any) -> dict[tuple[int, int], frozenset[str]]:
    """Visible things of minigrid's own view by (steps ahead, steps to the right)."""
    grid, visible = game.gen_obs_grid()
    size = game.agent_view_size
    seen = {}
    for i in range(size):
        for j in range(size):
            place = (size - 1 - j, i - size // 2)
            if visible[i, j] and place != (0, 0) and (cell := grid.get(i, j)):
                seen[place] = minigrid_words(cell)
    return seen


COUNT = r"(\d+) (?:paces? |steps? )?"
SIDE = r"(?:off to the |to your )?(left|right)"
PLACE = r"(?:\d+ [a-z ]*?(?:ahead|in front|left|right)(?: plus | and | )?)+"
THING = {
    ("prose", "train"): rf"(?P<thing>.+) is (?P<place>{PLACE})\.",
    ("prose", "heldout"): rf"(?P<place>{PLACE})you can see (?P<thing>.+)\.",
    ("terse", "train"): rf"(?P<thing>\D+) (?P<place>{PLACE})\.",
    ("terse", "heldout"): rf"(?P<place>{PLACE}): (?P<thing>.+)\.",
}
WALL = {
    ("prose", "train"): r"A wall lies (?P<where>.+), from (?P<start>.+) to (?P<end>.+)\.",
    ("prose", "heldout"): r"Between (?P<start>.+) and (?P<end>.+) runs a barrier (?P<where>.+)\.",
    ("terse", "train"): r"Wall (?P<where>.+) from (?P<start>.+) to (?P<end>.+)\.",
    ("terse", "heldout"): r"(?P<where>.+): barrier between (?P<start>.+) and (?P<end>.+)\.",
}


def read_place(words: str) -> tuple[int, int]:
    """(steps ahead, steps to the right); what is not named is 0."""
    ahead = re.search(rf"{COUNT}(?:ahead|in front)", words)
    side = re.search(rf"{COUNT}{SIDE}", words)
    sign = -1 if side and side[2] == "left" else 1
    return int(ahead[1]) if ahead else 0, sign * int(side[1]) if side else 0


def read_wall(where: str, start: str, end: str) -> list[tuple[int, int]]:
    places = [read_place(end_words) for end_words in (start, end)]
    row, column = read_place(where)
    if any(ahead for ahead, _ in places):  # it runs away from the agent
        return [(ahead, column) for ahead in range(places[0][0], places[1][0] + 1)]
    return [(row, side) for side in range(places[0][1], places[1][1] + 1)]


@every_world
@pytest.mark.parametrize(("narration", "wording"), LANGUAGES)
def test_a_page_read_back_gives_minigrids_view(world: str, narration: str, wording: str) -> None:
    assert_view_is_read_back(world, narration, wording)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*is out of date")
@pytest.mark.parametrize(("narration", "wording"), LANGUAGES)
def test_a_page_of_any_world_read_back_gives_its_view(narration: str, wording: str) -> None:
    for world in grid_worlds():
        assert_view_is_read_back(world, narration, wording)


@pytest.mark.slow
@pytest.mark.parametrize(("narration", "wording"), LANGUAGES)
def test_thousands_of_pages_read_back_give_their_views(narration: str, wording: str) -> None:
    for world in WORLDS:
        assert_view_is_read_back(world, narration, wording, steps=1_000)


@pytest.mark.parametrize("words", ["heldout", "invented"])
@pytest.mark.parametrize(("narration", "wording"), LANGUAGES)
def test_other_nouns_and_colours_read_back_give_minigrids_view(
    narration: str, wording: str, words: str
) -> None:
    for part in ({"nouns": words}, {"colours": words}, {"nouns": words, "colours": words}):
        assert_view_is_read_back("BabyAI-MixedLocal-v0", narration, wording, 60, **part)


def assert_view_is_read_back(
    world: str, narration: str, wording: str, steps: int = 40, **words: str
) -> None:
    language = narration, wording
    for page, env in states(world, steps, narration=narration, wording=wording, **words):
        told: dict[tuple[int, int], frozenset[str]] = {}
        for line in page.split("\n")[4:]:
            if wall := re.fullmatch(WALL[language], line):
                told |= dict.fromkeys(read_wall(**wall.groupdict()), frozenset(["wall"]))
                continue
            thing = re.fullmatch(THING[language], line)
            assert thing, line
            told[read_place(thing["place"])] = words_of(thing["thing"])
        assert told == minigrid_sees(env.game)


@every_world
@pytest.mark.parametrize(("narration", "wording"), LANGUAGES)
def test_what_is_carried_and_faced_is_told(world: str, narration: str, wording: str) -> None:
    carry = r"(?:You carry|In your hands there is|Carrying|Hands:) (.+)\."
    face = r"(?:The cell before you holds|Facing|Before you:|Directly in front of you is) (.+)\."
    for page, env in states(world, 40, narration=narration, wording=wording):
        carried = words_of(re.search(carry, page)[1])
        thing = env.game.carrying
        nothing = {frozenset(["nothing"]), frozenset(["no", "item"])}
        assert carried == minigrid_words(thing) if thing else carried in nothing
        ahead = env.game.grid.get(*env.game.front_pos)
        faced = words_of(re.search(face, page)[1])
        free = {frozenset(["free", "floor"]), frozenset(["bare", "ground"])}
        assert faced == minigrid_words(ahead) if ahead else faced in free


def grid_worlds() -> list[str]:
    """Every registered grid but those that need packages of their own."""
    rows = (row for row in TASKS.values() if row.entry_point == "grid_env:GridEnv")
    return [row.name for row in rows if "-WFC-" not in row.name]


def missions(seeds: int) -> set[str]:
    """Missions of every registered world."""
    found = set()
    for world in grid_worlds():
        env = gym.make(f"alectors/{world}", disable_env_checker=True).unwrapped
        for seed in range(seeds):
            env.reset(seed=seed)
            found.add(env.game.mission)
    return found


@pytest.mark.filterwarnings("ignore:.*is out of date")
def test_heldout_missions_say_the_same_in_words_never_told() -> None:
    kept = {"a", "the", "to", "and", "up", "from", "of", "at", "on", "you", "left", "right"}
    told = {}
    for mission in sorted(missions(seeds=2)):
        goal = tell_goal(mission, HELDOUT)
        words = set(re.findall(r"\w+", goal.removeprefix(HELDOUT.goal.split("{")[0])))
        assert not words & (set(mission.split()) - kept), goal
        assert not re.search(r"\ba [aeiou]|\ban [^aeiou]", goal), goal
        assert told.setdefault(goal, mission_of(mission)) == mission_of(mission)
        assert set(mission_of(mission).replace(",", "").split()) <= set(VOCABULARY)
        assert len(mission.split()) <= MISSION_LENGTH


@pytest.mark.parametrize(
    ("mission", "goal"),
    [
        ("go to the red ball", "walk up to the scarlet sphere"),
        ("pick up a green key", "lift an emerald latchkey"),
        ("put the box near the yellow door", "place the crate close by the golden gate"),
        ("you must fetch a grey key", "bring an ashen latchkey"),
        (
            "open the door on your left after you go to a ball behind you",
            "swing ajar the gate off to the left once you walk up to a sphere at your back",
        ),
    ],
)
def test_a_mission_is_retold_phrase_by_phrase(mission: str, goal: str) -> None:
    assert tell_goal(mission, HELDOUT) == f"You have been asked to {goal}."


@every_world
def test_symbols_are_minigrids_own_view_the_event_and_the_mission(world: str) -> None:
    one_hot: Any = None
    for array, env in states(world, 40, narration="symbolic"):
        one_hot = one_hot or OneHotPartialObsWrapper(env.game)
        view = one_hot.observation(env.game.gen_obs())["image"]
        size = view.size
        assert (array[:size].reshape(view.shape) == view).all()
        happened, mission = np.split(array[size:], [len(Event)])
        assert np.flatnonzero(happened).tolist() == [env._event]
        words = mission.reshape(MISSION_LENGTH, len(VOCABULARY) + 1)
        said = [VOCABULARY[k] for k in words.argmax(1)[words.any(1)]]
        assert said == mission_of(env.game.mission).replace(",", "").split()


def test_what_is_carried_and_a_strange_word_are_in_the_symbols() -> None:
    env = gym.make("alectors/BabyAI-PutNextS5N2Carrying-v0", narration="symbolic").unwrapped
    array, _ = env.reset(seed=0)
    own = array[: 7 * 7 * 20].reshape(7, 7, 20)[3, 6]
    carried = env.game.carrying
    assert own[OBJECT_TO_IDX[carried.type]] == 1
    assert own[len(OBJECT_TO_IDX) + COLOR_TO_IDX[carried.color]] == 1
    env.game.mission = "find the unicorn"
    mission = symbols(env.game, Event.ARRIVED)[-MISSION_LENGTH * (len(VOCABULARY) + 1) :]
    assert mission.reshape(MISSION_LENGTH, -1).argmax(1)[2] == len(VOCABULARY)
