"""Fit the weights of `rag/scoring.py`: which of the first passages hold the evidence.

Every third meeting of QMSum's training set and Chroma's chunking questions; of each question the first 120
passages of the fused rankings. The weights are those of least softmax cross-entropy over the passages, scaled
so that the fused score's is 1: where several hold evidence, all of them together are the right answer.

    python -m benchmarks.fit_scoring [--cache DIR]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from benchmarks.sets import chunking, qmsum
from benchmarks.sets.asking import Asked
from benchmarks.systems import SHARED, Document, InFile, KeptVectors, built, embedder
from rag.evaluate.stretch import covered
from rag.models import Filters
from rag.scoring import WEIGHTS

_EVERY = 3
_DEPTH = 120
_RIDGE = 1e-3

# The terms of a question's passages (passages x 4), and which of them hold evidence.
Row = tuple[NDArray[np.float64], NDArray[np.bool_]]


def main() -> None:
    """Print the weights beside those in use."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/earmark/bench"))
    cache: Path = parser.parse_args().cache.expanduser()
    model = embedder(cache)
    lines = (SHARED / "benchmarks/qmsum/train.jsonl").read_text("utf-8").splitlines()
    part = cache / "third-of-qmsum-train.jsonl"
    part.write_text("\n".join(lines[::_EVERY]), "utf-8")
    meetings, queries = qmsum.read(part)
    rows = [
        *_rows(cache, "third-qmsum", [meeting for meeting, _ in meetings], queries, model),
        *_rows(cache, "chunking", *chunking.read(SHARED / "benchmarks/chunking"), model),
    ]
    found = minimize(_loss, np.ones(len(WEIGHTS)), args=(rows,), method="L-BFGS-B").x
    sys.stdout.write(
        f"{len(rows)} questions; fitted {np.round(found / found[0], 2).tolist()}, in use {list(WEIGHTS)}\n"
    )


def _rows(
    cache: Path, name: str, documents: Sequence[Document], questions: Sequence[Asked], model: KeptVectors
) -> Iterator[Row]:
    in_file = InFile(documents)
    with built(cache, name, documents, model) as archive:
        archive.warm_up()
        for asked in questions:
            filters = Filters(sources=(asked.source,) if asked.source else ())
            look = archive.search.look(asked.question, most=_DEPTH, filters=filters)
            holds = np.array(
                [bool(covered(in_file(look.passages[place]), asked.gold)) for place in look.fused]
            )
            if holds.any() and not holds.all():
                yield np.array([look.terms(place) for place in look.fused]), holds


def _loss(weights: NDArray[np.float64], rows: Sequence[Row]) -> float:
    losses = [logsumexp(terms @ weights) - logsumexp((terms @ weights)[holds]) for terms, holds in rows]
    return float(np.mean(losses) + _RIDGE * (weights @ weights))


if __name__ == "__main__":
    main()
