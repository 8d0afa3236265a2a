"""Reading the collection first, again unchanged, and with one file changed; and the same of 300 files."""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

from benchmarks.speed.bench import Bench
from benchmarks.speed.collection import changed, cut_up
from benchmarks.speed.figures import Round

# The quick ones are repeated within a round.
_TIMES = 3
_MANY = 300


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


def many(bench: Bench, number: int) -> Round:
    """One round over the same words as 300 files: read again unchanged, and with one of them changed.

    The stock recipe reads all of them in each round: that is what it does whatever has changed.
    """
    files = cut_up(bench.files, bench.folder / "many", count=_MANY)
    home, index = bench.folder / "many-home", bench.folder / "many-index"
    add = ("add", "--from", files.listed, "--json")
    bench.earmark(*add, home=home)  # the first round's first reading, or what a stopped round left changed
    shutil.rmtree(index, ignore_errors=True)
    stock = bench.stock("ingest", files.listed, index)
    again = statistics.median(bench.earmark(*add, home=home).wall_s for _ in range(_TIMES))

    path = files.middling()
    before, took = path.read_text("utf-8"), []
    for time in range(_TIMES):
        path.write_text(changed(before, f"{number}.{time}"), "utf-8")
        took.append(bench.earmark(*add, home=home).wall_s)
    path.write_text(before, "utf-8")
    bench.earmark(*add, home=home)
    return {
        "ours": {"files": len(files.paths), "again_s": again, "changed_s": statistics.median(took)},
        # The recipe notes nothing of what it read: again is everything.
        "stock": {"again_s": stock.wall_s, "changed_s": stock.wall_s},
    }


def ready(bench: Bench) -> None:
    """See that both archives are there."""
    if not (bench.home / "library.db").is_file():
        bench.earmark("add", "--from", bench.files.listed, "--json")
    if not (bench.index / "chroma.sqlite3").is_file():
        bench.stock("ingest", bench.files.listed, bench.index)


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
