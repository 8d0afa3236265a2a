"""Everybody's own client holds a conversation with a running server, and the citations are the same."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import gradio_client
import httpx
import mcp
import openai
import pytest
from mcp.client.stdio import StdioServerParameters

from tests.ui.commands import PROGRAM, ROOT, environment
from tests.ui.test_serve import served

FIRST = "Why are the halls at Dry Creek without a connection?"
THEN = "How many of the export licence applications that Ingrid Vollan traced were granted?"

Json = dict[str, Any]
# A question and what was said before, to an Answer.
Asks = Callable[[str, list[Json]], Json]


@pytest.fixture(scope="module")
def running(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    own = tmp_path_factory.mktemp("clients") / "home"
    shutil.copytree(home, own)
    with served(own, page=True) as (address, _):
        yield address, own


def by_json(address: str, home: Path) -> Asks:
    def ask(question: str, history: list[Json]) -> Json:
        body = {"question": question, "history": history}
        return dict(httpx.post(f"{address}/v1/ask", json=body, timeout=60).raise_for_status().json())

    return ask


def by_events(address: str, home: Path) -> Asks:
    """As a page's `fetch` reads them: bytes as they come, split at blank lines."""

    def ask(question: str, history: list[Json]) -> Json:
        body = {"question": question, "history": history, "stream": True}
        told: list[tuple[str, Json]] = []
        with httpx.stream("POST", f"{address}/v1/ask", json=body, timeout=60) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            held = ""
            for piece in response.iter_text():
                *blocks, held = (held + piece).replace("\r\n", "\n").split("\n\n")
                for block in blocks:
                    lines = dict(
                        line.split(": ", 1) for line in block.split("\n") if not line.startswith(":")
                    )
                    if lines:
                        told.append((lines["event"], json.loads(lines["data"])))
        names = [name for name, _ in told]
        assert names[0] == "sources" and names[-1] == "done" and "error" not in names
        answer = told[-1][1]
        cited = [citation for name, data in told if name == "claim" for citation in data["cited"]]
        assert sorted(cited, key=lambda citation: citation["number"]) == answer["citations"]
        return answer

    return ask


def by_curl(address: str, home: Path) -> Asks:
    def ask(question: str, history: list[Json]) -> Json:
        body = json.dumps({"question": question, "history": history})
        command = ["curl", "-sS", "--fail-with-body", "-H", "content-type: application/json", "-d", body]
        ran = subprocess.run([*command, f"{address}/v1/ask"], capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stderr + ran.stdout
        return dict(json.loads(ran.stdout))

    return ask


def by_openai(address: str, home: Path) -> Asks:
    client = openai.OpenAI(base_url=f"{address}/v1", api_key="any")

    def ask(question: str, history: list[Json]) -> Json:
        messages: Any = [
            {"role": "system", "content": "Be brief."},
            *history,
            {"role": "user", "content": question},
        ]
        got = client.chat.completions.create(model="whatever", messages=messages)
        message = got.choices[0].message
        answer = _extra(got)["earmark"]
        assert message.content == answer["answer"] and message.role == "assistant"
        assert _extra(got)["citations"] == answer["citations"]
        _check_annotations([one.model_dump() for one in message.annotations or []], answer)
        return dict(answer)

    assert [model.id for model in client.models.list()] == ["earmark"]
    return ask


def by_openai_stream(address: str, home: Path) -> Asks:
    client = openai.OpenAI(base_url=f"{address}/v1", api_key="any")

    def ask(question: str, history: list[Json]) -> Json:
        messages: Any = [*history, {"role": "user", "content": question}]
        text, last, usage = "", None, None
        for chunk in client.chat.completions.create(
            model="earmark", messages=messages, stream=True, stream_options={"include_usage": True}
        ):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text += choice.delta.content or ""
                if choice.finish_reason == "stop":
                    last = chunk
        assert last is not None and usage is not None
        answer = _extra(last)["earmark"]
        assert text == answer["answer"]
        assert _extra(last)["citations"] == answer["citations"]
        _check_annotations(_extra(last.choices[0].delta)["annotations"], answer)
        return dict(answer)

    return ask


def by_async_openai(address: str, home: Path) -> Asks:
    async def asked(question: str, history: list[Json]) -> Json:
        messages: Any = [*history, {"role": "user", "content": [{"type": "text", "text": question}]}]
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="any") as client:
            whole = await client.chat.completions.create(model="earmark", messages=messages)
            text = ""
            stream: Any = await client.chat.completions.create(
                model="earmark", messages=messages, stream=True
            )
            async for chunk in stream:
                text += chunk.choices[0].delta.content or ""
        assert text == whole.choices[0].message.content
        return dict(_extra(whole)["earmark"])

    return lambda question, history: asyncio.run(asked(question, history))


def by_mcp_over_http(address: str, home: Path) -> Asks:
    return lambda question, history: asyncio.run(_by_mcp(f"{address}/mcp", question, history))


