"""Tokens made one: every word once and in order, nothing else touched, nothing held for long."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rag.gathering import Merger, gathered

WORDS = ["Caps ", "fell — ", "to 60\n\n", "units “a", " week”."]


def event(delta: dict[str, Any], **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": None, **more.pop("choice", {})}
    return f"data: {json.dumps({'id': 'c1', 'model': 'm', 'choices': [choice], **more})}\n\n".encode()


def documents(stream: bytes) -> list[Any]:
    assert stream.endswith(b"\n\n")
    return [
        one if one == b"data: [DONE]" else json.loads(one.removeprefix(b"data: "))
        for one in stream.split(b"\n\n")[:-1]
    ]


def said(stream: bytes) -> str:
    told = [one for one in documents(stream) if isinstance(one, dict)]
    return "".join(choice["delta"].get("content") or "" for one in told for choice in one["choices"])


STREAM = b"".join(
    [
        event({"role": "assistant", "content": ""}),
        *(event({"content": word}) for word in WORDS),
        event({}, choice={"finish_reason": "stop"}),
        event({}, usage={"prompt_tokens": 3}),
        b"data: [DONE]\n\n",
    ]
)


@pytest.mark.parametrize("size", [1, 2, 7, 64, len(STREAM)])
def test_every_word_comes_once_wherever_the_stream_is_cut(size: int) -> None:
    merger = Merger()
    out = b""
    for start in range(0, len(STREAM), size):
        merger.feed(STREAM[start : start + size])
        out += merger.flush() if start % 3 == 0 else b""
    out += merger.end()
    assert said(out) == "".join(WORDS)
    first, last = documents(out)[0], documents(out)[-3:]
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert last == documents(STREAM)[-3:]


def test_what_comes_together_is_one() -> None:
    merger = Merger()
    merger.feed(STREAM)
    out = documents(merger.flush())
    assert len(out) == 4
    assert out[0]["choices"][0]["delta"] == {"role": "assistant", "content": "".join(WORDS)}


@pytest.mark.parametrize(
    "other",
    [
        event({"content": None, "tool_calls": [{"index": 0, "id": "t"}]}),
        event({"content": "x", "reasoning_content": "because"}),
        event({"content": "x"}, choice={"finish_reason": "length"}),
        event({"content": "x"}, choice={"logprobs": {"content": []}}),
        event({"content": "x"}, choice={"index": 1}),
        event({"content": "x"}, id="c2"),
        event({"content": "x"}, usage={"prompt_tokens": 1}),
        b'data: {"error": {"message": "no"}}\n\n',
        b"event: thread.message\ndata: {}\n\n",
        b": keep alive\n\n",
        b"data: {broken\n\n",
        b"data: {}\r\n\r\ndata: {}\n\n",
    ],
)
def test_what_brings_more_than_words_passes_as_it_is_and_in_its_place(other: bytes) -> None:
    merger = Merger()
    before, after = event({"content": "a"}), event({"content": "b"})
    merger.feed(before + other + after)
    assert merger.flush() == before + other + after


def test_a_long_text_is_not_made_one() -> None:
    merger = Merger()
    merger.feed(b"".join(event({"content": "a word "}) for _ in range(1000)))
    told = documents(merger.flush())
    assert max(len(one["choices"][0]["delta"]["content"]) for one in told) <= 210
    assert len(told) > 30


def test_the_first_is_passed_on_at_once_and_the_rest_together_also_when_more_is_long_in_coming() -> None:
    async def sent() -> AsyncIterator[bytes]:
        for word in WORDS:
            yield event({"content": word})
            await asyncio.sleep(0.01)
        await asyncio.sleep(2.0)

    async def taken() -> list[tuple[float, bytes]]:
        started, found = time.monotonic(), []
        pieces = gathered(sent(), every_s=0.2)
        async for piece in pieces:
            found.append((time.monotonic() - started, piece))
            if len(found) == 2:
                break
        await pieces.aclose()
        return found

    first, second = asyncio.run(taken())
    assert said(first[1]) == WORDS[0]
    assert said(second[1]) == "".join(WORDS[1:])
    assert 0.15 < second[0] - first[0] < 1.5


def test_a_connection_that_breaks_gives_what_came_and_then_its_error() -> None:
    async def sent() -> AsyncIterator[bytes]:
        yield event({"content": "a"})
        yield event({"content": "b"}) + b'data: {"ha'
        raise ConnectionResetError

    async def taken() -> bytes:
        got = b""
        try:
            async for piece in gathered(sent()):
                got += piece
        except ConnectionResetError:
            return got
        raise AssertionError("the error was lost")

    out = asyncio.run(taken())
    assert out.endswith(b'data: {"ha')
    assert said(out.removesuffix(b'data: {"ha')) == "ab"


def test_closed_it_stops_reading() -> None:
    ended = []

    async def sent() -> AsyncIterator[bytes]:
        try:
            while True:
                yield event({"content": "a"})
                await asyncio.sleep(0.01)
        finally:
            ended.append(True)

    async def taken() -> int:
        pieces = gathered(source := sent())
        await anext(pieces)
        await pieces.aclose()
        left = len(asyncio.all_tasks()) - 1
        await source.aclose()  # type: ignore[attr-defined]
        return left

    assert asyncio.run(taken()) == 0
    assert ended
