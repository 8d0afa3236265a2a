"""Follow an answer as it comes, from an event loop, and end the work for it the moment nobody follows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from starlette.requests import Request
from starlette.types import Message

from rag.compose.telling import Done, Event
from rag.models import Answer, Filters, Turn
from rag.ports import Answers
from rag.stopping import Stop

# Questions answered at the same time; more wait for a thread.
_POOL = ThreadPoolExecutor(max_workers=96, thread_name_prefix="answer")


async def follow(
    assistant: Answers, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None
) -> AsyncGenerator[Event, None]:
    """The events of an answer. Cancelled or closed, it stops the assistant and does not wait for it.

    The assistant works in threads that are not the loop's own: those would have to be waited for.
    """
    loop = asyncio.get_running_loop()
    box: asyncio.Queue[Event | BaseException | None] = asyncio.Queue()
    stop = Stop()

    def put(item: Event | BaseException | None) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody waits
            loop.call_soon_threadsafe(box.put_nowait, item)

    def work() -> None:
        if stop.is_set:
            return
        try:
            for event in assistant.stream(question, history=history, filters=filters, stop=stop):
                put(event)
                if stop.is_set:
                    return
        except BaseException as error:  # noqa: BLE001  handed on to whoever follows
            put(error)
        else:
            put(None)

    _POOL.submit(work)
    try:
        while (item := await box.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()


async def answer_unless_gone(
    assistant: Answers, request: Request, question: str, *, history: Sequence[Turn], filters: Filters
) -> Answer | None:
    """The whole answer; None when the client went away before it was there."""
    asking = asyncio.ensure_future(_last(follow(assistant, question, history=history, filters=filters)))
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return asking.result() if asking.done() else None
    finally:
        for task in (asking, leaving):
            task.cancel()


async def _last(events: AsyncGenerator[Event, None]) -> Answer:
    async for event in events:
        if isinstance(event, Done):
            return event.answer
    raise AssertionError("an answer ends with Done")


async def _gone(request: Request) -> None:
    """Waits until the client has gone; the request's body has been read before."""
    message: Message = await request.receive()
    while message["type"] != "http.disconnect":
        message = await request.receive()
