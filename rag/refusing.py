"""Decide whether the evidence is good enough to answer with. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from rag.evidence import coverage, most_together
from rag.models import Evidence, Found, Status
from rag.weighing import Weighed

# Cosines of MiniLM between a question and its nearest passage. Questions about something else altogether stay
# under the second; so do a few real ones that are all names, which is why words can outvote it.
_ELSEWHERE, _FAR, _NEAR = 0.30, 0.37, 0.75
# So many of the question's words in one stretch are no accident.
_NO_ACCIDENT = 3


def decide(
    question: Weighed, found: Sequence[Found], evidence: Sequence[Evidence], *, strictness: float
) -> Status:
    """`answered`, or why not. `strictness` from 0 (nearly always answer) to 1 moves the line."""
    if not evidence:
        return Status.NOT_COVERED
    similarity = max((hit.similarity or 0.0 for hit in found), default=0.0)
    far = similarity < _FAR + (strictness - 0.5) / 5
    if far and most_together(question, evidence) < _NO_ACCIDENT:
        return Status.OFF_TOPIC if similarity < _ELSEWHERE else Status.NOT_COVERED
    sure = confidence(coverage(question, evidence), similarity)
    return Status.ANSWERED if sure >= strictness * 0.6 else Status.NOT_COVERED


def confidence(covered: float, similarity: float) -> float:
    """How much speaks for an answer, from 0 to 1: words and meaning in equal parts."""
    meaning = min(1.0, max(0.0, (similarity - _ELSEWHERE) / (_NEAR - _ELSEWHERE)))
    return 0.5 * covered + 0.5 * meaning
