"""What was measured, round by round, kept as JSON; medians, ranges and ratios of it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# System, then measure.
Round = Mapping[str, Mapping[str, float]]
OURS, STOCK = "ours", "stock"
# What shares of a whole are called, before the name of the part.
SHARE = "share of "


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some rounds, with the least and the most of them."""

    middle: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the page: where its figures are, how they are written, what we want."""

    piece: str
    key: str
    title: str
    unit: str
    goal: str = ""
    # Whether the ratio is theirs over ours, "how many times as fast"; otherwise ours over theirs.
    turned: bool = False


def spread(values: Sequence[float]) -> Spread:
    """The median and the range.

    >>> spread([3, 1, 2])
    Spread(middle=2, least=1, most=3)
    """
    return Spread(statistics.median(values), min(values), max(values))


def of(rounds: Sequence[Round], system: str, key: str) -> Spread | None:
    """What a system did at a measure; None when it was not asked to."""
    values = [one[system][key] for one in rounds if key in one.get(system, {})]
    return spread(values) if values else None


def ratio(rounds: Sequence[Round], measure: Measure) -> Spread | None:
    """The spread of the rounds' own ratios: the two of a round ran under the same load.

    >>> rounds = [{"ours": {"s": 1.0}, "stock": {"s": 4.0}}, {"ours": {"s": 2.0}, "stock": {"s": 4.0}}]
    >>> ratio(rounds, Measure(piece="", key="s", title="", unit="s", turned=True))
    Spread(middle=3.0, least=2.0, most=4.0)
    """
    pairs = [
        (one[OURS][measure.key], one[STOCK][measure.key])
        for one in rounds
        if measure.key in one.get(OURS, {}) and measure.key in one.get(STOCK, {})
    ]
    values = [theirs / ours if measure.turned else ours / theirs for ours, theirs in pairs]
    return spread(values) if values else None


class Kept:
    """The file of figures: by piece, the commit, the machine and the rounds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.pieces: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.is_file() else {}

    def start(self, piece: str, *, at: str, machine: Mapping[str, str], anew: bool) -> None:
        """Get ready for rounds of a piece: the first, or more of them."""
        if anew or piece not in self.pieces:
            self.pieces[piece] = {"rounds": []}
        self.pieces[piece] |= {"at": at, "machine": dict(machine)}

    def add(self, piece: str, one: Round, *, load: float) -> None:
        """Keep a round, at once: a long measurement may be stopped."""
        written = {system: {key: round(value, 5) for key, value in of.items()} for system, of in one.items()}
        self.pieces[piece]["rounds"].append({"load": load, **written})
        self._path.write_text(json.dumps(self.pieces, indent=1, sort_keys=True) + "\n", "utf-8")
