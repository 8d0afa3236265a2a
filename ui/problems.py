"""Errors as HTTP tells them: RFC 9457 problem documents, never a stack trace or a path."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from rag.errors import (
    ArchiveBusy,
    EarmarkError,
    ModelUnavailable,
    QuestionError,
    StorageError,
    UnknownSource,
)

_STATUS_OF: dict[type[EarmarkError], HTTPStatus] = {
    QuestionError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownSource: HTTPStatus.NOT_FOUND,
    ArchiveBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    ModelUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageError: HTTPStatus.INSUFFICIENT_STORAGE,
}
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
    if not isinstance(error, EarmarkError):
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED)
    status = next(
        (status for kind, status in _STATUS_OF.items() if isinstance(error, kind)),
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )
    return problem(status, str(error))


def answer_with_problems(app: FastAPI) -> None:
    """Make every error of the app a problem document."""

    async def ours(_: Request, error: Exception) -> JSONResponse:
        return _response(problem_of(error))

    async def malformed(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return _response(problem(HTTPStatus.UNPROCESSABLE_ENTITY, _first_fault(error)))

    async def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return _response(problem(error.status_code, str(error.detail)), headers=error.headers)

    app.add_exception_handler(EarmarkError, ours)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http)
    # Starlette raises it again after answering, so the server logs it with its trace.
    app.add_exception_handler(Exception, ours)


def _response(document: dict[str, Any], *, headers: Any = None) -> JSONResponse:
    return JSONResponse(
        document,
        status_code=document["status"],
        headers=headers,
        media_type="application/problem+json",
    )


def _first_fault(error: RequestValidationError) -> str:
    """The first thing wrong with a request, naming the field: `question: Field required`."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"] if part not in ("body", "query", "path"))
    return f"{where}: {fault['msg']}" if where else str(fault["msg"])
