"""Archives of any size to measure: episodes drawn from the corpora, and vectors that cost next to nothing.

The words are those of the corpora beside the project, or of `examples/` without them, in runs of a few
sentences: postings grow as they do for real text. A passage's vector is the weighted mean of the model's own
word vectors: texts about one thing lie near each other, as with the model itself, and 100,000 passages take
minutes where the model would take the better part of an hour.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.embedder import SentenceEmbedder
from rag.pooling import Embedded, Floats, pooled
from rag.tokens import ModelTokens

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
SHOWS = ("Long Wire", "Quay and Tide", "Small Hours", "The Ledger", "Field Notes")
PEOPLE = tuple(
    f"{first} {last}" for first in "Ana Bo Cy Dee Eli".split() for last in "Ruiz Chen Okoye".split()
)
# Turns an episode has, and sentences a turn: about a hundred passages, an hour of talk.
_TURNS = 150
_SENTENCES = (1, 6)
_SUFFIXES = (".md", ".txt", ".vtt", ".srt")


def sentences() -> list[str]:
    """Every sentence of the corpora that is one, in order."""
    folder = SHARED / "corpora" if SHARED.is_dir() else ROOT / "examples"
    files = sorted(file for file in folder.rglob("*") if file.suffix in _SUFFIXES)
    found = []
    for file in files:
        words = re.sub(r"\s+", " ", file.read_text("utf-8", errors="ignore"))
        found += [one for one in re.findall(r"[A-Z][a-z' ,\w-]{25,220}[.?!]", words) if one.count(" ") > 4]
    return found


def episode(number: int, said: Sequence[str]) -> str:
    """The transcript of one episode, the same for one number: front matter, then who says what."""
    dice = random.Random(number)
    present = dice.sample(PEOPLE, 2)
    day = date(2018, 1, 1) + timedelta(days=number)
    turns = []
    for turn in range(_TURNS):
        at, count = dice.randrange(len(said) - 6), dice.randint(*_SENTENCES)
        turns.append(f"{present[turn % 2]}: {' '.join(said[at : at + count])}")
    title = f"Episode {number}, {said[at].rstrip('.?!')[:60]}"
    head = f"---\ntitle: {title}\nshow: {SHOWS[number % 5]}\ndate: {day}\n---\n"
    return head + "\n\n".join(turns) + "\n"


def episodes(folder: Path, numbers: range, said: Sequence[str]) -> list[str]:
    """Write episodes as files; gives their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"episode-{number:05}.md" for number in numbers]
    for number, path in zip(numbers, paths, strict=True):
        if not path.is_file():
            path.write_text(episode(number, said), "utf-8")
    return [str(path) for path in paths]


def questions(count: int, said: Sequence[str]) -> list[str]:
    """Questions in words of the corpora, four to ten of them each."""
    dice = random.Random(7)
    asked = []
    while len(asked) < count:
        words = re.findall(r"[a-z]{3,}", said[dice.randrange(len(said))].lower())
        if len(words) >= 4:
            at, most = dice.randrange(max(1, len(words) - 8)), dice.randint(4, 10)
            asked.append(f"What was said about {' '.join(words[at : at + most])}?")
    return asked


class StandIn(Embeddings):
    """The packaged model's tokenizer and word vectors, without its layers."""

    def __init__(self) -> None:
        self._reference = SentenceEmbedder()
        self.id = "word-vectors@packaged"

    @property
    def tokens(self) -> ModelTokens:
        """The model's tokenizer."""
        return self._reference.tokens

    @property
    def max_tokens(self) -> int:
        """The longest text the model reads whole."""
        return self._reference.max_tokens

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a text."""
        return self._unit(self._states(text)).tolist()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector per text, in order."""
        return [self.embed_query(text) for text in texts]

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Embedded]:
        """Each text's unit vector, and those of its sentences."""
        found = []
        for text, spans in zip(texts, sentences, strict=True):
            states = self._states(text)
            found.append(Embedded(self._unit(states), pooled(states, self.tokens.offsets(text), spans)))
        return found

    def _states(self, text: str) -> Floats:
        ids = self.tokens.model_ids(text, limit=self.max_tokens)[1:-1] or [100]
        return self._words[ids]

    def _unit(self, states: Floats) -> Floats:
        mean = states.mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-9)

    @cached_property
    def _words(self) -> Floats:
        """Word vectors by token id, frequent ones weighing little (Arora et al. 2017), without their mean."""
        folder = self._reference.folder
        assert folder is not None, "the packaged model lies on this machine"
        with (folder / "model.safetensors").open("rb") as file:
            head = json.loads(file.read(int.from_bytes(file.read(8), "little")))
            base = file.tell()
            name = next(name for name in head if name.endswith("word_embeddings.weight"))
            first, last = head[name]["data_offsets"]
            file.seek(base + first)
            table = np.frombuffer(file.read(last - first), dtype=np.float32).reshape(head[name]["shape"])
        # The vocabulary is in order of frequency: a token's share of all text falls as one over its place.
        share = 1 / ((np.arange(len(table)) + 1.0) * np.log(len(table)))
        weights = (1e-3 / (1e-3 + share)).astype(np.float32)
        return (table - table.mean(axis=0)) * weights[:, None]
