"""Find passages: words and meaning searched apart, their rankings fused. Also as a LangChain retriever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.contract import found_json
from rag.fusion import fuse
from rag.library import Library
from rag.models import Filters, Found
from rag.ports import Embeds, FindsNearVectors
from rag.words import content_words

# Below this many passages, exact cosine over the stored vectors is faster than a filtered index search, and
# finds them all.
_NARROW = 3000


class Search:
    """Hybrid search over one archive."""

    def __init__(
        self,
        library: Library,
        embedder: Embeds,
        dense: FindsNearVectors,
        *,
        depth: int = 100,
        lexical_weight: float = 1.5,
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._dense = dense
        self._depth = depth
        self._weights = {"lexical": lexical_weight, "dense": 1.0}

    def find(self, question: str, *, k: int, filters: Filters | None = None) -> list[Found]:
        """At most `k` passages, best first. An empty archive, or filters that nothing passes, give none."""
        filters = self._spelled(filters or Filters())
        lexical = self._library.lexical(
            list(dict.fromkeys(content_words(question))), k=self._depth, filters=filters
        )
        dense = self._near(self._embedder.embed_query(question), filters)
        lexical_ids, dense_ids = [row[0] for row in lexical], [row[0] for row in dense]
        fused = fuse({"lexical": lexical_ids, "dense": dense_ids}, weights=self._weights)[:k]
        passages = self._library.passages([passage_id for passage_id, _ in fused])
        similarity = dict(dense)
        return [
            Found(
                passage=passages[passage_id],
                score=score,
                lexical_rank=_rank(lexical_ids, passage_id),
                dense_rank=_rank(dense_ids, passage_id),
                similarity=similarity.get(passage_id),
            )
            for passage_id, score in fused
            if passage_id in passages
        ]

    def _near(self, vector: Sequence[float], filters: Filters) -> list[tuple[str, float]]:
        narrow = bool(filters) and self._library.scope(filters).passages <= _NARROW
        return (self._library if narrow else self._dense).nearest(vector, k=self._depth, filters=filters)

    def _spelled(self, filters: Filters) -> Filters:
        """The filters with shows and speakers as the archive writes them."""
        if not (filters.shows or filters.speakers):
            return filters
        return replace(
            filters,
            shows=self._library.show_names(filters.shows) or filters.shows,
            speakers=self._library.speaker_names(filters.speakers) or filters.speakers,
        )


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


def _rank(ids: Sequence[str], passage_id: str) -> int | None:
    return ids.index(passage_id) + 1 if passage_id in ids else None
