"""What became of each source, in the shape of the contract. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.contract import Json
from rag.errors import SourceBinary, SourceEmpty, SourceError, UnknownFormat
from rag.rows import Known


@dataclass(slots=True)
class Report:
    """What became of each source. `embedded` counts the texts that were embedded."""

    added: list[Known] = field(default_factory=list)
    changed: list[Known] = field(default_factory=list)
    unchanged: list[Known] = field(default_factory=list)
    removed: list[Known] = field(default_factory=list)
    failed: list[SourceError] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    embedded: int = 0

    def leave_out(self, error: SourceError, *, named: bool) -> None:
        """A source that cannot be read has failed; a file merely met in a folder may be no source at all."""
        if named or not isinstance(error, UnknownFormat | SourceBinary | SourceEmpty):
            self.failed.append(error)
        else:
            self.skipped.append(str(error))

    def json(self) -> Json:
        """As the contract writes it; `skipped` says what was left out of sources and folders, and why."""
        return {
            **{
                name: [
                    {
                        "id": known.source_id,
                        "origin": known.origin,
                        "kind": known.kind.value,
                        "title": known.title,
                        "passages": known.passages,
                    }
                    for known in getattr(self, name)
                ]
                for name in ("added", "changed", "unchanged", "removed")
            },
            "failed": [{"origin": error.origin, "reason": error.reason} for error in self.failed],
            "skipped": self.skipped,
        }
