"""Transcripts that are text: every way people write who speaks and when."""

import pytest

from ingest.read import read


def parts(text, origin="x"):
    return read(text.encode(), origin=origin).parts


def said(text):
    return [(part.label.speaker, part.text, part.label.start_s) for part in parts(text)]


ANA, BO = "Ana Roe", "Bo Lund"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "Ana Roe (00:00:02) - Hello\nthere.\n\nBo Lund (00:00:05) - Hi.", id="brackets and a dash"
        ),
        pytest.param("Ana Roe (00:02):\nHello there.\n\nBo Lund (00:05):\nHi.", id="brackets and a colon"),
        pytest.param(
            "Ana Roe: 00:00:02\n\nHello there.\n\nBo Lund: 00:00:05\n\nHi.", id="time after the colon"
        ),
        pytest.param(
            "**Ana Roe:** \\[00:02\\] Hello there.\n\n**Bo Lund:** \\[00:05\\] Hi.", id="bold, escaped time"
        ),
        pytest.param("[00:00:02] Ana Roe: Hello there.\n[00:00:05] Bo Lund: Hi.", id="time first"),
        pytest.param("Ana Roe  0:02\nHello there.\n\nBo Lund  0:05\nHi.", id="time after the name"),
        pytest.param(
            "Ana Roe 00:00:02\n\nHello there.\n\nBo Lund 00:00:05\n\nHi.", id="time after the name, spaced"
        ),
        pytest.param("Ana Roe [0:02]: Hello there.\n\nBo Lund [0:05]: Hi.", id="square brackets"),
        pytest.param("Ana Roe – 00:00:02:  Hello there.\n\nBo Lund – 00:00:05:  Hi.", id="dash and colon"),
        pytest.param(
            "<div>Ana Roe (00:00:02)</div><p>Hello there.</p><div>Bo Lund (00:00:05)</div><p>Hi.</p>",
            id="html blocks",
        ),
        pytest.param(
            "<cite>Ana Roe :</cite><time>0:02</time><p>Hello there.</p>"
            "<cite>Bo Lund:</cite><time>0:05</time><p>Hi.</p>",
            id="html cite and time",
        ),
        pytest.param(
            "<p><b>Ana Roe (00:02):</b><br>Hello there.</p><p><b>Bo Lund (00:05):</b><br>Hi.</p>",
            id="html bold",
        ),
    ],
)
def test_timed_shapes(text):
    assert said(text) == [(ANA, "Hello there.", 2.0), (BO, "Hi.", 5.0)]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("[{time}] **{name}:** {words}", id="time, bold name"),
        pytest.param("[{time}] {name}\n{words}", id="time and name above, no colon"),
        pytest.param("{time} {name}\n{words}", id="time and name above, no brackets"),
        pytest.param("{time}\n{name}\n{words}", id="time, name and words on lines of their own"),
        pytest.param("{name}\n{time}\n{words}", id="name, time and words on lines of their own"),
        pytest.param("[{name}] {time}\n{words}", id="name in brackets"),
        pytest.param("[{name}]: {words} ({time})", id="name in brackets, time in the words"),
        pytest.param("{name} | {time}\n{words}", id="a bar between"),
        pytest.param("{name}, {time}\n{words}", id="a comma between"),
        pytest.param("{name} [{time}] {words}", id="square brackets, no colon"),
        pytest.param("{name} ({time}) {words}", id="round brackets, no colon"),
        pytest.param("**{name}** *{time}*\n\n{words}", id="bold name, time in italics"),
        pytest.param("**{name}** [{time}](https://a.example/?t=2)\n\n{words}", id="time is a link"),
        pytest.param(
            "**{name}** [({time})](https://a.example/?t=2): {words}", id="time in brackets is a link"
        ),
        pytest.param("### {name} ({time})\n\n{words}", id="heading"),
        pytest.param("## {name}\n\n{time} {words}", id="heading, time before the words"),
        pytest.param("<p>{name}</p><p>{time}</p><p>{words}</p>", id="three paragraphs of a page"),
        pytest.param("<b>{name} ({time}):</b><br>{words}<br><br>", id="line breaks of a page"),
    ],
)
def test_shapes_that_the_whole_file_gives_away(line):
    talk = [
        (ANA, "00:02", "Hello there."),
        (BO, "00:05", "Hi."),
        (ANA, "00:09", "So."),
        (BO, "00:20", "Yes."),
    ]
    text = "\n\n".join(line.format(name=name, time=time, words=words) for name, time, words in talk)
    found = said(text if "<" not in text else f"<div>{text}</div>")
    if "words} (" in line:
        assert [(name, words.split(" (")[0]) for name, words, _ in found] == [(n, w) for n, _, w in talk]
    else:
        assert found == [(ANA, "Hello there.", 2.0), (BO, "Hi.", 5.0), (ANA, "So.", 9.0), (BO, "Yes.", 20.0)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "# Tea\n\n## Green\n\nIt is green.\n\n## Black\n\nSo.\n\n## Green\n\nMore.", id="headings"
        ),
        pytest.param("Tea\n\nIt is hot.\n\nMilk\n\nIt is cold.\n\nTea\n\nHot.\n\nMilk\n\nCold.", id="lines"),
        pytest.param(
            "I met Ana Roe [00:12] there.\n\nAna Roe (9:30) went.\n\nShe said: no.", id="times of day"
        ),
    ],
)
def test_what_only_looks_like_labels_is_none(text):
    assert [name for name, _, _ in said(text)] == [None] * len(said(text))


