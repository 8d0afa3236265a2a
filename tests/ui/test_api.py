from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from rag.contract import answer_json
from rag.errors import ArchiveBusy, EarmarkError, ModelUnavailable, StorageError
from rag.models import Filters, SourceKind, Turn
from tests.fakes import (
    CannedAssistant,
    CannedFinder,
    MemoryLibrary,
    a_citation,
    a_passage,
    a_source,
    an_answer,
)
from ui.api import create_app
from ui.frames import FrameTokens
from ui.problems import NO_ROOM, UNEXPECTED

PASSAGE = a_passage(speakers=("Ana Ruiz",), start_s=12.0)
ANSWER = an_answer(a_citation(1), a_citation(2))


@pytest.fixture
def assistant() -> CannedAssistant:
    return CannedAssistant({"chips": ANSWER})


@pytest.fixture
def client(assistant: CannedAssistant) -> Iterator[TestClient]:
    app = create_app(assistant, MemoryLibrary(PASSAGE), finder=CannedFinder(PASSAGE), page=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def events(body: str) -> list[tuple[str, Any]]:
    """Server-sent events as pairs of name and data."""
    blocks = [block.split("\n") for block in body.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_an_answer_has_the_keys_of_the_contract(client: TestClient) -> None:
    got = client.post("/v1/ask", json={"question": "Are chips scarce?"})
    assert got.status_code == 200
    assert got.json() == {**answer_json(ANSWER), "id": "a11", "question": "Are chips scarce?"}
    assert "location" not in got.json()


def test_history_and_filters_reach_the_assistant(client: TestClient, assistant: CannedAssistant) -> None:
    client.post(
        "/v1/ask",
        json={
            "question": "  Are chips scarce? ",
            "history": [{"role": "user", "content": "Hello"}],
            "filters": {"kind": "episode"},
        },
    )
    turns, filters = (
        (Turn(role="user", content="Hello"),),
        Filters(kinds=(SourceKind.EPISODE,), audiences=("public",)),
    )
    assert assistant.asked == [("Are chips scarce?", turns, filters)]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        pytest.param({}, "question: Field required", id="no-question"),
        pytest.param({"question": 3}, "question: Input should be a valid string", id="number"),
        pytest.param({"question": "  "}, "The question is empty.", id="empty"),
        pytest.param(
            {"question": "x" * 1001}, "The question has 1,001 characters; at most 1,000 are taken.", id="long"
        ),
        pytest.param(
            {"question": "x", "history": "x"},
            'history must be a list of {"role", "content"} objects',
            id="history",
        ),
        pytest.param(
            {"question": "x", "filter": {"kind": "episode"}},
            "unknown key 'filter'; did you mean 'filters'?",
            id="key",
        ),
        pytest.param({"question": "x", "\ud83c": 1}, "unknown key '\\ud83c'; there are", id="half-a-key"),
        pytest.param(
            {"question": "x", "zzz": 1},
            "unknown key 'zzz'; there are filters, history, question, site, stream",
            id="unlike-key",
        ),
        pytest.param({"question": "x", "filters": {"colour": "red"}}, "unknown filter 'colour'", id="filter"),
        pytest.param({"question": "x", "filters": {"kind": "song"}}, "unknown kind 'song'", id="kind"),
    ],
)
def test_a_bad_question_is_a_problem_that_says_why(client: TestClient, body: Any, detail: str) -> None:
    got = client.post("/v1/ask", content=json.dumps(body), headers={"content-type": "application/json"})
    assert got.status_code == 422
    assert got.headers["content-type"] == "application/problem+json"
    assert got.json()["detail"].startswith(detail)
    assert got.json().keys() == {"type", "title", "status", "detail"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/ask", r'{"question": "\ud800 fog"}', "question"),
        ("/v1/ask", r'{"question": "\ud800 fog", "stream": true}', "question"),
        ("/v1/ask", r'{"question": "fog", "history": [{"role": "user", "content": "\udfff"}]}', "history"),
        ("/v1/ask", r'{"question": "fog", "filters": {"show": ["\ud83c"]}}', "filters"),
        (
            "/v1/chat/completions",
            r'{"messages": [{"role": "user", "content": [{"type": "text", "text": "\ud800"}]}]}',
            "messages",
        ),
        (
            "/v1/chat/completions",
            r'{"model": "\ud800", "messages": [{"role": "user", "content": "chips"}], "stream": true}',
            "model",
        ),
        ("/v1/feedback", r'{"answer_id": "a11", "verdict": "up", "comment": "\udc80"}', "comment"),
        ("/v1/feedback", r'{"answer_id": "\udc80", "verdict": "up"}', "answer_id"),
    ],
)
def test_half_a_character_is_a_problem_at_every_door(
    client: TestClient, path: str, body: str, field: str
) -> None:
    got = client.post(path, content=body, headers={"content-type": "application/json"})
    assert got.status_code == 422
    assert got.headers["content-type"] == "application/problem+json"
    assert got.json()["detail"] == f"{field} holds half a character: a lone surrogate"


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/v1/search?q=fog&nosuch=1", "unknown parameter 'nosuch'; there are k, kind, q, show, since, "),
        ("/v1/search?q=fog&speakers=Ana", "unknown parameter 'speakers'; did you mean 'speaker'?"),
        ("/v1/sources?page=2", "unknown parameter 'page'; there is site"),
        ("/v1/sources/s1?sit=x", "unknown parameter 'sit'; did you mean 'site'?"),
        ("/v1/sources/s1/transcript?turn=3", "unknown parameter 'turn'; did you mean 'turns'?"),
        ("/v1/answers/a11?raw=1", "unknown parameter 'raw'; there is site"),
    ],
)
def test_a_parameter_that_nobody_knows_is_a_problem(client: TestClient, path: str, detail: str) -> None:
    got = client.get(path)
    assert got.status_code == 422
    assert got.json()["detail"].startswith(detail)


