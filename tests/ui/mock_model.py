"""A language model made of clockwork: 300 ms to its first token, 20 ms a token, and a count of what it gave.

Run as a process of its own (`python -m tests.ui.mock_model PORT [TOKENS]`), so that it shares no interpreter
with what is measured. It quotes the numbered sentences that it is shown, a word a token. Of 0 tokens there is
no end: a sentence begins, and nothing but the stream goes on.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from itertools import cycle, islice, repeat
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import StreamingResponse

FIRST_S, TOKEN_S, TOKENS = 0.3, 0.02, 90
_NUMBERED = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)

app = FastAPI()
app.state.tokens = TOKENS
given = {"input": 0, "output": 0, "calls": 0, "open": 0}


@app.get("/count")
def count() -> dict[str, int]:
    """What it gave so far, and to how many it is giving."""
    return given


@app.post("/v1/chat/completions")
async def complete(request: Request) -> StreamingResponse:
    """Stream an answer."""
    body = await request.json()
    return StreamingResponse(_stream(body), media_type="text/event-stream")


async def _stream(body: Any) -> AsyncIterator[bytes]:
    prompt = body["messages"][-1]["content"]
    words = islice(_words(prompt), app.state.tokens) if app.state.tokens else _endlessly(prompt)
    read, written = len(prompt) // 4, 0
    given["open"] += 1
    try:
        yield _chunk({"role": "assistant", "content": ""})
        due = asyncio.get_running_loop().time() + FIRST_S
        for word in words:
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            due += TOKEN_S
            yield _chunk({"content": word})
            written += 1
        yield _chunk({}, finish="stop")
        given["input"] += read
        given["output"] += written
        given["calls"] += 1
        usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
        yield _event({**_HEAD, "choices": [], "usage": usage})
        yield b"data: [DONE]\n\n"
    finally:
        given["open"] -= 1


def _words(prompt: str) -> Any:
    sentences = _NUMBERED.findall(prompt) or [("1", "There is nothing.")]
    for number, sentence in cycle(sentences):
        quoted = re.sub(r"[.!?]*$", f" [{number}].", sentence.partition(": ")[2] or sentence)
        yield from (f"{word} " for word in quoted.split())


def _endlessly(prompt: str) -> Any:
    yield from islice(_words(prompt), 4)
    yield from repeat("")


_HEAD = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "clockwork"}


def _chunk(delta: dict[str, Any], *, finish: str | None = None) -> bytes:
    return _event({**_HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def _event(document: Any) -> bytes:
    return f"data: {json.dumps(document)}\n\n".encode()


if __name__ == "__main__":
    app.state.tokens = int(sys.argv[2]) if len(sys.argv) > 2 else TOKENS
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
