"""Sentence vectors out of a passage's own: each sentence is the mean of its tokens' last states.

The model has read the whole passage and its header by then, so a sentence such as "It fell by half" knows
what fell, and no text is embedded twice ("late chunking", Günther et al. 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.models import LONGEST_RUN, Closeness

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """A text's unit vector (d), and the unit vectors of its sentences (sentences x d)."""

    vector: Floats
    sentences: Floats


def pooled(
    states: Floats, offsets: Sequence[tuple[int, int]], sentences: Sequence[tuple[int, int]]
) -> Floats:
    """The unit vectors of sentences (sentences x d); zeros for one of which no token was read.

    Args:
        states: the last states of the text's own tokens (tokens x d), special ones left out.
        offsets: where each token begins and ends in the text.
        sentences: offset pairs in the same text.

    >>> states = np.array([[1, 0], [3, 0], [0, 2]], dtype=np.float32)
    >>> pooled(states, [(0, 2), (3, 5), (6, 9)], [(0, 5), (6, 9), (20, 30)]).tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    """
    rows = np.zeros((len(sentences), states.shape[1]), dtype=np.float32)
    for place, (start, end) in enumerate(sentences):
        inside = [
            token
            for token, (first, last) in enumerate(offsets[: len(states)])
            if first < end and last > start
        ]
        if inside:
            mean = states[inside].mean(axis=0)
            rows[place] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return rows


def cosines_of_runs(sentences: Floats, counts: Sequence[int], question: Floats) -> list[Closeness]:
    """The cosine to a question of each run of up to three sentences: of the mean of their unit vectors.

    Args:
        sentences: sentence vectors of any length (sentences x d), passage by passage, in order.
        counts: how many of them each passage has.
        question: a unit vector (d).

    >>> rows = np.array([[2, 0], [0, 3], [1, 0]], dtype=np.float32)
    >>> cosines_of_runs(rows, [2, 1], np.array([1, 0], dtype=np.float32))
    [((1.0, 0.0), (0.7071067690849304,), ()), ((1.0,), (), ())]
    """
    units = sentences / np.maximum(np.linalg.norm(sentences, axis=1, keepdims=True), 1e-9)
    # A mean's length follows from the products of its vectors: the means themselves are never made.
    products = [
        np.einsum("ij,ij->i", units[after:], units[: len(units) - after]) for after in range(LONGEST_RUN)
    ]
    toward = units @ question
    along, squares = np.zeros_like(toward), np.zeros_like(toward)
    runs: list[tuple[float, ...]] = []
    for length in range(1, LONGEST_RUN + 1):
        last = length - 1
        ends = max(0, len(units) - last)
        along = along[:ends] + toward[last:]
        squares = squares[:ends] + products[0][last:]
        for after in range(1, length):
            squares = squares + 2 * products[after][last - after :][:ends]
        runs.append(tuple((along / np.maximum(np.sqrt(np.maximum(squares, 0)), 1e-9)).tolist()))
    begins = np.cumsum([0, *counts]).tolist()
    return [
        tuple(run[begin : max(begin, begin + count - after)] for after, run in enumerate(runs))
        for begin, count in zip(begins, counts, strict=False)
    ]
