"""Find passages: words and meaning searched apart, their rankings fused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.asking import asks_for_talk, subject_words
from rag.characters import whole
from rag.filters import spelled
from rag.fusion import AT_LENGTH, NEIGHBOURS, Place, blend, joined, lend, levelled
from rag.library import Library
from rag.models import Filters, Found
from rag.narrowing import NARROW
from rag.ports import Embeds, FindsNearVectors
from rag.scoring import Look
from rag.weighing import weighed

# Passage ids with scores, best first.
Ranking = Sequence[tuple[str, float]]

# Of how many passages the words are looked at, after which no further one came to the top.
_LOOKED_AT = 60

# Under wide filters the index is asked for a fifth more than should be needed, where a condition costs Chroma
# up to a third of a second. Each takes five microseconds, so beyond so many half the depth has to do. Where
# too few pass after all, it is asked with the condition.
_SPARE = 1.2
_MANY_ASKED = 1000
_MOST_ASKED = 4000
_ENOUGH = 50


class Search:
    """Hybrid search over one archive."""

    def __init__(
        self,
        library: Library,
        embedder: Embeds,
        dense: FindsNearVectors,
        *,
        depth: int = 200,
        lexical_weight: float = 1.0,
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._dense = dense
        self._depth = depth
        self._lexical_weight = lexical_weight

    def find(self, question: str, *, k: int, filters: Filters | None = None) -> list[Found]:
        """At most `k` stretches, best first. An empty archive, or filters that nothing passes, give none."""
        look = self.look(question, most=max(_LOOKED_AT, 2 * k + 20), filters=filters)
        return [Found(best=best, matches=stretch) for best, stretch in joined(look.matches())[:k]]

    def look(self, question: str, *, most: int, filters: Filters | None = None) -> Look:
        """The first passages of the fused rankings, and what is known of them, before they are scored."""
        filters = spelled(Filters() if filters is None else filters, self._library.narrowing)
        question = whole(question, "the question")
        asked = weighed(question, self._library, filters)
        said = [way for ways in asked.said.values() for way in ways]
        terms = list(dict.fromkeys([*subject_words(question), *said]))
        vector = self._embedder.embed_query(question)
        # Where all may be read, both are spared the look; what is shown is taken by the filters all the same.
        wide = self._unlimited(filters)
        lexical = self._library.words.lexical(terms, k=self._depth, filters=wide)
        dense = self._near(vector, wide)
        shares = AT_LENGTH if asks_for_talk(question) else NEIGHBOURS
        fused = lend(self._scores(lexical, dense), shares)
        first = sorted(fused, key=fused.__getitem__, reverse=True)[:most]
        around = {(source, at + step) for source, at in first for step in (-1, 0, 1)}
        passages = self._library.passages_at(sorted(around), filters=filters)
        ids = [passages[place].id for place in first if place in passages]
        return Look(
            question=asked,
            fused={place: fused[place] for place in first if place in passages},
            passages=passages,
            closeness=self._library.vectors.closeness(ids, vector),
            similarity=dict(dense),
            lexical_ranks=_ranks(lexical),
            dense_ranks=_ranks(dense),
        )

    def _scores(self, lexical: Ranking, dense: Ranking) -> dict[Place, float]:
        """What each place is worth by itself: words and meaning, each brought to the same scale."""
        places = self._library.places([passage_id for passage_id, _ in (*lexical, *dense)])
        best = lexical[0][1] if lexical else 1.0
        by_words = [score / best for _, score in lexical]
        by_meaning = levelled([score for _, score in dense])
        return blend(
            [
                (self._lexical_weight, _placed(lexical, by_words, places)),
                (1.0, _placed(dense, by_meaning, places)),
            ]
        )

    def _near(self, vector: Sequence[float], filters: Filters) -> list[tuple[str, float]]:
        if not filters.narrow and not filters.audiences:
            return self._dense.nearest(vector, k=self._depth, filters=filters)
        passing = self._library.narrowing.passing(filters)
        if passing <= NARROW:
            return self._library.vectors.nearest(vector, k=self._depth, filters=filters)
        needed = int(self._depth * _SPARE * self._library.count() / passing)
        asked = min(needed, max(_MANY_ASKED, needed // 2), _MOST_ASKED)
        found = self._dense.nearest(vector, k=asked, filters=Filters(adverts=True))
        passed = self._library.narrowing.passing_of([passage_id for passage_id, _ in found], filters)
        left = [(passage_id, score) for passage_id, score in found if passage_id in passed]
        if len(left) < min(_ENOUGH, passing):
            return self._dense.nearest(vector, k=self._depth, filters=filters)
        return left[: self._depth]

    def _unlimited(self, filters: Filters) -> Filters:
        """The filters without audiences, when these are all that the archive has."""
        if filters.audiences and not self._library.narrowing.keeps_out(filters.audiences):
            return replace(filters, audiences=())
        return filters


def _placed(ranking: Ranking, scores: Sequence[float], places: Mapping[str, Place]) -> dict[Place, float]:
    return {
        places[passage_id]: score
        for (passage_id, _), score in zip(ranking, scores, strict=True)
        if passage_id in places
    }


def _ranks(ranking: Ranking) -> dict[str, int]:
    return {passage_id: rank for rank, (passage_id, _) in enumerate(ranking, start=1)}
