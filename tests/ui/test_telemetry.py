"""What operators see of a request, and what nobody does: questions, addresses, query strings."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rag.activity import Activity
from rag.contract import Json
from rag.errors import StorageError
from tests.fakes import CannedAssistant, CannedFinder, MemoryLibrary, a_citation, a_passage, an_answer
from ui.api import create_app
from ui.gate import Limits
from ui.service import Front
from ui.telemetry import JsonLines

PASSAGE = a_passage()


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What was logged as JSON."""
    told: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(self.format(record))

    keep = Keep()
    keep.setFormatter(JsonLines())
    logger = logging.getLogger("earmark")
    logger.addHandler(keep)
    logger.setLevel(logging.INFO)
    yield told
    logger.removeHandler(keep)
    logger.setLevel(logging.NOTSET)


def an_app(**front: object) -> FastAPI:
    assistant = CannedAssistant({"chips": an_answer(a_citation(1)), "burst": ValueError("inside")})  # type: ignore[dict-item]
    given = Front(activity=Activity(), log=True, **front)  # type: ignore[arg-type]
    return create_app(
        assistant, MemoryLibrary(PASSAGE), finder=CannedFinder(PASSAGE), page=False, front=given
    )


def test_a_line_a_request_without_what_was_asked(lines: list[str]) -> None:
    client = TestClient(an_app(), raise_server_exceptions=False)
    headers = {"X-Request-ID": "reader-12345678", "X-Forwarded-For": "203.0.113.7"}
    asked = client.post("/v1/ask", json={"question": "Are chips scarce, Zebedee?"}, headers=headers)
    client.get("/v1/search", params={"q": "chips for Zebedee"}, headers=headers)
    client.get("/v1/sources/zebedee")
    assert asked.headers["x-request-id"] == "reader-12345678"
    said = [json.loads(line) for line in lines]
    assert [(one["route"], one["status"]) for one in said] == [
        ("/v1/ask", 200),
        ("/v1/search", 200),
        ("/v1/sources/{source_id}", 404),
    ]
    assert said[0]["request"] == "reader-12345678" and said[0]["ms"] >= said[0]["first_ms"] > 0
    assert not re.search(r"zebedee|203\.0|chips", " ".join(lines), re.IGNORECASE)


def test_an_id_that_is_none_is_not_taken_over(lines: list[str]) -> None:
    client = TestClient(an_app())
    for given in ("short", "with space and more", "x" * 100, '{"level": "forged"}'):
        assert re.fullmatch(
            r"[0-9a-f]{32}", client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"]
        )


def test_what_fails_is_logged_with_its_request_and_trace(lines: list[str]) -> None:
    client = TestClient(an_app(), raise_server_exceptions=False)
    client.post(
        "/v1/ask", json={"question": "burst", "stream": True}, headers={"X-Request-ID": "reader-12345678"}
    )
    failed = next(json.loads(line) for line in lines if "trace" in line)
    assert failed["request"] == "reader-12345678" and "ValueError" in failed["trace"]


def test_readiness_is_what_the_server_says_of_itself() -> None:
    client = TestClient(an_app(state=lambda: {"index": "level"}))
    assert client.get("/readyz").json() == {"status": "ready", "index": "level"}

    def broken() -> Json:
        raise StorageError("/home/somebody/library.db is gone")

    got = TestClient(an_app(state=broken)).get("/readyz")
    assert got.status_code == 503 and "somebody" not in got.text and int(got.headers["retry-after"]) > 0


def test_the_pages_questions_are_counted_too() -> None:
    app = an_app(limits=Limits(network="1/hour"))
    app.add_api_route("/gradio_api/queue/join", lambda: {"event_id": "1"}, methods=["POST"])
    client = TestClient(app)
    assert [client.post("/gradio_api/queue/join").status_code for _ in range(2)] == [200, 429]
    assert (
        client.post("/gradio_api/queue/join", headers={"Origin": "https://elsewhere.example"}).status_code
        == 403
    )
