"""Tell a source's format from its content, and read it. The one door of all readers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from ingest import (
    archives,
    documents,
    frontmatter,
    pages,
    sections,
    signs,
    snips,
    speakers,
    summaries,
    webpage,
)
from ingest.decode import decode
from ingest.reading import Reading
from ingest.transcripts import segments, subrip, table, timedtext, webvtt
from rag.errors import SourceEmpty, SourceMalformed, UnknownFormat

MARKUP_START = re.compile(r"\s*<(?:\?xml|!DOCTYPE|[A-Za-z][\w:.-]*(?:\s[^<>]*)?/?>)", re.IGNORECASE)
CODE_LINE = re.compile(
    r"\s*(?:(?:def|class|function|import|from|const|let|var|public|private|static|return|#include|package|func|fn|use)\b.*"
    r"|.*[;{}]\s*|[\w.]+\(.*\)|.*=\s*\S+.*\(.*|//.*|/\*.*|@\w+.*)"
)
WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Format:
    """A way sources are written: how to tell it, and how to read it."""

    name: str
    recognises: Callable[[str], bool]
    read: Callable[[str], Reading]


# In this order: what gives itself away in its first line, then what takes a look at the whole.
FORMATS = (
    Format("WebVTT", webvtt.recognises, webvtt.read),
    Format("SRT", subrip.recognises, subrip.read),
    Format("JSON transcript", segments.recognises, segments.read),
    Format("table of what is said", table.recognises, table.read),
    Format("timed text", timedtext.recognises, timedtext.read),
    Format("Snipd export", snips.recognises, snips.read),
    Format("AI summary page", summaries.recognises, summaries.read),
    Format("AI summary page (HTML)", summaries.recognises_html, summaries.read),
    Format("labelled transcript", pages.recognises_transcript, pages.read_transcript),
    Format("HTML page", pages.recognises_html, pages.read_html),
    Format("Markdown page", pages.recognises_markdown, pages.read_markdown),
    Format("plain text", lambda text: True, pages.read_prose),
)


def read(data: bytes, *, origin: str, progress: documents.Progress = lambda characters: None) -> Reading:
    r"""Read a source, whatever its name says it is.

    >>> read(b"WEBVTT\n\n0:01.000 --> 0:02.000\n<v Ana>Hi", origin="notes.txt").parts[0].label.speaker
    'Ana'
    """
    if data.startswith(archives.GZIP):
        data = archives.gunzipped(data, origin=origin)
    if documents.recognises(data):
        reading = documents.read(data, origin=origin, progress=progress)
    else:
        reading = _read_text(decode(data, origin=origin), origin)
    # Who is listed in the file itself has been told apart by its reader; a feed may list more.
    reading = sections.marked(speakers.told_apart(reading))
    published = reading.metadata.published or frontmatter.day_in(frontmatter.file_name(origin))
    return replace(reading, metadata=replace(reading.metadata, published=published))


def _read_text(text: str, origin: str) -> Reading:
    _refuse(text, origin)
    chosen = next(entry for entry in FORMATS if entry.recognises(text))
    if chosen.read is pages.read_prose or chosen.read is pages.read_markdown:
        _refuse_no_prose(text, origin)
    reading = chosen.read(text)
    if not any(WORD.search(part.text) for part in reading.parts):
        raise SourceEmpty(origin, f"this {chosen.name} holds no words; add one that does")
    return reading


def _refuse(text: str, origin: str) -> None:
    """Raise for text that is data in a format of its own, but no transcript, page or prose."""
    if signs.is_feed(text):
        raise UnknownFormat(origin, "this is a feed, not one source; add it as a feed to get its episodes")
    if re.match(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]])", text):
        _refuse_json(text, origin)
    elif timedtext.recognises(text):
        if broken := timedtext.broken(text):
            raise SourceMalformed(origin, f"timed text whose XML is broken ({broken}); get the file again")
    elif pages.recognises_html(text):
        if webpage.nests_too_deep(text):
            raise SourceMalformed(origin, f"HTML nested over {webpage.DEEPEST} deep; save the page anew")
    elif MARKUP_START.match(text):
        raise UnknownFormat(
            origin, "XML that is neither a page nor a feed; add a transcript as WebVTT, SRT, JSON or text"
        )


def _refuse_json(text: str, origin: str) -> None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if _is_json_lines(text):
            raise UnknownFormat(
                origin, "JSON Lines, one record a line, and no transcript; add WebVTT, SRT or text instead"
            ) from None
        where = f"line {error.lineno}, column {error.colno}"
        raise SourceMalformed(
            origin, f"JSON that breaks off or breaks its rules at {where}; get the file again"
        ) from error
    except RecursionError as error:
        raise SourceMalformed(origin, "JSON nested too deep to read; get the file again") from error
    except ValueError as error:  # Python reads no number of more than 4,300 digits
        raise SourceMalformed(origin, "JSON with a number too long to read; get the file again") from error
    if not segments.recognises(text):
        raise UnknownFormat(
            origin,
            _other_json(text),
        )


def _other_json(text: str) -> str:
    loaded = json.loads(text)
    if isinstance(loaded, dict) and isinstance(loaded.get("chapters"), list):
        return "chapters, not words; add the feed that names them, and they become headings"
    return "JSON, but no transcript: expected 'segments' with words; add WebVTT, SRT or text instead"


def _is_json_lines(text: str) -> bool:
    r"""Whether each line is a JSON value of its own.

    >>> _is_json_lines('{"id": 1}\n{"id": 2}\n'), _is_json_lines('{"segments": [\n')
    (True, False)
    """
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        return len(lines) > 1 and all(isinstance(json.loads(line), dict | list) for line in lines)
    except (ValueError, RecursionError):
        return False


def _refuse_no_prose(text: str, origin: str) -> None:
    if not WORD.search(text):
        raise SourceEmpty(origin, "there are no words in it; add a file that holds text")
    if _is_table(text):
        raise UnknownFormat(origin, "a table (CSV or TSV), not text; add a transcript, a page or plain prose")
    if _is_code(text):
        raise UnknownFormat(origin, "source code, not text; add a transcript, a page or plain prose")


def _is_table(text: str) -> bool:
    r"""Whether every line has the same number of separators, as rows do and sentences do not.

    >>> _is_table("a,b,c\n1,2,3\n4,5,6"), _is_table("Well, yes.\nNo, no, no.\nSo.")
    (True, False)
    """
    lines = [re.sub(r'"(?:[^"]|"")*"', "", line) for line in text.split("\n") if line.strip()]
    if len(lines) < 3:
        return False
    for separator, least in ((",", 2), (";", 2), ("\t", 1), ("|", 2)):
        counts = {line.count(separator) for line in lines}
        if len(counts) == 1 and counts.pop() >= least:
            return True
    return False


def _is_code(text: str) -> bool:
    """Whether most lines read like a program's."""
    if text.startswith("#!"):
        return True
    lines = [line for line in text.split("\n") if line.strip()]
    code = sum(
        CODE_LINE.fullmatch(line) is not None and not line.rstrip().endswith((".", "?", "!"))
        for line in lines
    )
    return len(lines) >= 3 and code / len(lines) > 0.5
