"""The same thing twice: one source per episode, whatever feed, format or tracking prefix it comes by."""

from dataclasses import replace

import pytest

from ingest.sameness import guid, page, recording
from ingest.sync import add, forget, sync
from rag.models import SourceKind
from tests.ingest.shows import Episode, a_feed
from tests.ingest.web import a_web
from tests.rag.archives import an_archive

PLAIN = "media.example/workshop/7.mp3"


@pytest.fixture
def web():
    with a_web() as web:
        yield web


@pytest.fixture
def archive(tmp_path):
    with an_archive(tmp_path / "home", allow_private_hosts=True) as archive:
        yield archive


@pytest.mark.parametrize(
    "prefix",
    [
        "http://",
        "https://www.podtrac.com/pts/redirect.mp3/",
        "https://dts.podtrac.com/redirect.mp3/",
        "https://chtbl.com/track/ABC123/",
        "https://chrt.fm/track/ABC123/https://",
        "https://pdst.fm/e/",
        "https://op3.dev/e/",
        "https://op3.dev/e,pg=0f1e2d3c/",
        "https://op3.dev/e/https://",
        "https://mgln.ai/e/35/",
        "https://verifi.podscribe.com/rss/p/",
        "https://pscrb.fm/rss/p/",
        "https://prfx.byspotify.com/e/",
        "https://arttrk.com/p/ABCDE/",
        "https://media.blubrry.com/workshop/",
        "https://pdst.fm/e/chrt.fm/track/ABC123/mgln.ai/e/35/verifi.podscribe.com/rss/p/",
    ],
)
@pytest.mark.parametrize("parameters", ["", "?source=feed", "?dest-id=1&ttl=2"])
def test_a_recording_is_known_behind_what_counts_its_downloads(prefix, parameters):
    assert recording(f"{prefix}{PLAIN}{parameters}") == PLAIN


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://a.example/1.mp3", "https://a.example/2.mp3"),
        ("https://a.example/1.mp3", "https://b.example/1.mp3"),
        ("https://a.example/play?id=1", "https://a.example/play?id=2"),
    ],
)
def test_two_recordings_are_two(first, second):
    assert recording(first) != recording(second)


def test_pages_are_told_apart_by_what_matters():
    assert page("http://www.a.example/p/x/?utm_source=rss#top") == page("https://a.example/p/x")
    assert page("https://a.example/?p=1") != page("https://a.example/?p=2")
    assert page("https://a.example:8080/x") != page("https://a.example/x")


def test_a_short_guid_is_its_shows_own():
    assert guid("7", show="A") != guid("7", show="B")
    assert guid("0f1e2d3c-0000-4000-8000-123456789abc", show="A") == "0f1e2d3c-0000-4000-8000-123456789abc"


# ── in the archive ──────────────────────────────────────────────────────────────────────────────────────────


def publish(web, path, *episodes, title="The Workshop", tags=None):
    """A feed at this path; `tags` are the transcripts that it names, all when None."""
    feed = a_feed(title, [episode.item(web.address) for episode in episodes])
    if tags is not None:
        lines = feed.splitlines()
        kept = [
            line for line in lines if "<podcast:transcript" not in line or any(tag in line for tag in tags)
        ]
        feed = "\n".join(kept)
    web.pages[path] = feed
    for episode in episodes:
        web.pages |= episode.pages()
    return f"{web.address}{path}"


@pytest.mark.parametrize(
    "mirrored",
    [
        pytest.param({}, id="the same guid"),
        pytest.param({"guid": "another-host-4711"}, id="the same recording"),
        pytest.param(
            {"guid": "another-host-4711", "audio": f"https://pdst.fm/e/op3.dev/e/{PLAIN}?source=m"},
            id="the same recording behind two counters",
        ),
    ],
)
def test_an_episode_in_two_feeds_is_one_source(archive, web, mirrored):
    episode = Episode(7, audio=f"https://{PLAIN}")
    first = publish(web, "/first.xml", episode)
    second = publish(web, "/second.xml", replace(episode, **mirrored), title="The Workshop (mirror)")
    assert len(add(archive, [first]).added) == 1
    report = add(archive, [second])
    assert (len(report.added), len(report.unchanged)) == (0, 1)
    assert len(archive.library.sources()) == 1
    assert len(sync(archive).unchanged) == 2
    # Gone from one feed, it is still in the other.
    publish(web, "/second.xml", title="The Workshop (mirror)")
    assert not sync(archive).removed


