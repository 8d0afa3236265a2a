from __future__ import annotations

import pytest

from rag.overview.standing import standing, tells_subject


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("It fell by half in October, and nobody at the factory was told.", id="pronoun"),
        pytest.param("And I think that's the part that nobody at the factory expected.", id="after-openers"),
        pytest.param("Which the factory had never done before the rule of October came.", id="hangs-on"),
        pytest.param("What does the factory do with the cards that it cannot sell abroad?", id="question"),
        pytest.param("Welcome to the show, thanks for joining us to speak of factories.", id="greeting"),
        pytest.param("Use the code CHIP at the factory shop for your first bonding machine.", id="advert"),
        pytest.param(
            "The factory has a page at https://factory.example with all of its cards.", id="address"
        ),
        pytest.param("The factory sells cards and machines and tools and so", id="unfinished"),
        pytest.param("The factory sells cards.", id="too-short"),
        pytest.param(
            "the factory sells cards and machines to anybody who asks for them.", id="begins-within"
        ),
        pytest.param("Or the factory sells its cards to anybody who asks for them.", id="rest-of-a-choice"),
        pytest.param("The factory sold [unintelligible 00:12] and closed in October for good.", id="unheard"),
        pytest.param("The factory sells cards.\nThe machines are sold to anybody who asks.", id="two-lines"),
    ],
)
def test_what_cannot_stand_alone_is_worth_nothing(text: str) -> None:
    assert standing(text) == 0.0


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (
            "The factory sells its cards to nobody abroad.",
            "So, the factory sells its cards to nobody abroad.",
        ),
        (
            "The rule of October closed the factory of the north.",
            "I closed the factory of the north in October.",
        ),
        (
            "The factory of the north finishes nine hundred cards a week.",
            "The factory of the north, you know, sort of finishes nine hundred cards a week.",
        ),
        (
            "A card of the factory sells for nine hundred dollars abroad.",
            "The latest of these sells for nine hundred dollars abroad.",
        ),
        (
            "Halden, the factory of the north, closed in October of that year.",
            "The factory was closed in October by the owners of the north.",
        ),
        (
            "Three factories of the north can finish nine hundred cards a week.",
            "Each can finish nine hundred cards a week in the north of it.",
        ),
        (
            "Well, the factory sells its cards to nobody in the north.",
            "And the factory sells its cards to nobody in the north.",
        ),
        (
            "The rule ended the sale of cards to the laboratories abroad.",
            "Thinking of the sale of cards to the laboratories abroad in October.",
        ),
    ],
)
def test_plain_statements_are_worth_more(better: str, worse: str) -> None:
    assert standing(better) > standing(worse)


def test_typographic_apostrophes_change_nothing() -> None:
    assert standing("We’re told that the factory closed in October because of a rule.") == standing(
        "We're told that the factory closed in October because of a rule."
    )


def test_a_subject_is_told_though_it_is_talk_about_the_talk() -> None:
    assert tells_subject("In this episode we talk about export rules and the factories of the north.")
    assert not tells_subject("It is what we talk about today, and it is a lot of fun.")


def test_a_guest_is_a_subject() -> None:
    assert tells_subject("Today we are catching up with Ana Ruiz of the chip factory.")
    assert not tells_subject("And in this year of mine I thought about the chip factory.")
    assert not tells_subject("Today I'm joined by my co-host, Bo Lind, and I'm Ana Ruiz of the factory.")
