"""An answer as a page of its own: plain HTML without a script, every claim with its quotes. Pure.

It is what Substack, e-mail and feed readers can show of an answer: a link with a card.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from html import escape
from urllib.parse import quote

from rag.compose.extractive import Extractive, clock, day
from rag.compose.framing import PARTIAL, remarks
from rag.contract import Json
from rag.models import Passage, Verdict
from ui.pages import source as source_pages
from ui.render import SHORT_LABELS, VERDICT_MARKS, VERDICT_NAMES, web_link
from ui.transcript import anchor_of

_STATUS = {
    "answered": "",
    "partial": "The archive covers this in part.",
    "not_covered": "The archive does not cover this.",
    "off_topic": "This is not what the archive is about.",
}
_CHANGED = (
    "A source has changed since this was answered. What is marked no longer stands as it is shown here."
)
_CARD_CHARACTERS = 200
_STYLES = (
    '<link rel="stylesheet" href="/embed/static/parts.css">',
    '<link rel="stylesheet" href="/embed/static/permalink.css">',
)


def answer_page(answer: Json, *, address: str, passages: Mapping[str, Passage] | None = None) -> str:
    """The page of an answer at `address`, with what has changed in its sources since marked.

    `passages`, by id, are those it cites as they are now. Whoever may see an answer may read its sources, so
    each number leads into its source's page.
    """
    permalink = f"{address}/a/{answer['id']}"
    question, words = answer["question"], _card_words(answer["answer"])
    said = remarks(answer["answer"], [claim["at"] for claim in answer["claims"] if claim["citations"]])
    left_open = any(remark.startswith(PARTIAL) for remark in said)
    notes = [answer["notice"] or ("" if left_open else _STATUS[answer["status"]]), *said]
    changed = answer.get("changed", ())
    body = [
        f"<h1>{escape(question)}</h1>",
        *(f'<p class="note">{escape(note.replace("*", ""))}</p>' for note in notes if note),
        *([f'<p class="note changed" role="note">{_CHANGED}</p>'] if changed else []),
        *_claims(answer, changed, _contexts(answer, address, changed, passages or {})),
        *_author(answer),
        *_nearest(answer),
        f'<p class="foot"><a href="{escape(address)}/?q={quote(question)}">Ask this archive</a></p>',
        f'<p class="paper">This answer is at {escape(permalink)}</p>',
    ]
    head = [
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="robots" content="noindex">',
        f"<title>{escape(question)}</title>",
        _meta("og:type", "article"),
        _meta("og:title", question),
        _meta("og:description", words),
        _meta("og:url", permalink),
        _meta("og:site_name", "Earmark"),
        '<meta name="twitter:card" content="summary">',
        f'<meta name="description" content="{escape(words)}">',
        f'<link rel="canonical" href="{escape(permalink)}">',
        discovery(permalink, address=address),
        '<link rel="icon" href="data:,">',
        *_STYLES,
    ]
    return _page(head, body)


def missing_page() -> str:
    """The page where there is no answer to show."""
    return _page(
        [
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>No such answer</title>",
            *_STYLES,
        ],
        ["<h1>There is no such answer</h1>", "<p>It is not for everybody, or it is no longer kept.</p>"],
    )


def discovery(page: str, *, address: str) -> str:
    """The line in a page's head by which WordPress and others find what to embed for its address.

    >>> discovery("https://ask.example/a/1", address="https://ask.example").partition("href=")[2]
    '"https://ask.example/oembed?format=json&amp;url=https%3A%2F%2Fask.example%2Fa%2F1">'
    """
    oembed = f"{address}/oembed?format=json&url={quote(page, safe='')}"
    return f'<link rel="alternate" type="application/json+oembed" href="{escape(oembed)}">'


def embed_html(address: str, *, title: str, width: int, height: int) -> str:
    """The frame that oEmbed hands to whoever pastes a link."""
    return (
        f'<iframe src="{escape(address)}" title="{escape(title)}" width="{width}" height="{height}"'
        ' sandbox="allow-scripts allow-popups" loading="lazy" style="border:0"></iframe>'
    )


def _contexts(
    answer: Json, address: str, changed: Collection[int], passages: Mapping[str, Passage]
) -> dict[int, str]:
    """Where each citation is read in context: at its sentence, or its source where that is not known."""
    found = {}
    for citation in answer["citations"]:
        number, passage = citation["number"], passages.get(citation["passage_id"])
        known = passage if number not in changed else None
        anchor = anchor_of(known, citation["start"]) if known else None
        found[number] = address + source_pages.address(citation["source_id"], anchor=anchor)
    return found


def _claims(answer: Json, changed: Collection[int], contexts: Mapping[int, str]) -> list[str]:
    """Each claim that stands, in reading order, with the words behind each of its numbers."""
    citations = {citation["number"]: citation for citation in answer["citations"]}
    shown = sorted((c for c in answer["claims"] if c["citations"]), key=lambda claim: claim["at"])
    parts, told = [], set()
    for claim in shown:
        numbers = [number for number in claim["citations"] if number in citations]
        marks = "".join(_chip(citations[number]) for number in numbers)
        # What only quotes is the quote itself: it is not said twice.
        said = "" if claim["verdict"] == "quoted" and len(numbers) == 1 else escape(claim["text"])
        new = [citations[number] for number in numbers if number not in told]
        cards = [_card(one, changed=one["number"] in changed, context=contexts[one["number"]]) for one in new]
        told.update(numbers)
        unheld = _label("source changed") if said and not set(numbers).isdisjoint(changed) else ""
        lead = f'<p class="claim">{said} {marks}{unheld}</p>' if said or not cards else ""
        # Sources that speak of one thing may not say the same: they stand side by side where there is room.
        several = len({one["source_id"] for one in new}) > 1
        quotes = f'<div class="beside">{"".join(cards)}</div>' if several else "".join(cards)
        parts.append(f"<section>{lead}{quotes}</section>")
    return parts


def _chip(citation: Json) -> str:
    """A number that leads to its quote, marked for how the words are used and what sort they are."""
    number, verdict, labels = citation["number"], Verdict(citation["verdict"]), _labels(citation)
    told = ", ".join([VERDICT_NAMES[verdict], *labels])
    marks = " ".join(filter(None, [VERDICT_MARKS[verdict], *(SHORT_LABELS[label] for label in labels)]))
    marked = f' data-marks="{marks}"' if marks else ""
    name = f"Source {number}: {told}"
    return f'<a class="earmark-cite" href="#c{number}" aria-label="{name}"{marked}>{number}</a>'


def _labels(citation: Json) -> list[str]:
    flags = (("AI-written", citation["ai_written"]), ("Advert", citation["advert"]))
    return [label for label, holds in flags if holds]


def _card(citation: Json, *, changed: bool, context: str) -> str:
    number, link = citation["number"], web_link(citation["link"])
    where = [citation["speaker"], citation["title"], citation["show"], _day(citation["published"])]
    if citation["start_s"] is not None:
        where.append(("about " if citation["approximate"] else "") + clock(citation["start_s"]))
    labels = [*_labels(citation), *(["source changed"] if changed else [])]
    verdict = Verdict(citation["verdict"])
    used = "\N{NO-BREAK SPACE}".join(filter(None, [VERDICT_MARKS[verdict], VERDICT_NAMES[verdict]]))
    told = " · ".join(escape(str(part)) for part in where if part)
    told += "" if changed else f". {used}."
    boxed = "".join(map(_label, labels))
    read = f'<a href="{escape(context)}" target="_top">Read in context</a>'
    opened = (
        f' <a href="{escape(link)}" rel="noopener" target="_top">Open the {citation["kind"]}</a>'
        if link
        else ""
    )
    return (
        f'<figure id="c{number}"><blockquote><p>{escape(citation["quote"])}</p></blockquote>'
        f"<figcaption>[{number}] {told}{boxed} {read}{opened}</figcaption></figure>"
    )


def _label(words: str) -> str:
    return f' <span class="label">{escape(words)}</span>'


def _author(answer: Json) -> list[str]:
    """That a model wrote it, where one did: the quotes are the sources' own."""
    if answer["model"] == Extractive.name or not answer["citations"]:
        return []
    return ['<p class="note">Written by an AI model from these sources, and checked against them.</p>']


def _nearest(answer: Json) -> list[str]:
    items = []
    for near in answer["nearest"]:
        title, link = escape(near["title"]), web_link(near["link"])
        dated = f" ({_day(near['published'])})" if near["published"] else ""
        named = f'<a href="{escape(link)}" rel="noopener" target="_top">{title}</a>' if link else title
        items.append(f"<li>{named}{dated}</li>")
    return [f"<h2>Nearest in the archive</h2><ul>{''.join(items)}</ul>"] if items else []


def _day(published: str | None) -> str | None:
    return day(date.fromisoformat(published)) if published else None


def _card_words(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _CARD_CHARACTERS else words[: _CARD_CHARACTERS - 1].rsplit(" ", 1)[0] + "…"


def _meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{escape(content)}">'


def _page(head: list[str], body: list[str]) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n'
        + "\n".join(head)
        + "\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )
