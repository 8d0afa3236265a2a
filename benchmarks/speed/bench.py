"""The two systems, each as commands of its own environment over one collection."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.collection import ROOT, Collection
from benchmarks.speed.machine import environment
from benchmarks.speed.process import Took, run

EARMARK = Path(sys.executable).with_name("earmark")
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

    def earmark(self, *arguments: str | Path, home: Path | None = None) -> Took:
        """One of Earmark's commands, over an archive."""
        return run((EARMARK, *arguments), self.our_environment(home), cwd=ROOT)

    def ours(self, *arguments: str | Path, threads: int | None = None) -> Took:
        """A measurement within one of Earmark's processes."""
        return self.module("ours", *arguments, threads=threads)

    def module(
        self, name: str, *arguments: str | Path, home: Path | None = None, threads: int | None = None
    ) -> Took:
        """A module beside this one, over an archive."""
        command = (sys.executable, "-m", f"benchmarks.speed.{name}", *arguments)
        return run(command, self.our_environment(home, threads), cwd=ROOT)

    def stock(self, *arguments: str | Path, threads: int | None = None) -> Took:
        """The stock recipe."""
        held = environment(threads or self.threads)
        held.pop("PYTHONPATH", None)
        return run((self.stock_python, _HERE / "stock.py", *arguments), held, cwd=ROOT)

    def our_environment(self, home: Path | None = None, threads: int | None = None) -> dict[str, str]:
        """What Earmark's processes are started with."""
        ours = {"EARMARK_HOME": str(home or self.home), "PYTHONPATH": str(ROOT)}
        return environment(threads or self.threads, ours)
