"""The HTTP way in: questions, sources and search as JSON, answers as pages, `/embed`, and the page at `/`.

It parses, calls and renders; it knows nothing about how an answer is found. Gradio is imported only when
the page is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Annotated, Any, Literal, assert_never
from urllib.parse import parse_qs, urlsplit

from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match
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
    passage_detail_json,
    source_detail_json,
    source_json,
)
from rag.errors import EarmarkError
from rag.filters import filters_from_json
from rag.kept_answers import UnknownAnswer
from rag.models import PUBLIC, Filters, Turn
from rag.ports import Answers, FindsPassages, MakesOverviews, ReadsSources
from ui.bodies import StrictBody, only_known_parameters
from ui.bounds import Bodies, Origins, Places
from ui.callers import Caller
from ui.completions import Chat, Chunks, completion, models, question_and_history
from ui.following import answer_unless_gone, follow
from ui.headers import SecurityHeaders
from ui.mcp_route import add_tools
from ui.openapi import ANSWER_EXAMPLE, EVENTS, describe, gives, list_of, problems
from ui.overviews import add_overviews
from ui.owners_pages import add_owners_pages
from ui.pages.routes import add_pages
from ui.permalink import answer_page, discovery, embed_html, missing_page
from ui.problems import Refused, answer_with_problems, as_openai, problem_of
from ui.question import checked_question
from ui.reader import Archive, Reader
from ui.service import Front, Service
from ui.telemetry import Telemetry
from ui.transcript import transcript_json, turns_of
from ui.widget import add_widget

_STATIC = Path(__file__).parent / "static"
_LOG = logging.getLogger("earmark.api")
_CLIENT_GONE = 499  # nobody reads it; it is what logs call a client that went away
_UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_ANYTHING = TypeAdapter(object)
_ASK = """An Answer, or with `stream` server-sent events:

- `sources`: what is being read
- `token`: the sentence being written, a draft in place of the one before
- `claim`: a sentence with its verdict and the citations that are new with it
- `done`: the whole Answer
- `error`: a problem, in place of all that would have come
"""
SiteName = Annotated[
    str | None, Query(max_length=64, description="The public identifier of the site that asks")
]


class Ask(StrictBody):
    """The body of a question. A key that it does not know is refused: `filter` is not `filters`."""

    question: str = Field(description="What to ask the archive", examples=["Why are chips scarce?"])
    history: Any = Field(default=None, description='Earlier turns: [{"role", "content"}], oldest first')
    filters: Any = Field(default=None, description='For example {"kind": "episode", "since": "2026-01-01"}')
    stream: bool = Field(default=False, description="Server-sent events; the last, `done`, is the Answer")
    site: str | None = Field(default=None, description="The public identifier of the site that asks")


class Feedback(StrictBody):
    """What a reader thinks of an answer, or of one of its citations."""

    answer_id: str = Field(max_length=64, examples=[ANSWER_EXAMPLE["id"]])
    verdict: Literal["up", "down", "wrong_source"] = Field(
        examples=["down"], description="`wrong_source`: the citation does not carry what is said"
    )
    citation: int | None = Field(default=None, ge=1, le=1000, description="The citation that is meant")
    comment: str | None = Field(default=None, max_length=2000)
    site: str | None = None


def create_app(
    assistant: Answers,
    library: ReadsSources,
    *,
    finder: FindsPassages | None = None,
    quoting: Answers | None = None,
    overviews: MakesOverviews | None = None,
    question_characters: int = 1000,
    page: bool = True,
    front: Front | None = None,
    more: Callable[[FastAPI], None] | None = None,
) -> FastAPI:
    """The whole server. Without a finder there is no `/v1/search`; without `page`, no Gradio.

    Nor are there `overviews` without their maker.
    `quoting` answers when the budget for `assistant` is spent. `more` adds routes of the caller's: they must
    be there before the page takes every path that is left.
    """
    archive = Archive(
        assistant=assistant, library=library, finder=finder, quoting=quoting, overviews=overviews
    )
    service = Service(archive, replace(front or Front(), question_characters=question_characters))
    app = FastAPI(
        title="Earmark",
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        dependencies=[Depends(only_known_parameters)],
    )
    describe(app, version=version("earmark"))
    answer_with_problems(app)
    _add_asking(app, service)
    _add_completions(app, service)
    _add_reading(app, service)
    if finder is not None:
        _add_searching(app, service)
        add_tools(app, service)
    if overviews is not None:
        add_overviews(app, service)
    _add_answers(app, service)
    _add_upkeep(app, service)
    add_owners_pages(app, service)
    add_widget(app)
    add_pages(app, service)
    _add_embed(app, service)
    _add_nothing_else(app)
    _add_middleware(app, service)
    if more is not None:
        more(app)
    if page:
        from ui.chat import mount_page  # Gradio costs seconds to import

        # A page belongs to no network: its questions are let in one by one, see `Places`.
        everybody = service.reader(Caller(tiers=(PUBLIC,)))
        mount_page(
            app,
            everybody,
            everybody,
            question_characters=question_characters,
            history_characters=service.front.history_characters,
            kept_days=service.front.answer_days,
        )
    return app


def _add_middleware(app: FastAPI, service: Service) -> None:
    """The last one added is the outermost."""

    async def page_asks(request: Request) -> None:
        await run_in_threadpool(lambda: service.gate.admit(service.caller(request)))

    app.add_middleware(Bodies, most=service.front.body_bytes)
    app.add_middleware(Places, page=page_asks)
    app.add_middleware(Origins, known=service.sites.has_origin)
    app.add_middleware(SecurityHeaders, ancestors=service.ancestors)
    app.add_middleware(Telemetry, metrics=service.metrics, log=service.front.log)


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────


def _add_asking(app: FastAPI, service: Service) -> None:
    @app.post(
        "/v1/ask",
        summary="Ask the archive",
        description=_ASK,
        response_model=None,
        responses={
            **gives("Answer", example=ANSWER_EXAMPLE, events=EVENTS),
            **problems(400, 403, 413, 422, 429, 503),
        },
    )
    async def ask(body: Ask, request: Request) -> Response:
        reader = await _entered(service, request, body.site)
        question = checked_question(body.question, longest=service.front.question_characters)
        history = service.check_history(history_from_json(body.history))
        filters = filters_from_json(body.filters)
        if body.stream:
            events = _events(reader, question, history=history, filters=filters)
            return EventSourceResponse(events, headers=_UNBUFFERED)
        answer = await answer_unless_gone(reader, request, question, history=history, filters=filters)
        return JSONResponse(answer_json(answer)) if answer else Response(status_code=_CLIENT_GONE)


async def _entered(service: Service, request: Request, site: str | None) -> Reader:
    """The archive for whoever asks, who now has a place among those that are answered at once."""

    def enter() -> Reader:
        caller = service.caller(request, site)
        service.enter(request, caller)
        return service.reader(caller)

    return await run_in_threadpool(enter)


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
    return format_sse_event(event=name, data_str=_json(document))


def _json(document: Json) -> str:
    """As text, in less than half the time `json` takes: meanwhile nobody else's words can be sent."""
    return _ANYTHING.dump_json(document).decode()


