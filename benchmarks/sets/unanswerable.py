"""Refusing: made questions without an answer beside questions that have one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.page import Section, cell, shown
from benchmarks.sets.collection import ask_all, collection, dev_questions
from benchmarks.systems import KeptVectors
from rag.evaluate.draft import draft_questions
from rag.evaluate.gold import GoldPlacer
from rag.evaluate.metrics.intervals import interval
from rag.evaluate.questions import Question, question_from_json
from rag.evaluate.score import Scored, is_answerable
from rag.evaluate.scores import intervals
from rag.evaluate.unanswerable import unanswerable_questions
from ui.evaluation import raw_text

_MADE = 320


def refusing(cache: Path, model: KeptVectors) -> Section:
    """Made questions without an answer, one to one with questions that have one."""
    with collection(cache, model) as archive:
        library = archive.library
        placer = GoldPlacer(library, raw_text(archive))
        known = [
            question
            for question in dev_questions()
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
    return [shown(cell(interval([float(row.refused) for row in group])))]
