"""Chapters: read them where publishers put them, and make them headings of what is said in them. Pure."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.markdown import fold, unmarked
from ingest.reading import Part
from ingest.transcripts.clock import STAMP, seconds

# A stamp at the start of a line of show notes, and what is talked about from there on.
NOTED = re.compile(rf"^[-•*–—\s]*[(\[]?({STAMP})[)\]]?\s*[-–—:|]?\s+(\S.*)$")
# Fewer lines of show notes with a stamp are no table of contents.
FEWEST_NOTED = 3
LARGEST = 1_000_000  # bytes of a chapters file; a thousand chapters take a tenth of that


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """From `start_s` seconds on, until the next chapter, this is the subject."""

    start_s: float
    title: str


def read_chapters(data: bytes) -> tuple[Chapter, ...]:
    """The chapters of a Podcasting 2.0 JSON file; none when it is no such file.

    >>> read_chapters(b'{"chapters": [{"startTime": 9, "title": "Tea"}, {"startTime": 0, "toc": false}]}')
    (Chapter(start_s=9.0, title='Tea'),)
    """
    if len(data) > LARGEST:
        return ()
    try:
        loaded = json.loads(data)
    except (ValueError, RecursionError):
        return ()
    found = loaded.get("chapters") if isinstance(loaded, dict) else None
    return tuple(chapter for item in found if (chapter := _chapter(item))) if isinstance(found, list) else ()


def _chapter(item: object) -> Chapter | None:
    # Chapters that are not to be listed only change the picture.
    if not isinstance(item, dict) or item.get("toc") is False:
        return None
    start, title = item.get("startTime"), item.get("title")
    start_s = seconds(start) if isinstance(start, str) else start
    if not isinstance(start_s, int | float) or isinstance(start_s, bool) or not 0 <= start_s < 1e7:
        return None
    named = unmarked(title) if isinstance(title, str) else ""
    return Chapter(start_s=float(start_s), title=named) if named else None


def noted_chapters(lines: Iterable[str]) -> tuple[Chapter, ...]:
    """The chapters that show notes list, one a line.

    >>> lines = ["(00:00) Hello", "02:10 - Tea", "Read on", "9:59 Milk"]
    >>> [chapter.title for chapter in noted_chapters(lines)]
    ['Hello', 'Tea', 'Milk']
    """
    noted = [(seconds(match[1]), fold(match[2])) for line in lines if (match := NOTED.match(line))]
    chapters = [Chapter(start_s=at, title=title) for at, title in noted if at is not None]
    rising = all(first.start_s < second.start_s for first, second in pairwise(chapters))
    return tuple(chapters) if len(chapters) >= FEWEST_NOTED and rising else ()


def each_noted(lines: Sequence[str]) -> Sequence[str]:
    """The lines of a paragraph, if it is a table of contents; none if it is anything else.

    >>> each_noted(["In this one:", "0:00 Hello", "2:10 Tea", "9:59 Milk"])[1], each_noted(["0:00 Hello"])
    ('0:00 Hello', ())
    """
    return lines if sum(NOTED.match(line) is not None for line in lines) >= FEWEST_NOTED else ()


def with_headings(parts: Sequence[Part], chapters: Iterable[Chapter]) -> tuple[Part, ...]:
    """The parts, each under the chapter it is said in; a heading of the transcript's own stays.

    >>> from rag.models import Label
    >>> said = [Part(text="Hi.", label=Label(start_s=1.0)), Part(text="Tea?", label=Label(start_s=60.0))]
    >>> chapters = [Chapter(start_s=0.0, title="Hello"), Chapter(start_s=59.5, title="Tea")]
    >>> [part.label.heading for part in with_headings(said, chapters)]
    ['Hello', 'Tea']
    """
    ordered = sorted(chapters, key=lambda chapter: chapter.start_s)
    starts = [chapter.start_s for chapter in ordered]
    # One chapter over everything says no more than the title does.
    if len(set(starts)) < 2 or any(part.label.heading for part in parts):
        return tuple(parts)
    headed: list[Part] = []
    for part in parts:
        at = part.label.start_s
        place = bisect_right(starts, at) if at is not None else 0
        heading = ordered[place - 1].title if place else None
        # A heading begins a paragraph.
        begins = bool(headed) and headed[-1].label.heading != heading
        headed.append(
            replace(part, label=replace(part.label, heading=heading), continues=part.continues and not begins)
        )
    return tuple(headed)
