"""The one door: formats are told from content, and what is no source is refused in one line."""

from datetime import date

import pytest

from ingest.decode import decode
from ingest.read import read
from rag.errors import SourceBinary, SourceEmpty, SourceError, SourceMalformed, UnknownFormat
from rag.models import SourceKind

LABELLED = b"**Ana Roe:** Hello there.\n\n**Bo Lund:** Hello.\n"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(b"WEBVTT\n\n0:00.000 --> 0:02.000\nHello there.", SourceKind.EPISODE, id="webvtt"),
        pytest.param(b"1\n00:00:00,000 --> 00:00:02,000\nHello.", SourceKind.EPISODE, id="srt"),
        pytest.param(b'{"segments": [{"startTime": 0, "body": "Hello"}]}', SourceKind.EPISODE, id="json"),
        pytest.param(LABELLED, SourceKind.EPISODE, id="labelled"),
        pytest.param(b"<cite>Ana:</cite><time>0:09</time><p>Hello.</p>", SourceKind.EPISODE, id="cited html"),
        pytest.param(b"On tea.\nAI Summary\nQuick takeaways\nTea is hot.", SourceKind.SUMMARY, id="summary"),
        pytest.param(b"---\ntype: newsletter\n---\nNews.", SourceKind.NEWSLETTER, id="newsletter"),
        pytest.param(b"<html><body><p>Words here.</p></body></html>", SourceKind.ARTICLE, id="html"),
        pytest.param(b"# Tea\n\nIt is *hot*.", SourceKind.ARTICLE, id="markdown"),
        pytest.param(b"It rained. Nobody minded.\n\nThe end.", SourceKind.DOCUMENT, id="prose"),
    ],
)
@pytest.mark.parametrize("name", ["a.bin", "a.json", "a.md", "a"])
def test_the_content_tells_the_format_not_the_name(data, kind, name):
    assert read(data, origin=name).metadata.kind is kind


@pytest.mark.parametrize(
    ("data", "error"),
    [
        pytest.param(b"", SourceEmpty, id="nothing"),
        pytest.param(b" \n\t\n", SourceEmpty, id="white space"),
        pytest.param("\ufeff \n".encode(), SourceEmpty, id="a byte order mark alone"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00", SourceBinary, id="png"),
        pytest.param(b"PK\x03\x04rest", SourceMalformed, id="a broken zip"),
        pytest.param(b"ID3\x04\x00\x00", SourceBinary, id="mp3"),
        pytest.param(b"\x7fELF\x02", SourceBinary, id="elf"),
        pytest.param(b"words\x00words", SourceBinary, id="nul"),
        pytest.param(b"\x01\x02\x03\x04\x05 a", SourceBinary, id="control characters"),
        pytest.param(b'{"name": "taxonomy", "items": []}', UnknownFormat, id="json that is no transcript"),
        pytest.param(b"[]", UnknownFormat, id="json of nothing"),
        pytest.param(b'{"segments": [', SourceMalformed, id="json cut off"),
        pytest.param(b"id,name,year\n1,Ana,2020\n2,Bo,2021", UnknownFormat, id="csv"),
        pytest.param(b"import os\n\ndef main():\n    os.exit()\n", UnknownFormat, id="source code"),
        pytest.param(b'<?xml version="1.0"?><opml><x/></opml>', UnknownFormat, id="xml"),
        pytest.param(b'<rss version="2.0"><channel/></rss>', UnknownFormat, id="a feed"),
        pytest.param(b"<div><p></p><img src='a.png'></div>", SourceEmpty, id="html without words"),
        pytest.param(
            b"WEBVTT\n\nNOTE nobody spoke\n\n0:01.000 --> 0:02.000\n\n", SourceEmpty, id="silent vtt"
        ),
        pytest.param(b"1234 5678", SourceEmpty, id="figures alone"),
    ],
)
def test_what_is_no_source_is_refused_with_its_name_in_one_line(data, error):
    with pytest.raises(SourceError) as raised:
        read(data, origin="talks/x.txt")
    assert type(raised.value) is error
    assert str(raised.value).startswith("talks/x.txt: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param("Müller".encode(), "Müller", id="utf-8"),
        pytest.param("Müller".encode("utf-8-sig"), "Müller", id="utf-8 with a mark"),
        pytest.param("Müller".encode("utf-16"), "Müller", id="utf-16"),
        pytest.param(
            b"<meta charset='iso-8859-1'>M\xfcller", "<meta charset='iso-8859-1'>Müller", id="declared"
        ),
        pytest.param(
            "“Müller” – and so it went on".encode("cp1252"), "“Müller” – and so it went on", id="cp1252"
        ),
        pytest.param("Müller".encode("utf-32"), "Müller", id="utf-32"),
        pytest.param("It is so.".encode("utf-16-be"), "It is so.", id="utf-16 without a mark"),
        pytest.param(
            "<meta charset=iso-8859-1>“Müller”".encode("cp1252"),
            "<meta charset=iso-8859-1>“Müller”",
            id="what browsers take latin-1 for",
        ),
        pytest.param(
            "“Müller” – It’s".encode().decode("latin-1").encode(), "“Müller” – It’s", id="utf-8 twice"
        ),
        pytest.param("Müller, Bäcker, Ä, Ö ".encode() + b"\xdcber", "Müller, Bäcker, Ä, Ö Über", id="mixed"),
        pytest.param("Ã¼ and ü are two".encode(), "Ã¼ and ü are two", id="what only looks twice encoded"),
        pytest.param(b"one\r\ntwo\rthree", "one\ntwo\nthree", id="line ends"),
        pytest.param(b"RIFFs are short.", "RIFFs are short.", id="a word like a magic number"),
    ],
)
def test_decoding(data, text):
    assert decode(data, origin="x") == text


def test_the_file_name_dates_a_source_that_does_not_say():
    assert read(LABELLED, origin="a/2025-07-18-recap.md").metadata.published == date(2025, 7, 18)
    assert read(LABELLED, origin="a/2025-99-18.md").metadata.published is None


def test_plain_prose_with_a_colon_is_no_transcript():
    text = b"The problem: it leaks.\n\nThe solution: less water.\n\nNote: that is all.\n\nNote: really."
    assert read(text, origin="x").metadata.kind is SourceKind.DOCUMENT
