"""Turn a draft into the text a reader sees: numbers in reading order, every pointer checked. Pure.

A quote that is not in its source to the letter never gets a number; the piece that rests on it is cut, and
the cut is kept with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.links import link
from rag.models import Citation, Claim, Draft, Evidence, Piece, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A draft with its numbers in place."""

    text: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]


def cite(draft: Draft) -> Cited:
    """Number the evidence of a draft. Frame text belongs to the claim after it and goes when that is cut."""
    text, claims, cut = "", list[Claim](), list[Claim]()
    numbers: dict[tuple[str, int, int], Citation] = {}
    frame = ""
    for piece in draft.pieces:
        if not piece.evidence and piece.verdict is not Verdict.CUT:
            frame += piece.text
            continue
        reason = (piece.reason or "it was cut") if piece.verdict is Verdict.CUT else _fault(piece)
        if reason:
            cut.append(Claim(text=piece.text, at=(0, 0), citations=(), verdict=Verdict.CUT, reason=reason))
        else:
            text += frame
            cited = tuple(_number(item, piece.verdict, numbers) for item in piece.evidence)
            at = (len(text), len(text) + len(piece.text))
            claims.append(
                Claim(text=piece.text, at=at, citations=cited, verdict=piece.verdict, reason=piece.reason)
            )
            text += piece.text + piece.close + " " + "".join(f"[{number}]" for number in cited)
        frame = ""
    return Cited(text=text + frame, claims=(*claims, *cut), citations=tuple(numbers.values()))


def _number(item: Evidence, verdict: Verdict, numbers: dict[tuple[str, int, int], Citation]) -> int:
    key = (item.passage.source.id, item.start, item.end)
    if key in numbers and verdict is Verdict.QUOTED:
        numbers[key] = replace(numbers[key], verdict=verdict)
    elif key not in numbers:
        numbers[key] = Citation(
            number=len(numbers) + 1,
            evidence=item,
            link=link(item.passage.source, quote=item.quote, start_s=item.start_s, page=item.passage.page),
            verdict=verdict,
        )
    return numbers[key].number


def _fault(piece: Piece) -> str | None:
    """Why a piece may not be shown; None when it may."""
    for item in piece.evidence:
        passage = item.passage
        if not passage.start <= item.start < item.end <= passage.end:
            return "the quote lies outside its passage"
        if not _whole(item):
            return "the quote does not begin and end with whole sentences"
    if piece.verdict is Verdict.QUOTED and not any(piece.text == item.quote for item in piece.evidence):
        return "the words are not those of the source"
    return None


def _whole(item: Evidence) -> bool:
    sentences: Sequence[tuple[int, int]] = [(s.start, s.end) for s in item.passage.sentences]
    return item.start in {start for start, _ in sentences} and item.end in {end for _, end in sentences}
