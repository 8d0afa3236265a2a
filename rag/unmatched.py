"""Tell of filters that nothing in the archive has: a name that is misspelt must not look like silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Protocol

from rag.filters import folded, matches_name, spelled
from rag.models import Filters
from rag.ports import KnowsNames

# From here on two spellings are near, as difflib measures it: one letter in four may differ.
_NEAR = 0.75


class KnowsWhatThereIs(KnowsNames, Protocol):
    """The archive, as far as filters name things of it, and what passes them."""

    def names_of(self, field: str, audiences: Sequence[str]) -> list[str]:
        """What the sources for these audiences have as `show`, `speaker`, `kind` or `source`."""
        ...

    def passing(self, filters: Filters) -> int:
        """How many passages pass the filters."""
        ...


def unmatched(filters: Filters | None, archive: KnowsWhatThereIs) -> str | None:
    """What to tell whoever asked: the values that nothing has, or that nothing has all of them; else None.

    Only what the filters' audiences may read is named, or known of.
    """
    if filters is None or not filters.narrow:
        return None
    told = list(_unknown(filters, archive))
    # As search spells them, so that what it found out about them is not found out again.
    if not told and not archive.passing(spelled(filters, archive)):
        told = ["Nothing in the archive passes all of these filters together."]
    return " ".join(told) or None


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that is spelled nearly so, whole or in as many of its words.

    >>> nearest("Kovacevich", ["Ben Okafor", "Ana Kovačević"]), nearest("Zoe", ["Ben Okafor"])
    ('Ana Kovačević', None)
    """
    length = len(folded(name).split()) or 1
    spellings: dict[str, str] = {}
    for known in names:
        parts = folded(known).split()
        for at in range(max(1, len(parts) - length + 1)):
            spellings.setdefault(" ".join(parts[at : at + length]), known)
        spellings.setdefault(" ".join(parts), known)
    near = get_close_matches(folded(name), spellings, n=1, cutoff=_NEAR)
    return spellings[near[0]] if near else None


def _unknown(filters: Filters, archive: KnowsWhatThereIs) -> Iterator[str]:
    for field, wanted in (
        ("speaker", filters.speakers),
        ("show", filters.shows),
        ("kind", tuple(kind.value for kind in filters.kinds)),
        ("source", filters.sources),
    ):
        known = archive.names_of(field, filters.audiences) if wanted else []
        for value in wanted:
            by_name = field in ("speaker", "show")
            if not (matches_name([value], known) if by_name else value in known):
                near = nearest(value, known) if by_name else None
                what = f"There is no {field} “{value}” in the archive"
                yield f"{what}; the nearest is “{near}”." if near else f"{what}."
