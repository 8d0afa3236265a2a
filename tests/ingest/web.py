"""A small web on loopback that counts what is asked of it: pages with ETags, and routes that misbehave."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Route = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """Pages by path; a callable in a page's place answers by itself. `bodies` counts pages sent whole."""

    address: str = ""
    pages: dict[str, str | bytes | Route] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    bodies: Counter[str] = field(default_factory=Counter)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    validators: bool = True

    def forget(self) -> None:
        """Begin to count anew."""
        self.asked.clear()
        self.bodies.clear()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Send the page, or 304 to who has it, or 404."""
        path = handler.path
        self.asked[path] += 1
        self.headers[path] = {name.lower(): value for name, value in handler.headers.items()}
        page = self.pages.get(path)
        if page is None:
            send(handler, 404, b"nothing here")
        elif callable(page):
            page(handler)
        else:
            body = page.encode() if isinstance(page, str) else page
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if self.validators and handler.headers.get("If-None-Match") == etag:
                send(handler, 304, b"", ETag=etag)
                return
            self.bodies[path] += 1
            send(handler, 200, body, **({"ETag": etag} if self.validators else {}))


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    """An answer of these parts."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    if status != 304:
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever asked has hung up."""


@contextmanager
def a_web() -> Iterator[Web]:
    """A web that is gone when the block ends."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                web.answer(self)
            except (BrokenPipeError, ConnectionResetError):  # who asked has seen enough
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
