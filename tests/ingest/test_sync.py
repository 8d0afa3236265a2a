"""Adding files and folders, and keeping them in step: nothing twice, nothing lost, nothing embedded again."""

import json
import shutil
from pathlib import Path

import pytest

from ingest.sync import Options, add, sync
from rag.models import SourceKind
from tests.ingest.shows import Episode, Post, a_feed
from tests.rag.archives import MODEL, an_archive

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
# As a publisher's folder would be: paragraphs, each long enough to be a passage or most of one.
PARAGRAPHS = [
    f"Paragraph {number} is about {thing}. "
    + f"People who have lived with {thing} for years say that nothing else does as well. " * 9
    for number, thing in enumerate("kettles lamps ferries bridges orchards clocks".split())
]


@pytest.fixture
def archive(tmp_path):
    with an_archive(tmp_path / "home") as archive:
        MODEL.embedded.clear()
        yield archive


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "letters"
    folder.mkdir()
    for number in range(3):
        (folder / f"letter-{number}.md").write_text(
            f"# Letter {number}\n\n" + "\n\n".join(PARAGRAPHS[number:])
        )
    return folder


def counts(report):
    names = ("added", "changed", "unchanged", "removed", "failed")
    return {name: len(getattr(report, name)) for name in names if getattr(report, name)}


def ids(archive):
    return {known.source_id for known in archive.library.known()}


# ── again ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_adding_twice_embeds_nothing_and_changes_nothing(archive, folder):
    assert counts(add(archive, [str(folder)])) == {"added": 3}
    before, generation = archive.library.identity(), archive.library.generation
    MODEL.embedded.clear()
    assert counts(add(archive, [str(folder)])) == {"unchanged": 3}
    assert counts(sync(archive)) == {"unchanged": 3}
    assert MODEL.embedded == []
    assert (archive.library.identity(), archive.library.generation) == (before, generation)


def test_an_edit_embeds_only_the_passages_that_changed(archive, folder):
    add(archive, [str(folder)])
    file = folder / "letter-0.md"
    (source_id,) = [known.source_id for known in archive.library.known(location=str(file))]
    before = {passage.id for passage in archive.library.passages_of(source_id)}
    MODEL.embedded.clear()
    file.write_text(file.read_text().replace("Paragraph 3 is about bridges.", "Paragraph 3 was mended."))
    report = sync(archive)
    assert counts(report) == {"changed": 1, "unchanged": 2}
    after = {passage.id for passage in archive.library.passages_of(source_id)}
    assert len(MODEL.embedded) == len(after - before) == 1
    assert "was mended" in MODEL.embedded[0]
    assert len(before & after) > 3


def test_what_a_reader_sees_no_difference_in_is_unchanged(archive, tmp_path):
    page = tmp_path / "page.html"
    text = (
        "<html><body><article><p>A kiln is fired slowly, and cooled more slowly.</p></article></body></html>"
    )
    page.write_text(text)
    add(archive, [str(page)])
    page.write_text(text.replace("<body>", "<body><script>nonce = 7</script>"))
    assert counts(add(archive, [str(page)])) == {"unchanged": 1}
    assert counts(add(archive, [str(page)])) == {"unchanged": 1}


# ── elsewhere ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(Options(), id="as before"),
        pytest.param(Options(show="The Letters"), id="with a show"),
        pytest.param(Options(kind=SourceKind.NEWSLETTER), id="with a kind"),
    ],
)
def test_a_move_keeps_the_id(archive, folder, tmp_path, options):
    add(archive, [str(folder / "letter-0.md")])
    before = ids(archive)
    MODEL.embedded.clear()
    shutil.move(folder / "letter-0.md", tmp_path / "moved.md")
    report = add(archive, [str(tmp_path / "moved.md")], options=options)
    assert ids(archive) == before
    assert not report.added and not report.removed
    (source,) = archive.library.sources()
    assert source.origin == str(tmp_path / "moved.md")
    assert (options.show in (None, source.show)) and (options.kind in (None, source.kind))
    # A show is part of what is embedded; without one nothing is.
    assert bool(MODEL.embedded) == bool(options.show)


def test_a_copy_is_no_second_source(archive, folder, tmp_path):
    add(archive, [str(folder / "letter-0.md")])
    shutil.copy(folder / "letter-0.md", tmp_path / "copy.md")
    assert counts(add(archive, [str(tmp_path / "copy.md")], options=Options(show="X"))) == {"unchanged": 1}
    assert len(archive.library.sources()) == 1


def test_a_folder_that_moved_keeps_every_id(archive, folder, tmp_path):
    add(archive, [str(folder)])
    before = ids(archive)
    folder.rename(tmp_path / "renamed")
    assert counts(add(archive, [str(tmp_path / "renamed")], options=Options(show="Letters"))) == {
        "changed": 3
    }
    assert ids(archive) == before


