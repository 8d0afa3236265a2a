"""Feeds: every podcast tag, in either namespace, and nothing fetched or expanded."""

from datetime import date

import pytest

from ingest.feeds import parse_feed
from ingest.signs import is_feed, is_opml
from rag.errors import SourceEmpty, SourceMalformed
from rag.models import SourceKind

OLD = "https://podcastindex.org/namespace/1.0"
NEW = "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"


def feed(item="", channel="", namespace=OLD, doctype=""):
    return f"""<?xml version="1.0" encoding="UTF-8"?>{doctype}
<rss version="2.0" xmlns:podcast="{namespace}" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Tea &amp; Talk</title><link>https://tea.example</link><language>en-us</language>{channel}
<item><title>Milk</title><guid isPermaLink="false">tea-7</guid><link>https://tea.example/7</link>
<pubDate>Thu, 06 Nov 2025 21:30:00 -0500</pubDate><itunes:duration>1:02:03</itunes:duration>
<enclosure url="https://tea.example/7.mp3" type="audio/mpeg" length="1"/>
<description>Short.</description><content:encoded><![CDATA[<p>Long <b>notes</b>.</p>]]></content:encoded>
{item}</item></channel></rss>""".encode()


def test_an_item_says_what_it_is():
    item = parse_feed(feed(), origin="x").items[0]
    metadata = item.metadata
    assert (metadata.kind, metadata.title, metadata.show) == (SourceKind.EPISODE, "Milk", "Tea & Talk")
    assert (metadata.published, metadata.seconds, metadata.language) == (date(2025, 11, 6), 3723.0, "en-us")
    assert (metadata.identity, metadata.url) == ("tea & talk tea-7", "https://tea.example/7")
    assert metadata.audio_url == "https://tea.example/7.mp3"
    assert item.content == "<p>Long <b>notes</b>.</p>"


@pytest.mark.parametrize("namespace", [OLD, NEW])
def test_every_transcript_is_kept_and_the_best_comes_first(namespace):
    item = parse_feed(
        feed(
            """<podcast:transcript url="https://t.example/a.txt" type="text/plain"/>
            <podcast:transcript url="https://t.example/a.html" type="text/html"/>
            <podcast:transcript url="https://t.example/a.vtt" type="text/vtt" language="en" rel="captions"/>
            <podcast:transcript url="file:///etc/passwd" type="text/vtt"/>""",
            namespace=namespace,
        ),
        origin="x",
    ).items[0]
    assert [transcript.url[-4:] for transcript in item.transcripts] == [".vtt", "html", ".txt"]
    assert item.transcripts[0].has_times


def test_an_items_people_replace_the_shows():
    host, guest = (
        "<podcast:person>Ana Roe</podcast:person>",
        '<podcast:person role="guest">Bo Lund</podcast:person>',
    )
    assert parse_feed(feed(channel=host), origin="x").items[0].people == ("Ana Roe",)
    assert parse_feed(feed(guest, channel=host), origin="x").items[0].people == ("Bo Lund",)


def test_entities_are_not_expanded():
    bomb = '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    item = parse_feed(feed("<podcast:person>&b;</podcast:person>", doctype=bomb), origin="x").items[0]
    assert "root" not in str(item)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b" ", SourceEmpty),
        (b"<html><p>Hi</p></html>", SourceMalformed),
        (b"words", SourceMalformed),
        (feed("<podcast:person>&#xD800;</podcast:person>"), SourceMalformed),
    ],
)
def test_what_is_no_feed_is_refused(data, error):
    with pytest.raises(error):
        parse_feed(data, origin="https://a.example/feed")


def test_a_feed_is_told_from_its_root():
    assert is_feed(feed())
    assert is_feed(feed().decode())
    assert is_feed('<feed xmlns="http://www.w3.org/2005/Atom"/>')
    assert not is_feed("<html><body>rss</body></html>")


# ── what publishers write otherwise ─────────────────────────────────────────────────────────────────────────


MP3 = "https://m.example/7.mp3?x=1"


