"""The packaged embedding model on onnxruntime, in int8: several times faster than torch, and without it.

The ONNX file is made once from the checked weights, with torch, and kept under their hash.
sentence-transformers stays the reference that a test compares it with, the fallback, and the carrier of every
other model.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import warnings
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from rag.embedder import SentenceEmbedder
from rag.packaged import PACKAGED_SHA256, check_weights, file_hash
from rag.pooling import Embedded, pooled
from rag.tokens import ModelTokens

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

# Raise it when the way the file is made changes.
_RECIPE = "int8-3"
# What the made model is given in place of token ids: their vectors, of so many numbers each.
_WORDS = "words"
_DIMENSIONS = 384

log = logging.getLogger(__name__)


class FastEmbedder(Embeddings):
    """The packaged model, one text at a time on as many threads as there are cores.

    One at a time, because int8 gains nothing from batches, padding costs, and the scale that activations are
    quantised with is that of the batch: a text's vector would depend on its neighbours.
    """

    def __init__(self, reference: SentenceEmbedder, cache: Path) -> None:
        self.reference = reference
        self._making = threading.Lock()
        self._path = cache / f"{PACKAGED_SHA256[:16]}-{_RECIPE}.onnx"

    @property
    def id(self) -> str:
        """The reference's: the two runtimes' vectors are interchangeable."""
        return self.reference.id

    @property
    def tokens(self) -> ModelTokens:
        """The model's tokenizer, for sizing passages."""
        return self.reference.tokens

    @property
    def max_tokens(self) -> int:
        """The longest text the model reads whole, its two special tokens left out."""
        return self.reference.max_tokens

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector per text, in order."""
        return list(self._pool.map(self.embed_query, texts))

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a text; questions and documents are embedded alike by this model."""
        if self._session is None:
            return self.reference.embed_query(text)
        vector: list[float] = self._session.run(["vector"], self.feed(text))[0][0].tolist()
        return vector

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Embedded]:
        """Each text's vector, and those of its sentences (offset pairs in it), in one reading."""
        if self._session is None:
            return self.reference.embed_passages(texts, sentences)
        return list(self._pool.map(self._embed_passage, texts, sentences))

    def _embed_passage(self, text: str, sentences: Sequence[tuple[int, int]]) -> Embedded:
        assert self._session is not None, "looked at before"
        vector, states = self._session.run(["vector", "states"], self.feed(text))
        # The first and the last state are those of the special tokens.
        return Embedded(vector[0], pooled(states[0][1:-1], self.tokens.offsets(text), sentences))

    def feed(self, text: str) -> dict[str, NDArray[Any]]:
        """A text as the file takes it."""
        ids = self.tokens.model_ids(text, limit=self.max_tokens)
        return {_WORDS: self._words.of(ids), "attention_mask": np.ones((1, len(ids)), dtype=np.int64)}

    @cached_property
    def _words(self) -> _WordVectors:
        return _WordVectors(_words_of(self._path))

    @property
    def file(self) -> Path:
        """The file it runs on, which is made at the first text."""
        return self._path

    def fault(self) -> str | None:
        """What is wrong with the file it runs on; None when nothing is, or when it is not made yet."""
        if self._path.is_file() and not _is_as_made(self._path):
            return f"{self._path} is damaged"
        return None

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(_cores(), thread_name_prefix="embed")

    @property
    def _session(self) -> InferenceSession | None:
        """None when the file cannot be made here; then the reference does the work."""
        with self._making:
            return self._opened

    @cached_property
    def _opened(self) -> InferenceSession | None:
        fault = self.fault()
        if fault:
            log.warning("%s; making it anew", fault)
        if fault or not self._path.is_file():
            log.info("preparing the embedding model, once: about half a minute")
            check_weights(self.reference.folder)
            try:
                make_file(lambda draft: _export(self.reference.folder, draft), self._path)
            except (ImportError, OSError, RuntimeError, ValueError) as error:
                log.warning("the fast runtime cannot be prepared (%s); using sentence-transformers", error)
                return None
        return open_session(self._path)


