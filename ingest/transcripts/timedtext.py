"""Read timed text in XML: TTML as Apple and broadcasters write it, and YouTube's srv1, srv2 and srv3. Pure.

On lxml alone: of the TTML libraries measured, both refuse Apple's times in bare seconds.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from ingest.markdown import fold
from ingest.reading import Metadata, Reading
from ingest.transcripts import adverts, cues, names
from ingest.transcripts.clock import seconds
from ingest.transcripts.segments import named, phrases
from ingest.transcripts.services import Segment, carried, speaker_name
from ingest.transcripts.turns import settle
from rag.models import SourceKind

ROOT = re.compile(
    r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>\s*)*<(?:\w+:)?(tt|timedtext|transcript)[\s>]",
    re.DOTALL,
)
DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
OFFSET = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>h|ms|m|s|f|t)")
IN_FRAMES = re.compile(r"(?P<clock>\d+:\d{2}:\d{2}):(?P<frames>\d{2,3}(?:\.\d+)?)")
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


def recognises(text: str) -> bool:
    """Whether this is XML of one of these kinds, by its root element.

    >>> recognises('<transcript><text start="0" dur="1">Hi</text></transcript>'), recognises("<table><tr>")
    (True, False)
    """
    return ROOT.match(text[:20_000]) is not None


def broken(text: str) -> str | None:
    """What is wrong with the XML; None when nothing is."""
    return _parsed(text)[1]


def read(text: str) -> Reading:
    """The words as phrases, with speakers where agents are given.

    >>> said = '<tt xmlns="http://www.w3.org/ns/ttml"><body><p begin="1.5">So it<br/>is.</p></body></tt>'
    >>> [(part.text, part.label.start_s) for part in read(said).parts]
    [('So it is.', 1.5)]
    """
    root, _ = _parsed(text)
    is_ttml = _name(root) == "tt"
    found = list(_ttml(root) if is_ttml else _youtube(root))
    silent = sum(not segment.text.strip() for segment in found)
    parts, notes = settle(adverts.flag_turns(list(phrases(carried(named(found))))))
    titles = root.xpath("//*[local-name()='head']//*[local-name()='title']/text()")
    return Reading(
        metadata=Metadata(
            kind=SourceKind.EPISODE,
            title=fold(titles[0]) if titles else None,
            language=root.get("{http://www.w3.org/XML/1998/namespace}lang") or None,
            people=names.people_of((), (part.label.speaker for part in parts)),
        ),
        parts=parts,
        skipped=(*((f"{silent} lines without words",) if silent else ()), *notes),
    )


@lru_cache(maxsize=1)
def _parsed(text: str) -> tuple[Any, str | None]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(DECLARATION.sub("", text, count=1).encode("utf-8", "replace"), parser), None
    except etree.XMLSyntaxError as error:
        return None, fold(str(error))[:120]


def _name(node: Any) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _attribute(node: Any, name: str) -> str | None:
    """An attribute, whatever its namespace."""
    for key, value in node.attrib.items():
        if etree.QName(key).localname == name:
            return str(value)
    return None


def _ttml(root: Any) -> Iterator[Segment]:
    agents = {
        agent.get(XML_ID): fold(" ".join(agent.itertext()))
        for agent in root.xpath("//*[local-name()='head']//*[local-name()='agent']")
    }
    rates = {key: _attribute(root, key) for key in ("frameRate", "tickRate")}
    rate = {key: float(value) for key, value in rates.items() if value and _is_rate(value)}
    for paragraph in root.xpath("//*[local-name()='body']//*[local-name()='p']"):
        given = _inherited(paragraph, "agent")
        speaker = speaker_name(agents.get(given) or given)
        begin = _seconds(paragraph.get("begin"), rate)
        end = _seconds(paragraph.get("end"), rate)
        length = _seconds(paragraph.get("dur"), rate)
        end = begin + length if end is None and begin is not None and length is not None else end
        words = paragraph.xpath(".//*[local-name()='span'][@begin][not(.//*[local-name()='span'][@begin])]")
        if not words:
            yield Segment(f" {_words(paragraph)}", begin, end, speaker)
        else:
            yield from _spans(paragraph, words, begin, rate, speaker)


def _spans(
    paragraph: Any, words: list[Any], begin: float | None, rate: Mapping[str, float], speaker: str | None
) -> Iterator[Segment]:
    """Apple writes a span a word, and no white space between them."""
    timed = {id(word): word for word in words}
    pending = ""
    for node in paragraph.iter():
        if id(node) in timed:
            start_s, end_s = _seconds(node.get("begin"), rate), _seconds(node.get("end"), rate)
            if start_s is not None and begin is not None and start_s < begin:
                # As the standard has it, times in a paragraph count from its own begin; Apple's do not.
                start_s, end_s = round(start_s + begin, 3), None
            yield Segment(f" {pending}{_words(node)}", start_s, end_s, speaker)
            pending = f"{node.tail or ''} ".lstrip()
        elif not any(id(parent) in timed for parent in node.iterancestors()):
            own = (node.text or "") + (node.tail or "" if node is not paragraph else "")
            pending = f"{pending} {own}".lstrip() if isinstance(node.tag, str) else pending
    if pending.strip():
        yield Segment(f" {pending}", None, None, speaker)


def _youtube(root: Any) -> Iterator[Segment]:
    """srv1: `text` in seconds, escaped twice. srv2: `text`, srv3: `p` of `s`, both in thousandths."""
    for node in root.iter("{*}text", "{*}p"):
        if node.get("start") is not None:
            begin, length = seconds(node.get("start")), seconds(node.get("dur") or "")
        else:
            begin, length = (
                value / 1000 if (value := seconds(node.get(key) or "")) is not None else None
                for key in ("t", "d")
            )
        end = round(begin + length, 3) if begin is not None and length is not None else None
        words = node.findall("{*}s")
        if not words:
            yield Segment(f" {cues.MARKUP.sub('', html.unescape(_words(node)))}", begin, end, None)
        for word in words:
            offset = seconds(word.get("t") or "0")
            start = round(begin + (offset or 0.0) / 1000, 3) if begin is not None else None
            yield Segment((word.text or "") + (word.tail or ""), start, None, None)


def _words(node: Any) -> str:
    """A node's text; a line break is white space."""
    pieces = []
    for inner in node.iter():
        if not isinstance(inner.tag, str):
            pieces.append(inner.tail or "" if inner is not node else "")
            continue
        pieces.append(" " if _name(inner) == "br" else "")
        pieces.append(inner.text or "")
        pieces.append(inner.tail or "" if inner is not node else "")
    return "".join(pieces)


def _inherited(node: Any, name: str) -> str | None:
    while node is not None:
        if value := _attribute(node, name):
            return value
        node = node.getparent()
    return None


def _is_rate(text: str) -> bool:
    return re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", text) is not None and float(text) > 0


def _seconds(text: str | None, rate: Mapping[str, float]) -> float | None:
    """A TTML time in seconds: clock, clock with frames, number with a unit, or Apple's bare number.

    >>> [_seconds(text, {"frameRate": 25}) for text in ("1:09:04.480", "1.5s", "500ms", "00:00:01:05", "x")]
    [4144.48, 1.5, 0.5, 1.2, None]
    """
    text = (text or "").strip()
    if match := OFFSET.fullmatch(text):
        per = {**UNITS, "f": 1 / rate.get("frameRate", 30.0), "t": 1 / rate.get("tickRate", 1.0)}
        return round(float(match["number"]) * per[match["unit"]], 3)
    if match := IN_FRAMES.fullmatch(text):
        whole = seconds(match["clock"])
        return (
            None if whole is None else round(whole + float(match["frames"]) / rate.get("frameRate", 30.0), 3)
        )
    return seconds(text) if text else None