# ── as an OpenAI-compatible model ───────────────────────────────────────────────────────────────────────────


def _add_completions(app: FastAPI, service: Service) -> None:
    @app.post(
        "/v1/chat/completions",
        summary="Ask as one asks an OpenAI model",
        response_model=None,
        responses={
            **gives({"type": "object", "required": ["id", "choices", "citations"]}, events=()),
            **problems(400, 403, 413, 422, 429, 503),
        },
    )
    async def complete(body: Chat, request: Request) -> Response:
        reader = await _entered(service, request, body.site)
        said, history = question_and_history(body.messages)
        question = checked_question(said, longest=service.front.question_characters)
        history = service.check_history(history)
        filters, address = filters_from_json(body.filters), service.address(request)
        if body.stream:
            usage = bool(body.stream_options and body.stream_options.include_usage)
            events = follow(reader, question, history=history, filters=filters)
            chunks = _chunks(events, model=body.model, address=address, usage=usage)
            return EventSourceResponse(chunks, headers=_UNBUFFERED)
        answer = await answer_unless_gone(reader, request, question, history=history, filters=filters)
        if answer is None:
            return Response(status_code=_CLIENT_GONE)
        return JSONResponse(completion(answer_json(answer), model=body.model, address=address))

    @app.get("/v1/models", summary="The one model there is", responses=gives({"type": "object"}))
    def listed() -> Json:
        return models()


async def _chunks(events: Any, *, model: str, address: str, usage: bool) -> AsyncIterator[bytes]:
    """Chunks of verified words, then `[DONE]`; an error comes as OpenAI's clients read one."""
    try:
        async with aclosing(events):
            async for chunk in _documents(events, model=model, address=address, usage=usage):
                yield _data(_json(chunk))
    except EarmarkError as error:
        yield _data(_json({"error": as_openai(problem_of(error))}))
    except Exception as error:  # noqa: BLE001  the stream has begun: this is the process edge
        _LOG.exception("a streamed question failed")
        yield _data(_json({"error": as_openai(problem_of(error))}))
    yield _data("[DONE]")


