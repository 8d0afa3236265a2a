"""Cut a source's canonical text into passages and sentences. Pure.

A passage ends where the heading, the advert or the AI-written label changes, at a change of speaker once it
is long enough to stand alone, and otherwise at the last sentence that fits. Sizes are in the embedding
model's own tokens, so nothing is ever cut off in silence.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rag.models import Label, Sentence, Span
from rag.ports import CountsTokens
from rag.sentences import sentence_spans

# Sentences inside a cue are estimated by their characters. In so short a cue that is right within the two
# seconds that a time is promised to be; in a longer one it is marked as an estimate.
_SHORT_CUE_S = 3.0
# What people speak, for a last turn whose end is unknown: 150 words a minute of about six characters.
_CHARACTERS_PER_SECOND = 15.0

Split = Callable[[str], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A passage before it has a source and an id: offsets, sentences and what holds for all of it."""

    start: int
    end: int
    sentences: tuple[Sentence, ...]
    label: Label


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence with everything that decides where it goes."""

    sentence: Sentence
    label: Label
    tokens: int
    opens_paragraph: bool


def cut(
    text: str, spans: Sequence[Span], *, tokens: CountsTokens, longest: int, split_long: Split
) -> list[Cut]:
    """The passages of a text, in order; together they hold every sentence once.

    Args:
        text: the canonical text.
        spans: its labelled stretches, in order.
        tokens: the embedding model's tokenizer.
        longest: tokens a passage may have, without its header.
        split_long: offsets of pieces for a "sentence" longer than that (speech without punctuation).
    """
    units = _in_time(_units(text, spans, tokens=tokens, longest=longest, split_long=split_long))
    return [_cut(group) for part in _by_label(units) for group in _packed(part, longest)]


def _units(
    text: str, spans: Sequence[Span], *, tokens: CountsTokens, longest: int, split_long: Split
) -> Iterator[_Unit]:
    starts = [start for start, _ in tokens.offsets(text)]

    def count(start: int, end: int) -> int:
        return bisect_left(starts, end) - bisect_left(starts, start)

    for paragraph in _paragraphs(text, spans):
        opens = True
        begin, stop = paragraph[0].start, paragraph[-1].end
        for start, end in sentence_spans(text[begin:stop]):
            whole = (begin + start, begin + end)
            for piece in _pieces(text, whole, count, longest, split_long):
                label = _label_at(paragraph, piece[0])
                yield _Unit(_sentence(piece, paragraph), label, count(*piece), opens)
                opens = False


def _in_time(units: Iterable[_Unit]) -> list[_Unit]:
    """The same units; a time inside a cue that lies past the next cue's gives way, so none runs backwards."""
    ordered: list[_Unit] = []
    after: float | None = None
    for unit in reversed(list(units)):
        start_s = unit.sentence.start_s
        if start_s is not None and after is not None and start_s > after:
            unit = replace(unit, sentence=replace(unit.sentence, start_s=after))
        after = unit.sentence.start_s if unit.sentence.start_s is not None else after
        ordered.append(unit)
    return ordered[::-1]


def _paragraphs(text: str, spans: Sequence[Span]) -> Iterator[list[Span]]:
    """Runs of spans that share a paragraph, a speaker and the labels a passage may not mix."""
    run: list[Span] = []
    for span in spans:
        if run and (
            text[run[-1].end : span.start].strip(" ")
            or _fixed(run[-1].label) != _fixed(span.label)
            or run[-1].label.speaker != span.label.speaker
        ):
            yield run
            run = []
        run.append(span)
    if run:
        yield run


def _pieces(
    text: str,
    whole: tuple[int, int],
    count: Callable[[int, int], int],
    longest: int,
    split_long: Split,
) -> list[tuple[int, int]]:
    start, end = whole
    if count(start, end) <= longest:
        return [whole]
    return [(start + a, start + b) for a, b in split_long(text[start:end])]


def _by_label(units: Sequence[_Unit]) -> Iterator[list[_Unit]]:
    for _, group in groupby(units, key=lambda unit: _fixed(unit.label)):
        yield list(group)


def _packed(units: Sequence[_Unit], longest: int) -> Iterator[list[_Unit]]:
    """Sentences into passages: full, or long enough to stand alone when the speaker changes."""
    alone = longest // 2
    packed: list[_Unit] = []
    size = 0
    for unit in units:
        turns = bool(packed) and unit.sentence.speaker != packed[-1].sentence.speaker
        if packed and (
            size + unit.tokens > longest or (size >= alone and (turns or _topic(unit, size, longest)))
        ):
            yield packed
            packed, size = [], 0
        packed.append(unit)
        size += unit.tokens
    if packed:
        yield packed


def _topic(unit: _Unit, size: int, longest: int) -> bool:
    """A new paragraph is a good place to stop once three quarters are full."""
    return unit.opens_paragraph and size >= longest * 3 // 4


def _cut(units: Sequence[_Unit]) -> Cut:
    sentences = tuple(unit.sentence for unit in units)
    first = units[0].label
    ends = [sentence.end_s for sentence in sentences if sentence.end_s is not None]
    label = Label(
        start_s=sentences[0].start_s,
        end_s=max(ends) if ends and sentences[-1].end_s is not None else None,
        approximate=sentences[0].approximate,
        heading=first.heading,
        advert=first.advert,
        ai_written=first.ai_written,
        page=first.page,
    )
    return Cut(start=sentences[0].start, end=sentences[-1].end, sentences=sentences, label=label)


def _fixed(label: Label) -> tuple[str | None, bool, bool, int | None]:
    return label.heading, label.advert, label.ai_written, label.page


def _label_at(spans: Sequence[Span], offset: int) -> Label:
    return _span_at(spans, offset).label


def _span_at(spans: Sequence[Span], offset: int) -> Span:
    place = bisect_right([span.start for span in spans], offset) - 1
    return spans[max(place, 0)]


def _sentence(piece: tuple[int, int], paragraph: Sequence[Span]) -> Sentence:
    start, end = piece
    first, last = _span_at(paragraph, start), _span_at(paragraph, end - 1)
    start_s, guessed = _time_at(first, start, at_end=False)
    end_s, _ = _time_at(last, end, at_end=True)
    return Sentence(
        start=start,
        end=end,
        speaker=first.label.speaker,
        start_s=start_s,
        end_s=end_s if end_s is None or start_s is None else max(start_s, end_s),
        approximate=guessed or first.label.approximate,
    )


def _time_at(span: Span, offset: int, *, at_end: bool) -> tuple[float | None, bool]:
    """The second at which `offset` is spoken, and whether it is an estimate."""
    begins, ends = span.label.start_s, span.label.end_s
    if begins is None:
        return None, False
    if at_end and offset >= span.end:
        return ends, False
    if offset <= span.start:
        return begins, False
    if ends is None:
        return (None, True) if at_end else (begins + (offset - span.start) / _CHARACTERS_PER_SECOND, True)
    share = (offset - span.start) / (span.end - span.start)
    return round(begins + (ends - begins) * share, 3), ends - begins > _SHORT_CUE_S
