"""Run the server: the page, the API and the owner's door in one process that owns the archive."""

from __future__ import annotations

import ctypes
import gc
import logging
import secrets
import signal
import socket
import sys
import threading
from contextlib import suppress

import uvicorn

from rag.audiences import tiers_in
from rag.contract import Json
from rag.errors import ArchiveBusy, EarmarkError, StorageError
from rag.settings import Settings
from rag.wiring import Archive, open_archive
from ui.api import create_app
from ui.gate import Limits
from ui.owner import open_door
from ui.service import Front
from ui.telemetry import log_as_json

# An open page keeps a stream to the server; without a limit it would keep a stopped server alive. With what
# the interpreter takes to end, it stays below five seconds on a busy machine too.
_GRACE_SECONDS = 2
_LOOK_AGAIN_SECONDS = 0.5
_FORGET_SECONDS = 3600
# How long a thread that reckons may keep the interpreter from the one that sends words to readers. With
# Python's 5 ms, one search holds up fifty streams in turn.
_TURN_SECONDS = 0.0005
# From glibc's malloc.h.
_M_ARENA_MAX = -8
_LOG = logging.getLogger("earmark.api")


def serve(settings: Settings, *, host: str, port: int, page: bool) -> None:
    """Serve until stopped; raises `ArchiveBusy` when another server has the archive.

    While a command is still writing, questions are answered all the same, and the archive is taken over when
    that command is done.
    """
    sys.setswitchinterval(_TURN_SECONDS)
    _share_one_heap()
    # An ordinary end, not death by signal: the archive is closed and the note on its owner goes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (
        _listening(host, port) as listener,
        open_archive(settings, command="earmark serve") as archive,
    ):
        owned = _owned(archive, settings.lock_seconds)
        token = secrets.token_urlsafe(32)
        if settings.log == "json":
            log_as_json()
        app = create_app(
            archive.assistant,
            archive.library,
            finder=archive.search,
            quoting=archive.quoting,
            overviews=archive.overviews,
            front=front_of(archive, token),
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
                # It would believe anybody on this machine; `EARMARK_PROXIES` says whom to believe.
                proxy_headers=False,
            )
        )
        stopping = threading.Event()
        if owned:
            _open_to_commands(archive, _address(listener), token)
        else:
            given = (archive, _address(listener), token, stopping)
            threading.Thread(target=_take_over, args=given, name="take over", daemon=True).start()
        archive.warm_up()
        # What is there now stays for good: a look through all of it would hold up a question.
        gc.collect()
        gc.freeze()
        threading.Thread(target=_forget, args=(archive, stopping), name="forget", daemon=True).start()
        try:
            server.run(sockets=[listener])
        finally:
            stopping.set()
            gc.freeze()  # at its end the interpreter would look through a million objects, for seconds


def _share_one_heap() -> None:
    """Have all threads share one heap, as far as the C library knows how: glibc's would each keep its own.

    They wait for the interpreter anyway. Worth 18 MB after sixty questions.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def front_of(archive: Archive, token: str) -> Front:
    """How the settings have the server meet the world; the token is this run's own for the owner."""
    settings = archive.settings
    given = settings.owner_token.get_secret_value() if settings.owner_token else ""
    return Front(
        activity=archive.activity,
        limits=Limits(
            network=settings.rate_network,
            session=settings.rate_session,
            site=settings.rate_site,
            everybody=settings.rate_all,
            written_network=settings.written_network,
            written_session=settings.written_session,
            at_once=settings.at_once,
            at_once_network=settings.at_once_network,
            at_once_session=settings.at_once_session,
            at_once_site=settings.at_once_site,
        ),
        tiers=tiers_in(settings.tiers),
        owner_tokens=tuple(one for one in (token, given) if one),
        proxies=settings.proxies,
        public_url=settings.public_url,
        history_characters=settings.history_characters,
        body_bytes=settings.body_kilobytes * 1024,
        answer_days=settings.keep_questions,
        verifier=archive.verifier,
        log=settings.log == "json",
        state=lambda: _state(archive),
    )


def _state(archive: Archive) -> Json:
    """What `/readyz` tells. Questions are answered in each of these states, by stored vectors if need be."""
    # Where the index's server is, is the owner's business: the log and `earmark doctor` say it.
    shut = "away; the log says why" if archive.index.trouble else "being mended"
    return {
        "index": "open" if archive.index.state() is not None else shut,
        "archive": "ours" if archive.alone else "another command writes",
    }


def _owned(archive: Archive, seconds: float) -> bool:
    """Whether the archive is ours now; False while a command writes to it."""
    try:
        archive.own(seconds=seconds)
    except ArchiveBusy as busy:
        holder = archive.lock.holder()
        if holder is not None and holder.url is not None:
            raise
        sys.stderr.write(f"{busy}. Questions are answered meanwhile, and it is taken over then\n")
        return False
    return True


def _forget(archive: Archive, stopping: threading.Event) -> None:
    """Keep the promise on how long questions are kept, also while nobody asks any."""
    while True:
        try:
            archive.answers.sweep()
        except StorageError as error:
            _LOG.warning("what is too old could not be deleted: %s", error)
        if stopping.wait(_FORGET_SECONDS):
            return


def _take_over(archive: Archive, address: str, token: str, stopping: threading.Event) -> None:
    while not stopping.wait(_LOOK_AGAIN_SECONDS):
        try:
            archive.own(seconds=0)
        except ArchiveBusy:
            continue
        _open_to_commands(archive, address, token)
        archive.index.heal_soon()
        sys.stderr.write("the archive is free; this server has it now\n")
        return


def _open_to_commands(archive: Archive, address: str, token: str) -> None:
    """From here on other commands come to us. The socket listens already: they wait, and are not refused."""
    try:
        archive.lock.announce(address, token)
    except OSError as error:
        sys.stderr.write(f"other commands cannot be told of this server: {error}\n")


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
