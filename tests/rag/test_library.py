from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rag.errors import ArchiveMismatch, StorageError, UnknownSource
from rag.library import Library
from rag.models import Filters, Passage, Sentence, Source, SourceKind, listing
from rag.schema import MIGRATIONS, m001_first, m007_vectors_in_rows
from rag.words import content_words
from tests.fakes import HashingEmbeddings, a_passage, a_source

MODEL = HashingEmbeddings()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path / "home" / "library.db")
    yield library
    library.close()


def paragraphs(source: Source, **given: object) -> list[Passage]:
    """A passage for each paragraph of the source."""
    return [
        a_passage(words, source=source, id=f"{source.id}-{words}", ordinal=place, **given)
        for place, words in enumerate(source.text.split("\n\n"))
    ]


def put(library: Library, source: Source, passages: list[Passage] | None = None) -> list[str]:
    """Write a source; its passages' vectors are stored under their words."""
    passages = paragraphs(source) if passages is None else passages
    words = [passage.text for passage in passages]
    vectors = dict(zip(words, MODEL.embed_documents(words), strict=True))
    return library.put(source, passages, location=f"/{source.origin}", hashes=words, vectors=vectors)


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


def test_a_vector_goes_with_the_last_passage_that_uses_it(library: Library) -> None:
    put(library, a_source("Shared.\n\nOnly here."))
    put(library, a_source("Shared.", id="s2"))
    library.remove("s1")
    assert library.vectors.hashes_among(["Shared.", "Only here."]) == {"Shared."}
    library.remove("s2")
    assert library.vectors.hashes_among(["Shared.", "Only here."]) == set()


def test_a_replaced_source_keeps_the_vectors_it_still_uses(library: Library) -> None:
    put(library, a_source("Kept.\n\nDropped."))
    library.put(a_source("Kept."), paragraphs(a_source("Kept.")), location="/x", hashes=["Kept."], vectors={})
    assert library.vectors.hashes_among(["Kept.", "Dropped."]) == {"Kept."}
    assert list(library.vectors.of(["s1-Kept."])) == ["s1-Kept."]


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


@pytest.mark.parametrize(
    ("text", "question"),
    [
        pytest.param("The exporters were exporting.", "export", id="stems"),
        pytest.param("Chips", "chip", id="plural"),
        pytest.param("Müller ate a crème brûlée.", "muller creme brulee", id="accents-in-the-text"),
        pytest.param("Muller", "MÜLLER", id="accents-in-the-question"),
        pytest.param("Core v0.19.2", "v0.19.2", id="versions"),
        pytest.param("It is a technology.", "technologies", id="sqlite-s-own-rules"),
        pytest.param(
            'A "quoted" AND NEAR(word)', 'AND "quoted" NEAR(word* ^', id="query-syntax-is-only-words"
        ),
    ],
)
def test_words_are_found(library: Library, text: str, question: str) -> None:
    put(library, a_source(text, title="One"))
    put(library, a_source("Something else entirely.", id="s2", title="Two"))
    found = library.words.lexical(content_words(question), k=5, filters=Filters())
    assert [passage_id for passage_id, _ in found] == [f"s1-{text}"]


def test_no_words_find_nothing(library: Library) -> None:
    put(library, a_source())
    assert library.words.lexical([], k=5, filters=Filters()) == []


def test_labels_are_searched_too(library: Library) -> None:
    source = a_source("It rained.", title="Quay", show="Harbour")
    put(library, source, paragraphs(source, speakers=("Ana Ruiz",), heading="Bandwidth"))
    for word in ("quay", "harbour", "ruiz", "bandwidth"):
        assert len(library.words.lexical([word], k=5, filters=Filters())) == 1, word


def test_words_of_the_text_count_more_than_words_of_the_labels(library: Library) -> None:
    put(library, a_source("It rained on the day.", id="s1", title="Chips"))
    put(library, a_source("Chips on the quay here.", id="s2", title="Weather"))
    found = library.words.lexical(["chips"], k=5, filters=Filters())
    assert [passage_id[:2] for passage_id, _ in found] == ["s2", "s1"]
    assert found[0][1] > found[1][1]


