"""Who may read what: said once when a source is added, kept, and applied before anything is searched."""

import sqlite3

import pytest

from ingest.sync import Options, add, sync
from rag.audiences import tier_named, tiers_in
from rag.errors import QuestionError
from rag.models import Filters
from rag.schema import MIGRATIONS, m006_audiences
from tests.rag.archives import MODEL, an_archive

EVERYBODY = Filters(audiences=("public",))
PAYING = Filters(audiences=("public", "free", "paid"))


@pytest.fixture
def archive(tmp_path):
    with an_archive(tmp_path / "home") as archive:
        yield archive


@pytest.fixture
def letter(tmp_path):
    def write(name, words):
        path = tmp_path / name
        path.write_text(f"# {name.removesuffix('.md').title()}\n\n{words}\n")
        return str(path)

    return write


def found(archive, question, filters):
    return {hit.passage.source.title for hit in archive.search.find(question, k=10, filters=filters)}


def test_a_reader_finds_only_what_is_for_them(archive, letter):
    add(archive, [letter("open.md", "The quarry closed because the granite was spent.")])
    paid = Options(audience="paid")
    add(archive, [letter("kept.md", "The quarry was sold for nine hundred crowns.")], options=paid)
    assert found(archive, "What about the quarry?", Filters()) == {"Open", "Kept"}
    assert found(archive, "What about the quarry?", PAYING) == {"Open", "Kept"}
    assert found(archive, "What about the quarry?", EVERYBODY) == {"Open"}
    assert found(archive, "Who paid nine hundred crowns?", EVERYBODY) <= {"Open"}
    assert archive.library.audiences() == {"public", "paid"}


def test_both_rankings_keep_to_it_by_themselves(archive, letter):
    add(archive, [letter("open.md", "Slate comes from the hills over there.")])
    paid = Options(audience="paid")
    add(archive, [letter("kept.md", "The quarry was sold for nine hundred crowns.")], options=paid)
    (kept,) = [source for source in archive.library.sources() if source.title == "Kept"]
    hidden = {passage.id for passage in archive.library.passages_of(kept.id)}
    vector = MODEL.embed_query("The quarry was sold for nine hundred crowns.")
    for ranking in (
        archive.library.words.lexical(["quarry"], k=9, filters=EVERYBODY),
        archive.library.vectors.nearest(vector, k=9, filters=EVERYBODY),
        archive.index.nearest(vector, k=9, filters=EVERYBODY),
    ):
        assert not hidden & {passage_id for passage_id, _ in ranking}
    assert hidden & {passage_id for passage_id, _ in archive.index.nearest(vector, k=9, filters=PAYING)}


def test_silence_opens_nothing(archive, letter, tmp_path):
    path = letter("kept.md", "The quarry was sold for nine hundred crowns.")
    add(archive, [path], options=Options(audience="paid"))
    letter("kept.md", "The quarry was sold for nine hundred and ten crowns.")
    assert len(add(archive, [path]).changed) == 1
    assert archive.library.audiences() == {"paid"}
    (tmp_path / "kept.md").rename(tmp_path / "moved.md")
    add(archive, [str(tmp_path / "moved.md")], options=Options(show="Stone"))
    assert archive.library.audiences() == {"paid"}
    add(archive, [str(tmp_path / "moved.md")], options=Options(audience="public"))
    assert archive.library.audiences() == {"public"}
    assert found(archive, "Who bought the quarry?", EVERYBODY)


def test_a_folder_that_is_followed_stays_with_its_audience(archive, letter, tmp_path):
    letter("one.md", "The quarry was sold for nine hundred crowns.")
    add(archive, [str(tmp_path)], options=Options(audience="paid"))
    letter("two.md", "The mill went for seven hundred crowns, they said later.")
    assert len(sync(archive).added) == 1
    assert [source.audience for source in archive.library.sources()] == ["paid", "paid"]


def test_an_older_library_is_for_everybody_and_its_index_learns_it(tmp_path):
    db = sqlite3.connect(tmp_path / "library.db")
    before = MIGRATIONS.index(m006_audiences)
    for migration in MIGRATIONS[:before]:
        migration(db)
    db.execute("INSERT INTO meta VALUES ('generation', '7')")
    db.execute(
        "INSERT INTO sources (id, kind, origin, location, fingerprint, title, people, characters, added)"
        " VALUES ('s1', 'article', 'a', '/a', 'f', 'A', '[]', 3, 0)"
    )
    db.commit()
    for migration in MIGRATIONS[before:]:
        migration(db)
    assert db.execute("SELECT audience FROM sources").fetchall() == [("public",)]
    assert int(db.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()[0]) == 8
    db.close()


def test_a_tier_that_is_not_there_is_named():
    with pytest.raises(QuestionError, match=r"unknown audience 'gold'; there are public, paid"):
        tier_named("gold", tiers_in("public, paid"))
