"""Read files in a process apart, within limits of memory and time. One process serves many files.

What a show publishes was written by others; some of it is made to hang a parser or to fill memory, and some
only does so by accident. Here that costs one file and a reason, never the program.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from threading import Lock
from types import TracebackType
from typing import IO

from ingest import feed_wire, frames, wire
from ingest.items import Feed
from ingest.reading import Reading
from rag.errors import EarmarkError, SourceMalformed, SourceTooBig

MB = 1_000_000
MOST_BYTES = 100 * MB
MEMORY = 512 * MB
# Seconds of work: several times what honest files take, so that what is small and does not end is ended soon.
# Measured: a third of a second for 300,000 words in Word, EPUB or labelled text, and for each MB of HTML.
SECONDS = 2.5
SECONDS_PER_MB = 0.4
MOST_SECONDS = 30.0


class ReadsApart:
    r"""Reads sources as `ingest.read` does, in a process started at the first one and ended by `close`.

    >>> with ReadsApart() as reader:
    ...     reader.read(b"1\n00:00:01,000 --> 00:00:02,000\nHi.", origin="a.srt").parts[0].text
    'Hi.'
    """

    def __init__(self, *, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        self._memory = memory
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = Lock()

    def __enter__(self) -> ReadsApart:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, data: bytes, *, origin: str) -> Reading:
        """The source's words; a `SourceError` also when reading them takes too much."""
        return wire.heard(self._done("source", data, origin), origin=origin)

    def read_fragment(self, text: str, *, origin: str) -> Reading:
        """The words of a piece of a page or of prose, such as a feed holds; none are no error."""
        data = text.encode("utf-8", "replace")
        return wire.heard(self._done("fragment", data, origin), origin=origin)

    def parse_feed(self, data: bytes, *, origin: str) -> Feed:
        """The items of a feed; see `ingest.feeds`."""
        return feed_wire.heard(self._done("feed", data, origin), origin=origin)

    def feeds_of(self, data: bytes, *, origin: str) -> tuple[str, ...]:
        """The addresses in a list of feeds; see `ingest.opml`."""
        answer = self._done("feeds", data, origin)
        said = json.loads(answer)
        if "feeds" not in said:
            wire.heard(answer, origin=origin)
        return tuple(said["feeds"])

    def _done(self, task: str, data: bytes, origin: str) -> bytes:
        if len(data) > MOST_BYTES:
            raise SourceTooBig(origin, f"{len(data) // MB} MB; files up to {MOST_BYTES // MB} MB are read")
        seconds = min(MOST_SECONDS, self._seconds + SECONDS_PER_MB * (len(data) // MB))
        request = frames.Request(origin, data, seconds, task)
        with self._turn:
            try:
                answer = self._asked(request)
            except (
                BaseException
            ):  # an answer that nobody waits for any more must not be taken for the next one
                self.close()
                raise
            if answer is None:
                raise self._why_gone(request)
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        for pipe in _pipes(process):
            _close(pipe)
        process.wait()

    def _asked(self, request: frames.Request) -> bytes | None:
        """What the process answers; None when it ended over this request."""
        process = self._process or self._started()
        asked, answers = _pipes(process)
        try:
            frames.send_request(asked, request)
        except BrokenPipeError:
            return None
        answer = frames.receive(answers)
        if answer is not None and frames.receive(answers) is None:
            self.close()  # it has held much memory and made room for a fresh one
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        self.close()
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "ingest.child", str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Nothing of ours but where the code is: keys in the environment are no business of a parser.
            env={
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "PATH": os.defpath,
                "LC_ALL": "C.UTF-8",
            },
            # Ctrl-C is for the program; it ends this process itself.
            start_new_session=True,
        )
        if frames.receive(_pipes(process)[1]) is None:
            self.close()
            raise EarmarkError(
                "the process that reads files does not start; `python -m ingest.child 512000000` says why"
            )
        return process

    def _why_gone(self, request: frames.Request) -> SourceMalformed | SourceTooBig:
        code = self._process.wait() if self._process else 0
        self.close()
        if code in (-signal.SIGPROF, -signal.SIGALRM):
            reason = f"not read within {request.seconds:g} seconds of work; split it, or add its text"
            return SourceTooBig(request.origin, reason)
        return SourceMalformed(request.origin, "reading it broke the reader down; get the file again")


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:  # what was not yet sent has nobody to go to
        return
