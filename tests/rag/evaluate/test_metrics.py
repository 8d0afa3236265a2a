"""The metrics beside their doctests: what another library says, and cases with no room in an example."""

import random

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, nDCG

from rag.evaluate.metrics.answering import grade, must_contain_share, token_f1
from rag.evaluate.metrics.citing import Statement, alce, citation_precision, hits, span_iou
from rag.evaluate.metrics.intervals import difference, interval
from rag.evaluate.metrics.retrieval import evidence_recall, ndcg, reciprocal_rank
from rag.evaluate.stretch import Stretch


def test_rankings_score_as_ir_measures_says_to_six_places() -> None:
    dice = random.Random(7)
    passages = [f"p{number}" for number in range(60)]
    wanted = {f"q{number}": set(dice.sample(passages, dice.randint(1, 14))) for number in range(80)}
    ranked = {question: dice.sample(passages, 30) for question in wanted}

    # ir-measures sorts by score; ours comes sorted.
    run = {q: {p: float(100 - rank) for rank, p in enumerate(order)} for q, order in ranked.items()}
    grades = {q: dict.fromkeys(found, 1) for q, found in wanted.items()}
    theirs = {
        (str(figure.measure), figure.query_id): figure.value
        for figure in ir_measures.iter_calc([nDCG @ 10, RR], grades, run)
    }
    for question in wanted:
        assert ndcg(ranked[question], wanted[question]) == pytest.approx(
            theirs["nDCG@10", question], abs=1e-6
        )
        assert reciprocal_rank(ranked[question], wanted[question]) == pytest.approx(
            theirs["RR", question], abs=1e-6
        )


@pytest.mark.parametrize(
    ("budget", "found"),
    [
        pytest.param(24, 0.0, id="a-character-short-of-half"),
        pytest.param(25, 1.0, id="half"),
        pytest.param(0, 0.0, id="nothing-read"),
    ],
)
def test_evidence_is_found_by_half_of_it(budget: int, found: float) -> None:
    assert evidence_recall([Stretch("a", 0, 50)], [Stretch("a", 0, 400)], budget=budget) == found


def test_evidence_found_in_two_passages_is_found() -> None:
    halves = [Stretch("a", 0, 15), Stretch("a", 15, 40)]
    assert evidence_recall([Stretch("a", 0, 60)], halves, budget=1000) == 1.0


def test_text_that_is_retrieved_twice_is_read_once() -> None:
    assert evidence_recall([Stretch("a", 0, 60)], [Stretch("a", 0, 20)] * 3, budget=1000) == 0.0


@pytest.mark.parametrize(
    ("citation", "hit"),
    [
        pytest.param(Stretch("a", 100, 140), True, id="a-short-sentence-of-it"),
        pytest.param(Stretch("a", 100, 139), False, id="less"),
        pytest.param(Stretch("a", 0, 2000), True, id="far-more"),
        pytest.param(Stretch("b", 100, 200), False, id="another-source"),
    ],
)
def test_a_citation_hits_long_evidence_with_forty_characters(citation: Stretch, hit: bool) -> None:
    assert hits([citation], Stretch("a", 100, 400)) is hit


def test_no_citation_scores_nothing() -> None:
    gold = [Stretch("a", 0, 50)]
    assert citation_precision([], gold) == 0.0
    assert span_iou([], gold) == (0.0, 0.0)
    assert alce([Statement("it rained", ())], lambda premise, statement: True) == (0.0, None)
    assert alce([], lambda premise, statement: True) == (0.0, None)


def test_a_citation_that_only_helps_with_another_is_precise() -> None:
    def supports(premise: str, statement: str) -> bool:
        return set(statement.split()) <= set(premise.split())

    assert alce([Statement("ana ran home", ("ana ran", "home"))], supports) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("answer", "group", "share"),
    [
        pytest.param("NAT‑PMP is on", ["nat-pmp"], 1.0, id="another-hyphen"),
        pytest.param("Ana’s  turn", ["ana's turn"], 1.0, id="another-apostrophe"),
        pytest.param("sixty", ["60"], 0.0, id="other-words"),
    ],
)
def test_must_contain_overlooks_case_space_and_shape(answer: str, group: list[str], share: float) -> None:
    assert must_contain_share(answer, [group]) == share


def test_token_f1_of_nothing() -> None:
    assert (token_f1("The", "a"), token_f1("", "60 seconds")) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("answerable", "refused", "share", "complete", "given"),
    [
        (True, False, 1.0, True, "right"),
        (True, False, 1.0, False, "partly"),
        (True, False, 0.0, True, "wrong"),
        (True, True, 1.0, True, "refused"),
        (True, False, None, True, None),
        (False, False, None, True, "wrong"),
    ],
)
def test_grades(
    answerable: bool, refused: bool, share: float | None, complete: bool, given: str | None
) -> None:
    assert grade(answerable=answerable, refused=refused, share=share, complete=complete) == given


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    dice = np.random.default_rng(3)
    held = 0
    for trial in range(200):
        found = interval((dice.random(100) < 0.7).astype(float).tolist(), draws=400, seed=trial)
        held += found.low <= 0.7 <= found.high
    assert 0.89 <= held / 200 <= 0.99


def test_the_same_values_give_the_same_interval() -> None:
    values = [0.0, 1.0, 0.5] * 20
    assert interval(values) == interval(values)


def test_noise_is_seldom_called_a_difference() -> None:
    dice = np.random.default_rng(5)
    alarms = 0
    for trial in range(100):
        before, after = (dice.random((2, 120)) < 0.6).astype(float).tolist()
        alarms += difference(before, after, draws=400, seed=trial).significant
    assert alarms <= 12


def test_a_large_run_is_resampled_in_parts() -> None:
    found = interval([0.0, 1.0] * 5000, draws=300)
    assert found.high - found.low == pytest.approx(0.0196, abs=0.003)
