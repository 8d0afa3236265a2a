"""A GGUF file run in this process: llama.cpp's server on a loopback port of its own, with a key of its own.

Through the same door as every other model: what comes out is an address that speaks OpenAI's protocol.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx

from rag.errors import ModelUnavailable

_MAGIC = b"GGUF"
# Two answers at once; more wait for a turn. Each has its own part of the context.
_AT_ONCE = 2
_QUIET = -1
_COUNT_S = 5.0


class LocalServer:
    """Serves one model file until closed; raises `ModelUnavailable` when it cannot be loaded.

    Args:
        file: the weights.
        context: how many tokens a prompt and its answer may have together.
        threads: how many cores it may use; all of them when None.
    """

    def __init__(self, file: Path, *, context: int, threads: int | None = None) -> None:
        _check(file)
        # GNU OpenMP spins while it waits, which starves all else on the same cores: ten times as slow.
        # It is read when the library is loaded, so set before.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        try:
            import xllamacpp
        except ImportError as error:
            raise ModelUnavailable(
                "a gguf model needs the extra 'local': pip install 'earmark[local]'"
            ) from error
        self.key = secrets.token_urlsafe(24)
        given: Any = xllamacpp.CommonParams()
        given.model.path = str(file)
        given.n_ctx = context * _AT_ONCE
        given.n_parallel = _AT_ONCE
        given.cpuparams.n_threads = given.cpuparams_batch.n_threads = threads or os.cpu_count() or 2
        given.api_keys = [self.key]
        given.hostnames = ["127.0.0.1"]
        given.ui = given.endpoint_slots = given.warmup = False
        given.verbosity = _QUIET
        try:
            self._server: Any = xllamacpp.Server(given)
        except RuntimeError as error:
            raise ModelUnavailable(f"{file} cannot be loaded as a language model") from error
        self.address: str = self._server.listening_address
        self._http = httpx.Client(
            base_url=self.address, headers={"Authorization": f"Bearer {self.key}"}, timeout=_COUNT_S
        )
        self.count = lru_cache(maxsize=4096)(self._count)

    def _count(self, text: str) -> int:
        """How many tokens the text is to this model."""
        answer = self._http.post("/tokenize", json={"content": text}).raise_for_status()
        return len(answer.json()["tokens"])

    def close(self) -> None:
        """End the server and free its memory."""
        self._http.close()
        self._server = None


def _check(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(_MAGIC))
    except OSError as error:
        raise ModelUnavailable(f"EARMARK_MODEL names {file}: {error.strerror}") from error
    if magic != _MAGIC:
        raise ModelUnavailable(f"EARMARK_MODEL names {file}, which is no GGUF file")
