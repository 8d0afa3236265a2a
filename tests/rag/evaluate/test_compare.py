from pathlib import Path

import pytest

from rag.contract import Json
from rag.errors import QuestionError, RunUnreadable
from rag.evaluate.compare import check_gates, compare, gate_names, parse_gate, read_scores
from rag.evaluate.scores import scores_json
from rag.models import Answer
from tests.rag.evaluate.world import GOLD, perfect, refuses, scored


def refuses_the_loaf(question: str) -> Answer:
    return refuses(question, *GOLD[question]) if "loaf" in question else perfect(question)


def test_the_same_run_differs_in_nothing() -> None:
    scores = scored(perfect)
    found = compare(scores_json(scores), scores, name="main")
    assert found.questions == 7
    assert not found.significant and not found.flips
    assert {(one.mean, one.p) for one in found.differences.values()} == {(0.0, 1.0)}


def test_a_flipped_question_is_named_and_one_alone_is_no_significant_difference() -> None:
    found = compare(scores_json(scored(perfect)), scored(refuses_the_loaf), name="main")
    (flip,) = found.flips
    assert (flip.id, flip.before, flip.after, flip.better) == ("q3", "right", "wrongly refused", False)
    assert found.differences["correct"].mean == pytest.approx(-0.2)
    assert "correct" not in found.significant
    assert compare(scores_json(scored(refuses_the_loaf)), scored(perfect), name="main").flips[0].better


def test_a_difference_everywhere_is_significant() -> None:
    def empty(answer: Json) -> Json:
        return answer | {"retrieved": []}

    found = compare(scores_json(scored(perfect)), scored(perfect, empty), name="main")
    assert found.significant["evidence_recall"].mean == -1.0


def test_an_edited_question_is_not_compared() -> None:
    before = scores_json(scored(perfect))
    before["rows"][0]["question"] = "How much was it?"
    assert compare(before, scored(perfect), name="main").questions == 6


@pytest.mark.parametrize(
    ("written", "passed", "says"),
    [
        ("evidence_recall>=0.8", True, "met with 0.85"),
        ("evidence_recall >= 0.9", False, "not met, 0.85 misses it by 0.05"),
        ("over_refusal<0.05", False, "not met, 0.05 misses it by 0"),
        ("over_refusal<=.05", True, "met with 0.05"),
        ("pointer_validity==1", True, "met with 1"),
        ("total_ms_p95<=300", False, "not met, 420 misses it by 120"),
        ("crag>-1", True, "met"),
        ("mrr>=0.1", False, "no question of this run has that score"),
    ],
)
def test_a_gate_says_by_how_much_it_was_missed(written: str, passed: bool, says: str) -> None:
    figures = {
        "evidence_recall": 0.85,
        "over_refusal": 0.05,
        "pointer_validity": 1.0,
        "total_ms_p95": 420.0,
        "crag": 0.2,
    }
    (result,) = check_gates([parse_gate(written)], figures)
    assert result.passed is passed
    assert says in str(result)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("evidence_recall", "is no gate"),
        ("mrr>=high", "is no gate"),
        ("recall>=0.8", "no score is called 'recall'; there are evidence_recall, "),
    ],
)
def test_a_gate_that_cannot_be_read_says_why(written: str, reason: str) -> None:
    with pytest.raises(QuestionError, match=reason):
        parse_gate(written)


def test_every_figure_of_a_run_can_be_a_gate() -> None:
    assert scored(perfect).figures().keys() <= set(gate_names())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no run to compare with"),
        ("{", "not a run's scores"),
        ("[]", "not a run's scores"),
        ('{"rows": 1}', "not a run's"),
    ],
)
def test_a_folder_without_scores_cannot_be_compared_with(
    tmp_path: Path, content: str | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "scores.json").write_text(content)
    with pytest.raises(RunUnreadable, match=reason):
        read_scores(tmp_path)
