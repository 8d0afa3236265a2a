from pathlib import Path

import pytest

from ingest.canonical import canonical
from ingest.read import read
from rag.evaluate.gold import GoldPlacer, no_raw_text
from rag.evaluate.question_file import read_questions
from rag.evaluate.questions import Gold, GoldEvidence
from rag.models import Passage, Sentence, Source
from tests.fakes import MemoryLibrary, a_passage, a_source

CUES = """WEBVTT

1
00:00:01.000 --> 00:00:04.000
<v Ana Ruiz>We began in May, and the first

2
00:00:04.000 --> 00:00:07.500
<v Ana Ruiz>model was ready by June. The first

3
00:00:07.500 --> 00:00:09.000
<v Bo Lind>Was it any good?
"""
HEARD = "We began in May, and the first model was ready by June. The first\n\nWas it any good?"

PAGE = """---
title: Chips
---
* **Export rules:** The [new rules][rules 2026]
  cap *shipments* at **1,700** units.\r
  See [the order](https://example.org/order/1700/units).

The cap of 1,700 units is weekly.
"""
READ = (
    "Export rules: The new rules cap shipments at 1,700 units. See the order.\n\n"
    "The cap of 1,700 units is weekly."
)


def placed(evidence: GoldEvidence, *, text: str, raw: str | None = None) -> str:
    """The words that the evidence was placed on, or the warning."""
    source = a_source(text, origin="shows/notes/page.md")
    found = GoldPlacer(MemoryLibrary(a_passage(source=source)), lambda _: raw).place(
        Gold(evidence=(evidence,))
    )
    if found.warnings:
        return found.warnings[0]
    (stretch,) = found.stretches
    return text[stretch.start : stretch.end]


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        pytest.param("in May, and the first", "in May, and the first", id="inside-a-cue"),
        pytest.param(
            "the first\n\n2\n00:00:04.000 --> 00:00:07.500\n<v Ana Ruiz>model was",
            "the first model was",
            id="across-cues",
        ),
        pytest.param("The first", "The first", id="words-that-occur-before"),
        pytest.param("Was it any good?", "Was it any good?", id="closing-mark"),
    ],
)
def test_a_quote_of_cues_is_placed_in_what_was_heard(quote: str, words: str) -> None:
    assert placed(GoldEvidence(path="page.md", quote=quote), text=HEARD, raw=CUES) == words


@pytest.mark.parametrize("raw", [PAGE, None], ids=["with-the-file", "without-it"])
@pytest.mark.parametrize(
    ("quote", "words"),
    [
        pytest.param(
            "The [new rules][rules 2026]\n  cap *shipments*", "The new rules cap shipments", id="markup"
        ),
        pytest.param("at **1,700** units.", "at 1,700 units.", id="emphasis"),
        pytest.param("The cap of 1,700 units is weekly.", "The cap of 1,700 units is weekly.", id="plain"),
        pytest.param("units.\n  See [the order]", "units. See the order", id="other-line-ends"),
    ],
)
def test_a_quote_of_a_page_is_placed_in_its_text(raw: str | None, quote: str, words: str) -> None:
    assert placed(GoldEvidence(path="page.md", quote=quote), text=READ, raw=raw) == words


def test_offsets_are_those_of_the_file() -> None:
    start = PAGE.rindex("1,700")
    evidence = GoldEvidence(path="page.md", start=start, end=start + len("1,700 units"))
    assert placed(evidence, text=READ, raw=PAGE) == "1,700 units"
    assert "need the file" in placed(evidence, text=READ)


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        pytest.param(GoldEvidence(path="other.md", quote="weekly"), "no source of this archive", id="path"),
        pytest.param(
            GoldEvidence(path="e.md", quote="weekly"), "no source of this archive", id="half-a-name"
        ),
        pytest.param(GoldEvidence(path="page.md", quote="nothing like it"), "not in the text", id="quote"),
        pytest.param(GoldEvidence(path="page.md", quote="**"), "not in the text", id="no-words"),
        pytest.param(GoldEvidence(path="page.md", start=5, end=10**6), "need the file", id="beyond-its-end"),
        pytest.param(GoldEvidence(path="page.md", start_s=3.0), "not in the text", id="no-times"),
    ],
)
def test_gold_that_cannot_be_placed_is_a_warning(evidence: GoldEvidence, reason: str) -> None:
    assert reason in placed(evidence, text=READ, raw=PAGE)


