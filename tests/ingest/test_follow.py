"""Following feeds, over HTTP on loopback: what is fetched, what is embedded, what goes, what stays."""

import pytest

from ingest.sync import Options, add, forget, sync
from rag.contract import source_detail_json
from rag.models import SourceKind, Status
from rag.subscriptions import Subscriptions
from tests.ingest.shows import Episode, Post, a_feed
from tests.ingest.web import a_web, send
from tests.rag.archives import MODEL, an_archive

EPISODES, POSTS = 9, 20


class Publisher:
    """A show with a newsletter, on a web of its own."""

    def __init__(self, web, episodes=EPISODES):
        self.web = web
        self.episodes = [Episode(number) for number in range(1, episodes + 1)]
        self.posts = [Post(number) for number in range(1, POSTS + 1)]
        self.publish()

    @property
    def show(self):
        return f"{self.web.address}/show.xml"

    @property
    def letters(self):
        return f"{self.web.address}/letters.xml"

    def publish(self):
        base = self.web.address
        newest_first = [episode.item(base) for episode in reversed(self.episodes)]
        self.web.pages["/show.xml"] = a_feed("The Workshop", newest_first)
        self.web.pages["/letters.xml"] = a_feed(
            "Workshop Letters", [p.item(base) for p in reversed(self.posts)]
        )
        for episode in self.episodes:
            self.web.pages |= episode.pages()


@pytest.fixture
def web():
    with a_web() as web:
        yield web


@pytest.fixture
def publisher(web):
    return Publisher(web)


@pytest.fixture
def archive(tmp_path):
    with an_archive(tmp_path / "home", allow_private_hosts=True) as archive:
        MODEL.embedded.clear()
        yield archive


def counts(report):
    names = ("added", "changed", "unchanged", "removed", "failed")
    return {name: len(getattr(report, name)) for name in names if getattr(report, name)}


def titled(archive, title):
    (source,) = [source for source in archive.library.sources() if source.title == title]
    return source


def words_of(archive):
    return " ".join(source.text for source in archive.library.sources())


# ── the whole way ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_show_and_its_newsletter_go_in_and_stay_in_step(archive, web):
    episodes = 30
    publisher = Publisher(web, episodes)
    first = add(archive, [publisher.show, publisher.letters])
    assert counts(first) == {"added": episodes + POSTS}
    assert first.skipped == []

    # Nothing has changed: nothing is sent, nothing is embedded.
    web.forget()
    MODEL.embedded.clear()
    again = sync(archive)
    assert counts(again) == {"unchanged": episodes + POSTS}
    assert sum(web.bodies.values()) == 0
    assert MODEL.embedded == []
    assert max(web.asked.values()) == 1

    # An edited transcript: only the passages that changed are embedded.
    before = archive.library.passages_of(titled(archive, "On windows").id)
    edited = publisher.episodes[13]
    edited.turns[4] = "Begin with the frame, and leave the glass to somebody who has cut some."
    publisher.publish()
    web.forget()
    changed = sync(archive)
    assert [known.title for known in changed.changed] == ["On windows"]
    assert counts(changed) == {"changed": 1, "unchanged": episodes + POSTS - 1}
    after = archive.library.passages_of(titled(archive, "On windows").id)
    new = {passage.id for passage in after} - {passage.id for passage in before}
    assert len(MODEL.embedded) == len(new) == 1
    assert "leave the glass" in MODEL.embedded[0]
    assert {path for path in web.bodies if path.endswith(".vtt")} == {"/14.vtt"}

    # A deleted post is gone from answers.
    question = "What did letter 7 cost at the autumn market in crowns?"
    assert any("cost 61 crowns" in found.passage.text for found in archive.search.find(question, k=30))
    publisher.posts = [post for post in publisher.posts if post.number != 7]
    publisher.publish()
    gone = sync(archive)
    assert [known.title for known in gone.removed] == ["Letter 7"]
    assert counts(gone) == {"removed": 1, "unchanged": episodes + POSTS - 1}
    assert not any("cost 61 crowns" in found.passage.text for found in archive.search.find(question, k=200))
    assert "61 crowns" not in archive.assistant.ask(question).text