def test_a_first_name_is_a_label_where_the_full_name_is():
    turns = (("Ana Roe", 10, "Hello."), ("Bo Lund", 15, "Hi."), ("Ana", 16, "So."))
    text = "<br><br>".join(f"<b>{name} (00:{second}):</b><br>{words}" for name, second, words in turns)
    assert said(f"<div><p><i>Edited.</i></p>{text}</div>") == [
        (None, "Edited.", 0.0),
        (ANA, "Hello.", 10.0),
        (BO, "Hi.", 15.0),
        (ANA, "So.", 16.0),
    ]
    assert [name for name, _, _ in said("ANA ROE: Hello.\n\nBO LUND: Hi.\n\nANA: So.\n\nBO: Yes.")] == [
        "ANA ROE", "BO LUND", "ANA ROE", "BO LUND",
    ]  # fmt: skip


def test_a_time_alone_goes_on_with_who_spoke():
    text = "<cite>Ana Roe:</cite><time>0:02</time><p>Hello.</p><time>0:05</time><p>So.</p>"
    assert said(text) == [(ANA, "Hello.", 2.0), (ANA, "So.", 5.0)]


def test_questions_and_answers_are_nobodys_names():
    text = b"Q: Why is it hot?\n\nA: Fire.\n\nQ: Really?\n\nA: Yes."
    reading = read(text, origin="x")
    assert [part.label.speaker for part in reading.parts] == ["Q", "A", "Q", "A"]
    assert reading.metadata.people == ()


def test_the_top_heading_is_the_title():
    reading = read(b"# On Tea\n\n**Ana:** Hi.\n\n**Bo:** Ho.\n\n**Ana:** So.", origin="x")
    assert (reading.metadata.title, reading.parts[0].label.heading) == ("On Tea", None)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("**Ana Roe**: Hello\nthere.\n\n**Bo Lund**: Hi.", id="bold"),
        pytest.param("**Ana Roe: **Hello there.\n\n**Bo Lund**:** **Hi.", id="bold, badly closed"),
        pytest.param("Ana Roe:\n\nHello there.\n\nBo Lund :\n\nHi.", id="name above"),
        pytest.param("Ana Roe: Hello there.\nBo Lund: Hi.", id="script"),
    ],
)
def test_untimed_shapes(text):
    assert said(text) == [(ANA, "Hello there.", None), (BO, "Hi.", None)]


