"""Measure the judge of `rag/verify/judge.py` on WiCE dev, beside plain word overlap.

WiCE (Kamoi et al., EMNLP 2023) asks whether a claim of Wikipedia is supported by the page it cites. The
judge reads what a composer would cite: up to six sentences of the page, picked by the claim's words. Its
weights were fitted on this very set, so the figures are those of claims held out, over five random splits
into fifths; `--fit` prints weights fitted on all of it. Only figures leave this script: the set's text may be
measured, not quoted.

    python -m benchmarks.wice [--data FOLDER] [--no-embedder] [--fit] [--write]

`--write` writes docs/reference/judge.md and its picture.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.embedder import SentenceEmbedder
from rag.evaluate.metrics.intervals import Interval
from rag.evaluate.plots import alone, calibration
from rag.runtime import FastEmbedder
from rag.settings import load
from rag.verify.judge import Judge, Signs
from rag.words import stems, words

Vector = NDArray[np.float64]
ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/judge.md"
PICTURE = ROOT / "docs/images/judge-calibration.svg"
_DATA = ROOT.parent / "shared/benchmarks/wice"
_MOST = 6
_RIDGE = 3.0
_ROUNDS = 5
OVERLAP, WORDS, MEANING = "word overlap", "judge, words only", "judge, words and meaning"


def main() -> None:
    """Read, judge, print or write."""
    asked = _arguments()
    if not asked.data.is_dir():
        sys.exit(f"WiCE is read from {asked.data.name}, and there is no such folder; give --data FOLDER")
    claims = [json.loads(line) for line in (asked.data / "claim_dev.jsonl").read_text("utf-8").splitlines()]
    supported = np.array([claim["label"] == "supported" for claim in claims], dtype=np.float64)
    weight = stem_weights(claims)
    cited = [cite(claim["claim"], claim["evidence"], weight) for claim in claims]

    # As `earmark eval` makes it: the embedder through the fast runtime.
    judges = {WORDS: Judge()}
    if not asked.no_embedder:
        judges[MEANING] = Judge(embedder=FastEmbedder(SentenceEmbedder(), load().cache))
    overlap = np.array([word_overlap(claim["claim"], " ".join(claim["evidence"])) for claim in claims])
    columns = {OVERLAP: held_out(overlap[:, None], supported)}
    for name, judge in judges.items():
        shown = np.array(
            [row(judge.signs(claim["claim"], text)) for claim, text in zip(claims, cited, strict=True)]
        )
        columns[name] = held_out(shown, supported)
        if asked.fit:
            say(f"{name}: {', '.join(f'{figure:.3f}' for figure in fit(shown, supported))}")
    if not asked.write:
        say(table(columns, supported))
        return
    PAGE.write_text(page(columns, supported), "utf-8")
    PICTURE.write_text(picture(columns, supported), "utf-8")
    say(f"{PAGE.relative_to(ROOT)} and {PICTURE.relative_to(ROOT)} are written")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, default=_DATA)
    parser.add_argument("--no-embedder", action="store_true", help="only what needs no model")
    parser.add_argument("--fit", action="store_true", help="print weights for rag/verify/judge.py")
    parser.add_argument("--write", action="store_true", help="write the page and its picture")
    asked = parser.parse_args()
    if asked.write and asked.no_embedder:
        parser.error("--write needs the embedder: the page has its figures")
    return asked


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
    """AUROC, accuracy and calibration of each column, then the bins of each."""
    count = f"{len(truth)} claims, {int(truth.sum())} supported"
    head = f"WiCE dev: {count}; always saying no is right for {1 - truth.mean():.3f}."
    lines = [head, "", "| | AUROC | accuracy at 0.5 | calibration error |", "|---|---|---|---|"]
    for name, rounds in columns.items():
        area = np.mean([auroc(truth, given) for given in rounds])
        right = ((rounds > 0.5) == truth).mean()
        lines.append(f"| {name} | {area:.3f} | {right:.3f} | {calibration_error(rounds, truth):.3f} |")
    lines += ["", "| | said | claims | mean said | supported | 95 % |", "|---|---|---|---|---|---|"]
    for name, rounds in columns.items():
        for found in bins(rounds, truth):
            seen = found.interval()
            lines.append(
                f"| {name} | {found.low:.1f} to {found.low + 0.2:.1f} | {found.claims:.0f} |"
                f" {found.said:.2f} | {seen.mean:.2f} | {seen.low:.2f} to {seen.high:.2f} |"
            )
    return "\n".join(lines)


class Bin(NamedTuple):
    """A fifth of what can be said: claims a round, their mean said, and the share that is supported."""

    low: float
    claims: float
    said: float
    seen: float

    def interval(self) -> Interval:
        """The share with Wilson's 95 % interval.

        >>> Bin(0.0, 100, 0.1, 0.5).interval()
        Interval(mean=0.5, low=0.404, high=0.596, n=100)
        """
        z, n, p = 1.96, self.claims, self.seen
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = round(middle - half, 3), round(middle + half, 3)
        return Interval(mean=p, low=low, high=high, n=round(n))


def bins(rounds: Vector, truth: Vector) -> list[Bin]:
    """The fifths that hold a claim."""
    found = []
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (rounds >= low) & (rounds < low + 0.2)
        if inside.any():
            seen = float(np.broadcast_to(truth, rounds.shape)[inside].mean())
            found.append(Bin(low, inside.sum() / len(rounds), float(rounds[inside].mean()), seen))
    return found


def calibration_error(rounds: Vector, truth: Vector) -> float:
    """How far what is said lies from what is seen, over the bins (ECE, Guo et al. 2017)."""
    return sum(one.claims * abs(one.said - one.seen) for one in bins(rounds, truth)) / len(truth)


def picture(columns: dict[str, Vector], truth: Vector) -> str:
    """What was seen over what was said, as an SVG file."""
    *others, main_one = columns
    points = [(one.said, one.interval()) for one in bins(columns[main_one], truth)]
    beside = {name: [(one.said, one.seen) for one in bins(columns[name], truth)] for name in others}
    return alone(calibration(points, beside))


_PAGE = Template("""# The judge

Written by `python -m benchmarks.wice --write`, which `make bench-quality` runs; don't edit it.

The judge of [`rag/verify/judge.py`](../../rag/verify/judge.py) says how likely cited words are to carry a
claim. `earmark eval` scores citation support with it, so its own error is stated here. It is a first one: a
logistic regression over how many of the claim's words the evidence holds (all of it, and its best sentence),
which of the claim's figures and names it lacks, and the cosine to its nearest sentence.

WiCE (Kamoi et al., EMNLP 2023) asks whether a claim of Wikipedia is supported by the page it cites;
"partially" counts as no. Beside the judge stands plain word overlap: the share of the claim's words that
occur anywhere on the page. All were fitted on this set, so the figures are those of claims held out, over
five random splits into fifths.

$table

![What share of claims is supported, by how likely the judge said they are](../images/judge-calibration.svg)

Solid, with 95 % intervals and the number of claims: words and meaning; dashed: words only; dotted: word
overlap. The diagonal is where what is said is what is seen.

Read it so: over many claims, what the judge says can be taken as a share; of single claims it gets
$wrong % wrong. A quote is given 1 by construction.
""")


def page(columns: dict[str, Vector], truth: Vector) -> str:
    """The figures as a page of the reference."""
    wrong = ((columns[MEANING] > 0.5) != truth).mean()
    return _PAGE.substitute(table=table(columns, truth), wrong=f"{100 * wrong:.0f}")


def say(text: str) -> None:
    """To standard output."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
