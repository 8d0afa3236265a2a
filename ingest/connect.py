"""Connections for fetching: only to addresses that were checked, and over in time. It knows no pages.

The address is looked up once, every answer is checked, and the connection is made to the number that was
checked. That holds for each redirect, and for each spelling of an address, since it happens below the URL.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore
import httpx

from ingest.addresses import refusal

Resolve = Callable[[str, int], list[str]]


class Refused(Exception):
    """The network layer will not connect there."""


class Clock:
    """The time that is left of one fetch: reads that each come in time may still take for ever."""

    def __init__(self) -> None:
        self._end = 0.0

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return time.monotonic() >= self._end

    def start(self, seconds: float) -> None:
        """Give one fetch so much time from now on."""
        self._end = time.monotonic() + seconds

    def within(self, timeout: float | None) -> float:
        """The shorter of this timeout and what is left; raises when nothing is."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for this address is over")
        return left if timeout is None else min(timeout, left)


class Transport(httpx.BaseTransport):
    """httpx over a pool with our network layer; httpx itself has no door for one."""

    def __init__(self, clock: Clock, resolve: Resolve, *, own_network: bool) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=4,
            keepalive_expiry=15.0,
            network_backend=_CheckedBackend(clock, resolve, own_network=own_network),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; the answer's body is still to be read."""
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        stream = _Stream(answer)
        return httpx.Response(answer.status, headers=answer.headers, stream=stream, request=request)

    def close(self) -> None:
        """Close what connections are open."""
        self._pool.close()


class _CheckedBackend(httpcore.NetworkBackend):
    """Looks a name up once, checks every address it has, and connects to one that was checked."""

    def __init__(self, clock: Clock, resolve: Resolve, *, own_network: bool) -> None:
        self._clock = clock
        self._resolve = resolve
        self._own_network = own_network
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._checked(host, port)
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                stream = self._sockets.connect_tcp(
                    address, port, self._clock.within(timeout), local_address, socket_options
                )
                return _TimedStream(stream, self._clock)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        raise Refused("a socket of this machine is no public address")

    def sleep(self, seconds: float) -> None:
        self._sockets.sleep(self._clock.within(seconds))

    def _checked(self, host: str, port: int) -> list[str]:
        addresses = _in_time(lambda: self._resolve(host, port), self._clock.within(10.0))
        for address in addresses:
            # One bad answer spoils the rest: a name of the public web has no private address beside.
            if reason := refusal(address, own_network=self._own_network):
                raise Refused(reason if address == host else f"{host}: {reason}")
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A connection on which all reading and writing together has to end in time."""

    def __init__(self, stream: httpcore.NetworkStream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, self._clock.within(timeout))
        return _TimedStream(inner, self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def look_up(host: str, port: int) -> list[str]:
    """Every address of a name, without repeats."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host!r} is not found: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _in_time(look_up: Callable[[], list[str]], seconds: float) -> list[str]:
    """A look-up that is given up on in time; the system's resolver itself has no such limit."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(look_up())
        except Exception as error:  # noqa: BLE001  carried to the thread that asked, and raised there
            answers.put(error)

    threading.Thread(target=ask, daemon=True, name="look-up").start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise httpcore.ConnectTimeout("looking up the name takes too long") from None
    if isinstance(answer, Exception):
        raise answer
    return answer
