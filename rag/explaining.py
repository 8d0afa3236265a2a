"""What an answer came from, stage by stage, as lines for `earmark ask --explain`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.looking import Look
from rag.models import Claim, Evidence, Found, Match, Status, Verdict
from rag.refusing import Signs, confidence, line
from rag.weighing import Weighed

_MOST_FOUND = 12
_WIDTH = 72


def explained(
    look: Look,
    *,
    quotes: int,
    strictness: float,
    status: Status,
    claims: Sequence[Claim],
    listed: bool,
) -> tuple[str, ...]:
    """What was searched, found, kept and dropped, and why."""
    return (
        *_reading(look.question),
        *_found(look.found),
        *_parts(look),
        *_kept(look.evidence[:quotes], listed=listed),
        *_decision(look.seen, strictness, status),
        *(f"cut: “{_short(claim.text)}”: {claim.reason}" for claim in claims if claim.verdict is Verdict.CUT),
    )


def _reading(question: Weighed) -> Iterator[str]:
    yield f"searched for: {question.text}"
    heavy = sorted(question.weights.items(), key=lambda item: -item[1])
    yield "words, rare ones heavy: " + ", ".join(f"{word} {weight:.1f}" for word, weight in heavy)
    if question.names:
        yield f"names and figures: {', '.join(sorted(question.names))}"
    if question.wanted:
        yield f"asks for: {question.wanted}"


def _found(found: Sequence[Found]) -> Iterator[str]:
    yield f"found {len(found)} stretches; score, rank by words, rank by meaning, cosine, nearest sentence:"
    for place, hit in enumerate(found[:_MOST_FOUND], start=1):
        yield f"{place:3} {_ranks(hit.best)}  {hit.passage.source.title}: {_short(hit.text)}"


def _ranks(match: Match) -> str:
    nearest = max(match.closeness[0]) if match.closeness else None
    return (
        f"{match.score:6.2f} {_or_dash(match.lexical_rank)} {_or_dash(match.dense_rank)}"
        f" {_share(match.similarity)} {_share(nearest)}"
    )


def _parts(look: Look) -> Iterator[str]:
    yield from (f"a part, answered: {part}" for part in look.covered)
    yield from (f"a part, nothing found: {part}" for part in look.uncovered)


def _kept(evidence: Sequence[Evidence], *, listed: bool) -> Iterator[str]:
    if listed:
        yield "a question about the archive itself: answered from the index, not from these"
        return
    yield f"kept {len(evidence)} quotes:"
    for item in evidence:
        yield f"    {item.score:5.2f}  {item.passage.source.title}: “{_short(item.quote)}”"


def _decision(seen: Signs, strictness: float, status: Status) -> Iterator[str]:
    yield (
        f"signs: question held {seen.covered:.2f}, with its nearest sentence {seen.together:.2f},"
        f" names held {seen.named:.2f}; confidence {confidence(seen):.2f}, to answer {line(strictness):.2f}"
    )
    if seen.short:
        yield f"what is asked for stands {seen.short:.2f} behind the best passage"
    if seen.quoted < 1:
        yield f"of what is quoted, held: {seen.quoted:.2f}"
    if seen.strange:
        yield f"occurs nowhere: {', '.join(seen.strange)}"
    yield f"so: {status}"


def _or_dash(rank: int | None) -> str:
    return f"{rank:4}" if rank else "   -"


def _share(value: float | None) -> str:
    return f"{value:.2f}" if value is not None else "   -"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _WIDTH else plain[: _WIDTH - 1] + "…"
