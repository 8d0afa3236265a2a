"""How sure a score is, and whether two runs differ. Pure: the dice are seeded, a run scores the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DRAWS = 2000
_CELLS = 2_000_000  # drawn at once, so that memory stays at a few megabytes


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over `n` questions, and the range that holds it with 95 % confidence."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """After minus before over the `n` questions of both runs; `p` is two-sided."""

    mean: float
    low: float
    high: float
    p: float
    n: int

    @property
    def significant(self) -> bool:
        """Whether the 95 % interval leaves out zero."""
        return self.low > 0 or self.high < 0


def interval(values: Sequence[float], *, seed: int = 0, draws: int = _DRAWS) -> Interval:
    """The mean with its 95 % percentile bootstrap interval (Efron & Tibshirani 1993, chapter 13).

    Where every value is 0, or every value 1, resampling knows no doubt; the exact binomial bound (Clopper &
    Pearson 1934) stands in: sixteen of sixteen do not prove that all are.

    >>> interval([1, 0, 1, 1, 0, 1, 1, 1, 0, 1])
    Interval(mean=0.7, low=0.4, high=1.0, n=10)
    >>> round(interval([1] * 16).low, 3), round(interval([0] * 16).high, 3)
    (0.794, 0.206)
    """
    data = np.asarray(values, dtype=np.float64)
    if (data == data[0]).all() and data[0] in (0, 1):
        certain, doubt = float(data[0]), 1 - 0.025 ** (1 / len(data))
        return Interval(certain, max(0.0, certain - doubt), min(1.0, certain + doubt), len(data))
    low, high = np.quantile(_means(data, seed, draws), [0.025, 0.975])
    return Interval(float(data.mean()), float(low), float(high), len(data))


def difference(
    before: Sequence[float], after: Sequence[float], *, seed: int = 0, draws: int = _DRAWS
) -> Difference:
    """What changed, question by question (paired bootstrap: Efron & Tibshirani 1993; Koehn 2004).

    `p` is twice the share of resampled differences on the wrong side of zero, at least 1 / draws; 1 when no
    question changed.

    >>> better = difference([0, 0, 1, 0, 1, 0, 0, 1, 0, 0], [1, 1, 1, 1, 1, 0, 1, 1, 1, 0])
    >>> better.mean, better.significant, difference([1, 0], [1, 0]).p
    (0.5, True, 1.0)
    """
    change = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    if not change.any():
        return Difference(0.0, 0.0, 0.0, 1.0, len(change))
    means = _means(change, seed, draws)
    low, high = np.quantile(means, [0.025, 0.975])
    tail = min(float((means <= 0).mean()), float((means >= 0).mean()))
    return Difference(
        float(change.mean()), float(low), float(high), min(1.0, max(2 * tail, 1 / draws)), len(change)
    )


def _means(data: NDArray[np.float64], seed: int, draws: int) -> NDArray[np.float64]:
    dice = np.random.default_rng(seed)
    rows = max(1, _CELLS // max(1, len(data)))
    parts = []
    for done in range(0, draws, rows):
        chosen = dice.integers(0, len(data), size=(min(rows, draws - done), len(data)))
        parts.append(data[chosen].mean(axis=1))
    return np.concatenate(parts)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that a share of them do not exceed, interpolated; 0.95 is p95 of latency.

    >>> quantile([10, 20, 30], 0.5), quantile([10, 20, 30], 0.95)
    (20.0, 29.0)
    """
    return float(np.quantile(np.asarray(values, dtype=np.float64), share))
