"""The owner's page: what readers ask, what was not covered, what they reported, what is cited most. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from rag.compose.extractive import clock, day
from rag.contract import Json
from rag.models import Passage
from rag.readership import Asked, Bare, Moment, Report, Verdict
from ui.pages.frame import page
from ui.pages.source import address
from ui.render import web_link
from ui.transcript import turns_of

_VERDICTS = {"wrong_source": "Wrong source", "down": "Not helpful", "up": "Helpful"}
_STATUS = {
    "answered": "answered",
    "partial": "answered in part",
    "not_covered": "not covered",
    "off_topic": "off topic",
}
_STYLES = ("owner.css",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the page is made of. `shown` are answers with a page of their own, `lines` the export."""

    days: int
    counts: Mapping[str, int]
    most_asked: Sequence[Asked]
    not_covered: Sequence[Asked]
    reported: Sequence[Report]
    shown: Collection[str]
    moments: Sequence[Moment]
    bare: Sequence[Bare]
    sources: Mapping[str, str]
    passages: Mapping[str, Sequence[Passage]]
    lines: str


def token_page(problem: str | None = None) -> str:
    """The form that asks for the token, and why it asks again."""
    told = f'<p class="warn" role="alert">{escape(problem)}</p>' if problem else ""
    body = (
        f"<h1>For the owner</h1>{told}"
        "<p>What readers ask, what was not covered, and what they reported. Only whoever looks after this"
        " archive sees it.</p>"
        '<form class="token" method="post" action="/owner"><label for="token">Owner’s token</label>'
        '<span class="field"><input id="token" name="token" type="password" required maxlength="1000"'
        ' autocomplete="current-password"><button>Open</button></span></form>'
        '<p class="host">It is what <code>EARMARK_OWNER_TOKEN</code> was when the server was started.</p>'
    )
    return page("For the owner", body, styles=_STYLES)


def owner_page(kept: Kept) -> str:
    """The page, every word of readers and sources as words."""
    parts = [
        "<h1>For the owner</h1>",
        f'<p class="about">{_summed(kept)}</p>',
        f'<p class="about">{told_keeping(kept.days)}</p>',
        _section("Most asked", _table(kept.most_asked), kept.days),
        _section("Not covered", _table(kept.not_covered), kept.days),
        _section("Reported", _reports(kept), kept.days),
        _section("Reported while no question is kept", _bare(kept), None) if kept.bare else "",
        _section("Most cited", _moments(kept), kept.days),
    ]
    return page("For the owner", "\n".join(parts), styles=_STYLES)


def told_keeping(days: int) -> str:
    """What is kept of a reader's question, in a sentence; it is HTML.

    >>> told_keeping(1)
    'Questions and answers are kept for 1 day, for their links and for whoever looks after this archive.'
    >>> told_keeping(0)
    'Nothing of a question is kept.'
    """
    if not days:
        return "Nothing of a question is kept."
    span = "1 day" if days == 1 else f"{days:,} days"
    for_whom = "for their links and for whoever looks after this archive"
    return f"Questions and answers are kept for {span}, {for_whom}."


def _summed(kept: Kept) -> str:
    total = sum(kept.counts.values())
    parts = [f"{kept.counts[status]:,} {told}" for status, told in _STATUS.items() if kept.counts.get(status)]
    return f"{total:,} question{'' if total == 1 else 's'}" + (f": {', '.join(parts)}" if parts else "")


def _section(title: str, inside: str, days: int | None) -> str:
    name = title.lower().replace(" ", "-")
    nothing = "Nothing is kept." if days == 0 else "None yet."
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{title}</h2>'
        + (inside or f'<p class="about">{nothing}</p>')
        + "</section>"
    )


def _table(asked: Sequence[Asked]) -> str:
    rows = [
        f'<tr><td class="words"><a href="/?q={escape(quote(one.question))}">{escape(one.question)}</a></td>'
        f'<td class="n">{one.times:,}</td><td>{_day(one.last)}</td>'
        f"<td>{escape(_STATUS.get(one.status, one.status))}</td></tr>"
        for one in asked
    ]
    if not rows:
        return ""
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Question", "Times", "Last", "Then"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


# ── reported ────────────────────────────────────────────────────────────────────────────────────────────────


