"""A small archive of talk about caps and plants, for tests of what a chat model makes of it."""

from __future__ import annotations

from pathlib import Path

from rag.models import Sentence
from rag.sentences import sentence_spans
from tests.fakes import a_passage, a_source
from tests.rag.archives import an_archive, put

SAID = (
    "The cap on exports is 60 units a week until June. We closed two plants in May because orders fell.",
    "Prices of transformers rose by 9 percent last year. Nobody expected the export cap to stay.",
    "Bo Lind runs the plant in Norrby. He says the cap on exports may be lifted in July.",
)
QUESTION = "What is the cap on exports?"


def fill(home: Path, *more: str) -> None:
    """An archive with an episode for each text."""
    with an_archive(home) as archive:
        for number, text in enumerate((*SAID, *more)):
            source = a_source(
                text, id=f"s{number}", title=f"Talk {number}", url=f"https://talk.example/{number}"
            )
            spans = sentence_spans(text)
            sentences = tuple(Sentence(start=a, end=b, speaker="Ana Ruiz", start_s=a / 10) for a, b in spans)
            put(archive, source, [a_passage(source=source, sentences=sentences, speakers=("Ana Ruiz",))])
