"""Feeds: every podcast tag, in either namespace, and nothing fetched or expanded."""

from datetime import date

import pytest

from ingest.feeds import is_feed, parse_feed
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