def item(inside):
    data = (
        f'<?xml version="1.0"?><rss version="2.0" xmlns:podcast="{OLD}"'
        ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Tea</title>'
        f"<podcast:person>Ana Roe</podcast:person><item><guid>1</guid>{inside}</item></channel></rss>"
    )
    return parse_feed(data.encode(), origin="https://tea.example/feeds/all.xml").items[0]


@pytest.mark.parametrize(
    ("inside", "season", "number"),
    [
        ("<itunes:season>2</itunes:season><itunes:episode> 7 </itunes:episode>", 2, 7),
        ('<podcast:season name="Milk">3</podcast:season><podcast:episode>31</podcast:episode>', 3, 31),
        ("<podcast:season>3</podcast:season><podcast:episode>3.5</podcast:episode>", 3, None),
        ("<itunes:episode>²</itunes:episode><itunes:season>two</itunes:season>", None, None),
    ],
)
def test_an_episode_has_a_place_in_its_show(inside, season, number):
    found = item(inside)
    assert (found.season, found.number) == (season, number)
    assert (found.metadata.season, found.metadata.number) == (season, number)


@pytest.mark.parametrize(
    ("inside", "kind", "audio"),
    [
        ('<enclosure url="/7.mp3" type="audio/mpeg"/>', SourceKind.EPISODE, "https://tea.example/7.mp3"),
        ('<enclosure url="https://m.example/7.mp3?x=1" type="a/b"/>', SourceKind.EPISODE, MP3),
        ('<enclosure url="https://m.example/7.jpg" type="image/jpeg"/>', SourceKind.NEWSLETTER, None),
        ('<podcast:transcript url="7.vtt" type="text/vtt"/>', SourceKind.EPISODE, None),
        ("<description>Words.</description>", SourceKind.NEWSLETTER, None),
    ],
)
def test_what_can_be_heard_is_an_episode(inside, kind, audio):
    found = item(inside)
    assert (found.metadata.kind, found.audio_url) == (kind, audio)


def test_a_post_is_by_its_author_and_an_episode_by_its_people():
    author = "<dc:creator>Cy Dahl</dc:creator>"
    assert item(author).people == ("Cy Dahl",)
    assert item("<author>cy@tea.example (Cy Dahl)</author>").people == ("Cy Dahl",)
    assert item("<author>cy@tea.example</author>").people == ()
    assert item(author + '<enclosure url="/7.mp3" type="audio/mpeg"/>').people == ("Ana Roe",)


def test_addresses_may_be_relative_to_the_feed():
    assert item("<link>/p/1</link>").link == "https://tea.example/p/1"
    assert item("<link>javascript:alert(1)</link>").link is None
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Tea</title><entry><id>urn:x:1</id>'
        '<link href="p/2"/><link rel="enclosure" type="audio/mpeg" href="../2.mp3"/></entry></feed>'
    )
    (entry,) = parse_feed(atom.encode(), origin="https://tea.example/feeds/atom.xml").items
    assert (entry.link, entry.audio_url) == ("https://tea.example/feeds/p/2", "https://tea.example/2.mp3")


def test_what_was_escaped_twice_is_unescaped_twice_and_code_is_not():
    twice = "<description><![CDATA[&lt;p&gt;Milk &amp;amp; sugar.&lt;/p&gt;]]></description>"
    assert item(twice).content == "<p>Milk &amp; sugar.</p>"
    code = "<description><![CDATA[<p>In HTML, &lt;p&gt; begins a paragraph.</p>]]></description>"
    assert "&lt;p&gt;" in item(code).content


@pytest.mark.parametrize("stated", ["Thu, 06 Nov 2025 24:00:00 GMT", "2025-11-06", "6 Nov 2025 10:00 AEST"])
def test_a_day_is_the_day_as_it_is_stated(stated):
    assert item(f"<pubDate>{stated}</pubDate>").published == date(2025, 11, 6)


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("Milk &amp;amp; sugar", "Milk & sugar"),
        ("<![CDATA[The baker&#8217;s <em>last</em> loaf]]>", "The baker’s last loaf"),
        ("Is 1 &lt; 2? On &lt;blink&gt;", "Is 1 < 2? On <blink>"),
        ("<![CDATA[  ]]>", None),
    ],
)
def test_a_title_is_what_its_readers_see(title, read):
    assert item(f"<title>{title}</title><description>Words.</description>").title == read


