"""A model that lies on purpose, over HTTP: it bends true sentences of what it was shown.

How many lies pass the verifier is measured in docs/explanation/trust.md; here it is what must never happen.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.sync import add
from rag.calling import Caller
from rag.citing import cite
from rag.compose.drafting import Written
from rag.compose.generative import Generative
from rag.models import Evidence, Verdict
from rag.providers import Provider
from rag.settings import load
from rag.spend import SpendBook
from rag.verify import Judge, Verifier
from rag.words import words
from tests.fakes import an_evidence
from tests.rag.archives import an_archive
from tests.scripted import Asked, Reply, ScriptedServer, scripted

ROOT = Path(__file__).parents[3]
PASSAGES = 8
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*")


def shifted(text: str, others: list[str], dice: random.Random) -> str | None:
    found = _NUMBER.search(text)
    other = str(dice.randint(1_000_000, 9_999_999))
    return text[: found.start()] + other + text[found.end() :] if found else None


def renamed(text: str, others: list[str], dice: random.Random) -> str | None:
    found = _NAME.search(text)
    other = dice.choice(["Quentin Ashby", "Zanzibar", "Miriam"])
    return text[: found.start()] + other + text[found.end() :] if found else None


def denied(text: str, others: list[str], dice: random.Random) -> str | None:
    found = re.search(r"\b(is|was|are|were|will|can|has|have)\b(?! not)", text)
    return f"{text[: found.end()]} not{text[found.end() :]}" if found else None


def invented(text: str, others: list[str], dice: random.Random) -> str | None:
    said = dice.choice(
        ["we will double it by spring", "nobody ever paid for that", "it was a lie from the start"]
    )
    return f"As was said, “{said}”, and {text[:1].lower()}{text[1:]}"


def merged(text: str, others: list[str], dice: random.Random) -> str | None:
    other = dice.choice(others)
    return f"{text.rstrip('.')} because {other[:1].lower()}{other[1:]}"


def foreign(text: str, others: list[str], dice: random.Random) -> str | None:
    return dice.choice(
        ["Whales sing at night in the harbour.", "The senate voted on tulips.", "Pluto is a planet."]
    )


def true(text: str, others: list[str], dice: random.Random) -> str | None:
    return text


BENDS: tuple[Callable[[str, list[str], random.Random], str | None], ...] = (
    shifted, renamed, denied, invented, merged, foreign, true,
)  # fmt: skip


class Liar:
    """Writes twelve sentences of each prompt, one in seven of them true; cites well, badly or not at all."""

    def __init__(self, *, schema: bool) -> None:
        self._dice = random.Random(7)
        self._schema = schema
        self.claims: Counter[str] = Counter()

    def __call__(self, asked: Asked) -> str:
        shown = {n: text.partition(": ")[2] or text for n, text in asked.evidence.items()}
        entries: list[tuple[str, list[int]]] = []
        while len(entries) < 12:
            number = self._dice.choice(list(shown))
            bend = self._dice.choice(BENDS)
            said = bend(shown[number], list(shown.values()), self._dice)
            if said:
                self.claims[bend.__name__] += 1
                entries.append((said, self._cites(number, len(shown))))
        if self._schema:
            sentences = [{"text": text, "cites": cites} for text, cites in entries]
            return json.dumps({"sentences": sentences, "covered": "all"})
        return " ".join(text + " " + "".join(f"[{n}]" for n in cites) for text, cites in entries)

    def _cites(self, number: int, shown: int) -> list[int]:
        return self._dice.choice(
            [
                [number],
                [number],
                [number],
                [self._dice.randint(1, shown)],
                [],
                [shown + 5],
                [0],
                [number, 999],
            ]
        )


@pytest.fixture(scope="module")
def passages(tmp_path_factory: pytest.TempPathFactory) -> list[Evidence]:
    """Every passage of the examples, as evidence."""
    with an_archive(tmp_path_factory.mktemp("examples")) as archive:
        add(archive, ["examples"], folder=ROOT)
        return [
            an_evidence(passage=passage)
            for source in archive.library.sources()
            for passage in archive.library.passages_of(source.id)
        ]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted() as server:
        yield server


def lie(
    passages: list[Evidence], server: ScriptedServer, home: Path, *, citing: str, claims: int
) -> Counter[str]:
    """Ask until so many claims were made, and look at everything that is shown."""
    liar, dice, caller = Liar(schema=citing == "schema"), random.Random(1), Caller()
    server.otherwise = Reply(text=liar, piece=400)
    settings = load({}, home=home, **server.settings(model_citing=citing))
    book = SpendBook(home / "activity.db")
    composer = Generative(Provider(settings), caller, Verifier(Judge()), book, quotes=3, evidence_tokens=1200)
    seen: Counter[str] = Counter()
    while sum(liar.claims.values()) < claims:
        evidence = dice.sample(passages, PASSAGES)
        *_, written = composer.write("What is known?", evidence)
        assert isinstance(written, Written)
        seen.update(look(written, evidence))
    book.close()
    caller.close()
    return seen


def look(written: Written, evidence: list[Evidence]) -> Counter[str]:
    """No pointer but into what was shown, no quote or figure that the cited words lack, none uncited."""
    shown = {item.passage.id: item.passage for item in evidence}
    cited = cite(written.draft)
    quotes = {citation.number: citation.evidence.quote for citation in cited.citations}
    for citation in cited.citations:
        item = citation.evidence
        assert item.passage.id in shown
        assert item.passage.source.text[item.start : item.end] == item.quote
        assert any(s.start == item.start for s in item.passage.sentences)
    for claim in cited.claims:
        if claim.verdict is Verdict.CUT:
            assert claim.reason
            continue
        assert claim.citations
        assert set(claim.citations) <= set(quotes)
        held = " ".join(quotes[number] for number in claim.citations)
        # Small ones may be spelled out in the source.
        large = {number for number in _NUMBER.findall(claim.text) if len(number) > 2}
        assert large <= set(_NUMBER.findall(held)), claim
        for said in re.findall(r"“([^”]+)”", claim.text) if claim.verdict is Verdict.SUPPORTED else ():
            assert " ".join(words(said)) in " ".join(words(held)), claim
    assert {int(n) for n in re.findall(r"\[(\d+)\]", cited.text)} >= set(quotes)
    kept = sum(claim.verdict is Verdict.SUPPORTED for claim in cited.claims)
    return Counter(kept=kept, cut=sum(claim.verdict is Verdict.CUT for claim in cited.claims))


@pytest.mark.parametrize("citing", ["markers", "schema"])
def test_no_lie_gets_a_pointer_that_does_not_hold(
    passages: list[Evidence], server: ScriptedServer, tmp_path: Path, citing: str
) -> None:
    seen = lie(passages, server, tmp_path, citing=citing, claims=240)
    assert seen["kept"] > 10
    assert seen["cut"] > 100


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_no_lie_of_ten_thousand_does(
    passages: list[Evidence], server: ScriptedServer, tmp_path: Path
) -> None:
    seen = lie(passages, server, tmp_path, citing="schema", claims=10_000)
    assert seen["kept"] > 500