def test_in_how_many_passages_a_stem_is(library: Library) -> None:
    put(library, a_source("Chips. A chip.\n\nChips again.\n\nNone.", title="Weather"))
    assert library.words.document_counts(["chip", "quay", "chip"]) == {"chip": 2, "quay": 0}


def test_which_words_occur_in_the_part_that_filters_leave(library: Library) -> None:
    put(library, a_source("Kilns are scarce.", id="a"))
    put(library, a_source("Bread is cheap.", id="b"))
    asked = ["kiln", "breads", "quay", '"']
    assert library.words.occurring(asked, Filters()) == {"kiln", "breads"}
    assert library.words.occurring(asked, Filters(exclude=("a",))) == {"breads"}


def test_how_many_passages_hold_a_phrase(library: Library) -> None:
    put(library, a_source("In nineteen forty nine.\n\nNineteen or forty nine.", id="a"))
    put(library, a_source("It was nineteen forties style.", id="b"))
    asked = ["nineteen forty", "nineteen fifty", '"']
    assert library.words.phrase_counts(asked, Filters()) == {"nineteen forty": 2, "nineteen fifty": 0, '"': 0}
    assert library.words.phrase_counts(asked, Filters(exclude=("a",)))["nineteen forty"] == 1


def test_nearest_is_by_cosine(library: Library) -> None:
    put(library, a_source("Chips are scarce.\n\nChips are cheap.\n\nIt rained."))
    found = library.vectors.nearest(MODEL.embed_query("scarce chips"), k=2, filters=Filters())
    assert [passage_id for passage_id, _ in found] == ["s1-Chips are scarce.", "s1-Chips are cheap."]
    assert found[0][1] == pytest.approx(1.0, abs=1e-6)
    assert found[1][1] == pytest.approx(0.5, abs=1e-6)


SHELF = [
    a_source(id="e1", show="Long Wire", published=date(2026, 1, 10)),
    a_source(id="e2", show="Long Wire", published=date(2026, 3, 10)),
    a_source(id="n1", kind=SourceKind.NEWSLETTER, show="Wafer Notes", published=date(2026, 2, 10)),
    a_source(id="u1", kind=SourceKind.SUMMARY, show=None, published=None),
]
VOICES = {"e1": ("Ana Ruiz", "Bo Lind"), "e2": ("Ana Berg",), "n1": (), "u1": ()}


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        pytest.param(Filters(), "e1 e2 n1 u1", id="none"),
        pytest.param(Filters(kinds=(SourceKind.EPISODE,)), "e1 e2", id="kind"),
        pytest.param(Filters(kinds=(SourceKind.SUMMARY, SourceKind.NEWSLETTER)), "n1 u1", id="kinds-or"),
        pytest.param(Filters(shows=("long wire",)), "e1 e2", id="show"),
        pytest.param(Filters(shows=("Wire", "Wafer")), "e1 e2 n1", id="shows-or"),
        pytest.param(Filters(shows=("Nobody's",)), "", id="no-such-show"),
        pytest.param(Filters(speakers=("Ruiz",)), "e1", id="speaker"),
        pytest.param(Filters(speakers=("Lind", "Berg")), "e1 e2", id="speakers-or"),
        pytest.param(Filters(speakers=("ana",)), "e1 e2", id="first-name"),
        pytest.param(Filters(speakers=("Nobody",)), "", id="no-such-speaker"),
        pytest.param(Filters(sources=("e1", "u1")), "e1 u1", id="sources"),
        pytest.param(Filters(since=date(2026, 2, 10)), "e2 n1", id="since-is-inclusive"),
        pytest.param(Filters(until=date(2026, 2, 10)), "e1 n1", id="until-is-inclusive"),
        pytest.param(Filters(since=date(2026, 2, 1), until=date(2026, 2, 28)), "n1", id="between"),
        pytest.param(Filters(shows=("Wire",), since=date(2026, 2, 1)), "e2", id="show-and-day"),
        pytest.param(Filters(kinds=(SourceKind.EPISODE,), speakers=("Ruiz",)), "e1", id="kind-and-speaker"),
        pytest.param(Filters(kinds=(SourceKind.SUMMARY,), speakers=("Ruiz",)), "", id="nothing-passes-both"),
    ],
)
def test_values_of_one_filter_are_alternatives_and_filters_add_up(
    library: Library, filters: Filters, passing: str
) -> None:
    for source in SHELF:
        put(library, source, [a_passage(source=source, id=source.id, speakers=VOICES[source.id])])
    wanted = set(passing.split())
    near = library.vectors.nearest(MODEL.embed_query("chips"), k=9, filters=filters)
    assert {passage_id for passage_id, _ in near} == wanted
    assert {found for found, _ in library.words.lexical(["chips"], k=9, filters=filters)} == wanted
    assert library.narrowing.passing(filters) == len(wanted)


