"""What a reader limits a question to: read from JSON, and decide whether a source passes. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from rag.characters import whole
from rag.errors import QuestionError
from rag.models import Filters, SourceKind
from rag.ports import KnowsNames

_FIELDS = {"show", "speaker", "kind", "source", "exclude", "since", "until", "adverts"}
# Letters that no accent can be taken off, and marks that keyboards write another way.
_TYPED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
    | dict.fromkeys("’‘ʼ´`", "'")
    | dict.fromkeys("‐‑–—", "-")
)


def filters_from_json(value: object) -> Filters:
    """Filters from an object such as `{"show": …, "kind": […], "since": …}`; a value or a list of values.

    >>> filters_from_json({"show": "Lede", "kind": ["episode", "newsletter"]}).kinds
    (<SourceKind.EPISODE: 'episode'>, <SourceKind.NEWSLETTER: 'newsletter'>)
    """
    if value is None:
        return Filters()
    if not isinstance(value, Mapping):
        raise QuestionError('filters must be an object such as {"kind": "episode"}')
    unknown = sorted(set(value) - _FIELDS)
    if unknown:
        raise QuestionError(f"unknown filter {unknown[0]!r}; there are {', '.join(sorted(_FIELDS))}")
    return Filters(
        shows=_texts(value, "show"),
        speakers=_texts(value, "speaker"),
        kinds=tuple(kind_named(name) for name in _texts(value, "kind")),
        sources=_texts(value, "source"),
        exclude=_texts(value, "exclude"),
        since=_day(value, "since"),
        until=_day(value, "until"),
        adverts=_truth(value, "adverts"),
    )


def filters_json(filters: Filters) -> dict[str, Any]:
    """What `filters_from_json` reads, without the tiers: those are nobody's to ask for.

    >>> filters_json(Filters(kinds=(SourceKind.EPISODE,), since=date(2026, 1, 1)))
    {'kind': ['episode'], 'since': '2026-01-01'}
    """
    told = {
        "show": list(filters.shows),
        "speaker": list(filters.speakers),
        "kind": [kind.value for kind in filters.kinds],
        "source": list(filters.sources),
        "exclude": list(filters.exclude),
        "since": filters.since.isoformat() if filters.since else None,
        "until": filters.until.isoformat() if filters.until else None,
        "adverts": filters.adverts,
    }
    return {name: value for name, value in told.items() if value}


def kind_named(name: str) -> SourceKind:
    """The kind of that name; raises `QuestionError` naming the choices."""
    try:
        return SourceKind(name)
    except ValueError:
        raise QuestionError(f"unknown kind {name!r}; there are {', '.join(SourceKind)}") from None


def day_named(text: str, *, name: str) -> date:
    """An ISO 8601 day; raises `QuestionError` naming the filter."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QuestionError(f"{name} must be a day such as 2026-05-08, not {text!r}") from None


def matches_name(wanted: Iterable[str], names: Iterable[str]) -> bool:
    """Whether any wanted name is one of the names, or a whole word of one, whatever its case and accents.

    >>> matches_name(["schneider"], ["Jordan Schneider"]), matches_name(["jo"], ["Jordan Schneider"])
    (True, False)
    """
    known = [f" {folded(name)} " for name in names]
    sought = [one for one in map(folded, wanted) if one]
    return any(f" {one} " in name for one in sought for name in known)


def folded(name: str) -> str:
    """A name as any keyboard writes it: without case, accents and curled marks, one space between words.

    >>> folded("José  Núñez"), folded("Søren O’Dálaigh")
    ('jose nunez', "soren o'dalaigh")
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_TYPED))
    return " ".join("".join(mark for mark in decomposed if not unicodedata.combining(mark)).split())


def spelled(filters: Filters, archive: KnowsNames) -> Filters:
    """The filters with shows and speakers as the archive writes them, where it has them."""
    if not (filters.shows or filters.speakers):
        return filters
    return replace(
        filters,
        shows=archive.show_names(filters.shows) or filters.shows,
        speakers=archive.speaker_names(filters.speakers) or filters.speakers,
    )


def _texts(value: Mapping[str, Any], field: str) -> tuple[str, ...]:
    given = value.get(field)
    if given is None:
        return ()
    items = [given] if isinstance(given, str) else given
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise QuestionError(f"filter {field!r} must be a text or a list of texts")
    return tuple(whole(item, f"filter {field!r}") for item in items)


def _day(value: Mapping[str, Any], field: str) -> date | None:
    given = value.get(field)
    if given is None:
        return None
    if not isinstance(given, str):
        raise QuestionError(f"{field} must be a day such as 2026-05-08")
    return day_named(given, name=field)


def _truth(value: Mapping[str, Any], field: str) -> bool:
    given = value.get(field)
    if given is not None and not isinstance(given, bool):
        raise QuestionError(f"{field} must be true or false")
    return bool(given)