def test_an_episode_is_all_that_its_feed_says(archive, publisher):
    add(archive, [publisher.show])
    source = titled(archive, "On lamps")
    assert (source.kind, source.show, source.language) == (SourceKind.EPISODE, "The Workshop", "en")
    assert (source.url, source.audio_url) == (
        "https://workshop.example/1",
        "https://media.example/workshop/1.mp3",
    )
    assert (source.people, source.seconds) == (("Ana Roe", "Bo Lund"), 300.0)
    assert (source.season, source.number) == (2, 1)
    passages = archive.library.passages_of(source.id)
    # Of three transcripts the one that names who speaks, and when; chapters are its headings.
    spoken, notes = passages[:-1], passages[-1]
    assert {speaker for passage in spoken for speaker in passage.speakers} == {"Ana Roe", "Bo Lund"}
    assert [passage.heading for passage in spoken] == ["Hello & welcome", "What lamps teach"]
    assert all(passage.start_s is not None for passage in spoken)
    assert (notes.heading, notes.start_s, notes.speakers) == ("Show notes", None, ())
    assert "list of tools for lamps" in notes.text


def test_a_post_is_its_full_text(archive, publisher):
    add(archive, [publisher.letters])
    source = titled(archive, "Letter 3")
    assert (source.kind, source.published.isoformat()) == (SourceKind.NEWSLETTER, "2025-01-04")
    assert "49 crowns" in source.text
    assert "teaser" not in source.text
    assert [p.heading for p in archive.library.passages_of(source.id)] == [None, "Prices"]
    answer = archive.assistant.ask("What did letter 3 cost at the autumn market?")
    assert answer.status is not Status.OFF_TOPIC


def test_labels_are_the_people_that_the_feed_names_on_evidence(archive, publisher):
    said = """WEBVTT

00:00.000 --> 00:09.000
<v Speaker 1>Hello and welcome to the workshop. I'm Ana Roe.

00:10.000 --> 00:19.000
<v Bo>I took the oldest of the clocks apart, and it had been mended before.

00:20.000 --> 00:29.000
<v Speaker 3>And nobody told either of you who I am, which is how I like it.
"""
    publisher.web.pages["/9.vtt"] = said
    add(archive, [publisher.show])
    passages = archive.library.passages_of(titled(archive, publisher.episodes[-1].title).id)
    assert {name for p in passages for name in p.speakers} == {"Ana Roe", "Bo Lund", "Speaker 3"}
    # A feed that comes to name somebody else is believed too.
    page = publisher.web.pages["/show.xml"].replace("Bo Lund", "Bo Berg")
    publisher.web.pages["/show.xml"] = page
    sync(archive)
    passages = archive.library.passages_of(titled(archive, publisher.episodes[-1].title).id)
    assert {name for p in passages for name in p.speakers} == {"Ana Roe", "Bo Berg", "Speaker 3"}


@pytest.mark.parametrize("language", ["<language>en</language>", ""])
def test_translations_are_sources_that_know_each_other(archive, publisher, language):
    place = f"{publisher.web.address}/9"
    spanish = f'<podcast:transcript url="{place}.es.vtt" type="text/vtt" language="es"/>'
    page = publisher.web.pages["/show.xml"].replace("<language>en</language>", language)
    publisher.web.pages["/show.xml"] = page.replace(
        f'<podcast:transcript url="{place}.vtt"', f'{spanish}<podcast:transcript url="{place}.vtt"'
    )
    words = publisher.episodes[-1].vtt().replace("Welcome to the workshop", "Bienvenidos al taller")
    publisher.web.pages["/9.es.vtt"] = words
    assert counts(add(archive, [publisher.show])) == {"added": EPISODES + 1}
    library = archive.library
    english, other = sorted(
        (source for source in library.sources() if source.title == publisher.episodes[-1].title),
        key=lambda source: source.language == "es",
    )
    assert ("Welcome" in english.text, "Bienvenidos" in other.text) == (True, True)
    assert library.translations_of(english.id) == (other.id,)
    assert library.translations_of(other.id) == (english.id,)
    assert library.translations_of(titled(archive, "On lamps").id) == ()
    shown = source_detail_json(english, library.passages_of(english.id), translations=[other])
    assert shown["translations"] == [{"id": other.id, "language": "es", "title": other.title}]
    archive.remove_all([other.id])
    assert library.translations_of(english.id) == ()


