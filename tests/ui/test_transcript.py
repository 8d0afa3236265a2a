"""Turns and sentences of a source: all of its words, once, with the labels and seconds of citations."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from rag.audiences import tiers_in
from rag.models import Passage, Sentence, Source
from tests.fakes import CannedAssistant, MemoryLibrary, a_passage, a_source
from ui.api import create_app
from ui.service import Front
from ui.transcript import anchor_of, turns_of, window

TEXT = "Welcome. Good to be here.\n\nChips are scarce. They are.\n\nThis show is paid for by Tin.\n\nSo."


def sentence(words: str, **given: Any) -> Sentence:
    start = TEXT.index(words)
    return Sentence(start=start, end=start + len(words), **given)


def passages(source: Source | None = None) -> list[Passage]:
    source = source or a_source(TEXT, audio_url="https://media.example/1.mp3")
    said: list[tuple[tuple[Sentence, ...], dict[str, Any]]] = [
        ((sentence("Welcome.", speaker="Ana", start_s=0.5, end_s=1.5),), {}),
        (
            (
                sentence("Good to be here.", speaker="Ana", start_s=1.5, end_s=3.0),
                sentence("Chips are scarce.", speaker="Bo", start_s=3.0, end_s=5.0, approximate=True),
                sentence("They are.", speaker="Cy", start_s=5.0),
            ),
            {"speakers": ("Ana", "Bo", "Cy")},
        ),
        ((sentence("This show is paid for by Tin.", speaker="Ana", start_s=6.0),), {"advert": True}),
        ((sentence("So.", speaker="Ana", start_s=9.0),), {"heading": "Power"}),
    ]
    return [
        a_passage(
            source.text[spans[0].start : spans[-1].end],
            source=source,
            id=f"p{place}",
            ordinal=place,
            sentences=spans,
            **given,
        )
        for place, (spans, given) in enumerate(said)
    ]


def test_a_turn_ends_with_its_paragraph_its_speaker_its_heading_and_its_label() -> None:
    turns = turns_of(passages())
    assert [(turn.speaker, [spoken.text for spoken in turn.sentences]) for turn in turns] == [
        ("Ana", ["Welcome.", "Good to be here."]),  # over the end of a passage
        ("Bo", ["Chips are scarce."]),
        ("Cy", ["They are."]),
        ("Ana", ["This show is paid for by Tin."]),
        ("Ana", ["So."]),
    ]
    assert [turn.advert for turn in turns] == [False, False, False, True, False]
    assert turns[-1].heading == "Power" and turns[-1].start_s == 9.0
    assert [spoken.anchor for spoken in turns[0].sentences] == ["p0-1", "p1-1"]


def test_a_citation_finds_its_sentence_by_its_offset() -> None:
    second = passages()[1]
    for n, one in enumerate(second.sentences, start=1):
        assert anchor_of(second, one.start) == f"p1-{n}"
    assert anchor_of(second, 10_000) == "p1-1"


def test_a_window_holds_the_offset_and_is_as_wide_as_asked_for_also_at_the_ends() -> None:
    turns = turns_of(passages())
    for around in range(len(TEXT) + 5):
        for most in range(1, 7):
            first, last = window(turns, around=around, most=most)
            assert last - first == min(most, len(turns))
            shown = turns[first:last]
            assert shown[-1].sentences[-1].sentence.end > around or last == len(turns)
            # White space between two turns is at the second of them.
            assert shown[0].sentences[0].sentence.start <= around + 2 or first == 0
    assert window(turns, around=None, most=2) == (0, 2)
    assert window([], around=3, most=2) == (0, 0)


def client(source: Source | None = None) -> TestClient:
    front = Front(tiers=tiers_in("public,paid"), owner_tokens=("owner-token",))
    return TestClient(
        create_app(CannedAssistant(), MemoryLibrary(*passages(source)), page=False, front=front)
    )


def test_the_whole_transcript_comes_over_http() -> None:
    got = client().get("/v1/sources/s1/transcript").json()
    assert got["source"]["audio_url"] == "https://media.example/1.mp3"
    assert (got["before"], got["after"], len(got["turns"])) == (0, 0, 5)
    for turn in got["turns"]:
        for one in turn["sentences"]:
            assert one["text"] == TEXT[one["start"] : one["end"]]
    chips = got["turns"][1]
    assert chips["speaker"] == "Bo"
    assert chips["sentences"][0] == {
        "passage_id": "p1",
        "n": 2,
        "start": 27,
        "end": 44,
        "start_s": 3.0,
        "end_s": 5.0,
        "approximate": True,
        "text": "Chips are scarce.",
        "advert": False,
        "ai_written": False,
    }
    assert got["turns"][3]["sentences"][0]["advert"] is True


def test_a_window_of_it_says_how_much_is_left_out() -> None:
    got = client().get("/v1/sources/s1/transcript", params={"around": 27, "turns": 1}).json()
    assert (got["before"], got["after"]) == (1, 3)
    assert [turn["speaker"] for turn in got["turns"]] == ["Bo"]
    for wrong in ({"turns": 0}, {"around": -1}, {"turns": "all"}):
        assert client().get("/v1/sources/s1/transcript", params=wrong).status_code == 422


def test_what_is_for_other_readers_is_not_there() -> None:
    reached = client(a_source(TEXT, audience="paid"))
    refused = reached.get("/v1/sources/s1/transcript")
    assert refused.status_code == 404 and "Chips" not in refused.text
    owner = reached.get("/v1/sources/s1/transcript", headers={"Authorization": "Bearer owner-token"})
    assert owner.status_code == 200
    assert reached.get("/v1/sources/nope/transcript").status_code == 404
