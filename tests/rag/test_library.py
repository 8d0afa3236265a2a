from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rag.errors import ArchiveMismatch, UnknownSource
from rag.library import Library
from rag.models import Filters, Sentence, SourceKind, listing
from rag.schema import MIGRATIONS, m001_first, m007_vectors_in_rows
from tests.fakes import a_passage, a_source
from tests.rag.libraries import paragraphs, put


def test_what_is_put_in_comes_out_the_same(library: Library) -> None:
    source = a_source(
        "Chips are scarce. “Naïve” 🎙?",
        people=("Ana Ruiz", "Bo Lind"),
        audio_url="https://m.example/1.mp3",
        language="en",
        seconds=90.5,
    )
    passage = a_passage(
        source=source,
        speakers=("Ana Ruiz", "Bo Lind"),
        sentences=(
            Sentence(start=0, end=17, speaker="Bo Lind", start_s=1.5, end_s=4.0, approximate=True),
            Sentence(start=18, end=len(source.text)),
        ),
        start_s=1.5,
        end_s=4.0,
        approximate=True,
        heading="Costs",
        advert=True,
        ai_written=True,
        page=3,
    )
    put(library, source, [passage])
    reopened = Library(library.path)
    assert reopened.source("s1") == source
    assert reopened.passages_of("s1") == [passage]
    assert reopened.passages([passage.id, "gone"]) == {passage.id: passage}
    assert reopened.overview() == [listing(source, passages=1, ai_written=True)]
    assert reopened.source_count() == 1
    reopened.close()


def test_putting_again_replaces_and_gives_the_former_passages(library: Library) -> None:
    put(library, a_source("Old words.\n\nKept words."))
    former = put(library, a_source("Kept words.\n\nNew words."))
    assert sorted(former) == ["s1-Kept words.", "s1-Old words."]
    assert [passage.text for passage in library.passages_of("s1")] == ["Kept words.", "New words."]
    assert library.words.lexical(["old"], k=5, filters=Filters()) == []
    assert [found for found, _ in library.words.lexical(["new"], k=5, filters=Filters())] == ["s1-New words."]


def test_removing_takes_everything_that_came_of_it(library: Library) -> None:
    put(library, a_source("Gone soon."), [a_passage("Gone soon.", speakers=("Ana",))])
    assert library.remove("s1") == ["p-s1-0"]
    assert (library.count(), library.sources(), library.narrowing.speaker_names(["Ana"])) == (0, [], ())
    assert library.words.document_counts(["gone", "soon"]) == {"gone": 0, "soon": 0}
    for act in (library.source, library.remove, library.passages_of):
        with pytest.raises(UnknownSource, match=r"'s1'; `earmark sources` lists them"):
            act("s1")


def test_a_source_is_all_there_or_not_there(library: Library) -> None:
    put(library, a_source("As it was."))
    generation = library.generation
    new = a_source("As it will be.\n\nTwo.")
    with pytest.raises(sqlite3.IntegrityError):  # the second passage has no vector
        library.put(new, paragraphs(new), location="/x", hashes=["a", "b"], vectors={"a": [1.0]})
    assert [passage.text for passage in library.passages_of("s1")] == ["As it was."]
    assert library.generation == generation
    assert library.vectors.hashes_among(["a"]) == set()


def test_the_generation_goes_up_with_every_change(library: Library) -> None:
    seen = [library.generation]
    put(library, a_source())
    seen.append(library.generation)
    library.move("s1", origin="new.vtt", location="/new.vtt")
    seen.append(library.generation)
    library.remove("s1")
    seen.append(library.generation)
    assert seen == [0, 1, 2, 3]


def test_a_source_that_moved_is_known_by_its_new_place_alone(library: Library) -> None:
    put(library, a_source(fingerprint="f1-said"))
    library.move("s1", origin="new.vtt", location="/new.vtt")
    assert library.source("s1").origin == "new.vtt"
    assert [known.source_id for known in library.known(location="/new.vtt")] == ["s1"]
    assert library.known(location="/episode.vtt") == []
    (known,) = library.known(content="f1")
    assert (known.title, known.passages, known.kind) == ("The Race for Chips", 1, SourceKind.EPISODE)


def test_newest_first_and_undated_last(library: Library) -> None:
    for id, day in (("a", None), ("b", date(2026, 1, 1)), ("c", date(2026, 2, 1))):
        put(library, a_source(id=id, published=day))
    assert [source.id for source in library.sources()] == ["c", "b", "a"]


def test_more_ids_than_sqlite_takes_at_once(library: Library) -> None:
    source = a_source("\n\n".join(f"Passage {n}." for n in range(1200)))
    put(library, source)
    ids = library.passage_ids()
    assert len(library.passages(ids)) == len(library.vectors.of(ids)) == 1200
    assert library.passage_ids(most=2) == ids[:2]


