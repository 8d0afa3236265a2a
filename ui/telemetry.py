"""What operators see: metrics for Prometheus, a line of JSON a request. Never a question or an address."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.models import Answer

_LOG = logging.getLogger("earmark.access")
# The request that is being answered, for what is logged meanwhile.
REQUEST: ContextVar[str | None] = ContextVar("request", default=None)
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32)


class Metrics:
    """The numbers of one server."""

    def __init__(
        self, *, running: Callable[[], int] = lambda: 0, sources: Callable[[], int] | None = None
    ) -> None:
        self._registry = CollectorRegistry()
        registry = self._registry
        self._requests = Counter(
            "earmark_requests",
            "Requests by route and status",
            ["method", "route", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "earmark_request_seconds",
            "Seconds until the response was whole",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._first = Histogram(
            "earmark_first_byte_seconds",
            "Seconds until the response began",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._answers = Counter(
            "earmark_answers", "Answers by status and who wrote them", ["status", "model"], registry=registry
        )
        self._tokens = Counter(
            "earmark_tokens", "Tokens of language models", ["direction"], registry=registry
        )
        self._cut = Counter("earmark_claims_cut", "Claims that did not stand", registry=registry)
        Gauge("earmark_answering", "Questions being answered now", registry=registry).set_function(running)
        if sources is not None:
            Gauge("earmark_sources", "Sources in the archive", registry=registry).set_function(sources)

    def answered(self, answer: Answer) -> None:
        """Count an answer."""
        self._answers.labels(answer.status.value, answer.model).inc()
        self._cut.inc(sum(claim.verdict.value == "cut" for claim in answer.claims))
        if answer.usage:
            self._tokens.labels("in").inc(answer.usage.input_tokens)
            self._tokens.labels("out").inc(answer.usage.output_tokens)

    def requested(self, *, method: str, route: str, status: int, seconds: float, first: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        self._first.labels(route).observe(first)

    def text(self) -> bytes:
        """All of them, as Prometheus reads them."""
        return generate_latest(self._registry)


class Telemetry:
    """ASGI middleware: gives each request an id, counts it, and logs it when asked to."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, log: bool = False) -> None:
        self._app = app
        self._metrics = metrics
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; count it when its response is whole."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        REQUEST.set(request_id)
        started, first, status = time.perf_counter(), 0.0, 500

        async def noting(message: Message) -> None:
            nonlocal first, status
            if message["type"] == "http.response.start":
                first, status = time.perf_counter() - started, message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - started
            route = _route(scope)
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.requested(
                method=method, route=route, status=status, seconds=seconds, first=first or seconds
            )
            if self._log:
                said = {
                    "method": method,
                    "route": route,
                    "status": status,
                    "ms": round(seconds * 1000, 1),
                    "first_ms": round((first or seconds) * 1000, 1),
                }
                _LOG.info("request", extra={"said": said})


class JsonLines(logging.Formatter):
    """Log lines as JSON, each with the request that it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; where something failed, its trace is in it."""
        said = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": REQUEST.get(),
            "message": record.getMessage(),
            **getattr(record, "said", {}),
        }
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def log_as_json() -> None:
    """Have this process log lines of JSON on stderr, requests included."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.getLogger().handlers[:] = [handler]
    _LOG.setLevel(logging.INFO)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _route(scope: Scope) -> str:
    """The route's pattern, so that neither ids nor queries are logged; what is the page's is one."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str) and path.startswith(
        ("/v1/", "/a/", "/owner/", "/embed", "/healthz", "/readyz", "/oembed")
    ):
        return path
    return "/metrics" if scope["path"] == "/metrics" else "page"
