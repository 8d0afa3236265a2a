"""What is asked and what is known of the right answer, kept apart. Pure.

`Asked` is everything the assistant may see; `Gold` never leaves the evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.characters import whole
from rag.contract import history_from_json
from rag.errors import QuestionError
from rag.filters import filters_from_json
from rag.models import Filters, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the assistant sees of a question, and all it sees."""

    question: str
    history: tuple[Turn, ...] = ()
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldEvidence:
    """Where an answer can be read: a quote, offsets in the file as added, or a range of seconds.

    `path` names the source by the end of its origin. Exactly one of the three kinds of place is given.
    """

    path: str
    quote: str | None = None
    start: int | None = None
    end: int | None = None
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What is known of the right answer; what is not known is None or empty and is not scored.

    Each group of `must_contain` holds alternatives, one of which a right answer contains. With `needs_all`
    the answer rests on all of the evidence, without it any one piece is enough.
    """

    answerable: bool | None = None
    answer: str | None = None
    must_contain: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[GoldEvidence, ...] = ()
    needs_all: bool = False
    type: str | None = None
    speaker: str | None = None
    time_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One line of a question file."""

    id: str
    asked: Asked
    gold: Gold = Gold()


def question_from_json(fields: Mapping[str, Any], *, number: int) -> Question:
    """One question; raises `QuestionError` saying which field is wrong.

    >>> question_from_json({"question": "Who spoke?", "needs_all": False}, number=3).id
    'line-3'
    """
    asked = Asked(
        question=_required_text(fields, "question"),
        history=history_from_json(fields.get("history")),
        filters=filters_from_json(fields.get("filters")),
    )
    return Question(id=_id(fields, number), asked=asked, gold=_gold(fields))


def _id(fields: Mapping[str, Any], number: int) -> str:
    given = fields.get("id")
    if given is None or given == "":
        return f"line-{number}"
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise QuestionError("id must be a text")
    return whole(str(given), "id")


def _gold(fields: Mapping[str, Any]) -> Gold:
    return Gold(
        answerable=_bool(fields, "answerable"),
        answer=_text(fields, "answer"),
        must_contain=_groups(fields.get("must_contain")),
        evidence=_evidence(fields.get("evidence")),
        needs_all=bool(_bool(fields, "needs_all")),
        type=_text(fields, "type"),
        speaker=_text(fields, "speaker"),
        time_s=_number(fields, "time_s"),
    )


def _groups(value: object) -> tuple[tuple[str, ...], ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise QuestionError("must_contain must be a list of lists of texts")
    groups = [[group] if isinstance(group, str) else group for group in value]
    if not all(isinstance(group, list) and all(isinstance(word, str) for word in group) for group in groups):
        raise QuestionError("must_contain must be a list of lists of texts")
    return tuple(tuple(group) for group in groups if group)


def _evidence(value: object) -> tuple[GoldEvidence, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise QuestionError("evidence must be a list of objects")
    return tuple(_gold_evidence(item, place) for place, item in enumerate(value, start=1))


def _gold_evidence(item: Mapping[str, Any], place: int) -> GoldEvidence:
    try:
        evidence = GoldEvidence(
            path=_required_text(item, "path"),
            quote=_text(item, "quote") or None,
            start=_offset(item, "start"),
            end=_offset(item, "end"),
            start_s=_number(item, "start_s"),
            end_s=_number(item, "end_s"),
        )
    except QuestionError as error:
        raise QuestionError(f"evidence {place}: {error}") from None
    has_offsets = evidence.start is not None and evidence.end is not None and evidence.start < evidence.end
    if not (evidence.quote or has_offsets or evidence.start_s is not None):
        raise QuestionError(f"evidence {place} needs a quote, start and end, or start_s and end_s")
    return evidence


def _required_text(fields: Mapping[str, Any], name: str) -> str:
    text = fields.get(name)
    if not isinstance(text, str):
        raise QuestionError(f"{name} is missing" if text is None else f"{name} must be a text")
    if not text.strip():
        raise QuestionError(f"{name} is empty")
    return whole(text, name)


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    text = fields.get(name)
    if text is not None and not isinstance(text, str):
        raise QuestionError(f"{name} must be a text")
    return whole(text, name) if text else None


def _bool(fields: Mapping[str, Any], name: str) -> bool | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, bool):
        raise QuestionError(f"{name} must be true or false")
    return value


def _number(fields: Mapping[str, Any], name: str) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise QuestionError(f"{name} must be a number of seconds")
    return float(value)


def _offset(item: Mapping[str, Any], name: str) -> int | None:
    value = item.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise QuestionError(f"{name} must be an offset, counted from 0")
    return value
