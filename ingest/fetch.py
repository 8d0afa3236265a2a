"""Fetch from the web: http and https, public addresses, within limits, politely. Nothing is parsed here.

The address is looked up once, every answer is checked, and the connection is made to the number that was
checked. That holds for each redirect, and for each spelling of an address, since it happens below the URL.
"""

from __future__ import annotations

import queue
import random
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any

import httpcore
import httpx

from ingest.addresses import refusal
from rag.errors import AddressRefused, FetchFailed, SourceEmpty, SourceNotFound

USER_AGENT = "Earmark/0.1 (reads feeds, transcripts and pages for a private archive)"
ACCEPT = "application/rss+xml, application/atom+xml, text/vtt, application/json, text/html, */*;q=0.5"
_REDIRECTS = (301, 302, 303, 307, 308)
# What a server says when asking again in a moment may help.
_PASSING = (429, 500, 502, 503, 504)
_BLOCK = 65_536

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one fetch may take. `seconds` is for all of it, redirects included, but not for waiting."""

    bytes: int = 32 * 2**20
    seconds: float = 60.0
    redirects: int = 5
    attempts: int = 3
    longest_wait_s: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server said to tell this version of an answer by."""

    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What an address answered; `url` is where it was found in the end. No `body`: it has not changed."""

    url: str
    body: bytes | None
    validators: Validators


class Fetcher:
    """Fetches one address at a time. Not to be shared between threads."""

    def __init__(
        self,
        *,
        own_network: bool = False,
        limits: Limits | None = None,
        resolve: Resolve | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._own_network = own_network
        self._limits = limits or Limits()
        self._sleep = sleep
        self._clock = _Clock()
        backend = _CheckedBackend(self._clock, resolve or _look_up, own_network=own_network)
        # No proxy and no .netrc of the environment: a proxy would connect where this process refuses to.
        self._client = httpx.Client(
            transport=_Transport(backend),
            trust_env=False,
            timeout=httpx.Timeout(20.0, connect=10.0),
            headers={"User-Agent": USER_AGENT, "Accept": ACCEPT, "Accept-Encoding": "gzip"},
        )

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what connections are open."""
        self._client.close()

    def fetch(self, url: str, *, validators: Validators | None = None) -> Fetched:
        """What the address answers.

        Raises `AddressRefused`, `SourceNotFound`, `SourceEmpty` or `FetchFailed`, each naming the address.

        Args:
            url: http or https.
            validators: of the version that is known; what has not changed since comes without a body.
        """
        for attempt in range(1, self._limits.attempts + 1):
            try:
                return self._follow(url, validators or Validators())
            except _Passing as passing:
                wait = passing.wait_s if passing.wait_s is not None else _back_off(attempt)
                if attempt == self._limits.attempts or wait > self._limits.longest_wait_s:
                    raise FetchFailed(url, passing.reason, wait_s=passing.wait_s) from passing
                self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _follow(self, url: str, validators: Validators) -> Fetched:
        self._clock.start(self._limits.seconds)
        self._client.cookies.clear()  # some pages want them back after a redirect, and nobody later
        request = self._client.build_request("GET", _parsed(url, url), headers=_conditions(validators))
        for _ in range(self._limits.redirects + 1):
            _check_url(request.url, url, own_network=self._own_network)
            with self._sent(request, url) as response:
                if response.status_code not in _REDIRECTS:
                    return self._taken(response, url, validators)
                request = self._redirected(request, response, url)
        raise FetchFailed(url, f"redirects more than {self._limits.redirects} times; check the address")

    @contextmanager
    def _sent(self, request: httpx.Request, url: str) -> Iterator[httpx.Response]:
        response = None
        try:
            response = self._client.send(request, stream=True)
            yield response
        except _Refused as refused:
            raise AddressRefused(url, f"{refused}; EARMARK_ALLOW_PRIVATE_HOSTS opens your own network") from (
                refused
            )
        except (httpx.TimeoutException, httpcore.TimeoutException) as error:
            reason = f"did not answer within {self._limits.seconds:g} s" if self._clock.over else "timed out"
            raise _Passing(f"{reason}; try again later") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ProtocolError, httpcore.NetworkError) as error:
            raise _Passing(f"cannot be fetched ({error or type(error).__name__}); try again later") from error
        finally:
            if response is not None:
                response.close()

    def _redirected(self, request: httpx.Request, response: httpx.Response, url: str) -> httpx.Request:
        target = response.headers.get("location", "")
        if not target:
            raise FetchFailed(url, "redirects to nowhere; check the address")
        try:
            joined = request.url.join(target)
        except (httpx.InvalidURL, ValueError) as error:
            raise AddressRefused(url, f"redirects to {target[:200]!r}, which is no address") from error
        # Not the request made anew: what was sent to one host is not sent on to another.
        conditions = {
            name: request.headers[name]
            for name in ("if-none-match", "if-modified-since")
            if name in request.headers
        }
        return self._client.build_request("GET", joined, headers=conditions)

    def _taken(self, response: httpx.Response, url: str, validators: Validators) -> Fetched:
        status = response.status_code
        found = str(response.url)
        if status == 304 and validators != Validators():
            return Fetched(url=found, body=None, validators=validators)
        if status in _PASSING:
            wait_s = _retry_after(response.headers.get("retry-after"))
            asked = f" and asks for {wait_s:.0f} s of patience" if wait_s is not None else ""
            raise _Passing(f"answers {status}{asked}; try again later", wait_s=wait_s)
        if status in (404, 410):
            raise SourceNotFound(url, f"answers {status}: it is not there; check the address")
        if status in (401, 402, 403):
            raise FetchFailed(url, f"answers {status}: not open to everybody; save it and add the file")
        if status != 200:
            raise FetchFailed(url, f"answers {status}; check the address")
        body = self._body(response, url)
        if not body.strip():
            raise SourceEmpty(url, "answers with nothing; try again later, or save it and add the file")
        new = Validators(etag=response.headers.get("etag"), modified=response.headers.get("last-modified"))
        return Fetched(url=found, body=body, validators=new)

    def _body(self, response: httpx.Response, url: str) -> bytes:
        most = self._limits.bytes
        too_much = FetchFailed(
            url, f"is larger than {most / 2**20:g} MB; EARMARK_FETCH_MEGABYTES sets the limit"
        )
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if int(response.headers.get("content-length", "0")) > most:
            raise too_much
        body = bytearray()
        try:
            for piece in _unpacked(response.iter_raw(_BLOCK), encoding):
                body += piece
                if len(body) > most:
                    raise too_much
        except zlib.error as error:
            raise _Passing(f"sends broken {encoding} ({error}); try again later") from error
        except LookupError as error:
            raise FetchFailed(url, f"is packed as {encoding!r}, which was not asked for") from error
        return bytes(body)


