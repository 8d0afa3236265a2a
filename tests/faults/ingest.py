"""One ingest, again and again, in forks of a process that has imported everything; `Ingests` is for tests.

The ingest adds a folder (new files, a changed one, a moved one) and takes one source down. It can be told to
die at a step, and, with the shim preloaded, to have its k-th write fail.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TAKEN_DOWN = "letter-2.md"

# Where to die: before (-) or after (+) a call of a function.
STEPS = [
    "+rag.lock:ArchiveLock._write",
    "-rag.library:insert_source",
    "+rag.library:insert_passage",
    "+rag.library:next_generation",
    "+rag.library:Library.put",
    "+rag.library:Library.move",
    "+rag.library:Library.remove",
    "-rag.library:Library.scrub",
    "+rag.library:Library.scrub",
    "-rag.index:Index.__init__",
    "+rag.index:Index.__init__",
    "+rag.index:Index.delete",
    "-rag.index:Index.upsert",
    "+rag.index:Index.upsert",
    "-rag.index:Index.stamp",
    "+rag.index:Index.stamp",
    "-rag.index:forget_removed",
    "+rag.index:forget_removed",
    "-rag.index:Index.blank_unused",
    "-rag.index:Index.close",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One run. `acked` is a file outside the archive that gets the id of each source once it is written."""

    home: str
    folder: str
    acked: str
    die_at: str | None = None
    die_on_call: int = 1
    kill_after: float | None = None
    fail_call: int = 0
    error: int = 0
    lasting: bool = False
    # What to add in place of the folder; nothing: to sync.
    origins: list[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a run ended (by a signal, with an error, or well), how often it wrote, how many seconds it took."""

    signal: int
    error: str | None
    unforeseen: bool
    writes: int
    seconds: float
    acked: list[str]


class Ingests:
    """A process that runs ingests in its forks, one at a time."""

    def __init__(self, *, shim: Path | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.ingest"],
            cwd=ROOT,
            env={**os.environ, **({"LD_PRELOAD": str(shim)} if shim else {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, home: Path, folder: Path, **given: Any) -> Ran:
        """Run one ingest to its end, whatever that is."""
        acked = home.with_suffix(".acked")
        acked.write_text("")
        task = Task(home=str(home), folder=str(folder), acked=str(acked), **given)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(task)) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the process that runs ingests is gone"
        noted = acked.read_text().split()
        return Ran(
            **json.loads(line), acked=[id_ for id_ in noted if id_[0] != "-" and f"-{id_}" not in noted]
        )

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()


def collection(folder: Path, *, newer: bool) -> None:
    """A small collection as it was at first, or as it is later: one more, one changed, one moved."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, 6 + newer):
        (folder / f"letter-{number}.md").write_text(_letter(number, changed=newer and number == 3), "utf-8")
    if newer:
        (folder / "letter-4.md").rename(folder / "letter-4-moved.md")


def _letter(number: int, *, changed: bool) -> str:
    words = random.Random(number * 2 + changed)
    things = "kiln quay lantern ferry orchard ledger turnstile copper harbour sluice".split()
    lines = [
        f"The {words.choice(things)} of {number} was moved {turn} times before the {words.choice(things)}"
        f" opened in week {words.randrange(50)}, and nobody wrote down why it had to be so."
        for turn in range(60)
    ]
    title = f"# Letter {number}\n\n" + ("It was corrected later.\n\n" if changed else "")
    return title + "\n\n".join(lines) + "\n"


def _ingest(task: Task) -> None:
    from ingest.sync import add, sync
    from tests.rag.archives import an_archive

    home, folder = Path(task.home), Path(task.folder)
    with an_archive(home, allow_private_hosts=True) as archive:
        put, remove = archive.put, archive.remove

        def noting(source: Any, *given: Any, **named: Any) -> None:
            put(source, *given, **named)
            _note(Path(task.acked), source.id)

        def noting_too(source_id: str) -> None:
            _note(Path(task.acked), f"-{source_id}")  # from here on it may be there or not
            remove(source_id)

        archive.put = noting  # type: ignore[method-assign]  # whoever gets an answer from it may rely on it
        archive.remove = noting_too  # type: ignore[method-assign]
        if task.origins is not None:
            if task.origins:
                add(archive, task.origins)
            else:
                sync(archive)
            return
        add(archive, [folder.name], folder=folder.parent)
        down = [known.source_id for known in archive.library.known() if known.origin.endswith(TAKEN_DOWN)]
        archive.remove_all(down)


def _note(file: Path, line: str) -> None:
    with file.open("a") as acked:
        acked.write(f"{line}\n")


def _die(step: str, on_call: int) -> None:
    """Have the process killed at the n-th time that it comes to a step."""
    module, _, path = step[1:].partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    plain: Callable[..., Any] = getattr(owner, name)
    calls = 0

    @functools.wraps(plain)
    def deadly(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == on_call and step[0] == "-":
            os.kill(os.getpid(), signal.SIGKILL)
        result = plain(*given, **named)
        if calls == on_call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, deadly)


def _in_fork(task: Task, told: int) -> None:
    # Every file a reader process could spoil is read elsewhere; its own tests are tests/ingest/test_apart.py.
    import ingest.sync
    from tests.faults.here import ReadsHere

    ingest.sync.ReadsApart = ReadsHere  # type: ignore[attr-defined,assignment]
    shim: Any = ctypes.CDLL(None)
    armed = hasattr(shim, "faults_arm")
    if task.die_at:
        _die(task.die_at, task.die_on_call)
    if armed:
        shim.faults_arm(os.fsencode(task.home), ctypes.c_long(task.fail_call), task.error, int(task.lasting))
    error, unforeseen = None, False
    try:
        _ingest(task)
    except Exception as failure:  # noqa: BLE001  what it is, is what the test asks
        import sqlite3

        from rag.errors import EarmarkError

        error = f"{type(failure).__name__}: {failure}"
        unforeseen = not isinstance(failure, EarmarkError | OSError | sqlite3.Error)
    writes = shim.faults_calls() if armed else 0
    os.write(told, json.dumps({"error": error, "unforeseen": unforeseen, "writes": writes}).encode())
    # The rest of the interpreter's end is no part of the ingest.
    os._exit(0)


def _forked(task: Task) -> dict[str, Any]:
    hears, tells = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(hears)
        _in_fork(task, tells)
    os.close(tells)
    if task.kill_after is not None:
        time.sleep(task.kill_after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(hears, "rb") as words:
        said = json.loads(words.read() or b'{"error": null, "unforeseen": false, "writes": 0}')
    _, status = os.waitpid(child, 0)
    ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {**said, "signal": ended, "seconds": time.monotonic() - started}


def _serve() -> None:
    import tests.rag.archives  # noqa: F401  once for all forks; Chroma starts no thread before it is used

    for line in sys.stdin:
        sys.stdout.write(json.dumps(_forked(Task(**json.loads(line)))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