@pytest.mark.parametrize(
    "shape", ["{} Hello there.", "{}\nHello there.\n", "[{}] Hello there.", "({}): Hello there."]
)
def test_times_without_names(shape):
    text = "\n".join(shape.format(f"00:00:0{n}") for n in (1, 4, 9))
    assert said(text) == [(None, "Hello there.", float(n)) for n in (1, 4, 9)]


def test_a_stamp_inside_a_paragraph_goes_on_in_the_same_paragraph():
    first, second, third = parts(
        "**Ana:** \\[00:00\\] One two. \\[00:06\\] Three.\n\nFour.\n\n**Bo:** Hi.\n\n**Ana:** Yes."
    )[:3]
    assert (second.text, second.label.start_s, second.continues) == ("Three.", 6.0, True)
    assert (first.continues, third.continues, third.label.speaker) == (False, False, "Ana")


def test_untimed_turns_between_timed_ones_are_estimated_by_their_length():
    labels = [
        part.label
        for part in parts("Ana (0:00): aaaa\n\nBo: bbbb\n\nAna: cccc\n\nBo: dddd\n\nAna (0:08): eeee")
    ]
    assert [label.start_s for label in labels] == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert [label.approximate for label in labels] == [False, True, True, True, False]
    assert [label.end_s for label in labels] == [2.0, 4.0, 6.0, 8.0, None]


def test_times_spoken_or_in_remarks_are_no_stamps():
    text = "**Ana:** Come at (10:30) or 11:00.\n\n**Bo:** \\[unintelligible 00:15:14.17\\] we did."
    assert [part.text for part in parts(text)] == [
        "Come at (10:30) or 11:00.",
        "[unintelligible 00:15:14.17] we did.",
    ]


def test_front_matter_names_fold_first_names_only_when_they_are_certain():
    text = "---\nspeakers: [Ana Roe, Tom Ames, Tom Byrd]\n---\nAna: 00:01\n\nHi.\n\nTom: 00:02\n\nHo.\n"
    assert [part.label.speaker for part in parts(text)] == ["Ana Roe", "Tom"]


def test_initials_given_with_the_name_mean_that_person():
    text = "Ana van Roe (AvR): Hi.\n\nBo Lund (BL): Ho.\n\nAvR: So.\n\nBL: Yes."
    assert [part.label.speaker for part in parts(text)] == [
        "Ana van Roe",
        "Bo Lund",
        "Ana van Roe",
        "Bo Lund",
    ]


def test_headings_and_item_titles_label_the_turns_below_them():
    text = """We meet Bo.

## Transcription

**Ana**: Hi, and welcome.

_Tea v0.8 released
at last_

**Bo**: Happy to be here.

## Milk

**Ana**: So, milk it is."""
    assert [(part.label.speaker, part.label.heading) for part in parts(text)] == [
        (None, None),
        ("Ana", None),
        ("Bo", "Tea v0.8 released at last"),
        ("Ana", "Milk"),
    ]


def test_a_hard_wrapped_line_that_looks_like_a_label_is_speech():
    text = "**Ana**: We read about\nQuantum Computing: a primer by\n75. And then\n\n**Bo**: Ho."
    assert [part.text for part in parts(text)] == [
        "We read about Quantum Computing: a primer by 75. And then",
        "Ho.",
    ]


def test_a_break_is_no_turn_and_its_sponsor_is_marked():
    text = (
        "**Ana:** \\[00:00\\] Hello.\n\n**Break:** \\[01:00\\] to \\[02:00\\]\n\n"
        "**Ana:** Back.\n\n**Break:**\n\n"
        "**Ana:**\n\nIt's now time for sponsored news!\n\nBuy tea.\n\n**Break:**\n\n"
        "**Ana:** We thank our sponsors."
    )
    assert [(part.text, part.label.advert) for part in parts(text)] == [
        ("Hello.", False),
        ("Back.", False),
        ("It's now time for sponsored news!", True),
        ("Buy tea.", True),
        ("We thank our sponsors.", False),
    ]
    assert parts(text)[1].label.start_s == 120.0