class _Refused(Exception):
    """The network layer will not connect there."""


class _Passing(Exception):
    """Something that may be over in a moment."""

    def __init__(self, reason: str, *, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait_s = wait_s


class _Clock:
    """The time that is left of one fetch: reads that each come in time may still take for ever."""

    def __init__(self) -> None:
        self._end = 0.0

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._end

    def start(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def within(self, timeout: float | None) -> float:
        """The shorter of this timeout and what is left; raises when nothing is."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for this address is over")
        return left if timeout is None else min(timeout, left)


class _CheckedBackend(httpcore.NetworkBackend):
    """Looks a name up once, checks every address it has, and connects to one that was checked."""

    def __init__(self, clock: _Clock, resolve: Resolve, *, own_network: bool) -> None:
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
        raise _Refused("a socket of this machine is no public address")

    def sleep(self, seconds: float) -> None:
        self._sockets.sleep(self._clock.within(seconds))

    def _checked(self, host: str, port: int) -> list[str]:
        addresses = _in_time(lambda: self._resolve(host, port), self._clock.within(10.0))
        for address in addresses:
            # One bad answer spoils the rest: a name of the public web has no private address beside.
            if reason := refusal(address, own_network=self._own_network):
                raise _Refused(reason if address == host else f"{host}: {reason}")
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A connection on which all reading and writing together has to end in time."""

    def __init__(self, stream: httpcore.NetworkStream, clock: _Clock) -> None:
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


class _Transport(httpx.BaseTransport):
    """httpx over a pool with our network layer; httpx itself has no door for one."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=4,
            keepalive_expiry=15.0,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
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
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def _parsed(text: str, url: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise AddressRefused(url, f"this is no address ({error}); check it") from error


def _check_url(address: httpx.URL, url: str, *, own_network: bool) -> None:
    if address.scheme not in ("http", "https"):
        raise AddressRefused(url, f"only http and https are fetched, not {address.scheme or 'this'!r}")
    if address.userinfo:
        raise AddressRefused(url, "holds a name or password, which citations would show; leave it out")
    if not address.host or "%" in address.host:
        raise AddressRefused(url, "names no host; check the address")
    port = address.port
    if port is not None and (port > 65_535 or (port < 1024 and port not in (80, 443) and not own_network)):
        raise AddressRefused(url, f"port {port} is not one that pages and feeds are served on")


def _look_up(host: str, port: int) -> list[str]:
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


def _conditions(validators: Validators) -> dict[str, str]:
    given = {"If-None-Match": validators.etag, "If-Modified-Since": validators.modified}
    return {name: value for name, value in given.items() if value}


def _unpacked(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The bytes behind a content encoding, in pieces of bounded size: a bomb unfolds no further than read."""
    if encoding in ("", "identity"):
        yield from blocks
        return
    if encoding not in ("gzip", "x-gzip"):
        raise LookupError(encoding)
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16: with gzip's header
    for block in blocks:
        while block and not unpack.eof:
            yield unpack.decompress(block, _BLOCK)
            block = unpack.unconsumed_tail
    if not unpack.eof:
        raise zlib.error("it breaks off")


def _back_off(attempt: int) -> float:
    return float(0.5 * 2 ** (attempt - 1) * random.uniform(0.8, 1.2))


def _retry_after(value: str | None) -> float | None:
    """Seconds, as a number or as the time until a date; None when it says neither.

    >>> _retry_after("120"), _retry_after("soon"), _retry_after("Thu, 01 Jan 1970 00:00:00 GMT")
    (120.0, None, 0.0)
    """
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
