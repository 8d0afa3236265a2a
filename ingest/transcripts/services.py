"""What speech recognition and podcast hosts write in JSON, service by service, as timed segments. Pure.

One table: how to tell a service's file by its own keys, and where its words, times and speakers are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ingest.markdown import fold
from ingest.transcripts.clock import seconds

Object = Mapping[str, object]
# What stands for a person where a service counts speakers: 0, "1", "A", "S1", "spk_0".
COUNTED = re.compile(r"\d{1,3}|[A-Z]|S\d{1,3}|spk_\d{1,3}")
# What may stand beside the words where nothing but the words was asked for.
BARE = {"text", "language", "duration", "task", "usage", "logprobs"}
DEEPEST_ENVELOPE = 3
NO_SPACE_BEFORE = re.compile(r"[,.;:!?…%)\]”’]")


@dataclass(frozen=True, slots=True)
class Segment:
    """One timed piece of a transcript, white space as the source has it."""

    text: str
    start_s: float | None
    end_s: float | None
    speaker: str | None


@dataclass(frozen=True, slots=True)
class Service:
    """A way of writing transcripts in JSON: how to tell it, and its segments; None for one without words."""

    name: str
    recognises: Callable[[Object], bool]
    segments: Callable[[Object], Iterator[Segment | None]]


def service_of(loaded: object) -> tuple[Service, Object] | None:
    """The service that wrote this, with what it wrote as an object.

    >>> service_of({"monologues": []})[0].name, service_of({"version": "1.2.0", "chapters": []})
    ('Rev', None)
    """
    if isinstance(loaded, list):
        loaded = {"segments": loaded}
    layer = [loaded] if isinstance(loaded, dict) else []
    # What a program asked a service for often lies in an envelope: `{"output": {"segments": …}}`.
    for _ in range(DEEPEST_ENVELOPE):
        for inside in layer:
            if chosen := next((service for service in SERVICES if service.recognises(inside)), None):
                return chosen, inside
        layer = [value for inside in layer for value in inside.values() if isinstance(value, dict)]
    return None


def _plain(loaded: Object) -> Iterator[Segment | None]:
    """Podcasting 2.0, Whisper and its kin, Reduct, Podlove, Substack: `segments`, or only words."""
    for item in _objects(
        loaded.get("segments")
        or loaded.get("transcripts")
        or loaded.get("word_segments")
        or loaded.get("words")
    ):
        found: list[Segment | None] = [*_segment(item)]
        yield from found or [None]


def _segment(item: Object) -> Iterator[Segment]:
    """One segment, or one per word where words carry their own speakers."""
    named = item.get("voice") or item.get("speaker") or item.get("speaker_name")
    named = named.get("name", named.get("id")) if isinstance(named, dict) else named
    name = speaker_name(named if named is not None else item.get("speaker_id"))
    words = item.get("wdlist") or item.get("words")
    if isinstance(words, list) and (item.get("wdlist") or _several_speakers(words)):
        for word in _objects(words):
            if isinstance(text := word.get("word"), str):
                spoken = text if item.get("wdlist") else f" {text.strip()}"
                yield Segment(
                    spoken,
                    _time(word, "start"),
                    _time(word, "end"),
                    speaker_name(word.get("speaker")) or name,
                )
        return
    text = item.get("body", item.get("text", item.get("word")))
    if isinstance(text, str) and (
        {"start", "startTime", "end", "endTime", "start_ms"} & item.keys() or "body" in item
    ):
        spoken = f" {text}" if "word" in item and "text" not in item else text
        start_s = _time(item, "startTime", "start")
        start_s = _thousandths(item, "start_ms") if start_s is None else start_s
        end_s = _time(item, "endTime", "end")
        length = _time(item, "duration") if end_s is None and start_s is not None else None
        end_s = round((start_s or 0.0) + length, 3) if length is not None else end_s
        yield Segment(spoken, start_s, end_s, name)


def _several_speakers(words: list[object]) -> bool:
    return len({word["speaker"] for word in _objects(words) if isinstance(word.get("speaker"), str)}) > 1


def _deepgram(loaded: Object) -> Iterator[Segment | None]:
    """Utterances where they were asked for, else each channel's words, a person a channel if several."""
    results = _object(loaded.get("results"))
    channels = _objects(results.get("channels"))
    if utterances := _objects(results.get("utterances")):
        for utterance in utterances:
            yield from _deepgram_words(utterance, _deepgram_speaker(utterance, channels))
        return
    for number, channel in enumerate(channels):
        name = f"Speaker {number}" if len(channels) > 1 else None
        for alternative in _objects(channel.get("alternatives"))[:1]:
            yield from _deepgram_words(alternative, name)


