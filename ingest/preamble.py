"""What a source says of itself above its words without front matter: fields, a byline, a date. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Literal

from ingest.frontmatter import DAY, WRITTEN_OUT, day, web_address
from ingest.markdown import fold
from ingest.reading import Metadata
from ingest.transcripts import names
from ingest.transcripts.clock import seconds
from rag.models import unique

FIELD = re.compile(
    r"\s*(?:[-*•]\s+)?(?:\*\*|__)?(?P<key>[A-Za-z][A-Za-z -]{1,24}?)\s*(?:\*\*|__)?\s*:"
    r"\s*(?:\*\*|__)?\s*(?P<value>\S.*)"
)
NAMED = {
    "title": "title, episode title, episode name, episode",
    "show": "show, show name, podcast, podcast name, series, newsletter, publication",
    "published": "date, published, published on, publish date, publication date, release date, released,"
    " aired, air date, recorded, recorded on, recording date, posted, posted on, episode date",
    "people": "host, hosts, co-host, co-hosts, cohost, cohosts, hosted by, guest, guests, speaker, speakers,"
    " participants, attendees, people, author, authors, by, written by, with",
    "url": "url, link, episode url, episode link, source, permalink, original, web",
    "audio_url": "audio, audio url, audio file, mp3, media, enclosure, recording",
    "language": "language, lang",
    "seconds": "duration, length, runtime, running time",
}
KEYS = {key.strip(): name for name, keys in NAMED.items() for key in keys.split(",")}
SPEAKING = frozenset({"host", "co-host", "cohost", "guest", "speaker"})
# Published May 5, 2026 by Ana Roe
DATE_AND_AUTHOR = re.compile(
    r"(?:(?:published|posted|written|updated)\s+(?:on\s+)?)?(?P<rest>\S[^.!?]{4,40}?)[\s,·|•–—-]+"
    r"by\s+(?P<names>\S.*)",
    re.IGNORECASE,
)
BYLINE = re.compile(
    r"[*_]{0,2}(?:written\s+|posted\s+)?by:?\s+(?P<names>[^\d\n]{3,80}?)"
    r"(?:\s*(?:[·|•–—,]|-\s|\bon\b)\s*(?P<rest>.*?))?[*_]{0,2}",
    re.IGNORECASE,
)
# What may stand beside a date that is the source's own: a weekday, an hour, how long the reading takes.
BESIDE_DATE = re.compile(
    r"\b(?:published|posted|recorded|updated|released|aired|date|on|at|the|of|mon|tues?|wed(?:nes)?|thu(?:rs)?"
    r"|fri|sat(?:ur)?|sun)(?:day)?\b|\d{1,2}:\d{2}(?::\d{2})?|\b(?:am|pm|[A-Z]{2,4}T|UTC|GMT)\b"
    r"|(?<=\d)(?:am|pm)\b|\d+ min(?:ute)?s? read",
    re.IGNORECASE,
)
# So far down a source speaks of itself; a field below that is part of what it is about.
LINES = 16
LONGEST_TITLE = 120
LONGEST_DATED = 60
LINK = re.compile(r"\[[^\]\n]*\]\((https?://[^)\s]+)\)|<(https?://[^>\s]+)>")


def split(text: str) -> tuple[Metadata, str]:
    r"""What the fields at the head of a text say, and the text without them.

    >>> said, rest = split("On Tea\n\nHost: Ana Roe\nDate: May 4, 2025\n\nAna: Hi.")
    >>> said.people, said.published, rest.split()
    (('Ana Roe',), datetime.date(2025, 5, 4), ['On', 'Tea', 'Ana:', 'Hi.'])
    >>> split("Host: Hello, and welcome.")[1]
    'Host: Hello, and welcome.'
    """
    lines = text.split("\n")
    written = islice((at for at, line in enumerate(lines) if line.strip()), LINES)
    found = Metadata()
    fields = []
    for at in written:
        said = _field(lines[at])
        if said is None:
            continue
        found = _joined(found, said)
        fields.append(at)
    for at in fields:
        lines[at] = ""
    return found, "\n".join(lines) if fields else text


def _joined(found: Metadata, said: Metadata) -> Metadata:
    names_of = Metadata.__dataclass_fields__
    first = {name: getattr(found, name) or getattr(said, name) for name in names_of}
    return Metadata(**{**first, "people": unique([*found.people, *said.people])})


def _field(line: str) -> Metadata | None:
    """What one line says of the source; None when it is no field, or its value does not fit."""
    match = FIELD.fullmatch(line)
    key = KEYS.get(match["key"].strip().lower()) if match else None
    if match is None or key is None:
        return None
    value = match["value"].strip().strip("*_").strip()
    linked = LINK.search(value)
    address = web_address((linked[1] or linked[2]) if linked else value)
    match key:
        case "people":
            people = people_in(value)
            # `Guest: Exactly` is somebody's turn.
            if (
                match["key"].strip().lower() in SPEAKING
                and max(map(len, map(str.split, people)), default=0) < 2
            ):
                return None
            return Metadata(people=people) if people else None
        case "published":
            return Metadata(published=found) if (found := day(value)) else None
        case "url" | "audio_url":
            return _said(key, address) if address else None
        case "seconds":
            lasts = seconds(value)
            return Metadata(seconds=lasts) if lasts else None
        case "title" | "show" if not re.fullmatch(r"#?\d+", value) and not value.endswith((".", "?", "!")):
            return _said(key, fold(value).strip("\"'“”"))
        case "title" if re.search(r"\w{3}", value) and len(value) <= LONGEST_TITLE:
            return Metadata(title=fold(value).strip("\"'“”"))
        case "language" if re.fullmatch(r"[A-Za-z]{2,3}(?:-[\w-]+)?", value):
            return Metadata(language=value)
    return None


def _said(key: Literal["title", "show", "url", "audio_url"], value: str) -> Metadata:
    match key:
        case "title":
            return Metadata(title=value)
        case "show":
            return Metadata(show=value)
        case "url":
            return Metadata(url=value)
        case "audio_url":
            return Metadata(audio_url=value)


def people_in(text: str) -> tuple[str, ...]:
    """The names a list of people holds; none when anything else stands in it.

    >>> people_in("Ana Roe (host), Bo Lund & Cy Dee"), people_in("Hello, and welcome")
    (('Ana Roe', 'Bo Lund', 'Cy Dee'), ())
    """
    plain = re.sub(r"\([^()]*\)|\[[^\[\]]*\]\([^()]*\)", "", LINK.sub("", text)).strip(" *_")
    if plain.endswith((".", "!", "?")):
        return ()
    found = [fold(name) for name in re.split(r"\s*[,;/&]\s*|\s+and\s+", plain) if name.strip()]
    sure = [name for name in found if names.plausible(name) and not names.is_anonymous(name)]
    return tuple(sure) if sure and len(sure) == len(found) else ()


def bylines(text: str, *, titled: bool = False, whole: bool = True) -> Metadata:
    r"""Author and date out of the first lines of prose, and its title unless it is `titled` already.

    Without `whole` the text is only what stands above a transcript.

    >>> said = bylines("Of Kettles\n\nBy Ana Roe · May 8, 2025\n\nTin is back.")
    >>> said.title, said.people, said.published.isoformat()
    ('Of Kettles', ('Ana Roe',), '2025-05-08')
    """
    lines = [fold(line) for line in text[:4_000].split("\n")]
    written = [line for line in lines if line]
    found = Metadata()
    for line in written[:6]:
        match = BYLINE.fullmatch(line) if len(line) <= LONGEST_TITLE else None
        if not match and (turned := DATE_AND_AUTHOR.fullmatch(line)) and day(turned["rest"]):
            match = turned
        people = people_in(match["names"]) if match else ()
        dated = _dated(line.strip("*_ "))
        if match and people:
            dated = dated or day((match["rest"] or "").strip("*_ "))
        found = _joined(found, Metadata(people=people, published=dated))
    if not titled and written and (title := _title(lines, written, whole=whole)):
        found = replace(found, title=title)
    return found


def _title(lines: Sequence[str], written: Sequence[str], *, whole: bool) -> str | None:
    """A first line that is no sentence, above a byline or a date, or alone above something longer."""
    first, below = written[0], (written[1] if len(written) > 1 else "")
    if len(first) > LONGEST_TITLE or first[-1] in ".,;:!" or not re.search(r"[^\W\d_]{3}", first):
        return None
    if day(first) or BYLINE.fullmatch(first) or "://" in first:
        return None
    at = lines.index(first)
    alone = at + 1 >= len(lines) or not lines[at + 1]
    dated = bool(below) and (BYLINE.fullmatch(below) or _dated(below.strip("*_ "))) is not None
    return first.strip("*_# ") if dated or (alone and (not whole or len(below) > len(first))) else None


def _dated(line: str) -> date | None:
    """The day a line gives that says nothing else, or names the show beside it.

    >>> _dated("Thursday, May 8, 2025 · 5 min read") == _dated("Tea Times, May 8, 2025") == date(2025, 5, 8)
    True
    >>> _dated("On May 8, 2025 we met Ana.")
    """
    if len(line) > LONGEST_DATED or line[-1:] in ".!?" or not (found := day(line)):
        return None
    rest = BESIDE_DATE.sub("", WRITTEN_OUT.sub("@", DAY.sub("@", line, count=1), count=1)).strip()
    beside = re.fullmatch(r"\W*@\W*(?:[·|•–—]\s*.*)?|.*[,·|•–—(]\s*@\W*\d*:?\d*\W*", rest)
    return found if beside else None
