"""TREC CAsT 2019 and 2020: follow-ups, and the questions that people made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.page import Section
from benchmarks.systems import SHARED, KeptVectors
from rag.conversation import standalone
from rag.evaluate.metrics.intervals import interval
from rag.models import Turn
from rag.words import stems

_FOLDER = SHARED / "benchmarks/cast"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question as it was typed, the questions before it, and what it means."""

    asked: str
    before: tuple[str, ...]
    meant: str


def rewrites(cache: Path, model: KeptVectors) -> Section:
    """CAsT: content words of people's rewrites that the built question holds."""
    turns = [*_of_2019(), *_of_2020()]
    changed = [turn for turn in turns if set(stems(turn.meant)) - set(stems(turn.asked))]
    section = Section(
        title="Follow-ups, CAsT",
        about=(
            f"{len(turns)} turns that have turns before them, of the conversations of TREC CAsT 2019 and"
            " 2020;"
            " how many of the content words (stemmed) of the question that people rewrote it to are in the"
            f" standalone question, made from the questions before it without a model. {len(changed)} of the"
            " turns lack a content word as they were typed."
        ),
    )
    for name, some in (("all of them", turns), ("those that lack a word", changed)):
        section.state(f"Content words held, {name}", interval([_held(turn, built(turn)) for turn in some]))
        section.state(f"As typed, {name}", interval([_held(turn, turn.asked) for turn in some]))
    section.state(
        "Words of the built question that are in the rewrite",
        interval([_held(FollowUp(turn.asked, (), built(turn)), turn.meant) for turn in turns]),
    )
    section.lines[0]["goal"] = "≥ 0.80"
    return section


def built(turn: FollowUp) -> str:
    """The standalone question, from the turns of the reader alone."""
    return standalone(turn.asked, [Turn(role="user", content=asked) for asked in turn.before])


def _held(turn: FollowUp, question: str) -> float:
    wanted = set(stems(turn.meant))
    return len(wanted & set(stems(question))) / len(wanted) if wanted else 1.0


def _of_2019() -> Iterator[FollowUp]:
    resolved = dict(
        line.split("\t", 1)
        for line in (_FOLDER / "2019_data_evaluation_evaluation_topics_annotated_resolved_v1.0.tsv")
        .read_text("utf-8")
        .splitlines()
        if "\t" in line
    )
    topics = json.loads((_FOLDER / "2019_data_evaluation_evaluation_topics_v1.0.json").read_text("utf-8"))
    for topic in topics:
        asked = [turn["raw_utterance"] for turn in topic["turn"]]
        for place, turn in enumerate(topic["turn"]):
            meant = resolved.get(f"{topic['number']}_{turn['number']}")
            if place and meant:
                yield FollowUp(asked[place], tuple(asked[:place]), meant.strip())


def _of_2020() -> Iterator[FollowUp]:
    topics = json.loads((_FOLDER / "2020_2020_manual_evaluation_topics_v1.0.json").read_text("utf-8"))
    for topic in topics:
        asked = [turn["raw_utterance"] for turn in topic["turn"]]
        for place, turn in enumerate(topic["turn"]):
            if place:
                yield FollowUp(asked[place], tuple(asked[:place]), turn["manual_rewritten_utterance"])
