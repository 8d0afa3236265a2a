"""Keep answers by what they depend on, so that no question is answered twice over an unchanged archive."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from rag.contract import Json
from rag.evaluate.questions import Asked


class KeepsAnswers(Protocol):
    """A cache of answers."""

    def get(self, key: str) -> Json | None:
        """The answer kept under a key."""
        ...

    def put(self, key: str, answer: Json) -> None:
        """Keep an answer."""
        ...


def answer_key(asked: Asked, *, state: str) -> str:
    """What an answer depends on, hashed: all that is asked, and the state of the archive and the settings.

    >>> one = answer_key(Asked(question="Who?"), state="archive 1")
    >>> one == answer_key(Asked(question="Who?"), state="archive 2"), len(one)
    (False, 32)
    """
    parts = json.dumps([asdict(asked), state], sort_keys=True, default=str)
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


class FolderCache:
    """One small file an answer. Safe for several threads and processes; a torn file counts as none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> Json | None:
        """The answer kept under a key."""
        try:
            answer = json.loads(self._path(key).read_bytes())
        except (OSError, ValueError):
            return None
        return answer if isinstance(answer, dict) else None

    def put(self, key: str, answer: Json) -> None:
        """Keep an answer, all of it or nothing."""
        write_whole(self._path(key), json.dumps(answer, ensure_ascii=False))

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.json"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or the next run after a kill, sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
