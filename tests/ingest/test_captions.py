"""WebVTT and SRT, with everything that is wrong in real ones."""

import pytest
import srt
import webvtt

from ingest.read import read


def parts(text):
    return read(text.encode(), origin="x").parts


def said(text):
    return [(part.label.speaker, part.text) for part in parts(text)]


def times(text):
    return [(part.label.start_s, part.label.end_s) for part in parts(text)]


def vtt(*cues):
    return "WEBVTT\n\n" + "\n\n".join(
        f"0:{n:02}.000 --> 0:{n + 1:02}.000\n{cue}" for n, cue in enumerate(cues)
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(vtt("<v Ana>Hi", "there"), "Ana: Hi | Ana: there", id="speaker carried over"),
        pytest.param(vtt("<v Ana>Hi.</v><v.loud Bo>Ho."), "Ana: Hi. | Bo: Ho.", id="two voices in a cue"),
        pytest.param(vtt("<v Ada Roe:>Hi"), "Ada Roe: Hi", id="colon in the name"),
        pytest.param(vtt("(Ada Roe)\nHi", "ho"), "Ada Roe: Hi | Ada Roe: ho", id="name on the first line"),
        pytest.param(vtt("(Laughter)\nHi", "ho"), "?: (Laughter) Hi | ?: ho", id="a sound, no name"),
        pytest.param(vtt("Q&amp;amp;A &lt;now&gt;"), "?: Q&amp;A <now>", id="entities once"),
        pytest.param(vtt("<i>So</i> <c.y>it</c> <laugh>"), "?: So it <laugh>", id="tags off, sounds kept"),
        pytest.param(vtt("one\n\ntwo"), "?: one two", id="blank line inside a cue"),
        pytest.param(
            vtt("Ana: Hi", "So: we", "Ana: ho"), "Ana: Hi | Ana: So: we | Ana: ho", id="names come back"
        ),
        pytest.param(vtt("http://a.b", "http://a.b"), "?: http://a.b | ?: http://a.b", id="no names"),
        pytest.param(
            vtt(
                "[SPEAKER_00]: Hi", "[Ana Roe] Ho", "so", "[Ana Roe] Note: no", "[laughs] Ha", "[Laughter] Hm"
            ),
            "SPEAKER_00: Hi | Ana Roe: Ho | Ana Roe: so | Ana Roe: Note: no | Ana Roe: [laughs] Ha"
            " | Ana Roe: [Laughter] Hm",
            id="names in square brackets, and sounds",
        ),
        pytest.param(
            vtt(">> ANA ROE: HI.", "SO. >> HO.\n>> ANA ROE: YES.", "WELL."),
            "ANA ROE: HI. | ANA ROE: SO. | ?: HO. | ANA ROE: YES. | ANA ROE: WELL.",
            id="broadcasters' sign for somebody else",
        ),
        pytest.param(vtt("- Hi.\n- Ho.", "- so"), "?: Hi. | ?: Ho. | ?: so", id="two dashes, two voices"),
        pytest.param(
            vtt("<v Ana>Tea is up.", "- Who made it?\n- I did.", "At noon.", "<v Ana>So."),
            "Ana: Tea is up. | ?: Who made it? | ?: I did. | ?: At noon. | Ana: So.",
            id="two dashes under no voice are nobody's",
        ),
        pytest.param(
            vtt("Ana Roe: Tea is up.", "Bo Dahl: No.", "Ana: It is. Bo: I was misled. Note: by her."),
            "Ana Roe: Tea is up. | Bo Dahl: No. | Ana Roe: It is. | Bo Dahl: I was misled. Note: by her.",
            id="a second label inside a line",
        ),
        pytest.param(
            vtt("Ana Roe: Tea is up.", "Bo Dahl: No.", 'Ana: It is. Bo: "no", he wrote.'),
            'Ana Roe: Tea is up. | Bo Dahl: No. | Ana Roe: It is. Bo: "no", he wrote.',
            id="somebody quoted inside a line",
        ),
        pytest.param(
            vtt("Ana Roe: Tea is up.", "Dr. Bo: No.", "J. P. Bo: It is.", "Ana Roe: Yes."),
            "Ana Roe: Tea is up. | Dr. Bo: No. | J. P. Bo: It is. | Ana Roe: Yes.",
            id="full stops inside labels",
        ),
        pytest.param(
            vtt(
                "Ana Roe: Tea.",
                "It goes on.",
                "Salt & Pepper: both.",
                "East Holm, 1990: rain.",
                "Bo Dahl: No.",
            ),
            "Ana Roe: Tea. | Ana Roe: It goes on. | Ana Roe: Salt & Pepper: both."
            " | Ana Roe: East Holm, 1990: rain. | Bo Dahl: No.",
            id="colons in what is said",
        ),
        pytest.param(
            vtt("Ana Roe: Tea is up.", "Bo Dahl: No.", "ANA ROE: Yes.\n[LAUGHTER] BO DAHL: No."),
            "Ana Roe: Tea is up. | Bo Dahl: No. | Ana Roe: Yes. | Bo Dahl: [LAUGHTER] No.",
            id="a sound before a label, and names in capitals",
        ),
        pytest.param(vtt("no no", "no no"), "?: no no | ?: no no", id="repeated words are kept"),
    ],
)
def test_what_is_said_and_by_whom(text, expected):
    assert " | ".join(f"{speaker or '?'}: {words}" for speaker, words in said(text)) == expected


