"""An episode's page, or an issue's: what it is about, each line with the moment it rests on. Pure.

What a reader hears is the recording at its publisher's; the page loads nothing of it before it is asked to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from urllib.parse import quote

from rag.compose.extractive import Extractive, clock, day
from rag.contract import Json
from ui.pages.frame import page
from ui.render import web_link

_KINDS = {
    "episode": "Episode",
    "newsletter": "Newsletter",
    "article": "Article",
    "summary": "Summary",
    "document": "Document",
}
_QUOTED = "Every line is the source’s own words, chosen by a program and quoted as they stand."
_WRITTEN = "Written by an AI model from the source’s own sentences, and checked against them."
_FOUND = "The source names no chapters. These begin where its subject changes, and are named by its words."


def overview_page(overview: Json) -> str:
    """The page of an overview, as `GET /v1/sources/{id}/overview` gives it."""
    sections = [
        _section("Summary", _lines(overview["summary"], "p")),
        _section("Quick takeaways", _list(overview["takeaways"])),
        _section("Deep dives", "".join(map(_dive, overview["dives"]))),
        _section("Chapters", _chapters(overview)),
        _section("People", _entries(overview["people"])),
        _section("Topics", _topics(overview)),
    ]
    if not any(sections[:3]):
        sections.insert(0, '<p class="note">It holds no sentence that can stand for the whole of it.</p>')
    body = f'{_head(overview)}<div class="overview">{"".join(sections)}</div>'
    scripts = ("seek.js", "follow.js", "overview.js") if web_link(overview["audio_url"]) else ()
    return page(f"{overview['title']}: overview", body, scripts=scripts, styles=("overview.css",))


def _head(overview: Json) -> str:
    source_id, url = escape(quote(overview["source_id"], safe="")), web_link(overview["url"])
    facts = [_KINDS[overview["kind"]], overview["show"], _day(overview["published"])]
    facts += [clock(overview["seconds"])] if overview["seconds"] else []
    links = [f'<a href="/s/{source_id}">Full text</a>']
    links += [f'<a href="{escape(url)}" rel="noopener">Where it was published</a>'] if url else []
    return (
        f"<h1>{escape(overview['title'])}</h1>"
        f'<p class="facts">{" · ".join(escape(fact) for fact in facts if fact)}</p>'
        f'<p class="ways">{" · ".join(links)}</p>'
        f"{_player(overview)}{_note(overview)}"
        '<form class="ask" action="/" method="get" role="search">'
        f'<input type="hidden" name="source" value="{source_id}">'
        f'<label for="q">Ask about this {escape(overview["kind"])}</label>'
        '<input id="q" name="q" required maxlength="1000" autocomplete="off"><button>Ask</button></form>'
    )


def _player(overview: Json) -> str:
    audio = web_link(overview["audio_url"])
    if audio is None:
        return ""
    return f'<audio controls preload="none" src="{escape(audio)}" aria-label="The recording"></audio>'


def _note(overview: Json) -> str:
    made = _QUOTED if overview["model"] == Extractive.name else _WRITTEN
    notice = overview["notice"]
    again = ""
    if overview["pending"]:
        again = f' <a href="/s/{escape(quote(overview["source_id"], safe=""))}/overview">Look again</a>'
    told = f'<p class="note" role="status">{escape(notice)}{again}</p>' if notice else ""
    return f'<p class="note">{made}</p>{told}'


def _section(title: str, inside: str) -> str:
    if not inside:
        return ""
    name = title.lower().replace(" ", "-")
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{title}</h2>{inside}</section>'


def _lines(lines: Sequence[Json], tag: str) -> str:
    return "".join(f"<{tag}{_timed(line)}>{_line(line)}</{tag}>" for line in lines)


def _list(lines: Sequence[Json]) -> str:
    return f"<ul>{_lines(lines, 'li')}</ul>" if lines else ""


def _dive(dive: Json) -> str:
    return f"<h3>{escape(dive['title'])}</h3>{_lines(dive['lines'], 'p')}"


def _line(line: Json) -> str:
    """What it says, who says so, and the ways to where it is said."""
    citations = line["citations"]
    said = " ".join(line["text"].split())
    quoted = line["verdict"] == "quoted"
    speaker = citations[0]["speaker"] if quoted else None
    words = f"“{escape(said)}”" if quoted and speaker else escape(said)
    who = f' <span class="who">{escape(speaker)}</span>' if speaker else ""
    labels = ' <span class="em-label">AI-written</span>' if any(c["ai_written"] for c in citations) else ""
    return f"{words}{who}{labels} {' '.join(map(_ways, citations))}"


def _ways(citation: Json) -> str:
    return f'<span class="ways">{_context(citation)}{_play(citation)}</span>'


def _context(citation: Json, words: str | None = None) -> str:
    place = (
        f"/s/{quote(citation['source_id'], safe='')}#{quote(citation['passage_id'], safe='')}-{citation['n']}"
    )
    time = _time(citation)
    told = words or time or "In context"
    label = f"{told}, in context" if words is None and time else None
    spoken = f' aria-label="{escape(label)}"' if label else ""
    return f'<a class="context" href="{escape(place)}"{spoken}>{escape(told)}</a>'


def _play(citation: Json) -> str:
    """A button for the page's own player. It stays hidden without a script; the time leads to the text."""
    if citation["start_s"] is None:
        return ""
    second = max(0, int(citation["start_s"] - 1))
    return (
        f'<button type="button" hidden data-seek-s="{second}" aria-label="Play from {clock(second)}">'
        '<span aria-hidden="true">▶</span></button>'
    )


def _chapters(overview: Json) -> str:
    items = []
    for chapter in overview["chapters"]:
        first = chapter["moments"][0] if chapter["moments"] else None
        time = _time(first) if first else None
        before = f'<span class="time">{escape(time)}</span> ' if time else ""
        named = _context(first, chapter["name"]) if first else escape(chapter["name"])
        items.append(f"<li>{before}{named}{_play(first) if first else ''}</li>")
    note = f'<p class="note">{_FOUND}</p>' if items and overview["chapters_found"] else ""
    return f'{note}<ol class="chapters">{"".join(items)}</ol>' if items else ""


def _entries(entries: Sequence[Json]) -> str:
    items = [
        f"<li>{escape(entry['name'])} {' '.join(map(_ways, entry['moments']))}</li>" for entry in entries
    ]
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _topics(overview: Json) -> str:
    items = []
    for place, topic in enumerate(overview["topics"]):
        question = quote(f"What is said about {topic['name']}?")
        asked = f"/?source={quote(overview['source_id'], safe='')}&q={question}"
        ways = " ".join(map(_ways, topic["moments"]))
        items.append(
            f'<li><a href="{escape(asked)}" id="topic-{place}">{escape(topic["name"])}</a> {ways}</li>'
        )
    return f'<ul class="topics">{"".join(items)}</ul>' if items else ""


def _timed(line: Json) -> str:
    """The line's seconds, so that it is marked while they are heard."""
    citations = line["citations"]
    if len(citations) != 1 or citations[0]["start_s"] is None:
        return ""
    ends = citations[0]["end_s"]
    until = f' data-end-s="{ends:.2f}"' if ends is not None else ""
    return f' data-start-s="{citations[0]["start_s"]:.2f}"{until}'


def _time(citation: Json) -> str | None:
    if citation["start_s"] is None:
        return None
    return ("about " if citation["approximate"] else "") + clock(citation["start_s"])


def _day(published: str | None) -> str | None:
    return day(date.fromisoformat(published)) if published else None
