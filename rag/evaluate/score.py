"""Score one answer against what is known of its question, and say what went wrong. Pure.

An answer is the contract's JSON, so that any assistant that speaks it can be scored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rag.contract import Json
from rag.errors import UnknownSource
from rag.evaluate.catalogue import BUDGETS, STAGES
from rag.evaluate.gold import GoldPlacer, PlacedGold
from rag.evaluate.metrics import answering, citing, retrieval
from rag.evaluate.questions import Gold, Question
from rag.evaluate.stretch import Stretch
from rag.models import Source, Status
from rag.ports import ReadsSources

Outcome = Literal[
    "right",
    "not found",
    "found but not cited",
    "cited but wrong",
    "wrongly refused",
    "wrongly answered",
    "not judged",
    "failed",
]
OUTCOMES: tuple[Outcome, ...] = (
    "right",
    "not found",
    "found but not cited",
    "cited but wrong",
    "wrongly refused",
    "wrongly answered",
    "not judged",
    "failed",
)

# How the notice of a question begins that raised an error instead of being answered; see `run.py`.
FAILED = "The question failed: "

_REFUSED = (Status.NOT_COVERED.value, Status.OFF_TOPIC.value)
_SHOWN = ("quoted", "supported")

Support = Callable[[str, str], float]
"""How likely the second text carries the first (`Judge.support`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One question with its scores by metric name; a score that does not apply is not there.

    `confidence` is the best retrieval score, which the trade-off curve of refusing is drawn over.
    """

    id: str
    question: str
    type: str | None
    kinds: tuple[str, ...]
    shows: tuple[str, ...]
    answerable: bool | None
    refused: bool
    outcome: Outcome
    values: Mapping[str, float]
    confidence: float
    gold: PlacedGold


class Scorer:
    """Scores answers of one archive."""

    def __init__(self, archive: ReadsSources, placer: GoldPlacer, support: Support | None = None) -> None:
        self._archive = archive
        self._placer = placer
        self._support = support
        self._passages: dict[str, list[tuple[str, Stretch]]] = {}

    def score(self, question: Question, answer: Json) -> Scored:
        """Everything that can be said of one answer."""
        gold, placed = question.gold, self._placer.place(question.gold)
        answerable = is_answerable(gold)
        failed = str(answer["notice"] or "").startswith(FAILED)
        refused = answer["status"] in _REFUSED and not failed
        wanted = placed.stretches if answerable else ()
        values = {
            **(self._found(wanted, answer, needs_all=gold.needs_all) if wanted else {}),
            **(_cited(wanted, answer, needs_all=gold.needs_all) if wanted else {}),
            **self._pointers(answer),
            **self._supported(answer),
            **_served(gold, answer, answerable=answerable, silent=refused or failed),
            **_moment(gold, answer),
        }
        if answerable is not None and not failed:
            values |= _refusing(answerable, refused)
        given = _grade(gold, answer, values, answerable=answerable, refused=refused)
        if answerable is not None and (failed or given):
            values["crag"] = 0.0 if failed or given is None else answering.crag(given)
        values |= {stage: float(answer["timings"][stage]) for stage in STAGES} if not failed else {}
        sources = self._sources_of(wanted)
        return Scored(
            id=question.id,
            question=question.asked.question,
            type=gold.type,
            kinds=tuple(dict.fromkeys(source.kind.value for source in sources)),
            shows=tuple(dict.fromkeys(source.show for source in sources if source.show)),
            answerable=answerable,
            refused=refused,
            outcome="failed" if failed else what_went_wrong(given, values, answerable=answerable),
            values=values,
            confidence=max((float(found["score"]) for found in answer["retrieved"]), default=0.0),
            gold=placed,
        )

    def _found(self, gold: Sequence[Stretch], answer: Json, *, needs_all: bool) -> dict[str, float]:
        read = [_stretch(found) for found in answer["retrieved"]]
        recalls = {
            budget: retrieval.evidence_recall(gold, read, budget=budget, needs_all=needs_all)
            for budget in BUDGETS
        }
        ranked = [found["passage_id"] for found in answer["retrieved"]]
        every = self._passages_of(dict.fromkeys(stretch.source for stretch in gold))
        wanted = retrieval.relevant_as_listed(gold, list(zip(ranked, read, strict=True)), every)
        return {
            "evidence_recall": recalls[BUDGETS[-1]],
            **{f"evidence_recall@{budget}": recall for budget, recall in recalls.items()},
            "evidence_recall_strict": float(math.floor(recalls[BUDGETS[-1]])),
            "mrr": retrieval.reciprocal_rank(ranked, wanted),
            "ndcg@10": retrieval.ndcg(ranked, wanted),
        }

    def _passages_of(self, source_ids: Mapping[str, Any]) -> Iterator[tuple[str, Stretch]]:
        for source_id in source_ids:
            if source_id not in self._passages:
                self._passages[source_id] = [
                    (passage.id, Stretch(source_id, passage.start, passage.end))
                    for passage in self._archive.passages_of(source_id)
                ]
            yield from self._passages[source_id]

    def _pointers(self, answer: Json) -> dict[str, float]:
        pointers = [
            (citation["quote"], citation["start"], citation["end"], self._text(citation["source_id"]))
            for citation in answer["citations"]
        ]
        return {"pointer_validity": citing.pointer_validity(pointers)} if pointers else {}

    def _text(self, source_id: str) -> str | None:
        try:
            return self._archive.source(source_id).text
        except UnknownSource:
            return None

    def _supported(self, answer: Json) -> dict[str, float]:
        support = self._support
        statements = statements_of(answer)
        if support is None or not statements:
            return {}
        recall, precision = citing.alce(statements, lambda premise, said: support(said, premise) >= 0.5)
        return {"support_recall": recall} | ({} if precision is None else {"support_precision": precision})

    def _sources_of(self, stretches: Sequence[Stretch]) -> list[Source]:
        return [
            self._archive.source(source_id) for source_id in dict.fromkeys(item.source for item in stretches)
        ]


def is_answerable(gold: Gold) -> bool | None:
    """Whether the archive should answer; None when the file does not say.

    >>> is_answerable(Gold(answer="60 s")), is_answerable(Gold())
    (True, None)
    """
    if gold.answerable is not None:
        return gold.answerable
    return True if gold.evidence or gold.must_contain or gold.answer else None


def statements_of(answer: Json) -> list[citing.Statement]:
    """The claims that were shown, with the words they cite and who said them.

    Counts and lists are left out: they rest on every item they count, and no judge of words can check them.
    """
    cited = {
        citation["number"]: f"{citation['speaker']}: {citation['quote']}"
        if citation["speaker"]
        else citation["quote"]
        for citation in answer["citations"]
    }
    return [
        citing.Statement(claim["text"], tuple(cited[n] for n in claim["citations"] if n in cited))
        for claim in answer["claims"]
        if claim["verdict"] in _SHOWN
    ]


def words_said(answer: Json) -> str:
    """The answer without the markers of its own citations, which are no part of what it says.

    >>> words_said({"answer": "It is 60 [1], see [2025].", "citations": [{"number": 1}]})
    'It is 60 , see [2025].'
    """
    numbers = "|".join(str(citation["number"]) for citation in answer["citations"])
    return re.sub(rf"\[(?:{numbers})\]", "", answer["answer"]) if numbers else str(answer["answer"])


def what_went_wrong(
    given: answering.Grade | None, values: Mapping[str, float], *, answerable: bool | None
) -> Outcome:
    """The first thing on the way from question to answer that failed.

    >>> what_went_wrong("wrong", {"evidence_recall": 1.0, "citation_hit": 0.0}, answerable=True)
    'found but not cited'
    """
    if answerable is None or given is None:
        return "not judged"
    if given == "right":
        return "right"
    if not answerable:
        return "wrongly answered"
    if values.get("evidence_recall", 1.0) == 0:
        return "not found"
    if given == "refused":
        return "wrongly refused"
    return "found but not cited" if values.get("citation_hit", 1.0) == 0 else "cited but wrong"


def _cited(gold: Sequence[Stretch], answer: Json, *, needs_all: bool) -> dict[str, float]:
    cited = [_stretch(citation) for citation in answer["citations"]]
    values = {
        "citation_hit": citing.citation_hit(cited, gold),
        "citation_recall": citing.citation_recall(cited, gold, needs_all=needs_all),
    }
    if cited:
        best, mean = citing.span_iou(cited, gold)
        values |= {
            "citation_precision": citing.citation_precision(cited, gold),
            "span_iou_best": best,
            "span_iou_mean": mean,
        }
    return values


def _served(gold: Gold, answer: Json, *, answerable: bool | None, silent: bool) -> dict[str, float]:
    said = words_said(answer)
    values: dict[str, float] = {} if silent else {"answer_characters": float(len(said))}
    if not answerable:
        return values
    if gold.must_contain:
        share = 0.0 if silent else answering.must_contain_share(said, gold.must_contain)
        values |= {"must_contain": share, "correct": float(share == 1)}
    if gold.answer and not silent:
        values["token_f1"] = answering.token_f1(said, gold.answer)
    return values


def _moment(gold: Gold, answer: Json) -> dict[str, float]:
    if gold.time_s is None:
        return {}
    error = citing.timestamp_error([citation["start_s"] for citation in answer["citations"]], gold.time_s)
    return {} if error is None else {"timestamp_error_s": error}


def _refusing(answerable: bool, refused: bool) -> dict[str, float]:
    shares = answering.refusal_scores([(answerable, refused)])
    return {name: share for name, share in shares.items() if share is not None}


def _grade(
    gold: Gold, answer: Json, values: Mapping[str, float], *, answerable: bool | None, refused: bool
) -> answering.Grade | None:
    if answerable is None:
        return None
    # Where no words are asked for, the right evidence has to speak for the answer.
    share = values.get("must_contain", values.get("citation_recall"))
    complete = answer["status"] != Status.PARTIAL.value
    return answering.grade(answerable=answerable, refused=refused, share=share, complete=complete)


def _stretch(item: Mapping[str, Any]) -> Stretch:
    return Stretch(item["source_id"], item["start"], item["end"])
