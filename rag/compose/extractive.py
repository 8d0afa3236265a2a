"""Answer in the sources' own words: quoted, attributed and dated. Needs no model. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from rag.agreeing import repeats
from rag.compose.drafting import NOT_COVERED, Step, Written
from rag.models import Draft, Evidence, Piece, Source, Status
from rag.stopping import Stop

OFF_TOPIC = "This is outside what the archive is about."


class Extractive:
    """The composer that writes nothing of its own but the attributions."""

    name = "extractive"
    stretches: int | None = None

    def write(
        self, question: str, evidence: Sequence[Evidence], *, stop: Stop | None = None
    ) -> Iterator[Step]:
        """The whole draft at once."""
        yield Written(draft=self.compose(question, evidence), model=self.name)

    def warm_up(self) -> None:
        """Nothing to load."""

    def compose(self, question: str, evidence: Sequence[Evidence]) -> Draft:
        """One attributed quote per stretch of evidence, best first, those of one source together.

        What two sources say in nearly the same words is quoted once and cites both.
        """
        pieces: list[Piece] = []
        before: list[Evidence] = []
        for together in _together(_reading_order(evidence)):
            # Of a source that was just named, only what is new is said.
            known = (
                len(together) == len(before) == 1 and together[0].passage.source == before[0].passage.source
            )
            said = [attribution(item, again=known).removesuffix(":") for item in together]
            opening = " and ".join(said) + ": “"
            pieces.append(Piece(text="\n\n" + opening if pieces else opening))
            pieces.append(Piece(text=together[0].quote, evidence=tuple(together), close="”"))
            before = together
        return Draft(pieces=tuple(pieces), status=Status.ANSWERED)


def refusal(status: Status) -> Draft:
    """The draft that says so when the archive cannot answer."""
    return Draft(
        pieces=(Piece(text=OFF_TOPIC if status is Status.OFF_TOPIC else NOT_COVERED),), status=status
    )


def attribution(evidence: Evidence, *, again: bool = False) -> str:
    """Who says it, where and when, from metadata alone; `again` when its source was named just before.

    >>> from rag.models import Passage, Source, SourceKind
    >>> episode = Source(id="s", kind=SourceKind.EPISODE, origin="a.vtt", text="It fell.", fingerprint="",
    ...                  title="Chips", show="The Wire", published=date(2026, 5, 8))
    >>> passage = Passage(id="p", source=episode, ordinal=0, start=0, end=8, sentences=())
    >>> said = Evidence(passage=passage, start=0, end=8, score=1, speaker="Ana Li", start_s=754.2)
    >>> attribution(said), attribution(said, again=True)
    ('Ana Li, in *Chips* (The Wire, 8 May 2026), 12:34:', 'Ana Li, in the same episode, 12:34:')
    """
    passage = evidence.passage
    written = "AI-written " if passage.ai_written else ""
    where = f"the same {written}{passage.source.kind}" if again else named(passage.source)
    if evidence.speaker:
        where = f"{evidence.speaker}, in {where}"
    elif again:
        where = f"in {where}" if passage.advert else f"In {where}"
    if passage.ai_written and not again:
        where = f"AI-written summary, {where}"
    if passage.advert:
        where = f"Advert, {where}"
    place = _place(evidence)
    return f"{where}, {place}:" if place else f"{where}:"


def named(source: Source) -> str:
    """A source by its title, with its show, unless the title says it, and its date.

    >>> named(Source(id="s", kind="newsletter", origin="", text="", fingerprint="",
    ...              title="Clay #4", show="Clay"))
    '*Clay #4*'
    """
    show = " ".join((source.show or "").split())
    show = "" if show.casefold() in source.title.casefold() else show
    known = ", ".join(part for part in (show, day(source.published) if source.published else None) if part)
    return f"*{source.title}*" + (f" ({known})" if known else "")


def day(published: date) -> str:
    """A date as people write it.

    >>> day(date(2026, 5, 8))
    '8 May 2026'
    """
    return f"{published.day} {published:%B} {published.year}"


def clock(seconds: float) -> str:
    """Seconds as a player shows them.

    >>> clock(754.2), clock(3723)
    ('12:34', '1:02:03')
    """
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _place(evidence: Evidence) -> str | None:
    if evidence.start_s is not None:
        return ("about " if evidence.approximate else "") + clock(evidence.start_s)
    if evidence.passage.page is not None:
        return f"page {evidence.passage.page}"
    return f"“{evidence.passage.heading}”" if evidence.passage.heading else None


def _together(evidence: Sequence[Evidence]) -> list[list[Evidence]]:
    """Each stretch with those of other sources that repeat it."""
    groups: list[list[Evidence]] = []
    for item in evidence:
        said = next((group for group in groups if repeats(group[0], item)), None)
        if said is None:
            groups.append([item])
        else:
            said.append(item)
    return groups


def _reading_order(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best stretch first, those of its source after it, then the next source's."""
    sources: dict[Source, int] = {}
    for item in evidence:
        sources.setdefault(item.passage.source, len(sources))
    return sorted(evidence, key=lambda item: sources[item.passage.source])
