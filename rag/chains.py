"""An archive for LangChain chains of one's own: found passages as a retriever, answers as a runnable.

Apart, since LangChain's own modules for these take fifteen megabytes that a server never needs.
"""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import ConfigDict

from rag.assistant import Assistant
from rag.contract import Json, answer_json, found_json, history_from_json
from rag.filters import filters_from_json
from rag.models import Filters, Found
from rag.search import Search


class ArchiveRetriever(BaseRetriever):
    """The archive as a LangChain retriever, for chains of your own.

    Each `Document` has the passage's id, its words, and as metadata what `earmark search --json` gives.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    search: Search
    k: int = 8
    filters: Filters = Filters()

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [document(found) for found in self.search.find(query, k=self.k, filters=self.filters)]


def document(found: Found) -> Document:
    """A found passage as LangChain passes it around."""
    metadata = found_json(found)
    text = metadata.pop("text")
    return Document(id=found.passage.id, page_content=text, metadata=metadata)


class AskRunnable(Runnable[str | Json, Json]):
    """The assistant for LangChain chains; gives the contract's Answer as a dict."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def invoke(self, input: str | Json, config: RunnableConfig | None = None, **kwargs: Any) -> Json:
        """Ask. Takes a question, or `{"question", "history", "filters"}`."""
        return self._call_with_config(self._ask, input, config, run_type="chain")

    def _ask(self, asked: str | Json) -> Json:
        body = {"question": asked} if isinstance(asked, str) else asked
        answer = self._assistant.ask(
            str(body.get("question", "")),
            history=history_from_json(body.get("history")),
            filters=filters_from_json(body.get("filters")),
        )
        return answer_json(answer)
