"""`make bench-quality`: how good search and answers are, beside three other systems in the same run.

Writes docs/reference/quality.md from the figures of `benchmarks/quality.json`; `--only SET` measures one set
and keeps the figures of the others. Archives and vectors are kept in a cache folder.

    python -m benchmarks.quality [--only SET] [--cache DIR]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import sets
from benchmarks.systems import (
    DENSE,
    OURS,
    ROOT,
    STOCK,
    SYSTEMS,
    WORDS,
    Document,
    InFile,
    KeptVectors,
    Piece,
    System,
    built,
    embedder,
    from_files,
    say,
    systems,
)
from rag.contract import answer_json
from rag.conversation import standalone
from rag.evaluate.catalogue import BUDGETS
from rag.evaluate.draft import draft_questions
from rag.evaluate.gold import GoldPlacer, file_span
from rag.evaluate.metrics import retrieval
from rag.evaluate.metrics.intervals import Interval, difference, interval
from rag.evaluate.question_file import read_questions
from rag.evaluate.questions import Question, question_from_json
from rag.evaluate.score import Scored, Scorer, is_answerable
from rag.evaluate.scores import intervals, latency
from rag.evaluate.stretch import Stretch
from rag.evaluate.unanswerable import unanswerable_questions
from rag.models import Filters
from rag.wiring import Archive
from ui.evaluation import raw_text

SHARED = ROOT.parent / "shared"
PAGE = ROOT / "docs/reference/quality.md"
FIGURES = ROOT / "benchmarks/quality.json"
# As many passages as the assistant reads; enough of any system's pieces for 4,000 characters.
_DEPTH = 24
_MADE = 320
_SPOKEN = 1000
_PARAGRAPHS = 20

Values = Mapping[str, Sequence[float]]


@dataclass(slots=True)
class Section:
    """What was measured on one set: lines of the four systems, and tables of our own."""

    title: str
    about: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)

    def compare(self, measure: str, values: Values, *, goal: str = "", to: str | None = None) -> None:
        """A line of one measure: per system one value a question, in the same order of questions.

        The difference is to the best of the others, or to the one that the goal names.
        """
        cells = {name: _cell(interval(values[name])) for name in SYSTEMS if name in values}
        others = [name for name in cells if name != OURS]
        line: dict[str, Any] = {"measure": measure, "cells": cells, "goal": goal}
        if others:
            best = to or max(others, key=lambda name: cells[name][0])
            ahead = difference(values[best], values[OURS])
            line["ahead"] = [round(value, 4) for value in (ahead.mean, ahead.low, ahead.high)]
            line["of"] = best
        self.lines.append(line)

    def state(self, measure: str, found: Interval | None, *, goal: str = "") -> None:
        """A line of a measure that only ours has."""
        cells = {OURS: _cell(found)} if found else {}
        self.lines.append({"measure": measure, "cells": cells, "goal": goal})

    def tabulate(self, caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table of our own."""
        self.tables.append({"caption": caption, "head": list(head), "rows": [list(row) for row in rows]})