# ── what goes and what stays ────────────────────────────────────────────────────────────────────────────────


def test_what_scrolled_off_stays(archive, publisher):
    add(archive, [publisher.letters])
    publisher.posts = [*publisher.posts[5:], *(Post(number) for number in range(21, 26))]
    publisher.publish()
    report = sync(archive)
    assert counts(report) == {"added": 5, "unchanged": 15}
    assert len(archive.library.sources()) == 25
    assert counts(sync(archive)) == {"unchanged": 20}


def test_a_feed_that_is_gone_or_broken_or_empty_takes_nothing_with_it(archive, publisher):
    add(archive, [publisher.letters])
    nothing = a_feed("Workshop Letters", [])
    for page in (None, "<html><body><p>We are moving.</p></body></html>", nothing, "<rss><channel>"):
        if page is None:
            del publisher.web.pages["/letters.xml"]
        else:
            publisher.web.pages["/letters.xml"] = page
        report = sync(archive)
        assert not report.removed
        assert len(archive.library.sources()) == POSTS


def test_what_scrolled_off_above_a_pinned_trailer_stays(archive, publisher):
    everything = publisher.posts
    publisher.posts = everything[:10]
    publisher.publish()
    add(archive, [publisher.letters])
    publisher.posts = [everything[0], *everything[3:11]]  # the welcome stays, two make room for one
    publisher.publish()
    assert counts(sync(archive)) == {"added": 1, "unchanged": 8}
    publisher.posts[-1].words = "<p>Dear readers, the last letter had a slip in its first line.</p>"
    publisher.publish()
    assert counts(sync(archive)) == {"changed": 1, "unchanged": 8}
    assert len(archive.library.sources()) == 11


@pytest.mark.parametrize("pages", ["none", "all but it", "all"])
def test_the_oldest_of_all_goes_when_its_page_has_gone(archive, publisher, pages):
    if pages != "none":
        publisher.web.pages |= {f"/p/{post.number}": "A letter's page." for post in publisher.posts}
    add(archive, [publisher.letters])
    publisher.posts = publisher.posts[1:]
    publisher.publish()
    if pages == "all but it":
        del publisher.web.pages["/p/1"]
    stays = pages == "all"
    gone = {} if stays else {"removed": 1}
    assert counts(sync(archive)) == {"unchanged": POSTS - 1, **gone}
    publisher.web.pages.pop("/p/1", None)
    # Judged once: what has scrolled off is not asked after for ever.
    assert len(archive.library.sources()) == POSTS - 1 + stays
    assert not sync(archive).removed


def test_the_oldest_of_all_stays_while_nobody_can_say(archive, publisher):
    publisher.web.pages |= {f"/p/{post.number}": "A letter's page." for post in publisher.posts}
    add(archive, [publisher.letters])
    publisher.posts = publisher.posts[1:]
    publisher.publish()
    publisher.web.pages["/p/1"] = lambda handler: send(handler, 500, b"")
    assert not sync(archive).removed
    del publisher.web.pages["/p/1"]
    assert [known.title for known in sync(archive).removed] == ["Letter 1"]


def test_many_at_once_go_at_the_second_look(archive, publisher):
    add(archive, [publisher.letters])
    publisher.posts = [post for post in publisher.posts if post.number in (1, 2, 3, 4, 20)]
    publisher.publish()
    assert counts(sync(archive)) == {"unchanged": 5}
    assert counts(sync(archive)) == {"unchanged": 5, "removed": 15}


