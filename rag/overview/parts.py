"""What an overview of one source is made of: lines that cite, and moments that open. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rag.citing import cite
from rag.models import Citation, Claim, Draft, Evidence, Piece, Source, Status, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line that says something, and the words it rests on."""

    claim: Claim
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dive:
    """A closer look at one chapter."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A chapter, a person or a topic, and the sentences where to begin to read or hear."""

    name: str
    moments: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a source is about. `found_chapters` tells that the source has none, and they were made here."""

    source: Source
    model: str
    summary: tuple[Line, ...]
    takeaways: tuple[Line, ...]
    dives: tuple[Dive, ...]
    chapters: tuple[Entry, ...]
    people: tuple[Entry, ...]
    topics: tuple[Entry, ...]
    found_chapters: bool = False
    cut: tuple[Claim, ...] = ()
    notice: str | None = None


class Desk:
    """Makes lines of pieces, as an answer's claims are made, with one row of numbers for the whole page."""

    def __init__(self) -> None:
        self.cut: list[Claim] = []
        self._numbers: dict[tuple[int, int], int] = {}

    def lines(self, pieces: Iterable[Piece]) -> tuple[Line, ...]:
        """A line for every piece that stands; what does not is noted in `cut`."""
        lines = []
        for piece in pieces:
            cited = cite(Draft(pieces=(piece,), status=Status.ANSWERED))
            for claim in cited.claims:
                if claim.verdict is Verdict.CUT:
                    self.cut.append(claim)
                else:
                    citations = tuple(map(self._numbered, cited.citations))
                    numbers = tuple(citation.number for citation in citations)
                    lines.append(Line(claim=replace(claim, citations=numbers), citations=citations))
        return tuple(lines)

    def moments(self, items: Iterable[Evidence]) -> tuple[Citation, ...]:
        """The sentences, cited."""
        pieces = (Piece(text=item.quote, evidence=(item,)) for item in items)
        return tuple(citation for line in self.lines(pieces) for citation in line.citations)

    def _numbered(self, citation: Citation) -> Citation:
        key = (citation.evidence.start, citation.evidence.end)
        return replace(citation, number=self._numbers.setdefault(key, len(self._numbers) + 1))
