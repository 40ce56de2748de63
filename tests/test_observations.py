"""Pages as numbers: what the wrappers observe, and that other libraries' agents learn from it."""

import pickle
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO
from stable_baselines3.common.env_checker import check_env as check_for_sb3

import alectors
from alectors.envs.errors import InvalidArgument

ECHO, TAXI = "alectors/Echo-v0", "alectors/Taxi-v0"


@pytest.fixture(scope="module")
def table(encoder: "alectors.Encoder") -> "alectors.EmbeddingTable":
    return alectors.EmbeddingTable(encoder)


def embedded(env_id: str, table: "alectors.EmbeddingTable", **options: Any) -> Any:
    return alectors.EmbedObservation(gym.make(env_id), table, **options)


def test_the_mean_is_that_of_the_statements(table: "alectors.EmbeddingTable") -> None:
    env = embedded(TAXI, table)
    numbers, _ = env.reset(seed=3)
    page, _ = gym.make(TAXI).reset(seed=3)
    means = [tokens.mean(0) for tokens in table.encoder.encode(page.split("\n"))]
    assert numbers == pytest.approx(torch.stack(means).mean(0).numpy(), abs=1e-5)


def test_statements_and_tokens_stand_in_their_places(table: "alectors.EmbeddingTable") -> None:
    page, _ = gym.make(TAXI).reset(seed=3)
    read = table.encoder.encode(page.split("\n"))
    statements, _ = embedded(TAXI, table, pooling="statements", places=20).reset(seed=3)
    assert statements.shape == (20, table.width)
    for k, tokens in enumerate(read):
        assert statements[k] == pytest.approx(tokens.mean(0).numpy(), abs=1e-5)
    assert not statements[len(read) :].any()
    tokens, _ = embedded(TAXI, table, pooling="tokens").reset(seed=3)
    length = sum(map(len, read))
    assert tokens.shape == (512, table.width)
    assert tokens[:length] == pytest.approx(torch.cat(read).numpy(), abs=1e-5)
    assert not tokens[length:].any()


def test_actions_stand_at_their_indices(table: "alectors.EmbeddingTable") -> None:
    env = embedded(TAXI, table, actions=True)
    numbers, info = env.reset(seed=0)
    legal = np.flatnonzero(info["action_mask"])
    assert np.flatnonzero(numbers["actions"].any(1)).tolist() == legal.tolist()
    first = table.encoder.encode([info["actions"][0]])[0].mean(0).numpy()
    assert numbers["actions"][legal[0]] == pytest.approx(first, abs=1e-5)
    assert env.observation_space.contains(numbers)


def test_each_distinct_statement_is_read_once(encoder: "alectors.Encoder") -> None:
    table = alectors.EmbeddingTable(encoder)
    pages = set()
    for _ in range(2):
        env = embedded(ECHO, table)
        env.reset(seed=0)
        pages |= {tuple(env.step(0)[0].tolist()) for _ in range(9)}
    assert table.encoded == len(table) == 5  # the goal and four words
    assert len(pages) <= 4


def test_one_name_is_one_table_in_a_process() -> None:
    first, second = (alectors.EmbedObservation(gym.make(ECHO)) for _ in range(2))
    assert first.table is second.table


def test_token_ids_are_those_of_the_page(encoder: "alectors.Encoder") -> None:
    env = alectors.TokenizeObservation(gym.make(TAXI), encoder, places=200)
    numbers, _ = env.reset(seed=3)
    page, _ = gym.make(TAXI).reset(seed=3)
    length = int(numbers["attention_mask"].sum())
    assert numbers["input_ids"][:length].tolist() == encoder.tokenizer(page)["input_ids"]
    assert not numbers["attention_mask"][length:].any()
    words = encoder.tokenizer.decode(numbers["input_ids"][:length], skip_special_tokens=True)
    assert words.replace(" ", "") == page.lower().replace("\n", "").replace(" ", "")


