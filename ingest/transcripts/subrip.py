"""Read SRT and its plainer kin. Pure."""

from __future__ import annotations

import re

from ingest.reading import Metadata, Reading
from ingest.transcripts import adverts, cues, names
from ingest.transcripts.turns import settle
from rag.models import SourceKind

FIRST_CUE = re.compile(r"\s*(?:\d+[ \t]*\n)?[ \t]*[\d:.,]+[ \t]*-->")
# As Whisper prints it while it listens: [00:00.000 --> 00:04.500]  Hello.
PRINTED = re.compile(r"^[ \t]*\[(?P<times>[\d:.,]+[ \t]*-->[ \t]*[\d:.,]+)\][ \t]*", re.MULTILINE)
# YouTube's SBV: 0:00:01.000,0:00:03.000
PAIR = re.compile(r"^[ \t]*(\d+:\d{2}:\d{2}\.\d{1,3}),(\d+:\d{2}:\d{2}\.\d{1,3})[ \t]*$", re.MULTILINE)


def recognises(text: str) -> bool:
    r"""Whether this is SRT: a timing line, perhaps below a number, comes first.

    >>> recognises("1\n00:00:00,179 --> 00:00:02,399\nHi"), recognises("1 --> 2 is an arrow")
    (True, False)
    """
    match = FIRST_CUE.match(text) or PRINTED.match(text.lstrip()) or PAIR.match(text.lstrip())
    return match is not None and ":" in match[0]


def read(text: str) -> Reading:
    """The cues as parts; `Name: ` prefixes become speakers."""
    if PAIR.match(text.lstrip()):
        text = PAIR.sub(r"\1 --> \2", text)
    found = cues.captions(PRINTED.sub(r"\n\g<times>\n", text))
    said, repeats = cues.utterances(found.cues)
    parts, notes = settle(adverts.flag_turns(said))
    people = names.people_of((), (part.label.speaker for part in parts))
    return Reading(
        metadata=Metadata(kind=SourceKind.EPISODE, people=people),
        parts=parts,
        skipped=(*found.notes, *repeats, *notes),
    )