@pytest.mark.parametrize(
    ("timing", "start_s", "end_s"),
    [
        ("0:02.480 --> 0:16.520", 2.48, 16.52),
        ("0:00:02.480 --> 0:00:16.520", 2.48, 16.52),
        ("00:02,5 --> 00:03,5", 2.5, 3.5),
        ("00:00:04,79 --> 00:00:05,00", 4.79, 5.0),
        ("0.860 --> 7.380", 0.86, 7.38),
        ("0:09 --> 0:12", 9.0, 12.0),
        ("100:00:00.000 --> 100:00:01.000 align:start position:0%", 360000.0, 360001.0),
        ("00:05.000 --> 00:05.000", 5.0, None),
        ("00:05.000 --> 00:03.000", 5.0, None),
        ("00:05.000 -->", 5.0, None),
    ],
)
def test_times_as_people_write_them(timing, start_s, end_s):
    assert times(f"WEBVTT\n\n{timing}\nHello there\n") == [(start_s, end_s)]


def test_a_cue_that_steps_backwards_is_estimated_and_reported():
    text = (
        "WEBVTT\n\n0:10.000 --> 0:11.000\naaaa\n\n0:02.000 --> 0:03.000\nbbbb\n\n0:20.000 --> 0:21.000\ncccc"
    )
    reading = read(text.encode(), origin="x")
    starts = [part.label.start_s or 0.0 for part in reading.parts]
    assert starts == sorted(starts)
    assert sum(part.label.approximate for part in reading.parts) == 1
    assert any("backwards" in note for note in reading.skipped)


def test_rolling_captions_are_read_once():
    text = """WEBVTT
Kind: captions
Language: en

00:00.000 --> 00:02.000 align:start position:0%

so<00:00:00.500><c> we</c><00:00:01.000><c> began</c>

00:02.000 --> 00:02.010 align:start position:0%
so we began

00:02.010 --> 00:04.000 align:start position:0%
so we began
in<00:00:02.500><c> May</c>

00:04.000 --> 00:04.010 align:start position:0%
in May
"""
    reading = read(text.encode(), origin="x")
    assert [part.text for part in reading.parts] == ["so we began", "in May"]
    assert reading.metadata.language == "en"
    assert any("repeated" in note for note in reading.skipped)


def test_words_said_again_are_no_rolling_captions():
    assert said(vtt("<v Ana>No.", "<v Ana>No.", "<v Ana>No.")) == [("Ana", "No.")] * 3


def test_header_title_notes_styles_and_ids():
    text = """WEBVTT - On tea

STYLE
::cue { color: red }

NOTE a remark
of two lines

id 7
0:01.000 --> 0:02.000
Hi"""
    reading = read(text.encode(), origin="x")
    assert reading.metadata.title == "On tea"
    assert [part.text for part in reading.parts] == ["Hi"]
    assert any("2 NOTE" in note for note in reading.skipped)


