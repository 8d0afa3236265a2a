"""Odd, broken and hostile feeds: each is read or refused with a reason, in time, and nothing goes off.

`make soak` also reads the feeds that feedparser is tested with and the bombs of defusedxml, which it gets
from the package index; none of them is kept here.
"""

import random
import re
import resource
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from ingest.apart import ReadsApart
from ingest.signs import is_feed, is_opml
from rag.errors import SourceError
from tests.ingest.bombs import EXTERNAL, LAUGHS, QUADRATIC
from tests.ingest.shows import Episode, Post, a_feed

HANG_S = 5.0
RSS = '<rss version="2.0"><channel><title>T</title>{}</channel></rss>'
ITEM = "<item><title>One</title><guid>1</guid>{}</item>"
DEEP = "<a>" * 100_000
ODD = {
    "laughs": LAUGHS + RSS.format("&a11;"),
    "laughs in an item": LAUGHS + RSS.format(ITEM.format("<description>&a11;</description>")),
    "quadratic": QUADRATIC + RSS.format("&a;" * 50_000),
    "a file of this machine": EXTERNAL + RSS.format(ITEM.format("<description>&a;</description>")),
    "a loop": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;">]>' + RSS.format("&a;"),
    "a DTD elsewhere": '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">' + RSS.format(ITEM.format("")),
    "deep": RSS.format(DEEP),
    "deep in an item": RSS.format(ITEM.format(f"<description>{DEEP}</description>")),
    "wide": RSS.format("<x/>" * 300_000),
    "many items": RSS.format(ITEM.format("") * 5_000),
    "many attributes": RSS.format("<x " + " ".join(f'a{n}="1"' for n in range(50_000)) + "/>"),
    "a long name": RSS.format(f"<{'x' * 1_000_000}/>"),
    "a long date": RSS.format(ITEM.format(f"<pubDate>{'1' * 100_000}</pubDate>")),
    "a long number": RSS.format(ITEM.format(f"<duration>{'9' * 100_000}:00</duration>")),
    "many instructions": "<?xml?>" * 2_800 + "x",
    "many comments": "<!---->" * 2_800 + "x",
    "an open comment": RSS.format("<!-- " * 50_000),
    "open CDATA": RSS.format(ITEM.format("<description><![CDATA[" * 1_000)),
    "cut off": RSS.format(ITEM.format("<description>words"))[:-40],
    "no channel": '<rss version="2.0"/>',
    "an atom without entries": '<feed xmlns="http://www.w3.org/2005/Atom"/>',
    "half a character": RSS.format(ITEM.format("<title>&#xD800;</title>")),
    "no such character": RSS.format(ITEM.format("<title>&#0;&#x1F;&#99999999;</title>")),
    "tags in a title": RSS.format(ITEM.format("<title>&lt;script&gt;x()&lt;/script&gt;</title>")),
    "two roots": RSS.format("") * 2,
    "nested feeds": RSS.format(RSS.format(RSS.format(ITEM.format("")))),
    "no words": " " * 100_000,
}


@pytest.fixture(scope="module")
def reader():
    with ReadsApart() as reader:
        yield reader


def outcome(reader, data, name):
    """Read it as `add` would; gives the seconds until it is a feed or a reason, the slower of two ways."""
    slowest = 0.0
    for told, read in ((is_feed, reader.parse_feed), (is_opml, reader.feeds_of)):
        began = time.monotonic()
        told(data)
        try:
            read(data, origin=name)
        except SourceError as error:
            assert error.origin == name
            assert error.reason.strip()
            assert "\n" not in error.reason
        slowest = max(slowest, time.monotonic() - began)
    # A machine that does other things as well is slower than the limit of work, which is of processor time.
    assert slowest < 2 * HANG_S, f"{name} took {slowest:.1f} s"
    return slowest


@pytest.mark.parametrize("name", ODD)
def test_an_odd_feed_ends_in_a_feed_or_a_reason(reader, name):
    outcome(reader, ODD[name].encode("utf-8", "surrogatepass"), name)


def test_no_file_of_this_machine_gets_into_a_feed(reader):
    for name in ("a file of this machine", "laughs in an item", "a loop"):
        try:
            feed = reader.parse_feed(ODD[name].encode(), origin=name)
        except SourceError:
            continue
        assert "root:" not in repr(feed)
        assert len(repr(feed)) < 10_000


def spoilt(seed):
    """A good feed with a few of its bytes changed, cut out or doubled."""
    dice = random.Random(seed)
    items = [Episode(1).item("https://feeds.example"), Post(1).item("https://feeds.example")]
    data = bytearray(a_feed("The Workshop", items).encode())
    for _ in range(dice.randint(1, 12)):
        place = dice.randrange(len(data))
        what = dice.randrange(4)
        if what == 0:
            data[place] = dice.randrange(256)
        elif what == 1:
            del data[place : place + dice.randint(1, 40)]
        elif what == 2:
            data[place:place] = data[place : place + dice.randint(1, 200)]
        else:
            data[place:place] = dice.choice(
                [b"<", b">", b"&", b"]]>", b"<!--", b"\xff", b"\0", b"&#x0;", b'"']
            )
    return bytes(data)


def test_spoilt_feeds_end_in_a_feed_or_a_reason(reader):
    for seed in range(60):
        outcome(reader, spoilt(seed), f"spoilt {seed}")


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_many_spoilt_feeds_end_in_a_feed_or_a_reason(reader):
    here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = sorted(outcome(reader, spoilt(seed), f"spoilt {seed}") for seed in range(60, 2_060))
    assert seconds[-20] < 1.0
    # In kilobytes: the process that reads them, and what of them ends up in this one.
    (most,) = re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{reader._process.pid}/status").read_text())
    assert int(most) < 500_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - here < 100_000


@pytest.fixture(scope="session")
def packaged(tmp_path_factory):
    """The files that two packages are tested with."""
    folder = tmp_path_factory.mktemp("sdists")
    asked = ["feedparser==6.0.14", "defusedxml==0.7.1"]
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--no-binary", ":all:", "-d", str(folder), *asked], check=True)
    files = {}
    for archive in folder.glob("*.tar.gz"):
        with tarfile.open(archive) as packed:
            for member in packed.getmembers():
                file = packed.extractfile(member) if member.isfile() and "xml" in member.name else None
                if file and ("/tests/" in member.name or "/xmltestdata/" in member.name):
                    files[member.name] = file.read()
    return files


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_the_feeds_that_others_test_with_end_in_a_feed_or_a_reason(reader, packaged):
    assert len(packaged) >= 2_000
    slowest = max(outcome(reader, data, name) for name, data in packaged.items())
    assert slowest < HANG_S
    # Most of them are feeds, and are read as such.
    assert sum(is_a_feed(reader, data) for data in packaged.values()) > 0.9 * len(packaged)


def is_a_feed(reader, data):
    try:
        return bool(reader.parse_feed(data, origin="x"))
    except SourceError:
        return False
