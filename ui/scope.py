"""What a conversation is limited to, as the page's address says: `/?show=…&kind=…`. Pure.

Each limit becomes a chip with a name for readers; what cannot be one here becomes a sentence that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypedDict

from rag.compose.extractive import day
from rag.errors import QuestionError
from rag.filters import day_named, filters_from_json, kind_named, matches_name
from rag.models import Filters, Listing, SourceKind

_DAYS = ("since", "until")
_MOST = 20
_LONGEST = 200
_KINDS = {
    SourceKind.EPISODE: "Episodes",
    SourceKind.NEWSLETTER: "Newsletters",
    SourceKind.ARTICLE: "Articles",
    SourceKind.SUMMARY: "Summaries",
    SourceKind.DOCUMENT: "Documents",
}


class Limit(TypedDict):
    """One limit: a filter's name and value, and what the page calls it."""

    name: str
    value: str
    label: str


class Scope(TypedDict):
    """What an address limits a conversation to, and what in it cannot."""

    chips: list[Limit]
    problems: list[str]


def scope_of(query: Iterable[tuple[str, str]], listings: Sequence[Listing]) -> Scope:
    """The limits in an address's query, whose other names are not ours to judge."""
    chips: list[Limit] = []
    problems: list[str] = []
    for name, value in [(name, value.strip()) for name, value in query if name in _LABELS][:_MOST]:
        try:
            limit = Limit(name=name, value=value, label=_label(name, value, listings))
            if _is_second_day(limit, chips):
                raise QuestionError(f"“{name}” can be given once")
        except QuestionError as error:
            problems.append(f"Not limited by {name}: {str(error).rstrip('.')}.")
            continue
        if value and limit not in chips:
            chips.append(limit)
    days = {chip["name"]: chip["value"] for chip in chips}
    if days.get("since", "") > days.get("until", "9999"):
        problems.append("Nothing can be found: the first day is after the last.")
    return Scope(chips=chips, problems=problems)


def within(listings: Iterable[Listing], scope: Scope) -> list[Listing]:
    """The sources inside a scope; none where it names speakers, of whom listings do not tell."""
    filters = _filters(scope)
    if filters.speakers:
        return []
    return [
        one
        for one in listings
        if (not filters.shows or matches_name(filters.shows, [one.show or ""]))
        and (not filters.kinds or one.kind in filters.kinds)
        and (not filters.sources or one.id in filters.sources)
        and (filters.since is None or (one.published is not None and one.published >= filters.since))
        and (filters.until is None or (one.published is not None and one.published <= filters.until))
    ]


def _filters(scope: Scope) -> Filters:
    named: dict[str, list[str]] = {}
    for chip in scope["chips"]:
        named.setdefault(chip["name"], []).append(chip["value"])
    return filters_from_json({name: values[0] if name in _DAYS else values for name, values in named.items()})


def _label(name: str, value: str, listings: Sequence[Listing]) -> str:
    if len(value) > _LONGEST:
        raise QuestionError(f"it has {len(value):,} characters")
    return _LABELS[name](value, listings) if value else ""


def _show(value: str, listings: Sequence[Listing]) -> str:
    if not any(matches_name([value], [one.show]) for one in listings if one.show):
        raise QuestionError(f"there is no show {value!r} here")
    return f"Show: {value}"


def _source(value: str, listings: Sequence[Listing]) -> str:
    found = next((one for one in listings if one.id == value), None)
    if found is None:
        raise QuestionError(f"there is no source {value!r} here")
    return f"{found.kind.value.capitalize()}: {found.title}"


def _speaker(value: str, listings: Sequence[Listing]) -> str:
    return f"Speaker: {value}"


def _kind(value: str, listings: Sequence[Listing]) -> str:
    return _KINDS[kind_named(value)]


def _since(value: str, listings: Sequence[Listing]) -> str:
    return f"Since {day(day_named(value, name='since'))}"


def _until(value: str, listings: Sequence[Listing]) -> str:
    return f"Until {day(day_named(value, name='until'))}"


_LABELS: dict[str, Callable[[str, Sequence[Listing]], str]] = {
    "show": _show,
    "source": _source,
    "speaker": _speaker,
    "kind": _kind,
    "since": _since,
    "until": _until,
}


def _is_second_day(limit: Limit, chips: Sequence[Limit]) -> bool:
    return limit["name"] in _DAYS and any(chip["name"] == limit["name"] for chip in chips)