def test_a_feed_takes_over_what_nobody_keeps_in_step(archive, web):
    episode = Episode(7)
    first = publish(web, "/first.xml", episode)
    second = publish(web, "/second.xml", replace(episode, guid="another-host-4711"))
    add(archive, [first])
    add(archive, [second])
    (before,) = archive.library.sources()
    episode.turns[1] = "The first thing to know was said in another way by the editors."
    publish(web, "/second.xml", replace(episode, guid="another-host-4711"))
    del web.pages["/first.xml"]
    # While the first feed is followed, what it said stands, though it cannot be had now.
    sync(archive)
    assert forget(archive, first)
    web.pages["/second.xml"] += "<!-- built again -->"
    episode.turns[2] = "The second thing was cut out, for it was not quite so."
    publish(web, "/second.xml", replace(episode, guid="another-host-4711"))
    assert len(sync(archive).changed) == 1
    (after,) = archive.library.sources()
    assert (after.id, "was cut out" in after.text) == (before.id, True)


def test_a_page_that_a_feed_comes_to_list_is_kept_in_step_by_it(archive, web):
    web.pages["/p/looms"] = (
        "<html><body><article><p>The looms are warm again now.</p></article></body></html>"
    )
    add(archive, [f"{web.address}/p/looms"])
    (before,) = archive.library.sources()
    item = f"<item><title>Looms</title><guid>x</guid><link>{web.address}/p/looms</link>"
    item += "<description>The looms are warm again now, and the shed is full.</description></item>"
    web.pages["/letters.xml"] = a_feed("Letters", [item])
    assert len(add(archive, [f"{web.address}/letters.xml"]).changed) == 1
    (after,) = archive.library.sources()
    assert (after.id, after.show, after.kind) == (before.id, "Letters", SourceKind.NEWSLETTER)
    assert "the shed is full" in after.text


def test_another_show_with_the_same_short_guid_is_another_source(archive, web):
    one = Episode(7, guid="7")
    other = replace(Episode(8, guid="7"))
    add(archive, [publish(web, "/a.xml", one), publish(web, "/b.xml", other, title="Another Show")])
    assert len(archive.library.sources()) == 2


def test_a_transcript_with_speakers_replaces_one_without_and_not_the_other_way_round(archive, web):
    episode = Episode(7)
    plain = publish(web, "/plain.xml", episode, tags=[".txt"])
    timed = publish(web, "/timed.xml", episode, tags=[".srt"])
    spoken = publish(web, "/spoken.xml", episode, tags=[".vtt"])

    def said():
        (source,) = archive.library.sources()
        passages = archive.library.passages_of(source.id)
        return source.id, any(p.speakers for p in passages), any(p.start_s is not None for p in passages)

    add(archive, [plain])
    source_id, *_ = said()
    assert said() == (source_id, False, False)
    assert len(add(archive, [timed]).changed) == 1
    assert said() == (source_id, False, True)
    assert len(add(archive, [spoken]).changed) == 1
    assert said() == (source_id, True, True)
    for worse in (timed, plain):
        assert len(add(archive, [worse]).unchanged) == 1
        assert said() == (source_id, True, True)
    assert len(sync(archive).unchanged) == 3


def test_a_translation_is_a_source_of_its_own_beside_the_original(archive, web):
    episode = Episode(7)
    translated = Episode(
        7, turns=["Bienvenidos al taller, hoy hablamos de los telares y de quienes los hacen."]
    )
    feed = publish(web, "/show.xml", episode)
    tag = f'<podcast:transcript url="{web.address}/7.es.vtt" type="text/vtt" language="es"/><description>'
    web.pages["/show.xml"] = web.pages["/show.xml"].replace("<description>", tag)
    web.pages["/7.es.vtt"] = translated.vtt()
    assert len(add(archive, [feed]).added) == 2
    assert sorted(str(source.language) for source in archive.library.sources()) == ["en", "es"]
    assert len({source.audio_url for source in archive.library.sources()}) == 1
    assert len(sync(archive).unchanged) == 2
    assert len(archive.library.sources()) == 2


def test_a_page_that_a_feed_lists_is_not_added_beside_it(archive, web):
    body = "<p>Dear readers, the looms are warm again and the shed is full of wool.</p>"
    item = f"<item><title>Looms</title><guid>{web.address}/p/looms</guid><link>{web.address}/p/looms</link>"
    item += f"<description><![CDATA[{body}]]></description></item>"
    web.pages["/letters.xml"] = a_feed("Letters", [item])
    web.pages["/p/looms?utm_source=mail"] = f"<html><body><article>{body}</article></body></html>"
    add(archive, [f"{web.address}/letters.xml"])
    report = add(archive, [f"{web.address}/p/looms?utm_source=mail"])
    assert (len(report.added), len(report.unchanged)) == (0, 1)
    (source,) = archive.library.sources()
    assert source.kind is SourceKind.NEWSLETTER


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "transcripts"
    folder.mkdir()
    episode = Episode(7)
    (folder / "ep.vtt").write_text(episode.vtt())
    (folder / "ep.srt").write_text(episode.srt())
    return folder


