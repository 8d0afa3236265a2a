"""Read newsletters, articles and documents: Markdown, HTML and plain prose. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ingest import frontmatter, markdown, preamble, speakers, webpage
from ingest.chapters import each_noted
from ingest.frontmatter import merge
from ingest.markdown import Block, fold
from ingest.reading import Metadata, Part, Reading
from ingest.transcripts import adverts, labelled, names
from ingest.transcripts.turns import settle
from rag.models import Label, SourceKind

MARKDOWN = re.compile(
    r"^#{1,6} \S|^\s*[-*+] \S|\[[^\]\n]+\]\([^)\s]+\)|\[[^\]\n]+\]\[[^\]\n]*\]|\*\*\S[^*\n]*\*\*|^```",
    re.MULTILINE,
)
NEWSLETTER = re.compile(
    r"""subscription-widget|substack|beehiiv|mailchimp|buttondown
    |view\ (?:this\ email\ )?in\ (?:your\ )?browser
    |<form\b[^>]*subscri""",  # a page that asks to be read by e-mail
    re.I | re.X,
)
NUMBERED = re.compile(
    r"[\s,:|–—-]*(?:#|(?:issue|no\.|number|vol\.|volume|edition)\s*#?)\s*\d+\b", re.IGNORECASE
)
TAG = re.compile(
    r"<(?:p|br|div|a|ul|ol|li|h[1-6]|strong|em|b|i|span|blockquote|table|img|article|section)\b[^<>]*>", re.I
)
# How Podcasting 2.0 writes a turn in HTML.
CITED = re.compile(r"<cite>\s*([^<:]{1,60}?)\s*:?\s*</cite>(?=\s*<time\b)", re.IGNORECASE)
CITED_ALONE = re.compile(r"<cite>\s*([^<:*]{1,60}?)\s*:?\s*</cite>(?!\s*<time\b)", re.IGNORECASE)
FRONT_MATTER_RECORDING = ("speakers", "media", "transcript_by", "audio_url", "episode", "source_file")


def recognises_transcript(text: str) -> bool:
    """Whether a text or a page is labelled speech."""
    front = frontmatter.split(text)
    kind = front.metadata().kind
    if kind not in (None, SourceKind.EPISODE):
        return False
    expected = kind is SourceKind.EPISODE or any(front.fields.get(name) for name in FRONT_MATTER_RECORDING)
    return _script(front)[0].is_transcript(expected=expected or CITED.search(front.body) is not None)


def read_transcript(text: str) -> Reading:
    r"""Labelled speech, in text, Markdown or HTML, with its front matter.

    >>> reading = read_transcript("---\nspeakers: [Ana Roe]\n---\nAna: 00:02\n\nHi.\n")
    >>> reading.parts[0].label.speaker, reading.parts[0].text
    ('Ana Roe', 'Hi.')
    """
    front = frontmatter.split(text)
    script, metadata, left_out = _script(front)
    metadata = with_head(metadata, script)
    parts, notes = settle(script.utterances)
    listed = metadata.people
    people = names.people_of(listed, (part.label.speaker for part in parts))
    reading = Reading(
        metadata=replace(metadata, kind=SourceKind.EPISODE, people=people),
        parts=parts,
        skipped=(*front.notes, *left_out, *notes),
    )
    return speakers.told_apart(reading, listed)


def _script(front: frontmatter.FrontMatter) -> tuple[labelled.Script, Metadata, tuple[str, ...]]:
    metadata = front.metadata()
    body, notes = markdown.strip_template(front.body)
    if webpage.looks_like_html(body):
        if CITED.search(body):
            # The colon may be missing; and where others have a time, a name by itself is no less a name.
            body = CITED.sub(r"<cite>\1:</cite>", CITED_ALONE.sub(r"<cite>**\1:**</cite>", body))
        page = webpage.parse(body)
        fields, lines = preamble.split(_as_lines(page.blocks))
        metadata = merge(merge(metadata, page.metadata), fields)
        return labelled.parse(lines, people=metadata.people, clean=fold), metadata, (*notes, *page.notes)
    metadata = replace(metadata, audio_url=markdown.audio_address(front.body) or metadata.audio_url)
    fields, body = preamble.split(body)
    metadata = merge(metadata, fields)
    return labelled.parse(body, people=metadata.people), metadata, notes


def with_head(metadata: Metadata, script: labelled.Script) -> Metadata:
    """What a transcript says of itself, with what stands above it."""
    above = preamble.bylines(script.head, titled=bool(metadata.title or script.title), whole=False)
    return merge(replace(metadata, title=metadata.title or script.title), above)


def _as_lines(blocks: Iterable[Block]) -> str:
    """A page's blocks as text: `<cite>Ana:</cite><time>0:09</time>` becomes one label line, `Ana: (0:09)`."""
    lines: list[str] = []
    for block in blocks:
        if lines and re.fullmatch(r"[\d:.]+", block.text) and lines[-1].endswith(":"):
            lines[-1] = f"{lines[-1]} ({block.text})"
        elif block.is_heading:
            lines.append(f"{'#' * block.level} {block.text}")
        else:
            lines.append("\n".join(block.lines) or block.text)
    return "\n\n".join(lines)


def recognises_html(text: str) -> bool:
    """Whether this is a page, below front matter or not."""
    return webpage.looks_like_html(frontmatter.split(text).body)


def read_html(text: str) -> Reading:
    """A newsletter issue or an article in HTML, headings kept as labels."""
    front = frontmatter.split(text)
    body, notes = markdown.strip_template(front.body) if front.fields else (front.body, ())
    page = webpage.parse(body)
    metadata = merge(merge(front.metadata(), page.metadata), _above(page.blocks))
    kind = metadata.kind or (SourceKind.NEWSLETTER if _is_newsletter(body, metadata) else SourceKind.ARTICLE)
    return _page(page.blocks, replace(metadata, kind=kind), (*front.notes, *notes, *page.notes))


