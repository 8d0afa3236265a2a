"""The view of a source: all of its words by turns, with seconds, labels, an address a sentence. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby, takewhile
from urllib.parse import quote, urlencode, urlsplit

from rag.compose.extractive import clock, day
from rag.models import Source
from ui.pages.frame import page
from ui.render import KIND_NAMES, web_link
from ui.transcript import Spoken, Turn

LONGEST_FIND = 100
_MOST_PLACES = 100
_NESTED = " › "


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a reader looks for inside a source."""

    words: str
    pattern: re.Pattern[str]

    def holds(self, text: str) -> bool:
        """Whether a sentence holds it."""
        return self.pattern.search(text) is not None


def search_for(words: str) -> Search | None:
    """The search for these words, next to each other, in any case; None where there are none.

    >>> search_for(" don't  STOP ").holds("They don’t stop.")
    True
    """
    wanted = words[:LONGEST_FIND].split()
    if not wanted:
        return None
    spelled = [re.sub(r"['’]", "['’]", re.escape(word)) for word in wanted]
    return Search(words=" ".join(wanted), pattern=re.compile(r"\s+".join(spelled), re.IGNORECASE))


def source_page(source: Source, turns: Sequence[Turn], *, find: str = "", overview: bool = False) -> str:
    """The page of a source; `find` marks words in it, `overview` links to its summary."""
    search = search_for(find)
    audio = web_link(source.audio_url)
    parts = [
        _head(source, turns, overview=overview),
        '<div class="tools">',
        _find_form(find),
        _ask_form(source),
        "</div>",
        _places(search, turns) if search else "",
        '<div class="reading">',
        _contents(turns),
        f'<article class="text" id="text"{_language(source)}>',
        *_text(turns, search, heard=audio is not None),
        "</article></div>",
        _player(audio) if audio else "",
    ]
    scripts = ("seek.js", "follow.js", "source.js") if audio else ()
    return page(source.title, "\n".join(part for part in parts if part), scripts=scripts)


# ── what it is ──────────────────────────────────────────────────────────────────────────────────────────────


def _head(source: Source, turns: Sequence[Turn], *, overview: bool) -> str:
    number = f"Episode {source.number}" if source.number is not None else None
    length = clock(source.seconds) if source.seconds else None
    dated = day(source.published) if source.published else None
    about = [KIND_NAMES[source.kind], source.show, number, dated, length]
    people = f'<p class="people">With {escape(_listed(source.people))}</p>' if source.people else ""
    links = []
    if url := web_link(source.url):
        host = urlsplit(url).hostname or ""
        links.append(
            f'<a href="{escape(url)}" rel="noopener">Open the original</a>'
            f' <span class="host">{escape(host)}</span>'
        )
    if overview:
        links.append(f'<a href="/s/{quote(source.id, safe="")}/overview">Overview</a>')
    written = bool(turns) and all(turn.ai_written for turn in turns)
    return (
        f'<p class="about">{" · ".join(escape(part) for part in about if part)}</p>'
        f"<h1>{escape(source.title)}</h1>{people}"
        + (f'<p class="links">{" · ".join(links)}</p>' if links else "")
        + ('<p class="warn">All of this was written by an AI.</p>' if written else "")
    )


