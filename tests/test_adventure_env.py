"""Text adventures as environments, against TextWorld itself."""

import itertools
import pickle
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest
import textworld
from textworld.challenges.tw_simple import simple

import alectors  # noqa: F401
from alectors.envs import adventure_games as games
from alectors.envs import adventure_logic, adventure_story
from alectors.envs import adventure_words as words
from alectors.envs.adventure_challenges import cooking
from alectors.envs.adventure_env import CoinCollectorEnv, TextWorldEnv
from alectors.envs.adventure_making import Recipe, coin_collector
from alectors.envs.errors import InvalidArgument


def balanced(options: Any) -> Any:
    """TextWorld's simple game, with three points to win."""
    return simple.make({"rewards": "balanced", "goal": "brief", "test": False}, options)


def talkative(options: Any) -> Any:
    """A house made as TextWorld makes it by default: its objective tells the whole way."""
    options.nb_rooms, options.nb_objects, options.quest_length = 4, 8, 4
    options.grammar.only_last_action = False
    return textworld.generator.make_game(options)


def with_a_trap(options: Any) -> Any:
    """A game won by dropping the apple and lost by eating it."""
    maker = textworld.GameMaker(options)
    room = maker.new_room("attic")
    maker.set_player(room)
    apple = maker.new(type="f", name="apple")
    maker.inventory.add(apple)
    win = textworld.generator.game.Event(conditions={maker.new_fact("at", apple, room)})
    lose = textworld.generator.game.Event(conditions={maker.new_fact("eaten", apple)})
    maker.quests = [textworld.generator.game.Quest(win_events=[win], fail_events=[lose])]
    return maker.build()


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any, int], str]:
    """Makes a game of this file's own, apart from the pools."""

    def make_apart(recipe: Any, seed: int) -> str:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ALECTORS_CACHE", str(tmp_path_factory.mktemp("cache")))
            # TextWorld's own challenges compile games too, which leaves a folder in the home.
            patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
            return str(games.find_game(Recipe("apart", recipe), seed))

    return make_apart


@pytest.fixture(scope="module")
def simple_game(make: Callable[[Any, int], str]) -> str:
    return make(balanced, 3)


def finish(env: Any) -> tuple[list[float], dict[str, Any]]:
    """Follow the oracle to the end; the rewards and the last info."""
    rewards, ended, info = [], False, {}
    while not ended:
        _, reward, terminated, truncated, info = env.step(env.oracle_action())
        rewards.append(reward)
        ended = terminated or truncated
    return rewards, info


@pytest.mark.parametrize("level", [0, -1, 151, 200, 201, 2.5, "5"])
def test_levels_that_cannot_be_made_are_told(level: object) -> None:
    with pytest.raises(InvalidArgument, match="from 1 to 150"):
        CoinCollectorEnv(level=level)


@pytest.mark.parametrize(("level", "steps"), [(1, 50), (5, 50), (30, 300), (105, 50), (150, 500)])
def test_the_default_episode_grows_with_the_chain(level: int, steps: int) -> None:
    assert CoinCollectorEnv(level=level).max_steps == steps


def test_a_pool_has_no_more_games_than_its_split() -> None:
    with pytest.raises(InvalidArgument, match="from 1 to 50"):
        CoinCollectorEnv(split="test", num_games=51)


def test_the_first_page_does_not_tell_the_way(simple_game: str) -> None:
    for env in (CoinCollectorEnv(num_games=2), TextWorldEnv(game_file=simple_game)):
        page, _ = env.reset(seed=0)
        way = env._story.logic.game.metadata["walkthrough"]
        assert len(way) >= 5
        assert not [command for command in way[:-1] if command in page.lower()]
        assert not adventure_logic.tells_the_way(page.splitlines()[0], way)


def test_an_objective_that_is_the_way_is_cut_to_its_end(
    make: Callable[[Any, int], str],
) -> None:
    env = TextWorldEnv(game_file=make(talkative, 0))
    goal = env.reset(seed=0)[0].splitlines()[0]
    game = env._story.logic.game
    assert game.metadata["walkthrough"][-1] == "close gate"
    assert adventure_logic.tells_the_way(game.objective, game.metadata["walkthrough"])
    assert re.fullmatch(r"Your goal is this: [\w ]*close the gate[\w ]*\.", goal, re.IGNORECASE)


