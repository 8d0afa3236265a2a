"""`make bench-quality`: how good search and answers are, beside three other systems in the same run.

Writes docs/reference/quality.md from the figures of `benchmarks/quality.json`; `--only SET` measures one set
and keeps the figures of the others. Archives and vectors are kept in a cache folder.

    python -m benchmarks.quality [--only SET] [--cache DIR]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.page import Section, page
from benchmarks.sets.chunking import characters
from benchmarks.sets.development import development
from benchmarks.sets.follow_ups import rewrites
from benchmarks.sets.qmsum import within_meetings
from benchmarks.sets.spoken import paragraphs
from benchmarks.sets.unanswerable import refusing
from benchmarks.systems import ROOT, SHARED, KeptVectors, embedder, say

PAGE = ROOT / "docs/reference/quality.md"
FIGURES = ROOT / "benchmarks/quality.json"
SETS: dict[str, Callable[[Path, KeptVectors], Section]] = {
    "dev": development,
    "unanswerable": refusing,
    "qmsum": within_meetings,
    "chunking": characters,
    "spoken": paragraphs,
    "follow-ups": rewrites,
}


def main() -> None:
    """Measure, write."""
    asked = _arguments()
    if not SHARED.is_dir():
        sys.exit("bench-quality reads the benchmark texts in ../shared, and there is no such folder")
    kept: dict[str, Any] = json.loads(FIGURES.read_text("utf-8")) if FIGURES.is_file() else {}
    cache = asked.cache.expanduser()
    model, commit = embedder(cache), _commit()
    for name in [asked.only] if asked.only else SETS:
        started = time.monotonic()
        say(f"{name}:")
        section = SETS[name](cache, model)
        seconds = time.monotonic() - started
        say(f"{name}: {seconds:.0f} s")
        kept[name] = {
            "title": section.title,
            "about": section.about,
            "lines": section.lines,
            "tables": section.tables,
            "seconds": round(seconds),
            "at": commit,
        }
        kept = {set_: kept[set_] for set_ in SETS if set_ in kept}
        FIGURES.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
        PAGE.write_text(page(kept), "utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} is written\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=list(SETS), help="measure this set and keep the others' figures")
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/earmark/bench"))
    return parser.parse_args()


def _commit() -> str:
    """What was measured: the last commit, with a plus where code has changed since."""
    head = _git("rev-parse", "--short=9", "HEAD")
    return (head or "unknown") + ("+" if _git("status", "--porcelain", "--", "*.py") else "")


def _git(*arguments: str) -> str:
    run = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(run, capture_output=True, text=True, check=False).stdout.strip()


if __name__ == "__main__":
    main()
