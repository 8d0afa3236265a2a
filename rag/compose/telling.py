"""An answer as it comes: what a reader may see of it at each moment. Pure.

A claim is told once, when it has been verified, with the number that it keeps. Drafts are told apart, and a
sentence that was cut is told with its reason.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from rag.citing import Cited, cite
from rag.compose.drafting import Drafting, Settled, Step, Written
from rag.models import Answer, Citation, Claim, Draft, Found, Nearest, Piece, Status


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found, and its sources; the answer, which will have this id, is chosen from it."""

    id: str
    found: tuple[Found, ...]
    sources: tuple[Nearest, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim with its verdict, the citations that are new with it, and the answer's text so far."""

    claim: Claim
    citations: tuple[Citation, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer; what was told before is in it."""

    answer: Answer


Event = Reading | Drafting | Judged | Done


def tell(steps: Iterator[Step]) -> Generator[Event, None, tuple[Written, Cited]]:
    """What a composer does, as a reader may see it; gives what it wrote, with numbers."""
    pieces: list[Piece] = []
    told = Cited(text="", claims=(), citations=())
    for step in steps:
        if isinstance(step, Drafting):
            yield step
        elif isinstance(step, Settled):
            pieces += step.pieces
            now = cite(Draft(pieces=tuple(pieces), status=Status.ANSWERED))
            yield from _new(told, now)
            told = now
        else:
            now = cite(step.draft)
            yield from _new(told, now)
            return step, now
    raise AssertionError("a composer ends with what it has written")


def _new(told: Cited, now: Cited) -> Iterator[Judged]:
    """The claims that were not told yet, each with its citations that were not."""
    known = {citation.number for citation in told.citations}
    by_number = {citation.number: citation for citation in now.citations}
    for claim in now.claims:
        if claim in told.claims:
            continue
        new = tuple(by_number[number] for number in claim.citations if number not in known)
        known.update(claim.citations)
        yield Judged(claim=claim, citations=new, text=_upto(claim, now.text) or told.text)


def _upto(claim: Claim, text: str) -> str:
    """The text up to a claim's numbers; nothing for one that was cut."""
    if not claim.citations:
        return ""
    marker = "".join(f"[{number}]" for number in claim.citations)
    return text[: text.index(marker, claim.at[1]) + len(marker)]
