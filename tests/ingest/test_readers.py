# ruff: noqa: E501  (tables read better unbroken)
"""What holds of every reader, whatever it is given: properties, and what chance makes of good files.

`make soak` spoils 5,000 files.
"""

import random
import re
import time
import unicodedata
from dataclasses import replace
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.apart import ReadsApart
from ingest.canonical import canonical
from ingest.decode import MOJIBAKE
from ingest.passages import passages_in
from ingest.read import read
from ingest.reading import Reading
from rag.errors import SourceError
from rag.models import Source, SourceKind
from tests.ingest import formats, samples
from tests.ingest.samples import SAMPLES
from tests.ingest.test_apart import HANG_S, MEMORY_MB, peak_mb, process_of

EXAMPLES = settings(max_examples=40, deadline=None)


class WordTokens:
    """A tokenizer of whole words."""

    def offsets(self, text):
        return [match.span() for match in re.finditer(r"\S+", text)]


def passages_of(reading: Reading):
    text, spans = canonical(reading.parts)
    source = Source(id="s", kind=SourceKind.EPISODE, origin="x", text=text, fingerprint="f", title="t")
    return source, spans, passages_in(source, spans, tokens=WordTokens(), longest=40)


def assert_sound(reading: Reading) -> None:
    """Offsets are exact, times never run backwards, and ids depend on nothing but the words."""
    source, spans, passages = passages_of(reading)
    texts = [part.text.strip() for part in reading.parts if part.text.strip()]
    assert [source.text[span.start : span.end] for span in spans] == texts
    source.text.encode()
    ends = 0
    for passage in passages:
        assert source.text[passage.start : passage.end] == passage.text
        assert passage.text.strip()
        assert passage.start >= ends
        ends = passage.end
        for sentence in passage.sentences:
            assert passage.start <= sentence.start < sentence.end <= passage.end
    assert "".join("".join(passage.text.split()) for passage in passages) == "".join(source.text.split())
    starts = [label.start_s for label in (span.label for span in spans) if label.start_s is not None]
    assert starts == sorted(starts)
    said = [sentence for passage in passages for sentence in passage.sentences]
    starts = [sentence.start_s for sentence in said if sentence.start_s is not None]
    assert starts == sorted(starts)
    for timed in (*said, *(span.label for span in spans)):
        assert timed.end_s is None or (timed.start_s is not None and timed.start_s <= timed.end_s)
    ids = [passage.id for passage in passages]
    assert len(set(ids)) == len(ids)
    assert ids == [passage.id for passage in passages_of(reading)[2]]


def outcome(data: bytes, origin: str = "x") -> Reading | str:
    try:
        return read(data, origin=origin)
    except SourceError as error:
        assert "\n" not in str(error)
        return f"{type(error).__name__} {error.reason}"


def is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


# Packages of bytes have no encoding of their own.
PACKAGES = {name for name, data in SAMPLES.items() if not is_text(data)}


@pytest.mark.parametrize("name", SAMPLES)
class TestEveryFormat:
    def test_it_is_sound(self, name):
        assert_sound(read(SAMPLES[name], origin="x"))

    def test_the_same_bytes_give_the_same_reading(self, name):
        assert read(SAMPLES[name], origin="x") == read(bytes(bytearray(SAMPLES[name])), origin="x")

    def test_all_its_words_are_read(self, name):
        reading = read(SAMPLES[name], origin="x")
        assert formats._words(reading.parts, name) == "all"

    def test_any_encoding_gives_the_same_words(self, name):
        if name in PACKAGES:
            return
        text = SAMPLES[name].decode()
        text = (
            re.sub(r"""\s*encoding=["'][^"']*["']""", "", text)
            .replace("fire", "fi\u00e9re")
            .replace("Tin", "T\u00efn")
        )
        expected = [part.text for part in read(text.encode(), origin="x").parts]
        for encoding in ("utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"):
            marked = (
                text.encode(encoding)
                if encoding[-2:] not in ("be", "le")
                else f"\ufeff{text}".encode(encoding)
            )
            assert [part.text for part in read(marked, origin="x").parts] == expected, encoding
        if any(ord(letter) > 0xFF for letter in text):
            return
        windows = read(text.encode("cp1252").replace(b"\n", b"\r\n"), origin="x")
        assert [part.text for part in windows.parts] == expected


