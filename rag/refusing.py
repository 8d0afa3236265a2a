"""Decide whether the evidence is good enough to answer with. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rag.evidence import Weighed, coverage
from rag.models import Evidence, Found, Status

# Cosine of MiniLM between a question and its nearest passage: off-topic questions stay under the first.
_OFF_TOPIC = 0.22
_FAR, _NEAR = 0.30, 0.75


def decide(
    question: Weighed, found: Sequence[Found], evidence: Sequence[Evidence], *, strictness: float
) -> Status:
    """`answered`, or why not."""
    if not evidence:
        return Status.NOT_COVERED
    covered = coverage(question, evidence)
    similarity = max((hit.similarity or 0.0 for hit in found), default=0.0)
    if similarity < _OFF_TOPIC and covered < 0.5:
        return Status.OFF_TOPIC
    return Status.ANSWERED if confidence(covered, similarity) >= strictness * 0.6 else Status.NOT_COVERED


def confidence(covered: float, similarity: float) -> float:
    """How much speaks for an answer, from 0 to 1: words and meaning in equal parts."""
    meaning = min(1.0, max(0.0, (similarity - _FAR) / (_NEAR - _FAR)))
    return 0.5 * covered + 0.5 * meaning
