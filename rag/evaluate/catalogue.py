"""What each score is called, what it means in a line, and which way is better. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BUDGETS = (1000, 2000, 4000)
STAGES = ("retrieve_ms", "compose_ms", "verify_ms", "total_ms")


@dataclass(frozen=True, slots=True)
class Metric:
    """One score. `better` is `more`, `less` or `neither`; `unit` is empty for a share."""

    name: str
    label: str
    meaning: str
    better: Literal["more", "less", "neither"] = "more"
    unit: str = ""
    part: str = "Retrieval"


METRICS = (
    Metric(
        "evidence_recall",
        "Evidence recall",
        f"of the gold evidence, found in the first {BUDGETS[-1]:,} characters retrieved",
        part="",  # the short name of the last budget's figure, for gates and headlines
    ),
    *(
        Metric(
            f"evidence_recall@{budget}",
            f"Evidence recall at {budget:,}",
            f"of the gold evidence, found in the first {budget:,} characters retrieved",
        )
        for budget in BUDGETS
    ),
    Metric(
        "evidence_recall_strict",
        "Evidence recall, strict",
        f"questions whose evidence was found in {BUDGETS[-1]:,} characters, all of it where all is needed",
    ),
    Metric("mrr", "MRR", "one over the rank of the first passage that touches gold"),
    Metric("ndcg@10", "nDCG at 10", "how near the first ten passages are to the best order"),
    Metric("citation_hit", "Citation hit", "questions with any gold evidence cited", part="Citations"),
    Metric(
        "citation_recall",
        "Citation recall",
        "of the gold evidence, cited; one piece is enough unless all are needed",
        part="Citations",
    ),
    Metric(
        "citation_precision", "Citation precision", "of the citations, on gold evidence", part="Citations"
    ),
    Metric(
        "span_iou_best",
        "Span overlap, best",
        "shared characters over all, of the best citation and its gold",
        part="Citations",
    ),
    Metric("span_iou_mean", "Span overlap, mean", "the same, over all citations", part="Citations"),
    Metric(
        "pointer_validity",
        "Pointer validity",
        "of the citations, quotes that are verbatim at their offsets; must be 1",
        part="Citations",
    ),
    Metric(
        "support_recall",
        "Support recall",
        "of the statements, carried by their citations, says the judge (ALCE)",
        part="Citations",
    ),
    Metric(
        "support_precision",
        "Support precision",
        "of the citations, needed by their statement, says the judge (ALCE)",
        part="Citations",
    ),
    Metric(
        "correct",
        "Answer correct",
        "answerable questions whose answer holds all it must contain",
        part="Answers",
    ),
    Metric(
        "must_contain", "Must contain", "of what answers must contain, the share they hold", part="Answers"
    ),
    Metric("token_f1", "Token F1", "words in common with the reference answer", part="Answers"),
    Metric(
        "answer_characters",
        "Answer length",
        "characters of an answer given; quoting everything is cheap",
        better="neither",
        unit="characters",
        part="Answers",
    ),
    Metric(
        "crag",
        "CRAG score",
        "right +1, partly +0.5, refused 0, wrong -1; refusing the unanswerable is right",
        part="Answers",
    ),
    Metric(
        "timestamp_error_s",
        "Timestamp error",
        "seconds from the first timed citation to the moment asked for",
        better="less",
        unit="s",
        part="Answers",
    ),
    Metric(
        "refusal_precision", "Refusal precision", "of the refused, those without an answer", part="Refusing"
    ),
    Metric("refusal_recall", "Refusal recall", "of those without an answer, the refused", part="Refusing"),
    Metric(
        "over_refusal", "Over-refusal", "of those with an answer, the refused", better="less", part="Refusing"
    ),
    *(
        Metric(
            stage,
            f"{stage.removesuffix('_ms').capitalize()} time",
            "milliseconds",
            better="less",
            unit="ms",
            part="Time",
        )
        for stage in STAGES
    ),
)
BY_NAME = {metric.name: metric for metric in METRICS}


def written(name: str, value: float) -> str:
    """A score as people read it.

    >>> written("mrr", 0.51234), written("answer_characters", 312.4), written("total_ms", 41.26)
    ('0.512', '312', '41.3')
    """
    unit = BY_NAME[name].unit if name in BY_NAME else ""
    return f"{value:.3f}" if not unit else f"{value:.0f}" if unit == "characters" else f"{value:.1f}"
