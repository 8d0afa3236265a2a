"""Write a run down in every form someone needs: figures, a table, a pull request, a build server, a page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rag.contract import Json
from rag.evaluate.answer_cache import write_whole
from rag.evaluate.compare import SCORES, Comparison, GateResult
from rag.evaluate.page import page
from rag.evaluate.questions import Question
from rag.evaluate.scores import Scores, scores_json
from rag.evaluate.tables import answers_csv, junit, markdown
from rag.ports import ReadsSources


def write_report(
    scores: Scores,
    out_dir: Path,
    *,
    questions: Sequence[Question],
    lines: Mapping[str, Json],
    archive: ReadsSources,
    comparison: Comparison | None = None,
    gates: Sequence[GateResult] = (),
) -> None:
    """Write `scores.json`, `answers.csv`, `report.md`, `junit.xml` and `report.html`, each whole."""
    figures = scores_json(scores) | {
        "gates": [{"gate": str(one.gate), "value": one.value, "passed": one.passed} for one in gates]
    }
    html = page(scores, questions=questions, lines=lines, archive=archive, comparison=comparison, gates=gates)
    written = {
        SCORES: json.dumps(figures, ensure_ascii=False, indent=1),
        "answers.csv": answers_csv(scores, questions, lines),
        "report.md": markdown(scores, comparison=comparison, gates=gates),
        "junit.xml": junit(scores, gates),
        "report.html": html,
    }
    for name, text in written.items():
        write_whole(out_dir / name, text)
