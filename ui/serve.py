"""Run the server: the page, the API and the owner's door in one process that owns the archive."""

from __future__ import annotations

import secrets

import uvicorn

from rag.settings import Settings
from rag.wiring import open_archive
from ui.api import create_app
from ui.owner import open_door

# An open page keeps a stream to the server; without a limit it would keep a stopped server alive.
_GRACE_SECONDS = 3


def serve(settings: Settings, *, host: str, port: int, page: bool) -> None:
    """Serve until stopped; raises `ArchiveBusy` when another process is writing."""
    with open_archive(settings, alone=True, command="earmark serve") as archive:
        token = secrets.token_urlsafe(32)
        app = create_app(
            archive.assistant,
            archive.library,
            finder=archive.search,
            question_characters=settings.question_characters,
            page=page,
            more=lambda app: open_door(app, archive, token),
        )
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_level="warning",
                timeout_graceful_shutdown=_GRACE_SECONDS,
                server_header=False,
            )
        )
        reach = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        archive.lock.announce(f"http://{reach}:{port}", token)
        archive.warm_up()
        server.run()
