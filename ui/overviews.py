"""Overviews over HTTP: JSON at `/v1/sources/{id}/overview`, a page at `/s/{id}/overview`."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, Response

from rag.contract import Json
from rag.errors import UnknownSource
from ui.callers import Caller
from ui.openapi import gives, problems
from ui.pages.frame import missing
from ui.pages.overview import overview_page
from ui.problems import Refused
from ui.service import Service

SiteName = Annotated[
    str | None, Query(max_length=64, description="The public identifier of the site that asks")
]


def add_overviews(app: FastAPI, service: Service) -> None:
    """Give the app both doors."""

    def overview_for(caller: Caller, source_id: str) -> Json:
        service.gate.admit(caller)  # making one costs more than reading a source
        return service.reader(caller).overview_of(source_id)

    @app.get(
        "/v1/sources/{source_id}/overview",
        summary="What one source is about: summary, takeaways, chapters, people and topics, each line cited",
        responses={**gives("Overview"), **problems(403, 404, 422, 429)},
    )
    def overview(request: Request, source_id: str, site: SiteName = None) -> Json:
        return overview_for(service.caller(request, site), source_id)

    @app.get("/s/{source_id}/overview", include_in_schema=False)
    def overview_as_page(request: Request, source_id: str) -> Response:
        caller = service.caller(request)
        try:
            return HTMLResponse(overview_page(overview_for(caller, source_id)))
        except UnknownSource:
            return HTMLResponse(missing(), status_code=404)
        except Refused as refused:
            return HTMLResponse(missing("page at the moment"), status_code=refused.status)
