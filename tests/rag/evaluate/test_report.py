"""The report says what the scores say, to people and to machines, and nothing in it can act."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from rag.contract import Json, answer_json
from rag.evaluate.compare import check_gates, compare, parse_gate
from rag.evaluate.page import in_script
from rag.evaluate.plots import recall_by_budget, refusal_trade_off, scores_by_type, time_by_stage
from rag.evaluate.questions import Asked, Question
from rag.evaluate.report import write_report
from rag.evaluate.run import failed_answer
from rag.evaluate.scores import scores_json, summed_up, trade_off
from rag.models import Answer
from tests.rag.evaluate.world import ARCHIVE, GOLD, a_scorer, perfect, questions, refuses, scored

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = """</script><script>window.hit=1</script><img src=x onerror=window.hit=1> "'`|*_[a](javascript:1)"""


def mixed(question: str) -> Answer:
    """Right but for the loaf, which it refuses, and the ferry, which it makes up."""
    if "loaf" in question:
        return refuses(question, *GOLD[question])
    return perfect("What counts as a loan repaid?") if "ferry" in question else perfect(question)


def written(folder: Path, *, hostile: bool = False) -> Path:
    """A whole report, compared with a perfect run."""
    asked = list(questions())
    lines: dict[str, Json] = {q.id: answer_json(mixed(q.asked.question)) for q in asked}
    asked.append(Question(id="x/ 1", asked=Asked(question=HOSTILE if hostile else "What else?")))
    lines["x/ 1"] = failed_answer(asked[-1].asked, ValueError(HOSTILE if hostile else "no"), key="k")
    if hostile:
        for citation in (citation for line in lines.values() for citation in line["citations"]):
            citation |= {"title": HOSTILE, "speaker": HOSTILE, "link": "javascript:window.hit=1"}
            lines["q1"]["answer"] = HOSTILE
    scorer = a_scorer()
    scores = summed_up(
        [scorer.score(question, lines[question.id]) for question in asked],
        warnings=[HOSTILE] if hostile else [],
        about={"archive": HOSTILE if hostile else "the town"},
    )
    write_report(
        scores,
        folder,
        questions=asked,
        lines=lines,
        archive=ARCHIVE,
        comparison=compare(scores_json(scored(perfect)), scores, name=HOSTILE if hostile else "main"),
        gates=check_gates([parse_gate("mrr>=0.5"), parse_gate("refusal_recall>=0.9")], scores.figures()),
    )
    return folder


def test_scores_json_holds_every_figure(tmp_path: Path) -> None:
    found = json.loads((written(tmp_path) / "scores.json").read_text())
    assert found["outcomes"] == {"right": 5, "wrongly refused": 1, "wrongly answered": 1, "failed": 1}
    assert found["scores"]["refusal_recall"]["mean"] == 0.5
    assert found["gates"][1] == {"gate": "refusal_recall>=0.9", "value": 0.5, "passed": False}
    assert [row["id"] for row in found["rows"]][-1] == "x/ 1"


def test_the_table_holds_a_row_a_question_and_no_formula(tmp_path: Path) -> None:
    folder = written(tmp_path)
    rows = list(csv.DictReader(io.StringIO((folder / "answers.csv").read_text("utf-8"), newline="")))
    assert [row["outcome"] for row in rows].count("right") == 5
    assert rows[0]["answer"] == "It fixed the mooring fee at 340 crowns for a season."
    assert rows[0]["citation_hit"] == "1" and rows[2]["citation_precision"] == ""


def test_the_build_server_is_told_what_failed(tmp_path: Path) -> None:
    asked, held = ElementTree.parse(written(tmp_path, hostile=True) / "junit.xml").getroot()
    assert (asked.get("tests"), asked.get("failures"), asked.get("errors")) == ("8", "3", "1")
    assert (held.get("tests"), held.get("failures")) == ("2", "1")
    failure = held.find("testcase/failure")
    assert (
        failure is not None and failure.get("message") == "refusal_recall>=0.9: not met, 0.5 misses it by 0.4"
    )


