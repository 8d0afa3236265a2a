"""Take the markup off Markdown, and off the Jekyll templates around it, leaving the words as they stand."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
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
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
TEMPLATE_COMMENT = re.compile(r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}", re.DOTALL)
TEMPLATE_TAG = re.compile(r"\{%.*?%\}|\{\{<.*?>\}\}|\{\{.*?\}\}", re.DOTALL)
ATTRIBUTE_LIST = re.compile(r"\{:[^{}\n]*\}")
BLOCK_TAG_LINE = re.compile(
    r"^[ \t]*</?(?:div|section|details|center)\b[^<>\n]*>[ \t]*$", re.MULTILINE | re.IGNORECASE
)
PARAMETER = re.compile(r"""(\w+)\s*=\s*"([^"]*)\"""")
# Parameters of a template include that hold text for readers: questions and answers.
READ_PARAMETER = re.compile(r"[qa]\d+")
PLAYER = re.compile(r"""\{%[^%]*player[^%]*\burl\s*=\s*["'](https?://[^"']+)["']""")
FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]:?")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, or a paragraph, list item, quotation or code block: words without markup."""

    text: str
    level: int = 0

    @property
    def is_heading(self) -> bool:
        """Whether this is a heading; its level is 1 to 6."""
        return self.level > 0


def strip_template(text: str) -> tuple[str, tuple[str, ...]]:
    """Remove Jekyll and Hugo debris; the questions and answers inside an include are text and stay.

    >>> strip_template('Up {% assign t="0:45" %}now.{:#id}')
    ('Up now.', ())
    """
    text, hidden = TEMPLATE_COMMENT.subn("", text)
    text, comments = COMMENT.subn("", text)
    text = TEMPLATE_TAG.sub(_readable, text)
    text = BLOCK_TAG_LINE.sub("\n", ATTRIBUTE_LIST.sub("", text))
    count = hidden + comments
    return text, ((f"{count} comments: hidden from readers by the source",) if count else ())


def _readable(match: re.Match[str]) -> str:
    values = [value for name, value in PARAMETER.findall(match[0]) if READ_PARAMETER.fullmatch(name)]
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
    found = {normalizeReference(label or shown): ELSEWHERE for shown, label in REFERENCE.findall(text)}
    return {"references": found}


def inline(text: str, env: dict[str, Any] | None = None) -> str:
    r"""One paragraph's words.

    >>> inline("The *[v2 transport][topic v2\n  transport]* is \\[new\\] &amp; <laugh> <b>ours</b>, `so`.")
    'The v2 transport is [new] & <laugh> ours, so.'
    """
    env = references(text) if env is None else env
    tokens = PARSER.parseInline(FOOTNOTE.sub("", text), env)
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


def blocks(text: str) -> tuple[list[Block], tuple[str, ...]]:
    r"""The blocks of a Markdown text in order, and what was left out.

    >>> [(block.text, block.level) for block in blocks("# Up\n\nSo *it* is.\n\n- [One][a]\n- two\n")[0]]
    [('Up', 1), ('So it is.', 0), ('One', 0), ('two', 0)]
    """
    env = references(text)
    tokens = PARSER.parse(FOOTNOTE.sub("", text), env)
    found: list[Block] = []
    images, row, level = 0, -1, 0
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1])
        elif token.type == "inline":
            images += sum(child.type == "image" for child in token.children or [])
            words = fold("".join(_words(token.children or [])))
            if row >= 0 and token.map is None:
                found[row:] = [Block(fold(" ".join([*(block.text for block in found[row:]), words])))]
            elif words:
                found.append(Block(words, level))
            level = 0
        elif token.type == "tr_open":
            row = len(found)
        elif token.type == "tr_close":
            row = -1
        elif token.type in ("fence", "code_block"):
            found.append(Block(fold(token.content)))
        elif token.type == "html_block":
            found.extend(Block(words) for words in _html_paragraphs(token.content))
    notes = (f"{images} pictures: they hold no words",) if images else ()
    return [block for block in found if block.text], notes


def _html_paragraphs(content: str) -> list[str]:
    """The words of a block of raw HTML inside Markdown, one paragraph for each run of lines."""
    content = re.sub(r"<(script|style)\b.*?</\1\s*>", "", content, flags=re.DOTALL | re.IGNORECASE)
    return [fold(html.unescape(TAG.sub(" ", paragraph))) for paragraph in re.split(r"\n\s*\n", content)]
