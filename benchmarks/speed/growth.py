"""What an archive costs as it grows: time and bytes a passage, memory, and what a search takes at each size.

`python -m benchmarks.speed.growth FOLDER SIZE…` builds one archive through the sizes, goes on where it was
stopped, and leaves `growth.jsonl` in the folder.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.speed.material import StandIn, episodes, sentences
from ingest.sync import add
from rag.settings import load
from rag.wiring import Archive, open_archive

# Episodes between two looks at the clock.
_STEP = 20


def main(folder: Path, sizes: list[int]) -> None:
    """Grow the archive in the folder up to the last size."""
    said, model = sentences(), StandIn()
    with open_archive(
        load(home=folder / "home"), alone=True, command="make bench", embedder=model
    ) as archive:
        archive.index.ready()
        while archive.library.count() < max(sizes):
            row = _grown(archive, folder, said)
            with (folder / "growth.jsonl").open("a") as log:
                log.write(json.dumps(row) + "\n")
            sys.stderr.write(f"{row}\n")


def _grown(archive: Archive, folder: Path, said: list[str]) -> dict[str, float]:
    """Add some episodes; gives what that took."""
    first, before = archive.library.source_count(), archive.library.count()
    paths = episodes(folder / "files", range(first, first + _STEP), said)
    wall, cpu = time.perf_counter(), time.process_time()
    report = add(archive, paths)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert not report.failed, report.json()
    return {
        "passages": archive.library.count(),
        "added": archive.library.count() - before,
        "wall_s": wall,
        "cpu_s": cpu,
        "rss_mb": _resident(),
        "library_mb": _size(folder / "home", "library.db*"),
        "chroma_mb": _size(folder / "home" / "chroma", "**/*"),
    }


def _resident() -> float:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def _size(folder: Path, pattern: str) -> float:
    return sum(file.stat().st_size for file in folder.glob(pattern) if file.is_file()) / 1e6


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(size) for size in sys.argv[2:]])
