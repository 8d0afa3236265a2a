"""Sum up the scores of a run, overall and by group, each with its interval. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rag.evaluate.catalogue import METRICS, STAGES
from rag.evaluate.metrics.intervals import Interval, interval, quantile
from rag.evaluate.score import OUTCOMES, Scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The questions of one type, source kind or show; `by` is empty for all of them."""

    by: str
    name: str
    questions: int
    scores: dict[str, Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """A run summed up: its questions, their groups, and where the time went.

    `about` says what the run was, for people (archive, model, settings); the figures do not depend on it.
    `not_asked` counts the lines of the file that cannot be asked; `warnings` name them.
    """

    rows: tuple[Scored, ...]
    groups: tuple[Group, ...]
    latency: dict[str, dict[str, float]]
    warnings: tuple[str, ...] = ()
    about: dict[str, str]
    not_asked: int = 0

    @property
    def overall(self) -> dict[str, Interval]:
        """The scores over all questions."""
        return self.groups[0].scores

    @property
    def outcomes(self) -> dict[str, int]:
        """How many questions ended in each way, right ones first."""
        counts = Counter(row.outcome for row in self.rows)
        return {outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]}

    def figures(self) -> dict[str, float]:
        """Every figure that a gate can name.

        The means by metric, and `_p50` and `_p95` of each stage.
        """
        means = {name: found.mean for name, found in self.overall.items()}
        return means | {
            f"{stage}_{name}": value
            for stage, figures in self.latency.items()
            for name, value in figures.items()
        }


def summed_up(
    rows: Sequence[Scored],
    *,
    warnings: Iterable[str] = (),
    about: dict[str, str] | None = None,
    not_asked: int = 0,
) -> Scores:
    """The scores of a run."""
    unplaced = [f"{row.id}: {warning}" for row in rows for warning in row.gold.warnings]
    return Scores(
        rows=tuple(rows),
        groups=(
            Group(by="", name="all", questions=len(rows), scores=intervals(rows)),
            *_grouped("type", rows, lambda row: (row.type,) if row.type else ()),
            *_grouped("kind", rows, lambda row: row.kinds),
            *_grouped("show", rows, lambda row: row.shows),
        ),
        latency=latency(rows),
        warnings=(*warnings, *unplaced),
        about=about or {},
        not_asked=not_asked,
    )


def intervals(rows: Sequence[Scored]) -> dict[str, Interval]:
    """Each score over the questions it applies to."""
    found = {}
    for metric in METRICS:
        values = [row.values[metric.name] for row in rows if metric.name in row.values]
        if values:
            found[metric.name] = interval(values)
    return found


def latency(rows: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """p50 and p95 of each stage, in milliseconds."""
    taken = {stage: [row.values[stage] for row in rows if stage in row.values] for stage in STAGES}
    return {
        stage: {"p50": quantile(values, 0.5), "p95": quantile(values, 0.95)}
        for stage, values in taken.items()
        if values
    }


def _grouped(by: str, rows: Sequence[Scored], names: Callable[[Scored], tuple[str, ...]]) -> Iterable[Group]:
    """A question about two shows counts in both."""
    for name in sorted({name for row in rows for name in names(row)}):
        inside = [row for row in rows if name in names(row)]
        yield Group(by=by, name=name, questions=len(inside), scores=intervals(inside))


def trade_off(rows: Sequence[Scored]) -> list[tuple[float, float]]:
    """(over-refusal, refusal recall) if questions under a rising bound of confidence were refused too.

    The first point is the run as it is; each further one refuses the least confident of those answered.
    """
    known = [row for row in rows if row.answerable is not None and row.outcome != "failed"]
    answerable = sum(bool(row.answerable) for row in known)
    unanswerable = len(known) - answerable
    if not answerable or not unanswerable:
        return []
    over = sum(row.refused and bool(row.answerable) for row in known)
    right = sum(row.refused and not row.answerable for row in known)
    points = [(over / answerable, right / unanswerable)]
    for row in sorted((row for row in known if not row.refused), key=lambda row: row.confidence):
        over += bool(row.answerable)
        right += not row.answerable
        points.append((over / answerable, right / unanswerable))
    return points


def scores_json(scores: Scores) -> dict[str, Any]:
    """What `scores.json` holds: enough to compare runs question by question."""
    return {
        "about": scores.about,
        "questions": len(scores.rows),
        "outcomes": scores.outcomes,
        "not_asked": scores.not_asked,
        "scores": _plain(scores.overall),
        "latency": {stage: _rounded(found) for stage, found in scores.latency.items()},
        "groups": [
            {
                "by": group.by,
                "name": group.name,
                "questions": group.questions,
                "scores": _plain(group.scores),
            }
            for group in scores.groups[1:]
        ],
        "warnings": list(scores.warnings),
        "rows": [
            {
                "id": row.id,
                "question": row.question,
                "type": row.type,
                "kinds": list(row.kinds),
                "shows": list(row.shows),
                "answerable": row.answerable,
                "refused": row.refused,
                "outcome": row.outcome,
                "confidence": round(row.confidence, 6),
                # To the last digit: a rounded figure would differ from itself in a comparison.
                "values": dict(row.values),
            }
            for row in scores.rows
        ],
    }


def _plain(found: dict[str, Interval]) -> dict[str, dict[str, float]]:
    return {name: _rounded(asdict(one)) for name, one in found.items()}


def _rounded(values: Any) -> dict[str, float]:
    return {name: round(value, 6) for name, value in values.items()}
