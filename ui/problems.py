"""Errors as HTTP tells them: RFC 9457 problem documents, never a stack trace or a path."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from rag.errors import (
    AnswerStopped,
    ArchiveBusy,
    EarmarkError,
    ModelUnavailable,
    QuestionError,
    StorageError,
    UnknownSource,
)
from rag.kept_answers import UnknownAnswer

_LOG = logging.getLogger("earmark.api")
_STATUS_OF: dict[type[EarmarkError], HTTPStatus] = {
    QuestionError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownSource: HTTPStatus.NOT_FOUND,
    UnknownAnswer: HTTPStatus.NOT_FOUND,
    AnswerStopped: HTTPStatus.SERVICE_UNAVAILABLE,
    ArchiveBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    ModelUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageError: HTTPStatus.INSUFFICIENT_STORAGE,
}
# After how many seconds what is not available now may be again.
_SOON_S = 5


class Refused(EarmarkError):
    """A request that is understood and not answered.

    Args:
        status: the HTTP status that says so.
        detail: why, for whoever asked.
        wait_s: for how many seconds not to ask again.
    """

    def __init__(self, status: int, detail: str, *, wait_s: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.wait_s = wait_s


NO_ROOM = "The disk of this archive is full or cannot be written. Its owner can find more in the log."
UNEXPECTED = "Something went wrong here. The owner of this archive can find it in the log."


def problem(status: int, detail: str) -> dict[str, Any]:
    """A problem document.

    >>> problem(404, "no source 'x' in the archive")["title"]
    'Not Found'
    """
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
    }


def problem_of(error: Exception) -> dict[str, Any]:
    """The problem document for an error; what we did not raise on purpose is told without its inside."""
    if isinstance(error, Refused):
        return problem(error.status, str(error))
    if not isinstance(error, EarmarkError):
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED)
    status = next(
        (status for kind, status in _STATUS_OF.items() if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    # It names the file, which is for whoever reads the log.
    return problem(status, NO_ROOM if isinstance(error, StorageError) else str(error))


def answer_with_problems(app: FastAPI) -> None:
    """Make every error of the app a problem document."""

    async def ours(request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, StorageError):
            _LOG.error("%s", error)
        return problem_response(error, openai=_is_openai(request))

    async def malformed(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        document = problem(HTTPStatus.UNPROCESSABLE_ENTITY, _first_fault(error))
        return _response(document, openai=_is_openai(request))

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        document = problem(error.status_code, str(error.detail))
        return _response(document, headers=error.headers, openai=_is_openai(request))

    app.add_exception_handler(EarmarkError, ours)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http)
    # Starlette raises it again after answering, so the server logs it with its trace.
    app.add_exception_handler(Exception, ours)


def as_openai(document: dict[str, Any]) -> dict[str, Any]:
    """A problem as OpenAI's clients read errors."""
    return {
        "message": document["detail"],
        "type": document["title"],
        "code": str(document["status"]),
        "param": None,
    }


def problem_response(error: Exception, *, openai: bool = False) -> JSONResponse:
    """The response that tells of an error, with how long to wait where that is known."""
    document = problem_of(error)
    wait_s = error.wait_s if isinstance(error, Refused) else None
    if wait_s is None and document["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
        wait_s = _SOON_S
    headers = None if wait_s is None else {"Retry-After": str(wait_s)}
    return _response(document, headers=headers, openai=openai)


def _is_openai(request: Request) -> bool:
    return request.url.path.startswith("/v1/chat/")


def _response(document: dict[str, Any], *, headers: Any = None, openai: bool = False) -> JSONResponse:
    return JSONResponse(
        {**document, "error": as_openai(document)} if openai else document,
        status_code=document["status"],
        headers=headers,
        media_type="application/problem+json",
    )


def _first_fault(error: RequestValidationError) -> str:
    """The first thing wrong with a request, naming the field: `question: Field required`."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"] if part not in ("body", "query", "path"))
    return f"{where}: {fault['msg']}" if where else str(fault["msg"])
