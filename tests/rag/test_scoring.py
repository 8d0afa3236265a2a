from rag.models import Closeness, Passage
from rag.scoring import Look
from rag.weighing import weigh
from tests.fakes import a_passage, a_source

SOURCE = a_source("The kiln cracked. Nobody knew why. Frost had come in the night.", title="Pots", people=())
PASSAGES = {
    ("s1", at): a_passage(text, source=SOURCE, id=f"p{at}", ordinal=at)
    for at, text in enumerate(("The kiln cracked.", "Nobody knew why.", "Frost had come in the night."))
}


def scored(question: str, at: int, closeness: dict[str, Closeness] | None = None) -> float:
    look = Look(
        question=weigh(question, counts={}, passages=10),
        passages=PASSAGES,
        closeness=closeness or {},
        similarity={passage.id: 0.2 for passage in PASSAGES.values()},
    )
    return look.match(("s1", at), 1.0, {}, {}).score


def test_the_words_of_a_passage_count_more_than_those_beside_it() -> None:
    asked = "When did the kiln crack?"
    assert scored(asked, 0) > scored(asked, 1) > scored(asked, 2)


def test_labels_count_as_the_passages_own_words() -> None:
    assert scored("pots", 2) == scored("frost", 2) - 1.3  # the label is not among the words around


def test_the_nearest_sentence_counts_and_the_passage_stands_in_for_it() -> None:
    asked = "quiescence"
    assert scored(asked, 2, {"p2": ((0.9,),)}) > scored(asked, 2) > scored(asked, 2, {"p2": ((0.1,),)})


def test_a_match_knows_its_ranks() -> None:
    passage: Passage = PASSAGES["s1", 0]
    look = Look(question=weigh("x", counts={}, passages=1), passages=PASSAGES, closeness={}, similarity={})
    match = look.match(("s1", 0), 0.0, {passage.id: 3}, {})
    assert (match.lexical_rank, match.dense_rank, match.similarity) == (3, None, None)
