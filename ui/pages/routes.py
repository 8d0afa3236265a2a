"""Where pages to read in are: `/browse` and `/s/ID`. Parses, calls and renders."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, Response

from rag.catalogue import Selection, asked_within, chosen_people, select
from rag.errors import QuestionError, UnknownSource
from rag.filters import filters_from_json
from ui.pages.browse import LONGEST_NAME, browse_page
from ui.pages.frame import missing
from ui.pages.source import source_page
from ui.reader import Reader
from ui.service import Service
from ui.transcript import turns_of

_Names = Annotated[list[str] | None, Query()]


def add_pages(app: FastAPI, service: Service) -> None:
    """Add them to an app. They are for whoever comes: a browser brings no token."""

    def reader(request: Request) -> Reader:
        return service.reader(service.caller(request))

    @app.get("/browse", include_in_schema=False)
    def browse(
        request: Request,
        show: _Names = None,
        person: _Names = None,
        kind: _Names = None,
        since: str | None = None,
        until: str | None = None,
        title: str = "",
        page: str = "1",
    ) -> Response:
        archive = reader(request)
        listings = archive.shelf(service.front.tiers)
        try:
            # An empty field of a form is sent, too.
            given = {"show": show, "speaker": person, "kind": kind, "since": since, "until": until}
            filters = filters_from_json({name: _told(value) for name, value in given.items()})
        except QuestionError as error:
            html = browse_page(listings, Selection(), problem=str(error))
            return HTMLResponse(html, status_code=422)
        selection = Selection(filters=filters, title=title.strip()[:LONGEST_NAME])
        at = int(page) if page.isdecimal() and len(page) < 7 else 1
        found = select(listings, selection)
        spoken = archive.speaking(chosen_people(found, selection), [one.id for one in found])
        asked = asked_within(found, selection, spoken)
        return HTMLResponse(browse_page(listings, selection, at=at, asked=asked))

    @app.get("/s/{source_id}", include_in_schema=False)
    def source(request: Request, source_id: str, find: str = "") -> Response:
        archive = reader(request)
        try:
            turns = turns_of(archive.passages_of(source_id))
            shown = archive.source(source_id)
            overview = service.archive.overviews is not None
            return HTMLResponse(source_page(shown, turns, find=find, overview=overview))
        except UnknownSource:
            return HTMLResponse(missing(), status_code=404)


def _told(value: str | list[str] | None) -> str | list[str] | None:
    """What was really filled in."""
    if isinstance(value, list):
        return [one[:LONGEST_NAME] for one in value if one.strip()][:50] or None
    return value[:LONGEST_NAME] if value and value.strip() else None
