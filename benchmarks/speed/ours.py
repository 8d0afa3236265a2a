"""Earmark's side of what `stock.py` does within one process; the rest is done by its commands.

ours.py search QUESTIONS            milliseconds for each question of a JSON list, in one warm process
ours.py ask QUESTIONS               the same for whole answers, without a chat model
ours.py embed TEXTS VECTORS         processor seconds for a JSON list of texts; their vectors as .npy
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rag.settings import load
from rag.wiring import embedder_of, open_archive

_WARM = 5


def search(questions: str) -> None:
    """Print what each search takes: question embedded, words and meaning, fusion, second look, context."""
    with open_archive(alone=True, command="make bench") as archive:
        archive.index.ready()
        archive.warm_up()
        _print_each(lambda question: archive.search.find(question, k=8), questions)


def ask(questions: str) -> None:
    """Print what each answer takes."""
    with open_archive(alone=True, command="make bench") as archive:
        archive.index.ready()
        archive.warm_up()
        _print_each(archive.assistant.ask, questions)


def embed(texts: str, vectors: str) -> None:
    """Print the processor seconds that the texts take, and keep their vectors."""
    model, read = embedder_of(load()), json.loads(Path(texts).read_text())
    model.embed_documents(read[:_WARM])
    started = time.process_time()
    made = model.embed_documents(read)
    sys.stdout.write(json.dumps(time.process_time() - started))
    np.save(vectors, np.asarray(made, dtype=np.float32))


def _print_each(work: Callable[[str], object], questions: str) -> None:
    sys.stdout.write(json.dumps(each(work, json.loads(Path(questions).read_text()))))


def each(work: Callable[[str], object], asked: Sequence[str]) -> list[float]:
    """Milliseconds for each, after some to get warm."""
    for question in asked[:_WARM]:
        work(question)
    taken = []
    for question in asked:
        started = time.perf_counter()
        assert work(question), "nothing was found"
        taken.append((time.perf_counter() - started) * 1000)
    return taken


if __name__ == "__main__":
    {one.__name__: one for one in (search, ask, embed)}[sys.argv[1]](*sys.argv[2:])