def test_what_a_person_removed_does_not_come_back_by_itself(archive, publisher):
    add(archive, [publisher.letters])
    archive.remove_all([titled(archive, "Letter 9").id])
    publisher.posts[0].words = "<p>Dear readers, this letter was mended a little later.</p>"
    publisher.publish()
    report = sync(archive)
    assert "'Letter 9' was removed by hand" in "\n".join(report.skipped)
    assert "Letter 9" not in {source.title for source in archive.library.sources()}
    assert counts(add(archive, [publisher.letters]))["added"] == 1


# ── trouble ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_interrupted_sync_goes_on(archive, publisher):
    done = []

    def stop_at_fourth(origin, stage):
        done.append(origin)
        if stage.startswith("fetching, 4 of"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add(archive, [publisher.show], progress=stop_at_fourth)
    assert len(archive.library.sources()) == 3
    publisher.web.forget()
    report = sync(archive)
    assert counts(report) == {"added": 6, "unchanged": 3}
    assert sum(path.endswith(".vtt") for path in publisher.web.bodies) == 6
    publisher.web.forget()
    assert counts(sync(archive)) == {"unchanged": EPISODES}
    assert sum(publisher.web.bodies.values()) == 0


def test_a_transcript_that_fails_is_tried_again(archive, publisher):
    missing = publisher.web.pages.pop("/9.vtt")
    first = add(archive, [publisher.show])
    # The next best is taken for now, and the report says so.
    assert counts(first) == {"added": EPISODES}
    assert [line for line in first.skipped if "/9.vtt: answers 404" in line]
    newest = publisher.episodes[-1].title
    assert not any(p.speakers for p in archive.library.passages_of(titled(archive, newest).id))
    publisher.web.pages["/9.vtt"] = missing
    second = sync(archive)
    assert [known.title for known in second.changed] == [newest]
    assert any(p.speakers for p in archive.library.passages_of(titled(archive, newest).id))


def test_what_an_old_episode_names_in_vain_is_not_asked_for_each_time(archive, publisher, monkeypatch):
    monkeypatch.setattr("ingest.follow.RECENT", 2)
    oldest = publisher.episodes[0].number
    publisher.web.pages.pop(f"/{oldest}.vtt")
    add(archive, [publisher.show])
    publisher.web.forget()
    assert counts(sync(archive)) == {"unchanged": EPISODES}
    assert sum(publisher.web.bodies.values()) == 0
    assert not [path for path in publisher.web.asked if path.startswith(f"/{oldest}.")]


def test_an_episode_whose_transcripts_are_not_there_is_what_is_written_about_it(archive, publisher):
    gone = {path: publisher.web.pages.pop(path) for path in ("/9.vtt", "/9.srt", "/9.txt")}
    first = add(archive, [publisher.show])
    assert counts(first) == {"added": EPISODES, "failed": 1}
    assert "/9.srt: answers 404" in str(first.failed[0])
    newest = publisher.episodes[-1].title
    before = titled(archive, newest)
    assert {p.heading for p in archive.library.passages_of(before.id)} == {"Show notes"}
    assert counts(sync(archive)) == {"unchanged": EPISODES, "failed": 1}
    publisher.web.pages |= gone
    assert counts(sync(archive)) == {"changed": 1, "unchanged": EPISODES - 1}
    assert titled(archive, newest).id == before.id
    assert any(p.speakers for p in archive.library.passages_of(before.id))


def test_an_episode_whose_transcripts_cannot_be_had_now_waits(archive, publisher):
    for suffix in ("vtt", "srt", "txt"):
        publisher.web.pages[f"/9.{suffix}"] = lambda handler: send(handler, 503, b"", Retry_After="900")
    report = add(archive, [publisher.show])
    assert counts(report) == {"added": EPISODES - 1, "failed": 1}
    publisher.publish()
    assert counts(sync(archive)) == {"added": 1, "unchanged": EPISODES - 1}


def test_a_server_that_goes_on_asking_for_patience_is_left_alone(archive, publisher):
    with a_web() as host:
        host.pages |= {
            path: lambda handler: send(handler, 429, b"", Retry_After="900") for path in publisher.web.pages
        }
        page = publisher.web.pages["/show.xml"]
        publisher.web.pages["/show.xml"] = "".join(
            line.replace(publisher.web.address, host.address) if "podcast:transcript" in line else line
            for line in page.splitlines(keepends=True)
        )
        report = add(archive, [publisher.show])
        assert counts(report) == {"failed": EPISODES}
        assert sum(host.asked.values()) == 4
        assert all("of patience" in error.reason for error in report.failed)


def test_a_page_in_place_of_a_transcript_is_none(archive, publisher):
    lost = "<!DOCTYPE html><html><head><title>Oh</title></head><body><p>We lost that page.</p></body></html>"
    publisher.web.pages["/9.vtt"] = publisher.web.pages["/9.srt"] = publisher.web.pages["/8.vtt"] = lost
    report = add(archive, [publisher.show])
    assert "We lost" not in words_of(archive)
    assert [line for line in report.skipped if "/8.vtt: is a web page, not the text/vtt" in line]
    assert "Welcome to the workshop. In part 9" in words_of(archive)


def test_validators_that_cannot_be_sent_back_are_not(archive, publisher):
    page = publisher.web.pages["/letters.xml"].encode()

    def route(handler):
        send(handler, 200, page, ETag='"caf\xe9"', Last_Modified="Tu\xe9, 1 Jan")

    publisher.web.pages["/letters.xml"] = route
    add(archive, [publisher.letters])
    assert counts(sync(archive)) == {"unchanged": POSTS}


def test_transcripts_without_validators_are_left_alone_while_the_feed_is_unchanged(archive, publisher):
    for path, page in list(publisher.web.pages.items()):
        if path.endswith(".vtt"):
            publisher.web.pages[path] = lambda handler, page=page: send(handler, 200, page.encode())
    add(archive, [publisher.show])
    publisher.web.forget()
    assert counts(sync(archive)) == {"unchanged": EPISODES}
    assert not any(path.endswith(".vtt") for path in publisher.web.asked)
    edited = publisher.episodes[-1]
    edited.turns[1] = "The first thing was said another way in the edit of this part."
    publisher.web.pages["/9.vtt"] = edited.vtt()
    publisher.web.pages["/show.xml"] += "<!-- built again -->"
    assert counts(sync(archive)) == {"changed": 1, "unchanged": EPISODES - 1}


def test_a_recording_that_moves_to_another_host_is_followed(archive, publisher):
    add(archive, [publisher.show])
    for episode in publisher.episodes:
        episode.audio = episode.audio.replace("media.example", "audio.example")
    publisher.publish()
    assert counts(sync(archive)) == {"changed": EPISODES}
    assert titled(archive, "On lamps").audio_url == "https://audio.example/workshop/1.mp3"


def test_an_episode_whose_files_all_fail_has_failed_and_keeps_what_it_had(archive, publisher):
    add(archive, [publisher.show])
    words = titled(archive, "On lamps").text
    publisher.episodes[0].turns[0] = "Something else was said in the first part about lamps."
    publisher.publish()
    changed = publisher.web.pages["/show.xml"].replace("<itunes:duration>5:00", "<itunes:duration>6:00", 99)
    publisher.web.pages["/show.xml"] = changed
    for suffix in ("vtt", "srt", "txt"):
        publisher.web.pages[f"/1.{suffix}"] = lambda handler: send(handler, 410, b"")
    report = sync(archive)
    assert [error.origin for error in report.failed] == [f"{publisher.web.address}/1.srt"]
    assert titled(archive, "On lamps").text == words


def test_patience_that_a_feed_asks_for_is_kept_until_somebody_asks(archive, publisher):
    add(archive, [publisher.letters])
    page = publisher.web.pages["/letters.xml"]
    publisher.web.pages["/letters.xml"] = lambda handler: send(handler, 503, b"", Retry_After="3600")
    assert "asks for 3600 s" in sync(archive).failed[0].reason
    publisher.web.forget()
    assert "asked not to be asked before" in sync(archive).failed[0].reason
    assert not publisher.web.asked
    publisher.web.pages["/letters.xml"] = page
    assert counts(add(archive, [publisher.letters])) == {"unchanged": POSTS}
    assert counts(sync(archive)) == {"unchanged": POSTS}


def test_a_server_without_validators_costs_bodies_and_no_embedding(archive, publisher):
    publisher.web.validators = False
    add(archive, [publisher.show])
    MODEL.embedded.clear()
    assert counts(sync(archive)) == {"unchanged": EPISODES}
    assert MODEL.embedded == []


# ── subscriptions ───────────────────────────────────────────────────────────────────────────────────────────


def test_once_is_once(archive, publisher):
    assert counts(add(archive, [publisher.letters], once=True)) == {"added": POSTS}
    publisher.web.forget()
    assert counts(sync(archive)) == {}
    assert not publisher.web.asked


def test_what_is_forgotten_is_not_looked_at_and_its_sources_stay(archive, publisher):
    add(archive, [publisher.letters])
    assert forget(archive, publisher.letters)
    assert not forget(archive, publisher.letters)
    assert counts(sync(archive)) == {}
    assert len(archive.library.sources()) == POSTS


def test_options_of_a_subscription_hold_for_what_comes_later(archive, publisher):
    add(archive, [publisher.letters], options=Options(show="Letters from the North"))
    publisher.posts.append(Post(21))
    publisher.publish()
    assert counts(sync(archive)) == {"added": 1, "unchanged": POSTS}
    assert {source.show for source in archive.library.sources()} == {"Letters from the North"}


@pytest.mark.parametrize("where", ["file", "address"])
def test_a_list_of_feeds_subscribes_to_each(archive, publisher, tmp_path, where):
    outlines = "".join(f'<outline type="rss" xmlUrl="{url}"/>' for url in (publisher.show, publisher.letters))
    opml = f'<?xml version="1.0"?><opml version="2.0"><body><outline>{outlines}</outline></body></opml>'
    (tmp_path / "feeds.opml").write_text(opml)
    publisher.web.pages["/feeds.opml"] = opml
    origin = str(tmp_path / "feeds.opml") if where == "file" else f"{publisher.web.address}/feeds.opml"
    assert counts(add(archive, [origin])) == {"added": EPISODES + POSTS}
    followed = [subscription.origin for subscription in Subscriptions(archive.library).all()]
    assert sorted(followed) == sorted([publisher.show, publisher.letters])


def test_a_page_and_a_transcript_go_in_by_their_address_and_are_not_followed(archive, publisher):
    page = "<html><head><title>Of kilns</title></head><body><article><p>A kiln is fired slowly.</p></article>"
    publisher.web.pages["/kilns.html"] = page
    report = add(archive, [f"{publisher.web.address}/kilns.html", f"{publisher.web.address}/3.vtt"])
    assert [known.kind for known in report.added] == [SourceKind.ARTICLE, SourceKind.EPISODE]
    assert titled(archive, "Of kilns").url == f"{publisher.web.address}/kilns.html"
    assert counts(sync(archive)) == {}
    again = add(archive, [f"{publisher.web.address}/kilns.html"])
    assert counts(again) == {"unchanged": 1}


def test_a_page_cannot_take_anothers_place(archive, web):
    with a_web() as stranger:
        web.pages["/a"] = "<html><body><p>These are the publisher's own true words.</p></body></html>"
        add(archive, [f"{web.address}/a"])
        link = f'<link rel="canonical" href="{web.address}/a">'.replace("127.0.0.1", "localhost")
        stranger.pages["/b"] = (
            f"<html><head>{link}</head><body><p>These are a stranger's words.</p></body></html>"
        )
        assert counts(add(archive, [f"{stranger.address}/b"])) == {"added": 1}
    assert "true words" in words_of(archive)


def test_your_own_network_is_closed_unless_opened(tmp_path, publisher):
    with an_archive(tmp_path / "closed") as archive:
        (error,) = add(archive, [publisher.show]).failed
        assert "127.0.0.1 is a private address" in error.reason
        assert "EARMARK_ALLOW_PRIVATE_HOSTS" in error.reason
    assert not publisher.web.asked
