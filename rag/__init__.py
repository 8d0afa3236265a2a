"""Find the right words in an archive and answer with them.

Example:
    ```python
    with open_archive() as archive:
        answer = archive.assistant.ask("Why do countries want their own models?")
        print(answer.text, answer.citations[0].evidence.quote)
    ```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.models import Answer, Citation, Claim, Filters, Passage, Source, SourceKind, Status, Turn

if TYPE_CHECKING:
    from rag.chains import ArchiveRetriever
    from rag.wiring import Archive, open_archive

__all__ = [
    "Answer",
    "Archive",
    "ArchiveRetriever",
    "Citation",
    "Claim",
    "Filters",
    "Passage",
    "Source",
    "SourceKind",
    "Status",
    "Turn",
    "open_archive",
]

# Heavy names come when they are asked for: `earmark --help` imports this package too.
_LAZY = {"Archive": "rag.wiring", "open_archive": "rag.wiring", "ArchiveRetriever": "rag.chains"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
