"""The collection that the page's tests ask about, served once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rag.citing import cite
from rag.compose.extractive import Extractive
from rag.errors import ArchiveBusy
from rag.models import Answer, SourceKind
from tests.fakes import (
    CannedAssistant,
    MemoryLibrary,
    a_citation,
    a_passage,
    a_refusal,
    a_source,
    an_answer,
    an_evidence,
)
from tests.ui.commands import earmark
from tests.ui.hosts import Host, Served, a_host, serving_to
from tests.ui.serving import serving
from ui.api import create_app

HOSTILE = (
    "<img src=x onerror=hacked()> `${hacked()}` {{hacked}} [1] *stars* $x^2$ </p><script>hacked()</script>"
)

EPISODE = a_passage(
    source=a_source("Chips are the scarce part."),
    speakers=("Ana Ruiz",),
    start_s=754.2,
)
LETTER = a_passage(
    source=a_source(
        "Warehouses were full, so the rules bit late.",
        id="s2",
        kind=SourceKind.NEWSLETTER,
        title="Letter 14",
        published=date(2026, 6, 2),
        url="https://frontier.example/letters/14",
    ),
    heading="Full warehouses",
)
SUMMARY = a_passage(
    source=a_source(
        "National models codify identity.",
        id="s3",
        kind=SourceKind.SUMMARY,
        title="The race, summed up",
        published=None,
        url=None,
    ),
    ai_written=True,
)
ADVERT = a_passage(
    source=a_source("Use code CHIP.", id="s4", title="Part two"),
    speakers=("Bo Lind",),
    start_s=3601.0,
    advert=True,
)


def scarce() -> Answer:
    """An answer with a citation of each sort, in the words of the extractive composer."""
    citations = (
        a_citation(1, evidence=an_evidence(passage=EPISODE)),
        a_citation(2, evidence=an_evidence(passage=LETTER)),
        a_citation(3, evidence=an_evidence(passage=SUMMARY)),
        a_citation(4, evidence=an_evidence(passage=ADVERT, approximate=True)),
    )
    cited = cite(Extractive().compose("What is scarce?", [citation.evidence for citation in citations]))
    return an_answer(*citations, text=cited.text, claims=cited.claims, model=Extractive.name)


# What a reader sees of it, a paragraph each; the numbers at the ends are chips.
ANSWER = [
    "Ana Ruiz, in The Race for Chips (Frontier Hour, 8 May 2026), 12:34: “Chips are the scarce part.”1",
    "Letter 14 (Frontier Hour, 2 June 2026), “Full warehouses”:"
    " “Warehouses were full, so the rules bit late.”2",
    "AI-written summary, The race, summed up (Frontier Hour): “National models codify identity.”3",
    "Advert, Bo Lind, in Part two (Frontier Hour, 8 May 2026), about 1:00:01: “Use code CHIP.”4",
]


def hostile() -> Answer:
    """An answer all of whose words attack the page."""
    source = a_source(HOSTILE, title=HOSTILE, show=HOSTILE, url="https://frontier.example/x")
    passage = a_passage(source=source, speakers=(HOSTILE,), start_s=1.0, heading=HOSTILE)
    return an_answer(a_citation(evidence=an_evidence(passage=passage), link="javascript:hacked()"))


@pytest.fixture(scope="session")
def assistant() -> CannedAssistant:
    return CannedAssistant(
        {
            "scarce": scarce(),
            "attack": hostile(),
            "busy": ArchiveBusy("Another process is writing. Ask again."),
        },
        otherwise=a_refusal(EPISODE.source, SUMMARY.source),
        delay_s=0.25,
    )


@pytest.fixture(scope="session")
def address(assistant: CannedAssistant) -> Iterator[str]:
    library = MemoryLibrary(EPISODE, LETTER, SUMMARY, ADVERT)
    with serving(create_app(assistant, library)) as address:
        yield address


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the examples, for commands that leave it as it is."""
    folder = tmp_path_factory.mktemp("home")
    ran = earmark("add", "examples", home=folder)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """A site's own server, on an origin of its own."""
    with a_host() as host:
        yield host


@pytest.fixture(scope="module")
def server(assistant: CannedAssistant, host: Host) -> Iterator[Served]:
    """Earmark, serving that site."""
    with serving_to(host, assistant, MemoryLibrary(EPISODE, LETTER, SUMMARY, ADVERT)) as served:
        yield served
