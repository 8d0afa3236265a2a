"""Read the words of a PDF, page by page, through pypdf. It reads no pictures.

A PDF that is a transcript keeps its speakers, its times and its pages.
"""

from __future__ import annotations

import io
import logging
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from statistics import median, quantiles
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from ingest import preamble
from ingest.frontmatter import merge
from ingest.markdown import fold
from ingest.pages import spoken
from ingest.reading import Metadata, Part, Reading
from ingest.transcripts import labelled
from ingest.transcripts.turns import Utterance
from rag.errors import SourceEmpty, SourceMalformed, SourceTooBig
from rag.models import Label, SourceKind

# Its remarks on files that break the rules go nowhere a reader of ours looks; what is lost is in `skipped`.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)

MOST_PAGES = 3_000
# A dense page of a law or a table holds a tenth of this.
MOST_CHARACTERS_ON_A_PAGE = 100_000
# What pypdf raises over broken files beside its own errors: it trusts the types it finds.
BROKEN = (
    PyPdfError,
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    NotImplementedError,
    RecursionError,
    OSError,
    zlib.error,
)
SENTENCE_END = re.compile(r"[.?!…:][\"'”’)\]]*$")
# Letters that fonts set as one: a reader sees, and searches for, two or three.
LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
BROKEN_WORD = re.compile(r"([^\W\d_]+)[-‐\xad]\n([^\W\d_]+)")
# Titles that programs put in, not people.
NO_TITLE = re.compile(
    r"untitled|document\d*|microsoft (?:word|powerpoint) - .*|.*\.(?:docx?|indd|tex|pdf|qxd)", re.I
)
# A line at the edge of so many pages is the running head, not the text.
RUNNING_SHARE = 0.6
FEWEST_RUNNING = 4
# Marks for where a page begins, one for each, from a plane of Unicode that is nobody's.
FIRST_PAGE = 0xF0000
PAGE = re.compile(f"([{chr(FIRST_PAGE)}-{chr(FIRST_PAGE + MOST_PAGES)}])")
# A line this much shorter than its neighbours, at the end of a sentence, ends its paragraph.
SHORT_LINE = 0.8
# One this short that ends no sentence, above a line that begins with a capital, is a title or a byline.
TITLE_LINE = 0.6
GOES_ON = re.compile(
    r"(?:[,;&(\-–—]|\b(?:a|an|and|as|at|by|for|from|in|of|on|or|the|to|with))$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page's lines, top to bottom; its number counts from 1."""

    number: int
    lines: tuple[str, ...]


def read(data: bytes, *, origin: str, progress: Callable[[int], None] = lambda characters: None) -> Reading:
    """The pages' paragraphs, each with its page, under the headings of the outline.

    Running heads and page numbers are left out and counted, like pages that cannot be read.
    """
    reader = _opened(data, origin)
    pages, unread = _pages(reader, origin, progress)
    if not any(page.lines for page in pages):
        raise SourceEmpty(origin, _why_empty(len(pages), unread))
    without = _without_running(pages)
    left_out = sum(len(page.lines) for page in pages) - sum(len(page.lines) for page in without)
    silent = sum(not page.lines for page in pages) - len(unread)
    notes = {
        f"{left_out} running heads and page numbers: not part of the text": left_out,
        f"{silent} pages without words (pictures are not read)": silent,
        f"{len(unread)} pages that cannot be read: {_numbers(unread)}": len(unread),
    }
    skipped = tuple(note for note, count in notes.items() if count)
    metadata = _metadata(reader)
    if talk := _spoken(without, metadata, skipped):
        return talk
    fields, rest = preamble.split("\n".join(without[0].lines[: preamble.LINES]))
    said = merge(fields, preamble.bylines(rest, titled=bool(metadata.title or fields.title)))
    return Reading(
        metadata=merge(metadata, said),
        parts=tuple(_parts(without, _outline(reader))),
        skipped=skipped,
    )


def _spoken(pages: Sequence[_Page], metadata: Metadata, skipped: tuple[str, ...]) -> Reading | None:
    """The pages as a transcript, each part with its page; None when they are none."""
    whole = _words_of(pages)
    # No blank line between pages: what is said goes on.
    marked = (
        (
            chr(FIRST_PAGE + page.number) if page.number > 1 else "",
            PAGE.sub("", "\n".join(page.lines)).strip(),
        )
        for page in pages
    )
    text = "\n".join(line for page in marked for line in page if line)
    fields, text = preamble.split(text)

    def clean(words: str) -> str:
        return fold(BROKEN_WORD.sub(lambda match: _mended(match, whole), words))

    script = labelled.parse(text, people=fields.people, clean=clean)
    if not script.is_transcript(expected=False):
        return None
    script = replace(
        script, utterances=tuple(_paged(script.utterances)), head=PAGE.sub("", script.head).strip()
    )
    return spoken(script, metadata, fields, skipped)


def _paged(utterances: Iterable[Utterance]) -> Iterator[Utterance]:
    """The utterances, cut where a page begins, without the marks that say where that is."""
    number = 1
    for said in utterances:
        pieces = PAGE.split(said.text)
        begun = False
        for at in range(0, len(pieces), 2):
            number = ord(pieces[at - 1]) - FIRST_PAGE if at else number
            text = fold(pieces[at])
            if not text and (said.text or at):
                continue
            piece = replace(said, text=text, page=number)
            yield replace(piece, start_s=None, end_s=None, continues=True) if begun else piece
            begun = True


def _words_of(pages: Sequence[_Page]) -> Counter[str]:
    """How often the document writes each word, hyphens and all."""
    text = "\n".join(line for page in pages for line in page.lines)
    return Counter(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text))


