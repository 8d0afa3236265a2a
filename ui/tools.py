"""What an assistant that uses tools may do with an archive: ask, search, list, open. See `ui/mcp.py`."""

from __future__ import annotations

from typing import Protocol

from rag.contract import (
    Json,
    answer_json,
    found_json,
    history_from_json,
    source_detail_json,
    source_json,
)
from rag.filters import filters_from_json
from rag.ports import Answers, FindsPassages, ReadsSources


class Tools(Protocol):
    """What the tools do."""

    def ask(self, body: Json) -> Json:
        """An Answer, for the body of `POST /v1/ask`."""
        ...

    def search(self, query: Json) -> Json:
        """Passages, for the query of `GET /v1/search`."""
        ...

    def sources(self) -> Json:
        """Every source."""
        ...

    def source(self, source_id: str) -> Json:
        """One source with its text and passages."""
        ...


class Here:
    """The tools over an archive in this process, or over what one caller may see of it."""

    def __init__(self, assistant: Answers, library: ReadsSources, finder: FindsPassages) -> None:
        self._assistant = assistant
        self._library = library
        self._finder = finder

    def ask(self, body: Json) -> Json:
        """An Answer."""
        history, filters = history_from_json(body.get("history")), filters_from_json(body.get("filters"))
        return answer_json(self._assistant.ask(str(body["question"]), history=history, filters=filters))

    def search(self, query: Json) -> Json:
        """Passages."""
        limits = {name: value for name, value in query.items() if name not in ("q", "k")}
        found = self._finder.find(query["q"], k=query["k"], filters=filters_from_json(limits))
        return {"passages": [found_json(hit) for hit in found]}

    def sources(self) -> Json:
        """Every source."""
        return {"sources": [source_json(source) for source in self._library.overview()]}

    def source(self, source_id: str) -> Json:
        """One source."""
        return source_detail_json(self._library.source(source_id), self._library.passages_of(source_id))
