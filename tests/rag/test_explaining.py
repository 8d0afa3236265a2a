from rag.evidence import choose
from rag.explaining import explained
from rag.looking import Look
from rag.models import Claim, Status, Verdict
from rag.refusing import signs
from rag.weighing import weigh
from tests.fakes import a_found, a_passage


def lines(*, listed: bool = False) -> str:
    question = weigh("What did the kiln of Ana cost?", counts={}, passages=10)
    found = [a_found(a_passage("The kiln cracked in the night."), similarity=0.5)]
    cut = Claim(text="It cost nothing.", at=(0, 0), citations=(), verdict=Verdict.CUT, reason="no such words")
    look = Look(
        question=question,
        found=tuple(found),
        evidence=tuple(choose(question, found, most=1)),
        seen=signs(question, found),
        status=Status.NOT_COVERED,
        covered=("the kiln",),
        uncovered=("its price",),
    )
    return "\n".join(
        explained(look, quotes=4, strictness=0.5, status=Status.NOT_COVERED, claims=[cut], listed=listed)
    )


def test_every_stage_is_said() -> None:
    said = lines()
    assert "searched for: What did the kiln of Ana cost?" in said
    assert "asks for: money" in said
    assert "names and figures: ana" in said
    assert "The kiln cracked in the night." in said
    assert "kept 1 quotes" in said
    assert "a part, answered: the kiln" in said
    assert "a part, nothing found: its price" in said
    assert "behind the best passage" in said
    assert "so: not_covered" in said
    assert "cut: “It cost nothing.”: no such words" in said


def test_a_list_from_the_index_says_so() -> None:
    assert "answered from the index" in lines(listed=True)
