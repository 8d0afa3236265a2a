"""What it takes to answer: a new process up to its first answer, and a warm one search by search."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from benchmarks.speed.bench import Bench
from benchmarks.speed.figures import Round
from benchmarks.speed.ingesting import ready


def cold(bench: Bench, _: int) -> Round:
    """A process started, asked, ended. Files are in the system's cache, as after any earlier use."""
    ready(bench)
    ours = bench.earmark("ask", bench.files.question)
    stock = bench.stock("ask", bench.index, bench.files.question)
    return {
        "ours": {"cold_s": ours.wall_s, "cold_cpu_s": ours.cpu_s, "cold_mb": ours.peak_mb},
        "stock": {"cold_s": stock.wall_s, "cold_cpu_s": stock.cpu_s, "cold_mb": stock.peak_mb},
    }


def warm(bench: Bench, _: int) -> Round:
    """Searches in one process, and the most memory it came to; whole answers are ours alone."""
    ready(bench)
    ours = bench.ours("search", bench.files.questions)
    stock = bench.stock("search", bench.index, bench.files.questions)
    answered = bench.ours("ask", bench.files.questions)
    return {
        "ours": {
            **times("search", json.loads(ours.said)),
            **times("answer", json.loads(answered.said)),
            "warm_mb": answered.peak_mb,
        },
        "stock": {**times("search", json.loads(stock.said)), "warm_mb": stock.peak_mb},
    }


def times(name: str, milliseconds: Sequence[float]) -> dict[str, float]:
    """The median of some milliseconds and what 95 of 100 keep to, under a name."""
    return {f"{name}_p50_ms": at(milliseconds, 0.5), f"{name}_p95_ms": at(milliseconds, 0.95)}


def at(values: Sequence[float], share: float) -> float:
    """The value that so large a share of the values does not exceed.

    >>> at([3, 1, 2, 4], 0.5), at([3, 1, 2, 4], 0.95)
    (2, 4)
    """
    ranked = sorted(values)
    return ranked[math.ceil(share * len(ranked)) - 1]