def _opened(data: bytes, origin: str) -> PdfReader:
    try:
        reader = PdfReader(io.BytesIO(data), root_object_recovery_limit=1_000)
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceMalformed(origin, "this PDF is locked with a password; save a copy without one")
        count = len(reader.pages)
    except BROKEN as error:
        raise SourceMalformed(origin, f"a damaged PDF ({_said(error)}); get the file again") from error
    if count > MOST_PAGES:
        raise SourceTooBig(origin, f"a PDF of {count} pages; {MOST_PAGES} are read at most: split it")
    return reader


def _pages(
    reader: PdfReader, origin: str, progress: Callable[[int], None]
) -> tuple[list[_Page], tuple[int, ...]]:
    pages: list[_Page] = []
    unread: list[int] = []
    characters = 0
    for number in range(1, len(reader.pages) + 1):
        try:
            text = reader.pages[number - 1].extract_text().translate(LIGATURES)
        except BROKEN:
            text = ""
            unread.append(number)
        if len(text) > MOST_CHARACTERS_ON_A_PAGE:
            raise SourceTooBig(
                origin, f"page {number} of this PDF holds {len(text)} characters; print it anew"
            )
        lines = tuple(line for raw in text.split("\n") if (line := raw.strip()) or not raw)
        pages.append(_Page(number, lines if any(lines) else ()))
        characters += len(text)
        progress(characters)
    return pages, tuple(unread)


def _why_empty(pages: int, unread: Sequence[int]) -> str:
    if unread:
        return f"a damaged PDF: none of its {pages} pages can be read; get the file again"
    return (
        f"the {pages} pages of this PDF hold no words, only pictures; put it through text recognition first"
    )


def _said(error: BaseException) -> str:
    return fold(str(error))[:120] or type(error).__name__


def _numbers(pages: Sequence[int]) -> str:
    return ", ".join(map(str, pages[:20])) + (" …" if len(pages) > 20 else "")


def _shape(line: str) -> str:
    """A line without what changes from page to page.

    >>> _shape("12 · Tea Times"), _shape("Tea Times · 13")
    ('# · tea times', 'tea times · #')
    """
    return re.sub(r"\d+", "#", fold(line).casefold())


def _without_running(pages: Sequence[_Page]) -> list[_Page]:
    """The pages without their first and last lines, where those are page numbers or come back on most pages.

    Twice, since a title and a number often stand one below the other.
    """
    for _ in range(2):
        shapes = Counter(shape for page in pages for shape in {_shape(page.lines[at]) for at in _edges(page)})
        least = max(FEWEST_RUNNING, RUNNING_SHARE * sum(bool(page.lines) for page in pages))
        heads = frozenset(shape for shape, count in shapes.items() if count >= least)
        trimmed = [_trimmed(page, heads) for page in pages]
        if not any(any(page.lines) for page in trimmed):
            # The same line on every page and nothing else: then it is the text.
            break
        pages = trimmed
    return list(pages)


def _edges(page: _Page) -> set[int]:
    """Where running heads stand: the first and the last line with words."""
    written = [at for at, line in enumerate(page.lines) if line]
    return {written[0], written[-1]} if written else set()