def main() -> None:
    """Measure, write."""
    asked = _arguments()
    if not SHARED.is_dir():
        sys.exit("bench-quality reads the benchmark texts in ../shared, and there is no such folder")
    kept: dict[str, Any] = json.loads(FIGURES.read_text("utf-8")) if FIGURES.is_file() else {}
    cache = asked.cache.expanduser()
    model = embedder(cache)
    for name in [asked.only] if asked.only else SETS:
        started = time.monotonic()
        say(f"{name}:")
        section = SETS[name](cache, model)
        seconds = time.monotonic() - started
        say(f"{name}: {seconds:.0f} s")
        kept[name] = {
            "title": section.title,
            "about": section.about,
            "lines": section.lines,
            "tables": section.tables,
            "seconds": round(seconds),
            "at": _commit(),
        }
        kept = {set_: kept[set_] for set_ in SETS if set_ in kept}
        FIGURES.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
        PAGE.write_text(page(kept), "utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} is written\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=list(SETS), help="measure this set and keep the others' figures")
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/earmark/bench"))
    return parser.parse_args()


def _commit() -> str:
    """What was measured: the last commit, with a plus where code has changed since."""
    head = _git("rev-parse", "--short=9", "HEAD")
    return (head or "unknown") + ("+" if _git("status", "--porcelain", "--", "*.py") else "")


def _git(*arguments: str) -> str:
    run = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(run, capture_output=True, text=True, check=False).stdout.strip()


# -- the development questions ------------------------------------------------------------------------------


def development(cache: Path, model: KeptVectors) -> Section:
    """Evidence found by all four; citations, answers and refusals of ours."""
    with _collection(cache, model) as archive:
        questions = read_questions(SHARED / "questions/dev.jsonl").questions
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


def _collection(cache: Path, model: KeptVectors) -> Archive:
    listed = (SHARED / "questions/dev_corpus.txt").read_text("utf-8").split("\n")
    return from_files(cache, "dev", SHARED / "corpora", [line for line in listed if line], model)


def ask_all(archive: Archive, placer: GoldPlacer, questions: Sequence[Question]) -> list[Scored]:
    """Every question through the assistant, one at a time, and its scores."""
    archive.warm_up()
    scorer = Scorer(archive.library, placer)
    rows = []
    for number, question in enumerate(questions):
        if number % 100 == 0:
            say(f"  {number} of {len(questions)} asked")
        asked = question.asked
        answer = archive.assistant.ask(asked.question, history=asked.history, filters=asked.filters)
        rows.append(scorer.score(question, answer_json(answer)))
    return rows


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
    wanted = retrieval.relevant(gold, pieces)
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


# -- refusing -----------------------------------------------------------------------------------------------


def refusing(cache: Path, model: KeptVectors) -> Section:
    """Made questions without an answer, one to one with questions that have one."""
    with _collection(cache, model) as archive:
        library = archive.library
        placer = GoldPlacer(library, raw_text(archive))
        known = [
            question
            for question in read_questions(SHARED / "questions/dev.jsonl").questions
            if is_answerable(question.gold) and not question.asked.history
        ]
        drafted = _questions(draft_questions(library, 2 * _MADE))
        made = unanswerable_questions(known, library, placer, _MADE)
        from_dev = len(made)
        made += unanswerable_questions(drafted, library, placer, _MADE - from_dev)
        answerable = [*known, *drafted][: len(made)]
        without = _questions(made)
        rows = ask_all(archive, placer, [*answerable, *without])
    ways = Counter(line["made"] for line in made)
    section = Section(
        title="Made unanswerable questions",
        about=(
            f"{len(made)} questions without an answer, one to one with {len(answerable)} that have one,"
            f" over the same 46 files. {from_dev} were made of development questions and"
            f" {len(made) - from_dev} of questions drafted from the archive, by keeping every source of their"
            " evidence from search (`exclude`; only where no passage elsewhere could answer) or by swapping"
            " a year, a person, a show or a figure for one that occurs nowhere in the archive; see"
            f" `rag/evaluate/unanswerable.py`. Those with an answer are the {len(known)} development"
            " questions that stand alone, and drafts for the rest. Drafts are built from their own sentence"
            " and easier to answer than a reader's question. The other systems never refuse: their recall"
            " is 0."
        ),
    )
    scores = intervals(rows)
    section.state("Refusal precision", scores.get("refusal_precision"), goal="≥ 0.85")
    section.state("Refusal recall", scores.get("refusal_recall"), goal="≥ 0.80")
    section.state("Over-refusal (less is better)", scores.get("over_refusal"), goal="≤ 0.05")
    head, after = rows[: len(answerable)], rows[len(answerable) :]
    groups: list[tuple[str, list[Scored]]] = [
        ("with an answer, development", head[: len(known)]),
        ("with an answer, drafted", head[len(known) :]),
        *(
            (f"without, {way}, {origin}", _made(after, made, way, part))
            for way in ways
            for origin, part in (("development", slice(0, from_dev)), ("drafted", slice(from_dev, None)))
        ),
    ]
    lines = [[name, str(len(group)), *_refused(group)] for name, group in groups if group]
    section.tabulate("Refused, by how a question came about:", ["questions", "number", "refused"], lines)
    return section


def _questions(lines: Sequence[Mapping[str, Any]]) -> list[Question]:
    return [question_from_json(line, number=number) for number, line in enumerate(lines, start=1)]


def _made(rows: Sequence[Scored], lines: Sequence[Mapping[str, Any]], way: str, part: slice) -> list[Scored]:
    return [row for row, line in list(zip(rows, lines, strict=True))[part] if line["made"] == way]


def _refused(group: Sequence[Scored]) -> list[str]:
    return [_shown(_cell(interval([float(row.refused) for row in group])))]


# -- retrieval sets -----------------------------------------------------------------------------------------


def meetings(cache: Path, model: KeptVectors) -> Section:
    """QMSum val, within the meeting that is asked about."""
    documents, questions = sets.qmsum(SHARED / "benchmarks/qmsum/val.jsonl")
    values: dict[str, dict[str, list[float]]] = {}
    sizes: dict[str, list[int]] = {name: [] for name in SYSTEMS}
    for system, ranked, asked in _ranked(cache, "qmsum", documents, questions, model, k=10):
        sizes[system.name] += [stretch.length for _, stretch in ranked]
        wanted = set(retrieval.relevant(asked.gold, system.pieces(asked.source or "")))
        ids = [id_ for id_, _ in ranked]
        _note(
            values,
            system.name,
            ndcg=retrieval.ndcg(ids, wanted),
            hit=float(bool(wanted & set(ids[:5]))),
            first=float(bool(wanted & set(ids[:1]))),
        )
    section = Section(
        title="QMSum, within the meeting",
        about=(
            f"{len(questions)} queries with marked turns over the {len(documents)} meetings of the validation"
            " set, search limited to the meeting. Each system ranks its own pieces; a piece is relevant"
            " when it holds words of a gold turn."
        ),
    )
    section.compare("nDCG@10", values["ndcg"], goal="BM25 + 0.08", to=WORDS)
    section.compare("Hit@5", values["hit"], goal="BM25 + 0.06", to=WORDS)
    section.compare("P@1", values["first"])
    _lengths(section, sizes)
    return section


def characters(cache: Path, model: KeptVectors) -> Section:
    """Chunking dev: characters of the gold in five pieces."""
    documents, questions = sets.chunking(SHARED / "benchmarks/chunking")
    values: dict[str, dict[str, list[float]]] = {}
    sizes: dict[str, list[int]] = {name: [] for name in SYSTEMS}
    for system, ranked, asked in _ranked(cache, "chunking", documents, questions, model, k=5):
        read = [stretch for _, stretch in ranked]
        recall, precision, iou = sets.character_scores(asked.gold, read)
        _note(values, system.name, recall=recall, precision=precision, iou=iou)
        sizes[system.name] += [stretch.length for stretch in read]
    section = Section(
        title="Chunking dev",
        about=(
            f"{len(questions)} questions over {len(documents)} texts in one collection, characters of the"
            " exact spans in the first five pieces: recall, precision and intersection over union, as"
            " Chroma's chunking evaluation defines them. Precision falls with the length of pieces, so it"
            " is read beside recall."
        ),
    )
    section.compare("Character recall@5", values["recall"], goal="≥ 0.90")
    section.compare("Character precision@5", values["precision"], goal="≥ 0.065")
    section.compare("Character IoU@5", values["iou"])
    _lengths(section, sizes)
    return section


def _lengths(section: Section, sizes: Mapping[str, Sequence[int]]) -> None:
    section.tabulate(
        "Mean length of a piece returned, in characters:",
        SYSTEMS,
        [[f"{sum(sizes[name]) / len(sizes[name]):.0f}" for name in SYSTEMS]],
    )


def spoken(cache: Path, model: KeptVectors) -> Section:
    """Spoken-SQuAD: paragraphs found."""
    path = SHARED / "benchmarks/spoken_squad/spoken_test-v1.1.json"
    documents, questions = sets.spoken_squad(path, sample=_SPOKEN)
    values: dict[str, dict[str, list[float]]] = {}
    for system, ranked, asked in _ranked(cache, "spoken", documents, questions, model, k=2 * _PARAGRAPHS):
        sources = list(dict.fromkeys(stretch.source for _, stretch in ranked))[:_PARAGRAPHS]
        rank = retrieval.reciprocal_rank(sources, {asked.gold[0].source})
        _note(values, system.name, first=float(rank == 1), hit=float(rank >= 1 / 5), mrr=rank)
    section = Section(
        title="Spoken-SQuAD",
        about=(
            f"{len(questions):,} questions, drawn once with a fixed seed, over the {len(documents):,}"
            " speech-recognised paragraphs of the test set (word error rate 22.7 %). Each paragraph is a"
            " source of its own without a title; a paragraph has the rank of its best piece, of the first"
            f" {_PARAGRAPHS}."
        ),
    )
    section.compare("Hit@5", values["hit"], goal="≥ 0.88")
    section.compare("Hit@1", values["first"])
    section.compare("MRR", values["mrr"])
    return section


Ranked = tuple[System, list[Piece], sets.Asked]


def _ranked(
    cache: Path,
    name: str,
    documents: Sequence[Document],
    questions: Sequence[sets.Asked],
    model: KeptVectors,
    *,
    k: int,
) -> list[Ranked]:
    """Every question to every system."""
    with built(cache, name, documents, model) as archive:
        texts = {one.id: one.raw for one in documents}
        every = systems(archive, texts, InFile(documents))
        ranked: list[Ranked] = []
        pieces = {
            system.name: {one.id: system.pieces(one.id) for one in documents} for system in every.values()
        }
        for number, asked in enumerate(questions):
            if number % 100 == 0:
                say(f"  {number} of {len(questions)} asked")
            filters = Filters(sources=(asked.source,)) if asked.source else Filters()
            for system in every.values():
                still = System(name=system.name, rank=system.rank, pieces=pieces[system.name].__getitem__)
                ranked.append((still, system.rank(asked.question, k, filters), asked))
        return ranked


def _note(values: dict[str, dict[str, list[float]]], system: str, **figures: float) -> None:
    for name, value in figures.items():
        values.setdefault(name, {}).setdefault(system, []).append(value)


SETS: dict[str, Callable[[Path, KeptVectors], Section]] = {
    "dev": development,
    "unanswerable": refusing,
    "qmsum": meetings,
    "chunking": characters,
    "spoken": spoken,
}

# -- the page -----------------------------------------------------------------------------------------------

_TOP = """# Quality

Written by `make bench-quality`; don't edit it. Every line has its systems from the same run, over the same
texts and with the same weights (all-MiniLM-L6-v2 through Earmark's int8 runtime):

- **ours**: `Search.find` over the archive, and the assistant where answers are scored;
- **stock**: LangChain's recipe, `RecursiveCharacterTextSplitter(1000, 200)` over the text of the file, the
  nearest pieces by cosine;
- **BM25**: our passages by words alone, over the stemmed full-text table;
- **dense**: our passages by cosine alone.

*Ahead* is ours less the best of the other three, or less the one that the goal names, with the 95 % interval
of the paired difference (bootstrap over questions); where it holds 0 the two cannot be told apart. Goals are
those set for search before it was built. The texts of the benchmarks are not part of the project; only
figures are shown.
"""


def page(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole page from the figures."""
    rows = [
        [
            f"**{section['title']}**: {line['measure']}" if first else line["measure"],
            *(_mean(line["cells"].get(name)) for name in SYSTEMS),
            _ahead(line),
            line["goal"],
        ]
        for section in kept.values()
        for first, line in zip([True] + [False] * len(section["lines"]), section["lines"], strict=False)
    ]
    parts = [_TOP, _table(["measure", *SYSTEMS, "ahead", "goal"], rows)]
    for name, section in kept.items():
        parts.append(f"## {section['title']}\n\n{section['about']}\n")
        shown = [
            [line["measure"], *(_shown(line["cells"].get(name)) for name in SYSTEMS)]
            for line in section["lines"]
        ]
        parts.append("Means with 95 % intervals:\n\n" + _table(["measure", *SYSTEMS], shown))
        parts += [
            f"{table['caption']}\n\n" + _table(table["head"], table["rows"]) for table in section["tables"]
        ]
        parts.append(f"Measured at `{section['at']}` in {section['seconds']} s (`--only {name}`).\n")
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(found: Interval) -> list[float]:
    return [round(found.mean, 4), round(found.low, 4), round(found.high, 4), found.n]


def _mean(cell: Sequence[float] | None) -> str:
    return f"{cell[0]:.3f}" if cell else "–"


def _shown(cell: Sequence[float] | None) -> str:
    return f"{cell[0]:.3f} ({cell[1]:.3f} to {cell[2]:.3f}, n = {cell[3]:.0f})" if cell else "–"


def _ahead(line: Mapping[str, Any]) -> str:
    if "ahead" not in line:
        return ""
    mean, low, high = line["ahead"]
    return f"{mean:+.3f} of {line['of']} ({low:+.3f} to {high:+.3f})"


if __name__ == "__main__":
    main()
