# ruff: noqa: E501  (a table of sources reads better unbroken)
"""What speech recognition services, hosts and players write: JSON of many shapes, and timed text in XML."""

import json

import pytest

from ingest.read import read
from rag.errors import SourceMalformed, UnknownFormat

HELLO = [("Ana", "Hello there.", 1.0), ("Bo", "Hi, so long.", 3.0)]
COUNTED = [("Speaker 0", "Hello there.", 1.0), ("Speaker 1", "Hi, so long.", 3.0)]
LETTERED = [("Speaker A", "Hello there.", 1.0), ("Speaker B", "Hi, so long.", 3.0)]
NOBODY = [(None, "Hello there.", 1.0), (None, "Hi, so long.", 3.0)]
# (word, start, end, which speaker)
WORDS = [
    ("Hello", 1, 1.5, 0),
    ("there.", 1.5, 2, 0),
    ("Hi,", 3, 3.2, 1),
    ("so", 3.2, 3.5, 1),
    ("long.", 3.5, 4, 1),
]


def said(data):
    data = (
        data
        if isinstance(data, bytes)
        else data.encode()
        if isinstance(data, str)
        else json.dumps(data).encode()
    )
    return [(part.label.speaker, part.text, part.label.start_s) for part in read(data, origin="x").parts]


def of(speaker):
    return [word for word in WORDS if word[3] == speaker]


def deepgram_word(word):
    text, start, end, speaker = word
    return {
        "word": text.lower().strip(".,"),
        "punctuated_word": text,
        "start": start,
        "end": end,
        "speaker": speaker,
    }


def milliseconds(word):
    return {"text": word[0], "start": round(word[1] * 1000), "end": round(word[2] * 1000), "confidence": 0.9}


def amazon_items(*, labelled):
    for text, start, end, speaker in WORDS:
        own = {"speaker_label": f"spk_{speaker}"} if labelled else {}
        times = {"start_time": str(start), "end_time": str(end)}
        yield {
            "type": "pronunciation",
            **times,
            **own,
            "alternatives": [{"content": text.strip(".,"), "confidence": "1"}],
        }
        if text[-1] in ".,":
            yield {"type": "punctuation", "alternatives": [{"content": text[-1], "confidence": "0"}]}


def rev_elements(words):
    for text, start, end, _ in words:
        yield {"type": "text", "value": text.strip(".,"), "ts": start, "end_ts": end, "confidence": 1}
        if text[-1] in ".,":
            yield {"type": "punct", "value": text[-1]}
        yield {"type": "punct", "value": " "}


