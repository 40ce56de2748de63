"""The replay: windows, masks, room, priorities, and that it is kept whole."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch

import alectors
from alectors.arrays import ArrayBatch, ArrayReader
from alectors.collecting import Step
from alectors.envs.errors import InvalidArgument
from alectors.priorities import SumTree
from alectors.reader import Reader
from alectors.replay import EPSILON, Replay

ENVS, ACTIONS, GAMMA = 3, 4, 0.9


def make_reader() -> ArrayReader:
    box = gym.spaces.Box(-np.inf, np.inf, (1,), np.float32)
    return ArrayReader("test", box, gym.spaces.Discrete(ACTIONS))


class World:
    """Random steps of N environments: a state is a number of its own, its mask follows from it."""

    def __init__(self, replay: Replay, seed: int = 0, ends: tuple[float, float] = (0.1, 0.1)):
        self.replay, self.random, self.ends = replay, np.random.default_rng(seed), ends
        self.count = 0
        self.now = [self.number() for _ in range(ENVS)]
        self.episodes: list[list[Any]] = [[] for _ in range(ENVS)]
        self.expected: dict[int, tuple[float, float, int | None]] = {}

    def number(self) -> int:
        self.count += 1
        return self.count

    def states(self, numbers: list[int]) -> ArrayBatch:
        masks = [[a if (n >> a) & 1 or a == n % ACTIONS else -1 for a in range(4)] for n in numbers]
        return ArrayBatch(torch.tensor(numbers).float()[:, None], torch.tensor(masks))

    def step(self) -> None:
        rewards = torch.tensor(self.random.normal(size=ENVS)).float()
        drawn = self.random.random(ENVS)
        terminated = drawn < self.ends[0]
        truncated = (drawn < sum(self.ends)) & ~terminated
        following = [self.number() for _ in range(ENVS)]
        cut = np.flatnonzero(truncated)
        finals = self.states([following[k] for k in cut]) if len(cut) else None
        choices = torch.tensor([n % ACTIONS for n in self.now])
        ends = torch.from_numpy(terminated | truncated)
        step = Step(rewards, ends, torch.from_numpy(terminated), cut, finals)
        self.replay.add(self.states(self.now), choices, step)
        for k in range(ENVS):
            self.episodes[k].append((self.now[k], float(rewards[k]), following[k]))
            self.close(k, bool(ends[k]), bool(terminated[k]))
            self.now[k] = self.number() if ends[k] else following[k]

    def close(self, k: int, end: bool, terminated: bool) -> None:
        """The windows that are whole after a step, from the episode's own list."""
        episode, n = self.episodes[k], self.replay.n_step
        for first in range(len(episode)):
            window = episode[first : first + n]
            if len(window) < n and not end:
                continue
            value = sum(GAMMA**j * reward for j, (_, reward, _) in enumerate(window))
            to_end = terminated and first + n >= len(episode)
            self.expected[episode[first][0]] = (
                (value, 0.0, None) if to_end else (value, GAMMA ** len(window), window[-1][2])
            )
        if end:
            self.episodes[k] = []


def drawn(replay: Replay, size: int = 4_000) -> dict[int, tuple[float, float, int | None]]:
    """Every transition that can be drawn, by the number of its state."""
    sample = replay.sample(size, torch.Generator().manual_seed(0))
    rows = zip(
        sample.states.observations[:, 0].int().tolist(),
        sample.returns.tolist(),
        sample.discounts.tolist(),
        sample.following.observations[:, 0].int().tolist(),
        strict=True,
    )
    return {n: (value, discount, after if discount else None) for n, value, discount, after in rows}


@pytest.mark.parametrize("n_step", [1, 3, 5])
def test_windows_are_those_of_each_episode(n_step: int) -> None:
    """No window reaches over an end of either kind, and the tails before an end are kept."""
    replay = Replay(make_reader(), 1_000, ENVS, n_step=n_step, gamma=GAMMA)
    world = World(replay)
    for _ in range(100):
        world.step()
    found = drawn(replay)
    for last in world.now:  # states that are not in the replay yet, nor what leads to them
        world.expected = {n: e for n, e in world.expected.items() if e[2] != last}
    assert found.keys() == world.expected.keys()
    assert len(found) == len(replay)
    for number, (value, discount, after) in world.expected.items():
        assert found[number][:2] == pytest.approx((value, discount), abs=1e-5)
        assert found[number][2] == after
    lengths = {round(d, 4) for _, d, _ in found.values()}
    assert lengths == {0.0, *(round(GAMMA**k, 4) for k in range(1, n_step + 1))}


