"""Archives of any size to measure: episodes drawn from the corpora, and vectors that cost next to nothing.

The words are those of the corpora beside the project, or of `examples/` without them, in runs of a few
sentences: postings grow as they do for real text. A passage's vector is mixed from some of the model's own,
so that it has neighbours as near, and as many, as with the model itself; 100,000 passages take minutes where
the model would take the better part of an hour.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from rag.pooling import Embedded, Floats
from rag.ports import CountsTokens
from rag.settings import load
from rag.wiring import embedder_of

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
SHOWS = ("Long Wire", "Quay and Tide", "Small Hours", "The Ledger", "Field Notes")
PEOPLE = tuple(
    f"{first} {last}" for first in "Ana Bo Cy Dee Eli".split() for last in "Ruiz Chen Okoye".split()
)
# Sentences that the model reads at once for `StandIn`, and how far from one such run to the next.
_RUN, _EVERY = 5, 10
# How much of the run after it, of the one of its header, and of the difference of two others a vector has:
# such that pairs and neighbours are about as near as the model's own (docs/explanation/search.md).
_SHARES = (0.4, 0.4, 0.25)
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
    """Vectors of passages made from the model's own of other text, as far from one another as those are.

    The model reads runs of sentences of the corpora. A passage's vector is that of the run about its longest
    sentence, with less of one soon after, of one chosen by its header, as all of its episode have it, and of
    what tells two others apart, chosen by its words. Questions are read by the model.
    """

    def __init__(self) -> None:
        self._model = embedder_of(load())
        self.id = "stand-in@packaged"

    @property
    def tokens(self) -> CountsTokens:
        """The model's tokenizer."""
        return self._model.tokens

    @property
    def max_tokens(self) -> int:
        """The longest text the model reads whole."""
        return self._model.max_tokens

    def embed_query(self, text: str) -> list[float]:
        """The model's own vector of a question."""
        return self._model.embed_query(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector per text, in order."""
        return self._model.embed_documents(texts)

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Embedded]:
        """Each text's unit vector, and those of its sentences."""
        found = []
        for text, spans in zip(texts, sentences, strict=True):
            parts = [text[start:end] for start, end in spans]
            head = text[: spans[0][0]] if spans else ""
            vector = self._made(text, head, about=max(parts, key=len, default=text))
            rows = [self._made(part, head, about=part) for part in parts]
            found.append(Embedded(vector, np.asarray(rows, np.float32).reshape(len(rows), len(vector))))
        return found

    def _made(self, text: str, head: str, *, about: str) -> Floats:
        """The vector of a text with a header, by what it is about."""
        dice, count = random.Random(text), len(self._runs)
        at = self._places.get(about, dice.randrange(count))
        after = (at + dice.randint(1, 4)) % count
        one, other = dice.randrange(count), dice.randrange(count)
        near, shared, apart = _SHARES
        vector = self._runs[at] + near * self._runs[after] + apart * (self._runs[one] - self._runs[other])
        vector += shared * self._runs[random.Random(head).randrange(count)]
        return vector / max(float(np.linalg.norm(vector)), 1e-9)

    @cached_property
    def _places(self) -> dict[str, int]:
        """The run of a sentence, or the one before it."""
        return {sentence: place // _EVERY for place, sentence in enumerate(sentences())}

    @cached_property
    def _runs(self) -> Floats:
        said = sentences()
        runs = [" ".join(said[at : at + _RUN]) for at in range(0, len(said), _EVERY)]
        return np.asarray(self._model.embed_documents(runs), dtype=np.float32)
