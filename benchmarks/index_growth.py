"""What one more passage costs as the index grows, and what copying the index would cost instead.

The numbers behind docs/decisions/0002: `python -m benchmarks.index_growth 1000 10000 100000`.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from rag.index import Index
from rag.models import Filters, Passage, Source, SourceKind

_DIMENSIONS = 384
_ROUNDS = 15


def main(sizes: list[int]) -> None:
    """Grow one index through the sizes and print a row for each."""
    generator = np.random.default_rng(7)
    source = Source(
        id="s", kind=SourceKind.EPISODE, origin="a", text="word " * 120, fingerprint="f", title="t"
    )
    print("| passages | add one, ms (median) | most | query, ms (median) | copy the folder, ms | MB |")  # noqa: T201
    print("|---|---|---|---|---|---|")  # noqa: T201
    with tempfile.TemporaryDirectory() as folder:
        index = Index(Path(folder) / "chroma")
        held = 0
        for size in sizes:
            _grow(index, source, held, size, generator)
            held = size + _ROUNDS
            adds = [_add_one(index, source, size + turn, generator) for turn in range(_ROUNDS)]
            queries = [_query(index, generator) for _ in range(_ROUNDS)]
            copy, megabytes = _copy(Path(folder))
            print(  # noqa: T201
                f"| {size:,} | {statistics.median(adds):.1f} | {max(adds):.1f} |"
                f" {statistics.median(queries):.1f} | {copy:.0f} | {megabytes:.0f} |"
            )


def _grow(index: Index, source: Source, start: int, stop: int, generator: np.random.Generator) -> None:
    for first in range(start, stop, 5000):
        passages = [_passage(source, number) for number in range(first, min(first + 5000, stop))]
        index.upsert(passages, {passage.id: _vector(generator) for passage in passages})


def _add_one(index: Index, source: Source, number: int, generator: np.random.Generator) -> float:
    passage, vector = _passage(source, number), _vector(generator)
    started = time.perf_counter()
    index.upsert([passage], {passage.id: vector})
    return (time.perf_counter() - started) * 1000


def _query(index: Index, generator: np.random.Generator) -> float:
    vector = _vector(generator).tolist()
    started = time.perf_counter()
    index.nearest(vector, k=100, filters=Filters())
    return (time.perf_counter() - started) * 1000


def _copy(folder: Path) -> tuple[float, float]:
    size = sum(file.stat().st_size for file in (folder / "chroma").rglob("*") if file.is_file())
    started = time.perf_counter()
    shutil.copytree(folder / "chroma", folder / "copy")
    took = (time.perf_counter() - started) * 1000
    shutil.rmtree(folder / "copy")
    return took, size / 1e6


def _passage(source: Source, number: int) -> Passage:
    return Passage(id=f"p{number}", source=source, ordinal=number, start=0, end=600, sentences=())


def _vector(generator: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    vector = generator.standard_normal(_DIMENSIONS).astype(np.float32)
    return vector / np.linalg.norm(vector)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1000, 10_000])