def test_a_sponsors_paragraph_is_marked_where_it_stands():
    text = (
        "**Ana:** Hi.\n\nThis episode is brought to you by Acme. Tea!\n\n**Bo:** Our sponsor asked about tea."
    )
    assert [part.label.advert for part in parts(text)] == [False, True, False]


def test_markup_goes_and_words_stay():
    text = (
        "**Ana:** So *we* [said](https://a.example/x_(y)) `tea` <laugh> &amp; \\[cups\\].\n\n"
        "> **Quoted** words.\n\n- one\n- two\n\n**Bo:** A_b_c 2 * 3."
    )
    assert [part.text for part in parts(text)] == [
        "So we said tea <laugh> & [cups].",
        "Quoted words.",
        "one",
        "two",
        "A_b_c 2 * 3.",
    ]


@pytest.mark.parametrize("shape", ["[{}] {}", "{} — {}", "{} - {}"], ids=["brackets", "long-dash", "dash"])
def test_a_name_before_its_words_is_a_label_where_people_take_turns(shape):
    words = [
        (ANA, "Who made it?"),
        (BO, "She did - so they say."),
        (ANA, "[Laughs] When?"),
        (BO, "Long ago."),
    ]
    text = "\n\n".join(shape.format(*turn) for turn in words)
    assert said(text) == [(name, line, None) for name, line in words]


@pytest.mark.parametrize(
    "text",
    [
        "Quay House - a pub\n\nQuay House - a jetty\n\nMill Lane - a road\n\nMill Lane - a path",
        "[Applause] So.\n\n[Loud Music] Then.\n\n[Applause] And.\n\n[Loud Music] Now.",
        "Ana Roe - host\n\nBo Lund - guest\n\nCy Dee - sound",
    ],
    ids=["a-list-of-things", "sounds", "credits"],
)
def test_what_stands_before_a_dash_or_in_brackets_is_mostly_no_label(text):
    assert {speaker for speaker, _, _ in said(text)} == {None}


def test_in_html_a_name_is_cited_with_or_without_colon_and_time():
    text = (
        '<p><cite>Ana Roe</cite> <time datetime="PT9S">0:09</time> Hello there.</p>'
        "<cite>Bo Lund :</cite><time>0:12</time><p>Hi.</p><cite>Cy:</cite><p>And me.</p>"
    )
    assert said(text) == [(ANA, "Hello there.", 9.0), (BO, "Hi.", 12.0), ("Cy", "And me.", None)]


ODD_LABELS = (
    "Bo Dahl, Harbour Lab",
    "Bo (Harbour Lab)",
    "Bo Dahl Jr. of the Harbour Laboratory in Sund",
    "Bo & Cy",
    "Voice 2 / Bo",
    "Caller #2",
    "@bodahl",
    "李伟",
    "J.P.",
    "bo dahl",
)
SHAPES = {
    "stamped": "{} ({}): {}\n\n",
    "stamp first": "[{1}] {0}: {2}\n\n",
    "bold": "**{0}:** {2}\n\n",
    "plain": "{0}: {2}\n\n",
    "SubRip": "1\n00:{1},000 --> 00:{1},900\n{0}: {2}\n\n",
}


def labelled(shape, odd, words="The pier is of oak."):
    """The turns of a talk in which one turn's label is unlike the others."""
    turns = (
        ("Ana Roe", "00:01", "The pier is old."),
        ("Moderator", "00:04", "How old?"),
        (odd, "00:06", words),
        ("Ana Roe", "00:09", "It stands."),
        ("Moderator", "00:11", "Still?"),
        ("Ana Roe", "00:13", "Still."),
    )
    text = "".join(SHAPES[shape].format(*turn) for turn in turns)
    return [(part.label.speaker, part.text) for part in read(text.encode(), origin="x").parts]