# ── in step ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_is_followed_unless_once(archive, folder):
    add(archive, [str(folder)], once=True)
    (folder / "letter-9.md").write_text("# Letter 9\n\n" + PARAGRAPHS[0].replace("kettles", "cranes"))
    assert counts(sync(archive)) == {}
    add(archive, [str(folder)])
    (folder / "letter-0.md").unlink()
    (folder / "letter-8.md").write_text("# Letter 8\n\n" + PARAGRAPHS[0].replace("kettles", "ropes"))
    report = sync(archive)
    assert counts(report) == {"added": 1, "unchanged": 3, "removed": 1}
    assert report.removed[0].origin == str(folder / "letter-0.md")
    assert not any("ferries" in p.text and p.source.title == "Letter 0" for p in found(archive, "ferries"))


def found(archive, question):
    return [hit.passage for hit in archive.search.find(question, k=50)]


def test_a_file_renamed_inside_a_folder_is_the_same_source(archive, folder):
    add(archive, [str(folder)])
    before = ids(archive)
    (folder / "letter-0.md").rename(folder / "letter-zero.md")
    assert counts(sync(archive)) == {"unchanged": 3}
    assert ids(archive) == before
    assert counts(sync(archive)) == {"unchanged": 3}


@pytest.mark.parametrize("trouble", ["gone", "empty"])
def test_a_folder_that_is_not_there_has_lost_nothing(archive, folder, trouble):
    add(archive, [str(folder)])
    shutil.rmtree(folder)
    if trouble == "empty":
        folder.mkdir()
    report = sync(archive)
    assert [error.origin for error in report.failed] == [str(folder)]
    assert len(archive.library.sources()) == 3


def test_what_a_person_removed_from_a_folder_stays_out_until_added(archive, folder):
    add(archive, [str(folder)])
    (gone,) = [known.source_id for known in archive.library.known(location=str(folder / "letter-1.md"))]
    archive.remove_all([gone])
    report = sync(archive)
    assert counts(report) == {"unchanged": 2}
    assert "was removed by hand" in report.skipped[0]
    assert counts(add(archive, [str(folder)])) == {"added": 1, "unchanged": 2}


# ── feeds on disk ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_feed_and_the_files_beside_it_are_joined(archive, tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    assert counts(add(archive, [str(tmp_path / "examples")])) == {"added": 4}
    (episode,) = [source for source in archive.library.sources() if source.kind is SourceKind.EPISODE]
    assert (episode.show, episode.published.isoformat()) == ("The Long Wire", "2026-05-12")
    assert episode.audio_url == "https://media.example.org/long-wire/0042.mp3"
    assert episode.origin == str(tmp_path / "examples" / "episode.vtt")
    # The questions about the collection are no part of it, and neither is the feed by itself.
    origins = {Path(source.origin).name for source in archive.library.sources()}
    assert not origins & {"questions.jsonl", "feed.xml"}


def test_a_transcript_that_a_feed_comes_to_name_is_there_once(archive, tmp_path):
    (tmp_path / "episode.vtt").write_text((EXAMPLES / "episode.vtt").read_text())
    add(archive, [str(tmp_path / "episode.vtt")])
    (tmp_path / "feed.xml").write_text((EXAMPLES / "feed.xml").read_text())
    report = add(archive, [str(tmp_path / "feed.xml")])
    assert counts(report) == {"added": 1, "removed": 1}
    (source,) = archive.library.sources()
    assert source.show == "The Long Wire"


def test_a_feed_file_reads_what_lies_beside_it_and_fetches_nothing(archive, tmp_path):
    episodes = [Episode(number) for number in (3, 2, 1)]
    feed = tmp_path / "feed.xml"
    feed.write_text(a_feed("The Workshop", [e.item("https://feeds.example") for e in episodes]))
    report = add(archive, [str(feed)])
    # Only the show notes are at hand, and the report says so of each.
    assert counts(report) == {"added": 3}
    assert sum("has no transcript file beside the feed" in line for line in report.skipped) == 3
    assert {p.heading for s in archive.library.sources() for p in archive.library.passages_of(s.id)} == {
        "Show notes"
    }


def test_a_post_deleted_from_a_feed_file_goes(archive, tmp_path):
    feed = tmp_path / "letters.xml"
    posts = [Post(number) for number in range(8, 0, -1)]
    feed.write_text(a_feed("Letters", [post.item("https://letters.example") for post in posts]))
    assert counts(add(archive, [str(feed)])) == {"added": 8}
    feed.write_text(a_feed("Letters", [p.item("https://letters.example") for p in posts if p.number != 4]))
    report = sync(archive)
    assert [known.title for known in report.removed] == ["Letter 4"]
    assert counts(report) == {"unchanged": 7, "removed": 1}


# ── the report ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_report_has_the_keys_of_the_contract(archive, folder):
    report = add(archive, [str(folder / "letter-0.md"), str(folder / "nothing.md")]).json()
    assert json.loads(json.dumps(report)) == report
    assert {"added", "changed", "unchanged", "removed", "failed"} <= report.keys()
    (added,) = report["added"]
    assert added.keys() == {"id", "origin", "kind", "title", "passages"}
    assert report["failed"] == [{"origin": str(folder / "nothing.md"), "reason": "no such file or folder"}]
