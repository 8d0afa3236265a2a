"""Draw what `growth.py` noted as SVG: time, disk and memory over passages, three plots side by side.

`python -m benchmarks.speed.plot GROWTH.JSONL PICTURE.SVG`
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 190, 130, 44, 34, 66
# Additions whose median is one point: one takes a few seconds, and the machine has others at work.
_TOGETHER = 3
_STYLE = (
    "text { font: 11px system-ui, sans-serif; fill: #595c61; } .head { fill: #1c1d1f; font-size: 13px; }"
    " .grid { stroke: #dfdfda; } polyline { fill: none; stroke: #0b5a6f; stroke-width: 2; }"
    " rect { fill: #fdfdfb; }"
)

Row = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Plot:
    """One of the three: what it shows of a row, and where its axis ends."""

    title: str
    value: Callable[[Row], float]
    most: float


PLOTS = (
    Plot("To add a passage, ms of processor", lambda row: row["cpu_s"] / row["added"] * 1000, 5),
    Plot(
        "Disk, kB a passage", lambda row: (row["library_mb"] + row["chroma_mb"]) / row["passages"] * 1000, 20
    ),
    Plot("Memory of the process, MB", lambda row: row["rss_mb"], 600),
)


def drawn(rows: Sequence[Row]) -> str:
    """The picture of some rows, as a file of its own."""
    width = len(PLOTS) * (_WIDTH + _GAP)
    panels = "".join(
        f'<g transform="translate({_LEFT + number * (_WIDTH + _GAP)} {_TOP})">{_panel(plot, rows)}</g>\n'
        for number, plot in enumerate(PLOTS)
    )
    height = _TOP + _HEIGHT + 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' aria-label="Time, disk and memory as an archive grows">\n<style>{_STYLE}</style>\n'
        f'<rect width="{width}" height="{height}"/>\n{panels}</svg>\n'
    )


def points(plot: Plot, rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Passages, and the median of a few rows there.

    >>> rows = [{"passages": n * 1000, "rss_mb": mb} for n, mb in [(1, 5), (2, 9), (3, 7), (4, 8)]]
    >>> points(PLOTS[2], rows)
    [(2000, 7)]
    """
    groups = [rows[start : start + _TOGETHER] for start in range(0, len(rows) - _TOGETHER + 1, _TOGETHER)]
    return [
        (statistics.median(row["passages"] for row in group), statistics.median(map(plot.value, group)))
        for group in groups
    ]


def _panel(plot: Plot, rows: Sequence[Row]) -> str:
    end = max(row["passages"] for row in rows)
    line = " ".join(
        f"{at / end * _WIDTH:.1f},{_HEIGHT - value / plot.most * _HEIGHT:.1f}"
        for at, value in points(plot, rows)
    )
    grid = "".join(
        f'<line class="grid" x1="0" x2="{_WIDTH}" y1="{y}" y2="{y}"/>'
        f'<text x="-6" y="{y + 4}" text-anchor="end">{plot.most * share:g}</text>'
        for share in (0, 0.5, 1)
        for y in [_HEIGHT * (1 - share)]
    )
    ends = (
        f'<text x="0" y="{_HEIGHT + 18}">0</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT + 18}" text-anchor="end">{end:,.0f} passages</text>'
    )
    return f'<text class="head" x="0" y="-14">{plot.title}</text>{grid}{ends}<polyline points="{line}"/>'


if __name__ == "__main__":
    lines = Path(sys.argv[1]).read_text("utf-8").splitlines()
    Path(sys.argv[2]).write_text(drawn([json.loads(line) for line in lines]), "utf-8")
