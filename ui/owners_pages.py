"""For the owner, behind a token: `/owner`, its questions to evaluate with, and feedback as JSON.

The token comes in the `Authorization` header or from the page's form, never in an address, and no cookie
keeps it: each view of the page is asked for with the token.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from rag.contract import Json
from rag.kept_answers import UnknownAnswer
from rag.models import PUBLIC
from rag.readership import Report, question_line
from ui.pages.owner import Kept, owner_page, token_page
from ui.problems import Refused
from ui.service import Service

JSON_LINES = "application/x-ndjson"
_LONGEST_FORM = 4096
_LISTED = 50
_EXPORTED = 1000


def add_owners_pages(app: FastAPI, service: Service) -> None:
    """Add them to an app."""

    @app.get("/owner", include_in_schema=False)
    def look(request: Request) -> Response:
        if "authorization" not in request.headers:
            return HTMLResponse(token_page())
        _, _, given = request.headers["authorization"].partition(" ")
        return _opened(service, request, given)

    @app.post("/owner", include_in_schema=False)
    async def enter(request: Request) -> Response:
        given = parse_qs(await _form(request)).get("token", [""])[0]
        return await run_in_threadpool(lambda: _opened(service, request, given.strip()))

    @app.get("/owner/questions.jsonl", include_in_schema=False)
    def questions(request: Request, most: Annotated[int, Query(ge=1, le=10_000)] = _EXPORTED) -> Response:
        service.for_the_owner(request)
        lines = _lines(service.readership.reported(most=most))
        named = {"Content-Disposition": 'attachment; filename="questions.jsonl"'}
        return Response(lines, media_type=JSON_LINES, headers=named)

    @app.get("/owner/feedback", include_in_schema=False)
    def feedback(request: Request, most: Annotated[int, Query(ge=1, le=10_000)] = 1000) -> Json:
        service.for_the_owner(request)
        return {"feedback": service.kept.feedback(most=most)}


def _opened(service: Service, request: Request, given: str) -> Response:
    """The page for whoever has the token; the form again, with the reason, for whoever has not."""
    try:
        if not given or not service.guesses.right(given, service.network(request)):
            return HTMLResponse(token_page("This is not the owner’s token."), status_code=403)
    except Refused as refused:
        headers = {"Retry-After": str(refused.wait_s)}
        return HTMLResponse(token_page(str(refused)), status_code=refused.status, headers=headers)
    return HTMLResponse(owner_page(_kept(service)))


def _kept(service: Service) -> Kept:
    readership, library = service.readership, service.archive.library
    reported = readership.reported(most=_LISTED)
    moments, bare = readership.moments(most=_LISTED), readership.bare(most=_LISTED)
    named = {moment.source_id for moment in moments} | {one.source_id for one in bare if one.source_id}
    return Kept(
        days=service.front.answer_days,
        counts=readership.counts(),
        most_asked=readership.most_asked(most=_LISTED),
        not_covered=readership.not_covered(most=_LISTED),
        reported=reported,
        shown={report.answer["id"] for report in reported if _is_public(service, report)},
        moments=moments,
        bare=bare,
        sources={listing.id: listing.title for listing in library.overview() if listing.id in named},
        passages={source_id: library.passages_of(source_id) for source_id in named},
        lines=_lines(reported),
    )


def _is_public(service: Service, report: Report) -> bool:
    """Whether the answer has a page of its own."""
    try:
        service.kept.get(report.answer["id"], service.archive.library, (PUBLIC,))
    except UnknownAnswer:
        return False
    return True


def _lines(reports: Iterable[Report]) -> str:
    return "".join(json.dumps(question_line(one), ensure_ascii=False) + "\n" for one in reports)


async def _form(request: Request) -> str:
    """A short form as it was sent; of a long one, the beginning."""
    taken = b""
    async for piece in request.stream():
        taken += piece
        if len(taken) > _LONGEST_FORM:
            raise Refused(413, f"The form is longer than {_LONGEST_FORM:,} bytes.")
    return taken.decode("utf-8", errors="replace")
