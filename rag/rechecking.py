"""A kept Answer beside its sources as they are now: what has moved, what still holds, what has changed. Pure.

A quote that still stands somewhere in its source gets its new place and link. What a model wrote over words
that are gone is verified over those that took their place. What holds no longer is told as it was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Protocol

from rag.contract import Json, citation_json
from rag.filters import matches_name
from rag.links import link
from rag.models import Citation, Evidence, Passage, Sentence, Verdict
from rag.ports import ChecksClaims
from rag.sentences import sentence_spans
from rag.words import stems

# How much two stretches must have in common for one to stand in the other's place (Dice, of their stems).
_ALIKE = 0.3
_GONE = "the source has changed: it no longer has these words"
_UNHELD = "the source has changed: what it says now does not carry this"
_Placed = tuple[Passage, Sentence]


class HoldsPassages(Protocol):
    """The library, as far as quotes are looked for in it."""

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by id; ids that are gone are left out."""
        ...

    def passages_of(self, source_id: str) -> list[Passage]:
        """A source's passages in order; raises `UnknownSource`."""
        ...


def recheck(answer: Json, library: HoldsPassages, verifier: ChecksClaims) -> Json:
    """The Answer with its citations where their words stand now; under `changed`, the numbers of the others.

    Those are left as they were given, and a claim that rests on one of them has the reason. Raises
    `UnknownSource` when a cited source is gone.
    """
    given: dict[int, Json] = {citation["number"]: citation for citation in answer["citations"]}
    standing, instead = _look(given, library)
    judged = [(claim, _fault(claim, standing, instead, verifier)) for claim in answer["claims"]]
    holding = {number for claim, fault in judged if not fault for number in claim["citations"]}
    unheld = {number for claim, fault in judged if fault for number in claim["citations"]}
    changed = given.keys() - standing.keys() - (holding - unheld)
    now = {**instead, **standing}
    return {
        **answer,
        "claims": [
            {**claim, "reason": fault or _GONE} if changed.intersection(claim["citations"]) else claim
            for claim, fault in judged
        ],
        "citations": [
            citation if number in changed else _moved(citation, now[number])
            for number, citation in given.items()
        ],
        "changed": sorted(changed),
    }


def _look(
    given: Mapping[int, Json], library: HoldsPassages
) -> tuple[dict[int, Evidence], dict[int, Evidence]]:
    """By number, where each quote stands now, and of those that are gone what is there instead."""
    near = library.passages([citation["passage_id"] for citation in given.values()])
    passages_of = cache(library.passages_of)
    standing: dict[int, Evidence] = {}
    instead: dict[int, Evidence] = {}
    for number, citation in given.items():
        passage = near.get(citation["passage_id"])
        found = (_where(citation, [passage]) or _untouched(citation, passage)) if passage else None
        found = found or _where(citation, passages_of(citation["source_id"]))
        if found:
            standing[number] = found
        elif alike := _in_its_place(citation, passages_of(citation["source_id"])):
            instead[number] = alike
    return standing, instead


def _fault(
    claim: Json, standing: Mapping[int, Evidence], instead: Mapping[int, Evidence], verifier: ChecksClaims
) -> str | None:
    """Why a claim holds no longer; None when it does."""
    numbers = claim["citations"]
    if all(number in standing for number in numbers):
        return None
    held = {**instead, **standing}
    if claim["verdict"] != Verdict.SUPPORTED or not all(number in held for number in numbers):
        return _GONE
    cited = [held[number] for number in numbers]
    return None if verifier.check(claim["text"], cited=cited, offered=cited).stands else _UNHELD


def _where(citation: Json, passages: Sequence[Passage]) -> Evidence | None:
    """The quote as whole sentences of its speaker's, the nearest to where it was; None when it is gone."""
    placed = _sentences(passages)
    first = {sentence.start: at for at, (_, sentence) in enumerate(placed)}
    last = {sentence.end: at for at, (_, sentence) in enumerate(placed)}
    runs = [
        placed[first[start] : last[end] + 1]
        for start, end in _occurrences(citation["quote"], passages)
        if start in first and end in last
    ]
    found = [Evidence.of(run[0][0], *(sentence for _, sentence in run)) for run in runs]
    said = [item for item in found if _same_speaker(citation["speaker"], item.speaker)]
    return min(said, key=lambda item: abs(item.start - citation["start"]), default=None)


def _untouched(citation: Json, passage: Passage) -> Evidence | None:
    """The quote where it was, in the passage that it was in, where that is cut into other sentences now."""
    start, end = citation["start"], citation["end"]
    inside = passage.start <= start < end <= passage.end
    if not inside or passage.source.text[start:end] != citation["quote"]:
        return None
    if start in {s.start for s in passage.sentences} and end in {s.end for s in passage.sentences}:
        return None  # found already, but said by another
    return Evidence(
        passage=passage,
        start=start,
        end=end,
        score=1.0,
        speaker=citation["speaker"],
        start_s=citation["start_s"],
        end_s=citation["end_s"],
        approximate=citation["approximate"],
    )


def _in_its_place(citation: Json, passages: Sequence[Passage]) -> Evidence | None:
    """The sentences of the source that are most like the quote; None when none is like it at all."""
    wanted = set(stems(citation["quote"]))
    size = max(1, len(list(sentence_spans(citation["quote"]))))

    def rank(item: Evidence) -> tuple[float, int]:
        held = set(stems(item.quote))
        alike = 2 * len(wanted & held) / (len(wanted) + len(held)) if wanted or held else 0.0
        return alike, -abs(item.start - citation["start"])

    runs = [
        Evidence.of(passage, *passage.sentences[at : at + length])
        for passage in passages
        for length in {size, size + 1}
        for at in range(len(passage.sentences) - length + 1)
    ]
    best = max(runs, key=rank, default=None)
    return best if best and rank(best)[0] >= _ALIKE else None


def _sentences(passages: Sequence[Passage]) -> list[_Placed]:
    return [(passage, sentence) for passage in passages for sentence in passage.sentences]


def _occurrences(quote: str, passages: Sequence[Passage]) -> Iterator[tuple[int, int]]:
    if not passages:
        return
    text, upto = passages[0].source.text, passages[-1].end
    start = text.find(quote, passages[0].start, upto)
    while start >= 0:
        yield start, start + len(quote)
        start = text.find(quote, start + 1, upto)


def _same_speaker(given: str | None, now: str | None) -> bool:
    """Whether what was told of who says it still holds; nothing was told where nobody was named."""
    return given is None or (
        now is not None and (matches_name([given], [now]) or matches_name([now], [given]))
    )


def _moved(citation: Json, item: Evidence) -> Json:
    to = link(item.passage.source, quote=item.quote, start_s=item.start_s, page=item.passage.page)
    verdict = Verdict(citation["verdict"])
    return citation_json(Citation(number=citation["number"], evidence=item, link=to, verdict=verdict))
