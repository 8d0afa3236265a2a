"""Read transcripts in JSON: Podcasting 2.0, Whisper and its kin, Reduct. Pure.

Segments may be a word, a line or a paragraph. They are joined into phrases, each with the time of its first
segment, so that a sentence is never a heap of one-word parts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ingest.markdown import fold
from ingest.reading import Metadata, Reading
from ingest.transcripts import adverts, names
from ingest.transcripts.turns import Utterance, settle
from rag.models import SourceKind

SENTENCE_END = re.compile(r"[.?!…][\"'”’)\]]*$")
GLUED = re.compile(r"\s*(?:[,.;:!?…%)\]”](?!\w)|['’](?:s|t|re|ve|ll|d|m)\b)")
# A phrase without a full stop is cut here, so that links stay near the words.
LONGEST_PHRASE_S = 20.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One timed piece of a transcript, white space as the source has it."""

    text: str
    start_s: float | None
    end_s: float | None
    speaker: str | None


def recognises(text: str) -> bool:
    """Whether this is JSON with segments that hold words."""
    return bool(_segments(_loaded(text)))


def read(text: str) -> Reading:
    """The segments as phrases.

    >>> said = '{"segments": [{"startTime": 0, "body": "I am"}, {"startTime": 1, "body": "."}]}'
    >>> [(part.text, part.label.start_s) for part in read(said).parts]
    [('I am.', 0.0)]
    """
    loaded = _loaded(text)
    segments = _segments(loaded)
    silent = sum(not segment.text.strip() for segment in segments)
    parts, notes = settle(adverts.flag_turns(list(_phrases(segments))))
    language = loaded.get("language") if isinstance(loaded, dict) else None
    return Reading(
        metadata=Metadata(
            kind=SourceKind.EPISODE,
            language=language if isinstance(language, str) else None,
            people=names.people_of((), (part.label.speaker for part in parts)),
        ),
        parts=parts,
        skipped=(*((f"{silent} segments without words",) if silent else ()), *notes),
    )


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _segments(loaded: object) -> list[Segment]:
    found = loaded.get("segments") if isinstance(loaded, dict) else loaded
    if not isinstance(found, list) or not found:
        return []
    segments = [segment for item in found if isinstance(item, dict) for segment in _of(item)]
    has_words = any(segment.text.strip() for segment in segments)
    return _carried(segments) if has_words and len(segments) >= len(found) else []


def _carried(segments: list[Segment]) -> list[Segment]:
    """Speakers hold until another is named: some writers name them only when they change."""
    carried: list[Segment] = []
    for segment in segments:
        before = carried[-1].speaker if carried else None
        carried.append(segment if segment.speaker else replace(segment, speaker=before))
    return carried


def _of(item: Mapping[str, object]) -> Iterator[Segment]:
    """One segment, or one per word where words carry their own speakers."""
    speaker = item.get("speaker") or item.get("speaker_name") or item.get("speaker_id")
    name = fold(str(speaker)) if isinstance(speaker, str | int) and not isinstance(speaker, bool) else None
    words = item.get("wdlist") or item.get("words")
    if isinstance(words, list) and (item.get("wdlist") or _several_speakers(words)):
        for word in words:
            if isinstance(word, dict) and isinstance(text := word.get("word"), str):
                own = word.get("speaker")
                spoken = text if item.get("wdlist") else f" {text.strip()}"
                yield Segment(
                    spoken, _time(word, "start"), _time(word, "end"), own if isinstance(own, str) else name
                )
        return
    text = item.get("body", item.get("text"))
    if isinstance(text, str) and ({"start", "startTime", "end", "endTime"} & item.keys() or "body" in item):
        yield Segment(text, _time(item, "startTime", "start"), _time(item, "endTime", "end"), name or None)


def _several_speakers(words: list[object]) -> bool:
    return (
        len(
            {
                word["speaker"]
                for word in words
                if isinstance(word, dict) and isinstance(word.get("speaker"), str)
            }
        )
        > 1
    )


def _time(item: Mapping[str, object], *keys: str) -> float | None:
    for key in keys:
        value = item.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e7:
            return round(float(value), 3)
    return None


def _phrases(segments: list[Segment]) -> Iterator[Utterance]:
    """Segments joined until a sentence ends, the speaker changes or the phrase grows long."""
    text, first, last_speaker = "", None, None
    end_s: float | None = None
    started = False
    for segment in segments:
        if not segment.text.strip():
            text += " " if text else ""
            continue
        if first and not GLUED.match(segment.text) and _is_full(text, first, segment):
            yield _phrase(text, first, end_s, continues=started and first.speaker == last_speaker)
            started, last_speaker, text, first = True, first.speaker, "", None
        first = first or segment
        text = (
            f"{text.rstrip()}{segment.text.lstrip()}"
            if GLUED.match(segment.text)
            else f"{text} {segment.text}"
        )
        end_s = segment.end_s
    if first:
        yield _phrase(text, first, end_s, continues=started and first.speaker == last_speaker)


def _is_full(text: str, first: Segment, segment: Segment) -> bool:
    known = segment.start_s is not None and first.start_s is not None
    spoken_s = (segment.start_s or 0.0) - (first.start_s or 0.0) if known else 0.0
    return (
        segment.speaker != first.speaker
        or (bool(SENTENCE_END.search(text.rstrip())) and segment.start_s != first.start_s)
        or (spoken_s >= LONGEST_PHRASE_S)
    )


def _phrase(text: str, first: Segment, end_s: float | None, *, continues: bool) -> Utterance:
    return Utterance(
        text=fold(text), speaker=first.speaker, start_s=first.start_s, end_s=end_s, continues=continues
    )