async def _documents(events: Any, *, model: str, address: str, usage: bool) -> AsyncIterator[Json]:
    chunks = Chunks("", model=model)
    async for event in events:
        match event:
            case Reading():
                chunks = Chunks(event.id, model=model)
                yield chunks.first()
            case Judged():
                if (chunk := chunks.upto(event.text)) is not None:
                    yield chunk
            case Done():
                answer = answer_json(event.answer)
                if (chunk := chunks.upto(answer["answer"])) is not None:
                    yield chunk
                yield chunks.last(answer, address=address)
                if usage:
                    yield chunks.usage(answer)


def _data(text: str) -> bytes:
    return format_sse_event(data_str=text)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────


def _add_reading(app: FastAPI, service: Service) -> None:
    def reader(request: Request, site: SiteName = None) -> Reader:
        return service.reader(service.caller(request, site))

    @app.get(
        "/v1/sources",
        summary="Every source",
        responses={**gives(list_of("Source", "sources")), **problems(403, 422)},
    )
    def sources(request: Request, site: SiteName = None) -> Json:
        return {"sources": [source_json(source) for source in reader(request, site).overview()]}

    @app.get(
        "/v1/sources/{source_id}",
        summary="One source with its text and passages",
        responses={**gives("SourceDetail"), **problems(403, 404, 422)},
    )
    def source(request: Request, source_id: str, site: SiteName = None) -> Json:
        archive = reader(request, site)
        return source_detail_json(archive.source(source_id), archive.passages_of(source_id))

    @app.get(
        "/v1/sources/{source_id}/transcript",
        summary="One source by turns and sentences, whole or around an offset",
        responses={**gives("Transcript"), **problems(403, 404, 422)},
    )
    def transcript(
        request: Request,
        source_id: str,
        around: Annotated[
            int | None, Query(ge=0, lt=2**31, description="An offset of the text, to show what is around it")
        ] = None,
        turns: Annotated[
            int | None, Query(ge=1, le=1000, description="How many turns to give; all of them without it")
        ] = None,
        site: SiteName = None,
    ) -> Json:
        archive = reader(request, site)
        said = turns_of(archive.passages_of(source_id))
        return transcript_json(archive.source(source_id), said, around=around, most=turns)

    @app.get(
        "/v1/passages/{passage_id}",
        summary="One passage with its words and the source it is from",
        responses={**gives("PassageDetail"), **problems(403, 404, 422)},
    )
    def passage(request: Request, passage_id: str, site: SiteName = None) -> Json:
        found = reader(request, site).passages([passage_id]).get(passage_id)
        if found is None:
            raise Refused(404, f"no passage {passage_id[:64]!r} in the archive")
        return passage_detail_json(found)


def _add_searching(app: FastAPI, service: Service) -> None:
    @app.get(
        "/v1/search",
        summary="The passages nearest to a question",
        responses={**gives(list_of("Retrieved", "passages")), **problems(403, 422, 429, 503)},
    )
    def search(
        request: Request,
        q: str,
        k: Annotated[int, Query(ge=1, le=100)] = 10,
        show: Annotated[list[str] | None, Query()] = None,
        speaker: Annotated[list[str] | None, Query()] = None,
        kind: Annotated[list[str] | None, Query()] = None,
        source: Annotated[list[str] | None, Query()] = None,
        since: str | None = None,
        until: str | None = None,
        site: SiteName = None,
    ) -> Json:
        caller = service.caller(request, site)
        service.enter(request, caller)
        question = checked_question(q, longest=service.front.question_characters)
        filters = filters_from_json(
            {"show": show, "speaker": speaker, "kind": kind, "source": source, "since": since, "until": until}
        )
        found = service.reader(caller).find(question, k=k, filters=filters)
        return {"passages": [found_json(hit) for hit in found]}


# ── answers that were given ─────────────────────────────────────────────────────────────────────────────────


