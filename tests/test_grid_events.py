"""What a page of a grid says of the last action is what the action did, in every language."""

from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.grid_wording import Event
from alectors.envs.grid_words import WORDINGS, tell_goal

WORLDS = (
    "MiniGrid-DoorKey-5x5-v0",
    "MiniGrid-ObstructedMaze-Full-v1",
    "MiniGrid-Dynamic-Obstacles-5x5-v0",
    "MiniGrid-MemoryS7-v0",
    "BabyAI-BossLevel-v0",
    "BabyAI-KeyInBox-v0",
    "BabyAI-MixedLocal-v0",
)
LANGUAGES = [(n, w) for w in ("train", "heldout") for n in ("prose", "terse")]
STEPS = (0, 1, 1, 2, 2, 2, 3, 3, 4, 5, 5, 6)
DIRECTIONS = ((1, 0), (0, 1), (-1, 0), (0, -1))
FAILED = tuple(Event)[:6]


class Now(NamedTuple):
    """What an action can change, in MiniGrid's own objects."""

    place: tuple[int, int]
    direction: int
    carried: Any
    front: Any
    door: str


def now(game: Any) -> Now:
    x, y = map(int, game.agent_pos)
    dx, dy = DIRECTIONS[game.agent_dir]
    front = game.grid.get(x + dx, y + dy)
    door = ""
    if front is not None and front.type == "door":
        door = "open" if front.is_open else "locked" if front.is_locked else "closed"
    return Now((x, y), int(game.agent_dir), game.carrying, front, door)


def is_true(event: Event, action: int, before: Now, after: Now) -> bool:
    """Whether an event is what an action did."""
    dx, dy = DIRECTIONS[before.direction]
    still = after[:3] == before[:3]
    same_front = after.front is before.front and after.door == before.door
    rules = {
        Event.TURNED_LEFT: (after.direction - before.direction) % 4 == 3,
        Event.TURNED_RIGHT: (after.direction - before.direction) % 4 == 1,
        Event.MOVED: after.place == (before.place[0] + dx, before.place[1] + dy),
        Event.PICKED_UP: before.carried is None and after.carried is before.front is not None,
        Event.DROPPED: after.carried is None and after.front is before.carried is not None,
        Event.OPENED_BOX: still
        and before.front is not None
        and before.front.type == "box"
        and after.front is before.front.contains,
        Event.UNLOCKED: still and (before.door, after.door) == ("locked", "open"),
        Event.OPENED: still and (before.door, after.door) == ("closed", "open"),
        Event.CLOSED: still and (before.door, after.door) == ("open", "closed"),
        Event.DONE: still and action == Event.DONE,
    }
    if event in FAILED:
        # Things that move by themselves may come and go before an agent that stands still.
        moving = before.front is not after.front and action != 5
        return still and action == event and (same_front or moving)
    return rules[event]


def assert_events_are_true(world: str, narration: str, wording: str, steps: int) -> set[Event]:
    words = WORDINGS[wording][narration]
    env = gym.make(
        f"alectors/{world}", disable_env_checker=True, narration=narration, wording=wording
    ).unwrapped
    random = np.random.default_rng(1)
    page, _ = env.reset(seed=1)
    assert page.split("\n")[1] == words.events[Event.ARRIVED]
    told = set()
    for _ in range(steps):
        before, action = (
            now(env.game),
            int(random.choice(STEPS[: -1 if len(env._words) < 7 else 12])),
        )
        page, _, terminated, truncated, _ = env.step(action)
        goal, line = page.split("\n")[:2]
        event = Event(words.events.index(line))
        assert is_true(event, action, before, now(env.game)), (line, action, before, now(env.game))
        assert goal == tell_goal(env.game.mission, words)
        told.add(event)
        if terminated or truncated:
            page, _ = env.reset()
            assert page.split("\n")[1] == words.events[Event.ARRIVED]
    return told


@pytest.mark.parametrize(("narration", "wording"), LANGUAGES)
def test_events_told_are_what_happened(narration: str, wording: str) -> None:
    told = set()
    for world in WORLDS:
        told |= assert_events_are_true(world, narration, wording, steps=1_000)
    assert len(told) >= 14


@pytest.mark.slow
@pytest.mark.parametrize(("narration", "wording"), LANGUAGES)
def test_thousands_of_events_told_are_what_happened(narration: str, wording: str) -> None:
    for world in WORLDS:
        assert_events_are_true(world, narration, wording, steps=4_000)
