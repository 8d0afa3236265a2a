"""Read the words and the metadata out of HTML. Scripts, furniture and hidden text are left out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.frontmatter import day, web_address
from ingest.markdown import Block, fold
from ingest.preamble import people_in
from ingest.reading import Metadata
from rag.models import unique

LOOKS_LIKE = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|article|main|section|div|p|h[1-6]|ul|ol|table"
    r"|blockquote|figure|cite|header|span|a|strong|em|b|img|center|dl|time|pre|details|hr|i|font|nav)\b[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
BLOCKS = frozenset(
    """address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer h1
    h2 h3 h4 h5 h6 header hr html li main ol p pre section summary table tbody td tfoot th thead
    tr ul""".split()
)
SILENT = frozenset(
    """script style noscript template iframe svg nav form button select input textarea head object audio
    video""".split()
)
CLOCK = re.compile(r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?")
HEADINGS = {f"h{level}": level for level in range(1, 7)}
FURNITURE = re.compile(
    r"(?:^|\s)(?:[\w-]*(?:subscription-widget|subscribe-widget|captioned-image|image-container|button-wrapper|post-footer"
    r"|site-footer|page-footer|footer-wrap|cookie-|breadcrumb|share-dialog|post-ufi|comments-section|preheader|sr-only"
    r"|visually-hidden|digest-post-embed|embedded-post|poll-embed|install-substack|paywall-|share-button|share-link"
    r"|sharedaddy|relatedposts|related-(?:posts|articles|stories)|post-navigation|nav-links|screen-reader|skip-link"
    r"|newsletter-signup|email-signup|comment-respond|comment-list|social-(?:share|links|icons)|footnote-anchor"
    r"|footnote-number|footnote-back)[\w-]*"
    r"|subscribe|signup|sign-up|byline|byline-wrapper|footer|comments|nav|navbar|sidebar|menu|cookies|related|pagination)(?=\s|$)"
)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
AUTHORS = ("[rel=author]", "[itemprop=author]", ".author-name", ".byline", ".author")
# What mail and feeds put around a text.
DEBRIS = re.compile(
    r"""(?:view|read|open)\ (?:this|it|in|online|on)\b.{0,40}\b(?:browser|online|web|app)\W*
    |unsubscribe\b.{0,80}
    |(?:you(?:['’]re|\ are)\ receiving\ this|you\ received\ this|to\ unsubscribe|this\ email\ was\ sent\ to
        |(?:manage|update)\ your\ (?:preferences|subscription)|forwarded\ (?:this|to\ you)).{0,200}
    |the\ post\ .{1,200}\ (?:appeared\ first|first\ appeared)\ on\ .{1,120}
    |(?:read\ more|continue\ reading)\W*|share(?:\ this\ post)?|like(?:\ this)?|tweet|restack|sign\ (?:in|up)
    |leave\ a\ comment|\d+\ (?:comments?|likes?|shares?)|©.{0,120}""",
    re.IGNORECASE | re.VERBOSE,
)
# Where the main text of a page lies, the surest mark first; only if most of the page's words are there.
MAIN = (
    "[itemprop=articleBody] .available-content .entry-content .post-content .post-body .article-body".split()
)
MOST = 0.5
# A cell with one of these is part of a layout, not of a row.
IN_LAYOUT = "p, div, table, ul, ol, h1, h2, h3, h4, blockquote, img"
# Fewer characters than this and an <article> is a teaser, not the page.
WHOLE_ARTICLE = 200


# Elements without an end tag, or whose end tag may be left out, open no level that lasts.
LEVEL = re.compile(
    r"<(/?)(?!(?:p|li|dd|dt|tr|td|th|option|br|hr|img|input|meta|link|col|wbr|source)\b)[a-z]", re.I
)
# Browsers stop at 512; parsers take longer with each level, as the square of their number.
DEEPEST = 5_000


@dataclass(frozen=True, slots=True)
class Page:
    """A page's blocks in order, what it says of itself, and what was left out."""

    blocks: tuple[Block, ...]
    metadata: Metadata
    notes: tuple[str, ...]


def looks_like_html(text: str) -> bool:
    """Whether a text begins as HTML does.

    >>> looks_like_html("<p>Hi</p>"), looks_like_html("<laugh> Hi")
    (True, False)
    """
    return LOOKS_LIKE.match(text) is not None


def nests_too_deep(text: str) -> bool:
    """Whether elements stand so deep in each other that parsing them would not end soon.

    >>> nests_too_deep("<div>" * 3_000), nests_too_deep("<div>" * 6_000), nests_too_deep("<b>x</b>" * 6_000)
    (False, True, False)
    """
    if text.count("<") <= DEEPEST:
        return False
    depth = 0
    for tag in LEVEL.finditer(text):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > DEEPEST:
            return True
    return False


@lru_cache(maxsize=1)
def parse(text: str) -> Page:
    """A page as blocks of words.

    >>> [block.text for block in parse("<h1>Up</h1><p>So <b>it</b> is.<script>x()</script><li>One").blocks]
    ['Up', 'So it is.', 'One']
    """
    tree = LexborHTMLParser(text)
    walk = _Walk()
    root = _root(tree)
    if root is not None:
        walk.walk(root)
    notes = tuple(f"{count} × {what}: not part of the text" for what, count in walk.left_out.items())
    if root is not None and tree.body is not None and root != tree.body:
        whole = _Walk()
        whole.walk(tree.body)
        if (around := whole.characters - walk.characters) > 0:
            notes += (f"{around} characters around the main text (menus, sidebars, comments)",)
    return Page(tuple(walk.blocks), _metadata(tree), notes)


def _root(tree: LexborHTMLParser) -> LexborNode | None:
    body = tree.body
    for selector in MAIN if body is not None else ():
        found = tree.css(selector)
        length = len(found[0].text(strip=True)) if len(found) == 1 else 0
        if body is not None and length >= max(WHOLE_ARTICLE, MOST * len(body.text(strip=True))):
            return found[0]
    for selector in ("article", "main", "[role=main]"):
        found = tree.css(selector)
        if len(found) == 1 and len(found[0].text(strip=True)) >= WHOLE_ARTICLE:
            return found[0]
    return tree.body


@dataclass(slots=True)
class _Walk:
    """Goes through the tree in document order; inline words gather until a block begins or ends."""

    blocks: list[Block] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def characters(self) -> int:
        """How many characters of words were found."""
        return sum(len(block.text) for block in self.blocks)

    def walk(self, root: LexborNode) -> None:
        """Every node below the root. A stack, not recursion: pages nest deeper than Python does."""
        stack: list[LexborNode | int] = [*reversed(list(root.iter(include_text=True)))]
        while stack:
            node = stack.pop()
            if isinstance(node, int):
                self.flush(level=node)
                continue
            tag = node.tag or ""
            if tag == "-text":
                self.words.append(node.text_content or "")
            elif tag == "br" or (tag in ("td", "th") and node.css_first(IN_LAYOUT) is None):
                self.words.append("\n")
                stack.extend(reversed(list(node.iter(include_text=True))))
            elif tag == "sup" and re.fullmatch(r"\W*\d{1,3}\W*", node.text()):
                # The number of a note is no part of the sentence.
                continue
            elif tag in SILENT or tag.startswith(("-", "!")) or _is_hidden(node):
                self._leave_out(node)
            else:
                if tag in BLOCKS or (tag in ("cite", "time") and _is_label(node)):
                    self.flush()
                    # A subtitle stands below the title, and above nothing of its own.
                    subtitle = "subtitle" in (node.attributes.get("class") or "")
                    stack.append(0 if subtitle else HEADINGS.get(tag, 0))
                stack.extend(reversed(list(node.iter(include_text=True))))
        self.flush()

    def flush(self, *, level: int = 0) -> None:
        """End the block: two line breaks in a row part paragraphs, as in pasted text."""
        for paragraph in re.split(r"\s*\n[ \t]*\n\s*", _unwrapped(self.words)):
            words = fold(paragraph)
            if words and not level and DEBRIS.fullmatch(words):
                self.left_out["lines of mail or feed furniture"] += 1
            elif words:
                lines = tuple(line for raw in paragraph.split("\n") if (line := fold(raw)))
                self.blocks.append(Block(words, level, lines if len(lines) > 1 else ()))
        self.words.clear()

    def _leave_out(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in ("script", "style", "head", "template", "svg", "input") or tag.startswith(("-", "!")):
            return
        if not node.text(strip=True):
            return
        self.left_out[
            f"<{node.tag}>" if node.tag in SILENT else (node.attributes.get("class") or "hidden text")
        ] += 1


def _is_label(node: LexborNode) -> bool:
    """Whether `<cite>` or `<time>` says who speaks or when, as in transcripts, and is no part of a sentence.

    >>> [block.text for block in parse("<p>In <time>1999</time> <cite>The Post</cite> said so.</p>").blocks]
    ['In 1999 The Post said so.']
    >>> [block.text for block in parse("<cite>Ana:</cite><time>0:09</time><p>Hi.</p>").blocks]
    ['Ana:', '0:09', 'Hi.']
    """
    before, after = _neighbour(node, "prev"), _neighbour(node, "next")
    if before is not None and before.tag == "-text":
        return False
    if node.tag == "time":
        return CLOCK.fullmatch(node.text(strip=True)) is not None
    if node.text(strip=True).endswith(":"):
        return True
    timed = after is not None and after.tag == "time" and CLOCK.fullmatch(after.text(strip=True)) is not None
    return timed or (after is not None and after.tag in BLOCKS)


def _neighbour(node: LexborNode, way: Literal["prev", "next"]) -> LexborNode | None:
    """What stands beside it, white space passed over."""
    beside: LexborNode | None = getattr(node, way)
    while beside is not None and beside.tag == "-text" and not (beside.text_content or "").strip():
        beside = getattr(beside, way)
    return beside


def _unwrapped(words: list[str]) -> str:
    """Line ends inside HTML text are white space; only `<br>` breaks a line."""
    return "".join(word if word == "\n" else re.sub(r"\s+", " ", word) for word in words)


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if "hidden" in attributes or HIDDEN.search(attributes.get("style") or ""):
        return True
    if attributes.get("role") in ("complementary", "navigation", "search") or node.tag == "footer":
        return True
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return FURNITURE.search(names) is not None


def _metadata(tree: LexborHTMLParser) -> Metadata:
    meta = dict(_meta(tree))
    title_tag, link, root = (
        tree.css_first("title"),
        tree.css_first("link[rel=canonical]"),
        tree.css_first("html"),
    )
    url = web_address(link.attributes.get("href") if link else None) or web_address(meta.get("og:url"))
    time = tree.css_first("time[datetime]")
    return Metadata(
        title=meta.get("og:title") or _title(tree, fold(title_tag.text()) if title_tag else ""),
        show=meta.get("og:site_name") or next(iter(_linked_data(tree, "publisher")), None),
        people=_authors(tree, meta),
        published=day(
            meta.get("article:published_time")
            or meta.get("date")
            or next(iter(_linked_data(tree, "datePublished")), None)
        )
        or day(time.attributes.get("datetime") if time else None),
        url=url,
        audio_url=web_address(meta.get("og:audio")),
        language=(root.attributes.get("lang") if root else None) or None,
        identity=url,
    )


def _meta(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for node in reversed(tree.css("meta")):
        name = node.attributes.get("property") or node.attributes.get("name")
        content = fold(node.attributes.get("content") or "")
        if name and content:
            yield name.lower(), content


def _title(tree: LexborHTMLParser, said: str) -> str | None:
    """The page's title; where it names the site as well, the heading that begins it."""
    heading = tree.css_first("h1")
    words = fold(heading.text()) if heading else ""
    return words if words and said.startswith(f"{words} ") else said or None


def _authors(tree: LexborHTMLParser, meta: Mapping[str, str]) -> tuple[str, ...]:
    """Who wrote the page, from the surest place that says so."""
    given = meta.get("author") or meta.get("article:author") or meta.get("parsely-author")
    found = [given] if given and not web_address(given) else _linked_data(tree, "author")
    for selector in AUTHORS if not found else ():
        if node := tree.css_first(selector):
            said = re.sub(r"^\W*(?:written |posted )?by\W+", "", fold(node.text()), flags=re.IGNORECASE)
            found = [*people_in(re.split(r"\s[·|•]\s|\d", said)[0])]
        if found:
            break
    return unique([name for name in found if not web_address(name)])


def _linked_data(tree: LexborHTMLParser, key: str) -> list[str]:
    """A field of the page's schema.org description: newsletters often give author and date only there."""
    for node in tree.css('script[type="application/ld+json"]'):
        try:
            loaded = json.loads(node.text())
        except (ValueError, RecursionError):
            continue
        items = loaded if isinstance(loaded, list) else [loaded]
        graphs = [item.get("@graph") for item in items if isinstance(item, dict)]
        items += [inner for graph in graphs if isinstance(graph, list) for inner in graph]
        for item in items:
            value = item.get(key) if isinstance(item, dict) else None
            values = value if isinstance(value, list) else [value]
            names = [one.get("name") if isinstance(one, dict) else one for one in values]
            if found := [fold(name) for name in names if isinstance(name, str) and name.strip()]:
                return found
    return []