def _trimmed(page: _Page, heads: frozenset[str]) -> _Page:
    def runs(line: str) -> bool:
        return _shape(line) in heads or fold(line).strip("-–— ") == str(page.number)

    edges = _edges(page)
    return _Page(
        page.number, tuple(line for at, line in enumerate(page.lines) if at not in edges or not runs(line))
    )


def _parts(pages: Sequence[_Page], outline: dict[int, list[str]]) -> Iterator[Part]:
    whole = _words_of(pages)
    lengths = [len(line) for page in pages for line in page.lines if line]
    usual = median(lengths) if lengths else 0.0
    full = quantiles(lengths, n=4)[2] if len(lengths) > 1 else 0.0
    heading: str | None = None
    unfinished = False
    for page in pages:
        titles = {fold(title).casefold(): title for title in outline.get(page.number, ())}
        found = 0
        for lines in _paragraphs(page.lines, usual, full, titles):
            text = fold(BROKEN_WORD.sub(lambda match: _mended(match, whole), "\n".join(lines)))
            if text.casefold() in titles:
                heading, unfinished, found = titles[text.casefold()], False, found + 1
            elif text:
                yield Part(
                    text=text,
                    label=Label(heading=heading, page=page.number),
                    continues=unfinished and text[0].islower(),
                )
                unfinished = not SENTENCE_END.search(text)
        if titles and not found:
            # The outline's words are not the page's: what we know is that by the next page it has begun.
            heading = [*titles.values()][-1]


def _paragraphs(
    lines: Sequence[str], usual: float, full: float, titles: dict[str, str]
) -> Iterator[list[str]]:
    """Runs of lines up to a blank one, a title, or a short line that ends a sentence."""
    run: list[str] = []
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        title = fold(line).casefold() in titles or (
            (not run or SENTENCE_END.search(run[-1])) and _is_title(line, following, full)
        )
        if run and (title or not line):
            yield run
            run = []
        if line:
            run.append(line)
        if run and (title or (len(line) < SHORT_LINE * usual and SENTENCE_END.search(line))):
            yield run
            run = []
    if run:
        yield run


def _is_title(line: str, following: str, full: float) -> bool:
    """Whether a line that may begin a paragraph is all of it, by its length beside a full line's.

    >>> [_is_title(line, "The ratings are kind.", 60) for line in ("Quays", "Anna Roe, 2025", "He met the")]
    [True, True, False]
    """
    short = 0 < len(line) < TITLE_LINE * full and not SENTENCE_END.search(line)
    return short and not GOES_ON.search(line) and line[0].isupper() and following[:1].isupper()


def _mended(match: re.Match[str], whole: Counter[str]) -> str:
    r"""A word broken at a line's end: with its hyphen only where the document writes it so elsewhere.

    >>> _mended(BROKEN_WORD.match("long-\nterm"), Counter(["long-term"]))
    'long-term'
    """
    first, second = match.groups()
    if not second[0].islower() or whole[f"{first}-{second}"] > whole[f"{first}{second}"]:
        return f"{first}-{second}"
    return f"{first}{second}"


def _outline(reader: PdfReader) -> dict[int, list[str]]:
    """Titles of the outline by the page they point to."""
    found: dict[int, list[str]] = {}
    try:
        stack: list[Any] = [*reversed(reader.outline)]
        while stack:
            item = stack.pop()
            if isinstance(item, list):
                stack.extend(reversed(item))
            elif (page := reader.get_destination_page_number(item)) is not None and item.title:
                found.setdefault(page + 1, []).append(fold(str(item.title)))
    except BROKEN:
        # An outline is a help, not the text: a broken one gives no headings.
        return {}
    return found


def _metadata(reader: PdfReader) -> Metadata:
    try:
        said: Mapping[str, Any] = reader.metadata or {}
        title, author = fold(str(said.get("/Title") or "")), fold(str(said.get("/Author") or ""))
        language = fold(str(reader.root_object.get("/Lang") or ""))
    except BROKEN:
        title = author = language = ""
    return Metadata(
        kind=SourceKind.DOCUMENT,
        title=None if NO_TITLE.fullmatch(title) else title or None,
        people=tuple(name for name in re.split(r"\s*[;,]\s*|\s+and\s+", author) if name),
        language=language if re.fullmatch(r"[A-Za-z]{2,3}(?:-[\w-]+)?", language) else None,
    )
