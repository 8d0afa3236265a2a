"""Progress on its way from the process that does the work to the one that shows it: a line of JSON each.

The last line holds the report, or the problem there was. Whoever hangs up has the work stopped at its next
step; a run that was stopped goes on where it stood when it is asked for again.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator

from rag.contract import Json
from rag.errors import EarmarkError

log = logging.getLogger(__name__)

Progress = Callable[[str, str], None]


class _Stopped(BaseException):
    """Nobody waits for this work any more."""


def relayed(work: Callable[[Progress], Json]) -> Iterator[str]:
    r"""Do the work in a thread; gives its progress as it comes, and what became of it.

    >>> list(relayed(lambda progress: progress("a.vtt", "reading") or {"added": []}))
    ['{"origin": "a.vtt", "stage": "reading"}\n', '{"report": {"added": []}}\n']
    """
    lines: queue.SimpleQueue[Json | None] = queue.SimpleQueue()
    hung_up = threading.Event()

    def progress(origin: str, stage: str) -> None:
        if hung_up.is_set():
            raise _Stopped
        lines.put({"origin": origin, "stage": stage})

    def run() -> None:
        try:
            lines.put({"report": work(progress)})
        except _Stopped:
            log.info("the command that asked for this has hung up; the rest is left for the next")
        except EarmarkError as error:
            lines.put({"problem": str(error)})
        except Exception:  # the edge of a thread: the log has its inside, whoever waits is told that it ended
            log.exception("a command's work failed")
            lines.put({"problem": "the server could not do it; its log says why"})
        finally:
            lines.put(None)

    threading.Thread(target=run, name="work", daemon=True).start()
    try:
        while (line := lines.get()) is not None:
            yield json.dumps(line) + "\n"
    finally:
        hung_up.set()


def watched(lines: Iterable[str], progress: Progress) -> Json | None:
    """Tell of the progress as it comes in; gives the report, or None when the lines break off before it.

    Raises `EarmarkError` for a problem.
    """
    for line in lines:
        said = json.loads(line)
        if "problem" in said:
            raise EarmarkError(said["problem"])
        if "report" in said:
            report: Json = said["report"]
            return report
        progress(said["origin"], said["stage"])
    return None