@pytest.mark.parametrize(("level", "length"), [(5, 5), (103, 3)])
def test_the_oracle_takes_a_shortest_way(level: int, length: int) -> None:
    env = CoinCollectorEnv(level=level, num_games=2, split="test")
    for seed in range(2):
        env.reset(seed=seed)
        rewards, info = finish(env)
        assert rewards == [0.0] * (length - 1) + [1.0]
        assert (info["success"], info["score"]) == (True, 1.0)


def test_the_oracle_finds_the_coin_from_anywhere() -> None:
    env, chance = CoinCollectorEnv(level=103, num_games=2), random.Random(0)
    for seed in range(4):
        _, info = env.reset(seed=seed)
        for _ in range(7):
            safe = [k for k, act in enumerate(info["actions"]) if act != "take coin"]
            info = env.step(chance.choice(safe))[4]
        assert finish(env)[1]["success"]
        assert env.oracle_action() is None


def test_the_reward_is_the_increase_of_the_score(simple_game: str) -> None:
    env = TextWorldEnv(game_file=simple_game)
    env.reset(seed=0)
    scores = [0]
    ended = False
    while not ended:
        _, reward, ended, _, info = env.step(env.oracle_action())
        scores.append(int(env.game.state.score))
        assert reward == scores[-1] - scores[-2]
    assert scores[-1] == 3
    assert max(after - before for before, after in itertools.pairwise(scores)) == 1
    assert (info["success"], info["score"]) == (True, 1.0)


def test_a_part_of_the_score_is_no_success(simple_game: str) -> None:
    env = TextWorldEnv(game_file=simple_game, max_steps=5)
    env.reset(seed=0)
    rewards, info = finish(env)
    assert 0 < sum(rewards) < 3
    assert info["success"] is False
    assert info["score"] == pytest.approx(sum(rewards) / 3)


def test_a_lost_game_ends_without_success(make: Callable[[Any, int], str]) -> None:
    env = TextWorldEnv(game_file=make(with_a_trap, 1))
    _, info = env.reset(seed=0)
    page, _, terminated, truncated, info = env.step(info["actions"].index("eat apple"))
    assert (terminated, truncated, info["success"], info["score"]) == (True, False, False, 0.0)
    assert page.splitlines()[-1] == "You have lost."
    assert info["actions"] == []


def test_pages_say_one_thing_on_each_line_and_name_every_exit(simple_game: str) -> None:
    for env in (CoinCollectorEnv(num_games=2), TextWorldEnv(game_file=simple_game)):
        chance = random.Random(1)
        page, info = env.reset(seed=1)
        for _ in range(25):
            lines = page.splitlines()
            assert all(re.fullmatch(r"[ -~]*[A-Za-z0-9][ -~]*[.!?][\"')]*", line) for line in lines)
            assert len(set(lines)) == len(lines)
            assert not re.search(r"\d+ turns|RESTART|\[|-=|<", page)
            exits = [act.split()[1] for act in info["actions"] if act.startswith("go ")]
            assert all(way in page for way in exits)
            page, _, ended, _, info = env.step(chance.randrange(len(info["actions"])))
            if ended:
                page, info = env.reset()


def play_beside(path: Path, steps: int) -> None:
    """Play at random in a `Story` and in TextWorld's own environment, and compare."""
    infos = textworld.EnvInfos(description=True, inventory=True, admissible_commands=True)
    theirs, story = textworld.start(str(path), infos), adventure_story.Story()
    theirs.seed(1)
    state, chance = theirs.reset(), random.Random(2)
    story.start(path)
    for _ in range(steps):
        if story.ended:
            assert state.done
            state = theirs.reset()
            story.start(path)
        assert words.room_statements(story.room) == words.room_statements(state.description)
        assert words.sentences(story.inventory) == words.sentences(state.inventory)
        assert list(story.node.commands) == state.admissible_commands
        assert story.score == state.score
        command = chance.choice(state.admissible_commands)
        story.step(command)
        state, _, _ = theirs.step(command)


