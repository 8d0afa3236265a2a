"""`make bench`: how long the road takes, beside the stock recipe in the same run. Prints one Markdown table.

The stock recipe is what LangChain's tutorials do: a 1,000-character splitter with 200 overlap, every piece
embedded with the same model by sentence-transformers and added to Chroma; a question takes the nearest.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
QUESTIONS = (
    "What does the rule limit?",
    "Who disagrees, and about what?",
    "How much did it cost?",
    "Why was it delayed?",
    "When was it released?",
)


def main() -> None:
    """Measure, print."""
    files = _files()
    characters = sum(len(file.read_text("utf-8")) for file in files)
    with tempfile.TemporaryDirectory() as home:
        os.environ["EARMARK_HOME"] = home
        listed = Path(home) / "list.txt"
        listed.write_text("\n".join(map(str, files)))
        add = ["add", "--from", str(listed), "--json"]
        first = _timed(lambda: _earmark(*add))
        again = statistics.median(_timed(lambda: _earmark(*add)) for _ in range(3))
        cold = statistics.median(_timed(lambda: _earmark("ask", QUESTIONS[0], "--json")) for _ in range(3))
        warm = _warm()
    stock_add, stock_ask = _stock(files)
    rows = [
        ("first add, characters a second", f"{characters / first:,.0f}", f"{characters / stock_add:,.0f}"),
        ("add again, unchanged, s", f"{again:.2f}", f"{stock_add:.1f}"),
        ("ask from a cold start, s", f"{cold:.2f}", ""),
        ("ask, warm, p50 ms", f"{statistics.median(warm):.0f}", f"{statistics.median(stock_ask):.0f}"),
        ("ask, warm, p95 ms", f"{_p95(warm):.0f}", f"{_p95(stock_ask):.0f}"),
    ]
    print(f"{len(files)} files, {characters:,} characters\n")  # noqa: T201
    print("| measure | Earmark | stock recipe |\n|---|---|---|")  # noqa: T201
    for row in rows:
        print("| " + " | ".join(row) + " |")  # noqa: T201


def _files() -> list[Path]:
    listed = SHARED / "questions" / "dev_corpus.txt"
    if listed.is_file():
        return [SHARED / "corpora" / line for line in listed.read_text().split("\n") if line]
    return [ROOT / "examples" / name for name in ("episode.vtt", "newsletter-open-source.md", "summary.txt")]


def _earmark(*arguments: str) -> None:
    program = Path(sys.executable).parent / "earmark"
    subprocess.run([str(program), *arguments], check=True, capture_output=True)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _warm() -> list[float]:
    from rag import open_archive

    with open_archive() as archive:
        archive.warm_up()
        return [_timed(lambda q=q: archive.assistant.ask(q)) * 1000 for _ in range(6) for q in QUESTIONS]


def _stock(files: list[Path]) -> tuple[float, list[float]]:
    import chromadb
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from sentence_transformers import SentenceTransformer

    from rag.embedder import SentenceEmbedder

    model = SentenceTransformer(str(SentenceEmbedder().folder), device="cpu")
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    with tempfile.TemporaryDirectory() as folder:
        collection = chromadb.PersistentClient(folder).create_collection("stock", embedding_function=None)
        started = time.perf_counter()
        for file in files:
            texts = splitter.split_text(file.read_text("utf-8"))
            vectors = model.encode(texts, show_progress_bar=False)
            collection.add([f"{file}{n}" for n in range(len(texts))], vectors.tolist(), documents=texts)
        added = time.perf_counter() - started
        asked = [
            _timed(lambda q=q: collection.query(model.encode(q).tolist(), n_results=8)) * 1000
            for _ in range(6)
            for q in QUESTIONS
        ]
    return added, asked


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


if __name__ == "__main__":
    main()
