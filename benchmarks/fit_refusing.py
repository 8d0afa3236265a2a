"""Fit the weights of `rag/refusing.py`: how sure the signs of a question make it that there is an answer.

Chroma's chunking questions, those of every fourth meeting of QMSum's training set and 500 of Spoken-SQuAD
are put three times: as they are; with the passages of their evidence and the ones beside taken away (of
Spoken-SQuAD the paragraph, which leaves others of its article), so that only near misses are left; with one
of their names swapped for one that occurs nowhere. Only names of one word are: figures and names of several
words that occur nowhere are told without weights.

    python -m benchmarks.fit_refusing [--cache DIR]
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.sets import chunking, qmsum, spoken
from benchmarks.sets.asking import Asked
from benchmarks.systems import SHARED, Document, InFile, KeptVectors, built, embedder
from rag.evaluate.stretch import covered
from rag.fusion import Place, place_of
from rag.models import Filters, Found
from rag.refusing import Signs, signs, weighable
from rag.weighing import Weighed, weigh, weighed
from rag.wiring import Archive
from rag.words import stems

_EVERY = 4
_SPOKEN = 500
# Enough that forty passages are left when some are taken away.
_DEPTH = 60
# Stands for a name that occurs nowhere.
_NOBODY = "\0"

# The set whose evidence is a whole source.
_BY_SOURCE = "spoken"

Row = tuple[Signs, bool]


def main() -> None:
    """Print the weights, and how well the signs tell answers from near misses and from strange names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/earmark/bench"))
    cache: Path = parser.parse_args().cache.expanduser()
    model = embedder(cache)
    rows: list[Row] = []
    for name, (documents, questions) in _sets(cache).items():
        found = list(_rows(cache, name, documents, questions, model))
        sys.stdout.write(f"{name}: {len(found)} rows\n")
        rows += found
    x = np.array([weighable(seen) for seen, _ in rows])
    y = np.array([answered for _, answered in rows])
    fitted = LogisticRegression(class_weight="balanced", max_iter=1000).fit(x, y)
    together, named = fitted.coef_[0]
    auroc = roc_auc_score(y, fitted.decision_function(x))
    sys.stdout.write(
        f"intercept {fitted.intercept_[0]:.2f}, together {together:.2f}, named {named:.2f};"
        f" AUROC on these rows {auroc:.3f}\n"
    )


def _sets(cache: Path) -> dict[str, tuple[list[Document], list[Asked]]]:
    lines = (SHARED / "benchmarks/qmsum/train.jsonl").read_text("utf-8").splitlines()
    part = cache / "part-of-qmsum-train.jsonl"
    part.write_text("\n".join(lines[::_EVERY]), "utf-8")
    meetings, queries = qmsum.read(part)
    paragraphs = SHARED / "benchmarks/spoken_squad/spoken_test-v1.1.json"
    return {
        "chunking": chunking.read(SHARED / "benchmarks/chunking"),
        "train-qmsum": ([meeting for meeting, _ in meetings], queries),
        _BY_SOURCE: spoken.read(paragraphs, sample=_SPOKEN),
    }


def _rows(
    cache: Path, name: str, documents: Sequence[Document], questions: Sequence[Asked], model: KeptVectors
) -> Iterator[Row]:
    in_file, dice = InFile(documents), random.Random(1)
    with built(cache, name, documents, model) as archive:
        archive.warm_up()
        for asked in questions:
            filters = Filters(sources=(asked.source,) if asked.source else ())
            question = weighed(asked.question, archive.library, filters)
            found = archive.search.find(asked.question, k=_DEPTH, filters=filters)
            yield signs(question, found), True
            if name == _BY_SOURCE:
                others = Filters(exclude=tuple({stretch.source for stretch in asked.gold}))
                near_misses = archive.search.find(asked.question, k=_DEPTH, filters=others)
                yield signs(weighed(asked.question, archive.library, others), near_misses), False
            else:
                yield signs(question, _without(found, _around(archive, asked, in_file))), False
            alone = _names_alone(question)
            if alone:
                yield signs(_with_a_strange_name(question, dice.choice(sorted(alone))), found), False


def _around(archive: Archive, asked: Asked, in_file: InFile) -> set[Place]:
    """Where the evidence lies, and next to it."""
    places = [
        (source, passage.ordinal)
        for source in {stretch.source for stretch in asked.gold}
        for passage in archive.library.passages_of(source)
        if covered(in_file(passage), asked.gold)
    ]
    return {(source, at + step) for source, at in places for step in (-1, 0, 1)}


def _without(found: Sequence[Found], hidden: set[Place]) -> list[Found]:
    kept = (tuple(match for match in hit.matches if place_of(match) not in hidden) for hit in found)
    return [
        Found(best=max(matches, key=lambda match: match.score), matches=matches)
        for matches in kept
        if matches
    ]


def _names_alone(question: Weighed) -> frozenset[str]:
    """Its names of one word."""
    told = weigh(question.text, counts={}, passages=1).strange
    return question.names - {term for found in told for term in stems(found)}


def _with_a_strange_name(question: Weighed, name: str) -> Weighed:
    weights = {_NOBODY if term == name else term: weight for term, weight in question.weights.items()}
    weights[_NOBODY] = max(weights.values())
    return replace(question, weights=weights, names=question.names - {name} | {_NOBODY})


if __name__ == "__main__":
    main()
