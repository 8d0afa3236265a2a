"""Read the summary page that an app's AI wrote about an episode, as it is pasted from the screen. Pure.

What the AI wrote is marked as such; only the show's own notes, below the last deep dive, are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.markdown import fold
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
CREDIT = re.compile(r"(?:podcast )?summary (?:created|generated) (?:with|by) .*\bAI\b.*", re.IGNORECASE)
TAKEAWAYS, DIVES, NOTES = "Quick takeaways", "Deep dives", "Episode notes"
SECTIONS = {section.lower(): section for section in (TAKEAWAYS, DIVES)}
MARKED = re.compile(r"^(?:#{1,6}\s+|[-*•]\s+)+")
# A deep dive's title is a line, not a sentence.
LONGEST_TITLE = 120


def recognises(text: str) -> bool:
    r"""Whether this is such a page: it credits the AI, or shows at least two of its section names.

    >>> recognises("On tea.\nAI Summary\nQuick takeaways\nTea is hot."), recognises("Quick takeaways")
    (True, False)
    """
    lines = {line.lower() for line in _lines(text)}
    if any(CREDIT.fullmatch(line) for line in lines):
        return bool(lines & (SECTIONS.keys() | TABS))
    return len(lines & (SECTIONS.keys() | {"ai summary", "ai chapters", "auto_awesome"})) > 1


def read(text: str) -> Reading:
    r"""The page's sentences, each under its section or its deep dive's title.

    >>> page = "On tea.\nQuick takeaways\nTea is hot.\nDeep dives\nWhy hot\nFire heats it.\nWe met Ana."
    >>> [(part.text, part.label.heading, part.label.ai_written) for part in read(page).parts][2:]
    [('Fire heats it.', 'Deep dives › Why hot', True), ('We met Ana.', 'Episode notes', False)]
    """
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
    return end, end


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
