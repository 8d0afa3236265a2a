"""Fetch from the web: http and https, public addresses, within limits, politely. Nothing is parsed here.

Where a connection may go is decided in `connect.py`, below the URL.
"""

from __future__ import annotations

import random
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType

import httpcore
import httpx

from ingest.connect import Clock, Refused, Resolve, Transport, look_up
from rag.errors import AddressRefused, FetchFailed, SourceEmpty, SourceNotFound

USER_AGENT = "Earmark/0.1 (reads feeds, transcripts and pages for a private archive)"
ACCEPT = "application/rss+xml, application/atom+xml, text/vtt, application/json, text/html, */*;q=0.5"
_REDIRECTS = (301, 302, 303, 307, 308)
# What a server says when asking again in a moment may help.
_PASSING = (429, 500, 502, 503, 504)
_BLOCK = 65_536
# After so many addresses in a row that a server could not answer, it is left alone. An episode may well have
# three that are out of order.
_ENOUGH = 4


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
        self._clock = Clock()
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)
        # No proxy and no .netrc of the environment: a proxy would connect where this process refuses to.
        self._client = httpx.Client(
            transport=Transport(self._clock, resolve or look_up, own_network=own_network),
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
                    self._hosts[passing.host].failed(passing.wait_s)
                    raise FetchFailed(url, passing.reason, passing=True, wait_s=passing.wait_s) from passing
                self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _follow(self, url: str, validators: Validators) -> Fetched:
        self._client.cookies.clear()  # some pages want them back after a redirect, and nobody later
        request = self._client.build_request("GET", _parsed(url, url), headers=_conditions(validators))
        _check_url(request.url, url, own_network=self._own_network)
        self._wait_for(request.url, url)
        self._clock.start(self._limits.seconds)
        for _ in range(self._limits.redirects + 1):
            with self._sent(request, url) as response:
                if response.status_code not in _REDIRECTS:
                    return self._taken(response, url, validators)
                request = self._redirected(request, response, url)
            _check_url(request.url, url, own_network=self._own_network)
            self._wait_for(request.url, url)
        raise FetchFailed(url, f"redirects more than {self._limits.redirects} times; check the address")

    def _wait_for(self, address: httpx.URL, url: str) -> None:
        """Give a server the time that it asked for; raises when that is too long, or it is in trouble."""
        host = self._hosts[_place(address)]
        left = host.until - time.monotonic()
        if host.troubles >= _ENOUGH:
            why = f"asked for {left:.0f} s of patience" if left > 0 else "could not answer several times"
            reason = f"not asked: {address.host} {why} and is left alone for now; try again later"
            raise FetchFailed(url, reason, passing=True, wait_s=left if left > 0 else None)
        if 0 < left <= self._limits.longest_wait_s:
            self._sleep(left)

    @contextmanager
    def _sent(self, request: httpx.Request, url: str) -> Iterator[httpx.Response]:
        response = None
        try:
            response = self._client.send(request, stream=True)
            yield response
        except Refused as refused:
            raise AddressRefused(url, f"{refused}; EARMARK_ALLOW_PRIVATE_HOSTS opens your own network") from (
                refused
            )
        except (httpx.TimeoutException, httpcore.TimeoutException) as error:
            reason = f"did not answer within {self._limits.seconds:g} s" if self._clock.over else "timed out"
            raise _Passing(f"{reason}; try again later", _place(request.url)) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ProtocolError, httpcore.NetworkError) as error:
            reason = f"cannot be fetched ({error or type(error).__name__}); try again later"
            raise _Passing(reason, _place(request.url)) from error
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
            self._hosts[_place(response.url)].troubles = 0
            return Fetched(url=found, body=None, validators=validators)
        if status in _PASSING:
            wait_s = _retry_after(response.headers.get("retry-after"))
            asked = f" and asks for {wait_s:.0f} s of patience" if wait_s is not None else ""
            raise _Passing(f"answers {status}{asked}; try again later", _place(response.url), wait_s=wait_s)
        self._hosts[_place(response.url)].troubles = 0
        if status in (404, 410):
            raise SourceNotFound(url, f"answers {status}: it is not there; check the address")
        if status in (401, 402, 403):
            raise FetchFailed(url, f"answers {status}: not open to everybody; save it and add the file")
        if status != 200:
            raise FetchFailed(url, f"answers {status}; check the address")
        body = self._body(response, url)
        if not body.strip():
            raise SourceEmpty(url, "answers with nothing; try again later, or save it and add the file")
        return Fetched(url=found, body=body, validators=_said_by(response.headers))

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
            reason = f"sends broken {encoding} ({error}); try again later"
            raise _Passing(reason, _place(response.url)) from error
        except LookupError as error:
            raise FetchFailed(url, f"is packed as {encoding!r}, which was not asked for") from error
        return bytes(body)


class _Passing(Exception):
    """Something that may be over in a moment, at a host and port."""

    def __init__(self, reason: str, host: str, *, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.host = host
        self.wait_s = wait_s


class _Host:
    """A server in this run: until when it wants to be left alone, how often in a row it was in trouble."""

    def __init__(self) -> None:
        self.until = 0.0
        self.troubles = 0

    def failed(self, wait_s: float | None) -> None:
        self.troubles += 1
        if wait_s is not None:
            self.until = time.monotonic() + wait_s


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


def _place(address: httpx.URL) -> str:
    return f"{address.host}:{address.port or address.scheme}"


def _conditions(validators: Validators) -> dict[str, str]:
    given = {"If-None-Match": validators.etag, "If-Modified-Since": validators.modified}
    return {name: value for name, value in given.items() if value}


def _said_by(headers: httpx.Headers) -> Validators:
    """The validators that can be sent back: some servers write what no request may hold."""
    etag, modified = (
        value if value and value.isascii() and value.isprintable() else None
        for value in (headers.get("etag"), headers.get("last-modified"))
    )
    return Validators(etag=etag, modified=modified)


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
    if value.isascii() and value.strip().isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
