"""Statistics of the leaderboard: known answers, rliable's among them, and honest intervals."""

import numpy as np
import pytest
from scipy import stats

from alectors.envs.errors import InvalidArgument
from alectors.leaderboard.statistics import (
    Interval,
    Scores,
    aggregate,
    bootstrap,
    iqm,
    mean,
    mean_interval,
    median,
    optimality_gap,
    performance_profile,
    probability_of_improvement,
    rank,
    resample,
)

# The matrices of rliable's tests (google-research/rliable, tests/rliable/metrics_test.py and
# tests/library_test.py), and what they expect of them.
X = np.array([[1.0, 2], [2, 2], [1, 1], [2, 1]])
Y = np.array([[1.0, 1], [2, 2], [3, 3]])
WIDE = np.arange(5.0 * 16).reshape(5, 16)


@pytest.mark.parametrize("metric", [mean, median, iqm])
def test_aggregates_have_the_answers_of_rliable(metric: object) -> None:
    assert metric(X) == 1.5  # type: ignore[operator]
    assert metric(Y) == 2  # type: ignore[operator]


def test_the_probability_of_improvement_has_the_answer_of_rliable() -> None:
    assert probability_of_improvement(X, Y) == pytest.approx(1 / 3)
    assert probability_of_improvement(X, Y) + probability_of_improvement(Y, X) == pytest.approx(1)
    assert probability_of_improvement(X, X) == 0.5


def test_the_probability_of_improvement_is_mann_whitneys_statistic() -> None:
    generator = np.random.default_rng(0)
    ours, theirs = generator.integers(0, 5, (7, 3)) / 4, generator.integers(0, 5, (4, 3)) / 4
    u = [
        stats.mannwhitneyu(ours[:, k], theirs[:, k], alternative="greater").statistic / 28
        for k in range(3)
    ]
    assert probability_of_improvement(ours, theirs) == pytest.approx(np.mean(u))


def test_the_iqm_is_the_mean_of_the_middle_half() -> None:
    scores = np.array([[-50.0, 1, 2, 3], [4, 5, 6, 900]])
    assert iqm(scores) == pytest.approx(np.mean([2, 3, 4, 5]))


def test_the_optimality_gap_counts_nothing_above_its_target() -> None:
    assert optimality_gap(np.array([[0.5, 3.0], [1.0, 0.0]])) == pytest.approx(1 - 2.5 / 4)
    assert optimality_gap(np.array([[5.0]]), target=2.0) == 0


def test_profiles_fall_and_count_what_is_strictly_above() -> None:
    profile = performance_profile(WIDE / 80, [0.0, 0.25, 0.5, 1.0])
    assert profile.tolist() == [79 / 80, 59 / 80, 39 / 80, 0.0]


@pytest.mark.parametrize("metric", [iqm, mean, median])
def test_intervals_of_rliables_matrix_hold_the_estimate_strictly(metric: object) -> None:
    found = aggregate(metric, WIDE)  # type: ignore[arg-type]
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


def test_a_sample_is_drawn_inside_each_task() -> None:
    drawn = resample(WIDE, np.random.default_rng(0))
    assert drawn.shape == WIDE.shape
    for task in range(16):
        assert set(drawn[:, task]) <= set(WIDE[:, task])
    # Tasks are drawn apart: whole rows would keep the distance of two tasks.
    assert len({float(d) for d in drawn[:, 1] - drawn[:, 0]}) > 1


def test_the_bootstrap_is_decided_by_its_generator() -> None:
    def ends(seed: int) -> tuple[float, float]:
        return bootstrap(iqm, WIDE, generator=np.random.default_rng(seed), resamples=100)

    assert ends(1) == ends(1)
    assert ends(1) != ends(2)
    assert aggregate(iqm, WIDE) == aggregate(iqm, WIDE)


def test_metrics_of_two_matrices_resample_both() -> None:
    found = aggregate(probability_of_improvement, WIDE, np.flip(WIDE, axis=0))
    assert found.value == probability_of_improvement(WIDE, np.flip(WIDE, axis=0))
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high


def test_the_interval_of_a_mean_is_students() -> None:
    values = [0.91, 0.94, 0.90, 0.97, 0.93]
    expected = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    found = mean_interval(values)
    assert (found.low, found.high) == pytest.approx(expected)
    assert mean_interval([0.5]) == Interval(0.5, None, None)
    with pytest.raises(InvalidArgument, match="no values"):
        mean_interval([])


def test_the_interval_holds_the_true_mean_as_often_as_it_says() -> None:
    """Of five seeds; the percentiles of a bootstrap would hold it in about 83 % of cases."""
    generator = np.random.default_rng(0)
    found = [mean_interval(generator.normal(0.8, 0.1, 5)) for _ in range(2_000)]  # type: ignore[arg-type]
    share = np.mean([one.low < 0.8 < one.high for one in found])  # type: ignore[operator]
    assert 0.935 < share < 0.965


def test_rows_that_nothing_sets_apart_share_a_rank() -> None:
    rows = [
        Interval(0.95, 0.90, 1.00),
        Interval(0.91, 0.86, 0.96),
        Interval(0.80, 0.75, 0.85),
        Interval(0.50, 0.40, 0.60),
        Interval(0.55, None, None),
    ]
    assert rank(rows) == [1, 1, 3, 4, 4]
    assert rank(rows[::-1]) == [4, 4, 3, 1, 1]


def test_one_run_has_no_interval() -> None:
    one: Scores = np.array([[0.2, 0.4]])
    assert aggregate(mean, one) == Interval(pytest.approx(0.3), None, None)  # type: ignore[arg-type]