# "Âª" may be an "ª" that went through UTF-8 twice, and is read as one.
LETTERS = st.characters(categories=["L"], max_codepoint=0x24F, exclude_characters="ÂÃ")
WORD = st.text(LETTERS, min_size=2, max_size=8)
SAID = st.lists(
    st.tuples(st.sampled_from(["Ana Roe", "Bo Lund", "Cy Dee"]), st.lists(WORD, min_size=1, max_size=12), st.integers(1, 400)),
    min_size=3, max_size=25,
)  # fmt: skip


def spoken(talk):
    """The talk with its times made to run forward, two seconds a turn at least."""
    at = 0
    for speaker, words, pause in talk:
        yield speaker, " ".join(words) + ".", at
        at += 2 + pause


# What does not say who speaks, and what not when.
NAMELESS = {
    "Whisper, OpenAI JSON", "whisper.cpp JSON", "Transformers JSON", "YouTube json3", "YouTube srv1", "YouTube srv3",
    "broadcast TTML", "text: times alone", "Whisper TSV",
}  # fmt: skip
TIMELESS = {"text: names alone"}


def runs(talk):
    """The talk with what one says in a row as one turn: who, the letters, and from when."""
    for speaker, group in groupby(talk, key=lambda turn: turn[0]):
        turns = list(group)
        yield speaker, "".join("".join(words.split()) for _, words, _ in turns), turns[0][2]


def drawn(words, form):
    """The words, in the letters that the font of our PDFs has."""
    return re.sub(r"[^\x00-\xff]", "e", words) if form.startswith("PDF") else words


def same(text):
    """Letters for comparing: no accents composed one way or the other, no ligatures."""
    return unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("form", samples.SPOKEN)
@EXAMPLES
@given(talk=SAID)
def test_who_said_what_and_when_comes_back_as_it_was_written(form, talk):
    written = [(speaker, drawn(words, form), at) for speaker, words, at in spoken(talk)]
    data = samples.SPOKEN[form]([(speaker, at, words) for speaker, words, at in written])
    reading = outcome(data)
    assert isinstance(reading, Reading), reading
    assert_sound(reading)
    assert outcome(data) == reading
    ours = list(runs([(part.label.speaker, part.text, part.label.start_s) for part in reading.parts]))
    theirs = list(runs(written))
    if form in NAMELESS:
        assert same("".join(words for _, words, _ in ours)) == same("".join(words for _, words, _ in theirs))
        assert ours[0][2] == theirs[0][2]
        return
    assert [same(words) for _, words, _ in ours] == [same(words) for _, words, _ in theirs]
    if form not in TIMELESS:
        assert [at for _, _, at in ours] == [at for _, _, at in theirs]
    # Labels that count people stand for one each, throughout.
    called = dict(zip((who for who, _, _ in ours), (who for who, _, _ in theirs), strict=True))
    assert [called[who] for who, _, _ in ours] == [who for who, _, _ in theirs]
    assert len(set(called.values())) == len(called)


@pytest.mark.parametrize("form", samples.WRITTEN)
@EXAMPLES
@given(talk=SAID)
def test_what_is_written_comes_back_to_the_letter(form, talk):
    # Letters as of a text that was encoded twice would be mended.
    paragraphs = [MOJIBAKE.sub("A", drawn(words.capitalize(), form)) for _, words, _ in spoken(talk)]
    data = samples.WRITTEN[form](paragraphs)
    reading = outcome(data)
    assert isinstance(reading, Reading), reading
    assert_sound(reading)
    assert outcome(data) == reading
    said = same("".join("".join(part.text.split()) for part in reading.parts))
    assert said.endswith(same("".join("".join(paragraph.split()) for paragraph in paragraphs)))


