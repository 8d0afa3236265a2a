import time

import pytest

from rag.models import SourceKind
from rag.parting import Sort, parts


@pytest.mark.parametrize(
    ("question", "clauses"),
    [
        pytest.param(
            "What did Ana say of kilns, and how much does clay cost?",
            ["What did Ana say of kilns", "how much does clay cost"],
            id="comma-and",
        ),
        pytest.param(
            "Who fired the kiln and in which town did it crack?",
            ["Who fired the kiln", "in which town did it crack"],
            id="and",
        ),
        pytest.param(
            "Who fired the kiln? Did the bricks hold?",
            ["Who fired the kiln", "Did the bricks hold"],
            id="two",
        ),
        pytest.param("When and where did the kiln crack?", [], id="one-thing-two-words"),
        pytest.param("What do bricks and clay cost?", [], id="two-things-one-question"),
        pytest.param("Where is the line between what glaze is and what slip is?", [], id="between"),
        pytest.param("Why did the kiln crack?", [], id="one"),
        pytest.param("Who a? Who b? Who c? Who d?", [], id="a-list-of-questions"),
    ],
)
def test_a_question_of_several_clauses_is_taken_apart(question: str, clauses: list[str]) -> None:
    found = parts(question)
    assert [part.said for part in found] == clauses
    assert all(part.sort is Sort.CLAUSE for part in found)


def test_a_clause_that_leans_on_the_one_before_takes_its_words_along() -> None:
    _, second = parts("What is Ana Li's kiln made of, and who sold it to her?")
    assert second.asked == "who sold it to her Ana Li kiln made"


def test_every_part_of_a_follow_up_takes_along_what_the_question_leans_on() -> None:
    asked = [part.asked for part in parts("Who sold bricks, and how do Bo's crack?", carried="Porto")]
    assert all(text.endswith("Porto") for text in asked)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("question", "sides", "over"),
    [
        pytest.param(
            "How do Ana Li and Bo Chen differ on kilns?", ["Ana Li", "Bo Chen"], "kilns", id="differ"
        ),
        pytest.param("Kiln-2 versus Oven-3 on heat", ["Kiln-2", "Oven-3"], "heat", id="versus"),
        pytest.param("Compare Raku with Anagama", ["Raku", "Anagama"], "", id="compare"),
        pytest.param(
            "Contrast how Ana Li and Bo Chen use clay.", ["Ana Li", "Bo Chen"], "use clay", id="contrast-how"
        ),
        pytest.param(
            "What is the difference between Raku and Anagama in cooling?",
            ["Raku", "Anagama"],
            "cooling",
            id="difference",
        ),
        pytest.param("How does Raku differ from Anagama?", ["Raku", "Anagama"], "", id="differ-from"),
        pytest.param("How is Raku different from Anagama?", ["Raku", "Anagama"], "", id="different"),
        pytest.param("What separates Raku from Anagama?", ["Raku", "Anagama"], "", id="separates"),
        pytest.param(
            "Do Ana Li and Bo Chen agree that kilns crack?", ["Ana Li", "Bo Chen"], "kilns crack", id="agree"
        ),
        pytest.param("What do Ana and Bo say about clay?", ["Ana", "Bo"], "clay", id="say"),
    ],
)
def test_two_that_are_set_side_by_side_are_its_sides(question: str, sides: list[str], over: str) -> None:
    found = parts(question)
    assert [part.said for part in found] == sides
    assert {part.over for part in found} == {over}
    assert all(part.sort is Sort.SIDE for part in found)


def test_things_without_a_name_are_no_sides() -> None:
    assert parts("How do cats and dogs differ?") == ()
    assert parts("What do the and of say about it?") == ()


def test_a_side_may_be_a_kind_of_source() -> None:
    episode, letter = parts("What do the episode and the newsletter say about clay?")
    assert (set(episode.kinds), set(letter.kinds)) == ({SourceKind.EPISODE}, {SourceKind.NEWSLETTER})


@pytest.mark.parametrize(
    "question", ["What do " + "a" * 990, "do A and " * 110, "Ab " * 333, "? what " * 140]
)
def test_no_question_takes_long_to_take_apart(question: str) -> None:
    started = time.perf_counter()
    parts(question)
    assert time.perf_counter() - started < 1
