"""Line plots as SVG: axes, lines, bands and a legend, in light and dark."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 300
"""Of the picture without its legend, in pixels."""
LEFT, RIGHT, TOP, BOTTOM = 60, 16, 36, 48
"""Margins around the axes."""
LEGEND_LINE = 20
MOST_SERIES = 8
"""Colours that can still be told apart."""
LIGHT = ["#0b62b0", "#b8400a", "#14713a", "#7a28c4", "#8a5a00", "#b01657", "#0b6e66", "#4b5563"]
DARK = ["#6cb2ff", "#ff9b57", "#58d68d", "#cd9bff", "#f2c744", "#ff85b8", "#3fd6c6", "#b6bec9"]
DASHES = ("", "7 3", "2 3", "10 3 2 3")
"""Of every other series, so that colour is not all that tells them apart."""


@dataclass(frozen=True)
class Series:
    """One line."""

    name: str
    """What the legend calls it."""
    x: Sequence[float]
    """Ascending."""
    y: Sequence[float]
    """A value for each ``x``."""
    low: Sequence[float] | None = None
    """The lower edge of a band around the line; None where there is none."""
    high: Sequence[float] | None = None
    """The upper edge."""


@dataclass(frozen=True)
class Plot:
    """What is drawn."""

    title: str
    """Above the axes, and read out by a screen reader."""
    description: str
    """A sentence for those who do not see it."""
    x_label: str
    """What runs to the right."""
    y_label: str
    """What runs up."""
    series: Sequence[Series]
    """At least one line with a point; those after `MOST_SERIES` are left out."""
    y_range: tuple[float, float] | None = None
    """The ends of the y axis; None: those of the data."""


def draw_plot(plot: Plot) -> str:
    """The SVG's text."""
    shown = list(plot.series)[:MOST_SERIES]
    xs = _axis([x for one in shown for x in one.x], None)
    ys = _axis([y for one in shown for y in _heights(one)], plot.y_range)
    height = HEIGHT + LEGEND_LINE * len(shown) + 8
    middle = TOP + (HEIGHT - TOP - BOTTOM) / 2
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(plot.title)}</title>",
        f"<desc>{escape(plot.description)}</desc>",
        f"<style>{_style()}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}" rx="6"/>',
        f'<text class="heading" x="{LEFT}" y="22">{escape(plot.title)}</text>',
        *_draw_axes(xs, ys),
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">'
        f"{escape(plot.x_label)}</text>",
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">'
        f"{escape(plot.y_label)}</text>",
        *(part for k, one in enumerate(shown) for part in _draw_series(k, one, xs, ys)),
        *(part for k, one in enumerate(shown) for part in _draw_legend(k, one)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Axis:
    """The ends of an axis and where it has marks."""

    low: float
    high: float
    ticks: list[float]


def _axis(values: list[float], ends: tuple[float, float] | None) -> Axis:
    low, high = ends or (min(values), max(values))
    if low == high:
        low, high = low - max(0.5, abs(low) / 2), high + max(0.5, abs(high) / 2)
    step = nice_step((high - low) / 5)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return Axis(low, high, [round(k * step, 10) for k in range(first, last + 1)])


def nice_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is at least ``least``."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))


def _heights(series: Series) -> list[float]:
    return [*series.y, *(series.low or []), *(series.high or [])]


def _across(x: float, axis: Axis) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (x - axis.low) / (axis.high - axis.low)


def _up(y: float, axis: Axis) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (y - axis.low) / (axis.high - axis.low)


def _draw_axes(xs: Axis, ys: Axis) -> Iterator[str]:
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    for tick in ys.ticks:
        y = _up(tick, ys)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_number(tick)}</text>'
    for tick in xs.ticks:
        x = _across(tick, xs)
        yield f'<path class="grid" d="M{x:.1f} {floor}v5"/>'
        yield f'<text x="{x:.1f}" y="{floor + 18}" text-anchor="middle">{_number(tick)}</text>'
    yield f'<path class="axis" d="M{LEFT} {TOP}V{floor}H{right}"/>'


def _draw_series(place: int, series: Series, xs: Axis, ys: Axis) -> Iterator[str]:
    across = [_across(x, xs) for x in series.x]
    if series.low and series.high:
        edge = [*zip(across, series.high, strict=True)]
        edge += [*zip(across, series.low, strict=True)][::-1]
        yield f'<polygon class="band c{place}" points="{_points(edge, ys)}"/>'
    dash = DASHES[place % len(DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    line = [*zip(across, series.y, strict=True)]
    yield f'<polyline class="line c{place}" points="{_points(line, ys)}"{dashed}/>'
    x, y = line[-1]
    yield f'<circle class="dot c{place}" cx="{x:.1f}" cy="{_up(y, ys):.1f}" r="3"/>'


def _points(places: list[tuple[float, float]], ys: Axis) -> str:
    return " ".join(f"{x:.1f},{_up(y, ys):.1f}" for x, y in places)


def _draw_legend(place: int, series: Series) -> Iterator[str]:
    y = HEIGHT + LEGEND_LINE * place
    dash = DASHES[place % len(DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    yield f'<path class="line c{place}" d="M{LEFT} {y + 8}h28"{dashed}/>'
    yield f'<text x="{LEFT + 36}" y="{y + 12}">{escape(series.name)}</text>'


def _number(value: float) -> str:
    """``100k``, ``0.5``, ``-20``."""
    if abs(value) >= 1_000_000:
        return f"{value / 1_000_000:g}M"
    return f"{value / 1_000:g}k" if abs(value) >= 1_000 else f"{value:g}"


def _style() -> str:
    """Only for this picture: every selector begins with its class."""
    return (
        ".plot text{font:12px system-ui,Helvetica,Arial,sans-serif;fill:#333b46}"
        ".plot .heading{font-size:15px;font-weight:600}"
        ".plot .paper{fill:#fff}.plot .grid{stroke:#d5dae0}.plot .axis{stroke:#7b8794;fill:none}"
        ".plot .line{fill:none;stroke-width:2;stroke-linejoin:round}"
        ".plot .band{stroke:none!important;opacity:.16}"
        + _colours(LIGHT)
        + "@media(prefers-color-scheme:dark){.plot text{fill:#d7dde5}.plot .paper{fill:#161b22}"
        ".plot .grid{stroke:#323a45}.plot .axis{stroke:#8b96a5}" + _colours(DARK) + "}"
    )


def _colours(colours: list[str]) -> str:
    return "".join(
        f".plot .line.c{k}{{stroke:{colour}}}.plot .band.c{k},.plot .dot.c{k}{{fill:{colour}}}"
        for k, colour in enumerate(colours)
    )
