"""The words of the environments are those of the golden transcripts, and a change is noticed."""

import json
from pathlib import Path

import golden_transcripts
import pytest

from alectors.envs.echo import EchoEnv

GOLDEN = (
    "Echo-v0",
    "Chess-v0",
    "Chess960-v0",
    "ChessAntichess-v0",
    "ChessAtomic-v0",
    "ChessCrazyhouse-v0",
    "ChessKQK-v0",
    "ChessKPK-v0",
    "ChessMateInTwo-v0",
    "CoinCollector-L5-v0",
    "TextWorld-v0",
    "TreasureHunter-L5-v0",
    "Cooking-L5-v0",
    "SimpleGame-v0",
    "Jericho-v0",
    "TextWorldExpress-CookingWorld-v0",
    "TextWorldExpress-SimonSays-v0",
    "ScienceWorld-FindAnimal-v0",
    "MiniGrid-DoorKey-5x5-v0",
    "MiniGrid-MultiRoom-N6-v0",
    "BabyAI-GoToRedBallGrey-v0",
    "BabyAI-GoToLocal-v0",
    "BabyAI-BossLevel-v0",
    "BabyAI-MixedLocal-v0",
    "FrozenLake-v0",
    "Taxi-v0",
    "CliffWalking-v0",
    "Blackjack-v0",
    "CartPole-v0",
    "MountainCar-v0",
    "Acrobot-v0",
)
LANGUAGES = (
    ("Echo-v0", {"wording": "heldout"}),
    ("Chess-v0", {"narration": "relations"}),
    ("Chess-v0", {"narration": "safety"}),
    ("Chess-v0", {"narration": "terse"}),
    ("Chess-v0", {"narration": "fen"}),
    ("Chess-v0", {"wording": "heldout"}),
    ("Chess-v0", {"narration": "relations", "wording": "heldout"}),
    ("Chess-v0", {"narration": "safety", "wording": "heldout"}),
    ("Chess-v0", {"narration": "terse", "wording": "heldout"}),
    ("Chess-v0", {"narration": "fen", "wording": "heldout"}),
    ("ChessCrazyhouse-v0", {"wording": "heldout"}),
    ("CoinCollector-L5-v0", {"wording": "heldout"}),
    ("Jericho-v0", {"wording": "heldout"}),
    ("FrozenLake-v0", {"wording": "heldout"}),
    ("Taxi-v0", {"wording": "heldout"}),
    ("CliffWalking-v0", {"wording": "heldout"}),
    ("Blackjack-v0", {"wording": "heldout"}),
    ("CartPole-v0", {"wording": "heldout"}),
    ("MountainCar-v0", {"wording": "heldout"}),
    ("Acrobot-v0", {"wording": "heldout"}),
    ("TextWorldExpress-CookingWorld-v0", {"wording": "heldout"}),
    ("ScienceWorld-FindAnimal-v0", {"wording": "heldout"}),
    ("BabyAI-GoToLocal-v0", {"narration": "terse"}),
    ("BabyAI-GoToLocal-v0", {"wording": "heldout"}),
    ("BabyAI-GoToLocal-v0", {"narration": "terse", "wording": "heldout"}),
    ("BabyAI-MixedLocal-v0", {"pairs": "heldout", "nouns": "heldout", "actions": "heldout"}),
    ("BabyAI-MixedLocal-v0", {"nouns": "invented", "colours": "invented"}),
    ("BabyAI-MixedLocal-v0", {"wording": "heldout"}),
)
"""One id of each family in its other narrations and wordings."""


@pytest.mark.parametrize("name", GOLDEN)
def test_the_words_are_the_golden_ones(name: str) -> None:
    golden_transcripts.golden(f"alectors/{name}")


@pytest.mark.parametrize(("name", "language"), LANGUAGES)
def test_other_languages_are_the_golden_ones(name: str, language: dict[str, str]) -> None:
    golden_transcripts.golden(f"alectors/{name}", **language)


def test_every_golden_file_is_compared() -> None:
    files = {file.stem for file in golden_transcripts.FOLDER.iterdir()}
    languages = {golden_transcripts.file_name(name, **kwargs) for name, kwargs in LANGUAGES}
    assert files == set(GOLDEN) | languages


@pytest.fixture
def echo_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh golden file of Echo, in a folder of its own."""
    monkeypatch.setattr(golden_transcripts, "FOLDER", tmp_path / "golden")
    monkeypatch.setenv(golden_transcripts.UPDATE, "1")
    golden_transcripts.golden("alectors/Echo-v0")
    monkeypatch.delenv(golden_transcripts.UPDATE)
    return tmp_path / "golden" / "Echo-v0.json"


def compare() -> None:
    golden_transcripts.golden("alectors/Echo-v0")


def test_updating_writes_one_whole_file(echo_file: Path) -> None:
    assert list(echo_file.parent.iterdir()) == [echo_file]
    assert json.loads(echo_file.read_text())["narration_version"] == EchoEnv.narration_version
    compare()


def test_a_missing_file_says_how_to_write_it(echo_file: Path) -> None:
    echo_file.unlink()
    with pytest.raises(AssertionError, match="ALECTORS_UPDATE_GOLDEN=1 to write it"):
        compare()
    assert not echo_file.exists()


@pytest.mark.parametrize("method", ["_statements", "_legal"])
def test_a_changed_word_asks_for_a_new_version(
    echo_file: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    changed = {
        "_statements": lambda env: ["Your goal is to say it.", "The word is up."],
        "_legal": lambda env: dict(enumerate(("shout a", "shout b", "shout c", "shout d"))),
    }
    monkeypatch.setattr(EchoEnv, method, changed[method])
    sentence = "wording changed: raise narration_version and update the golden file"
    with pytest.raises(AssertionError, match=sentence):
        compare()
    monkeypatch.setattr(EchoEnv, "narration_version", EchoEnv.narration_version + 1)
    with pytest.raises(AssertionError, match="ALECTORS_UPDATE_GOLDEN=1 to update"):
        compare()
    monkeypatch.setenv(golden_transcripts.UPDATE, "1")
    compare()


def test_a_changed_reward_is_noticed(echo_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play = EchoEnv._play
    monkeypatch.setattr(EchoEnv, "_play", lambda env, action: (play(env, action)[0] + 1, False))
    with pytest.raises(AssertionError, match="other rewards"):
        compare()
