"""The two systems, each as commands of its own environment over one collection."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.collection import ROOT, Collection
from benchmarks.speed.machine import environment
from benchmarks.speed.process import Took, run

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where everything is, and how each system is started: both with so many threads."""

    folder: Path
    files: Collection
    stock_python: Path
    threads: int

    @property
    def home(self) -> Path:
        """Earmark's archive."""
        return self.folder / "home"

    @property
    def index(self) -> Path:
        """The stock recipe's index."""
        return self.folder / "stock-index"

    def earmark(self, *arguments: str | Path) -> Took:
        """One of Earmark's commands."""
        return self._run(Path(sys.executable).with_name("earmark"), *arguments)

    def ours(self, *arguments: str | Path, threads: int | None = None) -> Took:
        """A measurement within one of Earmark's processes."""
        return self._run(sys.executable, "-m", "benchmarks.speed.ours", *arguments, threads=threads)

    def stock(self, *arguments: str | Path, threads: int | None = None) -> Took:
        """The stock recipe."""
        return self._run(self.stock_python, _HERE / "stock.py", *arguments, threads=threads)

    def _run(self, *command: str | Path, threads: int | None = None) -> Took:
        ours = {"EARMARK_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        stock = command[0] == self.stock_python
        held = environment(threads or self.threads, {} if stock else ours)
        if stock:
            held.pop("PYTHONPATH", None)
        return run(command, held, cwd=ROOT)
