"""What an archive has to browse: sources in short, chosen by show, person, kind and date. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from rag.filters import matches_name
from rag.models import Filters, Listing


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
        if (not filters.kinds or one.kind in filters.kinds)
        and (filters.since is None or (one.published is not None and one.published >= filters.since))
        and (filters.until is None or (one.published is not None and one.published <= filters.until))
        and (not filters.shows or matches_name(filters.shows, [one.show or ""]))
        and (not filters.speakers or matches_name(filters.speakers, one.people))
        and all(word in one.title.casefold() for word in words)
    ]


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
