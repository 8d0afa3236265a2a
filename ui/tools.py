"""The tools of `ui/mcp.py` over HTTP, at `/mcp`: each call for whoever makes it, counted as a question is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.contract import Json
from ui.callers import Caller
from ui.mcp import Here, Tools, build_server
from ui.service import Service


class InTurn(Here):
    """The tools for one caller, each call in a place of its own among those that are answered at once."""

    def __init__(self, service: Service, caller: Caller) -> None:
        reader = service.reader(caller)
        super().__init__(reader, reader, reader)
        self._gate, self._caller = service.gate, caller

    def ask(self, body: Json) -> Json:
        """An Answer."""
        with self._gate.slot(self._caller):
            return super().ask(body)

    def search(self, query: Json) -> Json:
        """Passages."""
        with self._gate.slot(self._caller):
            return super().search(query)


def add_tools(app: FastAPI, service: Service) -> None:
    """Serve them. A call that names no site reads what is for everybody; the owner's token opens the rest."""

    def tools_for(request: Request | None) -> Tools:
        assert request is not None, "over HTTP each call comes by a request"
        caller = service.caller(request)
        service.gate.admit(caller)
        return InTurn(service, caller)

    opened: list[ASGIApp] = []

    class Door:
        """An ASGI app as a route without a redirect to a slash: Starlette takes functions for endpoints."""

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await opened[-1]({**scope, "root_path": ""}, receive, send)

    app.router.lifespan_context = _around(app.router.lifespan_context, tools_for, opened)
    methods = ["GET", "POST", "DELETE"]
    app.router.add_route("/mcp", Door(), methods=methods, include_in_schema=False)  # type: ignore[arg-type]


def _around(lifespan: Any, tools_for: Callable[[Request | None], Tools], opened: list[ASGIApp]) -> Any:
    """The app's lifespan with the tools' sessions inside it, made anew each time: they start once only."""
    # Whose origin may ask is decided in `Service.caller`, as for every other route.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)

    @asynccontextmanager
    async def both(app: Any) -> AsyncIterator[Any]:
        server = build_server(tools_for)
        opened.append(
            server.streamable_http_app(stateless_http=True, json_response=True, transport_security=security)
        )
        try:
            async with lifespan(app) as state, server.session_manager.run():
                yield state
        finally:
            opened.pop()

    return both
