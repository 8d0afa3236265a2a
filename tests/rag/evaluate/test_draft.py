"""Drafts have evidence that can be placed; what is made unanswerable is so by means that can be checked."""

from __future__ import annotations

import json

from rag.contract import Json
from rag.evaluate.draft import draft_questions
from rag.evaluate.gold import GoldPlacer
from rag.evaluate.question_file import questions_from_jsonl
from rag.evaluate.questions import Asked, Gold, Question
from rag.evaluate.unanswerable import unanswerable_questions
from rag.models import Passage, Sentence
from tests.fakes import MemoryLibrary, a_source
from tests.rag.evaluate.world import ARCHIVE, TEXTS, questions

PLACER = GoldPlacer(ARCHIVE)


def one_passage(text: str, **label: object) -> MemoryLibrary:
    source = a_source(text, origin="notes.md", title="Notes")
    sentence = Sentence(start=0, end=len(text), speaker=str(label["speaker"]) if "speaker" in label else None)
    heading = str(label["heading"]) if "heading" in label else None
    return MemoryLibrary(
        Passage(
            id="p",
            source=source,
            ordinal=0,
            start=0,
            end=len(text),
            sentences=(sentence,),
            heading=heading,
            advert=bool(label.get("advert")),
        )
    )


def test_drafts_are_questions_whose_evidence_can_be_placed() -> None:
    drafts = draft_questions(ARCHIVE, 4)
    found = questions_from_jsonl("\n".join(map(json.dumps, drafts)).encode())
    assert len(drafts) == len(found.questions) == 4 and not found.bad
    for question in found.questions:
        placed = PLACER.place(question.gold)
        assert placed.stretches and not placed.warnings
    assert drafts == draft_questions(ARCHIVE, 4)


def test_drafts_take_the_sources_in_turn_and_end_when_nothing_is_left() -> None:
    drafts = draft_questions(ARCHIVE, 3)
    assert {draft["evidence"][0]["path"] for draft in drafts} == {f"town/{name}" for name in TEXTS}
    assert 3 < len(draft_questions(ARCHIVE, 1000)) <= 6


SAID = "The mooring ropes in Skagen are tarred with resin from northern pines."


def asked(library: MemoryLibrary) -> str:
    (draft,) = draft_questions(library, 1)
    return str(draft["question"])


def test_each_template_asks_for_what_its_sentence_says() -> None:
    figure = "On average the crew tars exactly 72 ropes a season, until June."
    assert asked(one_passage(figure)) == (
        "Which figure is missing: “On average the crew tars exactly _____ ropes a season, until June.”"
    )
    assert (
        asked(one_passage(SAID, speaker="Ingrid Dahl"))
        == "What does Ingrid Dahl say about mooring and ropes?"
    )
    assert asked(one_passage(SAID, heading="Ropes")) == "What stands under “Ropes” about mooring and ropes?"
    assert asked(one_passage(SAID)) == "What does “Notes” say about mooring and ropes?"


def test_adverts_are_not_asked_about() -> None:
    assert draft_questions(one_passage(SAID, advert=True), 1) == []


def made(lines: list[Json]) -> dict[str, Json]:
    return {line["made"]: line for line in lines}


def test_withholding_leaves_out_every_source_of_the_answer() -> None:
    line = made(unanswerable_questions(questions()[:1], ARCHIVE, PLACER, 10))["withheld"]
    assert line["filters"] == {"exclude": ["harbour"]}
    assert (line["answerable"], line["must_contain"], line["evidence"]) == (False, [], [])


def test_nothing_is_withheld_when_another_source_answers_too() -> None:
    other = a_source("The new mooring fee will be 340 crowns, said the paper.", id="paper", origin="paper.md")
    passage = Passage(id="x", source=other, ordinal=0, start=0, end=len(other.text), sentences=())
    both = MemoryLibrary(*(p for name in TEXTS for p in ARCHIVE.passages_of(name)), passage)
    assert "withheld" not in made(unanswerable_questions(questions()[:1], both, GoldPlacer(both), 10))


def test_what_is_swapped_in_occurs_nowhere_in_the_archive() -> None:
    asking = Question(
        id="s",
        asked=Asked(question="What did Ana Ruiz of Frontier Hour say in 2021 about all 12 boats?"),
        gold=Gold(answerable=True),
    )
    lines = made(unanswerable_questions([asking], ARCHIVE, PLACER, 10))
    assert set(lines) == {"year", "person", "show", "number"}
    text = "\n".join(TEXTS.values())
    for line in lines.values():
        before, after = line["swapped"]
        assert before in asking.asked.question and before not in line["question"]
        assert after in line["question"] and after not in text
        assert (line["from"], line["answerable"], line["type"]) == ("s", False, "unanswerable")


def test_ids_are_used_once_and_the_count_is_kept() -> None:
    lines = unanswerable_questions(questions(), ARCHIVE, PLACER, 100)
    assert len({line["id"] for line in lines}) == len(lines) >= 4
    assert unanswerable_questions(questions(), ARCHIVE, PLACER, 2) == lines[:2]
    assert not any(line["from"].startswith("u") for line in lines)
