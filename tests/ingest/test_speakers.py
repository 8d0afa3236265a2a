"""Who is speaking: one name a person, on evidence; without it the label stays."""

import pytest

from ingest.read import read
from ingest.reading import Metadata, Part, Reading
from ingest.speakers import told_apart
from rag.models import Label


def called(*said, people=()):
    """The labels that (label, words) pairs end up with."""
    parts = tuple(Part(text=words, label=Label(speaker=label)) for label, words in said)
    return [
        part.label.speaker for part in told_apart(Reading(metadata=Metadata(), parts=parts), people).parts
    ]


ANA, BO = "Ana Roe", "Bo Lundgren"


@pytest.mark.parametrize(
    ("label", "people", "expected"),
    [
        pytest.param("Ana", [ANA, BO], ANA, id="first name"),
        pytest.param("Lundgren", [ANA, BO], BO, id="last name"),
        pytest.param("ana roe", [ANA, BO], ANA, id="case"),
        pytest.param("Ana Röe", [ANA, BO], ANA, id="accents"),
        pytest.param("Bo Lundgrin", [ANA, BO], BO, id="misheard last name"),
        pytest.param("Bo Smith", [ANA, BO], "Bo Smith", id="another person of that first name"),
        pytest.param("Dan Smith", ["Don Smith"], "Dan Smith", id="short names are never misheard"),
        pytest.param("Bo Lundgrin", [BO, "Bo Lundgrun"], "Bo Lundgrin", id="two it could be"),
        pytest.param("Ana", [ANA, "Ana Byrd"], "Ana", id="two of that first name"),
        pytest.param("Ana", [], "Ana", id="nobody listed"),
        pytest.param("Speaker 1", [ANA, BO], "Speaker 1", id="a number is no name"),
    ],
)
def test_a_label_means_a_listed_person_when_it_can_mean_no_other(label, people, expected):
    assert called((label, "So it is."), people=people) == [expected]


def test_a_full_name_in_the_transcript_is_a_listing_too():
    assert called((ANA, "Hi."), (BO, "Ho."), ("Ana", "So.")) == [ANA, BO, ANA]
    assert called((ANA, "Hi."), ("Ana Byrd", "Ho."), ("Ana", "So.")) == [ANA, "Ana Byrd", "Ana"]


@pytest.mark.parametrize(
    ("words", "people", "expected"),
    [
        pytest.param("Hello and welcome to the show. I'm Ana Roe.", [], ANA, id="a full name"),
        pytest.param("My name is Ana Roe and I make tea.", [], ANA, id="my name is"),
        pytest.param("Hi everyone, I’m your host, Ana Roe, in the kitchen.", [], ANA, id="your host"),
        pytest.param("I'm Ana, and this is tea.", [ANA], ANA, id="a listed first name"),
        pytest.param("I'm Bo Lundgrin.", [BO], BO, id="a listed name misheard"),
        pytest.param("I'm Ana.", [], None, id="a first name nobody lists"),
        pytest.param("I'm Happy to be here. I am Sure of it.", [ANA], None, id="no name"),
        pytest.param("She said, I'm Ana Roe. And left.", [ANA], None, id="somebody quoted"),
        pytest.param("I'm Ana Roe. And I'm Bo Lundgren.", [ANA, BO], None, id="two at once"),
        pytest.param("Tea. " * 2_000 + "I'm Ana Roe.", [ANA], None, id="late, a story"),
        pytest.param("With me is Ana Roe. Hello, Ana.", [ANA], None, id="introduced by somebody else"),
    ],
)
def test_speaker_1_is_who_speaker_1_says_they_are(words, people, expected):
    assert called(("Speaker 1", words), ("Speaker 2", "Hi."), people=people) == [
        expected or "Speaker 1",
        "Speaker 2",
    ]


def test_a_name_cut_across_cues_is_heard_whole():
    assert called(("Speaker 1", "Hello, I'm Ana"), ("Speaker 1", "Roe, and this is tea.")) == [ANA, ANA]


