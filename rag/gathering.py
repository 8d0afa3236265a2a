"""Take in a model's tokens a few at a time, as many as come while a reader blinks.

A chat model sends every token as a document of its own, and to unpack each for itself takes more of a
processor than all the rest of an answer: with many readers, tokens begin to wait for each other. So those
that come close together are made one before they are unpacked. The first is passed on at once, and none
waits longer than a set time.

Only what OpenAI's chat completions stream is known here; whatever looks otherwise passes as it is.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from functools import lru_cache
from typing import Any

# An eye takes two flashes this close together for one, and speech has no shorter sound.
EVERY_S = 0.05
# So many characters are passed on at once: who counts what a model sends can stop it in time.
_MOST_CHARACTERS = 200

Document = dict[str, Any]


class Merger:
    r"""Makes the tokens of several events one. What it holds back is given by `flush`.

    >>> one = b'data: {"choices":[{"index":0,"delta":{"content":"%s"},"finish_reason":null}]}\n\n'
    >>> merger = Merger()
    >>> merger.feed(one % b"Caps " + one % b"fell" + b"data: [DO")
    >>> merger.flush()
    b'data: {"choices": [{"index": 0, "delta": {"content": "Caps fell"}, "finish_reason": null}]}\n\n'
    >>> merger.feed(b"NE]\n\n"); merger.flush()
    b'data: [DONE]\n\n'
    """

    def __init__(self) -> None:
        self._rest = b""
        self._ready: list[bytes] = []
        self._held: Document | None = None
        self._words: list[str] = []
        self._raw = b""

    def feed(self, piece: bytes) -> None:
        """Take in what came; an event may end anywhere, or not yet."""
        *events, self._rest = (self._rest + piece).split(b"\n\n")
        for event in events:
            self._take(event)

    def flush(self) -> bytes:
        """All events that are whole."""
        self._let_go()
        ready, self._ready = b"".join(self._ready), []
        return ready

    def end(self) -> bytes:
        """What is left when no more will come."""
        rest, self._rest = self._rest, b""
        return self.flush() + rest

    def _take(self, event: bytes) -> None:
        document = _token(event)
        if document is None:
            self._let_go()
            self._ready.append(event + b"\n\n")
            return
        words: str = document["choices"][0]["delta"]["content"]
        if self._held is None or self._full or not _continues(self._held, document):
            self._let_go()
            self._held, self._raw = document, event
        self._words.append(words)

    @property
    def _full(self) -> bool:
        return sum(map(len, self._words)) >= _MOST_CHARACTERS

    def _let_go(self) -> None:
        if self._held is None:
            return
        if len(self._words) > 1:
            self._held["choices"][0]["delta"]["content"] = "".join(self._words)
            self._raw = b"data: " + json.dumps(self._held, ensure_ascii=False).encode()
        self._ready.append(self._raw + b"\n\n")
        self._held, self._words = None, []


def _token(event: bytes) -> Document | None:
    """The document of an event that brings words and nothing else; None for any other."""
    if not event.startswith(b"data: {"):
        return None
    try:
        document: Document = json.loads(event[6:])
    except ValueError:
        return None
    match document:
        case {"choices": [{"delta": {"content": str(), **more}, **choice}], **rest}:
            told = [*more.values(), *(choice[key] for key in choice if key != "index"), rest.get("usage")]
            return document if not any(value not in (None, "assistant") for value in told) else None
    return None


def _continues(held: Document, document: Document) -> bool:
    """Whether it says nothing that the first did not say, but more words."""
    first, second = held["choices"][0], document["choices"][0]
    return (
        first.get("index") == second.get("index")
        and second["delta"].keys() <= first["delta"].keys()
        and all(held.get(key) == document.get(key) for key in ("id", "model", "error"))
    )


async def gathered(pieces: AsyncIterator[bytes], *, every_s: float = EVERY_S) -> AsyncGenerator[bytes, None]:
    """The same events, what comes within `every_s` of the last at once. Closed, it has stopped reading."""
    merger, news, clock = Merger(), asyncio.Event(), asyncio.get_running_loop().time
    reading = asyncio.ensure_future(_read(pieces, merger, news))
    reading.add_done_callback(lambda _: news.set())
    try:
        while not reading.done():
            await news.wait()
            news.clear()
            if ready := merger.flush():
                due = clock() + every_s
                yield ready
                if not reading.done():
                    await asyncio.wait({reading}, timeout=max(0.0, due - clock()))
        yield merger.end()
        reading.result()  # raises what the connection raised
    finally:
        while not reading.done():
            reading.cancel()
            await asyncio.wait({reading}, timeout=every_s)


async def _read(pieces: AsyncIterator[bytes], merger: Merger, news: asyncio.Event) -> None:
    async for piece in pieces:
        merger.feed(piece)
        news.set()


@lru_cache
def openai_client(address: str | None) -> Any:
    """An HTTP client for `ChatOpenAI` that gathers tokens; one for each address, kept for good."""
    import httpx2
    import openai

    class Body(httpx2.AsyncByteStream):
        def __init__(self, body: httpx2.AsyncByteStream) -> None:
            self._body = body
            self._pieces = gathered(aiter(body))

        def __aiter__(self) -> AsyncIterator[bytes]:
            return self._pieces

        async def aclose(self) -> None:
            await self._pieces.aclose()
            await self._body.aclose()

    async def gather(response: httpx2.Response) -> None:
        headers = response.headers
        if headers.get("content-type", "").startswith("text/event-stream") and not headers.get(
            "content-encoding"
        ):
            assert isinstance(response.stream, httpx2.AsyncByteStream), "an asynchronous client's"
            response.stream = Body(response.stream)

    return openai.DefaultAsyncHttpxClient(event_hooks={"response": [gather]})
