"""The owner's page, for whoever has the token; and what is kept of readers' questions."""

from __future__ import annotations

import json
import re
import sqlite3
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page

from rag.activity import Activity
from rag.evaluate.question_file import questions_from_jsonl
from rag.models import Answer
from rag.wiring import Archive
from tests.fakes import (
    CannedAssistant,
    MemoryLibrary,
    a_citation,
    a_passage,
    a_refusal,
    a_source,
    an_answer,
    an_evidence,
)
from tests.rag.archives import an_archive, put
from tests.ui.commands import earmark
from tests.ui.conftest import HOSTILE
from tests.ui.serving import serving
from tests.ui.test_widget import axe
from ui.api import create_app
from ui.serve import front_of
from ui.service import Front

PASSAGE = a_passage(speakers=("Ana Ruiz",), start_s=754.2)
PAID = a_passage(source=a_source("Sold for nine crowns.", id="paid", title="The quarry", audience="paid"))
LINK = "https://frontier.example/race#t=753"
SCARCE = an_answer(a_citation(evidence=an_evidence(passage=PASSAGE), link=LINK))
DEAR = an_answer(a_citation(evidence=an_evidence(passage=PAID)), id="d")
TOKEN = "an owner's own + token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def app_of(*, days: int = 365, scarce: Answer = SCARCE) -> Any:
    front = Front(
        activity=Activity(), tiers=("public", "paid"), owner_tokens=("run", TOKEN), answer_days=days
    )
    assistant = CannedAssistant({"scarce": scarce, "dear": DEAR}, otherwise=a_refusal())
    return create_app(assistant, MemoryLibrary(PASSAGE, PAID), page=False, front=front)


def client_of(**given: Any) -> TestClient:
    return TestClient(app_of(**given), client=("203.0.113.7", 5000))


@pytest.fixture
def client() -> TestClient:
    return client_of()


def asked(client: TestClient, question: str, **more: Any) -> dict[str, Any]:
    return dict(client.post("/v1/ask", json={"question": question, **more}).json())


def judged(client: TestClient, answer_id: str, verdict: str = "down", **more: Any) -> int:
    body = {"answer_id": answer_id, "verdict": verdict, **more}
    return client.post("/v1/feedback", json=body).status_code


def opened(client: TestClient) -> str:
    got = client.post("/owner", data={"token": TOKEN})
    assert got.status_code == 200
    return got.text


def test_it_opens_to_the_token_alone_and_nothing_keeps_it(client: TestClient) -> None:
    asked(client, "What is scarce?")
    shut = client.get("/owner")
    assert shut.status_code == 200
    assert 'type="password"' in shut.text and "What is scarce?" not in shut.text
    for wrong in (
        client.post("/owner", data={"token": "guess"}),
        client.post("/owner", data={}),
        client.get("/owner", headers={"Authorization": "Bearer guess"}),
        client.get("/owner", headers={"Authorization": TOKEN}),
    ):
        assert wrong.status_code == 403 and "What is scarce?" not in wrong.text
    for right in (client.post("/owner", data={"token": TOKEN}), client.get("/owner", headers=BEARER)):
        assert right.status_code == 200 and "What is scarce?" in right.text
        assert TOKEN not in unescape(right.text)
        assert "set-cookie" not in right.headers
        assert right.headers["cache-control"] == "no-store"
        assert right.headers["referrer-policy"] == "no-referrer"
        policy = right.headers["content-security-policy"]
        assert "script-src" not in policy and "frame-ancestors 'none'" in policy
    assert client.get("/owner", params={"token": TOKEN}).text == shut.text
    assert client.post("/owner", content=b"token=" + b"x" * 5000).status_code == 413


