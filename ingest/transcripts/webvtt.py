"""Read WebVTT. Pure."""

from __future__ import annotations

import re

from ingest.reading import Metadata, Reading
from ingest.transcripts import adverts, cues, names
from ingest.transcripts.turns import settle
from rag.models import SourceKind

HEADER = re.compile(r"\s*WEBVTT(?:\s*-\s*|[ \t]+)?(?P<title>[^\n]*)")
# A line each, or all of them behind `WEBVTT`.
FIELD = re.compile(r"(Kind|Language):\s*([\w-]+)\s*;?\s*")


def recognises(text: str) -> bool:
    r"""Whether this is WebVTT: its first line says so, or it has timing lines with dots and no SRT numbering.

    >>> recognises("WEBVTT\n\n00:00.000 --> 00:01.000\nHi"), recognises("WEBVTT is a format.")
    (True, False)
    """
    first, _, rest = text.lstrip().partition("\n")
    if re.match(r"WEBVTT(?:\s|$)", first):
        return cues.TIMING.search(first) is None and re.search(r"^.*-->", rest, re.MULTILINE) is not None
    return re.match(r"(?:\d+\n)?[\d:]+\.\d+[ \t]*-->", text.lstrip()) is not None


def read(text: str) -> Reading:
    """The cues as parts, with the title and language its header may give."""
    found = cues.captions(text)
    title = match["title"].strip() if (match := HEADER.match(found.header[0] if found.header else "")) else ""
    stated = FIELD.sub("", title) == ""
    lines = [title, *found.header[1:]] if stated else found.header[1:]
    fields = {match[1]: match[2] for line in lines if FIELD.match(line) for match in FIELD.finditer(line)}
    said, repeats = cues.utterances(found.cues, rolling=fields.get("Kind") == "captions")
    parts, notes = settle(adverts.flag_turns(said))
    metadata = Metadata(
        kind=SourceKind.EPISODE,
        title=None if stated else title,
        language=fields.get("Language"),
        people=names.people_of((), (part.label.speaker for part in parts)),
    )
    return Reading(metadata=metadata, parts=parts, skipped=(*found.notes, *repeats, *notes))
