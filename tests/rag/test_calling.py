from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from rag.calling import Again, Caller, ModelFault, Trouble
from rag.stopping import Stop


@pytest.fixture
def caller() -> Iterator[Caller]:
    caller = Caller()
    yield caller
    caller.close()


def failing(times: int, error: Exception) -> Callable[[], AsyncIterator[str]]:
    """A call that says "a", and fails so many times before it says "b" as well."""
    calls = []

    async def call() -> AsyncIterator[str]:
        calls.append(1)
        yield "a"
        if len(calls) <= times:
            raise error
        yield "b"

    return call


def test_a_fault_that_passes_is_waited_out(caller: Caller) -> None:
    parts = list(caller.stream(failing(2, ConnectionError()), seconds=20, silence_s=5))
    assert [part if isinstance(part, str) else "again" for part in parts] == [
        "a",
        "again",
        "a",
        "again",
        "a",
        "b",
    ]


def test_a_third_fault_is_told(caller: Caller) -> None:
    with pytest.raises(ModelFault, match="could not be reached") as raised:
        list(caller.stream(failing(3, ConnectionError("sk-secret")), seconds=20, silence_s=5))
    assert "sk-secret" not in repr(raised.value)
    assert raised.value.__cause__ is None


def test_what_has_been_shown_is_not_repeated(caller: Caller) -> None:
    said: list[str | Again] = []
    with pytest.raises(ModelFault):
        for part in caller.stream(
            failing(1, ConnectionError()), seconds=20, silence_s=5, may_repeat=lambda: not said
        ):
            said.append(part)
    assert said == ["a"]


def test_silence_and_the_whole_time_have_ends(caller: Caller) -> None:
    async def silent() -> AsyncIterator[str]:
        yield "a"
        await asyncio.sleep(60)

    async def endless() -> AsyncIterator[str]:
        while True:
            await asyncio.sleep(0.05)
            yield "a"

    for call, silence_s in ((silent, 0.2), (endless, 9.0)):
        started = time.monotonic()
        with pytest.raises(ModelFault, match="took too long"):
            list(caller.stream(call, seconds=1.0, silence_s=silence_s, may_repeat=lambda: False))
        assert time.monotonic() - started < 3


def test_a_cancellation_that_is_lost_is_made_again(caller: Caller) -> None:
    ended = []

    async def stubborn() -> AsyncIterator[str]:
        """As `asyncio.wait_for` does in Python 3.11 now and then: the first cancellation goes unnoticed."""
        yield "a"
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(time.monotonic())

    stop = Stop()
    with pytest.raises(ModelFault, match="stopped"):
        for _ in caller.stream(stubborn, seconds=50, silence_s=50, stop=stop):
            stopped = time.monotonic()
            stop.set()
    until = time.monotonic() + 3
    while not ended and time.monotonic() < until:
        time.sleep(0.01)
    assert ended[0] - stopped < 1


def test_a_reader_who_stops_reading_ends_the_call(caller: Caller) -> None:
    ended = []

    async def endless() -> AsyncIterator[str]:
        try:
            while True:
                yield "a"
                await asyncio.sleep(0.01)
        finally:
            ended.append(True)

    reading = caller.stream(endless, seconds=50, silence_s=50)
    assert next(reading) == "a"
    reading.close()  # type: ignore[attr-defined]
    caller.close()
    assert ended == [True]


class Answered(Exception):
    """As the clients' errors are: a status, and a response with headers."""

    def __init__(self, status: int, **headers: str) -> None:
        super().__init__("key sk-secret")
        self.status_code = status
        self.response = type("Response", (), {"headers": headers})()


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (400, Trouble.REFUSED),
        (401, Trouble.KEY),
        (404, Trouble.UNKNOWN),
        (408, Trouble.SLOW),
        (429, Trouble.BUSY),
        (503, Trouble.BROKEN),
    ],
)
def test_a_status_is_told_in_words(caller: Caller, status: int, trouble: Trouble) -> None:
    with pytest.raises(ModelFault) as raised:
        list(caller.stream(failing(9, Answered(status)), seconds=20, silence_s=5, may_repeat=lambda: False))
    assert raised.value.trouble is trouble


def test_retry_after_is_kept_to_and_given_up_on_when_it_is_long(caller: Caller) -> None:
    started = time.monotonic()
    busy = Answered(429, **{"retry-after": "1"})
    assert list(caller.stream(failing(1, busy), seconds=20, silence_s=5))[-1] == "b"
    assert time.monotonic() - started >= 1.0
    started = time.monotonic()
    with pytest.raises(ModelFault, match="too much"):
        list(caller.stream(failing(1, Answered(429, **{"retry-after": "60"})), seconds=20, silence_s=5))
    assert time.monotonic() - started < 1.0
