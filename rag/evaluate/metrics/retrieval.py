"""Was the evidence found? Pure.

Evidence is a list of stretches of canonical text; so is what was retrieved, in rank order.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

from rag.evaluate.stretch import Stretch, covered

_HALF = 0.5


def evidence_recall(
    gold: Sequence[Stretch], retrieved: Iterable[Stretch], *, budget: int, needs_all: bool = False
) -> float:
    """The evidence that a reader of the first `budget` retrieved characters has read.

    A stretch is found when at least half of its characters were read. Where any one is enough, the recall
    is 1 or 0; where all are needed, it is the share found. A budget in characters is fair to any length of
    passage, which recall at a number of passages is not (after the token recall of Chroma's chunking
    evaluation, Smith & Troynikov 2024). `math.floor` of it is the strict form: everything or nothing.

    >>> gold = [Stretch("a", 0, 40), Stretch("b", 0, 40)]
    >>> found = [Stretch("a", 0, 100), Stretch("b", 0, 100)]
    >>> evidence_recall(gold, found, budget=100), evidence_recall(gold, found, budget=100, needs_all=True)
    (1.0, 0.5)
    >>> evidence_recall(gold, found, budget=120, needs_all=True), evidence_recall(gold, found, budget=19)
    (1.0, 0.0)
    """
    read = within_budget(retrieved, budget)
    found = [covered(stretch, read) >= _HALF * stretch.length for stretch in gold]
    return sum(found) / len(found) if needs_all else float(any(found))


def within_budget(retrieved: Iterable[Stretch], budget: int) -> list[Stretch]:
    """The first `budget` characters of what was retrieved, the last stretch cut short.

    >>> within_budget([Stretch("a", 0, 30), Stretch("b", 50, 90)], 40)
    [Stretch(source='a', start=0, end=30), Stretch(source='b', start=50, end=60)]
    """
    read = []
    for stretch in retrieved:
        if budget <= 0:
            break
        read.append(stretch._replace(end=min(stretch.end, stretch.start + budget)))
        budget -= stretch.length
    return read


def relevant(gold: Sequence[Stretch], passages: Iterable[tuple[str, Stretch]]) -> list[str]:
    """The ids of the passages that share at least one character with the evidence; grades are binary.

    >>> relevant([Stretch("a", 8, 12)], [("p1", Stretch("a", 0, 9)), ("p2", Stretch("a", 12, 20))])
    ['p1']
    """
    return [id_ for id_, passage in passages if any(covered(passage, [stretch]) for stretch in gold)]


def relevant_as_listed(
    gold: Sequence[Stretch], listed: Sequence[tuple[str, Stretch]], passages: Iterable[tuple[str, Stretch]]
) -> list[str]:
    """The ids of all that is relevant, in the units that were listed.

    A listed stretch may be a passage with neighbours, under the id of one of them; passages that no listed
    stretch holds count by themselves.

    >>> listed = [("p1", Stretch("a", 0, 20))]
    >>> passages = [("p1", Stretch("a", 0, 10)), ("p2", Stretch("a", 10, 20)), ("p3", Stretch("a", 20, 30))]
    >>> relevant_as_listed([Stretch("a", 12, 25)], listed, passages)
    ['p1', 'p3']
    """
    read = [stretch for _, stretch in listed]
    others = [(id_, passage) for id_, passage in passages if covered(passage, read) < passage.length]
    return relevant(gold, [*listed, *others])


def reciprocal_rank(ranked: Iterable[str], wanted: Collection[str]) -> float:
    """One over the rank of the first wanted passage, 0 without one; its mean is MRR (Voorhees, TREC-8 1999).

    >>> reciprocal_rank(["x", "p", "q"], {"p", "q"}), reciprocal_rank(["x"], {"p"})
    (0.5, 0.0)
    """
    return next((1 / rank for rank, id_ in enumerate(ranked, start=1) if id_ in wanted), 0.0)


def ndcg(ranked: Sequence[str], wanted: Collection[str], *, k: int = 10) -> float:
    """Discounted gain of the first `k` over the best order's (Järvelin & Kekäläinen 2002).

    Grades are binary and `wanted` is all there is in the archive. A test holds it equal to ir-measures'
    figure.

    >>> round(ndcg(["x", "p"], {"p"}), 4), ndcg(["p"], {"p"}), ndcg(["x"], {"p"})
    (0.6309, 1.0, 0.0)
    """
    gain = sum(1 / math.log2(rank + 1) for rank, id_ in enumerate(ranked[:k], start=1) if id_ in wanted)
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(wanted)) + 1))
    return gain / best if best else 0.0
