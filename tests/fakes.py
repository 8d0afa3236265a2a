"""Builders for the nouns, and fakes that behave: what a test does not care about is filled in here."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from time import sleep
from typing import Any
from zlib import crc32

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.compose.telling import Done, Event, Judged, Reading
from rag.errors import EarmarkError, UnknownSource
from rag.models import (
    Answer,
    Citation,
    Claim,
    Evidence,
    Filters,
    Found,
    Listing,
    Match,
    Nearest,
    Passage,
    Sentence,
    Source,
    SourceKind,
    Status,
    Turn,
    Verdict,
    listing,
)
from rag.pooling import Embedded
from rag.stopping import Stop
from rag.words import stems

EPISODE_TEXT = "Countries want models that speak their own language. Chips are the scarce part."


def a_source(text: str = EPISODE_TEXT, **given: Any) -> Source:
    """An episode, unless told otherwise."""
    fields: dict[str, Any] = {
        "id": "s1",
        "kind": SourceKind.EPISODE,
        "origin": "episode.vtt",
        "fingerprint": "f1",
        "title": "The Race for Chips",
        "show": "Frontier Hour",
        "people": ("Ana Ruiz",),
        "published": date(2026, 5, 8),
        "url": "https://frontier.example/race",
    }
    return Source(text=text, **{**fields, **given})


def a_passage(text: str | None = None, *, source: Source | None = None, **given: Any) -> Passage:
    """A passage over `text` inside its source (all of it when no text is named), as one sentence."""
    source = source or a_source(*([text] if text is not None else []))
    text = source.text if text is None else text
    start = source.text.index(text)
    fields: dict[str, Any] = {
        "id": f"p-{source.id}-{start}",
        "ordinal": 0,
        "sentences": (
            Sentence(
                start=start,
                end=start + len(text),
                speaker=speakers[0] if len(speakers := given.get("speakers", ())) == 1 else None,
                start_s=given.get("start_s"),
                end_s=given.get("end_s"),
                approximate=given.get("approximate", False),
            ),
        ),
    }
    return Passage(source=source, start=start, end=start + len(text), **{**fields, **given})


def a_found(passage: Passage | None = None, *, score: float = 1.0, **given: Any) -> Found:
    """A passage that was found, shown without neighbours."""
    match = Match(passage=passage or a_passage(), score=score, **given)
    return Found(best=match, matches=(match,))


def an_evidence(quote: str | None = None, *, passage: Passage | None = None, **given: Any) -> Evidence:
    """Evidence that quotes `quote` from the passage's source (the whole passage when none is named)."""
    passage = passage or a_passage()
    quote = passage.text if quote is None else quote
    start = passage.source.text.index(quote)
    fields: dict[str, Any] = {"score": 1.0, "speaker": passage.speaker, "start_s": passage.start_s}
    return Evidence(passage=passage, start=start, end=start + len(quote), **{**fields, **given})


def a_citation(number: int = 1, *, evidence: Evidence | None = None, **given: Any) -> Citation:
    """A quoted citation that links to the source's page."""
    evidence = evidence or an_evidence()
    fields: dict[str, Any] = {"link": evidence.passage.source.url, "verdict": Verdict.QUOTED}
    return Citation(number=number, evidence=evidence, **{**fields, **given})


def an_answer(*citations: Citation, question: str = "What is scarce?", **given: Any) -> Answer:
    """An answer that quotes each citation in turn, as the extractive composer would."""
    text, claims = "", []
    for citation in citations:
        quote = citation.evidence.quote
        at = (len(text), len(text) + len(quote))
        claims.append(Claim(text=quote, at=at, citations=(citation.number,), verdict=Verdict.QUOTED))
        text += f"{quote} [{citation.number}] "
    fields: dict[str, Any] = {
        "id": "a1",
        "status": Status.ANSWERED,
        "text": text.rstrip(),
        "model": "canned",
        "claims": tuple(claims),
        "citations": citations,
    }
    return Answer(question=question, **{**fields, **given})


def a_refusal(*nearest: Source, question: str = "Who won the match?", **given: Any) -> Answer:
    """An answer that says the archive does not cover the question."""
    fields: dict[str, Any] = {
        "id": "a0",
        "status": Status.NOT_COVERED,
        "text": "The archive does not cover this.",
        "model": "canned",
        "nearest": tuple(Nearest(source=source, link=source.url) for source in nearest),
    }
    return Answer(question=question, **{**fields, **given})


