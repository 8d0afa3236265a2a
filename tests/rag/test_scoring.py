from datetime import date

import pytest

from rag.models import Closeness, Match, SourceKind
from rag.scoring import WEIGHTS, Look
from rag.weighing import weigh
from tests.fakes import a_passage, a_source

SOURCE = a_source("The kiln cracked. Nobody knew why. Frost had come in the night.", title="Pots", people=())
PASSAGES = {
    ("s1", at): a_passage(text, source=SOURCE, id=f"p{at}", ordinal=at)
    for at, text in enumerate(("The kiln cracked.", "Nobody knew why.", "Frost had come in the night."))
}


def matched(question: str, at: int, closeness: dict[str, Closeness] | None = None) -> Match:
    look = Look(
        question=weigh(question, counts={}, passages=10),
        fused={("s1", at): 1.0},
        passages=PASSAGES,
        closeness=closeness or {},
        similarity={passage.id: 0.2 for passage in PASSAGES.values()},
        lexical_ranks={"p0": 3},
        dense_ranks={},
    )
    (match,) = look.matches()
    return match


def scored(question: str, at: int, closeness: dict[str, Closeness] | None = None) -> float:
    return matched(question, at, closeness).score


def test_the_words_of_a_passage_count_more_than_those_beside_it() -> None:
    asked = "When did the kiln crack?"
    assert scored(asked, 0) > scored(asked, 1) > scored(asked, 2)


def test_labels_count_as_the_passages_own_words() -> None:
    # The label is not among the words around.
    assert scored("pots", 2) == pytest.approx(scored("frost", 2) - WEIGHTS[2])


def test_the_nearest_sentence_counts_and_the_passage_stands_in_for_it() -> None:
    asked = "quiescence"
    assert scored(asked, 2, {"p2": ((0.9,),)}) > scored(asked, 2) > scored(asked, 2, {"p2": ((0.1,),)})


def test_a_figure_counts_where_one_is_asked_for() -> None:
    passages = [a_passage(text, id=text) for text in ("It cost 900 euros.", "It cost a fortune.")]
    look = Look(
        question=weigh("How much did it cost?", counts={}, passages=10),
        fused={("s1", 0): 1.0, ("s1", 5): 1.0},
        passages={("s1", 0): passages[0], ("s1", 5): passages[1]},
        closeness={},
        similarity={},
        lexical_ranks={},
        dense_ranks={},
    )
    with_figure, without = look.matches()
    assert with_figure.score == pytest.approx(without.score + 0.4)


def test_a_match_knows_its_ranks() -> None:
    match = matched("x", 0)
    assert (match.lexical_rank, match.dense_rank, match.similarity) == (3, None, 0.2)


@pytest.mark.parametrize("question", ["What was said in June 2025?", "What does the newsletter say?"])
def test_the_time_and_the_kind_that_are_spoken_of_count(question: str) -> None:
    sources = [
        a_source("It is said.", id="s1", published=date(2025, 6, 9), kind=SourceKind.NEWSLETTER),
        a_source("It is said.", id="s2", published=date(2025, 5, 9), kind=SourceKind.EPISODE),
    ]
    look = Look(
        question=weigh(question, counts={}, passages=10, today=date(2026, 5, 9)),
        fused={(source.id, 0): 1.0 for source in sources},
        passages={(source.id, 0): a_passage("It is said.", source=source) for source in sources},
        closeness={},
        similarity={},
        lexical_ranks={},
        dense_ranks={},
    )
    meant, other = look.matches()
    assert meant.score == pytest.approx(other.score + 0.4)
