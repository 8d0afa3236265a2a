"""Figures in, `docs/reference/quality.md` out: sections of lines and tables, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.systems import OURS, SYSTEMS
from rag.evaluate.metrics.intervals import Interval, difference, interval

Values = Mapping[str, Sequence[float]]


@dataclass(slots=True)
class Section:
    """What was measured on one set: lines of the four systems, and tables of our own."""

    title: str
    about: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)

    def compare(self, measure: str, values: Values, *, goal: str = "", to: str | None = None) -> None:
        """A line of one measure: per system one value a question, in the same order of questions.

        The difference is to the best of the others, or to the one that the goal names.
        """
        cells = {name: cell(interval(values[name])) for name in SYSTEMS if name in values}
        others = [name for name in cells if name != OURS]
        line: dict[str, Any] = {"measure": measure, "cells": cells, "goal": goal}
        if others:
            best = to or max(others, key=lambda name: cells[name][0])
            ahead = difference(values[best], values[OURS])
            line["ahead"] = [round(value, 4) for value in (ahead.mean, ahead.low, ahead.high)]
            line["of"] = best
        self.lines.append(line)

    def state(self, measure: str, found: Interval | None, *, goal: str = "") -> None:
        """A line of a measure that only ours has."""
        cells = {OURS: cell(found)} if found else {}
        self.lines.append({"measure": measure, "cells": cells, "goal": goal})

    def tabulate(self, caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table of our own."""
        self.tables.append({"caption": caption, "head": list(head), "rows": [list(row) for row in rows]})


_TOP = """# Quality

Written by `make bench-quality`; don't edit it. Every line has its systems from the same run, over the same
texts and with the same weights (all-MiniLM-L6-v2 through Earmark's int8 runtime):

- **ours**: `Search.find` over the archive, and the assistant where answers are scored;
- **stock**: LangChain's recipe, `RecursiveCharacterTextSplitter(1000, 200)` over the text of the file, the
  nearest pieces by cosine;
- **BM25**: our passages by words alone, over the stemmed full-text table;
- **dense**: our passages by cosine alone.

*Ahead* is ours less the best of the other three, or less the one that the goal names, with the 95 % interval
of the paired difference (bootstrap over questions); where it holds 0 the two cannot be told apart. Goals are
those set for search before it was built. The texts of the benchmarks are not part of the project; only
figures are shown.
"""


def page(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole page from the figures."""
    rows = [
        [
            f"**{section['title']}**: {line['measure']}" if first else line["measure"],
            *(_mean(line["cells"].get(name)) for name in SYSTEMS),
            _ahead(line),
            line["goal"],
        ]
        for section in kept.values()
        for first, line in zip([True] + [False] * len(section["lines"]), section["lines"], strict=False)
    ]
    parts = [_TOP, _table(["measure", *SYSTEMS, "ahead", "goal"], rows)]
    for name, section in kept.items():
        parts.append(f"## {section['title']}\n\n{section['about']}\n")
        means = [
            [line["measure"], *(shown(line["cells"].get(name)) for name in SYSTEMS)]
            for line in section["lines"]
        ]
        parts.append("Means with 95 % intervals:\n\n" + _table(["measure", *SYSTEMS], means))
        parts += [
            f"{table['caption']}\n\n" + _table(table["head"], table["rows"]) for table in section["tables"]
        ]
        parts.append(f"Measured at `{section['at']}` in {section['seconds']} s (`--only {name}`).\n")
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(found: Interval) -> list[float]:
    """An interval as it is kept: mean, low, high and the number of questions."""
    return [round(found.mean, 4), round(found.low, 4), round(found.high, 4), found.n]


def _mean(cell: Sequence[float] | None) -> str:
    return f"{cell[0]:.3f}" if cell else "–"


def shown(cell: Sequence[float] | None) -> str:
    """A kept interval as it is written."""
    return f"{cell[0]:.3f} ({cell[1]:.3f} to {cell[2]:.3f}, n = {cell[3]:.0f})" if cell else "–"


def _ahead(line: Mapping[str, Any]) -> str:
    if "ahead" not in line:
        return ""
    mean, low, high = line["ahead"]
    return f"{mean:+.3f} of {line['of']} ({low:+.3f} to {high:+.3f})"
