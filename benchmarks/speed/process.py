"""Run one whole process and say what it took. Imports nothing large: see `run`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What a process took from start to end, with the children that it waited for."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    said: str


class Failed(RuntimeError):
    """A measured process ended with an error; its last words are the message."""


def run(command: Sequence[str | Path], environment: Mapping[str, str], *, cwd: Path) -> Took:
    r"""Run a command to its end; raises `Failed` unless that was a good one.

    The peak of memory is the largest that one process had. Linux counts what this process held when it
    started the other, so whoever calls this must be small.

    >>> took = run([sys.executable, "-c", "print(sum(range(10**6)))"], os.environ, cwd=Path())
    >>> took.said, took.cpu_s <= took.wall_s + 1
    ('499999500000\n', True)
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)), env=dict(environment), cwd=cwd, stdout=out, stderr=err
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said, complained = _read(out), _read(err)
    if process.returncode:
        raise Failed(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{complained[-2000:]}")
    # Kilobytes on Linux, bytes on macOS.
    peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3 / 1.024)
    return Took(wall_s=wall, cpu_s=used.ru_utime + used.ru_stime, peak_mb=peak, said=said)


def _read(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode("utf-8", errors="replace")