@pytest.mark.filterwarnings("ignore:Game .* is not fully supported")
def test_the_words_are_textworlds_own(simple_game: str) -> None:
    play_beside(Path(simple_game), 80)
    play_beside(games.find_game(coin_collector(103), games.pool_seed("train", 0)), 30)
    play_beside(games.find_game(cooking(10, "train"), games.pool_seed("train", 0)), 80)


@pytest.mark.filterwarnings("ignore:Game .* is not fully supported")
def test_forgetting_states_changes_nothing(
    simple_game: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adventure_logic, "MOST_NODES", 3)
    play_beside(Path(simple_game), 40)


def test_changing_stories_changes_nothing() -> None:
    """Neither going from game to game in one interpreter nor logics that others have met."""
    seeds = (0, 1, 2, 3, 0, 1)
    env = CoinCollectorEnv(num_games=2)
    expected = [CoinCollectorEnv(num_games=2).reset(seed=seed)[0] for seed in seeds]
    assert [env.reset(seed=seed)[0] for seed in seeds] == expected
    assert len(set(expected)) == 2


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux tells the memory in use")
def test_stories_that_were_left_are_freed() -> None:
    """A story and its interpreter's memory are more than a megabyte."""
    story = adventure_story.Story()
    recipe = coin_collector(5)
    paths = [games.find_game(recipe, games.pool_seed("train", index)) for index in (0, 1)]
    resident = []
    for path in paths * 40:
        story.start(path)
        resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4096)
    assert resident[-1] - resident[20] < 5e6


def test_a_games_logic_is_shared_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = CoinCollectorEnv(num_games=1), CoinCollectorEnv(num_games=1)
    for env in (first, second):
        env.reset(seed=0)
    assert first._story.logic is second._story.logic
    monkeypatch.setattr(adventure_story, "MOST_NODES", 0)
    CoinCollectorEnv(num_games=1, split="test").reset(seed=0)
    assert len(adventure_story._logics) == 1


def test_actions_leave_out_what_the_page_tells() -> None:
    _, info = CoinCollectorEnv(num_games=1).reset(seed=0)
    assert not {"look", "inventory"} & set(info["actions"])
    page, info = CoinCollectorEnv(num_games=1, page=["last"]).reset(seed=0)
    assert {"look", "inventory"} <= set(info["actions"])
    assert info["actions"] == sorted(info["actions"])
    assert page.splitlines()[1:] == ["You have not done anything yet."]


def test_an_unknown_part_of_the_page_is_told() -> None:
    with pytest.raises(ValueError, match="feedback"):
        CoinCollectorEnv(page=["fedback"])


def test_a_seed_chooses_the_game_and_splits_differ() -> None:
    train, test = CoinCollectorEnv(num_games=2), CoinCollectorEnv(num_games=2, split="test")
    first = {train.reset(seed=seed)[0] for seed in range(6)}
    second = {test.reset(seed=seed)[0] for seed in range(6)}
    assert (len(first), len(second), len(first & second)) == (2, 2, 0)


def test_an_illegal_action_leaves_the_game_as_it_is() -> None:
    env = CoinCollectorEnv(num_games=1)
    page, _ = env.reset(seed=0)
    after, reward, _, _, info = env.step(100)
    goal, *rest = page.splitlines()
    assert after.splitlines()[0] == goal
    assert after.splitlines()[2:] == rest
    assert (reward, info["invalid_actions"]) == (0.0, 1)


def test_close_frees_the_interpreter_and_reset_starts_another() -> None:
    env = gym.make("alectors/CoinCollector-L5-v0", num_games=1).unwrapped
    page, _ = env.reset(seed=0)
    env.close()
    assert env.game is None
    env.close()
    assert env.reset(seed=0)[0] == page
    assert pickle.loads(pickle.dumps(env)).reset(seed=0)[0] == page


def test_game_is_textworlds_environment_in_step_with_the_page() -> None:
    env = CoinCollectorEnv(num_games=1)
    _, info = env.reset(seed=0)
    env.step(0)
    assert env.game.state.last_command == info["actions"][0]