def test_two_labels_that_claim_one_name_both_stay():
    assert called(("Speaker 1", "I'm Ana Roe."), ("Speaker 2", "I'm Ana Roe.")) == ["Speaker 1", "Speaker 2"]
    assert called(("Speaker 1", "I'm Ana Roe."), (ANA, "Hi.")) == ["Speaker 1", ANA]


def test_doing_it_twice_changes_nothing_and_people_follow():
    parts = tuple(
        Part(text=words, label=Label(speaker=label))
        for label, words in (("Speaker 1", "I'm Ana Roe."), ("Bo", "Ho."), ("Bo Lundgrin", "So."))
    )
    once = told_apart(Reading(metadata=Metadata(people=("Bo", "Bo Lundgrin")), parts=parts), [BO])
    assert once.metadata.people == (BO, ANA)
    assert told_apart(once, [BO]) == once


def test_front_matter_lists_people():
    text = "---\nspeakers: [Ana Roe, Bo Lundgren]\n---\nAna: 00:01\n\nHi.\n\nBo Lundgrin: 00:02\n\nHo.\n"
    reading = read(text.encode(), origin="x")
    assert [part.label.speaker for part in reading.parts] == [ANA, BO]
    assert reading.metadata.people == (ANA, BO)


def test_captions_whose_speakers_introduce_themselves():
    text = (
        "WEBVTT\n\n0:00.000 --> 0:02.000\n<v Speaker 1>Welcome. I'm Ana Roe.\n\n"
        "0:02.000 --> 0:04.000\n<v Speaker 2>And I'm Bo Lundgren.\n\n"
        "0:04.000 --> 0:06.000\n<v Speaker 3>Hello."
    )
    assert [part.label.speaker for part in read(text.encode(), origin="x").parts] == [ANA, BO, "Speaker 3"]


def test_a_sponsors_heading_and_a_machines_mark_what_stands_below_them():
    text = (
        "# Tea\n\nHot.\n\n## Our sponsors\n\nAcme.\n\n## AI summary\n\nIt is hot.\n\n"
        "## Sponsored transactions\n\nOdd.\n"
    )
    found = [
        (part.text, part.label.advert, part.label.ai_written)
        for part in read(text.encode(), origin="x").parts
    ]
    assert found == [
        ("Hot.", False, False),
        ("Acme.", True, False),
        ("It is hot.", False, True),
        ("Odd.", False, False),
    ]


HOST = "I'm Ana Roe. "