SPEAKER_LABELS = {
    "segments": [
        {
            "speaker_label": f"spk_{n}",
            "items": [{"start_time": str(w[1]), "speaker_label": f"spk_{n}"} for w in of(n)],
        }
        for n in (0, 1)
    ]
}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            {"results": {"channels": [{"alternatives": [{"transcript": "x", "words": list(map(deepgram_word, WORDS))}]}]}},
            COUNTED, id="deepgram words"),
        pytest.param(
            {"results": {"channels": [], "utterances": [
                {"speaker": n, "channel": 0, "transcript": "x", "words": list(map(deepgram_word, of(n)))} for n in (0, 1)]}},
            COUNTED, id="deepgram utterances"),
        pytest.param(
            {"results": {"channels": [{"alternatives": [{"words": list(map(deepgram_word, of(n)))}]} for n in (0, 1)]}},
            COUNTED, id="deepgram, a person a channel"),
        pytest.param(
            {"id": "1", "text": "x", "words": list(map(milliseconds, WORDS)), "utterances": [
                {"speaker": "AB"[n], "start": 0, "end": 1, "text": "x", "words": list(map(milliseconds, of(n)))}
                for n in (0, 1)]},
            LETTERED, id="assemblyai utterances"),
        pytest.param({"id": "1", "text": "x", "words": list(map(milliseconds, WORDS)), "utterances": None},
                     NOBODY, id="assemblyai words"),
        pytest.param({"monologues": [{"speaker": n, "elements": list(rev_elements(of(n)))} for n in (0, 1)]},
                     COUNTED, id="rev"),
        pytest.param({"speakers": [{"id": 0, "name": "Ana"}, {"id": 1, "name": "Bo"}],
                      "monologues": [{"speaker": n, "elements": list(rev_elements(of(n)))} for n in (0, 1)]},
                     HELLO, id="rev, named"),
        pytest.param({"jobName": "x", "results": {"transcripts": [], "items": list(amazon_items(labelled=True))}},
                     COUNTED, id="amazon"),
        pytest.param({"results": {"speaker_labels": SPEAKER_LABELS, "items": list(amazon_items(labelled=False))}},
                     COUNTED, id="amazon, speakers apart"),
        pytest.param({"format": "2.9", "results": [
            {"type": "word", "start_time": s, "end_time": e, "alternatives": [{"content": t, "speaker": f"S{n}"}]}
            for t, s, e, n in WORDS]}, COUNTED, id="speechmatics"),
        pytest.param({"results": [{"alternatives": [{"transcript": "x", "words": [
            {"word": t, "startTime": f"{s}s", "endTime": f"{e}s"} for t, s, e, _ in WORDS]}]}]},
            NOBODY, id="google"),
        pytest.param({"results": [{"alternatives": [{"transcript": "hello"}]}, {"alternatives": [{"words": [
            {"word": t, "startTime": f"{s}s", "endTime": f"{e}s", "speakerTag": n + 1} for t, s, e, n in WORDS]}]}]},
            [("Speaker 1", *HELLO[0][1:]), ("Speaker 2", *HELLO[1][1:])], id="google, words again with speakers"),
        pytest.param({"language_code": "en", "text": "x", "words": [
            item for t, s, e, n in WORDS for item in (
                {"text": t, "start": s, "end": e, "type": "word", "speaker_id": f"speaker_{n}"},
                {"text": " ", "start": e, "end": e, "type": "spacing", "speaker_id": f"speaker_{n}"})]},
            [("speaker_0", *HELLO[0][1:]), ("speaker_1", *HELLO[1][1:])], id="elevenlabs"),
        pytest.param({"transcripts": [
            {"start": "00:00:01.000", "start_ms": 1000, "speaker": "1", "voice": "Ana", "text": "Hello there."},
            {"start": "00:00:03.000", "start_ms": 3000, "speaker": "2", "voice": "Bo", "text": "Hi, so long."}]},
            HELLO, id="podlove"),
        pytest.param([{"start": 1, "end": 2, "text": "Hello there.", "speaker": "Ana"},
                      {"start": 3, "end": 4, "text": "Hi, so long.", "speaker": "Bo"}], HELLO, id="a bare list, substack"),
        pytest.param({"utterances": [{"speaker": "AB"[n], "start": at, "end": at + 900, "text": text}
                                     for n, at, text in ((0, 1000, "Hello there."), (1, 3000, "Hi, so long."))]},
                     LETTERED, id="assemblyai utterances alone"),
        pytest.param({"id": "1", "audio_duration": 4, "sentences": [
            {"text": "x", "start": 1000, "end": 2000, "words": list(map(milliseconds, of(n)))} for n in (0, 1)]},
            NOBODY, id="assemblyai sentences"),
        pytest.param({"results": [{"alternatives": [{"words": [
            {"word": t, "startOffset": f"{s}s", "endOffset": f"{e}s", "speakerLabel": str(n + 1)} for t, s, e, n in WORDS]}]}]},
            [("Speaker 1", *HELLO[0][1:]), ("Speaker 2", *HELLO[1][1:])], id="google, second version"),
        pytest.param({"params": {"language": "en"}, "transcription": [
            {"timestamps": {"from": "00:00:01,000"}, "offsets": {"from": 1000, "to": 2000}, "text": " Hello there."},
            {"timestamps": {"from": "00:00:03,000"}, "offsets": {"from": 3000, "to": 4000}, "text": " Hi, so long."}]},
            NOBODY, id="whisper.cpp"),
        pytest.param({"text": "x", "chunks": [{"timestamp": [1, 2], "text": " Hello there."},
                                              {"timestamp": [3, None], "text": " Hi, so long."}]}, NOBODY, id="transformers"),
        pytest.param({"recognizedPhrases": [
            {"speaker": n, "offsetInTicks": at, "durationInTicks": 10_000_000, "nBest": [{"lexical": "x", "display": text}]}
            for n, at, text in ((0, 10_000_000, "Hello there."), (1, 30_000_000, "Hi, so long."))]},
            COUNTED, id="azure"),
        pytest.param({"phrases": [
            {"speaker": n, "offsetMilliseconds": at, "durationMilliseconds": 1000, "text": text}
            for n, at, text in ((0, 1000, "Hello there."), (1, 3000, "Hi, so long."))]},
            COUNTED, id="azure, fast"),
        pytest.param({"status": "done", "result": {"transcription": {"languages": ["en"], "utterances": [
            {"language": "en", "start": at, "end": at + 1, "speaker": n, "text": text}
            for n, at, text in ((0, 1, "Hello there."), (1, 3, "Hi, so long."))]}}},
            COUNTED, id="gladia, in its envelope"),
        pytest.param({"task": "transcribe", "words": [{"word": t, "start": s, "end": e} for t, s, e, _ in WORDS]},
                     NOBODY, id="openai, words alone"),
        pytest.param({"segments": [{"start": 1, "speaker": {"id": "1", "name": "Ana"}, "text": "Hello there."},
                                   {"start": 3, "speaker": {"id": "2", "name": "Bo"}, "text": "Hi, so long."}]},
                     HELLO, id="speakers as objects"),
        pytest.param({"events": [{"tStartMs": 1000, "segs": [{"utf8": "ANA ROE: Hello\nthere."}]},
                                 {"tStartMs": 3000, "segs": [{"utf8": "BO LUND: Hi, so long."}]}]},
                     [("ANA ROE", *HELLO[0][1:]), ("BO LUND", *HELLO[1][1:])], id="youtube json3 by hand, with names"),
        pytest.param({"word_segments": [{"word": t, "start": s, "end": e} for t, s, e, _ in WORDS]},
                     NOBODY, id="whisperx words"),
        pytest.param({"wireMagic": "pb3", "events": [
            {"tStartMs": 0, "dDurationMs": 9000, "id": 1, "wpWinPosId": 1},
            {"tStartMs": "1000", "dDurationMs": 4000, "segs": [{"utf8": "Hello"}, {"utf8": " there.", "tOffsetMs": 500}]},
            {"tStartMs": 2000, "aAppend": 1, "segs": [{"utf8": "\n"}]},
            {"tStartMs": 3000, "dDurationMs": 1000, "segs": [{"utf8": "Hi, so"}, {"utf8": " long.", "tOffsetMs": 500}]}]},
            NOBODY, id="youtube json3"),
        pytest.param('<?xml version="1.0" encoding="utf-8" ?><transcript><text start="1" dur="1">Hello there.</text>'
                     '<text start="3" dur="1">Hi, so long.</text></transcript>', NOBODY, id="youtube srv1"),
        pytest.param('<timedtext><text t="1000" d="900">Hello there.</text><text t="3000">Hi, so long.</text></timedtext>',
                     NOBODY, id="youtube srv2"),
        pytest.param('<timedtext format="3"><head><ws id="0"/></head><body><w t="0" id="1"/><p t="1000" d="2000" w="1">'
                     '<s ac="1">Hello</s><s t="500" ac="1"> there.</s></p><p t="2000" d="10" w="1" a="1">\n</p>'
                     '<p t="3000" d="2000"><s>Hi, so</s><s t="300"> long.</s></p></body></timedtext>',
                     NOBODY, id="youtube srv3"),
        pytest.param('<tt xmlns="http://www.w3.org/ns/ttml" xmlns:podcasts="http://podcasts.apple.com/transcript-ttml-internal"'
                     ' xmlns:ttm="http://www.w3.org/ns/ttml#metadata"><body dur="9"><div>'
                     '<p begin="1.000" end="2" ttm:agent="Ana"><span podcasts:unit="sentence" begin="1.000">'
                     '<span podcasts:unit="word" begin="1.000" end="1.5">Hello</span><span podcasts:unit="word" begin="1.5">'
                     'there.</span></span></p><p begin="3" ttm:agent="Bo"><span podcasts:unit="word" begin="3">Hi,</span>'
                     '<span podcasts:unit="word" begin="3.2">so</span><span begin="3.5">long.</span></p></div></body></tt>',
                     HELLO, id="apple ttml"),
        pytest.param('<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" '
                     'ttp:frameRate="25"><tt:body><tt:div><tt:p begin="00:00:01:00" end="00:00:02:00">Hello<tt:br/>'
                     '<tt:span>there.</tt:span></tt:p><tt:p begin="3s" dur="1s">Hi, so long.</tt:p></tt:div></tt:body></tt:tt>',
                     NOBODY, id="broadcast ttml"),
    ],
)  # fmt: skip
def test_words_times_and_speakers(data, expected):
    assert said(data) == expected


