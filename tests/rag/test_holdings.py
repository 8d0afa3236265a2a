from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.contract import answer_json
from rag.holdings import held, is_about_holdings
from rag.models import Filters, Sentence, SourceKind, Status, Verdict
from rag.sentences import sentence_spans
from rag.wiring import Archive
from tests.fakes import a_passage, a_source
from tests.rag.archives import an_archive, put

TODAY = date(2026, 6, 1)
EPISODE, LETTER = SourceKind.EPISODE, SourceKind.NEWSLETTER
SHELF = (
    ("e1", EPISODE, "Tidewater", "Ice on the quay", date(2026, 1, 5), ("Una Berg", "Per Holm"), "public"),
    ("e2", EPISODE, "Tidewater", "A crane for sale", date(2026, 3, 9), ("Una Berg", "Ida Lund"), "public"),
    ("e3", EPISODE, "Båtliv", "Tar and rope", date(2026, 2, 2), ("Søren Ågård",), "public"),
    ("n1", LETTER, "The Bollard", "Bollard 7", date(2026, 4, 1), (), "public"),
    ("n2", LETTER, "The Bollard", "Bollard 8", None, (), "public"),
    ("n3", LETTER, "The Bollard", "Bollard for members", date(2026, 5, 1), (), "paid"),
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Three episodes of two shows and three letters, one of them for members."""
    with an_archive(tmp_path_factory.mktemp("harbour")) as opened:
        for id_, kind, show, title, published, people, audience in SHELF:
            text = "An advert for tar.\n\nGood morning from the harbour. It is cold today."
            source = a_source(
                text, id=id_, kind=kind, show=show, title=title, published=published, people=people,
                audience=audience,
            )  # fmt: skip
            advert, said = text.split("\n\n")
            begin = text.index(said)
            voices = people if len(people) == 2 else (people * 2 or (None, None))
            sentences = tuple(
                Sentence(start=begin + a, end=begin + b, speaker=who)
                for (a, b), who in zip(sentence_spans(said), voices, strict=True)
            )
            put(
                opened,
                source,
                [
                    a_passage(advert, source=source, id=f"{id_}-0", advert=True),
                    a_passage(
                        said, source=source, id=f"{id_}-1", ordinal=1, sentences=sentences, speakers=people
                    ),
                ],
            )
        yield opened


@pytest.mark.parametrize(
    ("question", "lead", "sources"),
    [
        ("How many newsletters are there?", "3 newsletters in the archive:", ["n3", "n1", "n2"]),
        ("How many episodes of Tidewater?", "2 episodes of Tidewater in the archive:", ["e2", "e1"]),
        ("How many episodes does the Tidewater podcast have?", "2 episodes of Tidewater", ["e2", "e1"]),
        ("Which episodes are there?", "3 episodes in the archive:", ["e2", "e3", "e1"]),
        ("List all the episodes of batliv.", "1 episode of Båtliv in the archive:", ["e3"]),
        ("How many episodes are there with Una Berg?", "2 episodes with Una Berg", ["e2", "e1"]),
        ("Which episodes are there since February 2026?", "2 episodes (since February 2026)", ["e2", "e3"]),
        ("Which shows are there?", "3 shows in the archive: The Bollard, Tidewater, B", ["n3", "e2", "e3"]),
        ("What is the newest episode?", "The newest episode is “A crane for sale”, of 9 March 2026:", ["e2"]),
        ("What’s the latest newsletter?", "The newest dated newsletter is “Bollard for members”", ["n3"]),
        ("Which episode of Tidewater is the oldest?", "The oldest episode of Tidewater is “Ice", ["e1"]),
        ("Which episode was the first of Tidewater?", "The oldest episode of Tidewater is “Ice", ["e1"]),
        ("Who were the guests on “A crane for sale”?", "2 people speak in “A crane for sale”: Una", ["e2"]),
        ("Who speaks in Tidewater?", "3 people speak in Tidewater: Una Berg, Per Holm, Ida", ["e1", "e2"]),
    ],
)
def test_the_list_is_whole_and_each_thing_on_it_is_cited(
    archive: Archive, question: str, lead: str, sources: list[str]
) -> None:
    draft = held(question, archive.library, None, today=TODAY)
    assert draft is not None
    first = draft.pieces[0]
    assert first.text.startswith(lead)
    assert first.verdict is Verdict.DERIVED
    assert list(dict.fromkeys(item.passage.source.id for item in first.evidence)) == sources
    assert not any(item.passage.advert for item in first.evidence)
    number = first.text.split()[0]
    assert not number.isdigit() or int(number) == len(first.evidence)


@pytest.mark.parametrize(
    "question",
    [
        "How many kilns are there?",
        "How many episodes of frost were there?",
        "How many sources of power are there?",
        "What is the last source of income?",
        "Which episode is the best?",
        "What is the newest episode about?",
        "Who were the guests on the boat?",
        "Show me the summary",
        "How many documents are there?",
        "How many episodes did it take?",
    ],
)
def test_what_is_said_or_is_not_held_is_left_to_search(archive: Archive, question: str) -> None:
    assert held(question, archive.library, None, today=TODAY) is None


def test_limits_of_the_reader_hold(archive: Archive) -> None:
    def ids(question: str, filters: Filters) -> list[str]:
        draft = held(question, archive.library, filters, today=TODAY)
        return [item.passage.source.id for item in draft.pieces[0].evidence] if draft else []

    assert ids("How many newsletters are there?", Filters(audiences=("public",))) == ["n1", "n2"]
    assert ids("Which episodes are there?", Filters(shows=("Tidewater",), exclude=("e1",))) == ["e2"]
    assert ids("Which episodes are there?", Filters(kinds=(LETTER,))) == []
    assert ids("Which sources are there?", Filters(until=date(2026, 2, 1))) == ["e1"]
    hers = held("Which episodes are there?", archive.library, Filters(speakers=("ida",)), today=TODAY)
    assert hers is not None
    assert {item.speaker for item in hers.pieces[0].evidence} == {"Ida Lund"}


def test_the_answer_derives_the_count_and_cites_all_it_counts(archive: Archive, tmp_path: Path) -> None:
    answer = archive.assistant.ask("How many newsletters are there?")
    assert answer.status is Status.ANSWERED
    count = answer.claims[0]
    assert (count.verdict, count.citations) == (Verdict.DERIVED, (1, 2, 3))
    assert len(answer_json(answer)["citations"]) == 3
    assert is_about_holdings(answer.question)
