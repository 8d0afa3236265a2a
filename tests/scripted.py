"""A model's server on loopback that says what a test tells it to, as OpenAI, Anthropic and Ollama would.

Real HTTP: what goes wrong here goes wrong in sockets and bytes, not in a patched client.
"""

from __future__ import annotations

import json
import re
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NUMBERED = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as the server got it."""

    path: str
    body: Any
    headers: dict[str, str]
    at: float

    @property
    def words(self) -> str:
        """Everything the model was told."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def prompt(self) -> str:
        """The last message's text."""
        content = self.body["messages"][-1]["content"]
        return content if isinstance(content, str) else "\n".join(one.get("text", "") for one in content)

    @property
    def evidence(self) -> dict[int, str]:
        """The numbered sentences it was shown, those of Anthropic's documents counted through."""
        content = self.body["messages"][-1]["content"]
        if isinstance(content, list):
            blocks = [
                b["text"] for one in content if one["type"] == "document" for b in one["source"]["content"]
            ]
            return dict(enumerate(blocks, start=1))
        return {int(number): text for number, text in NUMBERED.findall(content)}

    @property
    def question(self) -> str:
        return self.prompt.rpartition("Question: ")[2].strip()


@dataclass(frozen=True, kw_only=True)
class Reply:
    """How one request is answered. `text` may be a function of what was asked."""

    text: str | Callable[[Asked], str] = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None  # in place of what the protocol would say
    before_s: float = 0.0
    between_s: float = 0.0
    piece: int = 12  # characters at a time
    cut_after: int | None = None  # pieces, then the connection is reset
    hang_after: int | None = None  # pieces, then nothing more comes
    slam: bool = False  # the connection is reset before an answer
    usage: tuple[int, int] | None = (900, 40)
    citations: Callable[[Asked, str], list[dict[str, Any]]] | None = (
        None  # Anthropic's own, for all of the text
    )


@dataclass
class ScriptedServer:
    """Answers with `replies` in turn, then with `otherwise`; remembers requests and when clients left."""

    address: str
    otherwise: Reply = field(default_factory=Reply)
    replies: list[Reply] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    gone: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    closing: threading.Event = field(default_factory=threading.Event)

    def reply(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            return self.replies.pop(0) if self.replies else self.otherwise

    def settings(self, protocol: str = "openai", **more: Any) -> dict[str, Any]:
        """Settings that reach this server through the package for a protocol."""
        url = self.address + ("/v1" if protocol == "openai" else "")
        return {"model": f"{protocol}:scripted", "model_url": url, "model_key": "sk-canary-0451", **more}


@contextmanager
def scripted(otherwise: Reply | None = None) -> Iterator[ScriptedServer]:
    """A server for the length of a test."""
    http = _Server(("127.0.0.1", 0), _Handler)
    http.daemon_threads = True
    server = ScriptedServer(f"http://127.0.0.1:{http.server_address[1]}", otherwise or Reply())
    http.script = server
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        http.shutdown()
        http.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    script: ScriptedServer
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error here."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        try:
            self._answer()
        except OSError:
            self._note_gone()

    def _answer(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"null")
        asked = Asked(path=self.path, body=body, headers=dict(self.headers), at=time.monotonic())
        reply = self.server.script.reply(asked)
        self.close_connection = True
        if reply.slam or not self._waited(reply.before_s):
            self._reset()
            return
        if reply.status != 200 or reply.body is not None:
            self._plainly(reply)
            return
        text = reply.text(asked) if callable(reply.text) else reply.text
        speak = {"/v1/messages": _anthropic, "/api/chat": _ollama}.get(self.path.partition("?")[0], _openai)
        head, parts, tail = speak(asked, reply, text)
        kind = "application/x-ndjson" if speak is _ollama else "text/event-stream"
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for number, part in enumerate([*head, *parts, *tail]):
            sent = number - len(head)
            if reply.cut_after is not None and sent >= reply.cut_after:
                self._reset()
                return
            if reply.hang_after is not None and sent >= reply.hang_after:
                self._waited(600)
                return
            if sent > 0 and not self._waited(reply.between_s):
                return
            if not self._send(part):
                return
        self._send(b"")

    def _plainly(self, reply: Reply) -> None:
        body = (
            reply.body if reply.body is not None else b'{"error": {"message": "sk-canary-0451 is not well"}}'
        )
        self.send_response(reply.status)
        for name, value in {"content-type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _send(self, part: bytes) -> bool:
        try:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()
        except OSError:
            self._note_gone()
            return False
        return True

    def _waited(self, seconds: float) -> bool:
        """Whether the client was still there after so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.server.script.closing.is_set():
                return False
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.05))
            if readable and self._left():
                self._note_gone()
                return False
        return True

    def _left(self) -> bool:
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _note_gone(self) -> None:
        self.server.script.gone.append(time.monotonic())

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def _pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


Parts = tuple[list[bytes], list[bytes], list[bytes]]


def _openai(asked: Asked, reply: Reply, text: str) -> Parts:
    def chunk(delta: dict[str, Any], **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": more.pop("finish", None)}
        return _event({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted",
                       "choices": [choice], **more})  # fmt: skip

    read, written = reply.usage or (0, 0)
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    told = [_event({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted",
                    "choices": [], "usage": usage})] if reply.usage else []  # fmt: skip
    return (
        [chunk({"role": "assistant", "content": ""})],
        [chunk({"content": piece}) for piece in _pieces(text, reply.piece)],
        [chunk({}, finish="stop"), *told, b"data: [DONE]\n\n"],
    )


def _anthropic(asked: Asked, reply: Reply, text: str) -> Parts:
    def event(name: str, **more: Any) -> bytes:
        return f"event: {name}\ndata: {json.dumps({'type': name, **more})}\n\n".encode()

    read, written = reply.usage or (0, 0)
    message = {
        **{"id": "m1", "type": "message", "role": "assistant", "content": [], "model": "scripted"},
        **{"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": read, "output_tokens": 1}},
    }
    cited = reply.citations(asked, text) if reply.citations else []
    return (
        [
            event("message_start", message=message),
            event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        ],
        [
            event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
            for piece in _pieces(text, reply.piece)
        ],
        [
            *(
                event("content_block_delta", index=0, delta={"type": "citations_delta", "citation": one})
                for one in cited
            ),
            event("content_block_stop", index=0),
            event(
                "message_delta",
                delta={"stop_reason": "end_turn", "stop_sequence": None},
                usage={"input_tokens": read, "output_tokens": written},
            ),
            event("message_stop"),
        ],
    )


def _ollama(asked: Asked, reply: Reply, text: str) -> Parts:
    def line(content: str, **more: Any) -> bytes:
        message = {"role": "assistant", "content": content}
        created = "2026-01-01T00:00:00Z"
        said = {"model": "scripted", "created_at": created, "message": message, "done": False, **more}
        return (json.dumps(said) + "\n").encode()

    read, written = reply.usage or (0, 0)
    end = line("", done=True, done_reason="stop", prompt_eval_count=read, eval_count=written)
    return [], [line(piece) for piece in _pieces(text, reply.piece)], [end]


def _event(document: Any) -> bytes:
    return f"data: {json.dumps(document)}\n\n".encode()