def test_truncation_leads_to_the_final_state_and_termination_to_none() -> None:
    replay = Replay(make_reader(), 100, ENVS, n_step=2, gamma=GAMMA)
    states = World(replay).states
    every, none = torch.ones(3, dtype=torch.bool), torch.zeros(3, dtype=torch.bool)
    terminated = torch.tensor([True, False, False])
    step = Step(torch.ones(3), every, terminated, np.array([1, 2]), states([8, 9]))
    replay.add(states([1, 2, 3]), torch.tensor([1, 2, 3]), step)
    replay.add(
        states([4, 5, 6]), torch.tensor([0, 1, 2]), Step(torch.ones(3), none, none, [], None)
    )
    assert drawn(replay) == {
        1: (1.0, 0.0, None),
        2: (1.0, pytest.approx(GAMMA), 8),
        3: (1.0, pytest.approx(GAMMA), 9),
    }


def test_masks_and_choices_of_both_states_are_kept() -> None:
    replay = Replay(make_reader(), 500, ENVS, n_step=2, gamma=GAMMA)
    world = World(replay)
    for _ in range(50):
        world.step()
    sample = replay.sample(300, torch.Generator().manual_seed(1))
    for states in (sample.states, sample.following):
        numbers = states.observations[:, 0].int().tolist()
        assert torch.equal(states.actions, world.states(numbers).actions)
    assert sample.choices.tolist() == [
        n % ACTIONS for n in sample.states.observations[:, 0].int().tolist()
    ]


def test_the_oldest_make_room() -> None:
    replay = Replay(make_reader(), 60, ENVS, n_step=3, gamma=GAMMA)
    world = World(replay)
    for _ in range(200):
        world.step()
    found = drawn(replay)
    assert 40 <= len(found) <= 60
    assert min(found) > world.count - 200
    assert all(found[n][:2] == pytest.approx(world.expected[n][:2], abs=1e-5) for n in found)
    assert all(found[n][2] == world.expected[n][2] for n in found)


def test_too_small_a_replay_is_told() -> None:
    with pytest.raises(InvalidArgument, match="at least 24"):
        Replay(make_reader(), 20, ENVS, n_step=3)


