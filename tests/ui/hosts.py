"""Sites of other people that embed the widget, and an archive that says what a test lets it say."""

from __future__ import annotations

import io
import json
import queue
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from rag.activity import Activity
from rag.ports import Answers, ReadsSources
from rag.sites import Sites
from tests.ui.serving import serving
from ui.api import create_app
from ui.service import Front
from ui.widget import add_widget

PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Chip Letters</title>{head}</head>'
    "<body>{body}</body></html>"
)


@dataclass
class Host:
    """A site at an origin of its own; `put` sets what its one page is and which policy it has."""

    address: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def put(self, body: str, *, head: str = "", policy: str | None = None) -> None:
        self.html = PAGE.replace("{head}", head).replace("{body}", body)
        self.headers = {"Content-Security-Policy": policy} if policy else {}


@contextmanager
def a_host() -> Iterator[Host]:
    """A site for the time of the block."""
    host = Host(address="")

    def page(request: Request) -> Response:
        return HTMLResponse(host.html, headers=host.headers)

    with serving(Starlette(routes=[Route("/", page)])) as address:
        host.address = address
        yield host


class Served(NamedTuple):
    """A server, and the identifier of a site that may ask it."""

    address: str
    site: str


@contextmanager
def serving_to(host: Host, assistant: Answers, library: ReadsSources) -> Iterator[Served]:
    """The whole server, which knows the host as a site."""
    front = Front(activity=Activity())
    site = Sites(front.activity).add("Chip Letters", origins=[host.address])
    with serving(create_app(assistant, library, page=False, front=front)) as address:
        yield Served(address, site.id)


class Script:
    """An archive whose events a test sends one by one. After `close` comes what answers the next question."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.sessions: list[str] = []
        self._wires: list[queue.Queue[bytes | None]] = [queue.Queue()]

    def tell(self, name: str, data: Any) -> None:
        self.raw(f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode())

    def raw(self, sent: bytes) -> None:
        self._wires[-1].put(sent)

    def close(self) -> None:
        self._wires[-1].put(None)
        self._wires.append(queue.Queue())

    def end(self) -> None:
        """Close what is still open, so that the server can go."""
        for wire in self._wires:
            wire.put(None)

    def app(self) -> FastAPI:
        cross = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["POST"], allow_headers=["*"])
        app = FastAPI(middleware=[cross])
        add_widget(app)

        @app.post("/v1/ask")
        async def ask(request: Request) -> Response:
            self.asked.append(await request.json())
            self.sessions.append(request.headers.get("earmark-session", ""))
            wire = self._wires[len(self.asked) - 1]
            return StreamingResponse(iter(wire.get, None), media_type="text/event-stream")

        return app


@contextmanager
def a_recording(folder: Any, *, seconds: int = 40, parts: bool = True) -> Iterator[str]:
    """The address of a recording of silence, on a server of its own that serves parts of it, or does not."""
    file = folder / "episode.wav"
    sound = io.BytesIO()
    with wave.open(sound, "wb") as writing:
        writing.setnchannels(1)
        writing.setsampwidth(1)
        writing.setframerate(8000)
        writing.writeframes(b"\x80" * 8000 * seconds)
    file.write_bytes(sound.getvalue())

    def recording(request: Request) -> Response:
        if parts:
            return FileResponse(file, media_type="audio/wav")
        return Response(sound.getvalue(), media_type="audio/wav")

    routes = [Route("/episode.wav", recording)]
    with serving(Starlette(routes=routes)) as address:
        yield f"{address}/episode.wav"
