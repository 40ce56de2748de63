"""One game in several languages: the same under each narration and wording, in other words."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import alectors
from alectors.envs.base import NOTICES
from alectors.envs.errors import InvalidArgument
from alectors.envs.registration import TASKS
from alectors.envs.wrappers import TextActions

Language = dict[str, str]

WORLDS: dict[str, dict[str, Any]] = {
    "alectors/Echo-v0": {},
    "alectors/Chess-v0": {"opponent": "greedy", "max_steps": 60},
    "alectors/MiniGrid-DoorKey-5x5-v0": {"max_steps": 80},
    "alectors/BabyAI-BossLevel-v0": {"max_steps": 80},
    "alectors/BabyAI-MixedLocal-v0": {"max_steps": 80},
    "alectors/TextWorld-v0": {"max_steps": 40},
    "alectors/CoinCollector-L5-v0": {"num_games": 1},
    "alectors/ChessAntichess-v0": {"opponent": "greedy", "max_steps": 60},
    "alectors/ChessAtomic-v0": {"opponent": "greedy", "max_steps": 60},
    "alectors/ChessCrazyhouse-v0": {"opponent": "greedy", "max_steps": 60},
    "alectors/ChessThreeCheck-v0": {"opponent": "greedy", "max_steps": 60},
    "alectors/FrozenLake-Slippery-v0": {"map": "random"},
    "alectors/Taxi-v0": {"rainy": True, "fickle": True},
    "alectors/CliffWalking-v0": {"slippery": True},
    "alectors/Blackjack-v0": {},
    "alectors/CartPole-v0": {},
    "alectors/MountainCar-v0": {},
    "alectors/Acrobot-v0": {"max_steps": 100},
    "alectors/TextWorldExpress-CookingWorld-v0": {"max_steps": 30},
    "alectors/ScienceWorld-FindAnimal-v0": {"max_steps": 10},
}
SYMBOLIC = ("alectors/Chess-v0", "alectors/MiniGrid-DoorKey-5x5-v0")
every_world = pytest.mark.parametrize("env_id", WORLDS)


@pytest.mark.filterwarnings("ignore:.*is out of date")
@pytest.mark.parametrize("env_id", [name for name in TASKS if "-WFC-" not in name])
def test_every_registered_id_has_held_out_words(env_id: str) -> None:
    env = gym.make(env_id, wording="heldout").unwrapped
    assert env.wording == "heldout"
    assert "wording:" in (type(env).__doc__ or "")
    env.close()


def languages(env_id: str) -> list[Language]:
    """Every pair of narration and wording that an environment offers."""
    env = gym.make(env_id).unwrapped
    return [
        {"narration": narration, "wording": wording}
        for narration in env.narrations
        for wording in env.wordings
    ]


def make(env_id: str, language: Language) -> gym.Env[Any, int]:
    return gym.make(env_id, disable_env_checker=True, **WORLDS[env_id], **language).unwrapped


def answers(env_id: str, language: Language, seed: int, episodes: int) -> list[tuple[Any, ...]]:
    """What reset and step return over whole episodes of random legal play."""
    env, random = make(env_id, language), np.random.default_rng(seed)
    told = []
    for episode in range(episodes):
        page, info = env.reset(seed=seed + episode)
        told.append((page, 0.0, False, False, info))
        while not any(told[-1][2:4]):
            legal = np.flatnonzero(told[-1][-1]["action_mask"])
            told.append(env.step(int(random.choice(legal))))
    env.close()
    return told


@every_world
def test_the_game_is_the_same_in_every_language(env_id: str) -> None:
    first, *others = languages(env_id)
    assert others
    known = answers(env_id, first, seed=11, episodes=2)
    for language in others:
        told = answers(env_id, language, seed=11, episodes=2)
        assert len(told) == len(known), language
        for now, then in zip(told, known, strict=True):
            assert now[1:4] == then[1:4], language
            assert (now[-1]["action_mask"] == then[-1]["action_mask"]).all(), language
            for name in ("invalid_actions", "success", "score"):
                assert now[-1].get(name) == then[-1].get(name), (language, name)
            assert len(set(now[-1]["actions"])) == len(now[-1]["actions"]), language


def vocabulary(env_id: str, narration: str, wording: str, episodes: int = 3) -> tuple[set, set]:
    """The statements and the clauses of actions met in random play."""
    language = {"narration": narration, "wording": wording}
    statements, clauses = {NOTICES[wording]}, set()
    for page, *_, info in answers(env_id, language, seed=20, episodes=episodes):
        statements.update(page.split("\n"))
        clauses.update(clause for words in info["actions"] for clause in words.split(", "))
    return statements, clauses


@every_world
def test_no_heldout_words_are_told_in_training(env_id: str) -> None:
    narrations = [name for name in gym.make(env_id).unwrapped.narrations if name != "symbolic"]
    train = [vocabulary(env_id, narration, "train") for narration in narrations]
    heldout = [vocabulary(env_id, narration, "heldout") for narration in narrations]
    for part in (0, 1):
        known = set().union(*(words[part] for words in train))
        met = [words[part] for words in heldout]
        if part == 1 and "fen" in narrations:
            met.pop(narrations.index("fen"))  # UCI has no synonyms
        assert not known & set().union(*met)


@every_world
def test_every_language_keeps_the_contract(env_id: str) -> None:
    for language in languages(env_id):
        alectors.testing.check(make(env_id, language), steps=15)


@every_world
def test_statements_are_distinct_on_a_page_and_end(env_id: str) -> None:
    for language in languages(env_id):
        if language["narration"] == "symbolic":
            continue
        for page, *_ in answers(env_id, language, seed=3, episodes=1):
            lines = page.split("\n")
            assert len(set(lines)) == len(lines), page
            assert all(line.rstrip("\"')").endswith((".", "!", "?")) for line in lines), page


@pytest.mark.parametrize("env_id", SYMBOLIC)
@pytest.mark.filterwarnings("error")
def test_a_symbolic_observation_is_an_array_that_gymnasium_accepts(env_id: str) -> None:
    env = make(env_id, {"narration": "symbolic"})
    assert isinstance(env.observation_space, gym.spaces.Box)
    check_env(env)
    for array, *_ in answers(env_id, {"narration": "symbolic"}, seed=0, episodes=1):
        assert array.dtype == np.float32
        assert env.observation_space.contains(array)


@pytest.mark.parametrize("env_id", SYMBOLIC)
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_vectors_of_symbolic_environments_give_one_array(env_id: str, mode: str) -> None:
    settings = {**WORLDS[env_id], "narration": "symbolic"}
    vector = alectors.make_vec(env_id, 2, vectorization_mode=mode, **settings)
    single = make(env_id, {"narration": "symbolic"})
    arrays, infos = vector.reset(seed=[0, 5])
    assert arrays.shape == (2, *single.observation_space.shape)
    assert (arrays[1] == single.reset(seed=5)[0]).all()
    actions = infos["action_mask"].argmax(axis=1)
    assert (vector.step(actions)[0][1] == single.step(int(actions[1]))[0]).all()
    vector.close()


@pytest.mark.parametrize("env_id", SYMBOLIC)
def test_a_symbolic_environment_takes_words_and_renders_its_page(env_id: str) -> None:
    acting = TextActions(gym.make(env_id, narration="symbolic", render_mode="ansi"))
    told = gym.make(env_id)
    array, info = acting.reset(seed=2)
    page, _ = told.reset(seed=2)
    assert acting.render() == page
    after = acting.step(info["actions"][1])[0]
    assert (array != after).any()
    assert acting.render() == told.step(int(np.flatnonzero(info["action_mask"])[1]))[0]


@pytest.mark.parametrize("env_id", SYMBOLIC)
def test_an_illegal_choice_leaves_the_symbols_and_is_counted(env_id: str) -> None:
    env = make(env_id, {"narration": "symbolic"})
    before, _ = env.reset(seed=2)
    after, reward, *_, info = env.step(-1)
    assert (reward, info["invalid_actions"]) == (0.0, 1)
    assert (before != after).sum() in (0, 64)  # chess: the plane that tells the moves left


@pytest.mark.parametrize("env_id", ["alectors/Echo-v0", "alectors/TextWorld-v0"])
def test_where_nothing_is_symbolic_the_narration_is_refused(env_id: str) -> None:
    with pytest.raises(InvalidArgument, match="narration='symbolic' is not known here"):
        gym.make(env_id, narration="symbolic")


@every_world
def test_heldout_words_are_understood_by_text_actions(env_id: str) -> None:
    env = TextActions(make(env_id, {"wording": "heldout"}))
    page, info = env.reset(seed=4)
    index = int(np.flatnonzero(info["action_mask"])[-1])
    assert env.index(info["actions"][-1].upper()) == index
    told = env.step("no such thing")[0].split("\n")
    assert told[1] == NOTICES["heldout"]
    assert told[0] == page.split("\n")[0]
    env.close()