class Numbers:
    """A table that numbers statements and reads none of them."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def rows(self, statements: Any) -> list[int]:
        return [self.known.setdefault(s, 1 + len(self.known)) for s in statements]


def play(env_id: str, replay_size: int, steps: int) -> tuple[Replay, list[Any], int]:
    """Random play of two environments; the replay, the states, and the bytes that it keeps."""
    reader = Reader(Numbers())  # type: ignore[arg-type]
    replay = Replay(reader, replay_size, 2, n_step=1)
    envs = alectors.make_vec(env_id, 2)
    random = np.random.default_rng(0)
    pages, infos = envs.reset(seed=0)
    seen, states = [], []
    for _ in range(steps):
        split = alectors.vector.split_infos(infos, 2)
        states.append(reader.read(pages, split))
        actions = [int(random.choice(np.flatnonzero(info["action_mask"]))) for info in split]
        pages, rewards, terminated, truncated, infos = envs.step(actions)
        choices = (states[-1].actions == torch.tensor(actions)[:, None]).int().argmax(1)
        ends = torch.from_numpy(terminated | truncated)
        seen.append(Step(torch.tensor(rewards).float(), ends, ends, np.array([], int), None))
        replay.add(states[-1], choices, seen[-1])
    kept = sum(t.numel() * t.element_size() for t in replay.tensors().values())
    return replay, states, kept


def test_pages_come_back_as_they_were() -> None:
    """Pages and lists of actions of all lengths, also after the ring has gone round."""
    replay, states, _ = play("alectors/Chess-v0", 60, 100)
    sample = replay.sample(200, torch.Generator().manual_seed(0))
    assert len(set(sample.slots.tolist())) > 40
    told = {
        tuple(row[row > 0].tolist()): (s, k) for s in states for k, row in enumerate(s.statements)
    }
    for k, row in enumerate(sample.states.statements):
        batch, place = told[tuple(row[row > 0].tolist())]
        one = batch[torch.tensor([place])]
        found = sample.states[torch.tensor([k])]
        for name in ("statements", "clauses", "actions"):
            assert torch.equal(getattr(found, name), getattr(one, name))


@pytest.mark.parametrize("env_id", ["alectors/Chess-v0", "alectors/MiniGrid-DoorKey-5x5-v0"])
def test_a_million_states_fit_into_300_megabytes(env_id: str) -> None:
    """300 bytes a state; the words of actions are kept once, of which there are a few thousand."""
    replay, states, kept = play(env_id, 600, 300)
    actions = replay.tensors()["actions"]
    assert kept - actions.numel() * 4 < 300 * 600
    assert len(actions) < 5_000
    assert sum(len(batch) for batch in states) == 600


def test_a_replay_taken_over_draws_and_goes_on_alike() -> None:
    one, other = (
        Replay(make_reader(), 80, ENVS, n_step=3, gamma=GAMMA, alpha=0.6) for _ in range(2)
    )
    world = World(one)
    for _ in range(70):
        world.step()
    one.set_errors(torch.arange(30), torch.rand(30, generator=torch.Generator().manual_seed(0)))
    other.take_tensors({name: tensor.clone() for name, tensor in one.tensors().items()})
    again = World(other, seed=5)
    world.random = np.random.default_rng(5)
    again.now, again.count = list(world.now), world.count
    for _ in range(40):
        world.step()
        again.step()
        first, second = (r.sample(20, torch.Generator().manual_seed(2), 0.5) for r in (one, other))
        for name in ("slots", "choices", "returns", "discounts", "weights"):
            assert torch.equal(getattr(first, name), getattr(second, name)), name
        assert torch.equal(first.states.observations, second.states.observations)
        assert torch.equal(first.following.actions, second.following.actions)


def test_priorities_are_drawn_and_made_up_for_as_computed_by_hand() -> None:
    alpha, beta = 0.5, 0.7
    replay = Replay(make_reader(), 24, ENVS, alpha=alpha, gamma=GAMMA)
    world = World(replay, ends=(1.0, 0.0))  # each state is an episode: all can be drawn at once
    for _ in range(2):
        world.step()
    errors = torch.tensor([0.0, -1.0, 4.0, 9.0, 16.0, 1.0])
    replay.set_errors(torch.arange(6), errors)
    powers = (errors.abs().double() + EPSILON) ** alpha
    probabilities = powers / powers.sum()
    sample = replay.sample(60_000, torch.Generator().manual_seed(0), beta)
    counts = torch.bincount(sample.slots, minlength=6) / 60_000
    torch.testing.assert_close(counts.double(), probabilities, rtol=0, atol=0.002)
    weights = (6 * probabilities) ** -beta
    drawn_weights = weights[sample.slots] / weights[sample.slots].max()
    torch.testing.assert_close(sample.weights, drawn_weights.float())
    world.step()  # what is new is as likely as the worst
    new = replay.tensors()["priorities"][6:9]
    torch.testing.assert_close(new, torch.full_like(new, (16 + EPSILON) ** alpha))


def test_without_priorities_all_are_drawn_alike() -> None:
    replay = Replay(make_reader(), 100, ENVS, n_step=3, gamma=GAMMA)
    world = World(replay)
    for _ in range(20):
        world.step()
    replay.set_errors(torch.arange(10), torch.arange(10.0))
    sample = replay.sample(10 * len(replay), torch.Generator().manual_seed(0), 0.4)
    counts = torch.bincount(sample.slots)
    assert set(counts[counts > 0].tolist()) <= {9, 10, 11}
    assert sample.weights.min() == 1.0


def test_a_sum_tree_finds_what_the_running_sum_finds() -> None:
    random = np.random.default_rng(0)
    tree = SumTree(37)
    priorities = np.zeros(37)
    for _ in range(50):
        slots = random.choice(37, 5, replace=False)
        values = random.random(5) * (random.random(5) < 0.8)
        tree.set(slots, values)
        priorities[slots] = values
        np.testing.assert_allclose(tree.total, priorities.sum())
        sums = random.random(20) * tree.total
        if tree.total:
            found = tree.find(sums)
            expected = np.searchsorted(np.cumsum(priorities), sums, side="right")
            np.testing.assert_array_equal(found, expected)
            assert (priorities[found] > 0).all()
