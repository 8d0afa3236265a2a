"""Align a file's text with the canonical text read from it, word by word. Pure.

Reading a file leaves out markup, stamps, labels and addresses and joins lines; the words keep their order.
So the two word streams are pinned where a run of words occurs once in both, and the gaps between the pins are
filled the same way with shorter runs (patience diff, after Bram Cohen).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"[^\W_]+")
# What no reader keeps: tags, cue times and numbers, JSON keys and figures. Blanked, so that runs go on
# across them. Offsets stay as they are.
_NOISE = re.compile(
    r"""<[a-zA-Z/!][^<>]{0,2000}>"""
    r"""|^[ \t]*(?:\d+[ \t]*\r?\n)?[ \t]*(?:\d+:)?\d+:\d+[.,]\d+[ \t]*-->.*$"""
    r"""|"\w{1,40}"[ ]?:[ ]?(?:-?[\d.]+|null|true|false)?""",
    re.MULTILINE,
)
_RUNS = (8, 4, 2, 1)
_SMALL_GAP = 40_000  # products of lengths up to here are compared word by word


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text, lower case, with the offsets of each."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Words:
        """All runs of letters and digits.

        >>> Words.of("The **NAT-PMP** option").words
        ('the', 'nat', 'pmp', 'option')
        """
        found = list(_WORD.finditer(text))
        return cls(
            tuple(match.group().casefold() for match in found),
            tuple(match.start() for match in found),
            tuple(match.end() for match in found),
        )

    def within(self, start: int, end: int) -> range:
        """The places of the words that lie, at least in part, in `text[start:end]`."""
        first = bisect_left(self.ends, start + 1)
        return range(first, max(first, bisect_left(self.starts, end)))


def file_words(text: str) -> Words:
    r"""The words of a file as added, without those that are never text.

    >>> file_words('1\n00:00:01.000 --> 00:00:04.000\n<v Ana>We began').words
    ('we', 'began')
    """
    return Words.of(_NOISE.sub(lambda match: " " * len(match.group()), text))


def align(words: Sequence[str], others: Sequence[str]) -> dict[int, int]:
    """For each word that is in both streams: its place in the one, and in the other. Rising in both.

    >>> align("ana we began in may".split(), "we began in may".split())
    {1: 0, 2: 1, 3: 2, 4: 3}
    """
    pairs: dict[int, int] = {}
    gaps = [(0, len(words), 0, len(others), 0)]
    while gaps:
        low, high, other_low, other_high, level = gaps.pop()
        if low >= high or other_low >= other_high:
            continue
        if level == len(_RUNS):
            pairs.update(_compared(words, others, (low, high, other_low, other_high)))
            continue
        pins = _pins(words, others, (low, high, other_low, other_high), _RUNS[level])
        for start, other, length in pins:
            pairs.update(zip(range(start, start + length), range(other, other + length), strict=True))
            gaps.append((low, start, other_low, other, 0 if pins else level + 1))
            low, other_low = start + length, other + length
        gaps.append((low, high, other_low, other_high, level + 1))
    return dict(sorted(pairs.items()))


_Gap = tuple[int, int, int, int]


def _pins(words: Sequence[str], others: Sequence[str], gap: _Gap, run: int) -> list[tuple[int, int, int]]:
    """Runs that occur once on both sides, in rising order and full length: (place, other, length)."""
    low, high, other_low, other_high = gap
    mine = _once(words, low, high, run)
    theirs = _once(others, other_low, other_high, run)
    both = [(place, theirs[key]) for key, place in mine.items() if key in theirs]
    pins: list[tuple[int, int, int]] = []
    for place, other in _rising(sorted(both)):
        if pins and (place < pins[-1][0] + pins[-1][2] or other < pins[-1][1] + pins[-1][2]):
            continue
        length = run
        while (
            place + length < high
            and other + length < other_high
            and words[place + length] == others[other + length]
        ):
            length += 1
        pins.append((place, other, length))
    return pins


def _once(words: Sequence[str], low: int, high: int, run: int) -> dict[tuple[str, ...], int]:
    places: dict[tuple[str, ...], int] = {}
    repeated = set()
    for place in range(low, high - run + 1):
        key = tuple(words[place : place + run])
        if key in places:
            repeated.add(key)
        places[key] = place
    for key in repeated:
        del places[key]
    return places


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of pairs whose second members rise too (patience sorting)."""
    tops: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for place, (_, other) in enumerate(pairs):
        pile = bisect_left(tops, other)
        before.append(last[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(other)
            last.append(place)
        else:
            tops[pile] = other
            last[pile] = place
    chosen = []
    place = last[-1] if last else -1
    while place >= 0:
        chosen.append(pairs[place])
        place = before[place]
    return chosen[::-1]


def _compared(words: Sequence[str], others: Sequence[str], gap: _Gap) -> Iterator[tuple[int, int]]:
    low, high, other_low, other_high = gap
    if (high - low) * (other_high - other_low) > _SMALL_GAP:
        return
    matcher = SequenceMatcher(None, words[low:high], others[other_low:other_high], autojunk=False)
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            yield low + block.a + step, other_low + block.b + step
