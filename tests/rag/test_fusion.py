import pytest

from rag.fusion import fuse

BOTH = {"words": 1.0, "dense": 1.0}


def test_what_both_rankings_have_comes_first() -> None:
    ranked = fuse({"words": ["a", "b"], "dense": ["c", "b"]}, weights=BOTH)
    assert [passage_id for passage_id, _ in ranked] == ["b", "a", "c"]


def test_scores_are_sums_of_weighted_reciprocal_ranks() -> None:
    (first, most), (second, less) = fuse(
        {"words": ["a"], "dense": ["x", "a"]}, weights={"words": 3, "dense": 1}, k=9
    )
    assert (first, second) == ("a", "x")
    assert most == pytest.approx(3 / 10 + 1 / 11, abs=1e-6)
    assert less == pytest.approx(1 / 10)


@pytest.mark.parametrize(
    ("weights", "first"),
    [({"words": 2.0, "dense": 1.0}, "a"), ({"words": 1.0, "dense": 2.0}, "b")],
)
def test_the_heavier_ranking_wins(weights: dict[str, float], first: str) -> None:
    assert fuse({"words": ["a", "b"], "dense": ["b", "a"]}, weights=weights)[0][0] == first


def test_equals_stand_in_the_order_of_the_rankings() -> None:
    assert [found for found, _ in fuse({"words": ["a"], "dense": ["b"]}, weights=BOTH)] == ["a", "b"]


def test_nothing_gives_nothing() -> None:
    assert fuse({"words": [], "dense": []}, weights=BOTH) == []