def test_a_path_is_the_end_of_an_origin_component_by_component() -> None:
    for path in ("page.md", "notes/page.md", "./shows/notes/page.md", "archive/shows/notes/page.md"):
        assert placed(GoldEvidence(path=path, quote="is weekly"), text=READ) == "is weekly"


def test_a_quote_tells_sources_of_the_same_name_apart() -> None:
    one, other = (
        a_source(text, id=text[:1], origin=f"{text[:1]}/page.md") for text in ("A cat sat.", "B dog ran.")
    )
    placer = GoldPlacer(MemoryLibrary(a_passage(source=one), a_passage(source=other)))
    found = placer.place(Gold(evidence=(GoldEvidence(path="page.md", quote="dog ran"),)))
    assert [stretch.source for stretch in found.stretches] == ["B"]


@pytest.mark.parametrize(
    ("start_s", "end_s", "words"),
    [
        pytest.param(1.0, 2.0, "One here.", id="inside"),
        pytest.param(3.0, 6.0, "One here. Two there.", id="across"),
        pytest.param(9.0, None, "Three apart.", id="one-second"),
        pytest.param(30.0, 40.0, None, id="after-the-end"),
    ],
)
def test_a_time_range_is_the_sentences_heard_in_it(
    start_s: float, end_s: float | None, words: str | None
) -> None:
    text = "One here. Two there.\n\nThree apart."
    source = a_source(text, origin="a.vtt")
    first = Passage(
        id="p1",
        source=source,
        ordinal=0,
        start=0,
        end=20,
        sentences=(
            Sentence(start=0, end=9, start_s=0.0, end_s=4.0),
            Sentence(start=10, end=20, start_s=4.0, end_s=8.0),
        ),
    )
    second = Passage(
        id="p2", source=source, ordinal=1, start=22, end=34, sentences=(), start_s=8.0, end_s=12.0
    )
    gold = Gold(evidence=(GoldEvidence(path="a.vtt", start_s=start_s, end_s=end_s),))
    found = GoldPlacer(MemoryLibrary(first, second)).place(gold)
    assert [text[stretch.start : stretch.end] for stretch in found.stretches] == ([words] if words else [])


@pytest.mark.shared
@pytest.mark.parametrize("with_files", [True, False], ids=["with-files", "without-files"])
def test_all_gold_of_the_development_questions_is_placed(shared: Path, with_files: bool) -> None:
    corpora = shared / "corpora"
    sources = [
        _as_read(corpora / line)
        for line in (shared / "questions/dev_corpus.txt").read_text().splitlines()
        if line
    ]
    library = MemoryLibrary(*(a_passage(source=source) for source in sources))
    placer = GoldPlacer(
        library, (lambda source: Path(source.origin).read_text("utf-8")) if with_files else no_raw_text
    )
    for question in read_questions(shared / "questions/dev.jsonl").questions:
        found = placer.place(question.gold)
        assert not found.warnings, question.id
        for evidence, stretch in zip(question.gold.evidence, found.stretches, strict=True):
            assert library.source(stretch.source).origin.endswith(evidence.path)
            assert stretch.length >= 0.6 * len(evidence.quote or ""), question.id


def _as_read(path: Path) -> Source:
    text, _ = canonical(read(path.read_bytes(), origin=str(path)).parts)
    return a_source(text, id=str(path), origin=str(path))