def test_an_empty_file_is_brought_to_the_newest_schema(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.touch()
    Library(path).close()
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_an_archive_of_the_first_schema_keeps_its_texts(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    text = "Chips are \0 scarce. “Naïve” 🎙?"  # SQLite's own length() would end at the NUL
    db = sqlite3.connect(path)
    m001_first(db)
    db.execute("PRAGMA user_version = 1")
    db.execute(
        "INSERT INTO sources VALUES ('s1', 'article', 'a', '/a', 'f', 'A', NULL, '[]', NULL, NULL, NULL,"
        " NULL, NULL, ?, 0)",
        (text,),
    )
    db.commit()
    db.close()
    library = Library(path)
    assert library.source("s1").text == text
    assert [listed.characters for listed in library.overview()] == [len(text)]
    library.close()


def test_listing_and_counting_read_no_text(library: Library) -> None:
    put(library, a_source("Chips.\n\nRain."))
    read: set[str] = set()

    def note(action: int, table: str | None, column: str | None, *_: object) -> int:
        if action == sqlite3.SQLITE_READ:
            read.add(f"{table}.{column}")
        return sqlite3.SQLITE_OK

    library._database.connection.set_authorizer(note)
    (listed,) = library.overview()
    assert (listed.passages, listed.characters, library.source_count()) == (2, 13, 1)
    assert "sources.characters" in read, "the watch was on"
    assert "texts.text" not in read


def test_listing_reads_no_passage_but_indexes(library: Library) -> None:
    for name, written in (("s1", (False, True)), ("s2", (False, False))):
        source = a_source("One.\n\nTwo.", id=name)
        put(
            library,
            source,
            [
                a_passage(text, source=source, id=f"{name}{text}", ordinal=n, ai_written=ai)
                for n, (text, ai) in enumerate(zip(("One.", "Two."), written, strict=True))
            ],
        )
    asked: list[str] = []
    library._database.connection.set_trace_callback(asked.append)
    found = {listed.id: (listed.passages, listed.ai_written) for listed in library.overview()}
    library._database.connection.set_trace_callback(None)
    assert found == {"s1": (2, True), "s2": (2, False)}
    plan = [str(row[3]) for query in asked for row in library.rows(f"EXPLAIN QUERY PLAN {query}")]
    of_passages = [step for step in plan if "passages" in step]
    assert of_passages
    assert all("COVERING INDEX" in step or "passages_ai_written" in step for step in of_passages)


def test_in_which_sources_people_speak(library: Library) -> None:
    for name, speakers in (("s1", ("Ana Ruiz",)), ("s2", ("Bo Lind", "Ana Ruiz")), ("s3", ())):
        source = a_source(id=name, people=("Ana Ruiz",))
        put(library, source, [a_passage(source=source, id=f"p{name}", speakers=speakers)])
    assert library.speaking(["Ana Ruiz"], ["s1", "s2", "s3"]) == {"s1", "s2"}
    assert library.speaking(["Bo Lind", "Cy Moe"], ["s1", "s2"]) == {"s2"}
    assert library.speaking(["Ana Ruiz"], ["s3"]) == library.speaking(["Ana Ruiz"], []) == set()


def test_a_schema_of_the_future_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(ArchiveMismatch, match=r"has schema \d+, this Earmark knows \d+; upgrade Earmark"):
        Library(path)


MAKE_LIBRARIES = """
import sys, time
from pathlib import Path
from rag.library import Library
home, start = Path(sys.argv[1]), float(sys.argv[2])
for n in range(40):
    while time.time() < start + n / 40:
        pass
    Library(home / f"{n}.db").close()
"""


def test_several_processes_may_make_the_same_library_at_once(tmp_path: Path) -> None:
    start = str(time.time() + 2)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE_LIBRARIES, str(tmp_path), start],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[1] for process in processes] == [""] * 4


def test_a_fact_about_the_archive(library: Library) -> None:
    assert library.meta("embedding_model") is None
    library.set_meta("embedding_model", "m@1")
    library.set_meta("embedding_model", "m@2")
    assert library.meta("embedding_model") == "m@2"


def test_sources_that_differ_in_nothing_else_have_their_own_ids(library: Library) -> None:
    put(library, a_source(id="s1"))
    put(library, replace(a_source(), id="s2"), [a_passage(source=a_source(id="s2"), id="q")])
    assert {source.id for source in library.sources()} == {"s1", "s2"}


def test_vectors_of_an_older_library_become_rows_and_keep_their_passages(tmp_path: Path) -> None:
    older = MIGRATIONS.index(m007_vectors_in_rows)
    db = sqlite3.connect(tmp_path / "library.db", isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    for migration in MIGRATIONS[:older]:
        migration(db)
    db.execute(f"PRAGMA user_version = {older}")
    db.execute("INSERT INTO vectors VALUES ('h', x'0000803f', x'7f')")
    db.execute(
        "INSERT INTO sources (id, kind, origin, location, fingerprint, title, people, added)"
        " VALUES ('s', 'episode', 'a', '/a', 'f', 't', '[]', 0)"
    )
    db.execute("INSERT INTO texts VALUES ('s', 'Kilns.')")
    db.execute(
        "INSERT INTO passages (id, source_id, ordinal, start, end, approximate, advert, ai_written, speakers,"
        " sentences, vector) VALUES ('p', 's', 0, 0, 6, 0, 0, 0, '[]', '[]', 'h')"
    )
    db.close()
    library = Library(tmp_path / "library.db")
    assert library.vectors.of(["p"])["p"].tolist() == [1.0]
    assert library.vectors.closeness(["p"], [1.0]) == {"p": ((1.0,), (), ())}
    assert library.rows("PRAGMA foreign_key_check") == []
    assert library.rows("PRAGMA foreign_keys") == [(1,)]
    with pytest.raises(sqlite3.IntegrityError):
        library.change("DELETE FROM vectors WHERE hash = ?", ["h"])
    library.close()
