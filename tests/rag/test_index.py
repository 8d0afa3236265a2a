from __future__ import annotations

import hashlib
import logging
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rag.errors import StorageError
from rag.index import Difference, Index
from rag.kept_index import KeptIndex
from rag.library import Library
from rag.models import Filters, Passage, SourceKind
from rag.rows import Vector
from rag.served_index import Server, ServerAddress
from rag.settings import load
from rag.wiring import Archive, place_of
from tests.fakes import a_passage, a_source
from tests.rag.archives import MODEL, an_archive, paragraphs, put

TOPICS = ("chips", "licences", "models", "quays", "bread", "rain", "courts", "judges", "ports", "tariffs")
SOURCE = a_source(
    "\n\n".join(f"{one} and {other} and {third}." for one in TOPICS for other in TOPICS for third in TOPICS)
)
NONE = Filters()
CHIPS = MODEL.embed_query("chips and licences")


@pytest.fixture(params=["in-a-folder", "on-a-server"])
def home(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param == "on-a-server":
        monkeypatch.setenv("EARMARK_CHROMA_URL", request.getfixturevalue("chroma_server"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of an archive whose index lies in it."""
    return tmp_path / "home"


@pytest.fixture
def index(home: Path) -> Iterator[Index]:
    home.mkdir()
    place = place_of(load({}, home=home))
    index = place.open()
    yield index
    index.close()
    place.close()


def on_server(home: Path) -> tuple[Server, str]:
    """The server of an archive, and the name of its collection there."""
    url = load({}, home=home).chroma_url
    assert url is not None
    return Server(ServerAddress(url=url)), (home / "chroma.id").read_text()


def lose_index(home: Path) -> None:
    if (home / "chroma").is_dir():
        shutil.rmtree(home / "chroma")
        return
    server, name = on_server(home)
    server.drop(name)
    server.close()


def unstamp(home: Path) -> None:
    """As if the library had been written to since the index was."""
    if (home / "chroma").is_dir():
        (home / "chroma" / "generation").write_text("somewhere else")
        return
    server, name = on_server(home)
    collection = server.collection(name, make=False)
    assert collection is not None
    collection.modify(metadata={"generation": "somewhere else"})
    server.close()


def vectors_of(passages: list[Passage]) -> dict[str, Vector]:
    return {passage.id: np.asarray(MODEL.embed_query(passage.text), np.float32) for passage in passages}


def upsert(index: Index, *passages: Passage) -> None:
    index.upsert(passages, vectors_of(list(passages)))


def near(found: Index | Archive, question: str = "chips", k: int = 9, filters: Filters = NONE) -> list[str]:
    vector = MODEL.embed_query(question)
    return [passage_id for passage_id, _ in found.nearest(vector, k=k, filters=filters)]


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# -- one collection -------------------------------------------------------------------------------------


def test_writing_twice_changes_nothing(index: Index) -> None:
    passage = a_passage()
    upsert(index, passage)
    upsert(index, passage)
    assert (index.count(), index.ids()) == (1, {passage.id})


def test_an_empty_index_finds_nothing(index: Index) -> None:
    assert near(index) == []


def test_what_is_added_or_gone_after_a_search_is_seen_by_the_next(index: Index) -> None:
    first, second = a_passage("Chips.", id="a"), a_passage("Licences.", id="b")
    upsert(index, first)
    assert near(index) == ["a"]
    upsert(index, second)
    assert sorted(near(index)) == ["a", "b"]
    index.delete(["a", "b"])
    assert near(index) == []


def test_deleting_forgets_and_does_not_mind_what_is_gone(index: Index) -> None:
    upsert(index, *paragraphs(a_source("Chips.\n\nRain.")))
    index.delete(["s1-0", "never-there"])
    assert near(index, "chips rain") == ["s1-1"]


def test_it_finds_what_exact_arithmetic_finds(home: Path) -> None:
    with an_archive(home) as archive:
        put(archive, SOURCE)
        index = archive.index.ready()
        assert index is not None
        for question in ("chips and rain", "bread for judges", "tariffs"):
            vector = MODEL.embed_query(question)
            exact = archive.library.vectors.nearest(vector, k=20, filters=Filters())
            found = index.nearest(vector, k=20, filters=Filters())
            assert [score for _, score in found] == pytest.approx([score for _, score in exact], abs=1e-5)
            assert found[0][1] > found[-1][1]


def test_as_many_as_the_search_goes_deep(home: Path) -> None:
    with an_archive(home) as archive:
        put(archive, SOURCE)
        assert len(near(archive, k=1000)) == 1000


def test_adverts_are_left_out_unless_asked_for(index: Index) -> None:
    source = a_source("Chips here.\n\nChips, sponsored.")
    plain, advert = paragraphs(source)
    upsert(index, plain, replace(advert, advert=True))
    assert near(index) == ["s1-0"]
    assert set(near(index, filters=Filters(adverts=True))) == {"s1-0", "s1-1"}


def dated(id: str, show: str | None, month: int, kind: SourceKind, *speakers: str) -> Passage:
    published = date(2026, month, 10) if month else None
    return a_passage(
        source=a_source("Chips.", id=id, show=show, published=published, kind=kind), speakers=speakers
    )


SHELF = [
    dated("e1", "Long Wire", 1, SourceKind.EPISODE, "Ana", "Bo"),
    dated("e2", "Long Wire", 3, SourceKind.EPISODE, "Cy"),
    dated("n1", "Wafer", 2, SourceKind.NEWSLETTER),
    dated("u1", None, 0, SourceKind.SUMMARY),
]


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        pytest.param(Filters(), "e1 e2 n1 u1", id="none"),
        pytest.param(Filters(kinds=(SourceKind.SUMMARY, SourceKind.NEWSLETTER)), "n1 u1", id="kinds"),
        pytest.param(Filters(shows=("Long Wire", "Wafer")), "e1 e2 n1", id="shows"),
        pytest.param(Filters(speakers=("Bo",)), "e1", id="speaker"),
        pytest.param(Filters(speakers=("Bo", "Cy")), "e1 e2", id="speakers"),
        pytest.param(Filters(sources=("e1", "u1")), "e1 u1", id="sources"),
        pytest.param(Filters(since=date(2026, 2, 10)), "e2 n1", id="since"),
        pytest.param(Filters(until=date(2026, 2, 10)), "e1 n1", id="until"),
        pytest.param(Filters(speakers=("Cy", "Ana"), until=date(2026, 2, 1)), "e1", id="several"),
        pytest.param(Filters(shows=("Nobody's",)), "", id="nothing"),
    ],
)
def test_filters(index: Index, filters: Filters, passing: str) -> None:
    upsert(index, *SHELF)
    assert sorted(near(index, filters=filters)) == sorted(f"p-{source_id}-0" for source_id in passing.split())


# -- the library is the truth ---------------------------------------------------------------------------


def level(archive: Archive) -> bool:
    index = archive.index.ready()
    return (
        index is not None
        and index.matches(archive.library)
        and index.ids() == set(archive.library.passage_ids())
    )


def test_every_change_keeps_it_level(home: Path) -> None:
    with an_archive(home) as archive:
        put(archive, a_source("Chips.\n\nRain."))
        assert level(archive)
        put(archive, a_source("Chips.\n\nSnow."))
        assert level(archive)
        archive.move("s1", origin="b", location="/b")
        assert level(archive)
        put(archive, a_source("Quay.", id="s2"))
        archive.remove("s1")
        assert level(archive)
        assert near(archive, "chips") == ["s2-0"]


def test_a_lost_index_comes_back_without_embedding(home: Path) -> None:
    with an_archive(home) as archive:
        put(archive, SOURCE)
    lose_index(home)
    MODEL.embedded.clear()
    with an_archive(home) as archive:
        assert level(archive)
        assert len(near(archive, k=5)) == 5
    assert MODEL.embedded == []


def test_it_catches_up_with_what_the_library_did_without_it(home: Path) -> None:
    with an_archive(home) as archive:
        put(archive, a_source("Chips.\n\nRain."))
    library = Library(home / "library.db")
    changed = a_source("Rain.\n\nSnow and chips.\n\nFog.")
    texts = ["Rain.", "Snow and chips.", "Fog."]
    passages = [replace(passage, id=f"new-{place}") for place, passage in enumerate(paragraphs(changed))]
    vectors = dict(zip(texts, MODEL.embed_documents(texts), strict=True))
    library.put(changed, passages, location="/s1", hashes=texts, vectors=vectors)
    library.close()
    with an_archive(home) as archive:
        assert near(archive, "snow chips", k=1) == ["new-1"]
        assert level(archive)


def test_a_change_that_failed_half_way_is_made_good(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with an_archive(folder) as archive:
        put(archive, a_source("Chips.\n\nRain."))
        with monkeypatch.context() as full_disk:
            full_disk.setattr(Index, "upsert", lambda *_: (_ for _ in ()).throw(OSError("no space")))
            with pytest.raises(StorageError, match=r"could not be written.*\(no space\).*`earmark rebuild`"):
                put(
                    archive,
                    a_source("Snow.\n\nFog.", title="New"),
                    paragraphs(a_source("Snow.\n\nFog.", title="New")),
                )
        put(archive, a_source("Quay.", id="s2"))
        assert level(archive)
        assert near(archive, "snow", k=1) == ["s1-0"]


def test_a_run_without_a_change_brings_it_level_after_one_that_died(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyboardInterrupt), an_archive(home) as archive, monkeypatch.context() as dying:
        put(archive, a_source("Chips.\n\nRain."))
        dying.setattr(KeptIndex, "write", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        put(archive, a_source("Snow.", id="s2"))
    with an_archive(home, alone=False):
        pass  # whoever only reads mends nothing, and forgets nothing
    with an_archive(home):
        pass
    monkeypatch.setattr(Index, "reconcile", lambda *_, **__: pytest.fail("it was not level"))
    with an_archive(home) as archive:
        assert level(archive)


def test_what_the_library_has_otherwise_is_taken_over(home: Path) -> None:
    source = a_source("Chips.\n\nRain.", published=date(2026, 1, 1))
    with an_archive(home) as archive:
        put(archive, source)
    library = Library(home / "library.db")
    newer = replace(source, published=date(2026, 6, 1))
    # As a retitled source: the same passages and ids, other metadata, and another vector for one of them.
    vectors = dict(zip(["Chips.", "x"], MODEL.embed_documents(["Chips.", "quays and bread"]), strict=True))
    library.put(newer, paragraphs(newer), location="/s1", hashes=["Chips.", "x"], vectors=vectors)
    library.close()
    with an_archive(home) as archive:
        found = archive.index.ready().nearest(
            MODEL.embed_query("quays and bread"), k=1, filters=Filters(since=date(2026, 5, 1))
        )
        assert [(id_, round(score, 3)) for id_, score in found] == [("s1-1", 1.0)]
        assert not archive.index.ready().compare(archive.library)


def slow_mending(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Mending stops at its first step until it is let go on; tells when it has come so far."""
    begun, go_on = threading.Event(), threading.Event()
    compare = Index.compare

    def slow(self: Index, library: Library) -> Difference:
        begun.set()
        assert go_on.wait(20)
        return compare(self, library)

    monkeypatch.setattr(Index, "compare", slow)
    return begun, go_on


def test_questions_are_answered_while_the_index_is_mended(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with an_archive(home) as archive:
        put(archive, SOURCE)
    lose_index(home)
    begun, go_on = slow_mending(monkeypatch)
    with an_archive(home) as archive:
        archive.warm_up()
        assert begun.wait(10)
        exact = archive.library.vectors.nearest(CHIPS, k=5, filters=NONE)
        started = time.monotonic()
        assert archive.nearest(CHIPS, k=5, filters=NONE) == exact
        assert time.monotonic() - started < 2
        assert archive.index.state() is None
        go_on.set()
        assert level(archive)
        assert near(archive, k=5) == [
            id_ for id_, _ in archive.index.ready().nearest(MODEL.embed_query("chips"), k=5, filters=NONE)
        ]


@pytest.mark.parametrize(
    ("begin", "ended", "waits"),
    [
        pytest.param(Archive.warm_up, None, False, id="server"),
        pytest.param(Archive.load_soon, KeyboardInterrupt, False, id="add-stopped"),
        pytest.param(Archive.load_soon, None, True, id="add"),
    ],
)
def test_only_a_run_that_ends_well_waits_for_the_mending_and_else_the_next_goes_on(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    begin: Callable[[Archive], None],
    ended: type[BaseException] | None,
    waits: bool,
) -> None:
    with an_archive(home) as archive:
        put(archive, SOURCE)
        lose_index(home)
    with monkeypatch.context() as slowly:
        upsert = Index.upsert
        begun = threading.Event()

        def slow(self: Index, *given: object) -> None:
            begun.set()
            time.sleep(1)
            upsert(self, *given)  # type: ignore[arg-type]

        slowly.setattr(Index, "upsert", slow)
        put_more = [replace(SOURCE, id=f"s{n}") for n in range(2, 6)]
        with pytest.raises(ended) if ended else nullcontext(), an_archive(home) as archive:
            for source in put_more:
                words = [passage.text for passage in paragraphs(source)]
                archive.library.put(source, paragraphs(source), location="/x", hashes=words, vectors={})
            begin(archive)
            assert begun.wait(20)
            started = time.monotonic()
            if ended:
                raise ended
        assert (time.monotonic() - started >= 4) == waits, "five batches of a second each were left"
    with an_archive(home) as archive:
        assert level(archive)


def logged(folder: Path) -> int:
    """How many changes the next process to open the index would have to put into its graph."""
    with closing(sqlite3.connect(folder / "chroma" / "chroma.sqlite3")) as db:
        waiting: int = db.execute("SELECT count(*) FROM embeddings_queue").fetchone()[0]
        return waiting


def test_no_long_log_is_left_for_the_next_to_work_through(folder: Path) -> None:
    with an_archive(folder) as archive:
        put(archive, a_source("\n\n".join(f"{one} {number}." for one in TOPICS for number in range(50))))
        assert logged(folder) == 500
    assert logged(folder) <= 100
    with an_archive(folder) as archive:
        assert level(archive)
        # What was set for that alone is as it was: a graph is not written again after every few passages.
        put(archive, a_source("\n\n".join(f"Rain {number}." for number in range(300)), id="s2"))
        assert logged(folder) >= 300
        assert level(archive)


def test_of_a_source_only_the_passages_that_are_new_are_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = a_source("Chips.\n\nRain.\n\nFog.")
    with an_archive(folder) as archive:
        put(archive, source)
        written: list[str] = []
        upsert = Index.upsert

        def noted(self: Index, passages: Sequence[Passage], vectors: Mapping[str, Vector]) -> None:
            written.extend(passage.text for passage in passages)
            upsert(self, passages, vectors)

        monkeypatch.setattr(Index, "upsert", noted)
        put(archive, replace(source, text="Chips.\n\nSnow.\n\nFog."))
        assert written == ["Snow."]
        assert level(archive)
        put(archive, replace(source, text="Chips.\n\nSnow.\n\nFog.", audience="paid"))
        assert written == ["Snow.", "Chips.", "Snow.", "Fog."], "whom it is for is kept with each vector"
        assert level(archive)


# -- made anew on purpose, and rid of what was removed --------------------------------------------------


def test_rebuilding_needs_no_model_and_ends_level(home: Path) -> None:
    with an_archive(home) as archive:
        put(archive, SOURCE)
        archive.library._database.connection.execute("DELETE FROM passage_words WHERE rowid % 2")
        unstamp(home)
        MODEL.embedded.clear()
        assert archive.rebuild() == len(TOPICS) ** 3
        assert MODEL.embedded == []
        assert level(archive)
        assert len(archive.library.words.lexical(["quays"], k=1000, filters=NONE)) == 271
        assert not (home / "chroma.new").exists()


def test_a_rebuild_that_fails_leaves_the_index_as_it_was(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with an_archive(home) as archive:
        put(archive, a_source("Chips.\n\nRain."))
        with monkeypatch.context() as full_disk:
            full_disk.setattr(Index, "upsert", lambda *_: (_ for _ in ()).throw(OSError("no space")))
            with pytest.raises(StorageError, match=r"cannot be made anew \(no space\)"):
                archive.rebuild()
        assert archive.index.state() is not None
        assert level(archive)


SECRET = "Marguerite Ostrander confessed to the quartermaster on Thursday."


def files_with(home: Path, words: str) -> list[str]:
    """The files below that hold these words, as SQLite writes them; for a full-text table, any longer one."""
    found = []
    for path in home.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            parts = [words, *(word for word in words.split() if len(word) > 8)]
            found += [f"{path.relative_to(home)}: {part}" for part in parts if part.encode() in held]
    return found


@pytest.mark.parametrize("flushed", [False, True], ids=["in-chroma-s-log", "in-chroma-s-graph"])
def test_a_takedown_leaves_no_word_in_any_file(home: Path, flushed: bool) -> None:
    with an_archive(home) as archive:
        put(archive, a_source("Chips.\n\nRain."))
        if flushed:
            put(archive, replace(SOURCE, id="s3"))
            put(archive, replace(SOURCE, id="s4"))
        secret = a_source(f"{SECRET}\n\n{SECRET} Twice.", id="s2", title="Quartermaster Ostrander")
        put(archive, secret, paragraphs(secret, speakers=("Marguerite Ostrander",)))
        put(archive, a_source("Turnstiles.", id="s5"))
        assert files_with(home, SECRET), "else the test would show nothing"
        archive.remove_all(["s2"])
        assert files_with(home, SECRET) == []
        assert level(archive)
        assert near(archive, "turnstiles", k=1) == ["s5-0"]
    assert files_with(home, SECRET) == []
    with an_archive(home) as archive:
        assert level(archive)
        index = archive.index.ready()
        held = archive.library.passage_ids()
        for passage_id, vector in list(archive.library.vectors.of(held).items())[::50]:
            assert index.nearest(vector.tolist(), k=1, filters=NONE)[0][1] > 0.999, passage_id


def test_a_graph_keeps_none_of_the_memory_it_was_written_from(folder: Path) -> None:
    with an_archive(folder) as archive:
        put(archive, a_source("Chips.\n\nRain."))
        near(archive)
        (graph,) = (folder / "chroma").glob("*/data_level0.bin")
        with graph.open("r+b") as data:  # where Chroma leaves what malloc gave it, now and then
            data.seek(-200, 2)
            data.write(SECRET.encode())
    assert graph.stat().st_size > 200
    assert files_with(folder, SECRET) == []
    with an_archive(folder) as archive:
        assert level(archive)
        assert near(archive, "chips", k=1) == ["s1-0"]


def test_what_a_sync_removed_goes_when_the_archive_is_closed(home: Path) -> None:
    with an_archive(home) as archive:
        put(archive, a_source(SECRET, id="s2"))
        archive.remove("s2")
    assert files_with(home, SECRET) == []


def broken_database(chroma: Path) -> None:
    (chroma / "chroma.sqlite3").write_bytes(b"no database" * 1000)


def broken_graph(chroma: Path) -> None:
    for path in chroma.rglob("header.bin"):
        path.write_bytes(b"garbage" * 100)


def lost_graph(chroma: Path) -> None:
    for path in chroma.iterdir():
        if path.is_dir():
            shutil.rmtree(path)


def lost_database(chroma: Path) -> None:
    (chroma / "chroma.sqlite3").unlink()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive so large that Chroma has written its graph to disk."""
    home = tmp_path_factory.mktemp("large")
    with an_archive(home) as archive:
        put(archive, SOURCE)
        put(archive, replace(SOURCE, id="s2"))
    assert list((home / "chroma").rglob("index_metadata.pickle"))
    return home


DAMAGES = [broken_database, lost_database, broken_graph, lost_graph]


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_owner_heals_a_damaged_index(large: Path, folder: Path, damage: object) -> None:
    assert callable(damage)
    shutil.copytree(large, folder)
    damage(folder / "chroma")
    with an_archive(folder) as archive:
        assert level(archive)
        exact = archive.library.vectors.nearest(CHIPS, k=10, filters=Filters())
        found = archive.nearest(CHIPS, k=10, filters=Filters())
        assert [score for _, score in found] == pytest.approx([score for _, score in exact], abs=1e-5)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_reader_of_a_damaged_index_answers_from_stored_vectors(
    large: Path, folder: Path, damage: object
) -> None:
    assert callable(damage)
    shutil.copytree(large, folder)
    damage(folder / "chroma")
    with an_archive(folder, alone=False) as archive:
        exact = archive.library.vectors.nearest(CHIPS, k=10, filters=Filters())
        assert archive.nearest(CHIPS, k=10, filters=Filters()) == exact
        assert archive.lock.holder() is None, "what it cannot use it does not hold"


SEARCH = """
import sys
from pathlib import Path
from rag.models import Filters
from tests.rag.archives import MODEL, an_archive
with an_archive(Path(sys.argv[1]), alone=sys.argv[2] == "alone") as archive:
    print(len(archive.nearest(MODEL.embed_query("chips"), k=5, filters=Filters())))
"""


def search_elsewhere(home: Path, how: str, script: str = SEARCH) -> subprocess.CompletedProcess[str]:
    """Another process opens the archive and searches."""
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", script, str(home), how], cwd=root, capture_output=True, text=True, timeout=60
    )


# Over a file that was cut short Chroma's core dies of a segmentation fault, though not every time.
DEADLY = "import signal, rag.places\nrag.places.Index = lambda _: signal.raise_signal(signal.SIGSEGV)\n"


@pytest.mark.parametrize("how", ["reading", "alone"])
def test_an_index_that_kills_a_process_kills_no_second(folder: Path, how: str) -> None:
    with an_archive(folder) as archive:
        put(archive, a_source("Chips.\n\nRain."))
    assert search_elsewhere(folder, how, DEADLY + SEARCH).returncode < 0
    with an_archive(folder, alone=False) as reader:
        assert near(reader, k=1) == ["s1-0"]
        assert reader.index.state() is None
    with an_archive(folder) as owner:
        assert level(owner)
    with an_archive(folder, alone=False) as reader:
        assert near(reader, k=1) == ["s1-0"]
        assert reader.index.state() is not None, "the owner has made it anew"


# -- readers ------------------------------------------------------------------------------------------------


def test_a_reader_borrows_the_index_when_nobody_has_it_and_gives_it_back(folder: Path) -> None:
    with an_archive(folder) as archive:
        put(archive, a_source("Chips.\n\nRain."))
    with an_archive(folder, alone=False) as first, an_archive(folder, alone=False) as second:
        assert first.lock.holder() is None, "opening takes nothing"
        assert near(first, k=1) == near(second, k=1) == ["s1-0"]
        assert first.index.state() is not None
        assert second.index.state() is None, "two would both write into Chroma's folder"
    with an_archive(folder) as archive:
        assert level(archive)


def test_a_reader_beside_an_owner_sees_each_change_at_once(folder: Path) -> None:
    with an_archive(folder) as owner, an_archive(folder, alone=False) as reader:
        put(owner, a_source("Chips.\n\nRain."))
        assert near(reader, "chips", k=1) == ["s1-0"]
        put(owner, a_source("Chips and rain and snow.", id="s2"))
        assert near(reader, "snow", k=1) == ["s2-0"]
        assert reader.index.state() is None


def test_a_reader_of_an_index_that_is_behind_uses_stored_vectors_and_changes_nothing(folder: Path) -> None:
    with an_archive(folder) as archive:
        put(archive, a_source("Chips.\n\nRain."))
    library = Library(folder / "library.db")
    library.remove("s1")
    library.close()
    stamp = (folder / "chroma" / "generation").read_text()
    with an_archive(folder, alone=False) as reader:
        assert near(reader) == []
    assert (folder / "chroma" / "generation").read_text() == stamp
    with an_archive(folder) as archive:
        assert archive.index.ready() is not None
        assert level(archive)


def test_a_reader_makes_no_index(home: Path) -> None:
    with an_archive(home, alone=False) as reader:
        assert near(reader) == []
    assert not (home / "chroma").exists()


def test_a_reader_beside_an_owner_does_not_touch_the_folder(folder: Path) -> None:
    with an_archive(folder) as owner:
        put(owner, a_source("Chips.\n\nRain."))
        before = contents(folder / "chroma")
        assert search_elsewhere(folder, "reading").stdout == "2\n"
        assert contents(folder / "chroma") == before


def test_questions_are_answered_while_sources_are_written(home: Path) -> None:
    with an_archive(home) as archive:
        put(archive, a_source("Chips."))
        failed: list[BaseException] = []

        def ask() -> None:
            try:
                for _ in range(60):
                    assert near(archive, k=3)
            except BaseException as error:  # noqa: BLE001  told by the test's own thread
                failed.append(error)

        readers = [threading.Thread(target=ask) for _ in range(3)]
        for reader in readers:
            reader.start()
        for n in range(20):
            put(archive, a_source(f"Chips {n}.\n\nRain {n}.", id=f"n{n}"))
        for reader in readers:
            reader.join()
        assert failed == []
        assert level(archive)


def test_when_the_index_fails_to_answer_stored_vectors_do(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with an_archive(home) as archive:
        put(archive, a_source("Chips.\n\nRain."))
        monkeypatch.setattr(Index, "nearest", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("boom")))
        with caplog.at_level(logging.WARNING):
            assert near(archive, k=1) == ["s1-0"]
        assert "the index does not answer (boom)" in caplog.text


def test_only_who_opened_it_alone_may_change_it(home: Path) -> None:
    with an_archive(home, alone=False) as archive, pytest.raises(AssertionError):
        put(archive, a_source())
