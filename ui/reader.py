"""The archive as one caller may see it: their tiers, their budget, and their answers kept and counted."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rag.compose.telling import Done, Event
from rag.contract import Json, answer_json
from rag.errors import QuestionError, StorageError, UnknownSource
from rag.kept_answers import KeptAnswers
from rag.models import Answer, Filters, Found, Listing, Nearest, Passage, Source, Status, Turn, noticed
from rag.ports import Answers, FindsPassages, MakesOverviews, ReadsSources
from rag.stopping import Stop
from rag.words import content_words, stem
from ui.callers import Caller
from ui.gate import Gate

_LOG = logging.getLogger("earmark.api")
_TEASERS = 1
# How much of a question a title must hold to be offered unread.
_TITLE_SHARE = 0.5
BUDGET_SPENT = "Today's budget for written answers is spent; this one is in the sources' own words."


class Counts(Protocol):
    """Whoever counts answers."""

    def answered(self, answer: Answer) -> None:
        """Count one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What answers are made of: who writes them, who quotes when writing costs too much, and what is read.

    `quoting` is None where the assistant itself only quotes.
    """

    assistant: Answers
    library: ReadsSources
    finder: FindsPassages | None = None
    quoting: Answers | None = None
    overviews: MakesOverviews | None = None


class Reader:
    """The assistant, the library and search for one caller. Fits wherever these do."""

    def __init__(
        self, archive: Archive, caller: Caller, *, gate: Gate, kept: KeptAnswers, counts: Counts
    ) -> None:
        self.caller = caller
        self._archive = archive
        self._gate = gate
        self._kept = kept
        self._counts = counts

    # -- asking ---------------------------------------------------------------------------------------------

    def ask(self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None) -> Answer:
        """The whole answer."""
        events = self.stream(question, history=history, filters=filters)
        return next(event.answer for event in events if isinstance(event, Done))

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        stop: Stop | None = None,
    ) -> Iterator[Event]:
        """The answer as it comes, over what the caller may read."""
        archive = self._archive
        written = archive.quoting is not None and self._gate.may_write(self.caller)
        spent = archive.quoting is not None and not written
        assistant = archive.quoting if archive.quoting is not None and spent else archive.assistant
        try:
            for event in assistant.stream(
                question, history=history, filters=self._within(filters), stop=stop
            ):
                if isinstance(event, Done):
                    if written and event.answer.usage is None:
                        self._gate.was_not_written(self.caller)
                    notice = BUDGET_SPENT if spent else None
                    answer = self._finished(event.answer, notice=notice)
                    self._keep(answer, history, filters)
                    event = Done(answer)
                yield event
        except QuestionError:
            if written:
                self._gate.was_not_written(self.caller)
            raise

    def find(self, question: str, *, k: int, filters: Filters | None = None) -> list[Found]:
        """Passages that the caller may read."""
        assert self._archive.finder is not None, "there is no search without one"
        return self._archive.finder.find(question, k=k, filters=self._within(filters))

    # -- reading --------------------------------------------------------------------------------------------

    def source_count(self, audiences: Sequence[str] = ()) -> int:
        """How many sources the caller may read, or how many of these audiences."""
        tiers = self.caller.tiers
        wanted = tuple(tier for tier in audiences if not tiers or tier in tiers) if audiences else tiers
        return 0 if audiences and not wanted else self._archive.library.source_count(wanted)

    def audiences(self) -> set[str]:
        """The tiers of what the caller may read."""
        return {tier for tier in self._archive.library.audiences() if self._may(tier)}

    def overview(self) -> list[Listing]:
        """Those sources in short."""
        return [listing for listing in self._archive.library.overview() if self._may(listing.audience)]

    def speaking(self, names: Sequence[str], source_ids: Sequence[str]) -> set[str]:
        """Those of the sources in which one of these people speaks, and which the caller may read."""
        if not names:
            return set()
        wanted = set(source_ids)
        readable = [listing.id for listing in self.overview() if listing.id in wanted]
        return self._archive.library.speaking(names, readable)

    def shelf(self, tiers: Sequence[str]) -> list[Listing]:
        """Every source in short; of those for other `tiers`, only the title, kind, date and tier."""
        return [
            listing if self._may(listing.audience) else _closed(listing)
            for listing in self._archive.library.overview()
            if self._may(listing.audience) or listing.audience in tiers
        ]

    def sources(self) -> list[Source]:
        """Those sources with their text."""
        return [source for source in self._archive.library.sources() if self._may(source.audience)]

    def source(self, source_id: str) -> Source:
        """One of them; raises `UnknownSource`, also for one that the caller may not read."""
        source = self._archive.library.source(source_id)
        if not self._may(source.audience):
            raise UnknownSource(f"no source {source_id!r} in the archive")
        return source

    def passages_of(self, source_id: str) -> list[Passage]:
        """Its passages in order."""
        self.source(source_id)
        return self._archive.library.passages_of(source_id)

    def overview_of(self, source_id: str) -> Json:
        """What one of them is about; raises `UnknownSource`."""
        self.source(source_id)
        assert self._archive.overviews is not None, "there are no overviews without somebody who makes them"
        return self._archive.overviews.of(source_id, may_write=lambda: self._gate.may_write(self.caller))

    def translations_of(self, source_id: str) -> tuple[str, ...]:
        """The sources that are the same in other languages, those that the caller may read."""
        library = self._archive.library
        others = library.translations_of(source_id)
        return tuple(other for other in others if self._may(library.source(other).audience))

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by id; those that are gone, or not for the caller, are left out."""
        found = self._archive.library.passages(ids)
        return {key: passage for key, passage in found.items() if self._may(passage.source.audience)}

    # -- inside ---------------------------------------------------------------------------------------------

    def _may(self, audience: str) -> bool:
        return not self.caller.tiers or audience in self.caller.tiers

    def _within(self, filters: Filters | None) -> Filters:
        return replace(filters or Filters(), audiences=self.caller.tiers)

    def _finished(self, answer: Answer, *, notice: str | None) -> Answer:
        if notice and answer.citations:
            answer = replace(answer, notice=noticed(answer.notice, notice))
        if answer.status in (Status.NOT_COVERED, Status.OFF_TOPIC):
            answer = self._with_teaser(answer)
        self._counts.answered(answer)
        return answer

    def _keep(self, answer: Answer, history: Sequence[Turn], filters: Filters | None) -> None:
        site = self.caller.site
        try:
            self._kept.keep(
                answer_json(answer), site=site.id if site else None, history=history, filters=filters
            )
        except StorageError as error:
            _LOG.warning("an answer could not be kept: %s", error)

    def _with_teaser(self, answer: Answer) -> Answer:
        """Name what may answer it for readers of a higher tier: by its title; no more of it is looked at."""
        library = self._archive.library
        if all(self._may(tier) for tier in library.audiences()):
            return answer
        wanted = {stem(word) for word in content_words(answer.question)}
        offered = []
        for listing in library.overview() if wanted else []:
            if not self._may(listing.audience):
                held = wanted & {stem(word) for word in content_words(listing.title)}
                if len(held) >= max(1, _TITLE_SHARE * len(wanted)):
                    offered.append((len(held), listing))
        best = [listing for _, listing in sorted(offered, key=lambda pair: -pair[0])[:_TEASERS]]
        if not best:
            return answer
        notice = f"“{best[0].title}” may answer this; it is for other readers ({best[0].audience})."
        teasers = tuple(Nearest(source=_titled(listing), link=None) for listing in best)
        return replace(answer, nearest=(*teasers, *answer.nearest), notice=noticed(answer.notice, notice))


def _closed(listing: Listing) -> Listing:
    """A listing that tells only that there is such a thing; without an id there is nothing to open."""
    return Listing(
        id="",
        kind=listing.kind,
        origin="",
        title=listing.title,
        show=None,
        people=(),
        published=listing.published,
        url=None,
        language=None,
        seconds=None,
        season=None,
        number=None,
        passages=0,
        characters=0,
        ai_written=False,
        audience=listing.audience,
    )


def _titled(listing: Listing) -> Source:
    """A source of which there is only the title and the date."""
    return Source(
        id=listing.id,
        kind=listing.kind,
        origin="",
        text="",
        fingerprint="",
        title=listing.title,
        published=listing.published,
        audience=listing.audience,
    )