def test_what_openais_clients_send_beside_is_ignored(client: TestClient) -> None:
    body = {"messages": [{"role": "user", "content": "chips"}], "temperature": 0, "zzz": 1}
    assert client.post("/v1/chat/completions", json=body).status_code == 200
    assert client.get("/v1/models?limit=20").status_code == 200


def test_judging_takes_known_keys_alone(client: TestClient) -> None:
    got = client.post("/v1/feedback", json={"answer_id": "a", "verdict": "up", "coment": "good"})
    assert (got.status_code, got.json()["detail"]) == (422, "unknown key 'coment'; did you mean 'comment'?")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/v1/ask", "POST"), ("DELETE", "/v1/sources/s1", "GET"), ("PUT", "/v1/feedback", "POST")],
)
def test_a_path_for_another_method_says_for_which(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    got = client.request(method, path)
    assert (got.status_code, got.headers["allow"]) == (405, allowed)
    assert got.headers["content-type"] == "application/problem+json"
    assert client.request(method, "/v1/nothing").status_code == 404


def test_a_whole_pair_of_surrogates_is_a_character(client: TestClient, assistant: CannedAssistant) -> None:
    body = r'{"question": "chips \ud83c\udf2b"}'
    got = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})
    assert got.status_code == 200
    assert assistant.asked[0][0] == "chips \U0001f32b"


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (ArchiveBusy("Another process writes."), 503, "Another process writes."),
        (ModelUnavailable("No model."), 503, "No model."),
        (EarmarkError("Broken."), 500, "Broken."),
        (StorageError("/home/somebody/library.db: the disk is full"), 507, NO_ROOM),
        (ValueError("/home/somebody/secret"), 500, UNEXPECTED),
    ],
)
def test_errors_are_problems_without_our_insides(
    client: TestClient, assistant: CannedAssistant, error: Exception, status: int, detail: str
) -> None:
    assistant.otherwise = error
    got = client.post("/v1/ask", json={"question": "Who?"})
    assert (got.status_code, got.json()["detail"]) == (status, detail)
    streamed = client.post("/v1/ask", json={"question": "Who?", "stream": True})
    assert events(streamed.text) == [("error", got.json())]