def by_mcp_over_stdio(address: str, home: Path) -> Asks:
    command, *arguments = PROGRAM
    server = StdioServerParameters(
        command=command,
        args=[*arguments, "mcp"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), **environment(home)},
    )
    return lambda question, history: asyncio.run(_by_mcp(server, question, history))


async def _by_mcp(server: Any, question: str, history: list[Json]) -> Json:
    async with mcp.Client(server) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        assert tools == {"ask", "search", "list", "open"}
        answer = await _called(client, "ask", question=question, history=history)
        found = await _called(client, "search", question=question, k=3)
        assert len(found["passages"]) == 3
        listed = await _called(client, "list")
        cited = answer["citations"][0]
        assert cited["source_id"] in {source["id"] for source in listed["sources"]}
        opened = await _called(client, "open", source_id=cited["source_id"])
        assert opened["text"][cited["start"] : cited["end"]] == cited["quote"]
        missing = await client.call_tool("open", {"source_id": "nope"})
        assert missing.is_error and "nope" in str(missing.content)
        return answer


async def _called(client: Any, tool: str, **arguments: Any) -> Json:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return dict(result.structured_content)


def by_gradio(address: str, home: Path) -> Asks:
    client = gradio_client.Client(address, verbose=False)
    return lambda question, history: dict(client.predict(question, history, api_name="/ask"))


def by_command(address: str, home: Path) -> Asks:
    def ask(question: str, history: list[Json]) -> Json:
        file = home.parent / "history.json"
        file.write_text(json.dumps(history))
        ran = subprocess.run(
            [*PROGRAM, "ask", question, "--history", str(file), "--json"],
            cwd=ROOT, env=environment(home), capture_output=True, text=True, timeout=100,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return dict(json.loads(ran.stdout))

    return ask


PATHS = [
    *(by_json, by_events, by_curl, by_openai, by_openai_stream, by_async_openai),
    *(by_mcp_over_http, by_mcp_over_stdio, by_gradio, by_command),
]


def same(answer: Json) -> Json:
    """What must not differ between paths: all but which answer it is and how long it took."""
    return {name: value for name, value in answer.items() if name not in ("id", "timings")}


@pytest.fixture(scope="module")
def conversations(running: tuple[str, Path]) -> dict[str, list[Json]]:
    address, home = running
    held = {}
    for path in PATHS:
        if path is by_curl and shutil.which("curl") is None:
            continue
        ask = path(address, home)
        first = ask(FIRST, [])
        history = [{"role": "user", "content": FIRST}, {"role": "assistant", "content": first["answer"]}]
        held[path.__name__] = [first, ask(THEN, history)]
    return held


@pytest.mark.timeout(400)
def test_every_client_holds_the_same_conversation(conversations: dict[str, list[Json]]) -> None:
    assert {"by_json", "by_openai", "by_mcp_over_stdio", "by_gradio"} <= conversations.keys()
    for (one, ones), (other, others) in pairwise(conversations.items()):
        for mine, theirs in zip(ones, others, strict=True):
            assert mine["citations"] and mine["citations"] == theirs["citations"], f"{one} and {other}"
            assert same(mine) == same(theirs), f"{one} and {other}"


def test_an_answer_is_kept_under_its_id_and_has_a_page(
    running: tuple[str, Path], conversations: dict[str, list[Json]]
) -> None:
    address, _ = running
    for name, (answer, _) in conversations.items():
        if name in ("by_command", "by_mcp_over_stdio"):
            continue  # the same server did their work, and kept it for the owner
        assert httpx.get(f"{address}/v1/answers/{answer['id']}").json() == {**answer, "changed": []}, name
    page = httpx.get(f"{address}/a/{answer['id']}")
    assert all(citation["quote"].replace("'", "&#x27;") in page.text for citation in answer["citations"])
    assert "<script" not in page.text


def test_it_says_that_it_is_ready(running: tuple[str, Path]) -> None:
    told = httpx.get(f"{running[0]}/readyz").json()
    assert told == {"status": "ready", "index": "open", "archive": "ours"}


def test_openais_client_reads_our_errors(running: tuple[str, Path]) -> None:
    client = openai.OpenAI(base_url=f"{running[0]}/v1", api_key="any", max_retries=0)
    with pytest.raises(openai.UnprocessableEntityError, match="The question is empty"):
        client.chat.completions.create(model="earmark", messages=[{"role": "user", "content": " "}])
    with pytest.raises(openai.UnprocessableEntityError, match="the last of messages"):
        client.chat.completions.create(model="earmark", messages=[{"role": "system", "content": "x"}])


def _extra(model: Any) -> Json:
    """What OpenAI's own types do not know of."""
    return dict(model.model_extra)


def _check_annotations(annotations: list[Json], answer: Json) -> None:
    assert annotations
    known = {(c["link"], c["title"]) for c in answer["citations"]}
    for annotation in annotations:
        assert annotation["type"] == "url_citation"
        cited = annotation["url_citation"]
        assert (cited["url"], cited["title"]) in known
        words = answer["answer"][cited["start_index"] : cited["end_index"]]
        assert words in {claim["text"] for claim in answer["claims"]}
