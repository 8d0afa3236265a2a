"""What readers made of an archive, for its owner: asked, not covered, reported, cited.

Read from `activity.db`: as much as is kept of readers' questions, and nothing where none is. Every method
raises `StorageError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rag.activity import Activity, unpacked
from rag.contract import Json
from rag.models import Status
from rag.words import stem, words

HELPFUL = "up"
_NOT_COVERED = (Status.NOT_COVERED.value, Status.OFF_TOPIC.value)
# Words that make no other question of it.
_EMPTY = frozenset({"a", "an", "the", "please"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question in the words of whoever asked it last, in seconds since 1970, and how that was answered."""

    question: str
    times: int
    last: float
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a reader thinks of an answer, or of the citation with this number."""

    at: float
    verdict: str
    citation: int | None
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An answer that readers found wrong, with what its question leant on; their newest verdict first."""

    answer: Json
    context: Json
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A place in a source, how many answers cite it, and the citation of one of them."""

    source_id: str
    start: int
    times: int
    citation: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """Verdicts on a place, of readers whose questions are not kept; `source_id` is None for whole answers."""

    verdict: str
    source_id: str | None
    start: int | None
    times: int


class Readership:
    """What is kept, counted."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity

    def counts(self) -> dict[str, int]:
        """How many answers are kept of each status."""
        return dict(self._rows("SELECT status, count(*) FROM asked GROUP BY status"))

    def most_asked(self, *, most: int) -> list[Asked]:
        """Questions by how often they were asked; those that only look different count as one."""
        return self._asked(("", ()), most)

    def not_covered(self, *, most: int) -> list[Asked]:
        """Of those that were not answered, the same."""
        marks = ", ".join("?" * len(_NOT_COVERED))
        return self._asked((f"WHERE asked.status IN ({marks})", _NOT_COVERED), most)

    def reported(self, *, most: int) -> list[Report]:
        """Answers that a reader found wrong, or a citation of theirs, the newest report first."""
        rows = self._rows(
            "SELECT feedback.answer_id, feedback.at, verdict, citation, comment, document, context"
            " FROM feedback"
            " JOIN answers ON answers.id = feedback.answer_id JOIN asked ON asked.answer_id = answers.id"
            " WHERE feedback.answer_id IN (SELECT answer_id FROM feedback WHERE verdict <> ?"
            " GROUP BY answer_id ORDER BY max(id) DESC LIMIT ?)"
            " AND verdict <> ? ORDER BY feedback.id DESC",
            (HELPFUL, most, HELPFUL),
        )
        told: dict[str, list[Verdict]] = {}
        kept: dict[str, tuple[bytes, bytes | None]] = {}
        for answer_id, at, verdict, citation, comment, document, context in rows:
            kept[answer_id] = (document, context)
            one = Verdict(at=at, verdict=verdict, citation=citation, comment=comment)
            told.setdefault(answer_id, []).append(one)
        return [
            Report(
                answer=unpacked(kept[answer_id][0]),
                context=unpacked(context) if (context := kept[answer_id][1]) else {},
                verdicts=tuple(verdicts),
            )
            for answer_id, verdicts in told.items()
        ]

    def moments(self, *, most: int) -> list[Moment]:
        """The places that most answers cite."""
        rows = self._rows(
            "SELECT m.source_id, m.start, m.times, document FROM"
            " (SELECT source_id, start, count(*) AS times, max(answer_id) AS answer_id FROM moments"
            " GROUP BY source_id, start ORDER BY times DESC, source_id, start LIMIT ?) AS m"
            " JOIN answers ON answers.id = m.answer_id ORDER BY times DESC, m.source_id, m.start",
            (most,),
        )
        found = []
        for source_id, start, times, document in rows:
            cited = unpacked(document)["citations"]
            one = next(c for c in cited if (c["source_id"], c["start"]) == (source_id, start))
            found.append(Moment(source_id=source_id, start=start, times=times, citation=one))
        return found

    def bare(self, *, most: int) -> list[Bare]:
        """What readers said of places and answers while their questions were not kept."""
        rows = self._rows(
            "SELECT verdict, source_id, start, count(*) AS times FROM verdicts"
            " GROUP BY verdict, source_id, start ORDER BY times DESC, source_id, start LIMIT ?",
            (most,),
        )
        return [
            Bare(verdict=verdict, source_id=source_id, start=start, times=times)
            for verdict, source_id, start, times in rows
        ]

    def _asked(self, only: tuple[str, Sequence[str]], most: int) -> list[Asked]:
        condition, values = only
        # SQLite gives the other columns of the row that has the greatest `at`.
        rows = self._rows(
            "SELECT question, count(*) AS times, max(at) AS last, status FROM asked"
            f" JOIN answers ON answers.id = asked.answer_id {condition}"
            " GROUP BY normal ORDER BY times DESC, last DESC LIMIT ?",
            (*values, most),
        )
        return [
            Asked(question=question, times=times, last=last, status=status)
            for question, times, last, status in rows
        ]

    def _rows(self, query: str, values: Iterable[Any] = ()) -> list[Any]:
        if not self._activity.exists:
            return []
        with self._activity.reading() as db:
            return db.execute(query, tuple(values)).fetchall()


def normal_form(question: str) -> str:
    """The same for questions that only look different. Word order counts, and so does what is asked for.

    >>> normal_form("Why are the CHIPS scarce?") == normal_form("why are chips scarce, please")
    True
    >>> normal_form("Who praised Ana?") == normal_form("Whom did Ana praise?")
    False
    """
    return " ".join(stem(word) for word in words(question) if word not in _EMPTY) or question.strip()


def question_line(report: Report) -> Json:
    """A report as a line of `earmark eval`: asked as it was, for a person to add what is right.

    What readers said stands under `reported`, which an evaluation does not read.
    """
    answer = report.answer
    cited = {citation["number"]: citation for citation in answer["citations"]}
    said = []
    for one in report.verdicts:
        citation = cited.get(one.citation, {})
        said.append(
            {
                "at": datetime.fromtimestamp(one.at, UTC).isoformat(timespec="seconds"),
                "verdict": one.verdict,
                "citation": one.citation,
                "title": citation.get("title"),
                "quote": citation.get("quote"),
                "comment": one.comment,
            }
        )
    return {"id": answer["id"], "question": answer["question"], **report.context, "reported": said}
