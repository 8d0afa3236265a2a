"""The tools of `ui/mcp.py` over HTTP, at `/mcp`: each call for whoever makes it, counted as a question is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastapi import FastAPI
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from ui.mcp import Here, Tools, build_server
from ui.service import Service


def add_tools(app: FastAPI, service: Service) -> None:
    """Serve them. A call that names no site reads what is for everybody; the owner's token opens the rest."""

    def tools_for(request: Request | None) -> Tools:
        assert request is not None, "over HTTP each call comes by a request"
        caller = service.caller(request)
        service.gate.admit(caller)
        reader = service.reader(caller)
        return Here(reader, reader, reader)

    server = build_server(tools_for)
    # Whose origin may ask is decided in `Service.caller`, as for every other route.
    security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    inner = server.streamable_http_app(stateless_http=True, json_response=True, transport_security=security)
    app.router.lifespan_context = _around(app.router.lifespan_context, server)

    class Door:
        """The inner app as a route of this one, without a redirect to a slash."""

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await inner({**scope, "root_path": ""}, receive, send)

    app.router.add_route("/mcp", Door(), methods=["GET", "POST", "DELETE"], include_in_schema=False)  # type: ignore[arg-type]


def _around(lifespan: Any, server: Any) -> Any:
    """The app's lifespan with the tools' sessions inside it."""

    @asynccontextmanager
    async def both(app: Any) -> AsyncIterator[Any]:
        async with AsyncExitStack() as stack:
            state = await stack.enter_async_context(lifespan(app))
            await stack.enter_async_context(server.session_manager.run())
            yield state

    return both