def test_one_recording_in_two_formats_is_one_source(archive, folder):
    report = add(archive, [str(folder)])
    assert (len(report.added), len(report.unchanged)) == (1, 1)
    assert report.skipped == [
        f"{folder}/ep.srt: the same recording as {folder}/ep.vtt; it is there once",
    ]
    (source,) = archive.library.sources()
    assert (source.origin, source.people) == (f"{folder}/ep.vtt", ("Ana Roe", "Bo Lund"))
    assert len(sync(archive).unchanged) == 2
    assert len(archive.library.sources()) == 1


def test_the_better_format_takes_the_place_of_the_other(archive, folder):
    add(archive, [str(folder / "ep.srt")])
    (before,) = archive.library.sources()
    report = add(archive, [str(folder / "ep.vtt")])
    assert len(report.changed) == 1
    assert "ep.srt: the same recording as" in report.skipped[0]
    (after,) = archive.library.sources()
    assert (after.id, after.origin, bool(before.people), bool(after.people)) == (
        (before.id, f"{folder}/ep.vtt", False, True)
    )
    assert len(add(archive, [str(folder / "ep.srt")]).unchanged) == 1


def test_what_is_left_of_two_formats_is_kept_in_step(archive, folder):
    add(archive, [str(folder)])
    (folder / "ep.vtt").unlink()
    assert not sync(archive).removed
    (folder / "ep.srt").write_text(Episode(7).srt().replace("outlast the new ones", "outlive the new ones"))
    sync(archive)
    (source,) = archive.library.sources()
    assert source.origin == f"{folder}/ep.srt"
    assert "outlive the new ones" in source.text
    (folder / "ep.srt").unlink()
    (folder / "other.md").write_text("# Other\n\nSomething else is written in here instead.\n")
    assert len(sync(archive).removed) == 1


def test_files_of_one_name_with_other_words_are_two_sources(archive, folder):
    (folder / "ep.srt").write_text(Episode(8, turns=["Here it is about sails and nothing but sails."]).srt())
    (folder / "ep.md").write_text("# Notes\n\nWhat we thought of before we recorded that episode.\n")
    assert len(add(archive, [str(folder)]).added) == 3


def test_a_translated_file_knows_the_original(archive, tmp_path):
    (tmp_path / "talk.md").write_text("# Talk\n\nThe kettle is on, and the milk is warm already.\n")
    (tmp_path / "talk.es.md").write_text("# Charla\n\nLa tetera ya canta y la leche ya se calienta.\n")
    (tmp_path / "walk.md").write_text("# Walk\n\nThe path goes up to the dam and down again.\n")
    add(archive, [str(tmp_path)])
    ids = {source.title: source.id for source in archive.library.sources()}
    assert archive.library.translations_of(ids["Talk"]) == (ids["Charla"],)
    assert archive.library.translations_of(ids["Charla"]) == (ids["Talk"],)
    assert archive.library.translations_of(ids["Walk"]) == ()


def test_two_files_are_two_sources_whatever_they_say_of_themselves(archive, tmp_path):
    for name, words in (("a.md", "The first half of the talk on looms."), ("b.md", "The second half of it.")):
        front = "---\naudio_url: https://media.example/talk.mp3\n---\n"
        (tmp_path / name).write_text(f"{front}# Talk {name}\n\n{words}\n")
    add(archive, [str(tmp_path / "a.md"), str(tmp_path / "b.md")])
    assert len(archive.library.sources()) == 2


def test_a_copy_of_a_file_is_named_and_not_listed_as_the_other(archive, tmp_path):
    folder = tmp_path / "posts"
    folder.mkdir()
    for name in ("a.md", "b.md"):
        (folder / name).write_text("# On Kettles\n\nTin kettles are back, and so is the one made of iron.\n")
    report = add(archive, [str(folder)])
    assert ([known.origin for known in report.added], report.unchanged) == ([f"{folder}/a.md"], [])
    assert report.skipped == [f"{folder}/b.md: the same file as {folder}/a.md; it is there once"]
    assert [known.origin for known in sync(archive).unchanged] == [f"{folder}/a.md"]
