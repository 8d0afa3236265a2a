"""Measure the judge of `rag/verify.py` on WiCE dev, beside plain word overlap. Prints a Markdown table.

WiCE (Kamoi et al., EMNLP 2023) asks whether a claim of Wikipedia is supported by the page it cites. The
judge reads what a composer would cite: up to six sentences of the page, picked by the claim's words. Its
weights were fitted on this very set, so the figures are those of claims held out, over five random splits
into fifths; `--fit` prints weights fitted on all of it. Only figures leave this script: the set's text may be
measured, not quoted.

    python benchmarks/wice.py [--data FOLDER] [--no-embedder] [--fit]
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedder import SentenceEmbedder
from rag.verify import Judge, Signs
from rag.words import stems, words

Vector = NDArray[np.float64]
_DATA = Path(__file__).resolve().parent.parent.parent / "shared/benchmarks/wice"
_MOST = 6
_RIDGE = 3.0
_ROUNDS = 5


def main() -> None:
    """Read, judge, print."""
    asked = _arguments()
    claims = [json.loads(line) for line in (asked.data / "claim_dev.jsonl").read_text("utf-8").splitlines()]
    supported = np.array([claim["label"] == "supported" for claim in claims], dtype=np.float64)
    weight = stem_weights(claims)
    cited = [cite(claim["claim"], claim["evidence"], weight) for claim in claims]

    judges = {"judge, words only": Judge(weight=weight)}
    if not asked.no_embedder:
        judges["judge, words and meaning"] = Judge(weight=weight, embedder=SentenceEmbedder())
    overlap = np.array([word_overlap(claim["claim"], " ".join(claim["evidence"])) for claim in claims])
    columns = {"word overlap": held_out(overlap[:, None], supported)}
    for name, judge in judges.items():
        shown = np.array(
            [row(judge.signs(claim["claim"], text)) for claim, text in zip(claims, cited, strict=True)]
        )
        columns[name] = held_out(shown, supported)
        if asked.fit:
            say(f"{name}: {', '.join(f'{figure:.3f}' for figure in fit(shown, supported))}")
    say(table(columns, supported))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=_DATA)
    parser.add_argument("--no-embedder", action="store_true")
    parser.add_argument("--fit", action="store_true")
    return parser.parse_args()


def stem_weights(claims: Sequence[dict[str, Any]]) -> Callable[[str], float]:
    """How much each stem counts, from how many of the pages hold it."""
    pages = {" ".join(claim["evidence"]) for claim in claims}
    counts = Counter(stem for page in pages for stem in set(stems(page)))
    return lambda stem: math.log(1 + (len(pages) - counts[stem] + 0.5) / (counts[stem] + 0.5))


def cite(claim: str, sentences: Sequence[str], weight: Callable[[str], float]) -> str:
    """The sentences that a composer would cite: each brings the most of what is still missing."""
    missing = {stem: weight(stem) for stem in stems(claim)}
    least = 0.03 * sum(missing.values())
    left = [(sentence, set(stems(sentence))) for sentence in sentences]
    cited: list[str] = []
    while left and len(cited) < _MOST:
        best = max(
            left,
            key=lambda pair: gain(pair[1], missing) + 0.15 * gain(pair[1], dict.fromkeys(stems(claim), 1.0)),
        )
        if gain(best[1], missing) < least:
            break
        cited.append(best[0])
        left.remove(best)
        missing = {stem: value for stem, value in missing.items() if stem not in best[1]}
    return " ".join(cited)


def gain(held: set[str], missing: dict[str, float]) -> float:
    """How much of what is missing a sentence holds."""
    return sum(value for stem, value in missing.items() if stem in held)


def word_overlap(claim: str, evidence: str) -> float:
    """The share of the claim's words that occur anywhere on the page."""
    wanted = set(words(claim))
    return len(wanted & set(words(evidence))) / len(wanted)


def row(signs: Signs) -> list[float]:
    """The signs as the regression takes them."""
    shown = [signs.covered, signs.covered_by_one, signs.figures_lacking, signs.names_lacking]
    return shown if signs.nearest is None else [*shown, signs.nearest]


def fit(shown: Vector, truth: Vector) -> Vector:
    """Weights of a logistic regression, a little pulled to zero; the intercept first."""
    middle, spread = shown.mean(axis=0), shown.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(shown)), (shown - middle) / spread])
    pull = _RIDGE * np.eye(design.shape[1])
    pull[0, 0] = 0
    weights = np.zeros(design.shape[1])
    for _ in range(50):
        likely = 1 / (1 + np.exp(-design @ weights))
        curve = design.T @ (design * (likely * (1 - likely))[:, None]) + pull
        weights -= np.linalg.solve(curve, design.T @ (likely - truth) + pull @ weights)
    slopes = weights[1:] / spread
    return np.concatenate([[weights[0] - slopes @ middle], slopes])


def held_out(shown: Vector, truth: Vector) -> Vector:
    """What each claim is given by weights that were fitted without it, one row a round."""
    rounds = np.zeros((_ROUNDS, len(truth)))
    for number in range(_ROUNDS):
        order = np.random.default_rng(number).permutation(len(truth))
        for fold in range(5):
            test = order[fold::5]
            train = np.setdiff1d(order, test)
            weights = fit(shown[train], truth[train])
            rounds[number, test] = 1 / (1 + np.exp(-weights[0] - shown[test] @ weights[1:]))
    return rounds


def auroc(truth: Vector, given: Vector) -> float:
    """How often a supported claim is given more than another."""
    above = given[truth == 1][:, None] - given[truth == 0]
    return float((above > 0).mean() + 0.5 * (above == 0).mean())


def table(columns: dict[str, Vector], truth: Vector) -> str:
    """AUROC, accuracy and calibration of each column."""
    count = f"{len(truth)} claims, {int(truth.sum())} supported"
    head = f"WiCE dev: {count}; always saying no is right for {1 - truth.mean():.3f}."
    lines = [head, "", "| | AUROC | accuracy at 0.5 | calibration error |", "|---|---|---|---|"]
    for name, rounds in columns.items():
        area = np.mean([auroc(truth, given) for given in rounds])
        right = ((rounds > 0.5) == truth).mean()
        lines.append(f"| {name} | {area:.3f} | {right:.3f} | {calibration_error(rounds, truth):.3f} |")
    name, rounds = list(columns.items())[-1]
    lines += [
        "",
        f"Calibration of the {name}:",
        "",
        "| said | claims | mean said | supported |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {low:.1f} to {high:.1f} | {n:.0f} | {said:.2f} | {seen:.2f} |"
        for low, high, n, said, seen in bins(rounds, truth)
    ]
    return "\n".join(lines)


def bins(rounds: Vector, truth: Vector) -> list[tuple[float, float, float, float, float]]:
    """(low, high, claims, mean said, share supported) of each fifth of what can be said."""
    found = []
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (rounds >= low) & (rounds < low + 0.2)
        if inside.any():
            seen = np.broadcast_to(truth, rounds.shape)[inside].mean()
            found.append((low, low + 0.2, inside.sum() / _ROUNDS, rounds[inside].mean(), seen))
    return found


def calibration_error(rounds: Vector, truth: Vector) -> float:
    """How far what is said lies from what is seen, over the bins (ECE, Guo et al. 2017)."""
    return float(sum(n * abs(said - seen) for _, _, n, said, seen in bins(rounds, truth)) / len(truth))


def say(text: str) -> None:
    """To standard output."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
