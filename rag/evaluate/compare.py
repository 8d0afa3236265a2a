"""Compare a run with an earlier one, question by question, and hold a run to its gates."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import QuestionError, RunUnreadable
from rag.evaluate.catalogue import METRICS
from rag.evaluate.metrics.intervals import Difference, difference
from rag.evaluate.score import Outcome
from rag.evaluate.scores import Scores

SCORES = "scores.json"


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that ended differently than before."""

    id: str
    question: str
    before: str
    after: Outcome

    @property
    def better(self) -> bool:
        """Whether it is right now."""
        return self.after == "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changed since an earlier run, over the questions that both asked in the same words."""

    name: str
    questions: int
    differences: dict[str, Difference]
    flips: tuple[Flip, ...]

    @property
    def significant(self) -> dict[str, Difference]:
        """The differences that are no chance, taken one at a time: of twenty, one may well be."""
        return {name: found for name, found in self.differences.items() if found.significant}


def read_scores(folder: Path) -> dict[str, Any]:
    """The `scores.json` of an earlier run; raises `RunUnreadable` when there is none."""
    path = folder / SCORES
    try:
        found = json.loads(path.read_bytes())
        rows = found["rows"]
    except OSError as error:
        raise RunUnreadable(f"no run to compare with in {str(folder)!r}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RunUnreadable(f"{str(path)!r} is not a run's scores") from error
    if not isinstance(rows, list):
        raise RunUnreadable(f"{str(path)!r} is not a run's scores")
    return dict(found)


def compare(before: Mapping[str, Any], after: Scores, *, name: str) -> Comparison:
    """What changed. Questions whose text was edited in between are left out."""
    earlier = {(row["id"], row["question"]): row for row in before["rows"]}
    pairs = [(earlier[row.id, row.question], row) for row in after.rows if (row.id, row.question) in earlier]
    differences = {}
    for metric in METRICS:
        both = [
            (old["values"][metric.name], new.values[metric.name])
            for old, new in pairs
            if metric.name in old["values"] and metric.name in new.values
        ]
        if both:
            differences[metric.name] = difference([old for old, _ in both], [new for _, new in both])
    flips = [
        Flip(new.id, new.question, old["outcome"], new.outcome)
        for old, new in pairs
        if (old["outcome"] == "right") != (new.outcome == "right")
    ]
    return Comparison(name=name, questions=len(pairs), differences=differences, flips=tuple(flips))


_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}
_GATE = re.compile(r"\s*([\w@]+)\s*(>=|<=|==|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+))\s*")


@dataclass(frozen=True, slots=True)
class Gate:
    """A bound that a run must keep."""

    metric: str
    sign: str
    bound: float

    def __str__(self) -> str:
        return f"{self.metric}{self.sign}{self.bound:g}"


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether a run kept a bound. `value` is None when nothing in the run has that score."""

    gate: Gate
    value: float | None
    passed: bool

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.gate}: not met, no question of this run has that score"
        if self.passed:
            return f"{self.gate}: met with {self.value:.4g}"
        return f"{self.gate}: not met, {self.value:.4g} misses it by {abs(self.value - self.gate.bound):.4g}"


def parse_gate(text: str) -> Gate:
    """A gate as it is written on the command line; raises `QuestionError`.

    >>> parse_gate("evidence_recall>=0.8")
    Gate(metric='evidence_recall', sign='>=', bound=0.8)
    """
    match = _GATE.fullmatch(text)
    if match is None:
        raise QuestionError(f"{text!r} is no gate; write one such as evidence_recall>=0.8")
    metric, sign, bound = match.groups()
    if metric not in gate_names():
        raise QuestionError(f"no score is called {metric!r}; there are {', '.join(gate_names())}")
    return Gate(metric, sign, float(bound))


def gate_names() -> list[str]:
    """Every figure that a gate can name."""
    names = [metric.name for metric in METRICS]
    stages = [metric.name for metric in METRICS if metric.unit == "ms"]
    return names + [f"{stage}_{share}" for stage in stages for share in ("p50", "p95")]


def check_gates(gates: Sequence[Gate], figures: Mapping[str, float]) -> list[GateResult]:
    """How a run stands to its gates (`Scores.figures`); a score that nothing has is not met.

    >>> str(check_gates([parse_gate("mrr>=0.5")], {"mrr": 0.42})[0])
    'mrr>=0.5: not met, 0.42 misses it by 0.08'
    """
    results = []
    for gate in gates:
        value = figures.get(gate.metric)
        passed = value is not None and _SIGNS[gate.sign](value, gate.bound)
        results.append(GateResult(gate, value, passed))
    return results
