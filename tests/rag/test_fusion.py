import pytest

from rag.fusion import Place, blend, lend, levelled

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


def test_nothing_gives_nothing() -> None:
    assert (levelled([]), blend([]), lend({})) == ([], {}, {})