def _add_answers(app: FastAPI, service: Service) -> None:
    def kept(answer_id: str, caller: Caller) -> Json:
        return service.kept.get(answer_id, service.archive.library, caller.tiers)

    @app.get(
        "/v1/answers/{answer_id}",
        summary="An answer that was given",
        responses={**gives("Answer", example=ANSWER_EXAMPLE), **problems(403, 404, 422)},
    )
    def answer(request: Request, answer_id: str, site: SiteName = None) -> Json:
        return kept(answer_id, service.caller(request, site))

    @app.post(
        "/v1/feedback",
        status_code=204,
        summary="Say that an answer, or one of its citations, is good or wrong",
        responses={204: {"description": "Noted"}, **problems(400, 403, 404, 413, 422, 429)},
    )
    def feedback(request: Request, body: Feedback) -> Response:
        caller = service.caller(request, body.site)
        service.gate.admit(caller)
        service.kept.judgeable(body.answer_id, service.archive.library, caller.tiers)
        service.kept.add_feedback(
            body.answer_id, verdict=body.verdict, citation=body.citation, comment=body.comment
        )
        return Response(status_code=204)

    @app.get("/a/{answer_id}", include_in_schema=False)
    def permalink(request: Request, answer_id: str) -> Response:
        try:
            found = kept(answer_id, Caller(tiers=(PUBLIC,)))
        except UnknownAnswer:
            return HTMLResponse(missing_page(), status_code=404)
        cited = [citation["passage_id"] for citation in found["citations"]]
        passages = service.archive.library.passages(cited)
        return HTMLResponse(answer_page(found, address=service.address(request), passages=passages))

    @app.get("/oembed", include_in_schema=False)
    def oembed(
        request: Request,
        url: Annotated[str, Query(max_length=2000)],
        maxwidth: Annotated[int, Query(ge=1)] = 640,
        maxheight: Annotated[int, Query(ge=1)] = 560,
        format: str = "json",
    ) -> Json:
        if format != "json":
            raise Refused(501, "oEmbed is given as JSON here; ask for format=json")
        address = service.address(request)
        title = _embedded_title(service, url, address=address)
        width, height = min(maxwidth, 640), min(maxheight, 560)
        return {
            "version": "1.0",
            "type": "rich",
            "title": title,
            "provider_name": "Earmark",
            "provider_url": f"{address}/",
            "width": width,
            "height": height,
            "html": embed_html(url, title=title, width=width, height=height),
        }


def _embedded_title(service: Service, url: str, *, address: str) -> str:
    """What an address of ours shows, for whoever embeds it; raises `Refused` for any other."""
    if url.startswith(f"{address}/a/"):
        answer_id = urlsplit(url).path.rpartition("/")[2]
        found = service.kept.get(answer_id, service.archive.library, (PUBLIC,))
        return f"{found['question']}{' (source changed)' if found['changed'] else ''}"
    if url.split("?")[0] == f"{address}/embed":
        names = parse_qs(urlsplit(url).query).get("site", [])
        site = service.sites.get(names[0]) if names else None
        if site is not None:
            return f"Ask {site.name}"
    raise Refused(404, "this is no address of an answer or of a site's /embed page here")


# ── looking after it ────────────────────────────────────────────────────────────────────────────────────────


def _add_upkeep(app: FastAPI, service: Service) -> None:
    @app.get(
        "/healthz",
        summary="Whether the server is up, and how much it holds",
        responses=gives({"type": "object"}),
    )
    def health() -> Json:
        return {"status": "ok", "sources": service.reader(Caller(tiers=(PUBLIC,))).source_count()}

    @app.get(
        "/readyz",
        summary="Whether questions can be answered",
        responses={**gives({"type": "object"}), **problems(503)},
    )
    def ready() -> Json:
        try:
            service.archive.library.source_count()
            return {"status": "ready", **service.front.state()}
        except Exception as error:
            _LOG.exception("not ready")
            raise Refused(503, "Questions cannot be answered at the moment; the log says why.") from error

    @app.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        if service.network(request) is not None:  # who is on this machine may look
            service.for_the_owner(request)
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


# ── other doors ─────────────────────────────────────────────────────────────────────────────────────────────


def _add_embed(app: FastAPI, service: Service) -> None:
    page = Template((_STATIC / "embed.html").read_text(encoding="utf-8"))
    app.mount("/embed/static", StaticFiles(directory=_STATIC), name="static")

    @app.get("/embed", include_in_schema=False)
    def embed(request: Request, site: SiteName = None) -> Response:
        if site and service.sites.get(site) is None:
            raise Refused(404, f"there is no site {site!r} here")
        network = service.network(request) or ""
        token = service.tokens.make(site=site or "", network=network)
        address = service.address(request)
        found = discovery(f"{address}/embed?site={site}", address=address) if site else ""
        html = page.substitute(token=token, oembed=found)
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})


def _add_nothing_else(app: FastAPI) -> None:
    """What is not there is told as a problem here, before the page at `/` takes every other path.

    A path that is there for other methods says for which.
    """

    @app.api_route(
        "/v1/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
    )
    def nothing(request: Request) -> Response:
        told = f"there is no {request.method} {request.url.path}"
        others: set[str] = set()
        for route in app.routes:
            if route.matches(request.scope)[0] is Match.PARTIAL:
                others |= getattr(route, "methods", None) or set()
        if others:
            allowed = ", ".join(sorted(others))
            raise HTTPException(405, f"{told}; there is {allowed}", headers={"Allow": allowed})
        raise HTTPException(404, told)
