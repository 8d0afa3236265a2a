from dataclasses import replace
from typing import Any

import pytest

from rag.citing import cite
from rag.enumerating import enumerated, enumeration, mentions
from rag.models import Passage, Sentence, Source, SourceKind, Verdict
from rag.sentences import sentence_spans
from tests.fakes import a_passage, a_source


@pytest.mark.parametrize(
    ("question", "noun", "kind", "phrases"),
    [
        ("Which episodes mention kilns?", "episode", SourceKind.EPISODE, ("kilns",)),
        ("How many newsletters discuss “blue glaze”?", "newsletter", SourceKind.NEWSLETTER, ("blue glaze",)),
        ("Which sources talk about Ana Li?", "source", None, ("Ana Li",)),
        ("List all articles about glazing.", "article", SourceKind.ARTICLE, ("glazing",)),
        ("In which episodes is Dry Creek mentioned?", "episode", SourceKind.EPISODE, ("Dry Creek",)),
        ("In how many summaries does frost come up?", "summary", SourceKind.SUMMARY, ("frost",)),
    ],
)
def test_questions_about_the_archive_itself(
    question: str, noun: str, kind: SourceKind | None, phrases: tuple[str, ...]
) -> None:
    asked = enumeration(question)
    assert asked is not None
    assert (asked.noun, asked.kind, asked.phrases, asked.every_time) == (noun, kind, phrases, False)


@pytest.mark.parametrize(
    "question",
    ["How often is frost mentioned?", "How many times does frost come up?", "List every mention of frost"],
)
def test_every_time_means_every_sentence(question: str) -> None:
    asked = enumeration(question)
    assert asked is not None
    assert (asked.every_time, asked.phrases) == (True, ("frost",))


@pytest.mark.parametrize(
    "question",
    [
        "Which glazes do the episodes mention?",
        "How many kilns are there?",
        "Which episode was the best?",
        "What does the newsletter say about frost?",
        "How often should a kiln be cleaned?",
        "Which episodes mention that the kiln cracked in winter because of hard frost?",
        "Which episodes mention it?",
    ],
)
def test_questions_about_what_is_said_are_not(question: str) -> None:
    assert enumeration(question) is None


def spoken(source: Source, text: str, **given: Any) -> Passage:
    """A passage of a source with its sentences."""
    begin = source.text.index(text)
    sentences = tuple(Sentence(start=begin + a, end=begin + b) for a, b in sentence_spans(text))
    return replace(a_passage(text, source=source, **given), sentences=sentences)


def shelf() -> list[Passage]:
    """Two passages of one source and one of another, as the library gives them."""
    first = a_source("The kiln is old. It has a crack.\n\nThe kiln is new.", id="s1")
    second = a_source("Nobody has a kiln. A kiln is dear.", id="s2")
    return [
        spoken(first, "The kiln is old. It has a crack.", id="p1"),
        spoken(first, "The kiln is new.", id="p2", ordinal=1),
        spoken(second, "Nobody has a kiln. A kiln is dear.", id="p3"),
    ]


def test_one_sentence_of_each_source_or_every_sentence() -> None:
    of_each, every = (
        enumeration("Which sources mention kilns?"),
        enumeration("How often are kilns mentioned?"),
    )
    assert of_each is not None
    assert every is not None
    assert [item.quote for item in mentions(of_each, shelf())] == ["The kiln is old.", "Nobody has a kiln."]
    assert len(mentions(every, shelf())) == 4


def test_the_number_is_the_length_of_the_list_and_cites_each_of_it() -> None:
    asked = enumeration("Which sources mention kilns?")
    assert asked is not None
    cited = cite(enumerated(asked, mentions(asked, shelf())))
    lead, *items = cited.claims
    assert lead.text == "2 sources mention “kilns”:"
    assert (lead.verdict, lead.citations) == (Verdict.DERIVED, (1, 2))
    assert [(item.verdict, item.citations) for item in items] == [
        (Verdict.QUOTED, (1,)),
        (Verdict.QUOTED, (2,)),
    ]
    assert [citation.verdict for citation in cited.citations] == [Verdict.QUOTED, Verdict.QUOTED]
    assert all(cited.text[slice(*claim.at)] == claim.text for claim in cited.claims)


def test_a_source_whose_words_are_spread_over_sentences_is_cited_by_the_one_that_holds_most() -> None:
    asked = enumeration("Which sources mention kilns and cracks?")
    assert asked is not None
    source = a_source("It has a crack in it. The kiln.", id="s1")
    (item,) = mentions(asked, [spoken(source, source.text, id="p")])
    assert item.quote in {"It has a crack in it.", "The kiln."}
