"""Draw plots as inline SVG. Pure; colours come from the page's style, text is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from rag.evaluate.catalogue import BUDGETS, BY_NAME, STAGES
from rag.evaluate.metrics.intervals import Interval
from rag.evaluate.scores import Group

_LEFT, _TOP, _WIDTH, _HEIGHT = 44, 16, 300, 190


def recall_by_budget(scores: Mapping[str, Interval]) -> str:
    """Evidence recall over the characters read, with its intervals."""
    found = [(budget, scores.get(f"evidence_recall@{budget}")) for budget in BUDGETS]
    known = [(budget, one) for budget, one in found if one is not None]
    if not known:
        return _nothing("No question has gold evidence that could be placed.")
    points = [(budget / BUDGETS[-1], one) for budget, one in known]
    marks = [_whisker(_x(place), one) for place, one in points]
    line = _line([(place, one.mean) for place, one in points], "mean")
    labels = [_text(_x(budget / BUDGETS[-1]), _y(0) + 16, f"{budget:,}", "middle") for budget, _ in known]
    values = [
        _text(_x(place) - 6, _y(one.mean) - 8, f"{one.mean:.2f}", "end", "value") for place, one in points
    ]
    return _svg(
        "Evidence recall by characters read",
        _axes(),
        line,
        *marks,
        *labels,
        *values,
        _under("characters read"),
    )


def refusal_trade_off(points: Sequence[tuple[float, float]]) -> str:
    """Refusal recall over over-refusal, from the run as it is to refusing everything."""
    if not points:
        return _nothing("Needs questions with an answer and without one.")
    steps = [points[0]]
    for over, recall in points[1:]:
        steps += [(over, steps[-1][1]), (over, recall)]
    here = points[0]
    dot = f'<circle class="dot" cx="{_x(here[0]):.1f}" cy="{_y(here[1]):.1f}" r="5"/>'
    anchor = "start" if here[0] < 0.6 else "end"
    shift = 9 if anchor == "start" else -9
    # Under the curve, which rises to the right of the point.
    said = _text(
        _x(here[0]) + shift, _y(here[1]) + (16 if here[1] > 0.2 else -8), "this run", anchor, "value"
    )
    chance = _line([(0, 0), (1, 1)], "chance")
    ticks = [_text(_x(share), _y(0) + 16, f"{share:g}", "middle") for share in (0, 0.5, 1)]
    return _svg(
        "Refusal recall by over-refusal",
        _axes(),
        chance,
        _line(steps, "mean"),
        dot,
        said,
        *ticks,
        _under("over-refusal"),
    )


def calibration(
    bins: Sequence[tuple[float, Interval]], beside: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """What was seen over what was said, with intervals, and the lines of others beside it."""
    line = _line([(said, seen.mean) for said, seen in bins], "mean")
    marks = [_whisker(_x(said), seen) for said, seen in bins]
    counts = [_text(_x(said) + 8, _y(seen.mean) + 14, f"{seen.n}", "start", "value") for said, seen in bins]
    others = [
        _line(points, f"other other-{number}") for number, points in enumerate(beside.values(), start=1)
    ]
    ticks = [_text(_x(share), _y(0) + 16, f"{share:g}", "middle") for share in (0, 0.25, 0.5, 0.75, 1)]
    even = _line([(0, 0), (1, 1)], "chance")
    return _svg(
        "Claims that are supported, by what was said of them",
        _axes(),
        even,
        *others,
        line,
        *marks,
        *counts,
        *ticks,
        _under("likelihood given; upwards: share that is supported"),
    )


_ALONE = """
  svg { background: #fdfdfb; font-family: system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
  text { fill: #595c61; font-size: 11px; } .head, .value { fill: #1c1d1f; }
  .value { paint-order: stroke; stroke: #fdfdfb; stroke-width: 4px; stroke-linejoin: round; }
  polyline { fill: none; stroke-width: 2; } .mean { stroke: #0b5a6f; } .dot { fill: #0b5a6f; }
  .grid { stroke: #dfdfda; } .chance { stroke: #595c61; stroke-width: 1; stroke-dasharray: 3 4; }
  .range { stroke: #0b5a6f; stroke-width: 4; opacity: 0.3; }
  .other { stroke-width: 1.5; } .other-1 { stroke: #d08a3e; stroke-dasharray: 2 3; }
  .other-2 { stroke: #8a6fa8; stroke-dasharray: 6 3; }
"""


def alone(svg: str) -> str:
    """A plot as a file of its own, with the colours that a page would give it."""
    opened, _, rest = svg.partition(">")
    return f'{opened} xmlns="http://www.w3.org/2000/svg">\n<style>{_ALONE}</style>\n{rest}\n'


def time_by_stage(latency: Mapping[str, Mapping[str, float]]) -> str:
    """p50 and p95 of each stage as bars."""
    stages = [stage for stage in STAGES if stage in latency]
    if not stages:
        return _nothing("Nothing was timed.")
    most = max(latency[stage]["p95"] for stage in stages) or 1.0
    parts = []
    left, width = 70, 190
    for row, stage in enumerate(stages):
        top = _TOP + row * 44
        parts.append(_text(left - 8, top + 17, stage.removesuffix("_ms"), "end"))
        for step, share in enumerate(("p50", "p95")):
            value = latency[stage][share]
            length = max(1.0, value / most * width)
            place = top + step * 15
            parts.append(
                f'<rect class="{share}" x="{left}" y="{place}" width="{length:.1f}" height="12" rx="2"/>'
            )
            parts.append(_text(left + length + 5, place + 10, f"{share} {_ms(value)}", "start", "value"))
    return _svg("Time by stage", *parts)


def _ms(value: float) -> str:
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.1f} ms"


_COLUMNS = ("evidence_recall", "citation_recall", "correct", "crag")


def scores_by_type(groups: Sequence[Group]) -> str:
    """A row a type, a column a score, each mean with its interval."""
    types = [group for group in groups if group.by == "type"]
    if not types:
        return _nothing("No question has a type.")
    left, column, row = 118, 128, 26
    height = _TOP + 14 + row * len(types)
    parts = []
    for place, name in enumerate(_COLUMNS):
        x = left + place * column
        low = -1.0 if name == "crag" else 0.0
        parts.append(_text(x + 50, _TOP, BY_NAME[name].label, "middle", "head"))
        for share in (0.0, 0.5, 1.0):
            at = x + share * 100
            parts.append(f'<line class="grid" x1="{at:.0f}" x2="{at:.0f}" y1="{_TOP + 8}" y2="{height}"/>')
            parts.append(_text(at, height + 14, f"{low + share * (1 - low):g}", "middle"))
        for number, group in enumerate(types):
            found = group.scores.get(name)
            if found is not None:
                parts.append(_row_whisker(x, _TOP + 24 + number * row, found, low))
    for number, group in enumerate(types):
        label = f"{group.name} ({group.questions})"
        parts.append(_text(left - 14, _TOP + 28 + number * row, label, "end"))
    return _svg("Scores by type of question", *parts, width=left + column * len(_COLUMNS), height=height + 22)


def _row_whisker(x: float, y: float, found: Interval, low: float) -> str:
    def at(value: float) -> float:
        return x + (value - low) / (1 - low) * 100

    return (
        f'<line class="range" x1="{at(found.low):.1f}" x2="{at(found.high):.1f}" y1="{y}" y2="{y}"/>'
        f'<circle class="dot" cx="{at(found.mean):.1f}" cy="{y}" r="4">'
        f"<title>{found.mean:.3f} ({found.low:.3f} to {found.high:.3f}), {found.n} questions</title></circle>"
    )


def _x(share: float) -> float:
    return _LEFT + share * _WIDTH


def _y(share: float) -> float:
    return _TOP + (1 - share) * _HEIGHT


def _axes() -> str:
    lines = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _y(share)
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(_text(_LEFT - 8, y + 4, f"{share:g}", "end"))
    return "".join(lines)


def _line(points: Sequence[tuple[float, float]], kind: str) -> str:
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>'


def _whisker(x: float, found: Interval) -> str:
    return (
        f'<line class="range" x1="{x:.1f}" x2="{x:.1f}" y1="{_y(found.low):.1f}" y2="{_y(found.high):.1f}"/>'
        f'<circle class="dot" cx="{x:.1f}" cy="{_y(found.mean):.1f}" r="5"/>'
    )


def _under(text: str) -> str:
    return _text(_LEFT + _WIDTH / 2, _y(0) + 34, text, "middle", "head")


def _text(x: float, y: float, text: str, anchor: str, kind: str = "tick") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(title: str, *parts: str, width: int = _LEFT + _WIDTH + 26, height: int = _TOP + _HEIGHT + 42) -> str:
    inside = f"<title>{escape(title)}</title>" + "".join(parts)
    return f'<svg viewBox="0 0 {width} {height}" role="img" style="max-width:{width}px">{inside}</svg>'


def _nothing(why: str) -> str:
    return f'<p class="none">{escape(why)}</p>'