def test_the_pull_request_sees_gates_changes_and_flips(tmp_path: Path) -> None:
    text = (written(tmp_path) / "report.md").read_text("utf-8")
    assert "✅ `mrr>=0.5: met with 1`" in text and "❌ `refusal_recall>=0.9: not met" in text
    assert "▼ q3: How long does the rye loaf rest? (right → wrongly refused)" in text
    assert "change since main" in text and "AUROC" in text


def test_nothing_from_outside_is_markup(tmp_path: Path) -> None:
    folder = written(tmp_path, hostile=True)
    page = (folder / "report.html").read_text("utf-8")
    assert "<script>window" not in page and "<img" not in page
    assert page.count("</script>") == 2
    assert "javascript:window" not in page.replace(in_script(HOSTILE)[1:-1], "")
    markdown = (folder / "report.md").read_text("utf-8")
    assert "<script>" not in markdown.replace("\\<", "") and "[a](" not in markdown


def test_the_page_needs_no_network(tmp_path: Path) -> None:
    page = (written(tmp_path) / "report.html").read_text("utf-8")
    assert "default-src 'none'" in page
    assert "src=" not in page and "@import" not in page and "url(" not in page


def test_plots_say_when_there_is_nothing_to_draw() -> None:
    empty = summed_up([])
    for drawn in (
        recall_by_budget(empty.overall),
        refusal_trade_off(trade_off(empty.rows)),
        time_by_stage(empty.latency),
        scores_by_type(empty.groups),
    ):
        assert drawn.startswith('<p class="none">')


def test_the_trade_off_runs_from_this_run_to_silence() -> None:
    points = trade_off(scored(mixed).rows)
    assert points[0] == pytest.approx((0.2, 0.5))
    assert points[-1] == (1.0, 1.0)
    assert points == sorted(points)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_filters_opens_and_links(tmp_path: Path, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto((written(tmp_path, hostile=True) / "report.html").as_uri())
    assert page.inner_text("#count") == "8 of 8"

    page.get_by_role("button", name="wrongly refused").click()
    assert page.inner_text("#count") == "1 of 8"
    shown = page.locator("details.question:visible")
    assert shown.count() == 1 and "rye loaf" in shown.inner_text()

    page.select_option("#by-outcome", "")
    page.fill("#find", "mooring")
    page.locator("details.question:visible summary").first.click()
    assert (
        page.locator(".words mark").first.inner_text()
        == "It fixed the mooring fee at 340 crowns for a season."
    )
    assert page.locator(".words a").count() == 0  # an address of another scheme is no link

    page.fill("#find", "")
    page.get_by_role("link", name="x/ 1").click()
    assert page.url.endswith("#q-x%2F%201")
    assert "ValueError" in page.locator("details.question[open] .notice").first.inner_text()
    assert page.evaluate("window.hit") is None
    assert not faults


def test_the_page_sets_titles_in_emphasis_and_leaves_the_stars_of_sources(tmp_path: Path, page: Page) -> None:
    first = questions()[0]
    line = answer_json(perfect(first.asked.question))
    quote, title = line["citations"][0]["quote"], "A [1] & *B* 𝄞"
    line["citations"][0]["title"] = title
    before = f"In *{title}*, *so*: “"
    said = f"{quote} *{title}* [1]"
    line["answer"] = f"{before}{said}” [1]"
    line["claims"][0]["at"] = [len(before), len(before) + len(said)]
    scores = summed_up([a_scorer().score(first, line)])
    write_report(scores, tmp_path, questions=[first], lines={first.id: line}, archive=ARCHIVE)

    page.goto((tmp_path / "report.html").as_uri() + "#q-" + first.id)
    answer = page.locator("p.answer").first
    assert answer.locator("em").all_inner_texts() == [title]
    assert answer.locator("a").all_inner_texts() == ["1"]
    assert answer.inner_text() == f"In {title}, *so*: “{said}”1"
