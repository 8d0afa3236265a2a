from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.errors import UnknownSource
from rag.models import Source
from rag.overview.door import BUDGET_SPENT, WAITING
from rag.wiring import Archive
from tests.rag.archives import an_archive, put
from tests.rag.overview.talks import CHIPS, a_talk
from tests.scripted import Asked, Reply, ScriptedServer, scripted


def repeats(asked: Asked) -> str:
    """The first sentences that it was shown, each with its number: all of it stands."""
    shown = [(number, text.partition(": ")[2]) for number, text in sorted(asked.evidence.items())[:2]]
    return " ".join(f"{text[:-1]} [{number}]." for number, text in shown)


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    with scripted(Reply(text=repeats)) as server:
        yield server


def waited(archive: Archive, source_id: str) -> dict[str, Any]:
    """The overview once nobody writes it any more."""
    until = time.monotonic() + 8
    while (found := archive.overviews.of(source_id))["pending"]:
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path) as archive:
        yield archive


def put_talk(archive: Archive, **given: Any) -> Source:
    source, passages = a_talk(**given)
    put(archive, source, passages)
    return source


def rows(archive: Archive) -> list[tuple[str, str]]:
    with archive.activity.reading() as db:
        return db.execute("SELECT source_id, model FROM overviews ORDER BY 1, 2").fetchall()


def test_it_is_made_once_and_kept(archive: Archive) -> None:
    source = put_talk(archive)
    first = archive.overviews.of(source.id)
    with archive.activity.writing() as db:
        db.execute("UPDATE overviews SET at = 1")
    assert archive.overviews.of(source.id) == first
    with archive.activity.reading() as db:
        assert db.execute("SELECT at FROM overviews").fetchall() == [(1.0,)]
    assert json.loads(json.dumps(first)) == first


def test_another_text_gets_another_overview(archive: Archive) -> None:
    source = put_talk(archive)
    before = archive.overviews.of(source.id)
    put_talk(archive, title="The Queue")
    assert rows(archive) == []
    after = archive.overviews.of(source.id)
    assert (before["title"], after["title"]) == ("The Race for Chips", "The Queue")


def test_it_goes_with_its_source(archive: Archive) -> None:
    source = put_talk(archive)
    archive.overviews.of(source.id)
    archive.remove(source.id)
    assert rows(archive) == []
    with pytest.raises(UnknownSource):
        archive.overviews.of(source.id)


def test_a_model_writes_it_in_the_background_over_numbered_sentences(
    tmp_path: Path, model: ScriptedServer
) -> None:
    settings = model.settings(model_citing="markers")
    with an_archive(tmp_path, **settings) as archive:
        source = put_talk(archive)
        at_once = archive.overviews.of(source.id)
        assert (at_once["model"], at_once["pending"], at_once["notice"]) == ("extractive", True, WAITING)
        found = waited(archive, source.id)
        assert (found["model"], found["notice"]) == ("openai:scripted", None)
        line = found["summary"][0]
        assert line["verdict"] == "supported"
        assert line["citations"][0]["quote"] in source.text
        calls = len(model.asked)
        assert calls == 2 + len(found["dives"])
        archive.overviews.of(source.id)
        assert len(model.asked) == calls
        assert rows(archive) == [(source.id, "extractive"), (source.id, "openai:scripted")]


def test_what_the_words_do_not_carry_is_cut_and_then_quoted(tmp_path: Path, model: ScriptedServer) -> None:
    model.otherwise = Reply(text="The factory was sold to Bo Chen for 9 million crowns [1].")
    with an_archive(tmp_path, **model.settings(model_citing="markers")) as archive:
        source = put_talk(archive)
        found = archive.overviews.whole(source.id)
        assert found["model"] == "extractive"
        assert "The sources are quoted instead" in found["notice"]
        assert {line["verdict"] for line in found["summary"]} == {"quoted"}
        assert "Bo Chen" in found["cut"][0]["text"]
        assert rows(archive) == []


def test_a_model_that_fails_is_left_alone_for_a_while(tmp_path: Path, model: ScriptedServer) -> None:
    model.otherwise = Reply(status=400)
    with an_archive(tmp_path, **model.settings(model_citing="markers")) as archive:
        source = put_talk(archive)
        found = waited(archive, source.id)
        asked = len(model.asked)
        assert found["model"] == "extractive"
        assert found["notice"] not in (None, WAITING)
        archive.overviews.of(source.id)
        assert len(model.asked) == asked


def test_where_no_more_may_be_written_it_is_quoted(tmp_path: Path, model: ScriptedServer) -> None:
    with an_archive(tmp_path, **model.settings(model_citing="markers")) as archive:
        source = put_talk(archive)
        found = archive.overviews.of(source.id, may_write=lambda: False)
        assert (found["pending"], found["notice"]) == (False, BUDGET_SPENT)
        assert model.asked == []
        assert CHIPS[0] in json.dumps(found)


def test_progress_names_each_part(tmp_path: Path, model: ScriptedServer) -> None:
    told: list[str] = []
    with an_archive(tmp_path, **model.settings(model_citing="markers")) as archive:
        source = put_talk(archive)
        archive.overviews.whole(source.id, progress=told.append)
    assert told[:2] == ["the summary", "the takeaways"]
    assert "“Chips”" in told