def test_adverts_are_left_out_unless_asked_for(library: Library) -> None:
    source = a_source("Chips here.")
    put(library, source, [a_passage(source=source, advert=True)])
    for adverts, found in ((False, 0), (True, 1)):
        filters = Filters(adverts=adverts)
        assert len(library.vectors.nearest(MODEL.embed_query("chips"), k=5, filters=filters)) == found
        assert len(library.words.lexical(["chips"], k=5, filters=filters)) == found


def test_more_ids_than_sqlite_takes_at_once(library: Library) -> None:
    source = a_source("\n\n".join(f"Passage {n}." for n in range(1200)))
    put(library, source)
    ids = library.passage_ids()
    assert len(library.passages(ids)) == len(library.vectors.of(ids)) == 1200
    assert library.passage_ids(most=2) == ids[:2]


# -- the file --------------------------------------------------------------------------------------------


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


# -- several at once -------------------------------------------------------------------------------------


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


def test_passages_read_lately_are_not_read_again_until_something_changes(library: Library) -> None:
    put(library, a_source("Chips are scarce.\n\nBread is not.", id="s"))
    ids = library.passage_ids()
    first = library.passages(ids)
    again = library.passages(ids)
    assert [again[each] is first[each] for each in ids] == [True, True]
    put(library, a_source("Rain.\n\nBread is not.", id="s", title="Another"))
    assert {passage.source.title for passage in library.passages(library.passage_ids()).values()} == {
        "Another"
    }
    assert library.passages(ids).keys() == {"s-Bread is not."}


