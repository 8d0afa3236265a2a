"""Recordings: heard in a process apart, written down as it comes, gone on with where it stood."""

import importlib.util
import io
import json
import sys
import wave
from array import array
from dataclasses import replace
from math import sin

import pytest

from ingest import audio, hear
from ingest.audio import Ears
from rag.errors import SourceBinary, SourceEmpty, SourceMalformed
from rag.models import SourceKind

SAID = (
    (0.0, 4.0, " Welcome, my name is Ana Roe."),
    (4.0, 9.5, " Today it is all about"),
    (9.5, 12.0, " kettles."),
)
INSTALLED = importlib.util.find_spec("faster_whisper") and importlib.util.find_spec(audio.WEIGHTS)


def recording(seconds=3):
    """A hum, as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(hear.RATE)
        file.writeframes(array("h", (int(3000 * sin(n / 9)) for n in range(seconds * hear.RATE))).tobytes())
    return out.getvalue()


WAV = recording()


@pytest.fixture
def ears(tmp_path):
    """Ears whose machine knows what is said; `stop` beside it makes it die after so many segments."""
    machine = tmp_path / "machine.py"
    machine.write_text(
        "import json, os, sys\nfrom pathlib import Path\n"
        "model, start = Path(sys.argv[1]), float(sys.argv[2])\n"
        "assert sys.stdin.buffer.read()[:4] == b'RIFF'\n"
        "(model / 'calls').open('a').write(f'{start}\\n')\n"
        "stop = int((model / 'stop').read_text()) if (model / 'stop').exists() else 99\n"
        "print(json.dumps({'seconds': 12.0}))\n"
        f"left = [said for said in {SAID!r} if said[0] >= start]\n"
        "for start, end, text in left[:stop]:\n"
        "    print(json.dumps({'start': start, 'end': end, 'text': text, 'language': 'en'}))\n"
        "if stop < len(left):\n    print('{\"start\": 1', end='', flush=True)\n    os._exit(1)\n"
        "print(json.dumps({'done': True}))\n"
    )
    return Ears(kept=tmp_path / "kept", model=tmp_path, command=(sys.executable, str(machine)))


def calls(ears):
    return [float(line) for line in (ears.model / "calls").read_text().split()]


def test_what_is_heard_is_read_in_phrases_with_their_times(ears):
    told: list[str] = []
    reading = audio.read(WAV, origin="talks/2025-05-04.wav", ears=ears, progress=told.append)
    assert [(part.label.speaker, part.text, part.label.start_s) for part in reading.parts] == [
        (None, "Welcome, my name is Ana Roe.", 0.0),
        (None, "Today it is all about kettles.", 4.0),
    ]
    metadata = reading.metadata
    assert (metadata.kind, metadata.language, metadata.seconds) == (SourceKind.EPISODE, "en", 12.0)
    assert str(metadata.published) == "2025-05-04"
    assert told[-1] == "hearing 0:00:12 of 0:00:12"


def test_a_recording_is_heard_once(ears):
    first = audio.read(WAV, origin="a.wav", ears=ears)
    assert audio.read(WAV, origin="a.wav", ears=ears) == first
    assert calls(ears) == [0.0]
    audio.read(recording(4), origin="b.wav", ears=ears)
    assert calls(ears) == [0.0, 0.0]


def test_a_run_that_was_ended_goes_on_where_it_stood(ears):
    (ears.model / "stop").write_text("2")
    with pytest.raises(SourceMalformed, match=r"broke off after 0:00:09; add it again"):
        audio.read(WAV, origin="a.wav", ears=ears)
    (ears.model / "stop").unlink()
    resumed = audio.read(WAV, origin="a.wav", ears=ears)
    assert calls(ears) == [0.0, 9.5]
    assert resumed == audio.read(WAV, origin="a.wav", ears=replace(ears, kept=ears.kept / "anew"))


def test_without_the_extra_it_says_what_to_install(ears, monkeypatch):
    monkeypatch.setattr(audio, "WEIGHTS", "no_such_package_of_weights")
    with pytest.raises(SourceBinary, match="extra `audio`"):
        audio.read(WAV, origin="a.wav", ears=replace(ears, model=None))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (WAV, True),
        (b"ID3\x04\x00\x00", True), (b"\xff\xfb\x90\x00", True), (b"OggS\x00\x02", True), (b"fLaC\x00", True),
        (b"\x00\x00\x00\x20ftypM4A ", True), (b"\x1aE\xdf\xa3\x01", True),
        (b"RIFF\x00\x00\x00\x00WEBP", False), (b"ID3 is a tag.", False), (b"WEBVTT\n", False), (b"", False),
    ],
)  # fmt: skip
def test_recordings_are_told_by_their_first_bytes(data, expected):
    assert audio.recognises(data) is expected


class Whisper:
    """Hears a word a second, and one that a window's end cuts in two."""

    def transcribe(self, window, **_):
        class Segment:
            def __init__(self, second, length):
                self.start, self.end, self.text = (
                    float(second),
                    min(second + 1.0, length),
                    f" {window[second]}",
                )

        length = len(window)
        return (Segment(second, length) for second in range(int(length))), type(
            "Information", (), {"language": "en"}
        )


def test_a_long_recording_is_heard_window_by_window_and_nothing_twice(monkeypatch):
    monkeypatch.setattr(hear, "RATE", 1)
    monkeypatch.setattr(hear, "WINDOW_S", 10)
    samples = list(range(35))
    for start in (0, 12):
        found = [(said["start"], said["text"]) for said in hear.heard(Whisper(), samples, start)]
        assert found == [(float(second), f" {second}") for second in range(start, 35)]


@pytest.mark.skipif(not INSTALLED, reason="the extra `audio` is not installed")
def test_a_hum_holds_no_words_and_noise_no_recording(tmp_path):
    real = Ears(kept=tmp_path)
    with pytest.raises(SourceEmpty):
        audio.read(WAV, origin="hum.wav", ears=real)
    with pytest.raises(SourceMalformed, match="cannot be decoded"):
        audio.read(b"ID3\x04\x00" + b"noise" * 999, origin="x.mp3", ears=real)


def test_every_kept_line_is_json(ears):
    audio.read(WAV, origin="a.wav", ears=ears)
    (kept,) = ears.kept.iterdir()
    assert [json.loads(line) for line in kept.read_text().splitlines()][-1] == {"done": True}
