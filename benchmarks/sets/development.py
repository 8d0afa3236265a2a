"""The development questions: evidence found by every system; citations, answers and refusals of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.page import Section
from benchmarks.sets.collection import ask_all, collection, dev_questions
from benchmarks.systems import DENSE, OURS, STOCK, WORDS, KeptVectors, System, systems
from rag.conversation import standalone
from rag.evaluate.catalogue import BUDGETS
from rag.evaluate.gold import GoldPlacer, file_span
from rag.evaluate.metrics import retrieval
from rag.evaluate.questions import Question
from rag.evaluate.score import Scored, is_answerable
from rag.evaluate.scores import intervals, latency
from rag.evaluate.stretch import Stretch
from rag.models import Filters
from rag.wiring import Archive
from ui.evaluation import raw_text

# As many passages as the assistant reads; enough of any system's pieces for 4,000 characters.
_DEPTH = 24


def development(cache: Path, model: KeptVectors) -> Section:
    """Evidence found by all four; citations, answers and refusals of ours."""
    with collection(cache, model) as archive:
        questions = dev_questions()
        placer = GoldPlacer(archive.library, raw_text(archive))
        rows = ask_all(archive, placer, questions)
        texts = {source.id: raw_text(archive)(source) or "" for source in archive.library.sources()}
        others = systems(archive, texts)
        values: dict[str, dict[str, list[float]]] = {}
        unplaced = 0
        for question, row in zip(questions, rows, strict=True):
            if not is_answerable(question.gold):
                continue
            unplaced += bool(row.gold.warnings)
            if not row.gold.stretches:
                continue
            asked = standalone(question.asked.question, question.asked.history)
            in_files = _in_files(question, archive, texts)
            scored = {
                OURS: {name: row.values[name] for name in _FOUND},
                STOCK: found(others[STOCK], question.asked.question, in_files, question),
                WORDS: found(others[WORDS], asked, row.gold.stretches, question),
                DENSE: found(others[DENSE], asked, row.gold.stretches, question),
            }
            for system, figures in scored.items():
                for name, value in figures.items():
                    values.setdefault(name, {}).setdefault(system, []).append(value)
    answerable = len(values["mrr"][OURS])
    section = Section(
        title="Development questions",
        about=(
            f"{len(questions)} questions over 46 files, {answerable} of them with an answer. The stock"
            " recipe is measured in the offsets of the files, where the gold quotes are exact; the others"
            f" in canonical text, into which the quotes were carried ({unplaced} questions have a quote"
            f" that could not be). Every system is read to its {_DEPTH}th piece. Follow-ups: the stock"
            " recipe gets the question as it was typed, since it has no way to use the turns before it; the"
            " others get the standalone question that ours makes of them. Answers are extractive, without a"
            " key."
        ),
    )
    for name, (measure, goal) in _FOUND.items():
        section.compare(measure, values[name], goal=goal)
    scores = intervals(rows)
    for name, (measure, goal) in _ANSWERED.items():
        section.state(measure, scores.get(name), goal=goal)
    _by_type(section, rows)
    times = latency(rows)["total_ms"]
    section.tabulate(
        "Time of an answer, warm, one at a time:",
        ["p50 ms", "p95 ms", "goal, p95"],
        [[f"{times['p50']:.0f}", f"{times['p95']:.0f}", "≤ 300"]],
    )
    return section


_FOUND = {
    **{
        f"evidence_recall@{budget}": (f"Evidence recall at {budget:,} characters", goal)
        for budget, goal in zip(BUDGETS, ("", "≥ 0.65", "≥ 0.78"), strict=True)
    },
    "mrr": ("MRR", "≥ 0.58"),
    "ndcg@10": ("nDCG@10", ""),
}
_ANSWERED = {
    "citation_hit": ("A gold span is cited", "≥ 0.60"),
    "citation_precision": ("Citation precision", ""),
    "span_iou_best": ("Span IoU, best citation", ""),
    "span_iou_mean": ("Span IoU, mean of citations", "≥ 0.35"),
    "pointer_validity": ("Pointer validity", "1.000"),
    "correct": ("Answer correctness", "≥ 0.55"),
    "crag": ("CRAG score", ""),
    "refusal_precision": ("Refusal precision", ""),
    "refusal_recall": ("Refusal recall", ""),
    "over_refusal": ("Over-refusal (less is better)", "≤ 0.05"),
}


def _in_files(question: Question, archive: Archive, texts: Mapping[str, str]) -> list[Stretch]:
    """Gold in the offsets of the files, as the quotes stand there."""
    places = {known.origin: known.source_id for known in archive.library.known()}
    stretches = []
    for evidence in question.gold.evidence:
        source_id = places[evidence.path]
        span = file_span(texts[source_id], evidence)
        assert span, f"{question.id}: the quote is not in its file"
        stretches.append(Stretch(source_id, *span))
    return stretches


def found(system: System, asked: str, gold: Sequence[Stretch], question: Question) -> dict[str, float]:
    """What one system found of the gold."""
    ranked = system.rank(asked, _DEPTH, Filters())
    pieces = [piece for source in {stretch.source for stretch in gold} for piece in system.pieces(source)]
    wanted = retrieval.relevant_as_listed(gold, ranked, pieces)
    ids = [id_ for id_, _ in ranked]
    read = [stretch for _, stretch in ranked]
    needs_all = question.gold.needs_all
    return {
        **{
            f"evidence_recall@{budget}": retrieval.evidence_recall(
                gold, read, budget=budget, needs_all=needs_all
            )
            for budget in BUDGETS
        },
        "mrr": retrieval.reciprocal_rank(ids, wanted),
        "ndcg@10": retrieval.ndcg(ids, wanted),
    }


_TYPED = ("evidence_recall@2000", "evidence_recall@4000", "mrr", "citation_hit", "span_iou_mean", "correct")


def _by_type(section: Section, rows: Sequence[Scored]) -> None:
    """Ours by type of question."""
    lines = []
    for type_ in sorted({row.type or "" for row in rows}):
        inside = [row for row in rows if row.type == type_]
        scores = intervals(inside)
        shown = [f"{scores[name].mean:.3f}" if name in scores else "" for name in _TYPED]
        refused = sum(row.refused for row in inside)
        lines.append([type_, str(len(inside)), *shown, str(refused)])
    head = [
        "type", "questions", "recall at 2,000", "recall at 4,000", "MRR", "gold cited", "mean IoU",
        "correct", "refused",
    ]  # fmt: skip
    section.tabulate("Ours by type of question:", head, lines)
    both = [row for row in rows if row.type in ("cross", "compare")]
    scores = intervals(both)
    section.state(
        "Evidence recall at 4,000, `cross` and `compare`", scores.get("evidence_recall@4000"), goal="≥ 0.55"
    )
    follow = intervals([row for row in rows if row.type == "followup"])
    section.state("Evidence recall at 4,000, follow-ups", follow.get("evidence_recall@4000"), goal="≥ 0.65")
