"""What an archive has to browse: sources in short, chosen by show, person, kind and date. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from rag.filters import matches_name
from rag.models import Filters, Listing

# A question may name so many sources: they stand in its address.
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a reader chose to see. `filters` are those of a question: their speakers are people here.

    `title` holds words that a title must have, in any order.
    """

    filters: Filters = field(default_factory=Filters)
    title: str = ""

    @property
    def narrow(self) -> bool:
        """Whether anything is left out."""
        return self.filters.narrow or bool(self.title.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The names that a list could be narrowed by, each with how many sources it would leave; most first."""

    shows: tuple[tuple[str, int], ...]
    people: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]


def select(listings: Iterable[Listing], selection: Selection) -> list[Listing]:
    """Those that pass, in their order. As in a question, names may be parts of names."""
    words = selection.title.casefold().split()
    filters = selection.filters
    return [
        one
        for one in listings
        if passes(one, filters)
        and (not filters.speakers or matches_name(filters.speakers, one.people))
        and all(word in one.title.casefold() for word in words)
    ]


def passes(one: Listing, filters: Filters) -> bool:
    """Whether a source passes, by what is known of it as a whole: all but the limit to speakers."""
    return (
        (not filters.kinds or one.kind in filters.kinds)
        and (not filters.sources or one.id in filters.sources)
        and one.id not in filters.exclude
        and (filters.since is None or (one.published is not None and one.published >= filters.since))
        and (filters.until is None or (one.published is not None and one.published <= filters.until))
        and (not filters.shows or matches_name(filters.shows, [one.show or ""]))
        and (not filters.audiences or one.audience in filters.audiences)
    )


def chosen_people(found: Iterable[Listing], selection: Selection) -> list[str]:
    """The people of these sources whom a selection names."""
    names = dict.fromkeys(name for one in found for name in one.people)
    return [name for name in names if matches_name(selection.filters.speakers, [name])]


def asked_within(found: Sequence[Listing], selection: Selection, spoken: Collection[str]) -> Filters | None:
    """The filters of a question about what was found; None where no filters would leave just that.

    A list has the sources that people wrote or speak in, and a question's speakers are those who speak: where
    they do not speak in all of it (`spoken`), few sources are named one by one, and of many only their words
    are asked of.
    """
    readable = [one.id for one in found if one.id]
    filters = selection.filters
    # A question cannot be narrowed by titles: it would be asked of more than is listed.
    whole = not selection.title.strip() and (not filters.speakers or set(readable) <= set(spoken))
    if not readable or not selection.narrow:
        return None
    if whole:
        return filters
    if len(readable) <= _MOST_NAMED:
        return Filters(sources=tuple(readable))
    return filters if spoken and not selection.title.strip() else None


def choices(listings: Sequence[Listing], selection: Selection) -> Choices:
    """What to offer beside a selection: each field counted as if it alone were not narrowed yet."""
    filters = selection.filters

    def counted(without: Filters, names: Callable[[Listing], Iterable[str]]) -> tuple[tuple[str, int], ...]:
        rest = select(listings, replace(selection, filters=without))
        counts = Counter(name for one in rest for name in dict.fromkeys(names(one)))
        return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].casefold())))

    return Choices(
        shows=counted(replace(filters, shows=()), lambda one: [one.show] if one.show else []),
        people=counted(replace(filters, speakers=()), lambda one: one.people),
        kinds=counted(replace(filters, kinds=()), lambda one: [one.kind.value]),
    )
