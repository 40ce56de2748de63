"""GridEnv keeps MiniGrid's rules: rewards, episode ends, arguments; and the words of events."""

import random
import sys
import warnings
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import alectors  # noqa: F401  (registers the environments)
from alectors.envs.errors import InvalidArgument, MissingDependency, UnknownName
from alectors.envs.grid_env import GridEnv
from alectors.envs.grid_splits import reset_quietly
from alectors.envs.grid_words import tell_goal

IDS = [name for name in gym.registry if name.startswith(("MiniGrid-", "BabyAI-"))]
PLAYABLE = [name for name in IDS if "WFC" not in name]


def make(task: str, **kwargs: Any) -> GridEnv:
    return GridEnv(task=task, **kwargs)


def test_every_id_of_minigrid_is_registered() -> None:
    assert len(IDS) == 178
    assert all(f"alectors/{name}" in gym.registry for name in IDS)


def test_every_world_plays(capfd: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(0)
    for task in PLAYABLE:
        env = make(task)
        page, info = env.reset(seed=5)
        for _ in range(20):
            assert page.isascii()
            assert page in env.observation_space
            lines = page.split("\n")
            assert lines[0].startswith(("Your goal is to ", "You have no goal here."))
            assert all(line.endswith(".") and line[0].isupper() for line in lines)
            assert len(set(lines)) == len(lines)
            assert info["action_mask"].tolist() == [1] * 7
            page, _, terminated, truncated, info = env.step(rng.randrange(7))
            if terminated or truncated:
                page, info = env.reset()
        env.close()
    # BabyAI reports rejected layouts on the standard output.
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    "task",
    [
        "MiniGrid-DoorKey-5x5-v0",
        "MiniGrid-Fetch-5x5-N2-v0",
        "MiniGrid-Dynamic-Obstacles-5x5-v0",
        "MiniGrid-LavaGapS5-v0",
        "BabyAI-GoToObjS4-v0",
        "BabyAI-OpenDoorsOrderN4Debug-v0",
    ],
)
def test_rewards_and_ends_are_minigrids_own(task: str) -> None:
    env = make(task)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = gym.make(task, disable_env_checker=True).unwrapped
    rng = random.Random(1)
    ends = 0
    for episode in range(15):
        env.reset(seed=episode)
        reset_quietly(env.game, episode)
        reset_quietly(plain, episode)
        env.max_steps = plain.max_steps
        done = False
        while not done:
            action = rng.choice((0, 1, 2, 2, 2, 3, 4, 5))
            _, reward, terminated, truncated, info = env.step(action)
            _, *expected, _ = plain.step(action)
            assert expected == [reward, terminated, truncated and not terminated] or (
                # minigrid may say of a last step that it both terminates and truncates
                terminated and expected[:2] == [reward, terminated]
            )
            done = terminated or truncated
        ends += terminated
        assert info["success"] == (terminated and reward > 0)
        assert info["score"] == max(0.0, min(1.0, reward))
    assert ends


def test_a_collision_scores_nothing() -> None:
    env = make("MiniGrid-Dynamic-Obstacles-5x5-v0")
    env.reset(seed=0)
    terminated = False
    while not terminated:
        _, reward, terminated, _, info = env.step(2)  # sooner or later into a ball or a wall
    assert reward == -1
    assert info["success"] is False
    assert info["score"] == 0


@pytest.mark.parametrize("task", ["MiniGrid-Empty-5x5-v0", "BabyAI-GoToRedBallGrey-v0"])
@pytest.mark.parametrize("most", [3, 1_000])
def test_max_steps_is_the_length_of_an_episode(task: str, most: int) -> None:
    env = make(task, max_steps=most)
    env.reset(seed=0)
    for step in range(1, most + 1):
        _, _, terminated, truncated, info = env.step(0)
        assert not terminated
        assert truncated == (step == most)
    assert info["success"] is False
    assert env.game.max_steps == most


def test_max_steps_decides_the_reward() -> None:
    env = make("MiniGrid-Empty-5x5-v0", max_steps=1_000)
    env.reset(seed=0)
    for action in (2, 2, 1, 2, 2):
        _, reward, terminated, _, info = env.step(action)
    assert terminated
    assert info["success"] is True
    assert reward == info["score"] == pytest.approx(1 - 0.9 * 5 / 1_000)


def test_own_max_steps_follow_the_mission() -> None:
    env = make("BabyAI-MiniBossLevel-v0")
    lengths = set()
    for seed in range(12):
        env.reset(seed=seed)
        assert env.max_steps == env.game.max_steps
        lengths.add(env.max_steps)
    assert len(lengths) > 1


def test_the_playground_has_no_goal_and_no_score() -> None:
    env = make("MiniGrid-Playground-v0", max_steps=2)
    page, _ = env.reset(seed=0)
    assert page.startswith("You have no goal here.\n")
    env.step(0)
    *_, info = env.step(0)
    assert (info["success"], info["score"]) == (False, 0.0)


