"""What is measured over archives that `growth.py` made: many passages, with stand-in vectors.

grown.py large QUESTIONS            how much of the exact ten nearest is found, and searches by filter
grown.py export TEXTS VECTORS       the passages of the archive as JSON, and their vectors as .npy
grown.py adopt                      let it be opened with the real model
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.speed.material import SHOWS, StandIn
from benchmarks.speed.ours import each
from rag.models import Filters
from rag.settings import load
from rag.wiring import Archive, embedder_of, open_archive


def large(questions: str) -> None:
    """Print how many of the exact ten nearest the index finds, and what each search takes under filters."""
    asked = json.loads(Path(questions).read_text())
    model = StandIn()
    with open_archive(alone=True, command="make bench", embedder=model) as archive:
        archive.index.ready()
        days = sorted(one.published for one in archive.library.overview() if one.published)
        filters = {
            "all": Filters(),
            "a show": Filters(shows=SHOWS[:1]),
            "the last tenth": Filters(since=days[len(days) * 9 // 10]),
        }
        taken = {
            name: each(partial(archive.search.find, k=8, filters=limits), asked)
            for name, limits in filters.items()
        }
        recalls = [_recall(archive, model.embed_query(question)) for question in asked]
        said = {"passages": archive.library.count(), "recall": sum(recalls) / len(recalls), "ms": taken}
    sys.stdout.write(json.dumps(said))


def _recall(archive: Archive, vector: Sequence[float]) -> float:
    """The share of the first ten that are as near as the exact tenth: twins count as one another."""
    exact = archive.library.vectors.nearest(vector, k=10, filters=Filters())
    found = archive.nearest(vector, k=200, filters=Filters())[:10]
    return sum(score > exact[-1][1] - 1e-5 for _, score in found) / len(exact)


def export(texts: str, vectors: str) -> None:
    """Keep every passage's text, and its vector."""
    with open_archive(embedder=StandIn()) as archive:
        ids = archive.library.passage_ids()
        passages, held = archive.library.passages(ids), archive.library.vectors.of(ids)
        Path(texts).write_text(json.dumps([passages[id_].text for id_ in ids]))
        np.save(vectors, np.asarray([held[id_] for id_ in ids], dtype=np.float32))


def adopt() -> None:
    """Let it be served with the real model: what is found means little, what it takes is the same."""
    settings = load()
    with open_archive(settings, alone=True, command="make bench", embedder=StandIn()) as archive:
        archive.library.set_meta("embedding_model", embedder_of(settings).id)


if __name__ == "__main__":
    {one.__name__: one for one in (large, export, adopt)}[sys.argv[1]](*sys.argv[2:])