@EXAMPLES
@given(text=st.text(max_size=400))
def test_any_text_is_read_soundly_or_refused(text):
    reading = outcome(text.encode("utf-8", "surrogatepass"))
    if isinstance(reading, Reading):
        assert_sound(reading)


@EXAMPLES
@given(
    data=st.binary(max_size=400),
    head=st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"\x1f\x8b", b"WEBVTT\n\n"]),
)
def test_any_bytes_are_read_soundly_or_refused(data, head):
    reading = outcome(head + data)
    if isinstance(reading, Reading):
        assert_sound(reading)


NASTY = [
    b"-->", b"00:00:00.000 --> 99:99:99.999\n", b"<v ", b"</v>", b"<v A\n>", b"WEBVTT", b"NOTE\n", b"\n\n", b"\r", b"\x00", b"\xff\xfe",
    b"\xef\xbb\xbf", b"{", b"}", b"[", b"]", b'"', b"\\", b"null", b"-1", b"1e999", b"NaN", b"9" * 400, b"&amp;amp;", b"&#xD800;", b"<![CDATA[",
    b"<!--", b"-->", b"{%", b"%}", b"**", b"****:", b"---\n", b"Speaker 1: ", b"(00:00)", b"[99:99:99]", b"0:0", "e\u0301\u202e\u2028".encode(),
    b"<p>", b"</p>", b"<script>", b"<b>" * 50, b"stream\n", b"endobj", b"/Kids [2 0 R]", b"%%EOF", "\U0001fad6".encode(), b"\xc3", b"\x85", b"\t",
]  # fmt: skip


def spoil(data: bytes, chance: random.Random) -> bytes:
    """A good file after a few accidents: cut, doubled, mixed, or with something nasty put in."""
    spoilt = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, until = sorted(chance.randrange(len(spoilt) + 1) for _ in range(2))
        match chance.randrange(7):
            case 0:
                del spoilt[at : min(until, at + 200)]
            case 1:
                spoilt[at:at] = spoilt[at : min(until, at + 500)] * chance.randint(1, 30)
            case 2:
                spoilt[at:at] = chance.choice(NASTY) * chance.choice([1, 1, 2, 100])
            case 3:
                for place in range(at, min(until, at + 10)):
                    spoilt[place] = chance.randrange(256)
            case 4:
                spoilt[at:at] = chance.choice([*SAMPLES.values()])[: chance.randint(1, 3_000)]
            case 5:
                del spoilt[at:]
            case _:
                spoilt[at:at] = bytes(
                    chance.choices(b" \n\t0123456789:.,-<>[](){}\"'&;#*abAB", k=chance.randint(1, 60))
                )
        if not spoilt:
            return b"x"
    return bytes(spoilt)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("count", [200, pytest.param(5_000, marks=pytest.mark.soak)])
def test_spoilt_files_are_read_soundly_or_refused_quickly_and_in_little_memory(count):
    chance = random.Random(20260504)
    names = list(SAMPLES)
    slowest, most, read_soundly = 0.0, 0.0, 0
    with ReadsApart() as reader:
        for number in range(count):
            name = names[number % len(names)]
            data = spoil(SAMPLES[name], chance)
            begun = time.monotonic()
            try:
                reading = reader.read(data, origin=name)
            except SourceError as error:
                assert len(error.reason) > 15, (name, error)
                assert "broke the reader down" not in error.reason, (name, data)
            else:
                assert_sound(reading)
                read_soundly += 1
            slowest = max(slowest, time.monotonic() - begun)
            most = max(most, peak_mb(process_of(reader)) if reader._process else 0.0)
    assert slowest < HANG_S
    assert most < MEMORY_MB
    # Some are beyond reading; were it most, the accidents would test nothing but the refusals.
    assert read_soundly > count / 4
    print(f"{count} spoilt files: {read_soundly} read, slowest {slowest:.2f} s, at most {most:.0f} MB")  # noqa: T201


def test_a_reading_says_the_same_apart_as_here():
    with ReadsApart() as reader:
        for name, data in SAMPLES.items():
            assert reader.read(data, origin=name) == replace(read(data, origin=name)), name
