"""What each stage of search and answering is worth: the development questions with one stage off at a time.

    python -m benchmarks.ablation [--cache DIR]

Prints the table of docs/explanation/search.md. Milliseconds are of processor time, of a whole answer.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

from benchmarks.sets.collection import collection, dev_questions
from benchmarks.systems import embedder
from rag.contract import answer_json
from rag.evaluate.gold import GoldPlacer
from rag.evaluate.score import Scorer
from rag.evaluate.scores import intervals
from rag.scoring import WEIGHTS
from rag.spelling import Spelled
from ui.evaluation import raw_text

# What is put in place of what, by the dotted name.
Off = Sequence[tuple[str, object]]
STAGES: dict[str, Off] = {
    "everything": (),
    "without mending the spelling": (
        ("rag.spelling.Spelling.mended", lambda _, said, __: Spelled(said, {})),
    ),
    "without words (BM25)": (("rag.fulltext.FullText.lexical", lambda *_, **__: []),),
    "without meaning (dense)": (("rag.search.Search._near", lambda *_: []),),
    "without neighbours lending": (("rag.search.lend", lambda scores, _: scores),),
    "without telling apart who asks for a discussion": (("rag.asking._TALK", re.compile("(?!)")),),
    "without figures as they are said": (("rag.weighing.ways_to_say", lambda _: ()),),
    "without the second look": (("rag.scoring.WEIGHTS", (1.0, 0.0, 0.0, 0.0)), ("rag.scoring._FIGURE", 0.0)),
    "second look without sentences": (("rag.stored_vectors.StoredVectors.closeness", lambda *_: {}),),
    "second look without words around": (("rag.scoring.WEIGHTS", (*WEIGHTS[:2], 0.0, WEIGHTS[3])),),
    "second look without figures": (("rag.scoring._FIGURE", 0.0),),
    "without joined stretches": (("rag.fusion._STRETCH", 0),),
    "quotes without nearness": (("rag.evidence._NEARNESS_WEIGHT", 0.0),),
    "quotes without words": (("rag.evidence._WORDS_WEIGHT", 0.0),),
    "quotes without telling whose words are asked for": (("rag.looking.heard_of", lambda _: []),),
    "quotes without what is asked for": (("rag.evidence._WANTED_WEIGHT", 0.0),),
    "refusing without the sort asked for": (("rag.refusing._TOLD_BY_WORDS", frozenset()),),
    "refusing without confidence": (("rag.refusing.line", lambda _: 0.0),),
}
_SHOWN = {
    "evidence_recall@1000": "recall at 1,000",
    "evidence_recall@2000": "at 2,000",
    "evidence_recall@4000": "at 4,000",
    "mrr": "MRR",
    "citation_hit": "gold cited",
    "span_iou_best": "IoU",
    "correct": "right",
    "refusal_recall": "refused of 16",
    "over_refusal": "wrongly",
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/earmark/bench"))
    cache: Path = parser.parse_args().cache.expanduser()
    with collection(cache, embedder(cache)) as archive:
        archive.warm_up()
        placer = GoldPlacer(archive.library, raw_text(archive))
        scorer, questions = Scorer(archive.library, placer), dev_questions()
        _row("", *_SHOWN.values(), "CPU ms")
        _row(*["---"] * (len(_SHOWN) + 2))
        for stage, off in STAGES.items():
            with ExitStack() as patched:
                for name, instead in off:
                    patched.enter_context(patch(name, instead))
                started = time.process_time()
                answers = [
                    archive.assistant.ask(
                        each.asked.question, history=each.asked.history, filters=each.asked.filters
                    )
                    for each in questions
                ]
                taken = (time.process_time() - started) / len(questions) * 1000
            rows = [
                scorer.score(question, answer_json(answer))
                for question, answer in zip(questions, answers, strict=True)
            ]
            means = {name: found.mean for name, found in intervals(rows).items()}
            _row(stage, *(f"{means[name]:.3f}" for name in _SHOWN), f"{taken:.0f}")


def _row(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
