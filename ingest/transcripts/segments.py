"""Read transcripts in JSON, whoever wrote them. Pure.

Segments may be a word, a line or a paragraph. They are joined into phrases, each with the time of its first
segment, so that a sentence is never a heap of one-word parts. Who writes what is in `services.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from ingest.markdown import fold
from ingest.reading import Metadata, Reading
from ingest.transcripts import adverts, cues, names
from ingest.transcripts.services import Segment, carried, service_of
from ingest.transcripts.turns import Utterance, settle
from rag.models import SourceKind

SENTENCE_END = re.compile(r"[.?!…][\"'”’)\]]*$")
GLUED = re.compile(r"\s*(?:[,.;:!?…%)\]”](?!\w)|['’](?:s|t|re|ve|ll|d|m)\b)")
# A mark alone has no speaker of its own, whatever the service says; words that begin with one have.
ONLY_MARKS = re.compile(r"\s*[^\w\s]+\s*")
# Segments of fewer words than this on average are words, not lines, and begin with no label.
FEWEST_WORDS = 3
# A phrase without a full stop is cut here, so that links stay near the words.
LONGEST_PHRASE_S = 20.0
# Whisper's interface spells languages out, some services use three letters.
LANGUAGES = {
    **dict.fromkeys(("english", "eng"), "en"),
    **dict.fromkeys(("german", "deu", "ger"), "de"),
    **dict.fromkeys(("french", "fra", "fre"), "fr"),
    **dict.fromkeys(("spanish", "spa"), "es"),
    **dict.fromkeys(("italian", "ita"), "it"),
    **dict.fromkeys(("portuguese", "por"), "pt"),
    **dict.fromkeys(("dutch", "nld", "dut"), "nl"),
    **dict.fromkeys(("chinese", "zho", "chi"), "zh"),
    **dict.fromkeys(("japanese", "jpn"), "ja"),
    **dict.fromkeys(("russian", "rus"), "ru"),
}
# Where fewer of the items are segments, the file is something else that has a list of that name.
LEAST_SHARE = 0.5


def recognises(text: str) -> bool:
    """Whether this is JSON of a known shape that holds words."""
    segments, without = _segments(_loaded(text))
    return any(segment.text.strip() for segment in segments) and len(segments) >= LEAST_SHARE * without


def read(text: str) -> Reading:
    """The segments as phrases.

    >>> said = '{"segments": [{"startTime": 0, "body": "I am"}, {"startTime": 1, "body": "."}]}'
    >>> [(part.text, part.label.start_s) for part in read(said).parts]
    [('I am.', 0.0)]
    """
    loaded = _loaded(text)
    segments, without = _segments(loaded)
    silent = sum(not segment.text.strip() for segment in segments)
    parts, notes = settle(adverts.flag_turns(list(phrases(segments))))
    said = {
        f"{silent} segments without words": silent,
        f"{without} items that hold no words we know of": without,
    }
    return Reading(
        metadata=Metadata(
            kind=SourceKind.EPISODE,
            language=_language(loaded),
            seconds=_lasts(loaded),
            people=names.people_of((), (part.label.speaker for part in parts)),
        ),
        parts=parts,
        skipped=(*(note for note, count in said.items() if count), *notes),
    )


@lru_cache(maxsize=1)
def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _segments(loaded: object) -> tuple[list[Segment], int]:
    """Segments in order, and how many items were none."""
    service = service_of(loaded)
    if service is None:
        return [], 0
    found = list(service[0].segments(service[1]))
    segments = [
        replace(segment, text=cues.unmarked(segment.text)) if re.search("[&<]", segment.text) else segment
        for segment in found
        if segment is not None
    ]
    return carried(named(segments)), len(found) - len(segments)


def named(segments: Sequence[Segment]) -> list[Segment]:
    r"""Segments that name nobody, cut where their lines begin with a name as captions do.

    >>> said = [Segment("Ana Roe: Hi.", 0.0, None, None), Segment("So.\nBo Lund: Ho.", 2.0, None, None)]
    >>> [(one.speaker, one.text.strip(), one.start_s) for one in carried(named(said))]
    [('Ana Roe', 'Hi.', 0.0), ('Ana Roe', 'So.', 2.0), ('Bo Lund', 'Ho.', None)]
    """
    words = sum(len(segment.text.split()) for segment in segments)
    if any(segment.speaker for segment in segments) or words < FEWEST_WORDS * len(segments):
        return list(segments)
    lines = [[fold(line) for line in segment.text.split("\n")] for segment in segments]
    speakers = cues.speakers_in(lines)
    if not speakers:
        return list(segments)
    cut: list[Segment] = []
    for segment, several in zip(segments, lines, strict=True):
        pieces: list[tuple[str | None, str]] = []
        for line in several:
            label = cues.line_speaker(line, speakers)
            pieces.append(label or (None, line))
        for number, (name, text) in enumerate(piece for piece in pieces if piece[1]):
            begins = segment.start_s if not number else None
            cut.append(Segment(f" {text}", begins, segment.end_s if not number else None, name))
    return cut


def _language(loaded: object) -> str | None:
    if not isinstance(loaded, Mapping):
        return None
    inside = [loaded, *(value for value in loaded.values() if isinstance(value, Mapping))]
    keys = ("language", "language_code", "languageCode")
    said = next((value for one in inside for key in keys if isinstance(value := one.get(key), str)), None)
    return LANGUAGES.get(said.casefold(), said) if said else None


def _lasts(loaded: object) -> float | None:
    """Seconds of the recording, where the service says so."""
    if not isinstance(loaded, Mapping):
        return None
    inside = [loaded, *(loaded[key] for key in ("metadata",) if isinstance(loaded.get(key), Mapping))]
    said = (one.get(key) for one in inside for key in ("duration", "audio_duration"))
    lasts = next((value for value in said if isinstance(value, int | float) and value > 0), None)
    return float(lasts) if lasts is not None and not isinstance(lasts, bool) and lasts < 1e7 else None


def phrases(segments: Sequence[Segment]) -> Iterator[Utterance]:
    """Segments joined until a sentence ends, the speaker changes or the phrase grows long."""
    text, first, last_speaker = "", None, None
    end_s: float | None = None
    started = False
    for segment in segments:
        if not segment.text.strip():
            text += " " if text else ""
            continue
        if first and _is_full(text, first, segment):
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
    if segment.speaker != first.speaker:
        return not ONLY_MARKS.fullmatch(segment.text)
    if GLUED.match(segment.text):
        return False
    known = segment.start_s is not None and first.start_s is not None
    spoken_s = (segment.start_s or 0.0) - (first.start_s or 0.0) if known else 0.0
    # What is heard before somebody speaks has a time of its own.
    ended = SENTENCE_END.search(text.rstrip()) is not None or not names.after_sounds(text)[1].strip()
    return (ended and segment.start_s != first.start_s) or spoken_s >= LONGEST_PHRASE_S


def _phrase(text: str, first: Segment, end_s: float | None, *, continues: bool) -> Utterance:
    return Utterance(
        text=fold(text), speaker=first.speaker, start_s=first.start_s, end_s=end_s, continues=continues
    )