# Embeddings have no known bounds, and Gymnasium would rather check what is inside a wrapper.
@pytest.mark.filterwarnings("error", "ignore:.*infinity", "ignore:.*recommend")
@pytest.mark.parametrize(
    "wrap",
    [
        lambda env, table: alectors.EmbedObservation(env, table),
        lambda env, table: alectors.EmbedObservation(env, table, pooling="tokens", actions=True),
        lambda env, table: alectors.TokenizeObservation(env, table.encoder),
    ],
)
def test_gymnasium_accepts_it_and_its_masks_are_the_legal_ones(
    wrap: Any, table: "alectors.EmbeddingTable"
) -> None:
    env = wrap(gym.make(TAXI).unwrapped, table)
    check_env(env, skip_render_check=True)
    _, info = env.reset(seed=0)
    for _ in range(20):
        legal = env.action_masks()
        assert legal.dtype == bool
        assert (legal == info["action_mask"].astype(bool)).all()
        numbers, *_, info = env.step(int(legal.argmax()))
        assert env.observation_space.contains(numbers)
        assert info["actions"]


def test_sb3_finds_no_fault(table: "alectors.EmbeddingTable") -> None:
    check_for_sb3(embedded(ECHO, table), warn=False)


def test_it_is_pickled() -> None:
    env = alectors.TokenizeObservation(gym.make(ECHO), places=40)
    copy = pickle.loads(pickle.dumps(env))
    one, other = env.reset(seed=1)[0], copy.reset(seed=1)[0]
    assert (one["input_ids"] == other["input_ids"]).all()


def test_a_spec_with_a_name_goes_to_json_and_back() -> None:
    env = alectors.EmbedObservation(gym.make(ECHO), pooling="statements", places=3)
    copy = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert (copy.reset(seed=1)[0] == env.reset(seed=1)[0]).all()


@pytest.mark.parametrize("pooling", ["statements", "tokens"])
def test_a_page_is_never_cut(pooling: str, table: "alectors.EmbeddingTable") -> None:
    with pytest.raises(InvalidArgument, match=rf"A page has \d+ {pooling}, .* larger places"):
        embedded(TAXI, table, pooling=pooling, places=3).reset(seed=0)


def test_a_page_is_never_cut_into_tokens(encoder: "alectors.Encoder") -> None:
    with pytest.raises(InvalidArgument, match=r"A page has \d+ tokens, .* larger places"):
        alectors.TokenizeObservation(gym.make(TAXI), encoder, places=9).reset(seed=0)


def test_wrong_arguments_are_refused(table: "alectors.EmbeddingTable") -> None:
    with pytest.raises(InvalidArgument, match="pooling='max' is not known here"):
        embedded(ECHO, table, pooling="max")
    for places in (0, -1, 2.5, "many"):
        with pytest.raises(InvalidArgument, match="must be a whole number of at least 1"):
            embedded(ECHO, table, places=places)


class Player:
    """An agent of another library, as `alectors.evaluate` takes it."""

    def __init__(self, agent: Any, env: Any, masked: bool = False) -> None:
        self.agent, self.env, self.masked = agent, env, masked

    def choose_action(self, page: str, info: dict[str, Any]) -> int:
        more = {"action_masks": info["action_mask"]} if self.masked else {}
        numbers = self.env.observation(page, info)
        return int(self.agent.predict(numbers, deterministic=True, **more)[0])


def test_sb3s_ppo_learns_echo(table: "alectors.EmbeddingTable") -> None:
    env = embedded(ECHO, table)
    agent = PPO("MlpPolicy", env, n_steps=256, seed=0, device="cpu").learn(2048)
    score = alectors.evaluate(Player(agent, env), ECHO, episodes=5).mean_score
    assert score >= 0.9


def test_maskable_ppo_trains_on_taxi_and_never_acts_illegally(
    table: "alectors.EmbeddingTable",
) -> None:
    illegal = []

    class Watched(gym.Wrapper[Any, Any, Any, Any]):
        def step(self, action: Any) -> Any:
            answer = self.env.step(action)
            illegal.append(answer[-1]["invalid_actions"])
            return answer

    env = embedded(TAXI, table, pooling="statements", places=14)
    agent = MaskablePPO("MlpPolicy", Watched(env), n_steps=64, seed=0, device="cpu")
    before = [p.clone() for p in agent.policy.parameters()]
    agent.learn(256)
    assert len(illegal) >= 256
    assert not any(illegal)
    after = list(agent.policy.parameters())
    assert all(bool(p.isfinite().all()) for p in after)
    assert any(bool((p != q).any()) for p, q in zip(before, after, strict=True))
    result = alectors.evaluate(Player(agent, env, masked=True), TAXI, episodes=1)
    assert len(result.episodes) == 1