def test_no_passage_keeps_the_text_of_a_source_that_was_let_go(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.recent._CACHED_CHARACTERS", 25)
    monkeypatch.setattr("rag.recent._CACHED_PASSAGES", 3)
    for name in "abcdef":
        put(library, a_source(f"{name} one.\n\n{name} two.", id=name))
    for _ in range(2):
        assert len(library.passages(library.passage_ids())) == 12
    kept = library._recent
    assert {passage.source.id for passage in kept._passages.values()} <= kept._sources.keys()
    assert kept._passages.keys() == {one for ids in kept._passages_of.values() for one in ids}
    assert len(kept._passages) <= 3


def test_the_cache_of_texts_gives_the_oldest_up(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.recent._CACHED_CHARACTERS", 25)
    for id in ("a", "b", "c"):
        put(library, a_source("Ten chars.", id=id))
    assert [library.source(id).id for id in ("a", "b", "c", "a")] == ["a", "b", "c", "a"]
    assert list(library._recent._sources) == ["c", "a"]
    assert library.source("a") is library.source("a")


def test_a_fact_about_the_archive(library: Library) -> None:
    assert library.meta("embedding_model") is None
    library.set_meta("embedding_model", "m@1")
    library.set_meta("embedding_model", "m@2")
    assert library.meta("embedding_model") == "m@2"


def test_sources_that_differ_in_nothing_else_have_their_own_ids(library: Library) -> None:
    put(library, a_source(id="s1"))
    put(library, replace(a_source(), id="s2"), [a_passage(source=a_source(id="s2"), id="q")])
    assert {source.id for source in library.sources()} == {"s1", "s2"}


# -- in a large archive -----------------------------------------------------------------------------------


def a_large_one(library: Library) -> None:
    """Sources in which nearly every passage says "kiln", some say "glaze", and few say "cobalt"."""
    for number in range(12):
        words = [
            f"The kiln {place} was fired {'and glazed ' * (place % 3)}{'with cobalt' * (place == number)}."
            for place in range(20)
        ]
        put(library, a_source("\n\n".join(words), id=f"s{number:02}", published=date(2026, 1, number + 1)))


@pytest.mark.parametrize("question", ["kiln glazed cobalt", "kiln cobalt", "glazed cobalt fired"])
def test_passages_with_a_rare_word_are_scored_as_if_all_were(
    library: Library, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    a_large_one(library)
    terms = question.split()
    whole = dict(library.words.lexical(terms, k=500, filters=Filters()))
    monkeypatch.setattr("rag.fulltext._SCORED", 20)
    few = library.words.lexical(terms, k=500, filters=Filters())
    assert 0 < len(few) < len(whole), "else nothing was left out"
    assert dict(few) == pytest.approx({passage_id: whole[passage_id] for passage_id, _ in few})
    assert [score for _, score in few] == sorted((score for _, score in few), reverse=True)
    assert set(dict(few)) >= {passage_id for passage_id, score in whole.items() if score > 0.9 * few[0][1]}


@pytest.mark.parametrize("scored", [20, 4000], ids=["rare-words-choose", "all-words-choose"])
@pytest.mark.parametrize("k", [3, 500])
def test_scores_are_those_of_fts5(
    library: Library, monkeypatch: pytest.MonkeyPatch, scored: int, k: int
) -> None:
    a_large_one(library)
    monkeypatch.setattr("rag.fulltext._SCORED", scored)
    found = library.words.lexical(["kiln", "cobalt", "said"], k=k, filters=Filters())
    fts5 = library.rows(
        "SELECT p.id, -bm25(passage_words, 1.0, 0.6, 0.2, 0.6, 0.8) FROM passage_words w"
        " JOIN passages p ON p.rowid = w.rowid WHERE passage_words MATCH 'kiln OR cobalt OR said'"
    )
    assert found
    assert dict(found) == pytest.approx({each: score for each, score in fts5 if each in dict(found)})


def test_a_word_that_fts5_reads_as_two_is_found(library: Library) -> None:
    put(library, a_source("The snake_case kiln.\n\nThe snake.\n\nIt rained."))
    found = library.words.lexical(["snake_case"], k=5, filters=Filters())
    assert [passage_id for passage_id, _ in found] == ["s1-The snake_case kiln."]


@pytest.mark.parametrize("narrow", [0, 10_000], ids=["wide", "narrow"])
def test_filters_leave_the_same_by_every_way_of_looking(
    library: Library, monkeypatch: pytest.MonkeyPatch, narrow: int
) -> None:
    a_large_one(library)
    monkeypatch.setattr("rag.fulltext.NARROW", narrow)
    filters = Filters(since=date(2026, 1, 6), until=date(2026, 1, 7))
    found = {each for each, _ in library.words.lexical(["kiln", "cobalt"], k=500, filters=filters)}
    ours = {passage.id for each in ("s05", "s06") for passage in library.passages_of(each)}
    assert found == ours
    assert library.narrowing.passing(filters) == len(ours)
    assert library.narrowing.passing_of([*ours, "nobody's", "s00-0"], filters) == ours


def test_what_is_kept_between_questions_is_of_this_generation(library: Library) -> None:
    put(library, a_source("Kilns.", id="a", show="Fire"))
    fire = Filters(shows=("fire",))
    assert library.narrowing.show_names(["fire"]) == ("Fire",)
    assert (library.count(), library.narrowing.passing(fire)) == (1, 1)
    put(library, a_source("Kilns.\n\nGlazes.", id="b", show="Fire Again"))
    assert (library.count(), library.narrowing.passing(fire)) == (3, 3)
    library.remove("a")
    assert (library.count(), library.narrowing.passing(fire)) == (2, 2)


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