def _reports(kept: Kept) -> str:
    if not kept.reported:
        return ""
    # The page holds the file: another request would need the token again.
    data = b64encode(kept.lines.encode()).decode()
    export = (
        f'<p class="links"><a download="questions.jsonl" href="data:application/x-ndjson;base64,{data}">'
        "Download these questions</a> for <code>earmark eval</code></p>"
    )
    return export + "".join(
        _report(report, shown=report.answer["id"] in kept.shown) for report in kept.reported
    )


def _report(report: Report, *, shown: bool) -> str:
    answer = report.answer
    cited = {citation["number"]: citation for citation in answer["citations"]}
    verdicts = "".join(_verdict(one, cited.get(one.citation)) for one in report.verdicts)
    link = (
        f'<p class="links"><a href="/a/{escape(quote(answer["id"]))}">The answer’s page</a></p>'
        if shown
        else ""
    )
    return (
        f'<article class="report"><h3>{escape(answer["question"])}</h3><ul>{verdicts}</ul>'
        f"<details><summary>What was answered</summary><p>{escape(answer['answer'])}</p>{link}</details>"
        "</article>"
    )


def _verdict(one: Verdict, citation: Json | None) -> str:
    named = _VERDICTS.get(one.verdict, one.verdict)
    numbered = f" [{one.citation}]" if one.citation is not None else ""
    comment = f'<p class="comment">{escape(one.comment)}</p>' if one.comment else ""
    return (
        f"<li><b>{escape(named)}{numbered}</b> · {_day(one.at)}{comment}"
        + (f"{_quoted(citation)}" if citation else "")
        + "</li>"
    )


def _quoted(citation: Json) -> str:
    told = [citation["speaker"], citation["title"], _time(citation)]
    where = " · ".join(escape(part) for part in told if part)
    link = web_link(citation["link"])
    opened = f' · <a href="{escape(link)}" rel="noopener noreferrer">Open</a>' if link else ""
    return f"<blockquote><p>{escape(citation['quote'])}</p></blockquote><p>{where}{opened}</p>"


def _bare(kept: Kept) -> str:
    items = []
    for one in kept.bare:
        where = "whole answers"
        if one.source_id is not None:
            title = escape(kept.sources.get(one.source_id, "a source that is gone"))
            place = _place(kept, one.source_id, one.start)
            where = f'<a href="{escape(place)}">{title}</a>' if place else title
        told = escape(_VERDICTS.get(one.verdict, one.verdict))
        items.append(f'<li>{told} · {where} · <span class="n">{one.times:,}</span></li>')
    return f"<ul>{''.join(items)}</ul>" if items else ""


# ── cited ───────────────────────────────────────────────────────────────────────────────────────────────────


def _moments(kept: Kept) -> str:
    items = []
    for moment in kept.moments:
        citation, link = moment.citation, web_link(moment.citation["link"])
        title = escape(kept.sources.get(moment.source_id, citation["title"]))
        place = _place(kept, moment.source_id, moment.start, quote=citation["quote"])
        named = f'<a href="{escape(place)}">{title}</a>' if place else title
        time = _time(citation)
        opened = (
            f' · <a href="{escape(link)}" rel="noopener noreferrer">{"Hear" if time else "Open"} it</a>'
            if link
            else ""
        )
        times = "1 answer" if moment.times == 1 else f"{moment.times:,} answers"
        items.append(
            f"<li><p>{named}{f' · {escape(time)}' if time else ''} · <b>{times}</b>{opened}</p>"
            f"<blockquote><p>{escape(citation['quote'])}</p></blockquote></li>"
        )
    return f'<ol class="moments">{"".join(items)}</ol>' if items else ""


def _place(kept: Kept, source_id: str, start: int | None, *, quote: str = "") -> str | None:
    """The sentence there in the view of the source; None where the words are no longer there."""
    for turn in turns_of(kept.passages.get(source_id, ())):
        for spoken in turn.sentences:
            held = start is not None and spoken.sentence.start <= start < spoken.sentence.end
            if held and spoken.passage.source.text.startswith(quote, start):
                return address(source_id, anchor=spoken.anchor)
    return None


def _time(citation: Json) -> str | None:
    if citation["start_s"] is None:
        return None
    return ("about " if citation["approximate"] else "") + clock(citation["start_s"])


def _day(at: float) -> str:
    return escape(day(datetime.fromtimestamp(at, UTC).date()))
