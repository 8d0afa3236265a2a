"""The process that hears a recording: `python -m ingest.hear MODEL START_S`, the recording on its input.

It writes a line of JSON for the recording, then one for each segment as soon as it is heard. Like
`ingest.child` it has limits, no keys and no right to write a file. Only here is faster-whisper imported.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from typing import IO, Any

from ingest.child import limit, own_pipes

MEMORY = 4_000_000_000
RATE = 16_000  # samples a second, as Whisper wants them
# Heard at a stretch: memory stays flat, however long the recording.
WINDOW_S = 600


def main() -> None:
    """Hear what is left of the recording."""
    asked, answers = own_pipes()
    model, start_s = sys.argv[1], float(sys.argv[2])
    limit(MEMORY)
    from faster_whisper import WhisperModel, decode_audio

    try:
        samples = decode_audio(io.BytesIO(asked.read()), sampling_rate=RATE)
    except Exception as error:  # noqa: BLE001  the edge of a process: whatever the decoder trips over is its file's
        say(answers, {"broken": " ".join(str(error).split())[:120] or type(error).__name__})
        return
    whisper = WhisperModel(model, device="cpu", compute_type="int8", local_files_only=True)
    say(answers, {"seconds": round(len(samples) / RATE, 3), "multilingual": whisper.model.is_multilingual})
    for segment in heard(whisper, samples, start_s):
        say(answers, segment)
    say(answers, {"done": True})


def heard(whisper: Any, samples: Any, start_s: float) -> Iterator[dict[str, object]]:
    """Segments from `start_s` on, window by window; one that a window's end may have cut is heard again."""
    at = start_s
    while at * RATE < len(samples):
        window = samples[int(at * RATE) : int((at + WINDOW_S) * RATE)]
        last = at + WINDOW_S >= len(samples) / RATE
        # Without its own words as context a machine that mishears does not go on repeating itself.
        found, information = whisper.transcribe(window, condition_on_previous_text=False)
        held: Any = None
        for segment in found:
            if held is not None:
                yield _said(held, at, information.language)
            held = segment
        if held is None:
            at += WINDOW_S
        elif last or held.start < 1.0:
            yield _said(held, at, information.language)
            at += WINDOW_S
        else:
            at = round(at + held.start, 3)


def _said(segment: Any, offset: float, language: str) -> dict[str, object]:
    return {
        "start": round(offset + segment.start, 3),
        "end": round(offset + segment.end, 3),
        "text": segment.text,
        "language": language,
    }


def say(answers: IO[bytes], line: dict[str, object]) -> None:
    """One line, at once."""
    answers.write(json.dumps(line).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