def _listed(names: Sequence[str]) -> str:
    """Names as a sentence has them.

    >>> _listed(["Ana"]), _listed(["Ana", "Bo", "Cy"])
    ('Ana', 'Ana, Bo and Cy')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _language(source: Source) -> str:
    known = source.language and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", source.language)
    return f' lang="{escape(source.language or "")}"' if known else ""


def _find_form(find: str) -> str:
    return (
        '<form class="find" role="search" method="get"><label for="find">Find in this text</label>'
        f'<span class="field"><input id="find" name="find" type="search" maxlength="{LONGEST_FIND}"'
        f' value="{escape(find[:LONGEST_FIND])}"><button>Find</button></span></form>'
    )


def _ask_form(source: Source) -> str:
    return (
        '<form class="ask" method="get" action="/">'
        f'<input type="hidden" name="source" value="{escape(source.id)}">'
        f'<label for="q">Ask about this {source.kind.value}</label>'
        '<span class="field"><input id="q" name="q" type="text" maxlength="1000" autocomplete="off">'
        "<button>Ask</button></span></form>"
    )


def _player(audio: str) -> str:
    host = urlsplit(audio).hostname or "its publisher"
    return (
        '<section class="player" aria-label="Recording">'
        f'<audio controls preload="none" src="{escape(audio)}"></audio>'
        f'<p class="host">Played from {escape(host)}, once you press play</p></section>'
    )


# ── what is in it ───────────────────────────────────────────────────────────────────────────────────────────


def _contents(turns: Sequence[Turn]) -> str:
    """The headings with their seconds, nested as they are."""
    entries = [
        f'<li class="depth{len(path)}">'
        f'<a href="#{_heading_id(place, path)}">{escape(path[-1])}</a>{_clocked(turn)}</li>'
        for place, path, turn in _headings(turns)
    ]
    if len(entries) < 2:
        return ""
    return (
        '<details class="contents" open><summary>Contents</summary>'
        f'<nav aria-label="Contents"><ol>{"".join(entries)}</ol></nav></details>'
    )


def _headings(turns: Sequence[Turn]) -> Iterator[tuple[int, tuple[str, ...], Turn]]:
    """Each heading where it begins: the place of its turn, the path down to it, and the turn."""
    before: tuple[str, ...] = ()
    for place, turn in enumerate(turns):
        path = tuple(turn.heading.split(_NESTED)) if turn.heading else ()
        if path != before:
            shared = sum(
                1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, path, strict=False))
            )
            # Back under a heading that stood before: it is told again.
            for depth in range(max(0, min(shared, len(path) - 1)), len(path)):
                yield place, path[: depth + 1], turn
        before = path


def _heading_id(place: int, path: Sequence[str]) -> str:
    return f"h{place}-{len(path)}"


def _clocked(turn: Turn) -> str:
    if turn.start_s is None:
        return ""
    return f' <span class="clock">{_time(turn)}</span>'


def _time(turn: Turn) -> str:
    first = turn.sentences[0].sentence
    assert first.start_s is not None, "asked of what has a time"
    return ("about " if first.approximate else "") + clock(first.start_s)


def _places(search: Search, turns: Sequence[Turn]) -> str:
    """Where the words are, as links: the way there without a script."""
    found = [(turn, spoken) for turn in turns for spoken in turn.sentences if search.holds(spoken.text)]
    count = f"{len(found)} sentence{'s' if len(found) != 1 else ''}"
    if not found:
        told = f"Nothing here holds “{escape(search.words)}”."
        return f'<section class="places" aria-label="Found"><p role="status">{told}</p></section>'
    items = [
        f'<li><a href="#{escape(spoken.anchor)}">{_marked(spoken.text, search)}</a>{_clocked(turn)}</li>'
        for turn, spoken in found[:_MOST_PLACES]
    ]
    more = f"; the first {_MOST_PLACES} are listed" if len(found) > _MOST_PLACES else ""
    told = f"{count} with “{escape(search.words)}”{more}."
    return (
        f'<section class="places" aria-label="Found"><p role="status">{told}</p>'
        f"<ol>{''.join(items)}</ol></section>"
    )


def _text(turns: Sequence[Turn], search: Search | None, *, heard: bool) -> Iterator[str]:
    """Runs of turns that share their labels, each run a section that says in words what it is."""
    heads: dict[int, list[str]] = {}
    for place, path, _ in _headings(turns):
        level = min(len(path) + 1, 6)
        heads.setdefault(place, []).append(
            f'<h{level} id="{_heading_id(place, path)}">{escape(path[-1])}</h{level}>'
        )
    whole = all(turn.ai_written for turn in turns)
    speaker: str | None = None
    placed = list(enumerate(turns))
    for (advert, ai_written), run in groupby(placed, key=lambda pair: (pair[1].advert, pair[1].ai_written)):
        told = (("Advert", advert), ("AI-written", ai_written and not whole))
        named = ", ".join(name for name, holds in told if holds)
        if named:
            yield f'<section class="labelled" aria-label="{named}"><p><span class="label">{named}</span></p>'
        for place, turn in run:
            yield from heads.get(place, ())
            yield _turn(turn, search, named=turn.speaker != speaker or place in heads, heard=heard)
            speaker = turn.speaker
        if named:
            yield "</section>"


def _turn(turn: Turn, search: Search | None, *, named: bool, heard: bool) -> str:
    first = turn.sentences[0]
    who = f'<b class="who">{escape(turn.speaker)}</b> ' if turn.speaker and named else ""
    to = f'href="#{escape(first.anchor)}"'
    words = " ".join(_sentence(spoken, search) for spoken in turn.sentences)
    if turn.start_s is None:
        at = f'<a class="at" {to} aria-label="Link to this paragraph">¶</a>'
        if not who:
            return f'<div class="turn"><p class="said">{words} {at}</p></div>'
    else:
        at = f'<a class="at" {to} title="Link to this moment">{_time(turn)}</a>'
        if heard:
            at += (
                f'<button class="play" type="button" data-seek-s="{turn.start_s:g}"'
                f' aria-label="Play from {_time(turn)}">▶</button>'
            )
    by = f'<p class="by">{who}<span class="when">{at}</span></p>'
    return f'<div class="turn">{by}<p class="said">{words}</p></div>'


def _sentence(spoken: Spoken, search: Search | None) -> str:
    sentence, anchor = spoken.sentence, escape(spoken.anchor)
    timed = "" if sentence.start_s is None else f' data-start-s="{sentence.start_s:g}"'
    timed += "" if sentence.end_s is None else f' data-end-s="{sentence.end_s:g}"'
    # For the pointer alone: by keyboard, and to whoever listens, each turn has a link.
    hidden = 'tabindex="-1" aria-hidden="true" title="Link to this sentence"'
    link = f'<a class="mark" href="#{anchor}" {hidden}></a>'
    return f'<span class="s" id="{anchor}"{timed}>{_marked(spoken.text, search)}{link}</span>'


def _marked(text: str, search: Search | None) -> str:
    if search is None:
        return escape(text)
    parts, at = [], 0
    for found in search.pattern.finditer(text):
        parts += [escape(text[at : found.start()]), f"<mark>{escape(found[0])}</mark>"]
        at = found.end()
    return "".join([*parts, escape(text[at:])])


def address(source_id: str, *, find: str | None = None, anchor: str | None = None) -> str:
    """Where a source is read, at a sentence or with words marked.

    >>> address("a b", anchor="p-2")
    '/s/a%20b#p-2'
    """
    query = f"?{urlencode({'find': find})}" if find else ""
    return f"/s/{quote(source_id, safe='')}{query}" + (f"#{quote(anchor, safe='')}" if anchor else "")
