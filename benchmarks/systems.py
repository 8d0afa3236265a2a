"""The four systems that `benchmarks/quality.py` sets beside each other, over one collection.

Ours, BM25 alone and dense alone rank the passages of the same archive. The stock recipe is what LangChain's
tutorials do: `RecursiveCharacterTextSplitter(1000, 200)` over the text of the file, the nearest pieces by
cosine. All four use the same weights through the same runtime.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from langchain_text_splitters import RecursiveCharacterTextSplitter

from ingest.canonical import canonical
from ingest.passages import hashed, longest_in, passages_in, write
from ingest.reading import Part
from ingest.sync import add
from rag.embedder import SentenceEmbedder
from rag.evaluate.stretch import Stretch
from rag.models import Filters, Passage, Source, SourceKind, unique
from rag.pooling import Embedded
from rag.ports import CountsTokens, EmbedsPassages
from rag.runtime import FastEmbedder
from rag.settings import load
from rag.wiring import Archive, open_archive
from rag.words import content_words

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
OURS, STOCK, WORDS, DENSE = "ours", "stock", "BM25", "dense"
SYSTEMS = (OURS, STOCK, WORDS, DENSE)
# Texts embedded between two looks at the clock.
_SLAB = 512

Piece = tuple[str, Stretch]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One way to search: its best pieces for a question, and all the pieces it made of a source."""

    name: str
    rank: Callable[[str, int, Filters], list[Piece]]
    pieces: Callable[[str], list[Piece]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text of a set: the file as it is, and its parts with where the words of each begin in the file."""

    id: str
    title: str
    raw: str
    parts: tuple[Part, ...]
    starts: tuple[int, ...]


def document(id_: str, *, title: str, raw: str, parts: Iterable[tuple[int, Part]]) -> Document:
    """A document of parts that are stretches of the file, to the letter; empty ones are left out."""
    kept = [(start, part) for start, part in parts if part.text.strip()]
    for start, part in kept:
        assert raw[start : start + len(part.text)] == part.text == part.text.strip(), "not of this file"
    return Document(
        id=id_,
        title=title,
        raw=raw,
        parts=tuple(part for _, part in kept),
        starts=tuple(start for start, _ in kept),
    )


class KeptVectors:
    """An embedding model, with the vectors of documents kept in a file; questions are embedded each time."""

    def __init__(self, model: EmbedsPassages, path: Path) -> None:
        self._model = model
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.execute("CREATE TABLE IF NOT EXISTS vectors (hash TEXT PRIMARY KEY, vector BLOB NOT NULL)")

    @property
    def id(self) -> str:
        """The model's."""
        return self._model.id

    @property
    def tokens(self) -> CountsTokens:
        """The model's tokenizer."""
        return self._model.tokens

    @property
    def max_tokens(self) -> int:
        """The longest text the model reads whole."""
        return self._model.max_tokens

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self._model.embed_query(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector per text, in order; only those never seen are computed."""
        keys = [hashed(self.id, text) for text in texts]
        found = {key: self._stored(key) for key in dict.fromkeys(keys)}
        new = [(key, text) for key, text in dict(zip(keys, texts, strict=True)).items() if found[key] is None]
        for start in range(0, len(new), _SLAB):
            slab = new[start : start + _SLAB]
            if len(new) > _SLAB:
                say(f"  embedding {start} of {len(new)}")
            vectors = self._model.embed_documents([text for _, text in slab])
            for (key, _), vector in zip(slab, vectors, strict=True):
                found[key] = np.asarray(vector, dtype=np.float32).tobytes()
            with self._db:
                self._db.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)", [(key, found[key]) for key, _ in slab]
                )
        return [np.frombuffer(found[key] or b"", dtype=np.float32).tolist() for key in keys]

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Embedded]:
        """Each text's vector and those of its sentences; computed each time, archives are kept whole."""
        return self._model.embed_passages(texts, sentences)

    def _stored(self, key: str) -> bytes | None:
        row = self._db.execute("SELECT vector FROM vectors WHERE hash = ?", (key,)).fetchone()
        return row[0] if row else None


class Stock:
    """The stock recipe over the texts of files, by source id."""

    def __init__(self, texts: Mapping[str, str], embedder: EmbedsPassages) -> None:
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
        self._embedder = embedder
        self._pieces: list[Piece] = []
        words: list[str] = []
        for source_id, text in texts.items():
            for piece in splitter.create_documents([text]):
                start = piece.metadata["start_index"]
                stretch = Stretch(source_id, start, start + len(piece.page_content))
                self._pieces.append((f"{source_id}:{start}", stretch))
                words.append(piece.page_content)
        self._matrix = np.asarray(embedder.embed_documents(words), dtype=np.float32)

    def rank(self, question: str, k: int, filters: Filters) -> list[Piece]:
        """The nearest pieces by cosine, of the sources that the filters name."""
        cosines = self._matrix @ np.asarray(self._embedder.embed_query(question), dtype=np.float32)
        order = np.argsort(-cosines, kind="stable")
        wanted = (
            self._pieces[place]
            for place in order
            if not filters.sources or self._pieces[place][1].source in filters.sources
        )
        return [piece for piece, _ in zip(wanted, range(k), strict=False)]

    def pieces(self, source_id: str) -> list[Piece]:
        """The pieces of one source."""
        return [piece for piece in self._pieces if piece[1].source == source_id]


def systems(
    archive: Archive,
    texts: Mapping[str, str],
    stretch_of: Callable[[Passage], Stretch] = lambda passage: Stretch(
        passage.source.id, passage.start, passage.end
    ),
) -> dict[str, System]:
    """The four, by name.

    Args:
        archive: ours.
        texts: the files' texts by source id, for the stock recipe.
        stretch_of: where a passage lies, in the offsets that gold is written in.
    """
    library, stock = archive.library, Stock(texts, archive.embedder)

    def found(question: str, k: int, filters: Filters) -> list[Piece]:
        hits = archive.search.find(question, k=k, filters=filters)
        ends = [(stretch_of(hit.matches[0].passage), stretch_of(hit.matches[-1].passage)) for hit in hits]
        return [
            (hit.passage.id, first._replace(end=last.end))
            for hit, (first, last) in zip(hits, ends, strict=True)
        ]

    def by_ids(ranking: Sequence[tuple[str, float]]) -> list[Piece]:
        ids = [passage_id for passage_id, _ in ranking]
        passages = library.passages(ids)
        return [(passage_id, stretch_of(passages[passage_id])) for passage_id in ids]

    def by_words(question: str, k: int, filters: Filters) -> list[Piece]:
        terms = list(dict.fromkeys(content_words(question)))
        return by_ids(library.words.lexical(terms, k=k, filters=filters))

    def by_meaning(question: str, k: int, filters: Filters) -> list[Piece]:
        return by_ids(library.vectors.nearest(archive.embedder.embed_query(question), k=k, filters=filters))

    def passages_of(source_id: str) -> list[Piece]:
        return [(passage.id, stretch_of(passage)) for passage in library.passages_of(source_id)]

    return {
        OURS: System(name=OURS, rank=found, pieces=passages_of),
        STOCK: System(name=STOCK, rank=stock.rank, pieces=stock.pieces),
        WORDS: System(name=WORDS, rank=by_words, pieces=passages_of),
        DENSE: System(name=DENSE, rank=by_meaning, pieces=passages_of),
    }


class InFile:
    """Where the passages of built documents lie in their files."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._spans: dict[str, tuple[list[int], tuple[int, ...]]] = {}
        for one in documents:
            _, spans = canonical(one.parts)
            self._spans[one.id] = ([span.start for span in spans], one.starts)

    def __call__(self, passage: Passage) -> Stretch:
        """A passage's stretch of its file."""
        source_id = passage.source.id
        return Stretch(
            source_id, self._at(source_id, passage.start), self._at(source_id, passage.end - 1) + 1
        )

    def _at(self, source_id: str, offset: int) -> int:
        begins, starts = self._spans[source_id]
        place = bisect_right(begins, offset) - 1
        return starts[place] + offset - begins[place]


def embedder(cache: Path) -> KeptVectors:
    """The packaged model, with its vectors kept in the cache folder."""
    settings = load()
    return KeptVectors(FastEmbedder(SentenceEmbedder(), settings.cache), cache / "vectors.db")


def built(cache: Path, name: str, documents: Sequence[Document], model: KeptVectors) -> Archive:
    """An archive of these documents, open; made unless the cache folder has it."""
    content = hashed(*(repr((one.id, one.title, one.parts)) for one in documents))

    def fill(archive: Archive) -> None:
        for number, one in enumerate(documents):
            if number % 200 == 0:
                say(f"  {name}: {number} of {len(documents)} texts in")
            _put(archive, one)

    return _archive(cache, name, content, fill, model)


def from_files(cache: Path, name: str, folder: Path, paths: Sequence[str], model: KeptVectors) -> Archive:
    """An archive of files, read as `earmark add` reads them; made unless the cache folder has it."""
    content = hashed(*paths, *((folder / path).read_bytes() for path in paths))

    def fill(archive: Archive) -> None:
        report = add(archive, paths, folder=folder)
        assert not report.failed and len(report.added) == len(paths), report.json()

    return _archive(cache, name, content, fill, model)


def _archive(
    cache: Path, name: str, content: str, fill: Callable[[Archive], None], model: KeptVectors
) -> Archive:
    settings = load(home=cache)
    key = hashed(content, model.id, str(settings.passage_tokens), _code())[:12]
    home, done = cache / f"{name}-{key}", cache / f"{name}-{key}" / "complete"
    if not done.is_file():
        for former in cache.glob(f"{name}-*"):
            shutil.rmtree(former)
        say(f"  building the archive of {name}")
        with open_archive(load(home=home), alone=True, embedder=model) as archive:
            fill(archive)
        done.touch()
    return open_archive(load(home=home), command="make bench-quality", embedder=model)


def _put(archive: Archive, one: Document) -> None:
    """Cut, embed and write, as `ingest.sync` does with what a reader gives."""
    text, spans = canonical(one.parts)
    source = Source(
        id=one.id,
        kind=SourceKind.DOCUMENT,
        origin=one.id,
        text=text,
        fingerprint=hashed(text),
        title=one.title,
        people=unique([span.label.speaker for span in spans]),
    )
    passages = passages_in(source, spans, tokens=archive.embedder.tokens, longest=longest_in(archive))
    write(archive, source, passages, location=one.id)


def _code() -> str:
    """A hash of the code that archives are made with: a change there makes them anew."""
    files = [
        *sorted((ROOT / "ingest").rglob("*.py")),
        *(ROOT / "rag" / f"{name}.py" for name in ("sentences", "schema", "library", "tokens", "index")),
        Path(__file__),
    ]
    return hashed(*(file.read_bytes() for file in files))


def say(text: str) -> None:
    """Progress, to standard error."""
    sys.stderr.write(text + "\n")