def make_file(make: Callable[[Path], None], path: Path) -> None:
    """Make a file and that of its words under names of their own and move them into place whole.

    Two makers do no harm: the words are the same every time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.new")
    digest = path.with_suffix(f".{os.getpid()}.sha256")
    try:
        make(draft)
        digest.write_text(_digest(draft))
        _words_of(draft).replace(_words_of(path))
        draft.replace(path)
        digest.replace(_digest_of(path))
    finally:
        draft.unlink(missing_ok=True)
        _words_of(draft).unlink(missing_ok=True)
        digest.unlink(missing_ok=True)


def _is_as_made(path: Path) -> bool:
    """Whether its bytes are those that were written: a damaged weight would bend every vector in silence."""
    noted = _digest_of(path)
    return noted.is_file() and _words_of(path).is_file() and noted.read_text() == _digest(path)


def _digest_of(path: Path) -> Path:
    return path.with_suffix(path.suffix + ".sha256")


def _words_of(path: Path) -> Path:
    """The vectors of all words, beside the rest."""
    return path.with_suffix(".words")


class _WordVectors:
    """The vectors of words by token id, read as they are needed: all of them are two thirds of the model.

    Not mapped, because a system maps sixteen pages where one is read.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def of(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Those of the tokens of one text (1 x tokens x d)."""
        width = 4 * _DIMENSIONS
        rows = b"".join(os.pread(self._file, width, token * width) for token in ids)
        return np.frombuffer(rows, dtype=np.float32).reshape(1, len(ids), _DIMENSIONS)


def _digest(path: Path) -> str:
    """The hash of a file and that of its words."""
    both = "".join(file_hash(each) for each in (path, _words_of(path)))
    return hashlib.sha256(both.encode()).hexdigest()


def open_session(path: Path, *, profile: Path | None = None) -> InferenceSession:
    """A model on one thread of onnxruntime; `profile` is where to note what each of its steps takes."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Waiting threads that spin take the cores from those that work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # What a reading needs is given back after it, not kept for the longest there was.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _export(folder: Path | None, draft: Path) -> None:
    """Trace the model with mean pooling and normalisation, then quantise its weights.

    Weights become int8 with a scale per output channel (with one per tensor, retrieval suffers measurably).
    The feed-forward layers' second matrices stay in float: their inputs have outliers that one scale cannot
    hold, and without them 99 of 100 texts keep a cosine of 0.99 to the reference.
    """
    import onnx
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model = AutoModel.from_pretrained(str(folder), attn_implementation="eager").eval()
    batch, length = torch.export.Dim("batch", max=512), torch.export.Dim("length", min=2, max=512)
    axes = {"input_ids": {0: batch, 1: length}, "attention_mask": {0: batch, 1: length}}
    example = (torch.ones(2, 16, dtype=torch.long), torch.ones(2, 16, dtype=torch.long))
    whole = draft.with_suffix(".fp32")
    quiet = logging.getLogger("torch.onnx"), logging.getLogger("root"), logging.getLogger()
    levels = [logger.level for logger in quiet]
    try:
        for logger in quiet:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")  # the exporter warns of its own insides
            torch.onnx.export(
                _pooled(model),
                example,
                str(whole),
                dynamo=True,
                verbose=False,
                input_names=list(axes),
                output_names=["vector", "states"],
                dynamic_shapes=axes,
                external_data=False,
            )
            quantize_dynamic(
                str(whole),
                str(draft),
                weight_type=QuantType.QInt8,
                per_channel=True,
                op_types_to_quantize=["MatMul"],
                nodes_to_exclude=_second_matrices(onnx.load(str(whole)), model.config),
            )
    finally:
        for logger, level in zip(quiet, levels, strict=True):
            logger.setLevel(level)
        whole.unlink(missing_ok=True)
    _part(draft)


def _part(draft: Path) -> None:
    """Take the vectors of all words out of a model, into a file of their own; it is given those it needs."""
    import onnx

    model = onnx.load(str(draft))
    graph = model.graph
    words = max(graph.initializer, key=lambda tensor: len(tensor.raw_data))
    (lookup,) = (node for node in graph.node if words.name in node.input)
    (ids,) = (given for given in graph.input if given.name == lookup.input[1])
    for node in graph.node:
        node.input[:] = [_WORDS if name == lookup.output[0] else name for name in node.input]
    _words_of(draft).write_bytes(words.raw_data)
    graph.node.remove(lookup)
    graph.initializer.remove(words)
    graph.input.remove(ids)
    shape: list[str | int | None] = ["batch", "length", _DIMENSIONS]
    graph.input.insert(0, onnx.helper.make_tensor_value_info(_WORDS, onnx.TensorProto.FLOAT, shape))
    onnx.save(model, str(draft))


def _pooled(model: Any) -> Any:
    import torch

    class Pooled(torch.nn.Module):
        """Mean over the words, then unit length, as the model's own sentence-transformers configuration."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            states = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            weights = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, p=2, dim=1), states

    return Pooled()


def _second_matrices(graph: Any, config: Any) -> list[str]:
    """The MatMul nodes that bring the feed-forward layers back to the hidden size."""
    shapes = {tensor.name: list(tensor.dims) for tensor in graph.graph.initializer}
    wanted = [config.intermediate_size, config.hidden_size]
    return [
        node.name
        for node in graph.graph.node
        if node.op_type == "MatMul" and any(shapes.get(name) == wanted for name in node.input)
    ]
