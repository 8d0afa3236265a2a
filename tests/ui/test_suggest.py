from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rag.models import Passage, SourceKind
from tests.fakes import MemoryLibrary, a_passage, a_source
from ui.suggest import example_questions


def held(
    n: int = 1, *, title: str = "Chips and Power", kind: SourceKind = SourceKind.EPISODE, **passage: Any
) -> Passage:
    source = a_source(id=f"s{n}", title=title, kind=kind, published=date(2026, 1, n))
    return a_passage(source=source, **passage)


@pytest.mark.parametrize(
    ("passage", "question"),
    [
        pytest.param(
            held(speakers=("Ana Ruiz",)),
            "What did Ana Ruiz say in “Chips and Power”?",
            id="person-in-episode",
        ),
        pytest.param(
            held(speakers=("Ana Ruiz",), heading="Energy use"),
            "What did Ana Ruiz say about “Energy use”?",
            id="person-on-heading",
        ),
        pytest.param(
            held(kind=SourceKind.NEWSLETTER, heading="Full warehouses"),
            "What does the newsletter “Chips and Power” say about “Full warehouses”?",
            id="newsletter-on-heading",
        ),
        pytest.param(
            held(title="Why do chips matter?", speakers=("Ana Ruiz",)),
            "What did Ana Ruiz say in “Why do chips matter?”",
            id="title-is-a-question",
        ),
        pytest.param(
            held(kind=SourceKind.SUMMARY, title="In short", heading="Deep dives › Full warehouses"),
            "What does the summary “In short” say about “Full warehouses”?",
            id="nested-heading",
        ),
        pytest.param(held(heading="Who pays for it?"), "Who pays for it?", id="heading-is-a-question"),
    ],
)
def test_a_question_is_drawn_from_what_the_source_names(passage: Passage, question: str) -> None:
    assert example_questions(MemoryLibrary(passage)) == [question]


@pytest.mark.parametrize(
    "passage",
    [
        pytest.param(held(title="ep_12_final.vtt", speakers=("Ana Ruiz",)), id="file-name"),
        pytest.param(held(speakers=("Speaker 1",)), id="numbered-speaker"),
        pytest.param(held(kind=SourceKind.NEWSLETTER, heading="Read more"), id="furniture"),
        pytest.param(held(kind=SourceKind.NEWSLETTER, heading="<b>Bold claim</b>"), id="markup"),
        pytest.param(held(speakers=("Ana Ruiz",), advert=True), id="advert"),
    ],
)
def test_what_does_not_read_well_is_not_asked(passage: Passage) -> None:
    assert example_questions(MemoryLibrary(passage)) == []


def test_four_at_most_one_a_source_and_forms_take_turns() -> None:
    episodes = [held(n, title=f"On Chips {n}", speakers=("Ana Ruiz",)) for n in range(1, 7)]
    letter = held(9, kind=SourceKind.NEWSLETTER, heading="Full warehouses")
    questions = example_questions(MemoryLibrary(*episodes, letter))
    assert len(questions) == len(set(questions)) == 4
    assert sum("warehouses" in question for question in questions) == 1
    assert example_questions(MemoryLibrary()) == []
