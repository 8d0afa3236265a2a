"""The helpers of `make bench-quality`: offsets, figures and the page, over texts of our own."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks import flood, wice
from benchmarks.page import Section, page
from benchmarks.sets.chunking import character_scores
from benchmarks.sets.qmsum import meeting_document, turn_windows
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
from rag.evaluate.tables import JUDGE_NOTE
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


def test_windows_hold_whole_turns_and_cut_those_that_are_too_long():
    meeting, places = meeting_document("meeting-07", [*TURNS, {"speaker": "Ana", "content": "So it does."}])
    windows = turn_windows(meeting, places, most=40)
    assert [meeting.raw[at.start : at.end] for _, at in windows] == [
        "The kiln was built in spring.",
        "Glazes cost more than clay.",
        "So it does.",
    ]
    together = turn_windows(meeting, places, most=45)
    assert [meeting.raw[at.start : at.end] for _, at in together][1] == (
        "Glazes cost more than clay.\nAna: So it does."
    )
    cut = turn_windows(meeting, places, most=16)
    assert [meeting.raw[at.start : at.end] for _, at in cut][:2] == ["The kiln was ", "built in spring."]
    assert [id_ for id_, _ in windows] == ["meeting-07/0", "meeting-07/1", "meeting-07/2"]


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


TRUTH = np.array([0.0, 0.0, 1.0, 1.0])
COLUMNS = {
    wice.OVERLAP: np.array([[0.5, 0.7, 0.3, 0.9]]),
    wice.WORDS: np.array([[0.1, 0.3, 0.7, 0.9]]),
    wice.MEANING: np.array([[0.05, 0.15, 0.7, 0.45]]),
}


def test_the_judges_page_says_how_far_each_is_right():
    page = wice.page(COLUMNS, TRUTH)
    assert "| word overlap | 0.500 | 0.500 | 0.500 |" in page
    assert "| judge, words only | 1.000 | 1.000 | 0.200 |" in page
    assert "| judge, words and meaning | 0.0 to 0.2 | 2 | 0.10 | 0.00 | 0.00 to 0.66 |" in page
    assert "25 % wrong" in page


def test_the_judges_picture_is_a_file_of_its_own():
    root = ElementTree.fromstring(wice.picture(COLUMNS, TRUTH))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    dots = [one for one in root if one.get("class") == "dot"]
    lines = [one.get("class") for one in root if one.tag.endswith("polyline")]
    assert (len(dots), lines) == (3, ["chance", "other other-1", "other other-2", "mean"])


def test_the_note_in_reports_has_the_figures_of_the_judges_page():
    page = wice.PAGE.read_text("utf-8")
    rows = dict(re.findall(r"^\| ([a-z, ]+) \| ([\d.]+ \| [\d.]+ \| [\d.]+) \|$", page, flags=re.MULTILINE))
    noted = re.findall(r"0\.\d{3}", JUDGE_NOTE)
    nos = re.findall(r"always saying no is right for (0\.\d{3})", page)
    assert noted == [*rows[wice.MEANING].split(" | "), *rows[wice.OVERLAP].split(" | "), *nos]


def test_a_flood_goes_in_and_is_measured(capsys):
    flood.main(1)
    told = capsys.readouterr().out
    assert re.search(r"4\d,\d{3} characters, \d+ passages in \d+ s", told)
    assert re.search(r"all again, unchanged: \d", told)