def test_a_stream_ends_with_the_answer(client: TestClient) -> None:
    got = client.post("/v1/ask", json={"question": "Are chips scarce?", "stream": True})
    assert got.headers["content-type"].startswith("text/event-stream")
    names, documents = zip(*events(got.text), strict=True)
    assert names == ("sources", "claim", "claim", "done")
    assert documents[-1] == {**answer_json(ANSWER), "id": "a11", "question": "Are chips scarce?"}
    assert [one for claim in documents[1:-1] for one in claim["cited"]] == documents[-1]["citations"]
    assert [{**claim, "cited": None} for claim in documents[-1]["claims"]] == [
        {**claim, "cited": None} for claim in documents[1:-1]
    ]


def test_sources_are_listed_and_opened(client: TestClient) -> None:
    (listed,) = client.get("/v1/sources").json()["sources"]
    assert (listed["id"], listed["passages"], listed["ai_written"]) == ("s1", 1, False)
    opened = client.get("/v1/sources/s1").json()
    (passage,) = opened["passages"]
    assert opened["text"][passage["start"] : passage["end"]] == PASSAGE.text
    missing = client.get("/v1/sources/nope")
    assert (missing.status_code, missing.json()["title"]) == (404, "Not Found")


def test_search_finds_passages_within_filters(client: TestClient) -> None:
    found = client.get("/v1/search", params={"q": "chips are", "k": 3}).json()["passages"]
    assert [passage["passage_id"] for passage in found] == [PASSAGE.id]
    none = client.get("/v1/search", params={"q": "chips are", "kind": "newsletter"}).json()
    assert none == {"passages": []}
    assert client.get("/v1/search", params={"q": "chips", "k": 0}).status_code == 422
    assert client.get("/v1/search", params={"q": "chips", "since": "soon"}).status_code == 422


def test_health_says_how_much_there_is(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "sources": 1}


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/ask/nothing"])
def test_what_is_not_there_is_a_problem(client: TestClient, path: str) -> None:
    got = client.get(path)
    assert got.status_code == 404
    assert got.headers["content-type"] == "application/problem+json"


def test_the_embed_page_runs_under_a_strict_policy(client: TestClient) -> None:
    got = client.get("/embed")
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in got.text
    assert " style=" not in got.text
    assert client.get("/embed/static/embed.css").status_code == 200


def test_every_answer_carries_the_headers(client: TestClient) -> None:
    for path in ("/healthz", "/embed", "/v1/nothing"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "content-security-policy" in headers
        assert "set-cookie" not in headers


def test_a_sandboxed_frame_asks_with_its_token_only(client: TestClient) -> None:
    token = client.get("/embed").text.split('name="earmark-token" content="')[1].split('"')[0]
    question = {"question": "Are chips scarce?"}
    refused = client.post("/v1/ask", json=question, headers={"Origin": "null", "Earmark-Token": "9.9"})
    assert refused.status_code == 403
    asked = client.post("/v1/ask", json=question, headers={"Origin": "null", "Earmark-Token": token})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == "null"
    other = client.post("/v1/ask", json=question, headers={"Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in other.headers
    preflight = client.options("/v1/ask", headers={"Origin": "null"})
    assert "earmark-token" in preflight.headers["access-control-allow-headers"]


def test_a_token_expires_and_cannot_be_made_up() -> None:
    now = 1_000.0
    tokens = FrameTokens(now=lambda: now)
    token = tokens.make()
    assert tokens.accepts(token)
    expiry, signature = token.split(".")
    for forged in ("", ".", "x.y", f"{int(expiry) + 1}.{signature}", FrameTokens().make(), f"²{token}"):
        assert not tokens.accepts(forged)
    now += 13 * 3600
    assert not tokens.accepts(token)


def test_routes_of_the_caller_are_reachable(assistant: CannedAssistant) -> None:
    app = create_app(
        assistant,
        MemoryLibrary(PASSAGE),
        page=False,
        more=lambda app: app.add_api_route("/owner/ping", lambda: "pong"),
    )
    assert TestClient(app).get("/owner/ping").json() == "pong"


def test_the_api_imports_neither_gradio_nor_torch() -> None:
    program = "import sys, ui.api; print({'gradio', 'torch', 'chromadb'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_sources_without_a_finder_are_still_served() -> None:
    app = create_app(CannedAssistant(), MemoryLibrary(a_passage(source=a_source(id="s9"))), page=False)
    client = TestClient(app)
    assert client.get("/v1/search", params={"q": "x"}).status_code == 404
    assert client.get("/healthz").json()["sources"] == 1
