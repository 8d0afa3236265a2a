"""The process that reads foreign files, `python -m ingest.child`: it can do little and is soon ended.

It is told a size, an origin and bytes on its standard input, and answers with `wire` messages on its standard
output until the input ends. Nothing else of the program runs here: no library, no model, no network, no keys.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import IO

from ingest import feed_wire, frames, wire
from ingest.pages import read_fragment
from ingest.read import read
from rag.errors import SourceError, SourceMalformed, SourceTooBig

MB = 1_000_000


def main() -> None:
    """Answer requests until there are no more."""
    asked, answers = own_pipes()
    memory = int(sys.argv[1])
    limit(memory)
    frames.send(answers, b"ready")
    while (request := frames.receive_request(asked)) is not None:
        answer, spent = _answer(request, memory)
        frames.send(answers, answer)
        if spent or _memory_held() > memory // 2:
            # Not all memory of a large file is given back: the next one gets a fresh process.
            return
        frames.send(answers, b"ready")


def own_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes, out of reach of libraries that print."""
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return asked, answers


def limit(memory: int) -> None:
    """At most so much memory, and not a byte into any file."""
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # macOS does not know all of them
            resource.setrlimit(what, (most, most))


def _answer(request: frames.Request, memory: int) -> tuple[bytes, bool]:
    """The message about one file, and whether this process is spent."""
    clock = _Clock(request.seconds)
    clock.wind()
    try:
        return _done(request, clock), False
    except SourceError as error:
        return wire.error_said(error), False
    except MemoryError:
        reason = f"reading it takes more than {memory // MB} MB of memory; split it, or add its text"
        return wire.error_said(SourceTooBig(request.origin, reason)), True
    except Exception as error:  # noqa: BLE001  the edge of a process: whatever a parser trips over is its file's
        reason = (
            f"it cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:120]}); get it again"
        )
        return wire.error_said(SourceMalformed(request.origin, reason)), True
    finally:
        clock.stop()


def _done(request: frames.Request, clock: _Clock) -> bytes:
    if request.task == "feed":
        from ingest.feeds import parse_feed

        return feed_wire.feed_said(parse_feed(request.data, origin=request.origin))
    if request.task == "feeds":
        from ingest.opml import feeds_of

        return json.dumps({"feeds": feeds_of(request.data, origin=request.origin)}).encode()
    if request.task == "fragment":
        return wire.reading_said(read_fragment(request.data.decode("utf-8", "replace")))
    return wire.reading_said(read(request.data, origin=request.origin, progress=clock.progress))


class _Clock:
    """Ends this process by a signal when time is up, also in the midst of C code.

    Processor time counts, so that a busy machine refuses no honest file. Not quite twice as many seconds on
    the wall end what only waits, or has the processor to share: a small file is read or ended within five
    seconds. A document that yields words earns more time.
    """

    ON_THE_WALL = 1.8
    CHARACTERS_PER_SECOND = 20_000
    MOST_SECONDS = 60.0

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.wound = seconds

    def wind(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self.wound)
        signal.setitimer(signal.ITIMER_REAL, self.ON_THE_WALL * self.wound)

    def progress(self, characters: int) -> None:
        """So many characters were read so far."""
        earned = min(self.MOST_SECONDS, self.seconds + characters / self.CHARACTERS_PER_SECOND)
        left = signal.getitimer(signal.ITIMER_PROF)[0]
        if earned > self.wound and left > 0:
            signal.setitimer(signal.ITIMER_PROF, left + earned - self.wound)
            wall = signal.getitimer(signal.ITIMER_REAL)[0] + self.ON_THE_WALL * (earned - self.wound)
            signal.setitimer(signal.ITIMER_REAL, wall)
            self.wound = earned

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _memory_held() -> int:
    """Bytes of memory this process holds; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main()