def _deepgram_speaker(utterance: Object, channels: list[Object]) -> str | None:
    return speaker_name(utterance.get("channel") if len(channels) > 1 else utterance.get("speaker"))


def _deepgram_words(item: Object, name: str | None) -> Iterator[Segment | None]:
    words = _objects(item.get("words"))
    for word in words:
        text = word.get("punctuated_word", word.get("word"))
        yield _word(text, _time(word, "start"), _time(word, "end"), name or speaker_name(word.get("speaker")))
    if not words and isinstance(text := item.get("transcript"), str):
        yield Segment(f" {text}", _time(item, "start"), _time(item, "end"), name)


def _assembly(loaded: Object) -> Iterator[Segment | None]:
    """Times in thousandths of a second; utterances where speakers were asked for, else what was asked for.

    Others write the same in seconds, and give themselves away by fractions: a thousandth has none.
    """
    asked = (_objects(loaded.get(key)) for key in ("utterances", "sentences", "paragraphs"))
    said = [
        (utterance, word)
        for utterance in next(filter(None, asked), [loaded])
        for word in _objects(utterance.get("words")) or [utterance]
    ]
    time = _time if any(_has_fraction(word) for _, word in said) else _thousandths
    for utterance, word in said:
        name = speaker_name(utterance.get("speaker", word.get("speaker")))
        yield _word(word.get("text"), time(word, "start"), time(word, "end"), name)


def _has_fraction(item: Object) -> bool:
    return any(isinstance(value := item.get(key), float) and value % 1 for key in ("start", "end"))


def _bare(loaded: Object) -> Iterator[Segment | None]:
    """The words and nothing beside, as OpenAI's API writes them unless it is asked for more."""
    text = loaded.get("text")
    yield Segment(text, None, None, None) if isinstance(text, str) else None


def _whisper_cpp(loaded: Object) -> Iterator[Segment | None]:
    """Segments with offsets in thousandths of a second."""
    for item in _objects(loaded.get("transcription")):
        offsets = _object(item.get("offsets"))
        text = item.get("text")
        name = speaker_name(item.get("speaker") if item.get("speaker") != "?" else None)
        start_s, end_s = _thousandths(offsets, "from"), _thousandths(offsets, "to")
        yield Segment(text, start_s, end_s, name) if isinstance(text, str) else None


def _chunks(loaded: Object) -> Iterator[Segment | None]:
    """Transformers' pipeline: `chunks`, or `speakers` where they were told apart, with pairs of seconds."""
    for item in _objects(loaded.get("speakers")) or _objects(loaded.get("chunks")):
        text, stamp = item.get("text"), item.get("timestamp")
        pair = dict(zip(("start", "end"), stamp, strict=False)) if isinstance(stamp, list) else {}
        start_s, end_s = _time(pair, "start"), _time(pair, "end")
        name = speaker_name(item.get("speaker"))
        yield Segment(f" {text}", start_s, end_s, name) if isinstance(text, str) else None


def _azure(loaded: Object) -> Iterator[Segment | None]:
    """Phrases, each with its best guess; ten million ticks a second, or thousandths."""
    for item in _objects(loaded.get("recognizedPhrases")) or _objects(loaded.get("phrases")):
        best = (_objects(item.get("nBest")) or [item])[0]
        text = best.get("display", best.get("text"))
        ticks, length = item.get("offsetInTicks"), item.get("durationInTicks")
        if isinstance(ticks, int | float):
            spoken: Object = {"start": ticks / 1e7}
            if isinstance(length, int | float):
                spoken = {**spoken, "end": (ticks + length) / 1e7}
            start_s, end_s = _time(spoken, "start"), _time(spoken, "end")
        else:
            start_s, lasts = (
                _thousandths(item, "offsetMilliseconds"),
                _thousandths(item, "durationMilliseconds"),
            )
            end_s = round(start_s + lasts, 3) if start_s is not None and lasts is not None else None
        name = speaker_name(item.get("speaker"))
        yield Segment(f" {text}", start_s, end_s, name) if isinstance(text, str) else None


def _gladia(loaded: Object) -> Iterator[Segment | None]:
    """Utterances of Gladia, and of others that give theirs in seconds."""
    for item in _objects(loaded.get("utterances")):
        text = item.get("text", item.get("transcript"))
        name = speaker_name(item.get("speaker"))
        spoken = Segment(f" {text}", _time(item, "start"), _time(item, "end"), name)
        yield spoken if isinstance(text, str) else None


