"""The HTTP way in: questions, sources and search as JSON, the plain `/embed` page, and the page at `/`.

It parses, calls and renders; it knows nothing about how an answer is found. Gradio is imported only when
the page is asked for.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from string import Template
from typing import Annotated, Any, assert_never

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from rag.compose.drafting import Drafting
from rag.compose.telling import Done, Event, Judged, Reading
from rag.contract import (
    Json,
    answer_json,
    citation_json,
    claim_json,
    found_json,
    history_from_json,
    nearest_json,
    source_detail_json,
    source_json,
)
from rag.errors import EarmarkError
from rag.filters import filters_from_json
from rag.models import Filters, Turn
from rag.ports import Answers, FindsPassages, ReadsSources
from ui.following import answer_unless_gone, follow
from ui.frames import FrameTokens, SandboxedFrames
from ui.headers import SecurityHeaders
from ui.problems import answer_with_problems, problem_of
from ui.question import checked_question
from ui.widget import add_widget

_STATIC = Path(__file__).parent / "static"
_LOG = logging.getLogger("earmark.api")
_CLIENT_GONE = 499  # nobody reads it; it is what logs call a client that went away


class Ask(BaseModel):
    """The body of a question. What it does not know it ignores, so that clients may be newer than servers."""

    question: str = Field(description="What to ask the archive", examples=["Why are chips scarce?"])
    history: Any = Field(default=None, description='Earlier turns: [{"role", "content"}], oldest first')
    filters: Any = Field(default=None, description='For example {"kind": "episode", "since": "2026-01-01"}')
    stream: bool = Field(default=False, description="Server-sent events; the last, `done`, is the Answer")
    site: str | None = Field(default=None, description="The public name of the site that asks")


def create_app(
    assistant: Answers,
    library: ReadsSources,
    *,
    finder: FindsPassages | None = None,
    question_characters: int = 1000,
    page: bool = True,
    more: Callable[[FastAPI], None] | None = None,
) -> FastAPI:
    """The whole server. Without a finder there is no `/v1/search`; without `page`, no Gradio.

    `more` adds routes of the caller's: they must be there before the page takes every path that is left.
    """
    app = FastAPI(title="Earmark", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    answer_with_problems(app)
    _add_asking(app, assistant, question_characters=question_characters)
    _add_reading(app, library)
    if finder is not None:
        _add_searching(app, finder, question_characters=question_characters)
    add_widget(app)
    _add_embed(app)
    _add_nothing_else(app)
    app.add_middleware(SecurityHeaders)  # added last, so that it is outermost
    if more is not None:
        more(app)
    if page:
        from ui.chat import mount_page  # Gradio costs seconds to import

        mount_page(app, assistant, library, question_characters=question_characters)
    return app


def _add_asking(app: FastAPI, assistant: Answers, *, question_characters: int) -> None:
    @app.post("/v1/ask", summary="Ask the archive", response_model=None)
    async def ask(body: Ask, request: Request) -> Response:
        question = checked_question(body.question, longest=question_characters)
        history, filters = history_from_json(body.history), filters_from_json(body.filters)
        if body.stream:
            return EventSourceResponse(
                _events(assistant, question, history=history, filters=filters),
                headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
            )
        answer = await answer_unless_gone(assistant, request, question, history=history, filters=filters)
        return JSONResponse(answer_json(answer)) if answer else Response(status_code=_CLIENT_GONE)


async def _events(
    assistant: Answers, question: str, *, history: tuple[Turn, ...], filters: Filters
) -> AsyncIterator[bytes]:
    """`sources`, then `token` and `claim` as they come, then `done`; or `error`, a problem."""
    try:
        async with aclosing(follow(assistant, question, history=history, filters=filters)) as events:
            async for event in events:
                yield _event(*_document(event))
    except EarmarkError as error:
        yield _event("error", problem_of(error))
    except Exception as error:  # noqa: BLE001  the stream has begun: this is the process edge
        _LOG.exception("a streamed question failed")
        yield _event("error", problem_of(error))


def _document(event: Event) -> tuple[str, Json]:
    """An event's name and what it says.

    A `token` holds the sentence being written, as far as it has come, in place of the one before; it is a
    draft until a `claim` takes its place, kept or cut. Each `claim` brings its citations that are new.
    """
    match event:
        case Reading():
            return "sources", {"sources": [nearest_json(source) for source in event.sources]}
        case Drafting():
            return "token", {"text": event.text}
        case Judged():
            cited = [citation_json(citation) for citation in event.citations]
            return "claim", {**claim_json(event.claim), "cited": cited}
        case Done():
            return "done", answer_json(event.answer)
    assert_never(event)


def _event(name: str, document: Json) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(document, ensure_ascii=False))


def _add_reading(app: FastAPI, library: ReadsSources) -> None:
    @app.get("/healthz", summary="Whether the server is up, and how much it holds")
    def health() -> Json:
        return {"status": "ok", "sources": library.source_count()}

    @app.get("/v1/sources", summary="Every source")
    def sources() -> Json:
        return {"sources": [source_json(source) for source in library.overview()]}

    @app.get("/v1/sources/{source_id}", summary="One source with its text and passages")
    def source(source_id: str) -> Json:
        found, passages = library.source(source_id), library.passages_of(source_id)
        others = [library.source(other) for other in library.translations_of(source_id)]
        return source_detail_json(found, passages, translations=others)


def _add_searching(app: FastAPI, finder: FindsPassages, *, question_characters: int) -> None:
    @app.get("/v1/search", summary="The passages nearest to a question")
    def search(
        q: str,
        k: Annotated[int, Query(ge=1, le=100)] = 10,
        show: Annotated[list[str] | None, Query()] = None,
        speaker: Annotated[list[str] | None, Query()] = None,
        kind: Annotated[list[str] | None, Query()] = None,
        source: Annotated[list[str] | None, Query()] = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Json:
        question = checked_question(q, longest=question_characters)
        filters = filters_from_json(
            {"show": show, "speaker": speaker, "kind": kind, "source": source, "since": since, "until": until}
        )
        return {"passages": [found_json(found) for found in finder.find(question, k=k, filters=filters)]}


def _add_embed(app: FastAPI) -> None:
    tokens = FrameTokens()
    page = Template((_STATIC / "embed.html").read_text(encoding="utf-8"))
    app.add_middleware(SandboxedFrames, tokens=tokens)
    app.mount("/embed/static", StaticFiles(directory=_STATIC), name="static")

    @app.get("/embed", include_in_schema=False)
    def embed() -> Response:
        html = page.substitute(token=tokens.make())
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})


def _add_nothing_else(app: FastAPI) -> None:
    """What is not there is told as a problem here, before the page at `/` takes every other path."""

    @app.api_route(
        "/v1/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
    )
    def nothing(request: Request) -> Response:
        raise HTTPException(404, f"there is no {request.method} {request.url.path}")
