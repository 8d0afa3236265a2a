"""A run as Markdown for a pull request, as a CSV table and as JUnit XML. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from rag.contract import Json
from rag.evaluate.catalogue import BY_NAME, METRICS, written
from rag.evaluate.compare import Comparison, Flip, GateResult
from rag.evaluate.questions import Question
from rag.evaluate.score import words_said
from rag.evaluate.scores import Scores

# The figures of docs/reference/judge.md; a test holds them together.
JUDGE_NOTE = (
    "Support is judged by words, figures, names and meaning, not by a person: on WiCE dev (349 claims, held "
    "out) this judge has an AUROC of 0.813, is right for 0.763 and has a calibration error of 0.017; plain "
    "word overlap 0.718, 0.685 and 0.019; always saying no is right for 0.670. More in "
    "docs/reference/judge.md."
)
_HEADLINES = (
    "evidence_recall",
    "citation_recall",
    "correct",
    "refusal_recall",
    "over_refusal",
    "pointer_validity",
    "support_recall",
    "crag",
)
_MOST_FLIPS = 20


def markdown(scores: Scores, *, comparison: Comparison | None, gates: Sequence[GateResult]) -> str:
    """The run in a screen of Markdown: headlines, gates, what changed; the rest folded away."""
    parts = [f"## Evaluation: {len(scores.rows)} questions", _outcomes(scores)]
    if gates:
        parts.append("\n".join(f"- {'✅' if gate.passed else '❌'} `{gate}`" for gate in gates))
    parts.append(_score_table(scores, comparison, _HEADLINES))
    if comparison:
        parts.append(_flips(comparison))
    every = _score_table(scores, comparison, [metric.name for metric in METRICS])
    parts.append(f"<details><summary>All scores</summary>\n\n{every}\n\n{_latency(scores)}\n\n</details>")
    if scores.warnings:
        listed = "\n".join(f"- {_cell(warning)}" for warning in scores.warnings)
        parts.append(f"<details><summary>{len(scores.warnings)} warnings</summary>\n\n{listed}\n\n</details>")
    parts.append(JUDGE_NOTE)
    return "\n\n".join(parts) + "\n"


def _outcomes(scores: Scores) -> str:
    counts = [f"{count} {outcome}" for outcome, count in scores.outcomes.items()]
    if scores.not_asked:
        counts.append(f"{scores.not_asked} not asked (named under the warnings)")
    return ", ".join(counts)


def _score_table(scores: Scores, comparison: Comparison | None, names: Sequence[str]) -> str:
    head = "| score | mean | 95 % | questions |" + (
        f" change since {_cell(comparison.name)} |" if comparison else ""
    )
    lines = [head, "|---|---|---|---|" + ("---|" if comparison else "")]
    for name in names:
        if name not in scores.overall:
            continue
        found = scores.overall[name]
        line = f"| {BY_NAME[name].label} | {written(name, found.mean)} "
        line += f"| {written(name, found.low)} to {written(name, found.high)} | {found.n} |"
        lines.append(line + (f" {_change(comparison, name)} |" if comparison else ""))
    return "\n".join(lines)


def _change(comparison: Comparison, name: str) -> str:
    found = comparison.differences.get(name)
    if found is None:
        return "n/a"
    sign = "+" if found.mean > 0 else ""
    text = f"{sign}{written(name, found.mean)} (p {found.p:.3f})"
    return f"**{text}**" if found.significant else text


def _flips(comparison: Comparison) -> str:
    if not comparison.flips:
        return f"No question flipped, of {comparison.questions} asked in both runs."
    better = sum(flip.better for flip in comparison.flips)
    worse = len(comparison.flips) - better
    lines = [f"{better} now right, {worse} no longer, of {comparison.questions}:", ""]
    lines += [_flip(flip) for flip in comparison.flips[:_MOST_FLIPS]]
    rest = len(comparison.flips) - _MOST_FLIPS
    return "\n".join(lines + ([f"- and {rest} more"] if rest > 0 else []))


def _flip(flip: Flip) -> str:
    mark = "▲" if flip.better else "▼"
    return f"- {mark} {_cell(flip.id)}: {_cell(flip.question)} ({flip.before} → {flip.after})"


def _latency(scores: Scores) -> str:
    lines = ["| stage | p50 ms | p95 ms |", "|---|---|---|"]
    lines += [
        f"| {stage.removesuffix('_ms')} | {found['p50']:.1f} | {found['p95']:.1f} |"
        for stage, found in scores.latency.items()
    ]
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Text that stays in its cell and starts no markup."""
    plain = " ".join(text.split())
    for mark in "\\`*_[]<>|#":
        plain = plain.replace(mark, f"\\{mark}")
    return plain


def answers_csv(scores: Scores, questions: Sequence[Question], lines: Mapping[str, Json]) -> str:
    """One row a question: what was asked and answered, how it went, and every score."""
    names = [metric.name for metric in METRICS]
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(
        ["id", "question", "type", "status", "outcome", "answer", "reference", "citations", "notice", *names]
    )
    by_id = {question.id: question for question in questions}
    for row in scores.rows:
        answer, question = lines[row.id], by_id[row.id]
        cells = [
            row.id,
            row.question,
            row.type or "",
            answer["status"],
            row.outcome,
            words_said(answer).strip(),
        ]
        cells += [question.gold.answer or "", _cited(answer), answer["notice"] or ""]
        figures = [f"{row.values[name]:.6g}" if name in row.values else "" for name in names]
        table.writerow([*map(_safe, cells), *figures])
    return out.getvalue()


def _cited(answer: Json) -> str:
    return "\n".join(
        f"[{citation['number']}] {citation['title']}: {citation['quote']}" for citation in answer["citations"]
    )


def _safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection).

    >>> _safe("=HYPERLINK(...)"), _safe("plain")
    ("'=HYPERLINK(...)", 'plain')
    """
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def junit(scores: Scores, gates: Sequence[GateResult]) -> str:
    """One case a question, failed unless its answer is right, and one a gate."""
    root = ElementTree.Element("testsuites")
    asked = _suite(root, "questions", len(scores.rows))
    for row in scores.rows:
        seconds = row.values.get("total_ms", 0.0) / 1000
        case = ElementTree.SubElement(
            asked,
            "testcase",
            classname=row.type or "question",
            name=_xml(f"{row.id} {row.question}"),
            time=f"{seconds:.3f}",
        )
        if row.outcome == "not judged":
            ElementTree.SubElement(case, "skipped", message="nothing is known of the right answer")
        elif row.outcome != "right":
            ElementTree.SubElement(
                case, "error" if row.outcome == "failed" else "failure", message=row.outcome
            )
    held = _suite(root, "gates", len(gates))
    for gate in gates:
        case = ElementTree.SubElement(held, "testcase", classname="gate", name=str(gate.gate))
        if not gate.passed:
            ElementTree.SubElement(case, "failure", message=str(gate))
    for suite in (asked, held):
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("errors", str(len(suite.findall("testcase/error"))))
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: ElementTree.Element, name: str, tests: int) -> ElementTree.Element:
    return ElementTree.SubElement(root, "testsuite", name=name, tests=str(tests))


def _xml(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return "".join(mark for mark in text if mark >= " " and mark not in "\ufffe\uffff")
