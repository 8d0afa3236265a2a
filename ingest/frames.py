"""Messages on a pipe, each behind its length. Pure but for the pipe."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO

LENGTH = struct.Struct(">Q")
HEAD = struct.Struct(">d")


@dataclass(frozen=True, slots=True)
class Request:
    """A file to read: its bytes, where they are from, the seconds of work it may take, and as what."""

    origin: str
    data: bytes
    seconds: float
    task: str = "source"


def send(pipe: IO[bytes], message: bytes) -> None:
    """One message."""
    pipe.write(LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """The next message; None when the other end is gone.

    >>> import io
    >>> pipe = io.BytesIO(); send(pipe, b"Hi"); _ = pipe.seek(0)
    >>> receive(pipe), receive(pipe)
    (b'Hi', None)
    """
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    message = pipe.read(length)
    return message if len(message) == length else None


def send_request(pipe: IO[bytes], request: Request) -> None:
    """A request, as four messages: the bytes are not copied together with anything."""
    send(pipe, HEAD.pack(request.seconds))
    send(pipe, request.task.encode())
    send(pipe, request.origin.encode("utf-8", "surrogateescape"))
    send(pipe, request.data)


def receive_request(pipe: IO[bytes]) -> Request | None:
    """The next request; None when there are no more."""
    head, task, origin, data = receive(pipe), receive(pipe), receive(pipe), receive(pipe)
    if head is None or task is None or origin is None or data is None:
        return None
    (seconds,) = HEAD.unpack(head)
    return Request(origin.decode("utf-8", "surrogateescape"), data, seconds, task.decode())