def _rev(loaded: Object) -> Iterator[Segment | None]:
    """Monologues of elements; punctuation carries the spaces and no times."""
    listed = {str(one.get("id")): one.get("name") for one in _objects(loaded.get("speakers"))}
    for monologue in _objects(loaded.get("monologues")):
        number = monologue.get("speaker")
        name = speaker_name(listed.get(str(number)) or monologue.get("speaker_name") or number)
        elements = _objects(monologue.get("elements"))
        text, start_s, end_s = "", None, None
        for element in elements:
            value = element.get("value")
            if element.get("type") == "text" and text and text[-1].isspace():
                yield Segment(text, start_s, end_s, name)
                text, start_s = "", None
            text += value if isinstance(value, str) else ""
            start_s = _time(element, "ts", "timestamp") if start_s is None else start_s
            end_s = _time(element, "end_ts", "end_timestamp") if element.get("type") == "text" else end_s
        yield Segment(text, start_s, end_s, name) if text else None


def _amazon(loaded: Object) -> Iterator[Segment | None]:
    """Items with their best guess; the speaker stands beside the item, or elsewhere by its start time."""
    results = _object(loaded.get("results"))
    by_start = {
        str(item.get("start_time")): item.get("speaker_label")
        for part in _objects(_object(results.get("speaker_labels")).get("segments"))
        for item in _objects(part.get("items"))
    }
    name: str | None = None
    for item in _objects(results.get("items")):
        label = item.get("speaker_label") or by_start.get(str(item.get("start_time")))
        name = speaker_name(label) or name
        best = (_objects(item.get("alternatives")) or [{}])[0]
        yield _word(best.get("content"), _time(item, "start_time"), _time(item, "end_time"), name)


def _speechmatics(loaded: Object) -> Iterator[Segment | None]:
    for item in _objects(loaded.get("results")):
        best = (_objects(item.get("alternatives")) or [{}])[0]
        name = speaker_name(best.get("speaker")) if best.get("speaker") != "UU" else None
        yield _word(best.get("content"), _time(item, "start_time"), _time(item, "end_time"), name)


def _google(loaded: Object) -> Iterator[Segment | None]:
    """Results of words; where speakers were asked for, the last one holds all words again."""
    results = [
        best
        for result in _objects(loaded.get("results"))
        for best in _objects(result.get("alternatives"))[:1]
        if best.get("words") or best.get("transcript")
    ]
    # The first version repeats everything in its last result, with tags; the second labels as it goes.
    tagged = len(results) > 1 and [
        any(word.get("speakerTag") for word in _objects(one.get("words"))) for one in results
    ] == [*[False] * (len(results) - 1), True]
    for best in results[-1:] if tagged else results:
        words = _objects(best.get("words"))
        for word in words:
            start_s = _clock(word.get("startTime", word.get("startOffset")))
            end_s = _clock(word.get("endTime", word.get("endOffset")))
            name = speaker_name(word.get("speakerTag") or word.get("speakerLabel"))
            yield _word(word.get("word"), start_s, end_s, name)
        if not words and isinstance(text := best.get("transcript"), str):
            yield Segment(f" {text}", None, None, None)


def _eleven(loaded: Object) -> Iterator[Segment | None]:
    """Words, spaces and sounds, each an item of its own."""
    for item in _objects(loaded.get("words")):
        text = item.get("text")
        name = speaker_name(item.get("speaker_id"))
        yield Segment(text, _time(item, "start"), _time(item, "end"), name) if isinstance(text, str) else None


def _youtube(loaded: Object) -> Iterator[Segment | None]:
    """json3: events with their words; those without are windows and styles."""
    for event in _objects(loaded.get("events")):
        if "segs" not in event:
            continue
        begin = _thousandths(event, "tStartMs") or 0.0
        length = _thousandths(event, "dDurationMs")
        words = _objects(event.get("segs"))
        for word in words:
            text = word.get("utf8")
            start_s = begin + (_thousandths(word, "tOffsetMs") or 0.0)
            end_s = round(begin + length, 3) if length is not None and word is words[-1] else None
            yield Segment(text, round(start_s, 3), end_s, None) if isinstance(text, str) else None


def _has(*keys: str) -> Callable[[Object], bool]:
    return lambda loaded: all(isinstance(loaded.get(key), list) for key in keys)


def _results(key: str) -> Callable[[Object], bool]:
    return lambda loaded: isinstance(_object(loaded.get("results")).get(key), list)


