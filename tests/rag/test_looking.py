"""Questions of several parts, or with a false premise, over an archive with the real model."""

from collections.abc import Iterator

import pytest

from ingest.sync import add
from rag import Archive, open_archive
from rag.compose.framing import OTHERWISE, PARTIAL
from rag.models import Answer, Filters, SourceKind, Status
from rag.settings import Settings

EPISODE = """WEBVTT

00:00:01.000 --> 00:00:06.000
<v Ana Lindqvist>Welcome to Kiln Talk. Today we talk about the wood kiln in Porto, and about glazes.

00:00:07.000 --> 00:00:15.000
<v Ana Lindqvist>The wood kiln in Porto is fired twice a year, because every firing takes four tonnes of oak.

00:00:16.000 --> 00:00:24.000
<v Bruno Castel>I think ash glazes are dull. They hide the clay, and every pot
comes out of the fire in the same brown.

00:00:25.000 --> 00:00:33.000
<v Ana Lindqvist>I disagree. Ash glazes are the liveliest glazes there are: no
two pots come out in the same colour.

00:00:34.000 --> 00:00:42.000
<v Bruno Castel>Carla Reis never left the potters' guild. People write that she
did, and she is at every meeting.

00:00:43.000 --> 00:00:50.000
<v Bruno Castel>Shelves of silicon carbide stay straight in the heat, and that is
why we bought them for the wood kiln.
"""
LETTER = """---
title: The guild in spring
show: Clay Letter
date: 2026-03-02
type: newsletter
author: Oda Quist
---

# The guild in spring

The potters' guild has ninety members now. Its meetings are on the first Monday of the month,
in the old dairy.

The electric kiln of the guild was repaired in February. A new element cost the treasurer a week
of phone calls.
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("kilns")
    (folder / "episode.vtt").write_text(EPISODE, "utf-8")
    (folder / "letter.md").write_text(LETTER, "utf-8")
    with open_archive(Settings(home=tmp_path_factory.mktemp("looking")), alone=True) as opened:
        add(opened, ["episode.vtt", "letter.md"], folder=folder)
        yield opened


def asked(archive: Archive, question: str, filters: Filters | None = None) -> Answer:
    answer = archive.assistant.ask(question, filters=filters)
    for claim in answer.claims:
        assert answer.text[slice(*claim.at)] == claim.text
    return answer


@pytest.mark.parametrize(
    ("question", "covered", "left_open"),
    [
        pytest.param(
            "How often is the wood kiln in Porto fired, and how do I train a dog to sit?",
            "twice a year",
            "how do I train a dog to sit",
            id="off-topic-second",
        ),
        pytest.param(
            "Which planet has the most moons, and how often is the wood kiln in Porto fired?",
            "twice a year",
            "Which planet has the most moons",
            id="off-topic-first",
        ),
        pytest.param(
            "What do Bruno Castel and Mirela Popescu think about ash glazes?",
            "dull",
            "Mirela Popescu",
            id="somebody-who-is-not-there",
        ),
        pytest.param(
            "What do the episode and the newsletter say about Porto?", "Porto", "the newsletter", id="a-kind"
        ),
    ],
)
def test_the_covered_part_is_answered_and_the_other_is_said_to_be_open(
    archive: Archive, question: str, covered: str, left_open: str
) -> None:
    answer = asked(archive, question)
    assert answer.status is Status.PARTIAL
    assert covered in answer.text
    assert answer.text.endswith(f"{PARTIAL} “{left_open}”.")
    assert not any(PARTIAL in claim.text for claim in answer.claims)
    assert answer.citations
    assert not answer.nearest
    assert any(line == f"a part, nothing found: {left_open}" for line in answer.explanation)


@pytest.mark.parametrize(
    "question",
    [
        "How often is the wood kiln in Porto fired, and why did they buy shelves of silicon carbide?",
        "What do Ana Lindqvist and Bruno Castel think about ash glazes?",
    ],
)
def test_a_question_whose_parts_are_all_there_is_answered(archive: Archive, question: str) -> None:
    answer = asked(archive, question)
    assert answer.status is Status.ANSWERED
    assert PARTIAL not in answer.text


def test_nothing_covered_is_declined_as_before(archive: Archive) -> None:
    answer = asked(archive, "Which planet has the most moons, and how do I train a dog to sit?")
    assert answer.status in (Status.NOT_COVERED, Status.OFF_TOPIC)
    assert not answer.citations


def test_two_people_are_heard_side_by_side_in_their_own_words(archive: Archive) -> None:
    answer = asked(archive, "How do Ana Lindqvist and Bruno Castel differ on ash glazes?")
    first, second = answer.citations[:2]
    assert {first.evidence.speaker, second.evidence.speaker} == {"Ana Lindqvist", "Bruno Castel"}
    assert all("glazes" in citation.evidence.quote for citation in (first, second))
    assert len(answer.citations) <= 4


def test_what_a_reader_asked_to_keep_to_is_kept_to(archive: Archive) -> None:
    only = Filters(speakers=("Bruno Castel",))
    answer = asked(archive, "How do Ana Lindqvist and Bruno Castel differ on ash glazes?", only)
    assert all("Bruno Castel" in citation.evidence.passage.speakers for citation in answer.citations)
    letters = Filters(kinds=(SourceKind.NEWSLETTER,))
    answer = asked(archive, "What do the episode and the newsletter say about the electric kiln?", letters)
    assert {citation.evidence.passage.source.kind for citation in answer.citations} <= {SourceKind.NEWSLETTER}


def test_a_false_premise_is_answered_with_the_words_that_correct_it(archive: Archive) -> None:
    answer = asked(archive, "Why did Carla Reis leave the potters' guild?")
    assert answer.status is Status.ANSWERED
    assert answer.text.startswith(OTHERWISE)
    assert answer.claims[0].text == "Carla Reis never left the potters' guild."
    assert asked(archive, "Why did they buy shelves of silicon carbide?").text.find(OTHERWISE) == -1


def test_what_was_asked_before_is_kept_until_the_archive_changes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "letter.md").write_text(LETTER, "utf-8")
    question = "When was the electric kiln of the guild repaired?"
    with open_archive(Settings(home=tmp_path_factory.mktemp("kept-home")), alone=True) as opened:
        add(opened, ["letter.md"], folder=folder)
        first, again = (opened.assistant.ask(question) for _ in range(2))
        assert again.retrieved is first.retrieved
        assert again.id != first.id
        assert (
            opened.assistant.ask(question, filters=Filters(shows=("Clay Letter",))).retrieved
            is not first.retrieved
        )
        (folder / "letter.md").write_text(LETTER.replace("February", "October"), "utf-8")
        add(opened, ["letter.md"], folder=folder)
        assert "October" in opened.assistant.ask(question).text


def test_whoever_is_asked_for_is_quoted_and_nobody_beside(archive: Archive) -> None:
    spoken = {
        item.evidence.speaker for item in asked(archive, "What does Bruno think of ash glazes?").citations
    }
    assert spoken == {"Bruno Castel"}
    both = {item.evidence.speaker for item in asked(archive, "Are ash glazes dull?").citations}
    assert both > spoken


@pytest.mark.parametrize(
    "question",
    [
        "On what do Bruno and Ana disagree about ash glazes?",
        "How does Bruno's opinion of ash glazes differ from that of Ana Lindqvist?",
    ],
)
def test_who_is_asked_for_beside_a_person_is_quoted_too(archive: Archive, question: str) -> None:
    spoken = {item.evidence.speaker for item in asked(archive, question).citations}
    assert {"Ana Lindqvist", "Bruno Castel"} <= spoken


def test_who_wrote_a_page_is_somebody_though_its_words_do_not_say_so(archive: Archive) -> None:
    assert asked(archive, "What does Oda Quist say about the guild's electric kiln?").citations
    assert not asked(archive, "What does Odo Brandt say about the guild's electric kiln?").citations


def test_who_is_told_of_by_others_is_still_answered_about(archive: Archive) -> None:
    answer = asked(archive, "What does Carla Reis say about leaving the potters' guild?")
    assert answer.status is Status.ANSWERED
    assert any("Carla Reis never left" in item.evidence.quote for item in answer.citations)


def test_a_misspelt_question_is_answered_and_says_what_it_was_read_as(archive: Archive) -> None:
    question = "What does Brunno think of ash glaezs?"
    answer = asked(archive, question)
    assert {item.evidence.speaker for item in answer.citations} == {"Bruno Castel"}
    assert answer.question == question
    assert answer.notice == "Read “Brunno” as “Bruno”. Read “glaezs” as “glazes”."
