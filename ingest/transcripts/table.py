"""Read transcripts that are tables: Whisper's TSV, and the CSV that editors export. Pure.

A table is a transcript when its first row names a column of words and one of starts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Literal

from ingest.markdown import fold
from ingest.reading import Metadata, Reading
from ingest.transcripts import adverts, names
from ingest.transcripts.clock import seconds
from ingest.transcripts.segments import named, phrases
from ingest.transcripts.services import Segment, carried, speaker_name
from ingest.transcripts.turns import settle
from rag.models import SourceKind

COLUMNS = {
    "text": (
        "text",
        "transcript",
        "body",
        "content",
        "utterance",
        "sentence",
        "words",
        "caption",
        "subtitle",
    ),
    "start": (
        "start",
        "start time",
        "start_time",
        "starttime",
        "begin",
        "timestamp",
        "time",
        "in",
        "timecode",
    ),
    "end": ("end", "end time", "end_time", "endtime", "stop", "out"),
    "speaker": ("speaker", "speaker name", "speaker_name", "name", "voice"),
}
DELIMITERS = "\t,;"
# Whisper's own table counts thousandths, under exactly these names.
IN_THOUSANDTHS = ("start", "end", "text")


def recognises(text: str) -> bool:
    r"""Whether this is a table with words and times.

    >>> recognises("start\tend\ttext\n0\t900\tHi"), recognises("id,name,year\n1,Ana,2020")
    (True, False)
    """
    return _columns(_head(text)[1]) is not None and text.count("\n") > 0


def read(text: str) -> Reading:
    r"""The rows as phrases.

    >>> read("start\tend\ttext\n0\t900\tHello there.").parts[0].label.end_s
    0.9
    """
    segments = list(_segments(text))
    silent = sum(not segment.text.strip() for segment in segments)
    parts, notes = settle(adverts.flag_turns(list(phrases(carried(named(segments))))))
    people = names.people_of((), (part.label.speaker for part in parts))
    return Reading(
        metadata=Metadata(kind=SourceKind.EPISODE, people=people),
        parts=parts,
        skipped=(*((f"{silent} rows without words",) if silent else ()), *notes),
    )


def _head(text: str) -> tuple[str, list[str]]:
    """How the first row parts its columns, and their names."""
    line = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=line.count)
    return delimiter, [fold(name.strip("\"' ")).lower() for name in line[:1_000].split(delimiter)]


def _columns(head: list[str]) -> Mapping[str, int] | None:
    """Where words, starts, ends and speakers stand; None without the first two."""
    found = {
        column: head.index(name) for column, known in COLUMNS.items() for name in known[::-1] if name in head
    }
    return found if {"text", "start"} <= found.keys() else None


def _segments(text: str) -> Iterator[Segment]:
    delimiter, head = _head(text)
    columns = _columns(head) or {}
    per_second = 1000 if tuple(head) == IN_THOUSANDTHS and "." not in "".join(_starts(text, delimiter)) else 1
    # Whisper does not quote what it writes; editors do.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    csv.field_size_limit(10_000_000)
    for row in list(csv.reader(io.StringIO(text.lstrip()), delimiter=delimiter, quoting=quoting))[1:]:
        cell = {column: row[at] if at < len(row) else "" for column, at in columns.items()}
        start_s, end_s = (
            None if (value := seconds(cell.get(name, ""))) is None else round(value / per_second, 3)
            for name in ("start", "end")
        )
        yield Segment(f" {cell['text']}", start_s, end_s, speaker_name(cell.get("speaker")))


def _starts(text: str, delimiter: str) -> Iterator[str]:
    for line in text.split("\n")[1:50]:
        yield line.split(delimiter)[0]
