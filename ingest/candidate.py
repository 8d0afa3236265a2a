"""What the pipeline is handed: something to read, where it is, and what is said of it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.reading import Metadata, Reading
from rag.models import SourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the caller knows better than the source."""

    show: str | None = None
    kind: SourceKind | None = None
    audience: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Bytes as they were found, and how to read them.

    `main` is the transcript, the page or the post: by it the same file is known in another place. `beside`
    is what else goes into the source, such as chapters.
    """

    main: bytes
    read: Callable[[], Reading]
    beside: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something to read: where it is, how to get it, and what a feed says about it.

    `named` is false for a file that was only met in a folder: folders hold other files too. `names` is what
    a feed says it goes by wherever it turns up, `moment` when that was published, in seconds since 1970.
    `followed` is the folder or feed file that it was found by and that is kept in step.
    """

    origin: str
    location: str
    material: Callable[[], Material]
    said: Metadata = field(default_factory=Metadata)
    named: bool = True
    names: tuple[str, ...] = ()
    moment: float | None = None
    followed: str | None = None
