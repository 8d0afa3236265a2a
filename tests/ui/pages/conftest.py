"""A small archive to browse: an episode with a recording, a letter, a summary, and one for paying readers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from rag.models import Passage, Sentence, Source, SourceKind
from tests.fakes import CannedAssistant, MemoryLibrary, a_passage, a_source
from ui.api import create_app
from ui.service import Front

SAID: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("Ana Ruiz", "Welcome. Good to be here.", "Hello", {}),
    ("Bo Lind", "Chips are scarce. They don’t grow.", "Chips", {}),
    ("Ana Ruiz", "This show is paid for by Tin.", "Chips", {"advert": True}),
    ("Bo Lind", "And power is scarce, too.", "Power", {}),
)
PAID_WORDS = "The quarry was sold for nine hundred crowns."


def an_episode(**given: Any) -> list[Passage]:
    """Four turns, a passage each, ten seconds long; the second has an estimated time."""
    text = "\n\n".join(words for _, words, _, _ in SAID)
    source = a_source(text, **{"audio_url": "https://media.example/1.mp3", "seconds": 40.0, **given})
    passages, at = [], 0
    for place, (speaker, words, heading, labels) in enumerate(SAID):
        cut = words.find(". ") + 1 or len(words)
        spans = [(at, at + cut)] + ([(at + cut + 1, at + len(words))] if cut < len(words) else [])
        sentences = tuple(
            Sentence(
                start=start,
                end=end,
                speaker=speaker,
                start_s=10.0 * place + 5 * n,
                end_s=10.0 * place + 5 * (n + 1),
                approximate=n == 1,
            )
            for n, (start, end) in enumerate(spans)
        )
        passages.append(
            a_passage(
                words,
                source=source,
                id=f"{source.id}p{place}",
                ordinal=place,
                sentences=sentences,
                speakers=(speaker,),
                heading=heading,
                start_s=10.0 * place,
                **labels,
            )
        )
        at += len(words) + 2
    return passages


LETTER = a_passage(
    source=a_source(
        "Warehouses were full.",
        id="letter",
        kind=SourceKind.NEWSLETTER,
        title="Letter 14",
        show="Frontier Letters",
        people=("Cy Moe",),
        published=date(2026, 6, 2),
        url="https://frontier.example/letters/14",
    )
)
SUMMARY = a_passage(
    source=a_source(
        "National models codify identity.",
        id="summary",
        kind=SourceKind.SUMMARY,
        title="Summed up",
        show=None,
        people=(),
        published=None,
        url=None,
    ),
    ai_written=True,
)
PAID = a_passage(
    source=a_source(
        PAID_WORDS, id="paid", title="The quarry", show="Secret Show", people=("Dee Paid",), audience="paid"
    )
)
HIDDEN = a_passage(source=a_source("Hush.", id="hidden", title="Unlisted", audience="board"))


def serve(*passages: Passage) -> TestClient:
    """A server of these for readers of whom some pay."""
    front = Front(tiers=("public", "paid"), owner_tokens=("owner-token",))
    return TestClient(create_app(CannedAssistant(), MemoryLibrary(*passages), page=False, front=front))


@pytest.fixture
def client() -> TestClient:
    return serve(*an_episode(), LETTER, SUMMARY, PAID, HIDDEN)


def many(count: int) -> list[Passage]:
    """So many sources, the newest last."""
    return [a_passage(source=_numbered(n)) for n in range(count)]


def _numbered(n: int) -> Source:
    return a_source(id=f"n{n}", title=f"Number {n}", published=date.fromordinal(739000 + n), people=())
