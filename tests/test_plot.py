"""Pictures of entries: known numbers at known places, the same bytes always, text as text."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boards import LAKE, random_entry

from alectors.cli import main
from alectors.leaderboard.entry import Entry
from alectors.leaderboard.pictures import (
    THRESHOLDS,
    curves_path,
    draw_curves,
    draw_pictures,
    draw_profile,
    make_curve,
    profile_path,
)
from alectors.leaderboard.plot import (
    BOTTOM,
    HEIGHT,
    LEFT,
    MOST_SERIES,
    RIGHT,
    TOP,
    WIDTH,
    Plot,
    Series,
    draw_plot,
    nice_step,
)
from alectors.leaderboard.protocol import core_ids, normalise
from alectors.leaderboard.rows import overall_rows
from alectors.leaderboard.statistics import mean_interval
from alectors.leaderboard.summary import summarise
from alectors.leaderboard.table import find_stale, write_table

NS = "{http://www.w3.org/2000/svg}"
FLOOR, MIDDLE, LAST = HEIGHT - BOTTOM, (TOP + HEIGHT - BOTTOM) / 2, WIDTH - RIGHT


def draw(*series: Series, y_range: tuple[float, float] | None = (0.0, 1.0)) -> ET.Element:
    plot = Plot("Title", "What it is.", "steps", "success", series, y_range)
    return ET.fromstring(draw_plot(plot))


def points(picture: ET.Element, tag: str, place: int = 0) -> list[tuple[float, float]]:
    found = list(picture.iter(NS + tag))[place].get("points", "")
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in found.split())]


def texts(picture: ET.Element) -> list[str | None]:
    return [element.text for element in picture.iter(NS + "text")]


def test_known_numbers_stand_at_known_places() -> None:
    picture = draw(Series("one", [0, 50, 100], [0.0, 0.5, 1.0], [0.0, 0.0, 0.5], [0.5, 1.0, 1.0]))
    across = [LEFT, (LEFT + LAST) / 2, LAST]
    assert points(picture, "polyline") == list(zip(across, [FLOOR, MIDDLE, TOP], strict=True))
    band = [(across[0], MIDDLE), (across[1], TOP), (across[2], TOP)]
    band += [(across[2], MIDDLE), (across[1], FLOOR), (across[0], FLOOR)]
    assert points(picture, "polygon") == band


def test_axes_have_round_marks_and_the_legend_every_name() -> None:
    picture = draw(Series("a & <b>", [0, 100_000], [0.0, 1.0]), Series("c", [50_000], [0.5]))
    assert {"0", "20k", "40k", "100k", "0.2", "1", "a & <b>", "c", "steps"} <= set(texts(picture))
    assert picture.find(NS + "title").text == "Title"  # type: ignore[union-attr]
    assert picture.find(NS + "desc").text == "What it is."  # type: ignore[union-attr]
    assert picture.get("role") == "img"
    height = float(picture.get("viewBox", "").split()[3])
    assert all(float(text.get("y", 0)) < height for text in picture.iter(NS + "text"))


@pytest.mark.parametrize(("least", "step"), [(0.2, 0.2), (0.21, 0.5), (7.0, 10.0), (20_000, 2e4)])
def test_steps_are_one_two_or_five(least: float, step: float) -> None:
    assert nice_step(least) == pytest.approx(step)


def test_a_single_point_and_a_flat_line_are_drawn() -> None:
    single = draw(Series("one", [1_024], [0.25]), y_range=None)
    ((x, y),) = points(single, "polyline")
    assert (x, y) == ((LEFT + LAST) / 2, MIDDLE)
    flat = draw(Series("flat", [0, 10], [3.0, 3.0]), y_range=None)
    assert {y for _, y in points(flat, "polyline")} == {MIDDLE}


def test_more_lines_than_colours_are_left_out() -> None:
    picture = draw(*(Series(f"s{k}", [0, 1], [0, 1]) for k in range(MOST_SERIES + 3)))
    assert len(list(picture.iter(NS + "polyline"))) == MOST_SERIES
    assert "s8" not in texts(picture)


# Of entries


@pytest.fixture(scope="module")
def random(tmp_path_factory: pytest.TempPathFactory) -> Entry:
    return random_entry(tmp_path_factory.mktemp("board"))


CURVES = [
    [{"steps": 10, "success": 0.0}, {"steps": 110, "success": 1.0}],
    [{"steps": 5}, {"steps": 20, "success": 0.4}, {"steps": 100, "success": 0.8}],
]


def trained(entry: Entry, curves: list[Any], name: str = "Learner", env_id: str = LAKE) -> Entry:
    """The entry as if it had learnt along these curves; its runs win less from seed to seed."""
    data = json.loads(json.dumps(entry.data))
    (run,) = data["runs"]
    data["runs"] = [
        {
            **run,
            "seed": k,
            "curve": curve,
            "episodes": [{**e, "total": float(n >= 10 * k)} for n, e in enumerate(run["episodes"])],
        }
        for k, curve in enumerate(curves)
    ]
    data["training"] = {"steps": 110, "env_kwargs": {}, "parameters": 1, "encoder": None}
    data["environment"]["id"] = env_id
    data |= {"kind": "agent", "name": name, "summary": summarise(env_id, data["runs"], True)}
    return Entry(entry.path.with_name("learner.json"), data)


def test_a_curve_is_the_mean_over_seeds_where_all_of_them_are_known(random: Entry) -> None:
    curve = make_curve(trained(random, CURVES), "success")
    assert curve is not None
    assert curve.name == "Learner (2 seeds)"
    assert (curve.x[0], curve.x[-1]) == (20, 100)
    # The first seed is at 0.1 and 0.9 there.
    assert (curve.y[0], curve.y[-1]) == pytest.approx((0.25, 0.85))
    assert curve.high is not None
    assert curve.high[-1] == min(1.0, mean_interval([0.9, 0.8]).high or 0)
    assert make_curve(trained(random, [*CURVES, [{"steps": 9}]]), "success") is None
    alone = make_curve(trained(random, CURVES[:1]), "success")
    assert alone is not None
    assert alone.low is None


def test_a_profile_is_the_share_of_runs_above(random: Entry) -> None:
    entry = trained(random, CURVES)
    scores = [normalise(LAKE, value) for value in (1.0, 0.9)]
    picture = ET.fromstring(
        draw_profile("all", overall_rows([entry], [LAKE]), [entry], [LAKE]) or ""
    )
    drawn = [(FLOOR - y) / (FLOOR - TOP) for _, y in points(picture, "polyline")]
    shares = [np.mean([score > level for score in scores if score]) for level in THRESHOLDS]
    assert drawn == pytest.approx(shares, abs=1e-3)
    assert "Learner (1 of 1 task, 2 runs)" in texts(picture)
    assert len(points(picture, "polygon")) == 2 * len(THRESHOLDS)


def test_the_same_entries_give_the_same_bytes_in_any_order(random: Entry) -> None:
    entries = [trained(random, CURVES), trained(random, CURVES[:1], "Other"), random]
    assert draw_pictures(entries) == draw_pictures(entries[::-1])
    drawn = draw_pictures(entries)
    assert {curves_path(LAKE), profile_path(""), profile_path("toy text")} == drawn.keys()
    for svg in drawn.values():
        assert ET.fromstring(svg).tag == f"{NS}svg"
        assert "href" not in svg


def test_who_does_not_learn_has_no_curve(random: Entry) -> None:
    assert draw_curves(LAKE, [random]) is None
    assert draw_profile("chess", [], [random], [core_ids()[0]]) is None


def test_stale_pictures_are_named_and_written_anew(
    random: Entry, capsys: pytest.CaptureFixture[str]
) -> None:
    root = random.path.parents[2]
    assert main(["leaderboard", "table", "--root", str(root)]) == 0
    page = (root / "README.md").read_text()
    assert "![Performance profiles](pictures/profile-toy-text.svg)" in page
    assert main(["leaderboard", "table", "--root", str(root), "--check"]) == 0
    profile, left = root / profile_path(""), root / "pictures" / "left-over.svg"
    before = profile.read_bytes()
    profile.write_text("<svg/>")
    left.write_text("<svg/>")
    capsys.readouterr()
    assert main(["leaderboard", "table", "--root", str(root), "--check"]) == 1
    assert f"{profile} is not what the entries give." in capsys.readouterr().out
    assert find_stale(root) == [left, profile]
    write_table(root)
    assert profile.read_bytes() == before
    assert not left.exists()
    assert find_stale(Path(root)) == []