@dataclass
class CannedAssistant:
    """Gives the answer whose key occurs in the question, otherwise `otherwise`; remembers what it was asked.

    An error in place of an answer is raised. `delay_s` is how long it thinks.
    """

    answers: dict[str, Answer | EarmarkError] = field(default_factory=dict)
    otherwise: Answer | Exception = field(default_factory=a_refusal)
    delay_s: float = 0.0
    asked: list[tuple[str, tuple[Turn, ...], Filters | None]] = field(default_factory=list)

    def ask(self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None) -> Answer:
        self.asked.append((question, tuple(history), filters))
        sleep(self.delay_s)
        found = next(
            (reply for key, reply in self.answers.items() if key in question.casefold()), self.otherwise
        )
        if isinstance(found, Exception):
            raise found
        return replace(found, question=question, id=f"{found.id}{len(self.asked)}")

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        stop: Stop | None = None,
    ) -> Iterator[Event]:
        """The answer as `ask` gives it, claim by claim."""
        answer = self.ask(question, history=history, filters=filters)
        yield Reading(id=answer.id, found=answer.retrieved, sources=answer.nearest)
        known: set[int] = set()
        for claim in answer.claims:
            new = [one for one in answer.citations if one.number in set(claim.citations) - known]
            known.update(claim.citations)
            marker = "".join(f"[{number}]" for number in claim.citations)
            upto = answer.text.find(marker, claim.at[1]) + len(marker) if marker else 0
            yield Judged(claim=claim, citations=tuple(new), text=answer.text[:upto])
        yield Done(answer)


class MemoryLibrary:
    """A library that holds what it is given."""

    def __init__(self, *passages: Passage) -> None:
        self._passages = passages
        self._sources = {passage.source.id: passage.source for passage in passages}

    def source_count(self, audiences: Sequence[str] = ()) -> int:
        return sum(not audiences or source.audience in audiences for source in self._sources.values())

    def audiences(self) -> set[str]:
        return {source.audience for source in self._sources.values()}

    def years(self) -> set[int]:
        return {source.published.year for source in self._sources.values() if source.published}

    def overview(self) -> list[Listing]:
        held = [(source, self.passages_of(source.id)) for source in self.sources()]
        return [
            listing(source, passages=len(passages), ai_written=any(p.ai_written for p in passages))
            for source, passages in held
        ]

    def speaking(self, names: Sequence[str], source_ids: Sequence[str]) -> set[str]:
        held = (passage for source_id in source_ids for passage in self.passages_of(source_id))
        return {passage.source.id for passage in held if set(names) & set(passage.speakers)}

    def sources(self) -> list[Source]:
        return sorted(self._sources.values(), key=lambda source: source.published or date.min, reverse=True)

    def source(self, source_id: str) -> Source:
        try:
            return self._sources[source_id]
        except KeyError:
            raise UnknownSource(f"no source {source_id!r} in the archive") from None

    def translations_of(self, source_id: str) -> tuple[str, ...]:
        return ()

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        return {passage.id: passage for passage in self._passages if passage.id in ids}

    def passages_of(self, source_id: str) -> list[Passage]:
        return [passage for passage in self._passages if passage.source.id == source_id]


class CannedFinder:
    """Finds the passages that share a word with the question, best first."""

    def __init__(self, *passages: Passage) -> None:
        self._passages = passages

    def find(self, question: str, *, k: int, filters: Filters | None = None) -> list[Found]:
        words = set(question.casefold().split())
        scored = [(len(words & set(p.text.casefold().split())), p) for p in self._passages]
        ranked = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
        kinds = filters.kinds if filters else ()
        return [
            a_found(passage, score=float(score))
            for score, passage in ranked
            if not kinds or passage.source.kind in kinds
        ][:k]


class WordTokens:
    """Counts words and punctuation marks as tokens."""

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]


class HashingEmbeddings(Embeddings):
    """A bag of hashed stems: texts are as near as the words they share. Remembers what it embedded."""

    tokens = WordTokens()

    def __init__(self, id: str = "hashing", *, max_tokens: int = 254) -> None:
        self.id = id
        self.max_tokens = max_tokens
        self.embedded: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += texts
        return [self.embed_query(text) for text in texts]

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Embedded]:
        return [
            Embedded(
                np.asarray(vector, dtype=np.float32),
                np.asarray([self.embed_query(text[a:b]) for a, b in spans], dtype=np.float32),
            )
            for vector, text, spans in zip(self.embed_documents(list(texts)), texts, sentences, strict=True)
        ]

    def embed_query(self, text: str) -> list[float]:
        counts = Counter(crc32(stem.encode()) % 384 for stem in stems(text) or ["nothing"])
        length = math.sqrt(sum(count * count for count in counts.values()))
        return [counts[place] / length for place in range(384)]
