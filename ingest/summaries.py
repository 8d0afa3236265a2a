"""Read the summary page that an app's AI wrote about an episode, as it is pasted from the screen. Pure.

What the AI wrote is marked as such; only the show's own notes, below the last deep dive, are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ingest import webpage
from ingest.frontmatter import merge
from ingest.markdown import fold
from ingest.pages import read_markdown
from ingest.reading import Metadata, Part, Reading
from rag.models import Label, SourceKind

TABS = frozenset({"ai summary", "highlights", "ai chapters", "episode notes", "transcript", "chapters"})
FURNITURE = TABS | {
    "read more",
    "read less",
    "show more",
    "show less",
    "auto_awesome",
    "play",
    "share",
    "save",
}
CREDIT = re.compile(
    r"""\W*(?:(?:this|these|the)\s+)?(?:podcast\s+|episode\s+|show\s+)?
    (?:summary|recap|overview|page|text|takeaways|notes)\s+(?:(?:is|are|was|were|has\s+been)\s+)?
    (?:automatically\s+)?(?:created|generated|written|produced|made)\s+(?:automatically\s+)?(?:with|by|using)\s+
    (?:the\s+help\s+of\s+)?(?:an?\s+)?(?:\w+(?:['’]s)?\s+)?
    (?:AI|artificial\s+intelligence|\w*GPT|language\s+model|Claude|Gemini)\b.*
    |\W*(?:AI|machine)[-\ ](?:generated|written)(?:\s+(?:summary|recap|overview|notes))?\W*""",
    re.IGNORECASE | re.VERBOSE,
)
# So near the top or the end of a page a credit speaks of all of it.
EDGE = 4
TAKEAWAYS, DIVES, NOTES = "Quick takeaways", "Deep dives", "Episode notes"
SECTIONS = {section.lower(): section for section in (TAKEAWAYS, DIVES)}
MARKED = re.compile(r"^(?:#{1,6}\s+|[-*•]\s+)+")
MARKED_HEADING = re.compile(r"^##+ \S", re.MULTILINE)
# What a machine writes about a recording, and what its makers write about it.
MACHINE = re.compile(
    r"""\b(?:the|both|all)\s+(?:\w+\s+)?(?:speakers?|guests?|hosts?|podcast|discussion|conversation|episode|dialogue|panel)
    \s+(?:\w+ly\s+|also\s+|further\s+|then\s+|in\s+this\s+episode\s+)*
    (?:discuss|explor|delv|highlight|emphasi|argu|examin|touch|address|cover|reflect|underscor|not|mention|point
    |describ|explain|shar|conclud|suggest|stress|consider|debat|focus|emphas|turn)\w*""",
    re.IGNORECASE | re.VERBOSE,
)
MAKERS = re.compile(r"\b(?:[Ww]e|[Oo]ur|[Uu]s|I|[Mm]y)\b(?!\.)")
# A deep dive's title is a line, not a sentence.
LONGEST_TITLE = 120


def recognises(text: str) -> bool:
    r"""Whether this is such a page: it credits the AI, or shows at least two of its section names.

    >>> recognises("On tea.\nAI Summary\nQuick takeaways\nTea is hot."), recognises("Quick takeaways")
    (True, False)
    """
    return _is_pasted(text) or _is_credited(text)


def _is_pasted(text: str) -> bool:
    """Whether this is what an app shows, pasted from its screen."""
    lines = {line.lower() for line in _lines(text)}
    if any(CREDIT.fullmatch(line) for line in lines):
        tabs = lines & TABS and not MARKED_HEADING.search(text)
        return bool(lines & SECTIONS.keys() or tabs)
    return len(lines & (SECTIONS.keys() | {"ai summary", "ai chapters", "auto_awesome"})) > 1


def read(text: str) -> Reading:
    r"""The page's sentences, each under its section or its deep dive's title.

    >>> page = "On tea.\nQuick takeaways\nTea is hot.\nDeep dives\nWhy hot\nFire heats it.\nWe met Ana."
    >>> [(part.text, part.label.heading, part.label.ai_written) for part in read(page).parts][2:]
    [('Fire heats it.', 'Deep dives › Why hot', True), ('We met Ana.', 'Episode notes', False)]
    """
    if webpage.looks_like_html(text):
        page = webpage.parse(text)
        reading = read(_as_lines(page))
        metadata = replace(merge(reading.metadata, page.metadata), kind=SourceKind.SUMMARY)
        return replace(reading, metadata=metadata, skipped=(*page.notes, *reading.skipped))
    if not _is_pasted(text):
        return _written_by_machine(read_markdown(text))
    lines = list(_lines(text))
    own_notes = _own_notes(lines)
    title, overview = _title(lines)
    parts = [
        Part(text=line, label=Label(heading=heading, ai_written=True))
        for heading, line in _sections(lines[overview : own_notes[0]])
    ]
    parts += [
        Part(text=line, label=Label(heading=NOTES))
        for line in lines[own_notes[1] :]
        if not _is_furniture(line)
    ]
    furniture = sum(_is_furniture(line) for line in lines)
    return Reading(
        metadata=Metadata(kind=SourceKind.SUMMARY, title=title),
        parts=tuple(parts),
        skipped=(f"{furniture} lines of page furniture (tabs, buttons, credits)",) if furniture else (),
    )


def recognises_html(text: str) -> bool:
    """Whether this is such a page as an app or a site serves it."""
    return webpage.looks_like_html(text) and recognises(_as_lines(webpage.parse(text)))


def _as_lines(page: webpage.Page) -> str:
    return "\n\n".join(f"{'#' * block.level} {block.text}".strip() for block in page.blocks)


def _is_credited(text: str) -> bool:
    """Whether a page says at its top or its end that a machine wrote it."""
    lines = [line for line in text.split("\n") if line.strip()]
    edges = [*lines[:EDGE], *lines[-EDGE:]]
    return len(lines) > 2 and any(CREDIT.fullmatch(fold(line.strip("#*_> "))) for line in edges)


def _written_by_machine(reading: Reading) -> Reading:
    parts = tuple(replace(part, label=replace(part.label, ai_written=True)) for part in reading.parts)
    return replace(reading, parts=parts, metadata=replace(reading.metadata, kind=SourceKind.SUMMARY))


def _lines(text: str) -> Iterator[str]:
    return (line for raw in text.split("\n") if (line := fold(MARKED.sub("", raw.strip()))))


def _is_furniture(line: str) -> bool:
    return line.lower() in FURNITURE or CREDIT.fullmatch(line) is not None


def _is_title(line: str) -> bool:
    return (
        len(line) <= LONGEST_TITLE and not re.search(r"[.!…:;,][\"'”’)]*$", line) and not _is_furniture(line)
    )


def _title(lines: list[str]) -> tuple[str | None, int]:
    """A first line that is no sentence, above a longer one, is the title; and where the overview begins."""
    if len(lines) > 1 and _is_title(lines[0]) and not _is_title(lines[1]) and not _is_furniture(lines[1]):
        return lines[0], 1
    return None, 0


def _own_notes(lines: list[str]) -> tuple[int, int]:
    """Where the AI's text ends and where the show's notes begin.

    Notes stand under a line "Episode notes" that is no tab, or without any title after the last deep dive.
    There they are the page's last paragraph, and those before it that only its makers can have written: a
    deep dive may have a second paragraph.
    """
    for number, line in enumerate(lines):
        tabs_around = {near.lower() for near in lines[max(number - 1, 0) : number + 2] if near != line} & TABS
        if line.lower() == NOTES.lower() and not tabs_around and number > 0:
            return number, number + 1
    dives = next((number for number, line in enumerate(lines) if line.lower() == DIVES.lower()), None)
    if dives is None:
        return len(lines), len(lines)
    rest = range(dives + 1, len(lines) - 1)
    last_title = max((n for n in rest if _is_title(lines[n]) and not _is_title(lines[n + 1])), default=None)
    end = len(lines) if last_title is None else last_title + 2
    tail = [number for number in range(end, len(lines)) if not _is_furniture(lines[number])]
    for number in tail:
        makers = MAKERS.search(lines[number]) is not None
        if makers or (number == tail[-1] and not MACHINE.search(lines[number])):
            return number, number
    return len(lines), len(lines)


def _sections(lines: list[str]) -> Iterator[tuple[str | None, str]]:
    """Each line the AI wrote with the heading it stands under."""
    section: str | None = None
    heading: str | None = None
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if _is_furniture(line):
            continue
        if line.lower() in SECTIONS:
            section = heading = SECTIONS[line.lower()]
        elif section == DIVES and _is_title(line) and following and not _is_title(following):
            heading = f"{DIVES} › {line}"
        else:
            yield heading, line