def test_agents_with_names_are_called_by_them():
    data = (
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"><head><metadata>'
        '<ttm:agent xml:id="p1" type="person"><ttm:name type="full">Ana Roe</ttm:name></ttm:agent></metadata></head>'
        '<body><div ttm:agent="p1"><p begin="1:17.410">Hello.</p></div></body></tt>'
    )
    assert said(data) == [("Ana Roe", "Hello.", 77.41)]


def test_entities_of_srv1_are_escaped_twice_and_read_so():
    assert said('<transcript><text start="0" dur="1">Ana&amp;#39;s Q&amp;amp;A</text></transcript>') == [
        (None, "Ana's Q&A", 0.0)
    ]


def test_white_space_between_words_is_what_a_reader_sees():
    words = [" Hello", ",", "there", " ", ".", "It", "'s", "me"]
    data = {"segments": [{"startTime": n, "body": word} for n, word in enumerate(words)]}
    assert " ".join(text for _, text, _ in said(data)) == "Hello, there. It's me"


@pytest.mark.parametrize(
    ("data", "counted"),
    [
        pytest.param({"segments": [{"startTime": 1, "body": "Hello there."}, {"startTime": 2, "body": " "}, {"img": 1}]},
                     ["1 segments without words", "1 items that hold no words we know of"], id="json"),
        pytest.param('<transcript><text start="0">Hello there.</text><text start="1"> </text></transcript>',
                     ["1 lines without words"], id="xml"),
        pytest.param("WEBVTT\n\n0:01.000 --> 0:02.000\nHello there.\n\n0:02.000 --> 0:03.000\n<c></c>\n",
                     ["1 cues without words"], id="webvtt"),
    ],
)  # fmt: skip
def test_what_is_silent_is_counted(data, counted):
    data = data if isinstance(data, str) else json.dumps(data)
    assert read(data.encode(), origin="x").skipped == tuple(counted)


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        pytest.param('{"version": "1.2.0", "chapters": [{"startTime": 0}]}', UnknownFormat, "chapters", id="chapters"),
        pytest.param('{"segments": [{"id": 1}, {"id": 2}]}', UnknownFormat, "no transcript", id="other segments"),
        pytest.param('{"events": []}', UnknownFormat, "no transcript", id="no events"),
        pytest.param('<tt xmlns="http://www.w3.org/ns/ttml"><body><p begin="1">Hi', SourceMalformed, "broken", id="cut off"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused_by_its_name(data, error, says):
    with pytest.raises(error, match=says):
        read(data.encode(), origin="x")


def test_entities_and_tags_of_json_are_read_once():
    data = {"segments": [{"startTime": 0, "body": "Ana&#39;s <i>Q&amp;amp;A</i>"}]}
    assert said(data) == [(None, "Ana's Q&amp;A", 0.0)]


@pytest.mark.parametrize(
    ("data", "language", "seconds"),
    [
        ({"language": "english", "duration": 8.5, "segments": [{"start": 0, "text": "Hello."}]}, "en", 8.5),
        (
            {"audio_duration": 9, "language_code": "de", "utterances": [{"start": 0, "text": "Hallo."}]},
            "de",
            9.0,
        ),
        (
            {"result": {"language": "fr"}, "transcription": [{"offsets": {"from": 0}, "text": "Oui."}]},
            "fr",
            None,
        ),
    ],
)
def test_language_and_length_are_kept(data, language, seconds):
    metadata = read(json.dumps(data).encode(), origin="x").metadata
    assert (metadata.language, metadata.seconds) == (language, seconds)


def test_a_lone_length_gives_the_end():
    data = [{"text": "Hello.", "start": 1.0, "duration": 1.5}]
    assert read(json.dumps(data).encode(), origin="x").parts[0].label.end_s == 2.5


def test_whole_numbers_are_thousandths_where_the_service_has_no_fractions():
    in_seconds = {"utterances": [{"text": "Hi.", "start": 1.5, "end": 2, "speaker": 0}]}
    assert said({"result": {"transcription": in_seconds}}) == [("Speaker 0", "Hi.", 1.5)]
    assert said({"utterances": [{"text": "Hi.", "start": 1500, "end": 2000, "speaker": "A"}]}) == [
        ("Speaker A", "Hi.", 1.5)
    ]


def test_words_alone_are_a_transcript_and_other_texts_are_none():
    assert said({"text": " Hello there.", "usage": {"seconds": 3}}) == [(None, "Hello there.", None)]
    with pytest.raises(UnknownFormat):
        said({"text": "Hello there.", "created_at": "today", "likes": 3})


def test_deepgram_may_give_utterances_alone():
    utterance = {"start": 1.0, "end": 2.0, "transcript": "Hello there.", "speaker": 0}
    assert said({"results": {"utterances": [utterance]}}) == [("Speaker 0", "Hello there.", 1.0)]


def test_rev_by_hand_has_clock_times():
    element = {
        "type": "text",
        "value": "Hello.",
        "timestamp": "00:00:01,500",
        "end_timestamp": "00:00:02,000",
    }
    assert said({"monologues": [{"speaker": 0, "elements": [element]}]}) == [("Speaker 0", "Hello.", 1.5)]


def test_a_phrase_of_azure_without_a_length_keeps_its_time():
    phrase = {"speaker": 1, "offsetInTicks": 25_000_000, "nBest": [{"display": "Hello there."}]}
    assert said({"recognizedPhrases": [phrase]}) == [("Speaker 1", "Hello there.", 2.5)]


@pytest.mark.parametrize(
    "words", ["... and never on time.", ", or so they say.", "’s what you say.", ") as I said."]
)
def test_words_that_begin_with_a_mark_stay_with_who_says_them(words):
    segments = [
        {"speaker": "Ana", "startTime": 1.0, "body": "The pier is long"},
        {"speaker": "Bo", "startTime": 3.0, "body": words},
    ]
    assert said({"version": "1.0.0", "segments": segments}) == [
        ("Ana", "The pier is long", 1.0),
        ("Bo", words, 3.0),
    ]


def test_a_mark_alone_belongs_to_the_words_before_it():
    segments = [
        {"speaker": "Ana", "startTime": 1.0, "body": "The pier is long"},
        {"speaker": "Bo", "startTime": 3.0, "body": "."},
        {"speaker": "Bo", "startTime": 3.0, "body": "Is it?"},
    ]
    assert said({"version": "1.0.0", "segments": segments}) == [
        ("Ana", "The pier is long.", 1.0),
        ("Bo", "Is it?", 3.0),
    ]


def test_a_segment_of_music_is_no_part_of_the_sentence_after_it():
    segments = [{"startTime": 1.0, "body": "[Music]"}, {"startTime": 9.0, "body": "The pier is long."}]
    assert said({"version": "1.0.0", "segments": segments}) == [
        (None, "[Music]", 1.0),
        (None, "The pier is long.", 9.0),
    ]
