"""The tools at `/mcp`: opened by the first client, bounded as other doors are, and no harm to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

import ui.mcp
from rag.contract import Json
from tests.fakes import CannedAssistant, CannedFinder, MemoryLibrary, a_citation, a_passage, an_answer
from ui.api import create_app

PASSAGE = a_passage(speakers=("Ana Ruiz",), start_s=12.0)


@pytest.fixture
def client() -> Iterator[TestClient]:
    assistant = CannedAssistant({"chips": an_answer(a_citation(1))})
    app = create_app(assistant, MemoryLibrary(PASSAGE), finder=CannedFinder(PASSAGE), page=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def called(client: TestClient, tool: str, **arguments: Any) -> Any:
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    }
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
    return client.post("/mcp", json=call, headers=headers)


def result(client: TestClient, tool: str, **arguments: Any) -> Json:
    told: Json = called(client, tool, **arguments).json()["result"]
    return told


@pytest.mark.parametrize("tool", ["ask", "search"])
def test_a_question_is_as_long_as_at_every_other_door(client: TestClient, tool: str) -> None:
    assert not result(client, tool, question="Are chips scarce?").get("isError")
    refused = result(client, tool, question="chips " * 200)
    assert refused["isError"]
    assert "at most 1,000" in refused["content"][0]["text"]


def test_tools_that_cannot_be_opened_close_no_other_door_and_are_tried_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ImportError("half an update")

    with monkeypatch.context() as patched:
        patched.setattr(ui.mcp, "build_server", broken)
        for _ in range(2):
            assert called(client, "ask", question="Are chips scarce?").status_code == 503
        assert client.get("/healthz").status_code == 200
    assert result(client, "ask", question="Are chips scarce?")["structuredContent"]["citations"]
