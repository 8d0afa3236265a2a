"""The tools of `ui/mcp.py` over HTTP, at `/mcp`: each call for whoever makes it, counted as a question is.

They are built when the first client comes: most archives have none, and the protocol's library takes
more than twenty megabytes.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Any

import anyio
from anyio.abc import TaskStatus
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.contract import Json
from ui.callers import Caller
from ui.question import checked_question
from ui.service import Service
from ui.tools import Here, Tools

_LOG = logging.getLogger("earmark.api")


class InTurn(Here):
    """The tools for one caller, each call in a place of its own among those that are answered at once."""

    def __init__(self, service: Service, caller: Caller) -> None:
        reader = service.reader(caller)
        super().__init__(reader, reader, reader)
        self._gate, self._caller = service.gate, caller
        self._longest = service.front.question_characters

    def ask(self, body: Json) -> Json:
        """An Answer."""
        question = self._checked(body["question"])
        with self._gate.slot(self._caller):
            return super().ask({**body, "question": question})

    def search(self, query: Json) -> Json:
        """Passages."""
        question = self._checked(query["q"])
        with self._gate.slot(self._caller):
            return super().search({**query, "q": question})

    def _checked(self, question: str) -> str:
        return checked_question(question, longest=self._longest)


def add_tools(app: FastAPI, service: Service) -> None:
    """Serve them. A call that names no site reads what is for everybody; the owner's token opens the rest."""
    door = _Door(service)
    around = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[Any]:
        async with around(app) as state, anyio.create_task_group() as tasks:
            await tasks.start(door.keep)
            try:
                yield state
            finally:
                tasks.cancel_scope.cancel()

    app.router.lifespan_context = lifespan
    methods = ["GET", "POST", "DELETE"]
    app.router.add_route("/mcp", door, methods=methods, include_in_schema=False)  # type: ignore[arg-type]


class _Door:
    """An ASGI app as a route without a redirect to a slash: Starlette takes functions for endpoints."""

    _wanted: anyio.Event
    _settled: anyio.Event
    _app: ASGIApp | None

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        settled = self._settled
        self._wanted.set()
        await settled.wait()
        if self._app is None:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "The tools could not be opened.")
        await self._app({**scope, "root_path": ""}, receive, send)

    async def keep(self, *, task_status: TaskStatus[None]) -> None:
        """Open the tools once they are wanted, and keep their sessions until the server stops.

        Made anew each time that the app starts, since sessions are run once only. Where they cannot be opened
        the rest of the server goes on, and the next client has them tried again.
        """
        self._wanted, self._settled, self._app = anyio.Event(), anyio.Event(), None
        task_status.started()
        while True:
            await self._wanted.wait()
            try:
                app, sessions = await anyio.to_thread.run_sync(self._built)
            except Exception as error:  # noqa: BLE001  the edge: whatever it is, the other doors stay open
                _LOG.error("the tools of /mcp could not be opened", exc_info=error)
                settled = self._settled
                self._wanted, self._settled = anyio.Event(), anyio.Event()
                settled.set()
                continue
            async with sessions:
                self._app = app
                self._settled.set()
                await anyio.sleep_forever()

    def _built(self) -> tuple[ASGIApp, AbstractAsyncContextManager[None]]:
        from mcp.server.transport_security import TransportSecuritySettings

        from ui.mcp import build_server

        server = build_server(self._tools_for)
        # Whose origin may ask is decided in `Service.caller`, as for every other route.
        security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        app = server.streamable_http_app(stateless_http=True, json_response=True, transport_security=security)
        return app, server.session_manager.run()

    def _tools_for(self, request: Request | None) -> Tools:
        assert request is not None, "over HTTP each call comes by a request"
        caller = self._service.caller(request)
        self._service.gate.admit(caller)
        return InTurn(self._service, caller)