@pytest.mark.parametrize("path", ["/owner/questions.jsonl", "/owner/feedback"])
def test_so_do_its_data(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 403
    assert client.get(path, headers={"Authorization": "Bearer guess"}).status_code == 403
    assert client.get(path, headers=BEARER).status_code == 200


def test_guesses_are_few(client: TestClient) -> None:
    for n in range(10):
        assert client.post("/owner", data={"token": f"guess {n}"}).status_code == 403
    got = client.post("/owner", data={"token": TOKEN})
    assert got.status_code == 429 and 0 < int(got.headers["retry-after"]) <= 60
    assert "Too many" in got.text
    assert client.get("/owner", headers=BEARER).status_code == 429
    assert client.get("/owner/feedback", headers=BEARER).status_code == 429
    # By no other door either: what a guess may read would tell whether it was right.
    assert client.get("/v1/sources/paid", headers=BEARER).status_code == 429
    elsewhere = TestClient(client.app, client=("198.51.100.7", 5000))
    assert elsewhere.get("/owner", headers=BEARER).status_code == 200


def test_a_key_that_a_client_always_sends_is_one_guess(client: TestClient) -> None:
    key = {"Authorization": "Bearer sk-of-another-service"}
    for _ in range(30):
        assert client.get("/v1/sources", headers=key).status_code == 200
    assert client.get("/owner", headers=BEARER).status_code == 200
    for n in range(10):
        client.get("/v1/sources", headers={"Authorization": f"Bearer {n}"})
    assert client.get("/v1/sources", headers=key).status_code == 200


def test_it_tells_what_was_asked_not_covered_reported_and_cited(client: TestClient) -> None:
    first = asked(client, "What is scarce?")
    asked(client, "what is SCARCE")
    asked(client, "Who won the match?")
    dear = client.post("/v1/ask", json={"question": "How dear was it?"}, headers=BEARER).json()
    assert judged(client, first["id"], citation=1, comment="Not she, he.") == 204
    body = {"answer_id": dear["id"], "verdict": "down"}
    assert client.post("/v1/feedback", json=body, headers=BEARER).status_code == 204
    page = opened(client)
    assert "4 questions: 3 answered, 1 not covered" in page
    assert "kept for 365 days" in page
    part = dict(re.findall(r'<h2 id="([\w-]+)">.*?</h2>(.*?)</section>', page, re.DOTALL))
    assert re.search(r">what is SCARCE</a></td><td class=\"n\">2</td>", part["most-asked"])
    assert "Who won the match?" in part["not-covered"] and "SCARCE" not in part["not-covered"]
    assert "Not helpful [1]" in part["reported"] and "Not she, he." in part["reported"]
    quote = SCARCE.citations[0].evidence.quote
    assert quote in part["reported"]
    assert f'href="/a/{first["id"]}"' in part["reported"]
    assert f'href="/a/{dear["id"]}"' not in part["reported"]  # it has no page that everybody may see
    assert "<b>2 answers</b>" in part["most-cited"] and "12:34" in part["most-cited"]
    assert f'href="/s/s1#{PASSAGE.id}-1"' in part["most-cited"]
    assert f'href="{LINK}"' in part["most-cited"]


def test_reported_questions_are_exported_as_they_were_asked(client: TestClient) -> None:
    history = [{"role": "user", "content": "Chips?"}, {"role": "assistant", "content": "Few."}]
    answer = asked(client, "Why scarce?", history=history, filters={"show": "Frontier Hour"})
    asked(client, "Is it scarce?")
    judged(client, answer["id"], citation=1, comment="</script>")
    got = client.get("/owner/questions.jsonl", headers=BEARER)
    assert got.headers["content-disposition"] == 'attachment; filename="questions.jsonl"'
    found = questions_from_jsonl(got.content)
    assert not found.bad
    (question,) = found.questions
    assert (question.id, question.asked.question) == (answer["id"], "Why scarce?")
    assert [turn.content for turn in question.asked.history] == ["Chips?", "Few."]
    assert question.asked.filters.shows == ("Frontier Hour",)
    (held,) = re.findall(r'href="data:application/x-ndjson;base64,([^"]+)"', opened(client))
    assert b64decode(held) == got.content


def test_earmark_eval_takes_the_export(client: TestClient, home: Path, tmp_path: Path) -> None:
    answer = asked(client, "Why are chips scarce?")
    judged(client, answer["id"], citation=1)
    file = tmp_path / "questions.jsonl"
    file.write_bytes(client.get("/owner/questions.jsonl", headers=BEARER).content)
    ran = earmark("eval", str(file), "--out", str(tmp_path / "out"), home=home)
    assert ran.returncode == 0, ran.stderr
    (line,) = (tmp_path / "out" / "answers.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["question_id"] == answer["id"]


def test_words_of_others_stay_words() -> None:
    source = a_source(HOSTILE, title=HOSTILE, show=HOSTILE)
    passage = a_passage(source=source, speakers=(HOSTILE,))
    hostile = an_answer(a_citation(evidence=an_evidence(passage=passage), link="javascript:hacked()"))
    client = client_of(scarce=hostile)
    answer = asked(client, f"scarce {HOSTILE}")
    asked(client, f"match {HOSTILE}")
    judged(client, answer["id"], citation=1, comment=HOSTILE)
    page = opened(client)
    assert "<script" not in page and "<img" not in page
    assert 'href="javascript' not in page
    assert unescape(page).count(HOSTILE) >= 4


def test_where_no_question_is_kept_the_page_has_places_only() -> None:
    client = client_of(days=0)
    answer = asked(client, "What is scarce in Zanzibar?")
    assert client.get(f"/a/{answer['id']}").status_code == 404
    assert judged(client, answer["id"], citation=1, comment="Zanzibar!") == 204
    assert judged(client, "nope") == 404
    page = opened(client)
    assert "Nothing of a question is kept." in page and "Nothing is kept." in page
    assert "Zanzibar" not in page
    assert f'Not helpful · <a href="/s/s1#{PASSAGE.id}-1">The Race for Chips</a>' in page


@pytest.mark.parametrize(
    ("days", "told"),
    [(30, "Questions and answers are kept for 30 days"), (0, "Nothing of a question is kept.")],
)
def test_readers_are_told_on_the_page(days: int, told: str) -> None:
    front = Front(activity=Activity(), answer_days=days)
    app = create_app(CannedAssistant(), MemoryLibrary(PASSAGE), front=front)
    assert told in TestClient(app).get("/").text


# ── a whole archive ─────────────────────────────────────────────────────────────────────────────────────────


def words_in(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file()).lower()


def every_way(client: TestClient, question: str) -> None:
    """Ask by every door that answers."""
    answer = client.post("/v1/ask", json={"question": question}).json()
    client.post("/v1/ask", json={"question": question, "stream": True}).read()
    messages = [{"role": "user", "content": question}]
    client.post("/v1/chat/completions", json={"model": "earmark", "messages": messages})
    client.get("/v1/search", params={"q": question})
    client.get("/", params={"q": question})
    client.get("/s/s1", params={"find": question})
    judged(client, answer["id"], comment=question)


@pytest.mark.parametrize("days", [0, 30])
def test_in_no_file_of_an_archive_is_a_word_of_it_with_0(tmp_path: Path, days: int) -> None:
    with an_archive(tmp_path / "home", keep_questions=days) as archive:
        put(archive, a_source("The ferry leaves at six in the morning."))
        with TestClient(whole(archive)) as client:
            every_way(client, "When does the zanzibar ferry leave?")
        assert (b"zanzibar" in words_in(tmp_path / "home")) is bool(days)
        with closing(sqlite3.connect(tmp_path / "home" / "activity.db")) as db:
            (held,) = db.execute("SELECT count(*) FROM answers").fetchone()
        assert held == (3 if days else 0)


def whole(archive: Archive) -> Any:
    return create_app(
        archive.assistant,
        archive.library,
        finder=archive.search,
        page=False,
        front=front_of(archive, "run"),
    )


# ── in a browser ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def address() -> Iterator[str]:
    app = app_of()
    client = TestClient(app)
    answer = asked(client, "What is scarce?")
    asked(client, "Who won the match?")
    judged(client, answer["id"], citation=1, comment="Not she, he.")
    with serving(app) as address:
        yield address


def test_by_keyboard_and_without_fault_in_either_theme(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    wanted: list[str] = []
    page.on("request", lambda request: wanted.append(request.url))
    page.goto(f"{address}/owner")
    assert axe(page) == []
    page.get_by_label("Owner’s token").fill(TOKEN)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Most asked").wait_for()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    with page.expect_download() as download:
        page.get_by_role("link", name="Download these questions").click()
    assert download.value.suggested_filename == "questions.jsonl"
    (question,) = questions_from_jsonl(download.value.path().read_bytes()).questions
    assert question.asked.question == "What is scarce?"
    assert not [url for url in wanted if not url.startswith((address, "data:"))]
    assert not [url for url in wanted if "token" in url]
