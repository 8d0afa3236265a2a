"""What a large archive takes: a thousand transcripts of 40,000 characters go in, and memory has to stay flat.

`python -m benchmarks.flood 1000` prints a row for each tenth, then characters a second and bytes a character.
Vectors come from a stand-in, since the model's time is known; it is measured apart on some of the passages.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from langchain_core.embeddings import Embeddings

from ingest.sync import add
from rag.embedder import SentenceEmbedder
from rag.pooling import Embedded
from rag.sentences import sentence_spans
from rag.settings import load
from rag.wiring import Archive, open_archive

if TYPE_CHECKING:
    from rag.ports import EmbedsPassages

_CHARACTERS = 40_000
_MEASURED = 300  # passages embedded with the real model
_WORDS = (
    "kiln quay lantern ferry orchard ledger turnstile copper harbour sluice council budget tariff engine"
    " winter market bridge river printer valley insulin treaty farmer satellite novel archive sailor"
    " opened closed moved measured promised doubted argued repaired sold borrowed counted forgot painted the"
    " the the a of of in on with without before after because although while nobody everybody she he they we"
).split()
_NAMES = ("Ana Ruiz", "Bo Lind", "Cy Okafor", "Di Marsh")


class StandIn(Embeddings):
    """Unit vectors that depend on the text alone, with the real model's tokens and limits."""

    id = "stand-in"

    def __init__(self) -> None:
        reference = SentenceEmbedder()
        self.tokens = reference.tokens
        self.max_tokens = reference.max_tokens

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector per text."""
        return [self.embed_query(text) for text in texts]

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Embedded]:
        """Each text's vector, and those of its sentences."""
        return [
            Embedded(
                np.asarray(self.embed_query(text), dtype=np.float32),
                np.asarray([self.embed_query(text[a:b]) for a, b in spans], dtype=np.float32),
            )
            for text, spans in zip(texts, sentences, strict=True)
        ]

    def embed_query(self, text: str) -> list[float]:
        """Its vector."""
        vector = np.random.default_rng(crc32(text.encode())).standard_normal(384)
        row: list[float] = (vector / np.linalg.norm(vector)).tolist()
        return row


def main(count: int) -> None:
    """Make the files, add them, print."""
    with tempfile.TemporaryDirectory() as place:
        folder, home = Path(place) / "transcripts", Path(place) / "home"
        folder.mkdir()
        for number in range(count):
            (folder / f"{number:05}.vtt").write_text(transcript(number), "utf-8")
        with open_archive(load(home=home), alone=True, command="flood", embedder=StandIn()) as archive:
            characters, seconds = _flood(archive, folder, count)
            passages = archive.library.count()
            one_more = folder / "one-more.vtt"
            one_more.write_text(transcript(count)[:3000], "utf-8")
            started = time.perf_counter()
            add(archive, [str(one_more)])
            print(f"\none more of 3,000 characters: {time.perf_counter() - started:.2f} s")  # noqa: T201
            started = time.perf_counter()
            assert not add(archive, [str(folder)]).added
            print(f"all again, unchanged: {time.perf_counter() - started:.1f} s")  # noqa: T201
            texts = [
                one.text
                for one in archive.library.passages(archive.library.passage_ids(most=_MEASURED)).values()
            ]
        print(f"{characters:,} characters, {passages:,} passages in {seconds:.0f} s")  # noqa: T201
        print(f"{characters / seconds:,.0f} characters a second")  # noqa: T201
        for name in ("library.db", "chroma"):
            print(f"{_size(home / name) / characters:.2f} bytes a character in {name}")  # noqa: T201
        print(f"real model: {_real_seconds(texts) * passages:,.0f} s more for these passages")  # noqa: T201


def transcript(number: int) -> str:
    """An episode as WebVTT with voices, of words of our own that vary with the number."""
    chance = random.Random(number)
    lines, written, second = ["WEBVTT", ""], 0, 0
    while written < _CHARACTERS:
        words = " ".join(chance.choices(_WORDS, k=chance.randrange(8, 24)))
        text = f"{words.capitalize()} {chance.randrange(10_000)}."
        lines += [f"{_clock(second)} --> {_clock(second + 6)}", f"<v {chance.choice(_NAMES)}>{text}", ""]
        written += len(text) + 1
        second += 6
    return "\n".join(lines)


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000"


def _flood(archive: Archive, folder: Path, count: int) -> tuple[int, float]:
    print("| sources | seconds | memory, MB | Chroma's graph in it, MB |\n|---|---|---|---|")  # noqa: T201
    started, begun = time.perf_counter(), 0

    def tell(origin: str, stage: str) -> None:
        nonlocal begun
        if stage != "reading":
            return
        if begun % max(1, count // 10) == 0:
            graph = archive.library.count() * 1676 / 1e6  # bytes an element, as hnswlib lays it out
            took = time.perf_counter() - started
            print(f"| {begun:,} | {took:.0f} | {_memory():.0f} | {graph:.0f} |", flush=True)  # noqa: T201
        begun += 1

    report = add(archive, [str(folder)], progress=tell)
    assert (len(report.added), report.failed) == (count, []), report.failed[:3]
    characters = sum(listed.characters for listed in archive.library.overview())
    return characters, time.perf_counter() - started


def _memory() -> float:
    """What this process holds, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1000


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else path.parent.glob(f"{path.name}*")
    return sum(file.stat().st_size for file in files if file.is_file())


def _real_seconds(texts: list[str]) -> float:
    """Seconds a passage, with the model that is used by default."""
    from rag.wiring import embedder_of

    model: EmbedsPassages = embedder_of(load())
    model.embed_query("warm")
    started = time.perf_counter()
    model.embed_passages(texts, [sentence_spans(text) for text in texts])
    return (time.perf_counter() - started) / len(texts)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
