"""The report as one page that needs no network. Pure but for its own parts.

Everything that is not ours (questions, answers, quotes, titles) travels as JSON and reaches the page as
text, never as markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template

from rag.contract import Json
from rag.errors import UnknownSource
from rag.evaluate import fragments, plots
from rag.evaluate.catalogue import BY_NAME, written
from rag.evaluate.compare import Comparison, GateResult
from rag.evaluate.metrics.citing import hits
from rag.evaluate.questions import Question
from rag.evaluate.score import Scored
from rag.evaluate.scores import Scores, trade_off
from rag.evaluate.stretch import Stretch, covered
from rag.evaluate.tables import JUDGE_NOTE
from rag.ports import ReadsSources

_AROUND = 220  # characters of context on either side of a quote


def page(
    scores: Scores,
    *,
    questions: Sequence[Question],
    lines: Mapping[str, Json],
    archive: ReadsSources,
    comparison: Comparison | None,
    gates: Sequence[GateResult],
) -> str:
    """The whole page."""
    parts = files("rag.evaluate") / "page_parts"
    by_id = {question.id: question for question in questions}
    rows = [row_json(row, by_id[row.id], lines[row.id], archive) for row in scores.rows]
    return Template((parts / "page.html").read_text("utf-8")).substitute(
        style=(parts / "page.css").read_text("utf-8"),
        script=(parts / "page.js").read_text("utf-8"),
        questions=f"{len(scores.rows):,}",
        about=fragments.about(scores),
        gates=fragments.gates(gates),
        scorecard=fragments.scorecard(scores, comparison),
        compared=fragments.compared(comparison),
        recall=plots.recall_by_budget(scores.overall),
        refusal=plots.refusal_trade_off(trade_off(scores.rows)),
        time=plots.time_by_stage(scores.latency),
        types=plots.scores_by_type(scores.groups),
        groups=fragments.groups(scores),
        warnings=fragments.warnings(scores),
        judge=escape(JUDGE_NOTE),
        data=in_script(rows),
    )


def in_script(value: object) -> str:
    r"""JSON that cannot end the script element it stands in.

    >>> in_script("</script><!--")
    '"\\u003c/script\\u003e\\u003c!--"'
    """
    text = json.dumps(value, ensure_ascii=False)
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


def row_json(row: Scored, question: Question, answer: Json, archive: ReadsSources) -> Json:
    """What the page shows of one question."""
    gold = row.gold.stretches
    cited = [
        Stretch(citation["source_id"], citation["start"], citation["end"]) for citation in answer["citations"]
    ]
    read = [Stretch(found["source_id"], found["start"], found["end"]) for found in answer["retrieved"]]
    return {
        "id": row.id,
        "question": row.question,
        "history": [{"role": turn.role, "content": turn.content} for turn in question.asked.history],
        "type": row.type,
        "kinds": list(row.kinds),
        "shows": list(row.shows),
        "outcome": row.outcome,
        "status": answer["status"],
        "notice": answer["notice"],
        "answer": answer["answer"],
        "claims": [{key: claim[key] for key in ("at", "citations", "verdict")} for claim in answer["claims"]],
        "citations": [
            _citation(citation, stretch, gold, archive)
            for citation, stretch in zip(answer["citations"], cited, strict=True)
        ],
        "nearest": [{"title": one["title"], "link": _web(one["link"])} for one in answer["nearest"]],
        "gold": {
            "answerable": row.answerable,
            "answer": question.gold.answer,
            "must_contain": [list(group) for group in question.gold.must_contain],
            "needs_all": question.gold.needs_all,
            "spans": [_gold_span(stretch, cited, read, archive) for stretch in gold],
            "warnings": list(row.gold.warnings),
        },
        "values": {BY_NAME[name].label: written(name, value) for name, value in row.values.items()},
    }


def _citation(citation: Json, stretch: Stretch, gold: Sequence[Stretch], archive: ReadsSources) -> Json:
    before, _, after = _in_context(stretch, archive)
    kept = ("number", "title", "show", "published", "speaker", "start_s", "quote", "verdict", "ai_written")
    return {
        **{key: citation[key] for key in kept},
        "before": before,
        "after": after,
        "link": _web(citation["link"]),
        "on_gold": any(hits([stretch], wanted) for wanted in gold) if gold else None,
    }


def _gold_span(
    stretch: Stretch, cited: Sequence[Stretch], read: Sequence[Stretch], archive: ReadsSources
) -> Json:
    before, words, after = _in_context(stretch, archive)
    rank = next((place for place, found in enumerate(read, start=1) if covered(stretch, [found])), None)
    title = archive.source(stretch.source).title
    return {
        "title": title,
        "before": before,
        "quote": words,
        "after": after,
        "cited": hits(cited, stretch),
        "rank": rank,
    }


def _in_context(stretch: Stretch, archive: ReadsSources) -> tuple[str, str, str]:
    try:
        text = archive.source(stretch.source).text
    except UnknownSource:
        return "", "", ""
    start, end = max(0, stretch.start - _AROUND), stretch.end + _AROUND
    before, after = text[start : stretch.start], text[stretch.end : end]
    # From a whole word to a whole word, where there is a space to cut at.
    if start:
        before = "…" + before[before.find(" ") + 1 :]
    if end < len(text):
        after = (after[: after.rfind(" ")] if " " in after else after) + "…"
    return before, text[stretch.start : stretch.end], after


def _web(link: str | None) -> str | None:
    """An address that a click may open; anything else is no link."""
    return link if link and link.lower().startswith(("https://", "http://")) else None
