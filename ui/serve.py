"""Run the server: the page, the API and the owner's door in one process that owns the archive."""

from __future__ import annotations

import secrets
import signal
import socket
import sys

import uvicorn

from rag.errors import EarmarkError
from rag.settings import Settings
from rag.wiring import open_archive
from ui.api import create_app
from ui.owner import open_door

# An open page keeps a stream to the server; without a limit it would keep a stopped server alive.
_GRACE_SECONDS = 3


def serve(settings: Settings, *, host: str, port: int, page: bool) -> None:
    """Serve until stopped; raises `ArchiveBusy` when another process has the archive."""
    # An ordinary end, not death by signal: the archive is closed and the note on its owner goes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (
        _listening(host, port) as listener,
        open_archive(settings, alone=True, command="earmark serve") as archive,
    ):
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
                log_level="warning",
                timeout_graceful_shutdown=_GRACE_SECONDS,
                server_header=False,
            )
        )
        # From here on other commands come to us. The socket listens already: they wait, and are not refused.
        archive.lock.announce(_address(listener), token)
        archive.warm_up()
        server.run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = error.strerror or error
        raise EarmarkError(f"cannot listen on {host}:{port}: {reason}; see --host and --port") from error


def _address(listener: socket.socket) -> str:
    """Where a command on this machine reaches the server."""
    host, port = listener.getsockname()[:2]
    reach = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{reach}]:{port}" if ":" in reach else f"http://{reach}:{port}"