@pytest.mark.parametrize(
    ("welcome", "answer", "people", "expected"),
    [
        pytest.param("My guest is Bo Lundgren. Bo, welcome.", "Thanks for having me.", [], BO, id="welcomed"),
        pytest.param(
            "Thank you for joining us, Bo.", "It's great to be here.", [BO], BO, id="thanked, listed"
        ),
        pytest.param("Welcome to the show, Bo Lundgren.", "Hi, thank you.", [], BO, id="by the full name"),
        pytest.param("Bo, welcome.", "Thanks.", [], "Speaker 2", id="nobody says which Bo"),
        pytest.param(
            "Welcome, Bo Lundgren.", "Tea is up.", [], "Speaker 2", id="somebody who does not answer"
        ),
        pytest.param("Welcome back, everyone.", "Thank you all.", [BO], "Speaker 2", id="nobody"),
        pytest.param("Bo, welcome. Cy, welcome.", "Thanks.", [BO, "Cy Dee"], "Speaker 2", id="two at once"),
        pytest.param("Bo, welcome.", "Thank you for having us.", [BO], "Speaker 2", id="several answer"),
        pytest.param(
            "Cy, Bo, welcome.", "Thanks for having me.", [BO, "Cy Dee"], "Speaker 2", id="a name before it"
        ),
        pytest.param(
            "Cy. Bo, welcome.",
            "Thanks for having me.",
            [BO, "Cy Dee"],
            "Speaker 2",
            id="a name alone before it",
        ),
        pytest.param(
            "Dr. Cy Dee, Dr. Bo Lundgren, thanks for joining us.", "Thank you.", [], "Speaker 2", id="titles"
        ),
        pytest.param("Welcome, Cy Dee, Bo Lundgren.", "Thanks.", [], "Speaker 2", id="a name behind it"),
        pytest.param("Welcome, Bo Lundgren. Both of you.", "Thanks.", [], "Speaker 2", id="both"),
        pytest.param("Bo, welcome.", "So good to have you here.", [BO], "Speaker 2", id="a second welcome"),
        pytest.param("Bo, welcome.", "Yes, thanks for coming.", [BO], "Speaker 2", id="thanks for coming"),
        pytest.param("Bo, welcome.", "Thank you, Bo.", [BO], "Speaker 2", id="thanks to the one welcomed"),
        pytest.param("Bo, welcome.", "Good morning. Tea is up.", [BO], "Speaker 2", id="no thanks"),
        pytest.param(
            "Thanks for coming last week, Bo Lundgren.", "Thank you.", [], "Speaker 2", id="who came before"
        ),
        pytest.param(
            "Bo, thank you for taking the time to write.",
            "Thanks.",
            [BO],
            "Speaker 2",
            id="a letter's author",
        ),
        pytest.param("You’re welcome, Bo.", "Thanks.", [BO], "Speaker 2", id="you're welcome"),
        pytest.param(
            "Welcome, Bo. We hear from the harbour first.",
            "Thank you.",
            [BO],
            "Speaker 2",
            id="thanks for the floor",
        ),
        pytest.param(
            "Thanks for joining us from Dunmoor, East Holm.", "Thanks.", [], "Speaker 2", id="where they are"
        ),
        pytest.param("Welcome to Dunmoor, East Holm.", "Thanks.", [], "Speaker 2", id="where we are"),
    ],
)
def test_who_thanks_for_a_welcome_is_who_was_welcomed(welcome, answer, people, expected):
    said = (("Speaker 1", HOST + welcome), ("Speaker 2", answer), ("Speaker 1", "So."))
    assert called(*said, people=people) == [ANA, expected, ANA]


def test_a_named_person_is_not_somebody_else_for_being_welcomed():
    said = (
        ("Speaker 1", HOST + "Welcome, Bo Lundgren."),
        ("Cy Dee", "Thanks."),
        ("Speaker 2", "I'm Di Eks."),
    )
    assert called(*said) == [ANA, "Cy Dee", "Di Eks"]


def test_a_guest_is_first_heard_after_the_welcome():
    said = (
        ("Speaker 2", "Tea is up."),
        ("Speaker 1", "Bo, welcome."),
        ("Speaker 2", "Thanks for having me."),
    )
    assert called(*said, people=[BO]) == ["Speaker 2", "Speaker 1", "Speaker 2"]


def test_two_who_thank_for_one_welcome_both_stay():
    said = (("Speaker 1", "Bo, welcome."), ("Speaker 2", "Thank you."), ("Speaker 3", "Great to be here."))
    assert called(*said, people=[BO]) == ["Speaker 1", "Speaker 2", "Speaker 3"]


def test_who_calls_a_guest_by_name_is_not_the_guest():
    said = (
        ("Speaker 1", "Bo, welcome."),
        ("Speaker 2", "Thank you."),
        ("Speaker 3", "Tea is up."),
        ("Speaker 2", "Is it, Bo?"),
    )
    assert called(*said, people=[BO]) == ["Speaker 1", "Speaker 2", "Speaker 3", "Speaker 2"]


def test_a_co_host_who_welcomes_too_leaves_the_thanks_to_the_guest():
    said = (
        ("Speaker 1", "Bo, welcome."),
        ("Speaker 2", "Thank you for coming, Bo."),
        ("Speaker 3", "Thanks for having me."),
    )
    assert called(*said, people=[BO]) == ["Speaker 1", "Speaker 2", BO]
