"""Answers that were given, kept for their permalinks and for feedback, in `activity.db`.

What was retrieved is kept by place, not by its words. An answer goes when a source it cites goes, and it is
shown only to whoever may read every source that it cites. Each time it is shown it is checked again. It holds
its reader's question, so it is kept no longer than questions are. Where none is kept, a verdict on an answer
is, with the place it is about.
"""

from __future__ import annotations

import re
import threading
import time
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from rag.activity import Activity, packed, unpacked
from rag.contract import Json
from rag.errors import EarmarkError, UnknownSource
from rag.filters import filters_json
from rag.models import Filters, Source, Turn
from rag.ports import ChecksClaims
from rag.readership import normal_form
from rag.rechecking import HoldsPassages, recheck
from rag.verify import Judge, Verifier

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_SWEEP_EVERY_S = 3600
_DAY_S = 86_400
_RECENT = 1000  # answers whose places are known for a verdict while no question is kept
# Beside the place of what was retrieved, to know whether the same words still stand there.
_CHECKSUM = "crc32"


class UnknownAnswer(EarmarkError):
    """No answer with this id, or none that may be shown."""


class HoldsSources(HoldsPassages, Protocol):
    """The library, as far as answers need it to be shown again."""

    def source(self, source_id: str) -> Source:
        """One source; raises `UnknownSource`."""
        ...


class KeptAnswers:
    """The answers of an archive. `days` is how long each is kept; none is when it is 0.

    The verifier looks at what a model wrote again when a source has changed.
    """

    def __init__(self, activity: Activity, *, days: int = 365, verifier: ChecksClaims | None = None) -> None:
        self._activity = activity
        self._days = days
        self._verifier = verifier or Verifier(Judge())
        self._swept = 0.0
        self._lock = threading.Lock()
        # In memory, and without a word of what was asked.
        self._recent: dict[str, dict[int, tuple[str, int]]] = {}

    def keep(
        self,
        answer: Json,
        *,
        site: str | None = None,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
    ) -> None:
        """Keep an Answer with what its question leant on; raises `StorageError`."""
        if not self._days:
            self._remember(answer)
            return
        now = time.time()
        slim = {**answer, "retrieved": [_without_words(found) for found in answer["retrieved"]]}
        asked = (
            answer["id"],
            answer["question"],
            normal_form(answer["question"]),
            answer["status"],
            _context(history, filters or Filters()),
        )
        cited = {(one["source_id"], one["start"], answer["id"]) for one in answer["citations"]}
        with self._activity.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", (answer["id"], now, site, packed(slim))
            )
            db.execute("INSERT INTO asked VALUES (?, ?, ?, ?, ?)", asked)
            db.executemany("INSERT INTO moments VALUES (?, ?, ?)", cited)
            db.executemany(
                "INSERT OR IGNORE INTO answer_sources VALUES (?, ?)",
                [(source_id, answer["id"]) for source_id in cited_in(answer)],
            )
        if now - self._swept > _SWEEP_EVERY_S:
            self.sweep()

    def sweep(self) -> None:
        """Forget what is older than it may be, to the last word; raises `StorageError`."""
        self._swept = time.time()
        if self._activity.exists:
            with self._activity.writing() as db:
                db.execute("DELETE FROM answers WHERE at <= ?", (self._oldest(),))
            self._activity.scrub()

    def get(self, answer_id: str, library: HoldsSources, tiers: Sequence[str] = ()) -> Json:
        """The Answer as it was given, for a reader of these tiers (all of them when empty), checked again.

        Its citations are where their words stand now, and `changed` has the numbers of those that are gone.
        Raises `UnknownAnswer` when there is none, or it cites what this reader may not read.
        """
        unknown = UnknownAnswer(f"there is no answer {answer_id[:64]!r}, or it is not for everybody")
        if not _ID.fullmatch(answer_id) or not self._activity.exists:
            raise unknown
        with self._activity.reading() as db:
            row = db.execute(
                "SELECT document FROM answers WHERE id = ? AND at > ?", (answer_id, self._oldest())
            ).fetchone()
        if row is None:
            raise unknown
        answer = unpacked(row[0])
        texts = _texts({*cited_in(answer), *_sources_of(answer["retrieved"])}, library, tiers)
        if not set(cited_in(answer)) <= texts.keys():
            raise unknown
        readable = [found for found in answer["retrieved"] if found["source_id"] in texts]
        shown = [_with_words(found, texts[found["source_id"]]) for found in readable]
        answer["retrieved"] = [found for found in shown if found["text"]]
        try:
            return recheck(answer, library, self._verifier)
        except UnknownSource:  # removed this moment
            raise unknown from None

    def forget_source(self, source_id: str) -> None:
        """Forget the answers that cite a source."""
        if self._activity.exists:
            with self._activity.writing() as db:
                db.execute(
                    "DELETE FROM answers WHERE id IN"
                    " (SELECT answer_id FROM answer_sources WHERE source_id = ?)",
                    (source_id,),
                )
                db.execute("DELETE FROM verdicts WHERE source_id = ?", (source_id,))

    def judgeable(self, answer_id: str, library: HoldsSources, tiers: Sequence[str] = ()) -> None:
        """Raises `UnknownAnswer` unless a reader of these tiers may say what they think of it."""
        if answer_id not in self._recent:
            self.get(answer_id, library, tiers)

    def add_feedback(
        self, answer_id: str, *, verdict: str, citation: int | None = None, comment: str | None = None
    ) -> None:
        """What a reader thinks of an answer, or of one of its citations; raises `UnknownAnswer`.

        Where no question is kept, a comment is not either: readers ask again in them.
        """
        places = self._recent.get(answer_id)
        if places is not None:
            place = places.get(citation or 0, (None, None))
            with self._activity.writing() as db:
                db.execute(
                    "INSERT INTO verdicts (at, verdict, source_id, start) VALUES (?, ?, ?, ?)",
                    (time.time(), verdict, *place),
                )
            return
        with self._activity.writing() as db:
            if db.execute("SELECT 1 FROM answers WHERE id = ?", (answer_id,)).fetchone() is None:
                raise UnknownAnswer(f"there is no answer {answer_id[:64]!r}")
            db.execute(
                "INSERT INTO feedback (at, answer_id, verdict, citation, comment) VALUES (?, ?, ?, ?, ?)",
                (time.time(), answer_id, verdict, citation, comment),
            )

    def feedback(self, *, most: int = 1000) -> list[dict[str, Any]]:
        """What readers thought, newest first."""
        if not self._activity.exists:
            return []
        names = ("at", "answer_id", "verdict", "citation", "comment")
        with self._activity.reading() as db:
            rows = db.execute(
                f"SELECT {', '.join(names)} FROM feedback ORDER BY id DESC LIMIT ?", (most,)
            ).fetchall()
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _remember(self, answer: Json) -> None:
        places = {one["number"]: (one["source_id"], one["start"]) for one in answer["citations"]}
        with self._lock:
            self._recent[answer["id"]] = places
            while len(self._recent) > _RECENT:
                del self._recent[next(iter(self._recent))]

    def _oldest(self) -> float:
        """What was kept then, or before, is kept no longer."""
        return time.time() - self._days * _DAY_S


