"""Draft questions from the archive for a person to edit. Pure.

A draft is honest about what it is: a template over one telling sentence, with that sentence as evidence. It
finds out whether search brings a sentence back; only a person can turn it into what a reader would ask.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.contract import Json
from rag.models import Passage, Sentence, Source
from rag.ports import ReadsSources
from rag.words import STOP_WORDS, stem, stems, words

_SHORTEST, _LONGEST = 40, 260
_FIGURE = re.compile(r"(?<![\w.-])\d[\d,.]*\d(?![\w-])|(?<![\w.-])\d+(?![\w-])")
_GAP = "_____"


@dataclass(frozen=True, slots=True)
class _Candidate:
    passage: Passage
    sentence: Sentence
    worth: float

    @property
    def text(self) -> str:
        return self.passage.source.text[self.sentence.start : self.sentence.end]


def draft_questions(archive: ReadsSources, count: int, *, seed: int = 0) -> list[Json]:
    """At most `count` question lines with evidence, spread evenly over the sources.

    Four templates: a figure left out of its sentence, what somebody says about two rare words, what stands
    under a heading, and a source's words about two rare words.
    """
    drafted: list[Json] = []
    rarity = _rarity(archive)
    dice = random.Random(seed)
    queues = [_candidates(archive.passages_of(source.id), rarity) for source in archive.sources()]
    dice.shuffle(queues)
    while queues and len(drafted) < count:
        for queue in list(queues):
            line = _next(queue, rarity)
            if line is None:
                queues.remove(queue)
            elif len(drafted) < count:
                drafted.append({"id": f"draft-{len(drafted) + 1}", **line})
    return drafted


def _rarity(archive: ReadsSources) -> dict[str, float]:
    counts: Counter[str] = Counter()
    passages = 0
    for source in archive.sources():
        for passage in archive.passages_of(source.id):
            passages += 1
            counts.update(set(stems(passage.text)))
    return {word: math.log(1 + passages / count) for word, count in counts.items()}


def _candidates(passages: Sequence[Passage], rarity: dict[str, float]) -> Iterator[_Candidate]:
    """The telling sentences of a source, most telling first, one a passage."""
    best = []
    for passage in passages:
        if passage.advert or passage.ai_written:
            continue
        told = [
            _Candidate(passage, sentence, _worth(passage.source.text[sentence.start : sentence.end], rarity))
            for sentence in passage.sentences
            if _SHORTEST <= sentence.end - sentence.start <= _LONGEST
        ]
        if told:
            best.append(max(told, key=lambda candidate: candidate.worth))
    return iter(sorted(best, key=lambda candidate: -candidate.worth))


def _worth(text: str, rarity: dict[str, float]) -> float:
    """How much the words of a sentence say, for its length; a question says little."""
    found = set(stems(text))
    total = sum(rarity.get(word, 0.0) for word in found)
    return total / math.sqrt(len(words(text)) or 1) * (0.3 if text.rstrip().endswith("?") else 1.0)


def _next(queue: Iterator[_Candidate], rarity: dict[str, float]) -> Json | None:
    for candidate in queue:
        line = _line(candidate, rarity)
        if line:
            return line
    return None


def _line(candidate: _Candidate, rarity: dict[str, float]) -> Json | None:
    text, passage = " ".join(candidate.text.split()), candidate.passage
    figure = _FIGURE.search(text)
    told = _rarest(text, rarity)
    if figure:
        cloze = f"{text[: figure.start()]}{_GAP}{text[figure.end() :]}"
        question = f"Which figure is missing: “{cloze}”"
        return _drafted(candidate, question, kind="number", contains=figure.group())
    if len(told) < 2:
        return None
    topic = " and ".join(told)
    if candidate.sentence.speaker:
        question = f"What does {candidate.sentence.speaker} say about {topic}?"
        return _drafted(candidate, question, kind="speaker", speaker=candidate.sentence.speaker)
    if passage.heading:
        return _drafted(candidate, f"What stands under “{passage.heading}” about {topic}?", kind="fact")
    return _drafted(candidate, f"What does “{passage.source.title}” say about {topic}?", kind="fact")


def _rarest(text: str, rarity: dict[str, float]) -> list[str]:
    """The two rarest words as they are written, in the order of the sentence."""
    seen = {word: rarity.get(stem(word), 0.0) for word in words(text) if word not in STOP_WORDS}
    chosen = sorted((word for word in seen if word.isalpha() and len(word) > 3), key=lambda word: -seen[word])
    return sorted(chosen[:2], key=text.casefold().find)


def _drafted(
    candidate: _Candidate,
    question: str,
    *,
    kind: str,
    contains: str | None = None,
    speaker: str | None = None,
) -> Json:
    source: Source = candidate.passage.source
    return {
        "question": question,
        "type": kind,
        "answerable": True,
        "answer": " ".join(candidate.text.split()),
        "must_contain": [[contains]] if contains else [],
        "evidence": [{"path": source.origin, "quote": candidate.text}],
        "needs_all": False,
        "speaker": speaker,
        "time_s": candidate.sentence.start_s,
        "draft": True,
    }
