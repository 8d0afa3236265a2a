"""What sources without front matter say of themselves above their words."""

from datetime import date

import pytest

from ingest.read import read
from tests.ingest import papers

TALK = "Ana: Hello and welcome to the show.\n\nBo: Thank you.\n\nAna: So.\n\nBo: Yes."
DAY = date(2025, 5, 8)


def said(text):
    return read(text if isinstance(text, bytes) else text.encode(), origin="x").metadata


def words(text):
    return [part.text for part in read(text.encode(), origin="x").parts]


def test_fields_above_a_transcript_are_no_speech():
    text = (
        "On Tea\n\nShow: Tea Times\nDate: May 8th, 2025\nHost: Ana Roe\nGuests: Bo Lund (author), Cy Dee\n"
        f"Link: https://tea.example/12\nDuration: 42:10\n\n{TALK}"
    )
    metadata = said(text)
    assert (metadata.title, metadata.show, metadata.published) == ("On Tea", "Tea Times", DAY)
    assert (metadata.people, metadata.url) == (("Ana Roe", "Bo Lund", "Cy Dee"), "https://tea.example/12")
    assert metadata.seconds == 2530
    parts = read(text.encode(), origin="x").parts
    assert [(part.label.speaker, part.text) for part in parts][:2] == [
        (None, "On Tea"),
        ("Ana Roe", "Hello and welcome to the show."),
    ]


def test_fields_in_bold_above_a_markdown_transcript():
    metadata = said(
        f"# On Tea\n\n**Hosts:** Ana Roe, Bo Lund\n**URL:** [tea](https://tea.example/1)\n\n{TALK}"
    )
    assert (metadata.title, metadata.people) == ("On Tea", ("Ana Roe", "Bo Lund"))
    assert metadata.url == "https://tea.example/1"


def test_a_host_who_speaks_is_no_field():
    text = "Host: Hello and welcome.\n\nGuest: Thanks.\n\nHost: Date: it is the 8th of May 2025."
    assert said(text).people == ()
    assert said(text).published is None
    assert len(words(text)) == 3


@pytest.mark.parametrize(
    "text",
    [
        "# Of Kettles\n\n*By Ana Roe · May 8, 2025*\n\nTin is back.",
        "# Of Kettles\n\nBy Ana Roe\n\n8 May 2025\n\nTin is back.",
        "Of Kettles\n\nby Ana Roe\n\nThursday, May 8, 2025 · 5 min read\n\nTin is back, they say.",
        "<h1>Of Kettles</h1><div>Posted by Ana Roe on May 8, 2025</div><p>Tin is back.</p>",
        "<h1>Of Kettles</h1><p>By Ana Roe</p><p>Tea Times, May 8, 2025</p><p>Tin is back.</p>",
    ],
)
def test_titles_authors_and_dates_above_prose(text):
    metadata = said(text)
    assert (metadata.title, metadata.people, metadata.published) == ("Of Kettles", ("Ana Roe",), DAY)
    assert words(text)[-1].startswith("Tin is back")


@pytest.mark.parametrize(
    "text",
    [
        "On May 8, 2025 we met.\n\nTin is back.",
        "The meeting\nof May 8, 2025 was long, and it went on for hours.\n\nSo we left.",
        "Tin is back by popular demand on 3 of 4 hills, says Bo.\n\nSo is iron.",
    ],
)
def test_what_prose_only_mentions_is_not_said_of_it(text):
    metadata = said(text)
    assert (metadata.title, metadata.people, metadata.published) == (None, (), None)


def test_what_stands_above_an_otter_transcript_does_not_hide_it():
    head = "On Tea\nThu, May 08, 2025 10:00AM • 42:10\n\nSUMMARY KEYWORDS\ntea, kettle, fire\n\nAna, Bo"
    reading = read(
        f"{head}\n\nAna Roe  00:02\nHi.\n\nBo Lund  00:09\nHo.\n\nAna Roe  00:12\nSo.".encode(), origin="x"
    )
    assert [part.label.speaker for part in reading.parts[-3:]] == ["Ana Roe", "Bo Lund", "Ana Roe"]
    assert (reading.metadata.title, reading.metadata.published) == ("On Tea", DAY)


def test_who_typed_a_word_transcript_does_not_speak_in_it():
    talk = (("Normal", line) for line in TALK.split("\n\n"))
    metadata = said(papers.word(("Title", "On Tea"), ("Normal", "Host: Ana Roe"), *talk, author="Di Eks"))
    assert (metadata.title, metadata.people) == ("On Tea", ("Ana Roe", "Bo"))