def test_names_and_chapters_are_what_their_readers_see():
    found = item(
        "<podcast:person>Zo&amp;euml; Lund</podcast:person>"
        '<psc:chapter xmlns:psc="http://podlove.org/simple-chapters" start="1:00" title="Q&amp;amp;A"/>'
    )
    assert found.people == ("Zoë Lund",)
    assert [chapter.title for chapter in found.chapters] == ["Q&A"]


@pytest.mark.parametrize(
    ("inside", "link"),
    [
        ("<guid>7</guid>", None),
        ("<guid>7</guid><link>/p/7</link>", "https://tea.example/p/7"),
        ("<guid>https://tea.example/p/7</guid>", "https://tea.example/p/7"),
    ],
    ids=["a-guid-that-is-no-address", "a-link", "a-guid-that-is-one"],
)
def test_an_items_page_is_one_that_somebody_gave_it(inside, link):
    (found,) = items_of(f"{inside}<description>Words.</description>")
    assert found.link == link


def test_a_transcript_beside_the_feed_may_have_any_address_that_is_one():
    found = item(
        '<podcast:transcript url="t/7.vtt?at=10:30" type="text/vtt"/>'
        '<podcast:transcript url="data:text/vtt,WEBVTT" type="text/vtt"/>'
        '<podcast:transcript url="//[half" type="text/vtt"/>'
    )
    assert [transcript.url for transcript in found.transcripts] == ["t/7.vtt?at=10:30"]


def test_media_rss_may_stand_for_the_enclosure_where_it_is_heard():
    media = '<media:content xmlns:media="http://search.yahoo.com/mrss/" url="{}" type="{}"/>'
    assert item(media.format(MP3, "audio/mpeg")).audio_url == MP3
    assert item(media.format("https://m.example/7.mp4", "video/mp4")).audio_url is None


@pytest.mark.parametrize("when", ["1777975200", "soon", "05/06/2026"])
def test_a_date_that_is_none_places_an_item_nowhere(when):
    found = item(f"<pubDate>{when}</pubDate><description>Words.</description>")
    assert (found.published, found.moment) == (None, None)


def test_an_entry_of_atom_without_an_author_is_by_the_feeds():
    by = "<author><name>{}</name></author>"
    atom = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Tea</title>{by.format("Ana Roe")}
    <entry><id>urn:1</id><title>One</title><content>Words.</content></entry>
    <entry><id>urn:2</id><title>Two</title><content>Words.</content>{by.format("Bo Lund")}</entry></feed>"""
    items = parse_feed(atom.encode(), origin="https://tea.example/atom").items
    assert [one.people for one in items] == [("Ana Roe",), ("Bo Lund",)]


def items_of(*inside):
    many = "".join(f"<item>{one}</item>" for one in inside)
    data = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Tea</title>{many}</channel></rss>'
    return parse_feed(data.encode(), origin="https://tea.example/feed").items


def test_one_guid_on_several_recordings_is_the_name_of_none():
    page = "https://tea.example/show"
    episode = f'<guid>{page}</guid><enclosure url="https://m.example/{{}}.mp3" type="audio/mpeg"/>'
    first, second = items_of(episode.format(1), episode.format(2))
    assert not set(first.names) & set(second.names)
    assert first.metadata.identity != second.metadata.identity
    same, again = items_of(episode.format(1), episode.format(1))
    assert same.metadata.identity == again.metadata.identity == page


def test_an_item_that_says_nothing_of_itself_keeps_its_key_when_another_comes_before_it():
    (old,) = items_of("<description>Old words.</description>")
    new, still = items_of("<description>New words.</description>", "<description>Old words.</description>")
    assert old.key == still.key != new.key


def test_a_feed_may_be_in_any_encoding():
    text = feed().decode().replace("Milk", "Müesli").replace("UTF-8", "UTF-16")
    data = text.encode("utf-16")
    assert is_feed(data)
    assert parse_feed(data, origin="x").items[0].title == "Müesli"
    assert is_opml('<?xml version="1.0" encoding="utf-16"?><opml version="2.0"/>'.encode("utf-16"))