def _is_newsletter(html: str, metadata: Metadata) -> bool:
    show, title = metadata.show or "", metadata.title or ""
    named = "newsletter" in f"{show} {title}".lower() or is_numbered_issue(title, show)
    return named or NEWSLETTER.search(html) is not None


def is_numbered_issue(title: str, show: str) -> bool:
    """Whether a title is its publication's name and the number of an issue, as newsletters' are.

    >>> is_numbered_issue("Tea Times #7: Kettles", "Tea Times"), is_numbered_issue("#7 of tea", "Tea Times")
    (True, False)
    """
    after = title.removeprefix(show)
    return bool(show) and after != title and NUMBERED.match(after) is not None


def recognises_markdown(text: str) -> bool:
    """Whether a text has front matter or Markdown in it.

    >>> recognises_markdown("# Issue 3"), recognises_markdown("It rained - a lot. 2 * 3 is 6.")
    (True, False)
    """
    return bool(frontmatter.split(text).fields) or MARKDOWN.search(text) is not None


def read_markdown(text: str) -> Reading:
    r"""A newsletter issue or an article in Markdown: each paragraph and list item a part under its heading.

    >>> reading = read_markdown("---\ntype: newsletter\n---\n## News\n\n- [Up][topic up] it goes.\n")
    >>> reading.parts[0].text, reading.parts[0].label.heading
    ('Up it goes.', 'News')
    """
    front = frontmatter.split(text)
    body, hidden = markdown.strip_template(front.body)
    blocks, notes = markdown.blocks(body)
    metadata = merge(front.metadata(), _above(blocks))
    named = metadata.title or next((block.text for block in blocks if block.level == 1), "")
    newsletter = metadata.show is not None and (
        "newsletter" in named.lower() or is_numbered_issue(named, metadata.show)
    )
    kind = metadata.kind or (SourceKind.NEWSLETTER if newsletter else SourceKind.ARTICLE)
    return _page(blocks, replace(metadata, kind=kind), (*front.notes, *hidden, *notes))


def _above(blocks: Sequence[Block]) -> Metadata:
    """Fields, author and date among a page's first paragraphs; its title is a heading's business."""
    first = [block.text for block in blocks if block.level < 2][: preamble.LINES]
    fields, rest = preamble.split("\n".join(first))
    return merge(replace(fields, title=None), preamble.bylines(rest, titled=True))


def read_blocks(blocks: Sequence[Block], metadata: Metadata, notes: tuple[str, ...]) -> Reading:
    """A document's paragraphs and headings; one that is labelled speech is read as the transcript it is."""
    fields, lines = preamble.split(_as_lines(blocks))
    script = labelled.parse(lines, people=fields.people, clean=fold)
    if not script.is_transcript(expected=False):
        return _page(blocks, metadata, notes)
    return spoken(script, metadata, fields, notes)


def spoken(script: labelled.Script, metadata: Metadata, fields: Metadata, notes: tuple[str, ...]) -> Reading:
    """A document that turned out to be a transcript; its author is who typed it, not who speaks."""
    metadata = with_head(merge(fields, replace(metadata, people=())), script)
    parts, estimated = settle(script.utterances)
    people = names.people_of(metadata.people, (part.label.speaker for part in parts))
    reading = Reading(
        metadata=replace(metadata, kind=SourceKind.EPISODE, people=people),
        parts=parts,
        skipped=(*notes, *estimated),
    )
    return speakers.told_apart(reading, metadata.people)


def read_prose(text: str) -> Reading:
    r"""Plain text: a part for each paragraph.

    >>> [part.text for part in read_prose("One\nline.\n\nTwo.").parts]
    ['One line.', 'Two.']
    """
    paragraphs = [
        fold(words)
        for paragraph in re.split(r"\n\s*\n", text)
        for words in each_noted(paragraph.strip().split("\n")) or (paragraph,)
    ]
    parts = tuple(Part(text=paragraph) for paragraph in paragraphs if paragraph)
    fields, rest = preamble.split(text)
    said = merge(fields, preamble.bylines(rest, titled=fields.title is not None))
    return Reading(metadata=replace(said, kind=SourceKind.DOCUMENT), parts=parts)


def read_fragment(text: str) -> Reading:
    """A piece of a page, or of prose, as feeds hold posts and show notes; it may have no words at all.

    >>> [part.text for part in read_fragment("&lt;p&gt;Tea &amp;amp; milk.&lt;/p&gt;").parts]
    ['Tea & milk.']
    """
    # Some feeds escape their HTML twice.
    if not TAG.search(text) and TAG.search(unescaped := html.unescape(text)):
        text = unescaped
    if not TAG.search(text):
        return read_prose(html.unescape(text))
    return read_html(text if webpage.looks_like_html(text) else f"<div>{text}</div>")


def _page(blocks: Sequence[Block], metadata: Metadata, notes: tuple[str, ...]) -> Reading:
    """Headings label the blocks below them; the first top heading is the page's title, not a section."""
    heading: str | None = None
    title = metadata.title
    parts: list[Part] = []
    for block in blocks:
        if not block.is_heading:
            label = Label(heading=heading, advert=adverts.opens_advert(block.text))
            parts += [Part(text=text, label=label) for text in each_noted(block.lines) or (block.text,)]
        elif block.level == 1 and (title is None or block.text == title):
            title, heading = block.text, None
        else:
            heading = block.text
    return Reading(metadata=replace(metadata, title=title), parts=tuple(parts), skipped=notes)
