"""A talk to make overviews of: two subjects, an advert between them, greetings and questions around them."""

from __future__ import annotations

from typing import Any

from rag.models import Passage, Sentence, Source
from tests.fakes import a_source

OPENING = (
    "Welcome to Frontier Hour, thanks for joining us on the show today.",
    "Today we're going to discuss chip factories and the grid with Ana Ruiz.",
    "It is great to have you here, Ana.",
)
CHIPS = (
    "The chip factories of the north depend on three suppliers of bonding machines.",
    "Every bonding machine finishes about nine hundred memory cards a week.",
    "And that's why it hurts, you know.",
    "The bonding machines set a limit that no chip factory can raise before June.",
    "What does it mean for you?",
    "A second bonding hall was promised to customers of the largest chip factory.",
    "They said so.",
    "Memory cards cost twice as much as the chips beside them in October.",
)
ADVERT = (
    "This hour is brought to you by Acme, the bonding machine for chip factories everywhere.",
    "Chip factories choose Acme because the bonding machine of Acme finishes memory cards in a day.",
)
GRID = (
    "The electricity grid of the south waits for transformers from only two makers.",
    "A data hall at Dry Creek has been promised its grid connection in fifty-four months.",
    "He did not like that at all, did he.",
    "Transformers for the grid are ordered years before the data hall is built.",
    "The grid operators publish a queue of every data hall that wants a connection.",
    "Thank you so much, and see you next week.",
)


def a_talk(*, headings: bool = True, timed: bool = True, **given: Any) -> tuple[Source, list[Passage]]:
    """The talk as a source and its passages, four sentences each at most."""
    parts = [
        (None, "Theo Marr", OPENING, False),
        ("Chips" if headings else None, "Ana Ruiz", CHIPS, False),
        ("Sponsor" if headings else None, "Theo Marr", ADVERT, True),
        ("The grid" if headings else None, "Ana Ruiz", GRID, False),
    ]
    text = " ".join(sentence for _, _, said, _ in parts for sentence in said)
    source = a_source(text, people=("Theo Marr", "Ana Ruiz"), **given)
    passages: list[Passage] = []
    at = 0
    for heading, speaker, said, advert in parts:
        for first in range(0, len(said), 4):
            sentences = []
            for words in said[first : first + 4]:
                start = text.index(words, at)
                at = start + len(words)
                second = float(start) / 10 if timed else None
                sentences.append(
                    Sentence(
                        start=start, end=at, speaker=speaker, start_s=second, end_s=second and second + 4
                    )
                )
            passages.append(
                Passage(
                    id=f"{source.id}-{len(passages)}",
                    source=source,
                    ordinal=len(passages),
                    start=sentences[0].start,
                    end=at,
                    sentences=tuple(sentences),
                    speakers=(speaker,),
                    start_s=sentences[0].start_s,
                    heading=heading,
                    advert=advert,
                )
            )
    return source, passages
