"""The reference agents of the leaderboards are as good as they must be."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ENTRIES = Path(__file__).parents[1] / "leaderboards" / "entries"
BARS = {
    "Chess-v0": 0.90,
    "ChessKQK-v0": 0.95,
    "ChessKRK-v0": 0.80,
    "ChessMateInOne-v0": 0.60,
    "CoinCollector-L5-v0": 0.95,
    "Cooking-L1-v0": 0.95,
}
"""The least success that PPO with MiniLM must have, over five training seeds."""


SHORT = {"ChessKQK-v0": "0.914: four seeds convert 0.97, one has not learnt it after 150,000 steps"}
"""What falls short, and how; a test fails when that is no longer so."""


def cases() -> list[Any]:
    marks = {name: pytest.mark.xfail(reason=SHORT[name], strict=True) for name in SHORT}
    return [pytest.param(name, marks=marks.get(name, ())) for name in BARS]


@pytest.mark.parametrize("name", cases())
def test_ppo_succeeds_often_enough(name: str) -> None:
    runs = json.loads((ENTRIES / name / "ppo-minilm.json").read_text())["runs"]
    assert len(runs) == 5
    assert np.mean([e["success"] for run in runs for e in run["episodes"]]) >= BARS[name]
