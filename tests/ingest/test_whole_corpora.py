"""Every file of the corpora goes in, or is refused with the reason that is right; expected parses agree."""

import html
import json
import re
from itertools import groupby
from pathlib import Path

import pytest

from ingest.apart import ReadsApart
from ingest.read import read
from ingest.reading import Reading
from rag.errors import SourceEmpty, SourceError, UnknownFormat
from tests.ingest.test_readers import assert_sound

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
FILES = sorted(str(path.relative_to(CORPORA)) for path in CORPORA.rglob("*") if path.is_file())

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FILES, reason="no corpora in ../shared beside the project"),
]

# What is no source, and what the refusal has to say.
REFUSED = (
    (r"chapters/\w+\.json", UnknownFormat, "chapters"),
    (r"taxonomy-en\.json", UnknownFormat, "JSON, but no transcript"),
    (r"schema/podcast-example\.xml", UnknownFormat, "XML that is neither a page nor a feed"),
    (r"fixtures/.*\.xml|podcast-namespace/example\.xml", UnknownFormat, "this is a feed"),
    (r"_includes/newsletter-references\.md", UnknownFormat, "source code, not text"),
    (r"_index(?:\.es)?\.md", SourceEmpty, "holds no words"),
)
# Files with a parse by somebody else beside them that joins the same segments without cutting words apart.
PARSED = {
    "buzzcast.html": "buzzcast_html_parsed.json",
    "buzzcast.srt": "buzzcast_srt_parsed.json",
    "buzzcast.json": "buzzcast_json_parsed.json",
    "how_to_start_a_podcast.json": "how_to_start_a_podcast_json_parsed.json",
    "kde_express-16_kde_en_telegram.vtt": "kde_express-16_kde_en_telegram_vtt_parsed.json",
}
TRANSCRIPTS = CORPORA / "stevencrader+transcriptator/test/test_files"


@pytest.fixture(scope="module")
def reader():
    with ReadsApart() as reader:
        yield reader


@pytest.mark.parametrize("path", FILES)
def test_a_file_goes_in_soundly_or_is_refused_for_the_right_reason(reader, path):
    expected = next((entry[1:] for entry in REFUSED if re.search(entry[0], path)), None)
    data = (CORPORA / path).read_bytes()
    if expected:
        with pytest.raises(SourceError) as raised:
            reader.read(data, origin=path)
        assert (type(raised.value), expected[1] in raised.value.reason) == (expected[0], True), raised.value
    else:
        assert_sound(reader.read(data, origin=path))


def letters(text):
    return "".join(filter(str.isalnum, text)).casefold()


def turns_of(reading: Reading):
    """Who speaks in turn, the letters of what they say, and when they begin."""
    for speaker, group in groupby(reading.parts, key=lambda part: part.label.speaker):
        parts = list(group)
        yield speaker, letters("".join(part.text for part in parts)), parts[0].label.start_s


@pytest.mark.parametrize("name", PARSED)
def test_speakers_words_and_times_agree_with_the_parse_beside_the_file(name):
    ours = list(turns_of(read((TRANSCRIPTS / name).read_bytes(), origin=name)))
    segments = json.loads((TRANSCRIPTS / PARSED[name]).read_text())["segments"]
    theirs = [
        # Where that parser left `&amp;` standing, a reader sees `&`.
        (
            speaker or None,
            letters(html.unescape("".join(one["body"] for one in group))),
            group[0]["startTime"],
        )
        for speaker, group in (
            (speaker, list(group)) for speaker, group in groupby(segments, key=lambda one: one.get("speaker"))
        )
    ]
    assert [speaker for speaker, _, _ in ours] == [speaker for speaker, _, _ in theirs]
    assert [words for _, words, _ in ours] == [words for _, words, _ in theirs]
    assert [start for _, _, start in ours] == pytest.approx([start for _, _, start in theirs], abs=0.01)
