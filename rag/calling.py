"""Call a language model over the network: in time, not too often, and stopped the moment nobody listens.

Every call runs as a task of one event loop in a thread of its own, because only a task can be cancelled while
it waits for bytes. Whoever asks reads what comes from a queue and never waits longer than it said.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar, cast

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from rag.stopping import Stop

T = TypeVar("T")
log = logging.getLogger(__name__)

_TRIES = 3
# Seconds for a cancelled call to let go of its connection before it is left to itself.
_GRACE_S = 1.0
_CANCEL_AGAIN_S = 0.05


class Trouble(StrEnum):
    """What can go wrong with a model, as a reader is told."""

    UNREACHABLE = "it could not be reached"
    SLOW = "it took too long"
    BUSY = "it is asked too much at the moment"
    KEY = "it did not accept the key"
    UNKNOWN = "there is no such model"
    REFUSED = "it did not accept the question"
    BROKEN = "it failed"
    CUT = "its answer was cut off"
    NONSENSE = "its answer made no sense"
    RESTING = "it has failed several times in a row and is left alone for a while"
    CAP = "today's budget for it is spent"
    UNCOUNTED = "what it takes cannot be written down"
    NOTHING_STOOD = "nothing it wrote could be verified"
    STOPPED = "it was stopped"


_AGAIN = frozenset(
    {Trouble.UNREACHABLE, Trouble.SLOW, Trouble.BUSY, Trouble.BROKEN, Trouble.CUT, Trouble.NONSENSE}
)


class ModelFault(Exception):
    """A call failed. It holds no word of what the service said: that may name keys and hosts."""

    def __init__(self, trouble: Trouble, *, kind: str = "", wait_s: float | None = None) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble
        self.kind = kind  # the class of the error behind it, for the log
        self.wait_s = wait_s  # for how long the service asked not to be asked


@dataclass(frozen=True, slots=True)
class Again:
    """The call begins anew, after a fault: what came before this is void."""

    fault: ModelFault = field(compare=False)


@dataclass(slots=True)
class _End:
    error: BaseException | None = None


class Caller:
    """Runs calls. One for all questions of an archive; close it when that is closed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def stream(
        self,
        make: Callable[[], AsyncIterator[T]],
        *,
        seconds: float,
        silence_s: float,
        stop: Stop | None = None,
        may_repeat: Callable[[], bool] = lambda: True,
    ) -> Iterator[T | Again]:
        """What the model sends, tried again after a fault while `may_repeat`; raises `ModelFault`.

        Args:
            make: begins one call.
            seconds: how long all of it may take, waiting and repeating included.
            silence_s: how long one call may send nothing.
            stop: ends it from outside; the connection is closed at once.
            may_repeat: asked before each repetition: no once something of it has been shown for good.
        """
        box: queue.SimpleQueue[T | Again | _End] = queue.SimpleQueue()
        until = time.monotonic() + seconds
        work = _attempts(make, box, seconds=seconds, silence_s=silence_s, may_repeat=may_repeat)
        loop = self._running()
        task = asyncio.run_coroutine_threadsafe(_to_the_end(work, box), loop)
        stop = stop or Stop()
        stop.when_set(lambda: box.put(_End(ModelFault(Trouble.STOPPED))))
        stop.when_set(lambda: _let_go(task, loop))
        try:
            while True:
                try:
                    # A second more than the call has: it ends by itself, unless its loop hangs.
                    item = box.get(timeout=max(0.0, until - time.monotonic()) + _GRACE_S)
                except queue.Empty:
                    raise ModelFault(Trouble.SLOW, kind="hung") from None
                if isinstance(item, _End):
                    if item.error is not None:
                        raise fault_of(item.error) from None
                    return
                if isinstance(item, Again) and not may_repeat():
                    # What came just before the fault was still on its way to the reader when it was decided.
                    raise item.fault
                yield item
        finally:
            _let_go(task, loop)

    def close(self) -> None:
        """End what still runs, and the thread."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            asyncio.run_coroutine_threadsafe(_end_all(loop), loop)
            thread.join(timeout=2 * _GRACE_S)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_run, args=(self._loop,), name="model calls", daemon=True
                )
                self._thread.start()
            return self._loop


async def _attempts(
    make: Callable[[], AsyncIterator[T]],
    box: queue.SimpleQueue[T | Again | _End],
    *,
    seconds: float,
    silence_s: float,
    may_repeat: Callable[[], bool],
) -> None:
    until = time.monotonic() + seconds
    failed: ModelFault | None = None

    def may(error: BaseException) -> bool:
        nonlocal failed
        if not isinstance(error, Exception):
            return False  # cancelled: tenacity would take that for a failure, too
        failed = fault = fault_of(error)
        wait = fault.wait_s or 0.0
        return fault.trouble in _AGAIN and time.monotonic() + wait < until and may_repeat()

    trying = AsyncRetrying(
        stop=stop_after_attempt(_TRIES), wait=_wait, retry=retry_if_exception(may), reraise=True
    )
    async with asyncio.timeout(seconds):
        async for attempt in trying:
            with attempt:
                if failed is not None:
                    box.put(Again(failed))
                await _attempt(make, box, silence_s)


async def _attempt(
    make: Callable[[], AsyncIterator[T]], box: queue.SimpleQueue[T | Again | _End], silence_s: float
) -> None:
    # A model's stream is an async generator: closed with its task, and so is its connection.
    async with aclosing(cast("Any", make())) as parts:
        while True:
            try:
                async with asyncio.timeout(silence_s):
                    part = await anext(parts)
            except StopAsyncIteration:
                return
            box.put(part)


def _wait(state: RetryCallState) -> float:
    """As long as the service asks for, otherwise a little, more each time, and not all at the same moment."""
    error = state.outcome.exception() if state.outcome else None
    asked = fault_of(error).wait_s if error else None
    jittered: float = wait_random_exponential(multiplier=0.4, max=3)(state)
    return jittered if asked is None else asked + jittered / 4


async def _to_the_end(work: Coroutine[Any, Any, None], box: queue.SimpleQueue[Any]) -> None:
    """Run it and put down how it ended. Nothing it raises is lost, and nothing is printed."""
    try:
        await _held(asyncio.ensure_future(work))
    except asyncio.CancelledError:
        box.put(_End(ModelFault(Trouble.STOPPED)))
        raise
    except Exception as error:  # noqa: BLE001  the edge to somebody else's service: each raises what it likes
        box.put(_End(error))
    else:
        box.put(_End())


async def _held(work: asyncio.Task[None]) -> None:
    """Wait for it; cancelled, cancel it until it has ended.

    Once is not enough: `asyncio.wait_for` of Python 3.11, which clients use, loses a cancellation that comes
    just when what it waits for is there.
    """
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        while not work.done():
            work.cancel()
            await asyncio.wait({work}, timeout=_CANCEL_AGAIN_S)
        if not work.cancelled():
            work.exception()  # looked at, or asyncio complains of it
        raise


def _let_go(task: Future[None], loop: asyncio.AbstractEventLoop) -> None:
    if not task.done() and not loop.is_closed():
        task.cancel()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _end_all(loop: asyncio.AbstractEventLoop) -> None:
    until = loop.time() + _GRACE_S
    while (tasks := asyncio.all_tasks() - {asyncio.current_task()}) and loop.time() < until:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=_CANCEL_AGAIN_S)
    loop.stop()


def fault_of(error: BaseException) -> ModelFault:
    """An error of whichever client, as ours. Only its class, its status and Retry-After are looked at.

    The clients share no base class, but all that speak HTTP give `status_code` and, mostly, `response`.

    >>> fault_of(TimeoutError()).trouble
    <Trouble.SLOW: 'it took too long'>
    """
    if isinstance(error, ModelFault):
        return error
    kind = type(error).__name__
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and status >= 400:
        return ModelFault(_of_status(status), kind=f"{kind} {status}", wait_s=_asked_to_wait(error))
    if isinstance(error, TimeoutError) or "Timeout" in kind:
        return ModelFault(Trouble.SLOW, kind=kind)
    if isinstance(error, ConnectionError) or kind.endswith(("ConnectionError", "ConnectError")):
        return ModelFault(Trouble.UNREACHABLE, kind=kind)
    if kind in _CUT_SHORT:
        return ModelFault(Trouble.CUT, kind=kind)
    if isinstance(error, ValueError | KeyError | TypeError | IndexError | AttributeError):
        # What a client meets when it reads an answer that is none.
        return ModelFault(Trouble.NONSENSE, kind=kind)
    return ModelFault(Trouble.BROKEN, kind=kind)


_CUT_SHORT = frozenset(
    {"RemoteProtocolError", "ReadError", "IncompleteRead", "ChunkedEncodingError", "LengthFinishReasonError"}
)


def _of_status(status: int) -> Trouble:
    if status in (401, 403):
        return Trouble.KEY
    if status == 404:
        return Trouble.UNKNOWN
    if status in (408, 504):
        return Trouble.SLOW
    if status in (429, 529):
        return Trouble.BUSY
    return Trouble.BROKEN if status >= 500 else Trouble.REFUSED


def _asked_to_wait(error: BaseException) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None)
    try:
        return max(0.0, float(headers["retry-after"])) if headers is not None else None
    except (KeyError, ValueError, TypeError):
        return None