def _result_items(key: str) -> Callable[[Object], bool]:
    """Whether `results` is a list of objects of which the first has this key."""
    return lambda loaded: any(key in item for item in _objects(loaded.get("results"))[:1])


def _items_with(name: str, *keys: str) -> Callable[[Object], bool]:
    """Whether a list of this name holds objects of which the first has these keys."""
    return lambda loaded: any(all(key in item for key in keys) for item in _objects(loaded.get(name))[:1])


# What gives itself away by keys nobody else uses comes first.
SERVICES = (
    Service("YouTube json3", _has("events"), _youtube),
    Service("Rev", _has("monologues"), _rev),
    Service("Deepgram", _results("channels"), _deepgram),
    Service("Deepgram utterances", _results("utterances"), _deepgram),
    Service("Amazon Transcribe", _results("items"), _amazon),
    Service("Speechmatics", _result_items("start_time"), _speechmatics),
    Service("Google Speech-to-Text", _result_items("alternatives"), _google),
    Service("JSON transcript", _has("segments"), _plain),
    Service("Podlove", _has("transcripts"), _plain),
    Service("WhisperX words", _has("word_segments"), _plain),
    Service("whisper.cpp", _items_with("transcription", "offsets", "text"), _whisper_cpp),
    Service("Transformers", _items_with("chunks", "timestamp", "text"), _chunks),
    Service("Azure Speech", _items_with("recognizedPhrases", "nBest"), _azure),
    Service("Azure Speech, fast", _items_with("phrases", "offsetMilliseconds"), _azure),
    Service("ElevenLabs", _items_with("words", "text", "type"), _eleven),
    Service("Gladia", _items_with("utterances", "start", "end", "language"), _gladia),
    Service("AssemblyAI", _items_with("utterances", "start", "text"), _assembly),
    Service("AssemblyAI sentences", _items_with("sentences", "start", "text"), _assembly),
    Service("AssemblyAI paragraphs", _items_with("paragraphs", "start", "text"), _assembly),
    Service("AssemblyAI words", _items_with("words", "text", "confidence"), _assembly),
    Service("text alone", lambda loaded: "text" in loaded and loaded.keys() <= BARE, _bare),
    Service("words alone", _items_with("words", "word", "start"), _plain),
)


def carried(segments: Iterable[Segment]) -> list[Segment]:
    """Speakers hold until another is named ("" for nobody): some writers name them only when they change."""
    found: list[Segment] = []
    for segment in segments:
        before = found[-1].speaker if found else None
        found.append(segment if segment.speaker is not None else replace(segment, speaker=before))
    return [segment if segment.speaker else replace(segment, speaker=None) for segment in found]


def speaker_name(given: object) -> str | None:
    """A label a person can read, from a name or from a count of speakers.

    >>> [speaker_name(given) for given in (0, "A", "spk_1", "Ana Roe", "SPEAKER_00", " ", None, True)]
    ['Speaker 0', 'Speaker A', 'Speaker 1', 'Ana Roe', 'SPEAKER_00', None, None, None]
    """
    if isinstance(given, bool) or not isinstance(given, str | int):
        return None
    name = fold(str(given))
    return f"Speaker {re.sub(r'^(?:S|spk_)(?=[0-9])', '', name)}" if COUNTED.fullmatch(name) else name or None


def _word(text: object, start_s: float | None, end_s: float | None, name: str | None) -> Segment | None:
    if not isinstance(text, str) or not text.strip():
        return None
    return Segment(text if NO_SPACE_BEFORE.match(text) else f" {text}", start_s, end_s, name)


def _object(value: object) -> Object:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Object]:
    return [item if isinstance(item, dict) else {} for item in value] if isinstance(value, list) else []


def _time(item: Object, *keys: str) -> float | None:
    """The first of these that is a time, in seconds: a number, or a clock time or number in text."""
    for key in keys:
        value = item.get(key)
        if isinstance(value, str):
            value = seconds(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e7:
            return round(float(value), 3)
    return None


def _thousandths(item: Object, key: str) -> float | None:
    value = _time(item, key)
    return None if value is None else round(value / 1000, 3)


def _clock(value: object) -> float | None:
    """Google's `"1.300s"`, or `{"seconds": "1", "nanos": 300000000}`."""
    if isinstance(value, dict):
        whole, part = _time(value, "seconds"), value.get("nanos")
        return round((whole or 0.0) + (part / 1e9 if isinstance(part, int) else 0.0), 3)
    return seconds(value.removesuffix("s")) if isinstance(value, str) else None
