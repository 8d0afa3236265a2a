"""Take the markup off Markdown, and off the Jekyll templates around it, leaving the words as they stand."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

# The target of references whose definition stands in another file of the site.
ELSEWHERE = {"href": "#", "title": ""}
REFERENCE = re.compile(r"\[((?:[^\[\]\\]|\\.){1,400})\]\[((?:[^\[\]\\]|\\.){0,200})\]")
# Only elements that HTML knows are markup: a transcriber's `<laugh>` is what was heard.
TAG = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|center|cite|code|dd|del|details|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|iframe|img"
    r"|ins|kbd|li|mark|ol|p|picture|pre|q|s|script|section|small|source|span|strike|strong|style|sub|summary|sup"
    r"|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|video|audio|wbr)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
# Openers and closers of what a site's templates and HTML hide from readers, and of what they compute.
COMMENT = re.compile(r"<!--"), re.compile(r"-->")
# Set off as code they are what a page speaks of.
SCRIPT = re.compile(r"(?<!`)<script\b[^<>]*>", re.IGNORECASE), re.compile(r"</script\s*>", re.IGNORECASE)
STYLE = re.compile(r"(?<!`)<style\b[^<>]*>", re.IGNORECASE), re.compile(r"</style\s*>", re.IGNORECASE)
FENCED = re.compile(r"(^(?:```|~~~)[^\n]*\n.*?^(?:```|~~~)[ \t]*$)", re.MULTILINE | re.DOTALL)
TEMPLATE_COMMENT = re.compile(r"\{%-?\s*comment\s*-?%\}"), re.compile(r"\{%-?\s*endcomment\s*-?%\}")
TEMPLATE_TAG = re.compile(r"\{%"), re.compile(r"%\}")
TEMPLATE_VALUE = re.compile(r"\{\{"), re.compile(r"\}\}")
ATTRIBUTE_LIST = re.compile(r"\{:[^{}\n]*\}")
BLOCK_TAG_LINE = re.compile(
    r"^[ \t]*</?(?:div|section|details|center)\b[^<>\n]*>[ \t]*$", re.MULTILINE | re.IGNORECASE
)
PARAMETER = re.compile(r"""(\w+)\s*=\s*"([^"]*)\"""")
# Parameters of a template include that hold text for readers: questions and answers.
READ_PARAMETER = re.compile(r"[qa]\d+")
PLAYER = re.compile(r"""\{%[^%]*player[^%]*\burl\s*=\s*["'](https?://[^"']+)["']""")
CHECKBOX = re.compile(r"^\[[ xX]\] (?=\S)")
FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]:?")
# Titles are plain text that many publishers write as HTML.
TAG_PAIR = re.compile(
    r"<(a|abbr|b|cite|code|em|font|i|mark|q|s|small|span|strong|sub|sup|u)\b[^<>]*>(.*?)</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
# A talk of a day in one line is shorter; what is longer was not written with signs in it, and takes seconds.
LONGEST_PARAGRAPH = 1_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, or a paragraph, list item, quotation or code block: words without markup.

    `lines` are those that line breaks part it into, where there are several.
    """

    text: str
    level: int = 0
    lines: tuple[str, ...] = ()

    @property
    def is_heading(self) -> bool:
        """Whether this is a heading; its level is 1 to 6."""
        return self.level > 0


@cache
def parser() -> MarkdownIt:
    """CommonMark with tables. Made when there is Markdown to read: most that is added again is not read."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def strip_template(text: str) -> tuple[str, tuple[str, ...]]:
    """Remove Jekyll and Hugo debris; the questions and answers inside an include are text and stay.

    >>> strip_template('Up {% assign t="0:45" %}now.{:#id}')
    ('Up now.', ())
    """
    text, hidden = _cut(text, TEMPLATE_COMMENT)
    text, comments = _cut(text, COMMENT)
    text, scripts = _without_scripts(text)
    text, _ = _cut(text, TEMPLATE_TAG, keep=_readable)
    text, _ = _cut(text, TEMPLATE_VALUE)
    text = BLOCK_TAG_LINE.sub("\n", ATTRIBUTE_LIST.sub("", text))
    count = hidden + comments
    notes = {
        "{} comments: hidden from readers by the source": count,
        "{} scripts and styles: no words": scripts,
    }
    return text, tuple(note.format(number) for note, number in notes.items() if number)


def _without_scripts(text: str) -> tuple[str, int]:
    """Cut out scripts and styles, but for those that fenced code shows."""
    pieces = FENCED.split(text)
    count = 0
    for place in range(0, len(pieces), 2):
        for ends in (SCRIPT, STYLE):
            pieces[place], cut = _cut(pieces[place], ends)
            count += cut
    return "".join(pieces), count


def _cut(
    text: str,
    ends: tuple[re.Pattern[str], re.Pattern[str]],
    *,
    keep: Callable[[str], str] = lambda inside: "",
) -> tuple[str, int]:
    """Cut out everything between an opener and its closer; in one pass, however many never close."""
    opener, closer = ends
    pieces: list[str] = []
    position = 0
    while opening := opener.search(text, position):
        closing = closer.search(text, opening.end())
        if not closing:
            break
        pieces += [text[position : opening.start()], keep(text[opening.end() : closing.start()])]
        position = closing.end()
    return "".join([*pieces, text[position:]]), len(pieces) // 2


def _readable(tag: str) -> str:
    values = [value for name, value in PARAMETER.findall(tag) if READ_PARAMETER.fullmatch(name)]
    paragraphs = ("\n".join(line.strip() for line in value.splitlines()) for value in values)
    return "".join(f"\n\n{paragraph}\n\n" for paragraph in paragraphs)


def audio_address(text: str) -> str | None:
    """The recording that a Jekyll player include plays.

    >>> audio_address('{% include podcast-player.md url="https://a.example/1.mp3" %}')
    'https://a.example/1.mp3'
    """
    match = PLAYER.search(text)
    return match[1] if match else None


def references(text: str) -> dict[str, Any]:
    """An environment in which every `[text][label]` is a link, also where its definition is elsewhere."""
    from markdown_it.common.utils import normalizeReference

    found = {normalizeReference(label or shown): ELSEWHERE for shown, label in REFERENCE.findall(text)}
    return {"references": found}


def inline(text: str, env: dict[str, Any] | None = None) -> str:
    r"""One paragraph's words.

    >>> inline("The *[v2 transport][topic v2\n  transport]* is \\[new\\] &amp; <laugh> <b>ours</b>, `so`.")
    'The v2 transport is [new] & <laugh> ours, so.'
    """
    if len(text) > LONGEST_PARAGRAPH:
        return fold(text)
    env = references(text) if env is None else env
    tokens = parser().parseInline(FOOTNOTE.sub("", text), env)
    return fold("".join(_words(tokens[0].children or [])))


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            yield token.content
        elif token.type in ("softbreak", "hardbreak"):
            yield " "
        elif token.type == "html_inline":
            yield TAG.sub("", token.content)


def fold(text: str) -> str:
    """White space folded to single spaces."""
    return " ".join(text.split())


def unmarked(text: str) -> str:
    """A line of plain text that was written as HTML, as a reader sees it.

    >>> unmarked("AT&amp;T&#8217;s <i>fall</i>"), unmarked("Is 1 < 2? On <blink>")
    ('AT&T’s fall', 'Is 1 < 2? On <blink>')
    """
    while (bare := TAG_PAIR.sub(r"\2", text)) != text:
        text = bare
    return fold(html.unescape(text))


def blocks(text: str) -> tuple[list[Block], tuple[str, ...]]:
    r"""The blocks of a Markdown text in order, and what was left out.

    >>> [(block.text, block.level) for block in blocks("# Up\n\nSo *it* is.\n\n- [One][a]\n- two\n")[0]]
    [('Up', 1), ('So it is.', 0), ('One', 0), ('two', 0)]
    """
    collector = _Collector()
    for token in parser().parse(FOOTNOTE.sub("", text), references(text)):
        collector.take(token)
    notes = (f"{collector.images} pictures: they hold no words",) if collector.images else ()
    return [block for block in collector.blocks if block.text], notes


@dataclass(slots=True)
class _Collector:
    """Gathers blocks from a parser's tokens: a table's row is one, a list's number stays with its item."""

    blocks: list[Block] = field(default_factory=list)
    images: int = 0
    level: int = 0
    number: str = ""
    row: int = 0

    def take(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self.level = int(token.tag[1])
            case "list_item_open":
                self.number = f"{token.info}{token.markup} " if token.info else ""
            case "inline":
                self._inline(token)
            case "tr_open":
                self.row = len(self.blocks)
            case "tr_close":
                cells = [block.text for block in self.blocks[self.row :]]
                self.blocks[self.row :] = [Block(fold(" ".join(cells)))]
            case "fence" | "code_block":
                self.blocks.append(Block(fold(token.content)))
            case "html_block":
                self.blocks.extend(Block(words) for words in _html_paragraphs(token.content))

    def _inline(self, token: Token) -> None:
        children = token.children or []
        self.images += sum(child.type == "image" for child in children)
        if words := CHECKBOX.sub("", fold("".join(_words(children)))):
            self.blocks.append(Block(f"{self.number}{words}", self.level))
            self.number = ""
        self.level = 0


def _html_paragraphs(content: str) -> list[str]:
    """The words of a block of raw HTML inside Markdown, one paragraph for each run of lines."""
    content = re.sub(r"<(script|style)\b.*?</\1\s*>", "", content, flags=re.DOTALL | re.IGNORECASE)
    return [fold(html.unescape(TAG.sub(" ", paragraph))) for paragraph in re.split(r"\n\s*\n", content)]
