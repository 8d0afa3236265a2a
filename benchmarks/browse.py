"""How long an archive of a thousand episodes takes to be browsed, filtered and opened.

    python benchmarks/browse.py [--sources 1000] [--home FOLDER]

Everything is real but the words and the vectors: SQLite with its full-text table, and the server over HTTP.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import httpx

from rag.library import Library
from rag.models import Passage, Sentence, Source, SourceKind
from tests.fakes import CannedAssistant
from tests.ui.serving import serving
from ui.api import create_app

PASSAGES, SENTENCES = 130, 6  # an hour's talk
_ROUNDS = 20


def fill(library: Library, *, sources: int) -> None:
    """Episodes of eight shows with two people each, and a newsletter in every five."""
    rng = random.Random(7)
    words = ["".join(rng.choices("abcdefghilmnoprstu", k=rng.randint(3, 9))) for _ in range(4000)]
    people = [f"{rng.choice(words).title()} {rng.choice(words).title()}" for _ in range(400)]
    vector = [1.0] + [0.0] * 383
    for number in range(sources):
        source, passages = _source(number, rng, words, people)
        library.put(
            source,
            passages,
            location=f"/{source.id}",
            hashes=["same"] * len(passages),
            vectors={"same": vector},
        )


def _source(
    number: int, rng: random.Random, words: list[str], people: list[str]
) -> tuple[Source, list[Passage]]:
    letter = number % 5 == 4
    pair = (people[number % 8], people[rng.randrange(8, len(people))])
    spans, parts, at = list[tuple[int, int]](), list[str](), 0
    for _ in range(PASSAGES * SENTENCES // (4 if letter else 1)):
        text = " ".join(rng.choices(words, k=rng.randint(8, 18))).capitalize() + "."
        parts.append(text)
        spans.append((at, at + len(text)))
        at += len(text) + 2
    source = Source(
        id=f"source{number:05}",
        kind=SourceKind.NEWSLETTER if letter else SourceKind.EPISODE,
        origin=f"/{number}",
        text="\n\n".join(parts),
        fingerprint=f"f{number}-",
        title=" ".join(rng.choices(words, k=5)).capitalize(),
        show=f"Show {number % 8}",
        people=pair,
        published=date(2026, 11, 1) - timedelta(days=3 * number),
        url=f"https://show.example/{number}",
        audio_url=None if letter else f"https://media.example/{number}.mp3",
        seconds=None if letter else 3600.0,
    )
    passages = [
        _passage(source, place, spans[place * SENTENCES : (place + 1) * SENTENCES], letter=letter)
        for place in range(len(spans) // SENTENCES)
    ]
    return source, passages


def _passage(source: Source, place: int, spans: list[tuple[int, int]], *, letter: bool) -> Passage:
    second = 3600.0 / PASSAGES / SENTENCES
    sentences = tuple(
        Sentence(
            start=start,
            end=end,
            speaker=None if letter else source.people[(place + n // 2) % 2],
            start_s=None if letter else (place * SENTENCES + n) * second,
            end_s=None if letter else (place * SENTENCES + n + 1) * second,
        )
        for n, (start, end) in enumerate(spans)
    )
    return Passage(
        id=f"{source.id}p{place:04}",
        source=source,
        ordinal=place,
        start=spans[0][0],
        end=spans[-1][1],
        sentences=sentences,
        speakers=() if letter else source.people,
        heading=f"Chapter {place // 15 + 1}",
        start_s=sentences[0].start_s,
        end_s=sentences[-1].end_s,
    )


def measure(address: str, paths: dict[str, str]) -> None:
    """Print the median and the slowest of some requests to each path, in milliseconds."""
    with httpx.Client(base_url=address) as client:
        for name, path in paths.items():
            took = []
            for _ in range(_ROUNDS):
                began = time.perf_counter()
                response = client.get(path)
                took.append((time.perf_counter() - began) * 1000)
                assert response.status_code == 200, (path, response.status_code)
            size, middle = len(response.content) // 1024, statistics.median(took)
            told = f"first {took[0]:6.0f}  median {middle:6.1f}  most {max(took):6.1f} ms  {size:5} kB"
            print(f"{name:32} {told}")  # noqa: T201


def main() -> None:
    """Fill an archive, serve it, ask for its pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = Library((given.home or Path(folder)) / "library.db")
        if not library.source_count():
            fill(library, sources=given.sources)
        app = create_app(CannedAssistant(), library, page=False)
        with serving(app) as address:
            measure(
                address,
                {
                    "browse": "/browse",
                    "browse, last page": f"/browse?page={given.sources // 50}",
                    "filter by show and kind": "/browse?show=Show+3&kind=episode",
                    "filter by dates": "/browse?since=2024-01-01&until=2024-12-31",
                    "filter by person": f"/browse?person={library.source('source00003').people[0]}",
                    "open an episode": "/s/source00003",
                    "open another": "/s/source00500",
                    "find in it": "/s/source00003?find=the",
                    "a window of its transcript": "/v1/sources/source00003/transcript?around=9000&turns=9",
                },
            )
        library.close()


if __name__ == "__main__":
    main()