def test_unreadable_times_keep_their_words():
    reading = read(
        b"WEBVTT\n\n0:01.000 --> 0:02.000\nHi\n\n::.. --> 0:03.000\nho\n\n0:05.000 --> 0:06.000\nbye",
        origin="x",
    )
    assert [part.text for part in reading.parts] == ["Hi", "ho", "bye"]
    assert reading.parts[1].label.approximate
    assert any("unreadable" in note for note in reading.skipped)


def test_srt_names_stand_only_where_the_speaker_changes():
    text = """1
00:00:00,179 --> 00:00:02,399
Travis: When you first get
started, it's

2
00:00:02,400 --> 00:00:04,799
hard. Note: it gets
better.

3
00:00:05,000 --> 00:00:06,000
Gilon: It does. {\\an8}

4
00:00:06,000 --> 00:00:07,000
Travis: Gilon: who?

5
00:00:07,000 --> 00:00:08,000
Gilon: Me.
"""
    assert said(text) == [
        ("Travis", "When you first get started, it's"),
        ("Travis", "hard. Note: it gets better."),
        ("Gilon", "It does."),
        ("Travis", "Gilon: who?"),
        ("Gilon", "Me."),
    ]
    assert [part.continues for part in parts(text)] == [False, True, False, False, False]


def test_the_libraries_agree_where_the_file_is_clean():
    cues = [f"line {n} of the talk" for n in range(30)]
    ours = [(part.label.start_s, part.text) for part in parts(vtt(*cues))]
    assert ours == [
        (float(cue.start_in_seconds), cue.text) for cue in webvtt.from_string(vtt(*cues)).captions
    ]
    text = "\n".join(
        f"{n + 1}\n00:00:{n:02},500 --> 00:00:{n + 1:02},000\n{cue}\n" for n, cue in enumerate(cues)
    )
    ours = [(part.label.start_s, part.text) for part in parts(text)]
    assert ours == [(cue.start.total_seconds(), cue.content) for cue in srt.parse(text)]


def test_a_timing_line_with_one_time_is_one():
    text = vtt("one") + "\n\nsoon --> 0:04.000\ntwo\n\n0:05.000 --> later\nthree\n\na --> b"
    assert [words for _, words in said(text)] == ["one", "two", "three a --> b"]
    notes = read(text.encode(), origin="x").skipped
    assert [note.split(" ", 1)[0] for note in notes] == ["1", "1"]


def test_each_of_several_voices_in_a_cue_has_a_time_of_its_own():
    text = "WEBVTT\n\n0:01.000 --> 0:09.000\n<v Ana>One two.</v><v Bo>Six ten.</v><v Cy>Ten six."
    labels = [part.label for part in parts(text)]
    assert [label.approximate for label in labels] == [False, True, True]
    starts = [label.start_s or 0.0 for label in labels]
    assert 1.0 == starts[0] < starts[1] < starts[2] < 9.0
    assert labels[-1].end_s == 9.0


def test_what_whisper_prints_is_captions():
    text = "[00:00.000 --> 00:04.500]  Hello.\n[00:04.500 --> 00:08.000]  It is hot.\n"
    assert said(text) == [(None, "Hello."), (None, "It is hot.")]
    assert times(text) == [(0.0, 4.5), (4.5, 8.0)]


def test_fields_behind_the_mark_are_no_title():
    reading = read(b"WEBVTT Kind: captions; Language: en\n\n00:01.000 --> 00:02.000\nHello.\n", origin="x")
    assert (reading.metadata.title, reading.metadata.language) == (None, "en")
    titled = read(b"WEBVTT - Kind: a word\n\n00:01.000 --> 00:02.000\nHello.\n", origin="x")
    assert titled.metadata.title == "Kind: a word"


def test_captions_of_sbv_have_their_times():
    text = "0:00:01.000,0:00:03.000\nAna Roe: Hello.\n\n0:00:03.500,0:00:05.000\nI go on,\nand on.\n"
    assert said(text) == [("Ana Roe", "Hello."), ("Ana Roe", "I go on, and on.")]
    assert [start_s for start_s, _ in times(text)] == [1.0, 3.5]


def test_what_is_said_after_music_has_a_time_of_its_own():
    heard = parts(vtt("<v Ana>It rose.", "[Music]", "It fell", "[laughs]", "again."))
    assert [part.continues for part in heard] == [False, True, False, True, True]