@pytest.mark.parametrize("odd", ODD_LABELS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_label_unlike_the_others_never_continues_the_turn_before(shape, odd):
    said = labelled(shape, odd)
    assert said[1] == ("Moderator", "How old?")
    assert said[2] in ((odd, "The pier is of oak."), (None, f"{odd}: The pier is of oak."))
    assert said[3] == ("Ana Roe", "It stands.")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_title_behind_a_known_name_is_that_person(shape):
    assert labelled(shape, "Ana Roe (on the phone)")[2] == ("Ana Roe", "The pier is of oak.")


@pytest.mark.parametrize(
    "sentence",
    [
        "The point is this: it fell.",
        "What it says: it fell.",
        "So, as Ana said: it fell.",
        "Note: it fell.",
        "I told them: it fell.",
    ],
)
@pytest.mark.parametrize("shape", ["plain", "SubRip", "stamp first"])
def test_a_sentence_that_holds_a_colon_is_no_label(shape, sentence):
    label, _, rest = sentence.partition(": ")
    assert {speaker for speaker, _ in labelled(shape, label, rest)} == {"Ana Roe", "Moderator"}


def test_a_last_name_is_a_label_where_the_full_name_is():
    text = "Ana Roe: Hi.\nAna Lund: Ho.\nAna: So.\nRoe: Tea.\n"
    assert [part.label.speaker for part in read(text.encode(), origin="x").parts] == [
        "Ana Roe",
        "Ana Lund",
        "Ana",
        "Ana Roe",
    ]


def test_a_sound_before_a_label_hides_it_from_nobody():
    text = "Ana Roe: Hi.\n\nBo Dahl: Ho.\n\n[laughs] Ana Roe: So.\n\n(music) Bo Dahl: Tea.\n"
    assert [(part.label.speaker, part.text) for part in read(text.encode(), origin="x").parts] == [
        ("Ana Roe", "Hi."),
        ("Bo Dahl", "Ho."),
        ("Ana Roe", "[laughs] So."),
        ("Bo Dahl", "(music) Tea."),
    ]


def test_a_time_that_somebody_says_stays_among_the_words():
    text = (
        "[00:10] Ana Roe: Hi.\n[00:20] Bo Dahl: The train was the 12:05, [00:12:05] they said.\n"
        "[00:30] Ana Roe: So.\n[00:40] [Music]\n[00:50] The pier is of oak.\n"
    )
    parts = read(text.encode(), origin="x").parts
    assert [(part.text, part.label.start_s) for part in parts][1:] == [
        ("The train was the 12:05, [00:12:05] they said.", 20.0),
        ("So.", 30.0),
        ("[Music]", 40.0),
        ("The pier is of oak.", 50.0),
    ]
    assert not parts[-1].continues


@pytest.mark.parametrize(
    "shape",
    ["{}\n{}\n{}\n\n", "{1} {0}\n{2}\n\n", "### {} ({})\n{}\n\n", "{}  {}\n{}\n\n", "{1}\n{0}\n{2}\n\n"],
)
@pytest.mark.parametrize("odd", ["Caller #2", "Bo Dahl, Harbour Lab", "Bo & Cy"])
def test_above_the_words_too_a_label_unlike_the_others_begins_a_turn(shape, odd):
    turns = (
        ("Ana Roe", "00:01", "The pier is old."),
        ("Di Eks", "00:04", "How old?"),
        (odd, "00:08", "It is of oak."),
        ("Ana Roe", "00:11", "It stands."),
        ("Di Eks", "00:14", "Still?"),
    )
    text = "".join(shape.format(*turn) for turn in turns)
    said = [
        (part.label.speaker, part.label.start_s, part.text) for part in read(text.encode(), origin="x").parts
    ]
    assert said[2] == (odd, 8.0, "It is of oak.")
    assert [speaker for speaker, _, _ in said] == ["Ana Roe", "Di Eks", odd, "Ana Roe", "Di Eks"]
