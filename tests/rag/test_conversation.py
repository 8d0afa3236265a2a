import pytest

from rag.conversation import standalone
from rag.models import Turn

BEFORE = (
    Turn(role="user", content="What did Ingrid Vollan trace?"),
    Turn(role="assistant", content="Ingrid Vollan, in *Finish line*: “206 licence applications.” [1]"),
)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("How many of them were granted?", id="pronoun"),
        pytest.param("And what did she conclude about exports?", id="and-she"),
        pytest.param("What about Marcus Teo and the data centre?", id="what-about"),
        pytest.param("Granted?", id="one-word"),
    ],
)
def test_a_question_that_leans_carries_what_was_spoken_of(question: str) -> None:
    carried = standalone(question, BEFORE)
    assert carried.startswith(question)
    assert {"Ingrid", "Vollan", "licence", "applications"} <= set(carried.split())


def test_a_question_that_stands_alone_is_left_alone() -> None:
    question = "How large was the Chilean harvest in 2025?"
    assert standalone(question, BEFORE) == question


def test_without_history_nothing_is_added() -> None:
    assert standalone("And she?", ()) == "And she?"


def test_only_the_last_exchange_counts() -> None:
    before = (
        Turn(role="user", content="Tell me of Nvidia."),
        Turn(role="assistant", content="A firm."),
        *BEFORE,
    )
    assert "Nvidia" not in standalone("And then?", before)


def test_words_already_asked_and_citation_numbers_are_not_carried() -> None:
    assert standalone("How many did Vollan trace?", BEFORE[:1]).split().count("Vollan") == 1
    assert "1" not in standalone("Were those granted?", BEFORE).split()


def test_a_long_answer_does_not_swamp_the_question() -> None:
    long = (Turn(role="assistant", content=" ".join(f"word{n}" for n in range(500))),)
    assert len(standalone("And it?", long).split()) < 30


def test_a_chain_of_follow_ups_keeps_what_opened_it() -> None:
    before = [
        Turn(role="user", content="How did the Øresund ferry strike of 2024 begin?"),
        Turn(role="assistant", content="With a dispute over rosters."),
        Turn(role="user", content="And how did it end?"),
        Turn(role="assistant", content="By arbitration."),
    ]
    carried = standalone("Who was it who paid?", before).split()
    assert {"Øresund", "ferry", "strike", "arbitration"} <= set(carried)
    assert "rosters" not in carried


def test_what_belongs_to_somebody_is_carried_with_whose_it_is() -> None:
    before = [Turn(role="user", content="What is Ana's kiln made of?")]
    assert standalone("Who sold it to her?", before) == "Who sold it to her? Ana kiln made"


def test_what_an_answer_says_around_its_quotes_is_not_what_a_follow_up_is_about() -> None:
    answer = (
        "The sources differ on this: *Clay* (Kilns, 8 May 2026) and *Slip* (Kilns).\n\n"
        "Ana Li, in *Clay* (Kilns, 8 May 2026), 0:09: “It cracked.” [1]\n\n"
        "In the same newsletter: “Twice.” [2]\n\n"
        "Only a part of this is answered. Nothing was found for “who sold it”."
    )
    before = [Turn(role="user", content="Why did it crack?"), Turn(role="assistant", content=answer)]
    asked = standalone("And then?", before)
    assert {"Ana", "Li", "cracked", "Twice"} <= set(asked.split())
    assert not {"sources", "differ", "newsletter", "Kilns", "answered", "found", "sold"} & set(asked.split())
