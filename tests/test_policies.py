"""The trained agents that the package brings are those of the leaderboard's entries."""

import zipfile
from pathlib import Path

import pytest

import alectors
from alectors.checkpoints import POLICIES, policies
from alectors.cli import main
from alectors.envs.errors import UnknownName
from alectors.leaderboard.entry import Entry, find_entries, read_entry
from alectors.leaderboard.playing import play
from alectors.leaderboard.traces import read_traces

ROOT = Path(__file__).parents[1] / "leaderboards"
EPISODES = 3


def entry_of(name: str) -> Entry:
    """The entry whose kept checkpoint a policy is: they share their digests."""
    manifest = (POLICIES / name / "manifest.json").read_bytes()
    entries = map(read_entry, find_entries(ROOT))
    (found,) = [entry for entry in entries if _manifest(entry) == manifest]
    return found


def _manifest(entry: Entry) -> bytes:
    if not entry.policy.exists():
        return b""
    with zipfile.ZipFile(entry.policy) as packed:
        return packed.read("manifest.json")


def test_each_family_with_a_core_task_has_one() -> None:
    told = {name.split("-")[1] for name in policies()}
    assert told >= {"BabyAI", "Chess", "CoinCollector", "FrozenLake", "MiniGrid"}


@pytest.mark.parametrize("name", policies())
def test_it_plays_as_its_entry_tells(name: str) -> None:
    entry = entry_of(name)
    agent = alectors.load(name)
    assert agent.env_id == entry.env_id
    _, trace = play(agent, entry.env_id, entry.data["environment"]["kwargs"], EPISODES)
    assert trace == read_traces(entry.traces)[0][:EPISODES]


def test_a_name_that_is_nearly_right_is_told() -> None:
    with pytest.raises(UnknownName, match=f"Did you mean '{policies()[0]}'"):
        alectors.load(policies()[0][:-1])


def test_training_does_not_go_on_from_one(capsys: pytest.CaptureFixture[str]) -> None:
    name = policies()[0]
    assert main(["train", "--resume", name]) != 0
    assert f"{name} is an agent; --resume takes the folder of its run." in capsys.readouterr().err
