"""The benchmark of throughput: its bars hold, and it says where one is missed."""

import itertools
from collections.abc import Iterator

import pytest
from benchmarks import throughput
from benchmarks.throughput import Pair


def working(amount: int) -> Iterator[int]:
    """Play whose every step takes ``amount`` of work."""
    while True:
        sum(range(amount))
        yield 1


def test_a_ratio_is_that_of_the_work() -> None:
    pair = Pair("", lambda: working(20_000), lambda: working(60_000), slice_s=0.02)
    got = throughput.measure(pair, rounds=8)
    assert got.low <= got.ratio <= got.high
    assert 2 < got.ratio < 4.5


def test_a_missed_bar_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alike = [
        Pair(name, lambda: itertools.repeat(1), lambda: itertools.repeat(1), bar, 0.001)
        for name, bar in (("easy", 0.01), ("hard", 100.0), ("free", None))
    ]
    monkeypatch.setattr(throughput, "PAIRS", alike)
    assert throughput.main(["--rounds", "2"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert throughput.main(["--rounds", "2", "easy", "free"]) == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore:Game .* is not fully supported")
@pytest.mark.parametrize("pair", [p for p in throughput.PAIRS if p.bar], ids=lambda p: p.name)
def test_the_bars_hold(pair: Pair) -> None:
    got = throughput.measure(pair, rounds=15)
    assert pair.bar is not None
    assert got.ratio >= pair.bar, got
