"""The page of a grid tells what MiniGrid's own partial view shows, and all of it."""

import random
import re
from typing import Any

import gymnasium as gym
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.grid_view import look

# One world of each kind: locked doors, lava, many rooms, boxes, moving things, sight through walls.
WORLDS = (
    "MiniGrid-DoorKey-8x8-v0",
    "MiniGrid-LavaCrossingS9N2-v0",
    "MiniGrid-MultiRoom-N6-v0",
    "MiniGrid-LockedRoom-v0",
    "MiniGrid-ObstructedMaze-Full-v1",
    "MiniGrid-Playground-v0",
    "MiniGrid-Dynamic-Obstacles-8x8-v0",
    "MiniGrid-Empty-5x5-v0",
    "MiniGrid-MemoryS13Random-v0",
    "BabyAI-GoToLocal-v0",
    "BabyAI-PutNextS5N2Carrying-v0",
    "BabyAI-BossLevel-v0",
    "BabyAI-MixedLocal-v0",
)
ACTIONS = (0, 1, 2, 2, 2, 3, 4, 5, 5)


def states(world: str, view: int, steps: int, **kwargs: Any) -> Any:
    """Pages of random play, each with the game that it tells."""
    env = gym.make(
        f"alectors/{world}", agent_view_size=view, disable_env_checker=True, **kwargs
    ).unwrapped
    rng = random.Random(view)
    page, _ = env.reset(seed=view)
    for _ in range(steps):
        yield page, env.game
        page, _, terminated, truncated, _ = env.step(rng.choice(ACTIONS))
        if terminated or truncated:
            page, _ = env.reset()


def minigrid_sees(game: Any) -> dict[tuple[int, int], Any]:
    """Visible objects of minigrid's own view by (steps ahead, steps to the right)."""
    grid, visible = game.gen_obs_grid()
    size = game.agent_view_size
    seen = {}
    for i in range(size):
        for j in range(size):
            place = (size - 1 - j, i - size // 2)
            if visible[i, j] and place != (0, 0) and (cell := grid.get(i, j)):
                seen[place] = cell
    return seen


@pytest.mark.parametrize("view", [3, 5, 7, 9])
@pytest.mark.parametrize("world", WORLDS)
def test_what_is_looked_at_equals_minigrids_view(world: str, view: int) -> None:
    for _, game in states(world, view, 60):
        seen = minigrid_sees(game)
        shown = look(game)
        walls = {
            (ahead, side)
            for ahead in range(view)
            for side in range(-(view // 2), view // 2 + 1)
            if shown.walls >> ahead * view + side + view // 2 & 1
        }
        assert walls == {place for place, cell in seen.items() if cell.type == "wall"}
        things = {(ahead, side): cell.encode() for cell, ahead, side in shown.things}
        assert len(things) == len(shown.things)
        assert things == {
            place: cell.encode() for place, cell in seen.items() if cell.type != "wall"
        }


def test_a_world_seen_through_walls_is_told_whole() -> None:
    for _, game in states("MiniGrid-MultiRoom-N6-v0", 7, 60, see_through_walls=True):
        shown = {(thing.ahead, thing.side) for thing in look(game).things}
        seen = minigrid_sees(game)
        assert shown == {place for place, cell in seen.items() if cell.type != "wall"}


def read_places(page: str) -> dict[tuple[int, int], str]:
    """What a page says stands where: its words read back."""
    told: dict[tuple[int, int], str] = {}
    for line in page.split("\n")[4:]:
        if found := re.fullmatch(r"A wall lies (.+), from (.+) to (.+)\.", line):
            told |= dict.fromkeys(read_run(*found.groups()), "wall")
            continue
        found = re.fullmatch(r"(?:An? )?(.+?) is ((?:\d+ steps?|1 step) .+)\.", line)
        assert found, line
        place = read_place(found[2])
        noun = re.sub("^Lava$", "lava", found[1])
        assert told.get(place, noun) == noun
        told[place] = noun
    return told


def read_place(words: str) -> tuple[int, int]:
    ahead = re.search(r"(\d+) steps? ahead", words)
    side = re.search(r"(\d+) steps? to your (left|right)", words)
    sign = -1 if side and side[2] == "left" else 1
    return int(ahead[1]) if ahead else 0, sign * int(side[1]) if side else 0


def read_run(where: str, start: str, end: str) -> list[tuple[int, int]]:
    if where == "straight ahead" or "to your" in where:
        side = read_place(where)[1]
        return [(k, side) for k in range(read_place(start)[0], read_place(end)[0] + 1)]
    ahead = read_place(where)[0]
    return [(ahead, k) for k in range(read_side(start), read_side(end) + 1)]


def read_side(words: str) -> int:
    if words == "straight ahead":
        return 0
    count, direction = re.fullmatch(r"(\d+) steps? (left|right)", words).groups()  # type: ignore
    return -int(count) if direction == "left" else int(count)


def name(cell: Any) -> str:
    kind = {"goal": "goal square"}.get(cell.type, cell.type)
    if kind in ("wall", "lava"):
        return kind
    if kind != "door":
        return f"{cell.color} {kind}"
    state = "open" if cell.is_open else "locked" if cell.is_locked else "closed"
    return f"{state} {cell.color} door"


@pytest.mark.parametrize("view", [3, 7, 11])
@pytest.mark.parametrize("world", WORLDS)
def test_a_page_read_back_gives_minigrids_view(world: str, view: int) -> None:
    for page, game in states(world, view, 40):
        expected = {place: name(cell) for place, cell in minigrid_sees(game).items()}
        assert read_places(page) == expected


@pytest.mark.parametrize("world", WORLDS)
def test_the_page_tells_what_is_carried_and_faced(world: str) -> None:
    for page, game in states(world, 7, 40):
        _, _, carried, faced = page.split("\n")[:4]
        thing = game.carrying
        assert carried == (f"You carry {article(name(thing))}." if thing else "You carry nothing.")
        cell = game.grid.get(*game.front_pos)
        facing = article(name(cell)) if cell else "free floor"
        assert faced == f"Directly in front of you is {facing}."


def article(noun: str) -> str:
    if noun == "lava":
        return noun
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
