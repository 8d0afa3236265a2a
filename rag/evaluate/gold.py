"""Find where gold evidence lies in canonical text. Pure: the files as added come through a callable.

A quote is text of the file, with its line breaks and markup. Where the file can be had, it is aligned with
the canonical text word by word; where it cannot, the quote's words are looked for in the canonical text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from rag.evaluate.alignment import Words, align, file_words
from rag.evaluate.questions import Gold, GoldEvidence
from rag.evaluate.stretch import Stretch
from rag.models import Passage, Sentence, Source
from rag.ports import ReadsSources

RawText = Callable[[Source], str | None]

_ALIGNED = (
    0.5  # of a quote's words; labels, link targets and addresses inside it are not in the canonical text
)
_ALIKE = 0.7  # of its words, in their order, when they are only looked for
_LOOSE = 3  # a place this many times longer than its quote is no place


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedGold:
    """The stretches that gold evidence turned out to be, and what could not be placed and why."""

    stretches: tuple[Stretch, ...] = ()
    warnings: tuple[str, ...] = ()


def no_raw_text(source: Source) -> str | None:
    """For archives whose files are not at hand."""
    return None


class GoldPlacer:
    """Places gold in one archive; keeps the alignment of each source it has met."""

    def __init__(self, archive: ReadsSources, raw_text: RawText = no_raw_text) -> None:
        self._archive = archive
        self._sources = archive.sources()
        self._raw_text = raw_text
        self._aligned = lru_cache(maxsize=256)(self._align)
        self._texts = {source.id: source for source in self._sources}

    def place(self, gold: Gold) -> PlacedGold:
        """Where each piece of evidence lies; one that cannot be placed becomes a warning."""
        stretches: list[Stretch] = []
        warnings: list[str] = []
        for number, evidence in enumerate(gold.evidence, start=1):
            place = self._place(evidence)
            if isinstance(place, Stretch):
                stretches.append(place)
            else:
                warnings.append(f"evidence {number} ({evidence.path}): {place}")
        return PlacedGold(stretches=tuple(dict.fromkeys(stretches)), warnings=tuple(warnings))

    def _place(self, evidence: GoldEvidence) -> Stretch | str:
        named = sources_named(self._sources, evidence.path)
        if not named:
            return "no source of this archive has that path"
        for source in named:
            span = self._place_in(source, evidence)
            if span:
                return Stretch(source.id, *span)
        if evidence.quote is None and evidence.start is not None:
            return "offsets need the file as it was added"
        return "its words are not in the text of that source"

    def _place_in(self, source: Source, evidence: GoldEvidence) -> tuple[int, int] | None:
        if evidence.start_s is not None:
            passages = self._archive.passages_of(source.id)
            return spoken_between(passages, evidence.start_s, evidence.end_s)
        raw = self._raw_text(source)
        span = file_span(raw, evidence) if raw else None
        if raw and span:
            words, canonical, pairs = self._aligned(source.id)
            place = carried_over(span, words=words, canonical=canonical, pairs=pairs)
            if place:
                return with_marks(place, text=source.text, quote=raw[span[0] : span[1]])
        return looked_for(evidence.quote, text=source.text) if evidence.quote else None

    def _align(self, source_id: str) -> tuple[Words, Words, dict[int, int]]:
        source = self._texts[source_id]
        words, canonical = file_words(self._raw_text(source) or ""), Words.of(source.text)
        return words, canonical, align(words.words, canonical.words)


def sources_named(sources: list[Source], path: str) -> list[Source]:
    """The sources whose origin ends with the path, by whole components.

    Where none does, those whose origin is itself the end of the path: it was added from further down.
    """
    wanted = _components(path)
    origins = [(source, _components(source.origin)) for source in sources]
    ending = [source for source, origin in origins if origin[-len(wanted) :] == wanted]
    return ending or [source for source, origin in origins if origin and wanted[-len(origin) :] == origin]


def _components(path: str) -> list[str]:
    return [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]


def file_span(raw: str, evidence: GoldEvidence) -> tuple[int, int] | None:
    r"""Where in the file the evidence lies.

    >>> file_span("so\r\nit goes", GoldEvidence(path="a", quote="so\nit"))
    (0, 6)
    """
    if evidence.start is not None and evidence.end is not None:
        return (evidence.start, evidence.end) if evidence.end <= len(raw) else None
    for quote in (evidence.quote or "", (evidence.quote or "").replace("\n", "\r\n")):
        if quote and quote in raw:
            start = raw.index(quote)
            return start, start + len(quote)
    return None


def carried_over(
    span: tuple[int, int], *, words: Words, canonical: Words, pairs: dict[int, int]
) -> tuple[int, int] | None:
    """A span of the file, in canonical offsets: from the first to the last of its words that was kept."""
    inside = words.within(*span)
    kept = [pairs[place] for place in inside if place in pairs]
    if not kept or len(kept) < _ALIGNED * len(inside):
        return None
    start, end = canonical.starts[kept[0]], canonical.ends[kept[-1]]
    return (start, end) if end - start <= _LOOSE * (span[1] - span[0]) else None


def looked_for(quote: str, *, text: str) -> tuple[int, int] | None:
    r"""Where a quote's words stand in a text, markup and line breaks aside; None when too few do.

    >>> text = "The default is 60 seconds, the least is 30. So said Ana."
    >>> start, end = looked_for("least *is*\n  30.", text=text)
    >>> text[start:end]
    'least is 30.'
    """
    wanted, canonical = Words.of(quote), Words.of(text)
    if not wanted.words:
        return None
    best: tuple[int, list[int]] = (0, [])
    for first in _likely_starts(wanted.words, canonical.words):
        low = max(0, first - 3)
        window = canonical.words[low : first + len(wanted.words) * 3 // 2 + 8]
        pairs = align(wanted.words, window)
        if len(pairs) > best[0]:
            best = (len(pairs), [low + place for place in pairs.values()])
    count, places = best
    if count < _ALIKE * len(wanted.words):
        return None
    return with_marks((canonical.starts[places[0]], canonical.ends[places[-1]]), text=text, quote=quote)


def _likely_starts(wanted: tuple[str, ...], words: tuple[str, ...]) -> list[int]:
    """Where the quote would begin, judged by most of its runs of words, best first."""
    run = min(3, len(wanted))
    runs: dict[tuple[str, ...], list[int]] = {}
    for place in range(len(words) - run + 1):
        runs.setdefault(words[place : place + run], []).append(place)
    votes: Counter[int] = Counter()
    for place in range(len(wanted) - run + 1):
        for found in runs.get(wanted[place : place + run], ()):
            votes[max(0, found - place)] += 1
    return [start for start, _ in votes.most_common(5)]


def with_marks(span: tuple[int, int], *, text: str, quote: str) -> tuple[int, int]:
    """The span with the quote's own marks before and after it, where the text has them too.

    >>> with_marks((1, 4), text='"Yes!" he', quote='*"Yes!"*')
    (0, 6)
    """
    start, end = span
    words = Words.of(quote)
    before, after = (quote[: words.starts[0]], quote[words.ends[-1] :]) if words.words else ("", "")
    while start and text[start - 1] in before and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and text[end] in after and not text[end].isspace():
        end += 1
    return start, end


def spoken_between(passages: list[Passage], start_s: float, end_s: float | None) -> tuple[int, int] | None:
    """The sentences that sound between two seconds, or at one; passages stand in for untimed sentences."""
    until = start_s if end_s is None else end_s
    heard: list[Sentence | Passage] = []
    for passage in passages:
        timed = [sentence for sentence in passage.sentences if sentence.start_s is not None]
        parts: list[Sentence] | list[Passage] = timed or [passage]
        heard.extend(part for part in parts if _sounds(part, start_s, until))
    return (heard[0].start, max(part.end for part in heard)) if heard else None


def _sounds(part: Sentence | Passage, start_s: float, end_s: float) -> bool:
    if part.start_s is None:
        return False
    end = part.end_s if part.end_s is not None else part.start_s
    return part.start_s <= end_s and (end > start_s or part.start_s >= start_s)