def cited_in(answer: Json) -> list[str]:
    """The ids of the sources that an Answer cites, each once."""
    return _sources_of(answer["citations"])


def _context(history: Sequence[Turn], filters: Filters) -> bytes | None:
    """What a question cannot be asked again without; None when it stands alone."""
    told: Json = {}
    if history:
        told["history"] = [{"role": turn.role, "content": turn.content} for turn in history]
    if limits := filters_json(filters):
        told["filters"] = limits
    return packed(told) if told else None


def _sources_of(items: Iterable[Json]) -> list[str]:
    return list(dict.fromkeys(item["source_id"] for item in items))


def _texts(source_ids: Iterable[str], library: HoldsSources, tiers: Sequence[str]) -> dict[str, str]:
    texts = {}
    for source_id in source_ids:
        try:
            source = library.source(source_id)
        except UnknownSource:
            continue
        if not tiers or source.audience in tiers:
            texts[source_id] = source.text
    return texts


def _without_words(found: Json) -> Json:
    kept = {name: value for name, value in found.items() if name != "text"}
    return {**kept, _CHECKSUM: zlib.crc32(found["text"].encode())}


def _with_words(found: Json, text: str) -> Json:
    """In the order of the contract: the words come before the score. Without words where others stand now."""
    words = text[found["start"] : found["end"]]
    expected = found.get(_CHECKSUM)
    shown: Json = {}
    for name, value in found.items():
        if name == "score":
            shown["text"] = words if expected in (None, zlib.crc32(words.encode())) else ""
        if name != _CHECKSUM:
            shown[name] = value
    return shown
