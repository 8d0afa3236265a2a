from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.errors import StorageError
from rag.library import Library
from tests.fakes import a_passage, a_source
from tests.rag.libraries import put


def test_a_full_disk_is_told_and_changes_nothing(library: Library) -> None:
    put(library, a_source("As it was."))
    pages = library._database.connection.execute("PRAGMA page_count").fetchone()[0]
    library._database.connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StorageError, match=r"library\.db: the disk is full\. What was added before is safe"):
        put(library, a_source("Far too long. " * 10_000, id="s2"))
    assert [source.text for source in library.sources()] == ["As it was."]
    library._database.connection.execute("PRAGMA max_page_count = 1000000")
    put(library, a_source("There is room again.", id="s2"))
    assert library.source_count() == 2


def test_a_reader_never_sees_one_version_s_offsets_over_another_s_text(library: Library) -> None:
    short, long = a_source("Chips are scarce."), a_source("Nobody knows why. Chips are scarce.")
    versions = {
        version.text: [a_passage("Chips are scarce.", source=version, id="same")] for version in (short, long)
    }
    put(library, short, versions[short.text])
    done = threading.Event()

    def write() -> None:
        for _ in range(120):
            put(library, long, versions[long.text])
            put(library, short, versions[short.text])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    try:
        while not done.is_set():
            for passage in (*library.passages(["same"]).values(), *library.passages_of("s1")):
                assert passage.text == "Chips are scarce."
                seen.add(passage.start)
            assert len(library.overview()) == 1
    finally:
        writer.join()
    assert len(seen) == 2, "the reader saw no change, so the test showed nothing"


def test_another_process_s_change_is_seen_at_once(library: Library) -> None:
    put(library, a_source("As it was."))
    assert library.source("s1").text == "As it was."
    other = Library(library.path)
    put(other, a_source("As it is."))
    assert library.source("s1").text == "As it is."
    other.close()


def test_a_thread_s_connection_goes_with_it(library: Library) -> None:
    put(library, a_source())
    for _ in range(20):
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(lambda _: library.count(), range(4))) == [1] * 4
    gc.collect()
    assert len(library._database._connections) <= 3
