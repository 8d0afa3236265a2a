"""Assistants that are broken on purpose: each has to score as badly, and only where, it deserves."""

from __future__ import annotations

import pytest

from rag.contract import Json, answer_json
from rag.models import Answer
from tests.rag.evaluate.world import GOLD, Cite, means, passages, perfect, refuses, says, scored


def test_a_perfect_assistant_scores_full_marks() -> None:
    scores = scored(perfect)
    lesser = {
        name: mean
        for name, mean in means(scores).items()
        if mean != pytest.approx(1.0) and not name.endswith("_ms")
    }
    assert set(lesser) == {"token_f1", "answer_characters", "over_refusal"}
    assert lesser["over_refusal"] == 0.0
    assert scores.outcomes == {"right": 7}
    assert scores.latency["total_ms"] == {"p50": 26.0, "p95": 26.0}


def test_shuffled_citations_are_verbatim_but_support_nothing() -> None:
    order = list(GOLD)

    def shuffled(answer: Json) -> Json:
        if answer["question"] not in GOLD:
            return answer
        another = order[(order.index(answer["question"]) + 1) % len(order)]
        (wrong, *_) = answer_json(perfect(another))["citations"]
        return answer | {
            "citations": [wrong | {"number": citation["number"]} for citation in answer["citations"]]
        }

    figures = means(scored(perfect, shuffled))
    assert figures["pointer_validity"] == 1.0
    assert figures["support_recall"] == figures["citation_hit"] == figures["span_iou_best"] == 0.0
    # The words are still the right ones, and the search was: these scores alone would see nothing.
    assert figures["correct"] == figures["evidence_recall"] == 1.0


def test_shifted_offsets_point_at_other_words() -> None:
    def shifted(answer: Json) -> Json:
        for citation in answer["citations"]:
            citation["start"] += 1
            citation["end"] += 1
        return answer

    figures = means(scored(perfect, shifted))
    assert figures["pointer_validity"] == 0.0
    assert (
        figures["citation_hit"] == 1.0
    )  # a character off still lies on the evidence: only the pointer says no
    assert figures["support_recall"] == 1.0


def test_a_source_that_is_not_there_is_no_pointer() -> None:
    def renamed(answer: Json) -> Json:
        for citation in answer["citations"]:
            citation["source_id"] = "elsewhere"
        return answer

    figures = means(scored(perfect, renamed))
    assert (figures["pointer_validity"], figures["citation_hit"]) == (0.0, 0.0)


def test_refusing_everything_is_worth_no_more_than_its_refusals() -> None:
    scores = scored(lambda question: refuses(question, *GOLD.get(question, ())))
    figures = means(scores)
    assert (figures["refusal_recall"], figures["over_refusal"]) == (1.0, 1.0)
    assert figures["refusal_precision"] == pytest.approx(2 / 7)
    assert figures["crag"] == pytest.approx(2 / 7)
    assert (figures["correct"], figures["citation_hit"]) == (0.0, 0.0)
    assert "citation_precision" not in figures and "pointer_validity" not in figures
    assert scores.outcomes == {"right": 2, "wrongly refused": 5}


def test_refusing_what_was_never_found_is_called_not_found() -> None:
    def lost(answer: Json) -> Json:
        return answer | {"retrieved": []}

    assert scored(refuses, lost).outcomes == {"right": 2, "not found": 5}


def test_answering_everything_pays_for_what_it_makes_up() -> None:
    made_up = Cite("bakery", "On Fridays the queue reaches the bridge.")
    scores = scored(lambda question: says(question, *GOLD.get(question, (made_up,))))
    figures = means(scores)
    assert (figures["refusal_recall"], figures["over_refusal"]) == (0.0, 0.0)
    assert "refusal_precision" not in figures
    assert figures["crag"] == pytest.approx((5 - 2) / 7)
    assert (
        figures["support_recall"] == 1.0
    )  # every word is quoted; that it answers nothing, the judge cannot see
    assert scores.outcomes == {"right": 5, "wrongly answered": 2}


def test_quoting_the_top_passage_finds_the_words_and_loses_the_point() -> None:
    def quotes_all(question: str) -> Answer:
        if question not in GOLD:
            return refuses(question)
        return says(
            question, *(Cite(p.source.id, p.text) for p in passages() if _holds_gold(p.text, question))
        )

    figures, best = means(scored(quotes_all)), means(scored(perfect))
    assert figures["citation_hit"] == figures["correct"] == figures["pointer_validity"] == 1.0
    assert figures["span_iou_best"] < 0.5 < best["span_iou_best"]
    assert figures["token_f1"] < best["token_f1"]
    assert figures["answer_characters"] > 2 * best["answer_characters"]


def _holds_gold(text: str, question: str) -> bool:
    return any(cite.quote in text for cite in GOLD[question])


def test_citing_single_words_cites_nothing() -> None:
    def one_word(answer: Json) -> Json:
        for citation in answer["citations"]:
            word = citation["quote"].split()[0]
            citation |= {"quote": word, "end": citation["start"] + len(word)}
        return answer

    figures = means(scored(perfect, one_word))
    assert figures["pointer_validity"] == 1.0
    assert figures["citation_hit"] == figures["citation_precision"] == figures["support_recall"] == 0.0
    assert figures["span_iou_best"] < 0.2


def test_evidence_that_is_found_but_not_cited_is_named() -> None:
    beside = Cite("harbour", "The harbour board met in spring.")

    def misses(question: str) -> Answer:
        return says(question, beside) if question in GOLD else refuses(question)

    scores = scored(misses)
    assert scores.outcomes == {"right": 2, "found but not cited": 5}
    assert means(scores)["crag"] == pytest.approx((2 - 5) / 7)


def test_cited_evidence_with_the_wrong_words_is_named() -> None:
    def garbled(answer: Json) -> Json:
        return answer | {"answer": "Nobody knows."} if answer["citations"] else answer

    assert scored(perfect, garbled).outcomes == {"right": 2, "cited but wrong": 5}


def test_one_of_two_that_are_needed_is_half_the_evidence() -> None:
    def half(question: str) -> Answer:
        return says(question, *GOLD[question][:1]) if question in GOLD else refuses(question)

    scores = scored(half)
    (row,) = [row for row in scores.rows if row.id == "q4"]
    assert row.values["citation_recall"] == 0.5
    assert row.values["citation_hit"] == row.values["citation_precision"] == 1.0
    assert row.outcome == "cited but wrong"


def test_groups_count_a_question_in_each_of_its_kinds() -> None:
    scores = scored(perfect)
    sizes = {(group.by, group.name): group.questions for group in scores.groups}
    assert sizes == {
        ("", "all"): 7,
        ("type", "fact"): 5,
        ("type", "unanswerable"): 2,
        ("kind", "episode"): 4,
        ("kind", "newsletter"): 2,
        ("show", "Frontier Hour"): 5,
    }
