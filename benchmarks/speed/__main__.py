"""`make bench`: how fast and how small, beside LangChain's stock recipe in the same run.

Writes docs/reference/performance.md from the rounds kept in `benchmarks/speed.json`. Runnable in pieces.

    python -m benchmarks.speed [--only PIECE] [--rounds N] [--more] [--threads N] [--cache DIR]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.speed.asking import cold, warm
from benchmarks.speed.at_size import huge, large, serving
from benchmarks.speed.bench import Bench
from benchmarks.speed.collection import ROOT, collection
from benchmarks.speed.embedding import embedding
from benchmarks.speed.figures import Kept, Round
from benchmarks.speed.ingesting import ingesting, many
from benchmarks.speed.machine import cores, load, machine
from benchmarks.speed.performance import performance
from benchmarks.speed.size import size
from benchmarks.speed.stock_environment import python_of

PAGE = ROOT / "docs/reference/performance.md"
FIGURES = ROOT / "benchmarks/speed.json"
PIECES: dict[str, Callable[[Bench, int], Round]] = {
    "ingest": ingesting,
    "many": many,
    "warm": warm,
    "cold": cold,
    "embed": embedding,
    "size": size,
    "serving": serving,
    "large": large,
    "huge": huge,
}
# Takes the better part of an hour the first time: only when it is asked for.
_ASKED_FOR = {"huge"}
# Nothing in them varies.
_ONCE = {"size"}


def main() -> None:
    """Measure, keep each round, write the page."""
    asked = _arguments()
    cache = asked.cache.expanduser()
    bench = Bench(
        folder=cache / "speed",
        files=collection(cache / "speed"),
        stock_python=python_of(cache),
        threads=asked.threads,
    )
    kept, commit = Kept(FIGURES), _commit()
    for piece in [asked.only] if asked.only else [name for name in PIECES if name not in _ASKED_FOR]:
        kept.start(piece, at=commit, machine=machine() | {"threads": str(asked.threads)}, anew=not asked.more)
        for number in range(1 if piece in _ONCE else asked.rounds):
            started, before = time.monotonic(), load()
            kept.add(piece, PIECES[piece](bench, number), load=before)
            _say(f"{piece}: round {number + 1}, {time.monotonic() - started:.0f} s, load {before} before")
            PAGE.write_text(performance(kept.pieces, characters=bench.files.characters), "utf-8")
    _say(f"{PAGE.relative_to(ROOT)} is written")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--only", choices=list(PIECES), help="measure this piece and keep the others' figures"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--more", action="store_true", help="add to the rounds that there are")
    parser.add_argument("--threads", type=int, default=cores(), help="of each system")
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/earmark/bench"))
    return parser.parse_args()


def _commit() -> str:
    """What was measured: the last commit, with a plus where code has changed since."""
    head = _git("rev-parse", "--short=9", "HEAD")
    return (head or "unknown") + ("+" if _git("status", "--porcelain", "--", "*.py") else "")


def _git(*arguments: str) -> str:
    run = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(run, capture_output=True, text=True, check=False).stdout.strip()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
