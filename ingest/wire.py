"""A reading, or the reason why there is none, as JSON: what the reading process answers. Pure.

JSON, not pickle: the process that reads foreign files is the least to be trusted, and unpickling runs code.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from typing import Any

from ingest.reading import Metadata, Part, Reading
from rag import errors
from rag.errors import SourceError
from rag.models import Label, SourceKind

LABEL = tuple(field.name for field in fields(Label))


def reading_said(reading: Reading) -> bytes:
    """A reading as one JSON document."""
    metadata = {field.name: getattr(reading.metadata, field.name) for field in fields(Metadata)}
    published = reading.metadata.published
    said = {
        "metadata": {**metadata, "published": published.isoformat() if published else None},
        "parts": [
            [part.text, part.continues, *(getattr(part.label, name) for name in LABEL)]
            for part in reading.parts
        ],
        "skipped": reading.skipped,
    }
    # Half a character, which some encodings can write and none can show, has no place in any text of ours.
    return json.dumps(said, ensure_ascii=True).encode("ascii")


def error_said(error: SourceError) -> bytes:
    """An error as one JSON document."""
    return json.dumps({"error": type(error).__name__, "reason": error.reason}).encode()


def heard(data: bytes, *, origin: str) -> Reading:
    """The reading that was said; raises the error that was said instead.

    >>> reading = Reading(metadata=Metadata(title="Tea"), parts=(Part(text="Hi", label=Label(page=3)),))
    >>> heard(reading_said(reading), origin="a.pdf") == reading
    True
    """
    said: dict[str, Any] = json.loads(data)
    if "error" in said:
        raise _error(said["error"])(origin, said["reason"])
    metadata = said["metadata"]
    kind, published = metadata["kind"], metadata["published"]
    return Reading(
        metadata=Metadata(
            **{
                **metadata,
                "kind": SourceKind(kind) if kind else None,
                "people": tuple(metadata["people"]),
                "published": date.fromisoformat(published) if published else None,
            }
        ),
        parts=tuple(
            Part(text=text, continues=continues, label=Label(**dict(zip(LABEL, label, strict=True))))
            for text, continues, *label in said["parts"]
        ),
        skipped=tuple(said["skipped"]),
    )


def _error(name: str) -> type[SourceError]:
    found = getattr(errors, name, None)
    return found if isinstance(found, type) and issubclass(found, SourceError) else SourceError
