"""A tiny archive with questions, and an assistant that knows the gold: perfect until a test breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rag.contract import Json, answer_json
from rag.evaluate.gold import GoldPlacer
from rag.evaluate.questions import Asked, Gold, GoldEvidence, Question
from rag.evaluate.score import Scorer
from rag.evaluate.scores import Scores, summed_up
from rag.models import Answer, Found, Passage, Sentence, Source, SourceKind, Timings
from rag.sentences import sentence_spans
from rag.verify import Judge
from tests.fakes import MemoryLibrary, a_citation, a_found, a_refusal, a_source, an_answer, an_evidence

TEXTS = {
    "harbour": (
        "The harbour board met in spring. It fixed the mooring fee at 340 crowns for a season. "
        "Boats longer than nine metres pay half as much again.\n\n"
        "Ingrid Dahl keeps the harbour log by hand. She notes every arrival and the state of the tide. "
        "The oldest volume in her office dates from 1921."
    ),
    "bakery": (
        "The bakery on Mill Lane burns birch wood only. Its oven holds the heat of one firing for two days. "
        "On Fridays the queue reaches the bridge.\n\n"
        "Tomas Berg bakes a rye loaf that rests for 40 hours. He learned it from his aunt in the north. "
        "No other baker in town sells it."
    ),
    "letter": (
        "This week the harbour board confirmed the new mooring fee. The latest episode has the reasons. "
        "The vote was six to one.\n\n"
        "The library lends seeds as well as books. Every packet returned in autumn counts as a loan repaid. "
        "Beans are the favourite so far."
    ),
}
_FEE = ("harbour", "It fixed the mooring fee at 340 crowns for a season.")
_VOTE = ("letter", "The vote was six to one.")
_LOG = ("harbour", "The oldest volume in her office dates from 1921.")
_LOAF = ("bakery", "Tomas Berg bakes a rye loaf that rests for 40 hours.")
_SEEDS = ("letter", "Every packet returned in autumn counts as a loan repaid.")
ASKED = (
    ("q1", "How much is the mooring fee?", "340", [_FEE], False),
    ("q2", "How old is the oldest log?", "1921", [_LOG], False),
    ("q3", "How long does the rye loaf rest?", "40 hours", [_LOAF], False),
    ("q4", "What did episode and letter say of the fee?", "six to one", [_FEE, _VOTE], True),
    ("q5", "What counts as a loan repaid?", "packet", [_SEEDS], False),
)
UNANSWERABLE = (("u1", "Who swept the lighthouse?"), ("u2", "What does the ferry cost?"))


def questions() -> tuple[Question, ...]:
    """Five with an answer and two without."""
    known = [
        Question(
            id=id_,
            asked=Asked(question=text),
            gold=Gold(
                answerable=True,
                answer=word,
                must_contain=((word,),),
                evidence=tuple(GoldEvidence(path=name, quote=quote) for name, quote in evidence),
                needs_all=needs_all,
                type="fact",
            ),
        )
        for id_, text, word, evidence, needs_all in ASKED
    ]
    unknown = [
        Question(id=id_, asked=Asked(question=text), gold=Gold(answerable=False, type="unanswerable"))
        for id_, text in UNANSWERABLE
    ]
    return (*known, *unknown)


def passages() -> tuple[Passage, ...]:
    """Two passages a source, one a paragraph."""
    kinds = {"letter": SourceKind.NEWSLETTER}
    return tuple(
        passage
        for name, text in TEXTS.items()
        for passage in _cut(
            a_source(text, id=name, origin=f"town/{name}", kind=kinds.get(name, SourceKind.EPISODE))
        )
    )


def _cut(source: Source) -> Iterable[Passage]:
    start = 0
    for ordinal, text in enumerate(source.text.split("\n\n")):
        spans = [Sentence(start=start + a, end=start + b) for a, b in sentence_spans(text)]
        yield Passage(
            id=f"{source.id}-{ordinal}",
            source=source,
            ordinal=ordinal,
            start=start,
            end=start + len(text),
            sentences=tuple(spans),
        )
        start += len(text) + 2


@dataclass(frozen=True)
class Cite:
    """Words of a source that an answer quotes."""

    source: str
    quote: str


ARCHIVE = MemoryLibrary(*passages())
ONCE = Timings(retrieve_ms=20, compose_ms=5, verify_ms=1, total_ms=26)


def found_first(*cites: Cite) -> tuple[Found, ...]:
    """All passages of the town, those of the citations first."""
    wanted = [holding(cite) for cite in cites]
    order = list(dict.fromkeys(passage.id for passage in [*wanted, *passages()]))
    by_id = {passage.id: passage for passage in passages()}
    return tuple(a_found(by_id[id_], score=1 / rank) for rank, id_ in enumerate(order, start=1))


def holding(cite: Cite) -> Passage:
    """The passage with these words."""
    return next(p for p in passages() if p.source.id == cite.source and cite.quote in p.text)


def says(question: str, *cites: Cite) -> Answer:
    """An answer that quotes these words, found first."""
    citations = [
        a_citation(number, evidence=an_evidence(cite.quote, passage=holding(cite)))
        for number, cite in enumerate(cites, start=1)
    ]
    return an_answer(*citations, question=question, retrieved=found_first(*cites), timings=ONCE)


def refuses(question: str, *cites: Cite) -> Answer:
    """A refusal that had found what was to be cited."""
    return a_refusal(question=question, retrieved=found_first(*cites), timings=ONCE)


GOLD = {text: tuple(Cite(*pair) for pair in evidence) for _, text, _, evidence, _ in ASKED}


def perfect(question: str) -> Answer:
    """Quotes the gold, refuses the rest."""
    return says(question, *GOLD[question]) if question in GOLD else refuses(question)


Breaks = Callable[[Json], Json]


def a_scorer() -> Scorer:
    """Scores answers about the town, judged by words."""
    return Scorer(ARCHIVE, GoldPlacer(ARCHIVE), Judge().support)


def scored(ask: Callable[[str], Answer], breaks: Breaks = lambda answer: answer) -> Scores:
    """The scores of an assistant over the town's questions, its JSON broken on the way."""
    scorer = a_scorer()
    return summed_up(
        [
            scorer.score(question, breaks(answer_json(ask(question.asked.question))))
            for question in questions()
        ]
    )


def means(scores: Scores) -> dict[str, float]:
    """The scores without their intervals."""
    return {name: found.mean for name, found in scores.overall.items()}
