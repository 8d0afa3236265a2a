"""Every file of the development collection, read and compared with its raw text.

Method: a part is faithful when its letters and digits, in order and nothing else, occur in those of the raw
file. From the raw file the same things are taken off that a reader may take off and nothing is put in: link
targets, reference labels, template tags and time stamps.
"""

import re
from pathlib import Path

import pytest

from ingest.frontmatter import split
from ingest.read import read
from ingest.reading import Reading

SHARED = Path(__file__).resolve().parents[3] / "shared"
LIST = SHARED / "questions" / "dev_corpus.txt"
FILES = LIST.read_text().split() if LIST.exists() else []

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FILES, reason="no corpora in ../shared beside the project"),
]

STAMP = r"\\?[\[(]?\d{1,3}:\d{2}(?::\d{2})?(?:\.\d+)?\\?[\])]?"
TEMPLATE = re.compile(r"\{%-?\s*comment.*?endcomment\s*-?%\}|\{%.*?%\}|\{\{.*?\}\}|\{:[^}]*\}", re.DOTALL)
TARGET = re.compile(r"(?<=\])\((?:[^()\s]|\([^()]*\))*\)|(?<=\])\[[^\]]*\]")
READ_VALUES = re.compile(r'\b[qa]\d+="([^"]*)"')
TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)


def raw(path: str) -> str:
    return (SHARED / "corpora" / path).read_text(encoding="utf-8")


def reading(path: str) -> Reading:
    return read((SHARED / "corpora" / path).read_bytes(), origin=path)


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def comparable(text: str) -> str:
    """The raw file's letters and digits, without what only a machine reads."""
    body = TEMPLATE.sub(lambda match: " ".join(READ_VALUES.findall(match[0])), split(text).body)
    return letters(TAG.sub("", re.sub(STAMP, "", TARGET.sub("", body))))


@pytest.mark.parametrize("path", FILES)
class TestDevelopmentCollection:
    def test_every_part_is_found_in_the_file(self, path):
        stream = comparable(raw(path))
        parts = reading(path).parts
        lost = [
            part.text for part in parts if letters(TAG.sub("", re.sub(STAMP, "", part.text))) not in stream
        ]
        assert parts
        assert lost == []

    def test_nearly_every_word_of_the_file_is_in_a_part_or_a_heading_or_a_label(self, path):
        found = reading(path)
        kept = sum(len(letters(part.text)) for part in found.parts)
        assert kept > 0.93 * len(
            comparable(raw(path).split("\n[", 1)[0] if "newsletters" in path else raw(path))
        )

    def test_no_markup_is_left(self, path):
        for part in reading(path).parts:
            assert not re.search(
                r"\{%|\{\{|\{:|\]\[|\]\(|(?<!\w)\*\*\w|\\\[|^\s*[-*>#]\s|<(?:br|pre|p|a)\b", part.text
            ), part.text
            assert not re.search(r"\[\d+:\d\d(?::\d\d)?\]|^\(?\d\d:\d\d:\d\d", part.text), part.text

    def test_speakers_are_people(self, path):
        speakers = {part.label.speaker for part in reading(path).parts if part.label.speaker}
        for speaker in speakers:
            assert re.fullmatch(r"[^\W\d_][\w'’.-]*(?: (?:van|de|[^\W\d_][\w'’.-]*)){0,3}", speaker), speaker
        assert len(speakers) <= 8
        assert "newsletters" in path or speakers

    def test_times_only_go_forward(self, path):
        starts = [part.label.start_s for part in reading(path).parts if part.label.start_s is not None]
        assert starts == sorted(starts)
        for label in (part.label for part in reading(path).parts):
            assert label.end_s is None or (label.start_s is not None and label.start_s <= label.end_s)
