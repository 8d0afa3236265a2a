"""The helpers of `make bench-quality`: offsets, figures and the page, over texts of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality import Section, page
from benchmarks.sets import character_scores, meeting_document
from benchmarks.systems import (
    DENSE,
    OURS,
    STOCK,
    SYSTEMS,
    WORDS,
    Document,
    InFile,
    KeptVectors,
    built,
    document,
    systems,
)
from ingest.reading import Part
from rag.evaluate.stretch import Stretch
from rag.models import Filters
from tests.fakes import HashingEmbeddings

TURNS = [
    {"speaker": "Ana", "content": "The kiln was built  in spring."},
    {"speaker": "Bo", "content": ""},
    {"speaker": "Bo", "content": "Glazes cost more than clay."},
]


def a_text(id_: str, *lines: str) -> Document:
    raw = "\n".join(lines)
    return document(id_, title=id_, raw=raw, parts=[(raw.index(line), Part(text=line)) for line in lines])


def test_a_meeting_becomes_a_file_whose_turns_keep_their_places():
    meeting, places = meeting_document("meeting-07", TURNS)
    assert [meeting.raw[start:end] for start, end in places] == [
        "The kiln was built in spring.",
        "",
        "Glazes cost more than clay.",
    ]
    assert meeting.title == "Meeting 07"
    assert [part.label.speaker for part in meeting.parts] == ["Ana", "Bo"]


def test_a_part_that_is_not_in_the_file_is_refused():
    with pytest.raises(AssertionError, match="not of this file"):
        document("a", title="A", raw="Clay.", parts=[(1, Part(text="Clay."))])


def test_vectors_are_kept_and_computed_once(tmp_path, monkeypatch):
    model = HashingEmbeddings()
    kept = KeptVectors(model, tmp_path / "vectors.db")
    first = kept.embed_documents(["clay", "glaze", "clay"])
    monkeypatch.setattr(model, "embed_documents", lambda texts: [[0.0]] * len(texts))
    again = KeptVectors(model, tmp_path / "vectors.db").embed_documents(["glaze", "clay"])
    assert again == [first[1], first[0]]


def test_all_four_systems_answer_in_the_offsets_of_the_file(tmp_path: Path):
    meeting, places = meeting_document("meeting-07", TURNS)
    other = a_text("other", "Nothing about pots.", "A walk by the sea.")
    documents = [meeting, other]
    kept = KeptVectors(HashingEmbeddings(), tmp_path / "vectors.db")
    texts = {one.id: one.raw for one in documents}
    for _ in range(2):  # made, then found again
        with built(tmp_path, "pots", documents, kept) as archive:
            every = systems(archive, texts, InFile(documents))
            for name in SYSTEMS:
                system = every[name]
                [(id_, best), *_] = system.rank("What do glazes cost?", 3, Filters(sources=(meeting.id,)))
                assert best.start <= places[2][0] and best.end == places[2][1], name
                assert (id_, best) in system.pieces(meeting.id)
                assert {piece.source for _, piece in system.pieces("other")} == {"other"}
    assert len(list(tmp_path.glob("pots-*"))) == 1


def test_characters_that_are_read_twice_count_twice():
    gold, piece = [Stretch("a", 0, 10)], Stretch("a", 5, 15)
    assert character_scores(gold, [piece, piece]) == (0.5, 0.25, 0.2)
    assert character_scores(gold, []) == (0.0, 0.0, 0.0)


def test_a_line_is_set_against_the_best_of_the_others():
    section = Section(title="Pots", about="Two questions.")
    section.compare(
        "Hit", {OURS: [1.0, 1.0], STOCK: [0.0, 0.0], WORDS: [1.0, 0.0], DENSE: [0.0, 0.0]}, goal="≥ 0.9"
    )
    section.state("Refusal recall", None)
    section.tabulate("By type:", ["type", "hit"], [["fact", "1.000"]])
    written = page(
        {
            "pots": {
                "title": section.title,
                "about": section.about,
                "lines": section.lines,
                "tables": section.tables,
                "seconds": 3,
                "at": "abc",
            }
        }
    )
    assert "| **Pots**: Hit | 1.000 | 0.000 | 0.500 | 0.000 | +0.500 of BM25 (" in written
    assert "| Refusal recall | – | – | – | – |  |  |" in written
    assert "By type:\n\n| type | hit |" in written and "Measured at `abc` in 3 s" in written
