from dataclasses import replace
from typing import Any

import pytest

from rag.fusion import AT_LENGTH, NEIGHBOURS, Place, blend, joined, lend, levelled
from rag.models import Match
from tests.fakes import a_passage, a_source

A, B, C = ("ep", 4), ("ep", 5), ("other", 5)


def best(scores: dict[Place, float]) -> Place:
    return max(scores, key=lambda place: scores[place])


def test_what_both_rankings_have_comes_first() -> None:
    assert best(blend([(1, {A: 1.0, B: 0.8}), (1, {C: 1.0, B: 0.8})])) == B


@pytest.mark.parametrize(
    ("words", "meaning", "first"), [pytest.param(2, 1, A, id="words"), pytest.param(1, 2, B, id="meaning")]
)
def test_the_heavier_ranking_wins(words: float, meaning: float, first: Place) -> None:
    assert best(blend([(words, {A: 1.0, B: 0.5}), (meaning, {A: 0.5, B: 1.0})])) == first


def test_scores_of_any_size_are_brought_to_the_same_scale() -> None:
    assert levelled([30.0, 20.0, 10.0]) == levelled([0.9, 0.6, 0.3]) == [1.0, 0.5, 0.0]


@pytest.mark.parametrize("scores", [[0.7], [0.7, 0.7]])
def test_scores_that_do_not_differ_are_all_best(scores: list[float]) -> None:
    assert levelled(scores) == [1.0] * len(scores)


def test_a_passage_between_two_good_ones_is_found() -> None:
    assert best(lend({("ep", 3): 1.0, ("ep", 5): 1.0, C: 1.1}, shares=[0.6])) == ("ep", 4)


def test_nothing_is_lent_across_sources_or_before_the_first_passage() -> None:
    assert set(lend({("ep", 0): 1.0}, shares=[0.4, 0.2])) == {("ep", 0), ("ep", 1), ("ep", 2)}


def test_a_long_discussion_outweighs_one_good_passage_only_when_it_is_asked_for() -> None:
    scores = {("ep", at): 0.5 for at in range(17)} | {("other", 4): 1.0}
    assert best(lend(scores, AT_LENGTH)) == ("ep", 8)
    assert best(lend(scores, NEIGHBOURS)) == ("other", 4)


def test_nothing_gives_nothing() -> None:
    assert (levelled([]), blend([]), lend({})) == ([], {}, {})


def stretches(*scores: float, **given: Any) -> list[list[int]]:
    """The ordinals that are shown together, of neighbouring passages of 400 characters with these scores."""
    source = a_source("word " * 80 * len(scores))
    matches = [
        Match(
            passage=replace(
                a_passage(source=source),
                id=f"p{at}",
                ordinal=at,
                start=400 * at,
                end=400 * at + 399,
                heading=given.get("headings", [None] * len(scores))[at],
            ),
            score=score,
        )
        for at, score in enumerate(scores)
    ]
    return [[match.passage.ordinal for match in together] for _, together in joined(matches)]


def test_neighbours_that_score_nearly_as_high_are_shown_with_the_best() -> None:
    assert stretches(0.9, 1.0, 0.2) == [[0, 1], [2]]


def test_a_stretch_stays_short_and_takes_the_better_side() -> None:
    assert stretches(0.8, 1.0, 0.9) == [[1, 2], [0]]


def test_a_stretch_stays_under_one_heading() -> None:
    assert stretches(0.9, 1.0, headings=["News", "Letters"]) == [[1], [0]]
