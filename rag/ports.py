"""What the core asks of the outside, one or two methods each. Pure.

A class that has the methods fits; nothing has to inherit. `wiring.py` picks who fills each place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from rag.compose.drafting import Step
from rag.models import Answer, Evidence, Filters, Found, Listing, Passage, Source, Turn, Usage
from rag.pooling import Embedded
from rag.stopping import Stop

if TYPE_CHECKING:
    from rag.compose.telling import Event
    from rag.contract import Json
    from rag.verify import Checked


class Embeds(Protocol):
    """Texts to unit vectors. LangChain's `Embeddings` fits."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector per text, in order."""
        ...

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        ...


class CountsTokens(Protocol):
    """The embedding model's own tokens, without its special ones."""

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Where each token of the text begins and ends, in code points."""
        ...


class EmbedsPassages(Embeds, Protocol):
    """An embedding model that an archive can be built with."""

    @property
    def id(self) -> str:
        """What tells its vectors from those of other models."""
        ...

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Embedded]:
        """Each text's unit vector, and those of its sentences, which are offset pairs in it."""
        ...

    @property
    def tokens(self) -> CountsTokens:
        """Its tokenizer, for sizing passages."""
        ...

    @property
    def max_tokens(self) -> int:
        """The longest text it reads whole."""
        ...


class CountsWords(Protocol):
    """The archive's words, as far as they are counted."""

    def document_counts(self, stems: Iterable[str]) -> dict[str, int]:
        """In how many passages each stem occurs."""
        ...

    def occurring(self, words: Iterable[str], filters: Filters) -> set[str]:
        """Those of the words that occur in a passage which passes the filters."""
        ...

    def phrase_counts(self, phrases: Iterable[str], filters: Filters) -> dict[str, int]:
        """How many passages that pass the filters hold each phrase."""
        ...


class KnowsNames(Protocol):
    """What filters name, as the archive writes it."""

    def show_names(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """The shows that these names mean."""
        ...

    def speaker_names(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """The speakers that these names mean."""
        ...


class Narrows(KnowsNames, Protocol):
    """What filters leave of the archive, as far as a look for an answer needs it."""

    def keeps_out(self, audiences: Sequence[str]) -> bool:
        """Whether there are sources that are for none of these audiences; none given may read all."""
        ...

    def names_of(self, field: str, audiences: Sequence[str]) -> list[str]:
        """What sources for these audiences have as `show`, `speaker`, `person`, `kind` or `source`."""
        ...


class IsWeighedFor(Protocol):
    """The archive, as far as a question's words are weighed for it."""

    @property
    def words(self) -> CountsWords:
        """Its words."""
        ...

    @property
    def narrowing(self) -> Narrows:
        """What filters leave of it."""
        ...

    def years(self) -> set[int]:
        """The years in which its sources were published."""
        ...

    def count(self) -> int:
        """How many passages there are."""
        ...


class IsLookedThrough(IsWeighedFor, Protocol):
    """The archive, as a look for an answer needs it: its changes are told too."""

    @property
    def generation(self) -> int:
        """Goes up with every change."""
        ...


class FindsPassages(Protocol):
    """Search, as the assistant sees it."""

    def find(self, question: str, *, k: int, filters: Filters | None = None) -> list[Found]:
        """At most `k` passages, best first."""
        ...


class FindsNearVectors(Protocol):
    """Dense retrieval: the index, or stored vectors while the index is busy."""

    def nearest(self, vector: Sequence[float], *, k: int, filters: Filters) -> list[tuple[str, float]]:
        """Passage ids with their cosine similarity, best first."""
        ...


class Composes(Protocol):
    """Evidence to a draft.

    `stretches` is how many stretches of evidence it wants to choose from; None for as many as are shown.
    """

    name: str
    stretches: int | None

    def write(
        self, question: str, evidence: Sequence[Evidence], *, stop: Stop | None = None
    ) -> Iterator[Step]:
        """What comes while it writes, and at the end the draft, each claim with the evidence it rests on."""
        ...

    def warm_up(self) -> None:
        """Load what the first question would have to wait for."""
        ...


class MakesStandalone(Protocol):
    """A follow-up to a question that can be understood by itself."""

    def __call__(
        self, question: str, history: Sequence[Turn], stop: Stop | None = None
    ) -> tuple[str, Usage | None]:
        """The question, and what a model took to make it."""
        ...


class ChecksClaims(Protocol):
    """Whether a written sentence may be shown."""

    def check(self, claim: str, *, cited: Sequence[Evidence], offered: Sequence[Evidence]) -> Checked:
        """A verdict, and what the claim may cite, which is of `offered`."""
        ...


class Answers(Protocol):
    """The assistant, as every way in sees it."""

    def ask(self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None) -> Answer:
        """Answer from the archive, or say that it is not covered."""
        ...

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        stop: Stop | None = None,
    ) -> Iterator[Event]:
        """The same as it comes, with the whole answer last."""
        ...


class MakesOverviews(Protocol):
    """What sources are about."""

    def of(self, source_id: str, *, may_write: Callable[[], bool] = ...) -> Json:
        """The overview that can be had now, as JSON; raises `UnknownSource`.

        `may_write` is asked once before a language model is.
        """
        ...


class ReadsSources(Protocol):
    """The library, as every way in sees it."""

    def source_count(self, audiences: Sequence[str] = ()) -> int:
        """How many sources there are, or how many of these audiences."""
        ...

    def audiences(self) -> set[str]:
        """The tiers that its sources are for."""
        ...

    def overview(self) -> list[Listing]:
        """All sources in short, newest first, without reading their text."""
        ...

    def speaking(self, names: Sequence[str], source_ids: Sequence[str]) -> set[str]:
        """Those of the sources in which one of these people speaks."""
        ...

    def sources(self) -> list[Source]:
        """All sources with their text, newest first."""
        ...

    def source(self, source_id: str) -> Source:
        """One source; raises `UnknownSource`."""
        ...

    def translations_of(self, source_id: str) -> tuple[str, ...]:
        """The ids of the sources that are the same in other languages."""
        ...

    def passages_of(self, source_id: str) -> list[Passage]:
        """Its passages in order."""
        ...

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by id; ids that are gone are left out."""
        ...
