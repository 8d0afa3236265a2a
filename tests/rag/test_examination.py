from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rag.examination import Finding, examine_files, examine_index
from tests.fakes import a_source
from tests.rag.archives import MODEL, an_archive, put
from tests.rag.contents import contents


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    with an_archive(home) as archive:
        archive.claim_model()
        put(archive, a_source("Chips.\n\nRain."))
        put(archive, a_source("Quays.", id="s2"))
    return home


def looked(home: Path) -> dict[str, Finding]:
    found = [*examine_files(home, model=MODEL.id), examine_index(home)]
    return {one.check: one for one in found}


def wrong(home: Path) -> dict[str, Finding]:
    return {check: one for check, one in looked(home).items() if one.advice}


def change(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / "library.db")) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def test_a_sound_archive_needs_nothing_and_is_left_as_it_was(home: Path) -> None:
    before = contents(home)
    found = looked(home)
    assert {check: one.advice for check, one in found.items()} == dict.fromkeys(
        "library|texts|full text|vectors|model|lock|disk|index".split("|")
    )
    assert found["library"].found == "2 sources, 3 passages; the file is sound"
    assert found["index"].found == "3 passages, level with the library; all of a sample found"
    assert contents(home) == before


def test_an_archive_that_is_not_there_yet_needs_nothing(tmp_path: Path) -> None:
    assert wrong(tmp_path / "nowhere") == {}
    assert not (tmp_path / "nowhere" / "library.db").exists()


@pytest.mark.parametrize(
    ("statement", "check", "said", "advice"),
    [
        pytest.param(
            "UPDATE passages SET end = 999 WHERE id = 's1-1'",
            "texts",
            "passages of s1 lie outside their text",
            "`earmark remove`",
            id="offsets",
        ),
        pytest.param(
            "UPDATE passage_words SET text = 'Snow.' WHERE rowid = 1",
            "full text",
            "1 passages are missing or have other words, 0 are too many",
            "`earmark rebuild`",
            id="other-words",
        ),
        pytest.param(
            "DELETE FROM passage_words WHERE rowid = 1",
            "full text",
            "1 passages are missing or have other words",
            "`earmark rebuild`",
            id="missing-words",
        ),
        pytest.param(
            "INSERT INTO passage_words (rowid, text) VALUES (99, 'Surplus.')",
            "full text",
            "1 are too many",
            "`earmark rebuild`",
            id="surplus-words",
        ),
        pytest.param(
            "DELETE FROM passage_words_content WHERE id = 1",
            "full text",
            "malformed",
            "`earmark rebuild`",
            id="damaged-words",
        ),
        pytest.param(
            "DELETE FROM vectors WHERE hash = 'Rain.'",
            "vectors",
            "1 missing",
            "earmark restore",
            id="no-vector",
        ),
        pytest.param(
            "UPDATE vectors SET vector = zeroblob(1536) WHERE hash = 'Rain.'",
            "vectors",
            "1 are not of unit length",
            "earmark restore",
            id="empty-vector",
        ),
        pytest.param(
            "UPDATE vectors SET vector = zeroblob(8) WHERE hash = 'Rain.'",
            "vectors",
            "lengths [2, 384]",
            "earmark restore",
            id="short-vector",
        ),
        pytest.param(
            "DELETE FROM sources WHERE id = 's1'",
            "library",
            "rows point nowhere",
            "earmark restore",
            id="torn",
        ),
        pytest.param(
            "UPDATE meta SET value = 'other@1' WHERE key = 'embedding_model'",
            "model",
            "built with 'other@1', the settings say 'hashing'",
            "EARMARK_EMBEDDING_MODEL",
            id="model",
        ),
    ],
)
def test_what_is_wrong_in_the_library_is_found_and_said_what_to_do(
    home: Path, statement: str, check: str, said: str, advice: str
) -> None:
    change(home, statement)
    found = wrong(home)[check]
    assert said in found.found
    assert advice in (found.advice or "")


def test_a_rebuild_mends_the_full_text_table(home: Path) -> None:
    before = contents(home)
    change(
        home, "DELETE FROM passage_words_content WHERE id = 1", "DELETE FROM passage_words_data WHERE id > 10"
    )
    assert "full text" in wrong(home)
    with an_archive(home) as archive:
        archive.rebuild()
    assert wrong(home) == {}
    assert contents(home) == before


def in_the_library_alone(home: Path) -> None:
    (home / "chroma").rename(home / "kept")
    with an_archive(home) as archive:
        put(archive, a_source("Fog.", id="s3"))
        archive.remove("s2")
    shutil.rmtree(home / "chroma")
    (home / "kept").rename(home / "chroma")


def garbled(home: Path) -> None:
    (home / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 1000)


def lost(home: Path) -> None:
    shutil.rmtree(home / "chroma")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (in_the_library_alone, "1 passages missing, 0 out of date, 1 too many"),
        (garbled, "cannot be used"),
        (lost, "there is none"),
    ],
    ids=["behind", "garbled", "lost"],
)
def test_an_index_that_is_not_level_is_found_and_mended(
    home: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(home)
    found = wrong(home)
    assert list(found) == ["index"]
    assert said in found["index"].found
    assert "earmark rebuild" in (found["index"].advice or "")
    with an_archive(home) as archive:
        archive.rebuild()
    assert wrong(home) == {}


def test_what_a_kill_left_behind_is_told(home: Path) -> None:
    note = {"pid": 1, "command": "earmark add", "since": 0.0, "url": None, "token": None}
    (home / "holder.json").write_text(json.dumps(note))
    (home / "chroma.opening").touch()
    (home / "restore.123.new").mkdir()
    found = looked(home)
    assert found["lock"] == Finding(
        check="lock", found="free; the note of one that was killed is left, and not believed"
    )
    assert set(wrong(home)) == {"index opening", "leftover"}


def test_beside_an_owner_the_files_are_looked_at_and_the_index_from_inside(home: Path) -> None:
    with an_archive(home) as archive:
        found = looked(home)
        assert "not looked at: `a test`" in found["index"].found
        assert "held by `a test`" in found["lock"].found
        archive.index.ready()
        assert archive.examine().found == "3 passages, level with the library; all of a sample found"
        assert wrong(home) == {}


def test_a_library_that_is_no_database_is_told(home: Path) -> None:
    (home / "library.db").write_bytes(b"garbage " * 1000)
    assert "cannot be opened" in wrong(home)["library"].found


def test_a_damaged_page_is_told(home: Path) -> None:
    held = bytearray((home / "library.db").read_bytes())
    held[8192:-4096] = b"\xff" * (len(held) - 4096 - 8192)
    (home / "library.db").write_bytes(held)
    assert "earmark restore" in (wrong(home)["library"].advice or "")


def test_little_room_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.examination._ROOM", 10**18)
    assert "make room" in (wrong(home)["disk"].advice or "")
