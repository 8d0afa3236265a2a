"""Where the index of an archive lies: in a folder of the archive, or on a Chroma server."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Protocol

from rag.index import Index, drop_index, forget_removed, move_index
from rag.served_index import ServedIndex, Server, ServerAddress


class Place(Protocol):
    """One index and, while it is made anew, the next one beside it."""

    # Whether readers may use it while its owner does.
    shared: bool
    # Stands while the index is being opened by a process that may die of it; None where none does.
    opening: Path | None

    def __str__(self) -> str:
        """As a person is told of it."""
        ...

    @property
    def advice(self) -> str:
        """What to do when it fails."""
        ...

    def exists(self) -> bool:
        """Whether there is an index."""
        ...

    def open(self) -> Index:
        """The index; an empty one is made when there is none."""
        ...

    def open_next(self) -> Index:
        """An empty one beside it."""
        ...

    def swap(self) -> None:
        """Put the next one, which is closed, in place of the index, which is closed too."""
        ...

    def tidy(self) -> None:
        """Rid the closed index of the text of what was deleted from it."""
        ...

    def close(self) -> None:
        """Let go of what it holds open beside the indexes."""
        ...


class Folder:
    """In a folder of the archive, for one process at a time."""

    shared = False
    advice = "it is mended at the next start, or by `earmark rebuild`; if the disk is full, make room first"

    def __init__(self, home: Path) -> None:
        self._folder = home / "chroma"
        self._next = home / "chroma.new"
        self.opening: Path | None = home / "chroma.opening"

    def __str__(self) -> str:
        return str(self._folder)

    def exists(self) -> bool:
        """Whether there is an index."""
        return self._folder.is_dir()

    def open(self) -> Index:
        """The index; an empty one is made when there is none."""
        return Index(self._folder)

    def open_next(self) -> Index:
        """An empty one beside it."""
        drop_index(self._next)
        return Index(self._next)

    def swap(self) -> None:
        """Put the next one in place of the index."""
        move_index(self._next, self._folder)

    def tidy(self) -> None:
        """Rid it of deleted text, or drop it where that cannot be done."""
        if not forget_removed(self._folder):
            drop_index(self._folder)

    def close(self) -> None:
        """Nothing is open beside the indexes."""


class OnServer:
    """A collection of a Chroma server, named by an id that is the data folder's own."""

    shared = True
    opening: Path | None = None

    def __init__(self, home: Path, address: ServerAddress) -> None:
        self._id = home / "chroma.id"
        self._server = Server(address)
        self.advice = (
            "questions are answered from the library meanwhile, and the index is brought level when the"
            " server is back. EARMARK_CHROMA_URL says where; unset, the index lies in the data folder"
        )

    def __str__(self) -> str:
        return str(self._server.address)

    @property
    def name(self) -> str:
        """The collection's name; made up at the first use.

        Not in the library: a backup that is restored elsewhere is another archive.
        """
        if not self._id.is_file():
            draft = self._id.with_suffix(".id.new")
            draft.write_text(f"earmark-{uuid.uuid4().hex}")
            draft.replace(self._id)
        return self._id.read_text().strip()

    def exists(self) -> bool:
        """Whether there is an index; raises `IndexUnreachable`."""
        return self._id.is_file() and self._server.collection(self.name, make=False) is not None

    def open(self) -> Index:
        """The index; an empty one is made when there is none. Raises `IndexUnreachable`."""
        return self._opened(self.name)

    def open_next(self) -> Index:
        """An empty one beside it; raises `IndexUnreachable`."""
        self._server.drop(f"{self.name}-next")
        return self._opened(f"{self.name}-next")

    def swap(self) -> None:
        """Put the next one in place of the index. Who is stopped between the two steps makes it anew."""
        found = self._server.collection(f"{self.name}-next", make=False)
        assert found is not None, "made before"
        self._server.drop(self.name)
        found.modify(name=self.name)

    def tidy(self) -> None:
        """The server's files are its own: see docs/how-to/scale.md for what its owner can do."""

    def close(self) -> None:
        """Hang up."""
        self._server.close()

    def _opened(self, name: str) -> Index:
        collection = self._server.collection(name, make=True)
        assert collection is not None, "made when there is none"
        return ServedIndex(self._server, collection)
