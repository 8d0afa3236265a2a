"""Was the reader served: is the answer right, short, and silent where it should be? Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Literal

Grade = Literal["right", "partly", "refused", "wrong"]

_CRAG = {"right": 1.0, "partly": 0.5, "refused": 0.0, "wrong": -1.0}
_ARTICLES = {"a", "an", "the"}
_SAME = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "–": "-", "—": "-"})


def must_contain_share(answer: str, groups: Sequence[Sequence[str]]) -> float:
    r"""The share of the groups of which the answer contains an alternative; 1 is a correct answer.

    Case, runs of white space and the shape of quotes and dashes do not count. A necessary check, not a
    sufficient one. String containment as in ALCE's STR-EM (Gao et al. 2023).

    >>> must_contain_share("It cost 60\nseconds.", [["60 seconds", "a minute"], ["30"]])
    0.5
    """
    text = _plain(answer)
    return sum(any(_plain(word) in text for word in group) for group in groups) / len(groups)


def _plain(text: str) -> str:
    same = unicodedata.normalize("NFKC", text).translate(_SAME).casefold()
    return " ".join(same.split())


def token_f1(answer: str, reference: str) -> float:
    """Harmonic mean of the shares of words in common with the reference (SQuAD, Rajpurkar et al. 2016).

    Low for a quote of a long sentence whatever it says; read it next to the length of the answer.

    >>> round(token_f1("The default is 60 seconds.", "60 seconds"), 3)
    0.667
    """
    mine, theirs = Counter(_tokens(answer)), Counter(_tokens(reference))
    common = (mine & theirs).total()
    if not common:
        return float(not mine and not theirs)
    precision, recall = common / mine.total(), common / theirs.total()
    return 2 * precision * recall / (precision + recall)


def _tokens(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W_]+", text.casefold()) if word not in _ARTICLES]


def refusal_scores(outcomes: Sequence[tuple[bool, bool]]) -> dict[str, float | None]:
    """How well refusing is done, from (answerable, refused) of each question; None without a case.

    Precision: of the refused, the share that had no answer. Recall: of those without an answer, the share
    refused. Over-refusal: of those with one, the share refused (after RGB's rejection rate, Chen et al.
    2024).

    >>> refusal_scores([(True, False), (True, True), (False, True), (False, True)])
    {'refusal_precision': 0.6666666666666666, 'refusal_recall': 1.0, 'over_refusal': 0.5}
    """
    return {
        "refusal_precision": _share([not answerable for answerable, refused in outcomes if refused]),
        "refusal_recall": _share([refused for answerable, refused in outcomes if not answerable]),
        "over_refusal": _share([refused for answerable, refused in outcomes if answerable]),
    }


def _share(cases: Sequence[bool]) -> float | None:
    return sum(cases) / len(cases) if cases else None


def grade(*, answerable: bool, refused: bool, share: float | None, complete: bool = True) -> Grade | None:
    """How an answer served, by the share of what it must contain; None where nothing says what is right.

    Refusing is right where there is no answer, and answering is wrong. An answer is right with all it must
    contain, partly right with some or when it says itself that it is not complete, else wrong.

    >>> grade(answerable=True, refused=False, share=0.5), grade(answerable=False, refused=True, share=None)
    ('partly', 'right')
    """
    if not answerable:
        return "right" if refused else "wrong"
    if refused:
        return "refused"
    if share is None:
        return None
    if share == 0:
        return "wrong"
    return "right" if share == 1 and complete else "partly"


def crag(given: Grade) -> float:
    """Right +1, partly +0.5, refused 0, wrong -1: wrong costs more than silence (CRAG, Yang et al. 2024).

    >>> [crag("right"), crag("partly"), crag("refused"), crag("wrong")]
    [1.0, 0.5, 0.0, -1.0]
    """
    return _CRAG[given]
