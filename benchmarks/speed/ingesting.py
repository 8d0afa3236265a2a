"""Reading the collection for the first time, again unchanged, and with one file changed."""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

from benchmarks.speed.bench import Bench
from benchmarks.speed.collection import changed
from benchmarks.speed.figures import Round

# The quick ones are repeated within a round.
_TIMES = 3


def ingesting(bench: Bench, number: int) -> Round:
    """One round; leaves both archives as the other pieces want them."""
    add = ("add", "--from", bench.files.listed, "--json")
    shutil.rmtree(bench.home, ignore_errors=True)
    shutil.rmtree(bench.index, ignore_errors=True)
    bench.ours("embed", bench.files.questions, bench.folder / "warm.npy")  # makes the model's file, once
    characters = bench.files.characters

    first = bench.earmark(*add)
    stock = bench.stock("ingest", bench.files.listed, bench.index)
    again = statistics.median(bench.earmark(*add).wall_s for _ in range(_TIMES))

    path = bench.files.middling()
    before = path.read_text("utf-8")
    path.write_text(changed(before, str(number)), "utf-8")
    ours_changed = bench.earmark(*add)
    stock_changed = bench.stock("replace", path, bench.index)
    path.write_text(before, "utf-8")
    bench.earmark(*add)

    return {
        "ours": {
            "characters_s": characters / first.wall_s,
            "characters_cpu_s": characters / first.cpu_s,
            "first_s": first.wall_s,
            "again_s": again,
            "changed_s": ours_changed.wall_s,
            "changed_file_s": ours_changed.wall_s,
            "ingest_mb": first.peak_mb,
            "disk_mb": _size(bench.home),
        },
        "stock": {
            "characters_s": characters / stock.wall_s,
            "characters_cpu_s": characters / stock.cpu_s,
            "first_s": stock.wall_s,
            # The recipe notes nothing of what it read: again is everything.
            "again_s": stock.wall_s,
            "changed_s": stock.wall_s,
            "changed_file_s": stock_changed.wall_s,
            "ingest_mb": stock.peak_mb,
            "disk_mb": _size(bench.index),
        },
    }


def ready(bench: Bench) -> None:
    """See that both archives are there."""
    if not (bench.home / "library.db").is_file():
        bench.earmark("add", "--from", bench.files.listed, "--json")
    if not (bench.index / "chroma.sqlite3").is_file():
        bench.stock("ingest", bench.files.listed, bench.index)


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