def test_one_seed_gives_one_level() -> None:
    pages = {make("BabyAI-GoToLocal-v0").reset(seed=0)[0] for _ in range(3)}
    assert len(pages) == 1
    assert make("BabyAI-GoToLocal-v0").reset(seed=1)[0] not in pages


def test_events_tell_what_happened() -> None:
    env = make("MiniGrid-DoorKey-5x5-v0")
    page, _ = env.reset(seed=0)
    events = [page.split("\n")[1]]
    seen_states = set()
    while True:
        action = env.oracle_action()
        assert action is not None
        page, _, terminated, _, _ = env.step(action)
        events.append(page.split("\n")[1])
        seen_states.add(page.split("\n")[2])
        if terminated:
            break
    assert events[0] == "You have just arrived."
    assert "You picked up the object in front of you." in events
    assert "You unlocked and opened the door in front of you." in events
    assert events[-1] == "You moved forward."
    assert seen_states == {"You carry nothing.", "You carry a yellow key."}


def test_actions_without_effect_say_so() -> None:
    env = make("MiniGrid-Empty-5x5-v0")
    env.reset(seed=0)
    env.step(0)  # now facing the wall
    told = [env.step(action)[0].split("\n")[1] for action in range(2, 7)]
    assert told == [
        "You could not move forward.",
        "You could not pick anything up.",
        "You could not drop anything.",
        "You could not open or close anything.",
        "You declared that you are done.",
    ]


def test_a_turn_forced_by_the_world_is_told_as_a_turn() -> None:
    env = make("MiniGrid-Dynamic-Obstacles-5x5-v0")  # it takes any fourth action for a left turn
    env.reset(seed=0)
    assert env.step(5)[0].split("\n")[1] == "You turned left."


def test_doors_and_boxes_open_and_close_in_words() -> None:
    from minigrid.core.world_object import Box, Door, Key

    env = make("MiniGrid-Empty-5x5-v0")
    env.reset(seed=0)
    x, y = (int(k) for k in env.game.front_pos)
    env.game.grid.set(x, y, Door("blue"))
    opened = env.step(5)[0]
    assert "You opened the door in front of you." in opened
    assert "An open blue door is 1 step ahead." in opened
    assert "You closed the door in front of you." in env.step(5)[0]
    env.game.grid.set(x, y, Box("red", contains=Key("green")))
    page = env.step(3)[0]
    assert "You carry a red box." in page
    assert "key" not in page
    env.step(4)
    page = env.step(5)[0]
    assert "You opened the box in front of you." in page
    assert "A green key is 1 step ahead." in page


@pytest.mark.parametrize(
    ("mission", "goal"),
    [
        ("you must fetch a red key", "Your goal is to fetch a red key."),
        ("go to\nthe  goal.", "Your goal is to go to the goal."),
        ("", "You have no goal here."),
    ],
)
def test_a_goal_is_one_sentence(mission: str, goal: str) -> None:
    assert tell_goal(mission) == goal


def test_pages_do_not_tell_place_or_compass() -> None:
    # The empty room is alike from all four corners: facing along a wall, so are the pages.
    env = make("MiniGrid-Empty-Random-6x6-v0")
    env.reset(seed=0)
    pages = set()
    env.game.grid.set(4, 4, None)
    for corner, direction in (((1, 1), 0), ((4, 1), 1), ((4, 4), 2), ((1, 4), 3)):
        env.game.agent_pos, env.game.agent_dir = corner, direction
        pages.add("\n".join(env._statements()))
    assert len(pages) == 1


def test_arguments_of_the_world_are_passed_on() -> None:
    env = make("MiniGrid-Empty-5x5-v0", size=9, agent_view_size=5)
    env.reset(seed=0)
    assert env.game.grid.width == 9
    assert env.game.agent_view_size == 5


@pytest.mark.parametrize("view", [4, 1, "7", 7.0])
def test_a_wrong_view_is_refused(view: Any) -> None:
    with pytest.raises(InvalidArgument, match="odd whole number"):
        make("MiniGrid-Empty-5x5-v0", agent_view_size=view)


def test_an_unknown_argument_is_named() -> None:
    with pytest.raises(InvalidArgument, match="colour"):
        make("MiniGrid-Empty-5x5-v0", colour="red")


def test_an_unknown_world_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="MiniGrid-Empty-5x5-v0"):
        make("MiniGrid-Empty-5x5")


def test_a_world_that_needs_more_says_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio.v2", None)  # as if it were not installed
    with pytest.raises(MissingDependency, match=r"imageio.*pip install"):
        make("MiniGrid-WFC-MazeSimple-v0").reset(seed=0)


def test_the_game_still_shows_its_own_observation() -> None:
    env = make("BabyAI-GoToLocal-v0")
    env.reset(seed=0)
    env.step(2)
    seen = env.game.gen_obs()
    assert seen["mission"] == env.game.mission
    assert seen["image"].shape == (7, 7, 3)


def test_the_picture_is_minigrids() -> None:
    env = make("MiniGrid-Empty-5x5-v0", render_mode="rgb_array")
    env.reset(seed=0)
    picture = env.render()
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, env.game.get_frame())
