"""The list of what there is, narrowed by plain links and a form, a page at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import escape
from itertools import groupby
from typing import Literal, TypeVar
from urllib.parse import urlencode

from rag.catalogue import Choices, Selection, choices, select
from rag.compose.extractive import clock, day
from rag.models import Filters, Listing, SourceKind
from ui.pages.frame import page
from ui.pages.source import address
from ui.render import KIND_NAMES

PAGE = 50
LONGEST_NAME = 200
_CHIPS = 8  # more names of a field are folded away
_MOST_CHIPS = 200
_PLURALS = {
    "episode": "episodes",
    "newsletter": "newsletters",
    "article": "articles",
    "summary": "summaries",
    "document": "documents",
}
Field = Literal["shows", "speakers", "kinds"]
Item = TypeVar("Item")
_UNTITLED = "Without a title"


def browse_page(
    listings: Sequence[Listing],
    selection: Selection,
    *,
    at: int = 1,
    asked: Filters | None = None,
    problem: str | None = None,
) -> str:
    """The `at`-th page (from 1 on) of what is selected.

    `asked` are the filters of a question about it; `problem` says what was wrong with the request.
    A listing with a locked tier is one whose `id` is empty: it has a title, and nothing to open.
    """
    found = select(listings, selection)
    pages = max(1, -(-len(found) // PAGE))
    at = min(max(at, 1), pages)
    shown = found[(at - 1) * PAGE : at * PAGE]
    body = [
        "<h1>Browse</h1>",
        f'<p class="warn" role="alert">{escape(problem)}</p>' if problem else "",
        '<div class="browse">',
        _narrowing(choices([one for one in listings if one.id], selection), selection),
        f'<section class="list" aria-label="Sources">{_summary(found, selection, asked)}',
        *_months(shown),
        _paging(selection, at, pages),
        "</section></div>",
    ]
    return page("Browse", "\n".join(part for part in body if part), here="/browse")


def query(selection: Selection, *, at: int = 1) -> str:
    """The address of a selection.

    >>> query(Selection(filters=Filters(shows=("Lede",), kinds=(SourceKind.EPISODE,))), at=2)
    '/browse?show=Lede&kind=episode&page=2'
    """
    pairs = [*_pairs(selection.filters, person="person")]
    if selection.title:
        pairs.append(("title", selection.title))
    if at > 1:
        pairs.append(("page", str(at)))
    return "/browse" + (f"?{urlencode(pairs)}" if pairs else "")


def _pairs(filters: Filters, *, person: str) -> list[tuple[str, str]]:
    pairs = [("show", name) for name in filters.shows]
    pairs += [(person, name) for name in filters.speakers]
    pairs += [("kind", kind.value) for kind in filters.kinds]
    pairs += [("source", source_id) for source_id in filters.sources]
    pairs += [("since", filters.since.isoformat())] if filters.since else []
    pairs += [("until", filters.until.isoformat())] if filters.until else []
    return pairs


# ── narrowing ───────────────────────────────────────────────────────────────────────────────────────────────


def _narrowing(offered: Choices, selection: Selection) -> str:
    filters = selection.filters
    groups = [
        _chips(
            "Kind", [(name, _PLURALS[name].capitalize(), n) for name, n in offered.kinds], "kinds", selection
        ),
        _chips("Show", [(name, name, n) for name, n in offered.shows], "shows", selection),
        _chips("Person", [(name, name, n) for name, n in offered.people], "speakers", selection),
    ]
    kept = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in _pairs(replace(filters, since=None, until=None), person="person")
    )
    since = filters.since.isoformat() if filters.since else ""
    until = filters.until.isoformat() if filters.until else ""
    form = (
        f'<form method="get" action="/browse">{kept}'
        '<div><label for="title">Title has</label><span class="field">'
        f'<input id="title" type="search" name="title" maxlength="{LONGEST_NAME}"'
        f' value="{escape(selection.title)}"><button>Apply</button></span></div>'
        f"<details{' open' if since or until else ''}><summary>Dates</summary>"
        f'<div class="dates"><label>From <input type="date" name="since" value="{since}"></label>'
        f'<label>To <input type="date" name="until" value="{until}"></label></div></details></form>'
    )
    return f'<aside class="narrow" aria-label="Narrow the list">{"".join(groups)}{form}</aside>'


def _chips(title: str, names: list[tuple[str, str, int]], field: Field, selection: Selection) -> str:
    """A group of links: a name that is chosen leaves the selection when it is followed, another joins it."""
    chosen: tuple[str, ...] = tuple(map(str, getattr(selection.filters, field)))
    known = {value for value, _, _ in names}
    listed = [(value, value, 0) for value in chosen if value not in known] + names
    if len(listed) < 2 and not chosen:
        return ""
    ordered = sorted(listed, key=lambda item: item[0] not in chosen)
    links = [
        f"<li>{_chip(text, count, value in chosen, query(_toggled(selection, field, value)))}</li>"
        for value, text, count in ordered[:_MOST_CHIPS]
    ]
    few, more = "".join(links[:_CHIPS]), "".join(links[_CHIPS:])
    rest = (
        f'<details><summary>{len(links) - _CHIPS} more</summary><ul class="chips">{more}</ul></details>'
        if more
        else ""
    )
    return f'<div class="group"><h2>{title}</h2><ul class="chips">{few}</ul>{rest}</div>'


def _chip(text: str, count: int, chosen: bool, to: str) -> str:
    state = ' aria-current="true"' if chosen else ""
    told = (
        '<span class="vh"> (chosen; follow to drop it)</span> ✕'
        if chosen
        else f' <span class="n">{count:,}</span>'
    )
    return f'<a class="chip" href="{escape(to)}"{state}>{escape(text)}{told}</a>'


def _toggled(selection: Selection, field: Field, value: str) -> Selection:
    filters = selection.filters
    match field:
        case "kinds":
            changed = replace(filters, kinds=_without_or_with(filters.kinds, SourceKind(value)))
        case "shows":
            changed = replace(filters, shows=_without_or_with(filters.shows, value))
        case "speakers":
            changed = replace(filters, speakers=_without_or_with(filters.speakers, value))
    return replace(selection, filters=changed)


def _without_or_with(values: tuple[Item, ...], item: Item) -> tuple[Item, ...]:
    return tuple(one for one in values if one != item) if item in values else (*values, item)


# ── what there is ───────────────────────────────────────────────────────────────────────────────────────────


def _summary(found: Sequence[Listing], selection: Selection, asked: Filters | None) -> str:
    if not found:
        told = "Nothing fits all of this." if selection.narrow else "The archive is empty."
    else:
        count = f"{len(found):,} source{'s' if len(found) > 1 else ''}"
        told = (
            count
            if len({one.kind for one in found}) == 1 and len(found) == 1
            else f"{count}: {_by_kind(found)}"
        )
    links = []
    if selection.narrow:
        links.append('<a href="/browse">Clear</a>')
    if asked:
        scope = urlencode(_pairs(asked, person="speaker"))
        within = "what they say here" if asked.speakers else "this selection"
        links.insert(0, f'<a class="go" href="/?{escape(scope)}">Ask within {within}</a>')
    return f'<p class="count" role="status">{told}</p>' + (
        f'<p class="links">{" ".join(links)}</p>' if links else ""
    )


def _by_kind(found: Sequence[Listing]) -> str:
    counts = {kind: sum(one.kind is kind for one in found) for kind in SourceKind}
    return ", ".join(
        f"{count:,} {kind.value if count == 1 else _PLURALS[kind.value]}"
        for kind, count in counts.items()
        if count
    )


def _months(shown: Sequence[Listing]) -> Iterable[str]:
    """The sources under the month they are from."""
    for month, group in groupby(shown, key=_month):
        items = "".join(f"<li>{_item(one)}</li>" for one in group)
        yield f'<h2>{month}</h2><ul class="sources">{items}</ul>'


def _month(one: Listing) -> str:
    return f"{one.published:%B} {one.published.year}" if one.published else "Without a date"


def _item(one: Listing) -> str:
    title = escape(one.title.strip() or _UNTITLED)
    if not one.id:
        about = [KIND_NAMES[one.kind], day(one.published) if one.published else None]
        lock = f'<span class="label">For other readers ({escape(one.audience)})</span>'
        return f'<p class="title">{title}</p><p class="about">{_joined(about)} {lock}</p>'
    label = (
        ' <span class="label">AI-written</span>' if one.ai_written and one.kind is SourceKind.SUMMARY else ""
    )
    if one.ai_written and not label:
        label = ' <span class="label">Partly AI-written</span>'
    length = clock(one.seconds) if one.seconds else None
    about = [KIND_NAMES[one.kind], one.show, day(one.published) if one.published else None, length]
    people = f'<p class="people">{escape(", ".join(one.people))}</p>' if one.people else ""
    return (
        f'<p class="title"><a href="{escape(address(one.id))}">{title}</a></p>'
        f'<p class="about">{_joined(about)}{label}</p>{people}'
    )


def _joined(parts: Iterable[str | None]) -> str:
    return " · ".join(escape(part) for part in parts if part)


def _paging(selection: Selection, at: int, pages: int) -> str:
    if pages == 1:
        return ""
    before = f'<a rel="prev" href="{escape(query(selection, at=at - 1))}">Newer</a>' if at > 1 else ""
    after = f'<a rel="next" href="{escape(query(selection, at=at + 1))}">Older</a>' if at < pages else ""
    return f'<nav class="paging" aria-label="Pages">{before}<span>Page {at} of {pages}</span>{after}</nav>'
