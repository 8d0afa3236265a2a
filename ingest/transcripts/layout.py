"""Bring labels that stand on lines of their own, or in headings and links, into one shape. Pure.

People write `00:12 Ana Roe` above the words, a name and a time on two lines, `## Ana Roe (00:12)`, or a time
that is a link. Whether such lines are labels only the file as a whole can say: there have to be several, and
names have to come back. `labelled.py` then reads them all as `Ana Roe (00:12):`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from ingest.transcripts import names
from ingest.transcripts.clock import STAMP

# [00:12](https://…), [(00:12:34)](https://…), *00:12*, `00:12`: the time in them is all a reader needs.
LINKED_STAMP = re.compile(rf"\[\\?[\[(]?({STAMP})\\?[\])]?\]\(\s*https?://[^)\s]*\s*\)")
SET_STAMP = re.compile(rf"(?<![*_`\w])([*_]{{1,2}}|`)[\[(]?({STAMP})[\])]?\1(?![*_`\w])")
ALONE = re.compile(rf"(?:\\?[\[(])?(?P<stamp>{STAMP})(?:\\?[\])])?\s?[:\-–—]?")
STAMP_AND_NAME = re.compile(
    rf"(?:\\?[\[(])?(?P<stamp>{STAMP})(?:\\?[\])])?\s*[-–—|,]?\s*(?P<name>[^\W\d_][^:]{{0,47}})"
)
HEADING = re.compile(
    rf"(?P<level>#{{2,6}})\s+\**(?P<name>[^\W\d_][^:\[\](){{}}*#\n]{{0,47}}?)\**\s*"
    rf"(?:[-–—|,:]?\s*(?:\\?[\[(])?(?P<stamp>{STAMP})(?:\\?[\])])?)?\s*:?\s*#*"
)
# [Ana Roe] text | Ana Roe — text
BEFORE = (
    re.compile(r"\\?\[(?P<name>[^\W\d_][^:\[\]()*\n]{0,47}?)\\?\]\s+(?P<rest>[^\s(:].*)"),
    re.compile(r"(?P<name>[^\W\d_][^:\[\]()*\n–—]{0,47}?)\s[-–—]{1,2}\s+(?P<rest>\S.*)"),
)
UNLIKE_HEADING = re.compile(
    rf"#{{2,6}}\s+(?P<name>[\w@][^:*\n]{{0,79}}?)\s*[-–—|,:]?\s*(?:\\?[\[(])?(?P<stamp>{STAMP})(?:\\?[\])])?\s*:?\s*#*"
)
# A name line's share of all lines: it stands above each turn.
FEWEST_NAME_LINES = 0.2


@dataclass(frozen=True, slots=True)
class _Label:
    """A name on `lines` lines from line `at` on, with the time beside it."""

    at: int
    lines: int
    name: str
    stamp: str | None
    rest: str = ""


def settled(text: str, people: Sequence[str] = ()) -> str:
    r"""The text with such labels rewritten; other lines as they are. `people` are those the source lists.

    >>> settled("00:02 Ana Roe\nHi.\n00:09 Bo\nHo.\n00:12 Ana Roe\nSo.").split("\n")[1::3]
    ['Ana Roe (00:02):', 'Bo (00:09):', 'Ana Roe (00:12):']
    >>> settled("**Ana** [(00:02)](https://a.example/?t=2) Hi.")
    '**Ana** [00:02] Hi.'
    """
    text = LINKED_STAMP.sub(r"[\1]", text)
    text = SET_STAMP.sub(r"[\2]", text)
    lines = text.split("\n")
    for found in (
        _headings(lines, people),
        _pairs(lines),
        _stamped(lines),
        _bare(lines, people),
        *(_before(shape, lines, people) for shape in BEFORE),
    ):
        if found:
            return "\n".join(_rewritten(lines, found))
    return text


def _rewritten(lines: list[str], found: Sequence[_Label]) -> list[str]:
    lines = list(lines)
    for label in reversed(found):
        beside = f" ({label.stamp})" if label.stamp else ""
        lines[label.at : label.at + label.lines] = ["", f"{label.name}{beside}: {label.rest}".rstrip()]
    return lines


def _come_back(found: Sequence[_Label]) -> bool:
    """Whether labels are those of people who talk: several, of few names, at least one of them again."""
    counts = Counter(label.name for label in found)
    few = len(counts) <= max(4, 0.6 * len(found))
    return len(found) > 1 and few and max(counts.values()) > 1


def _is_name(line: str) -> bool:
    """Whether a line is nothing but a name."""
    return len(line) < 48 and line[-1:] not in ".,;!?" and names.plausible(line) and not names.is_sound(line)


def _bared(line: str) -> str:
    """A line without the signs that set it in bold."""
    return line.strip().strip("*_").strip()


def _without_times(found: Sequence[_Label], people: Sequence[str]) -> bool:
    """Whether lines that are only names are labels: "Kettles" above each of two sections is none.

    Several of them, each name more than once, and names of two words, of listed people or of nobody.
    """
    counts = Counter(label.name for label in found)
    listed = {names.first_name(person) for person in people}
    sure = all(
        len(name.split()) > 1 or names.is_anonymous(name) or names.first_name(name) in listed
        for name in counts
    )
    return sure and len(found) > 3 and 1 < len(counts) <= max(2, len(found) // 2) and min(counts.values()) > 1


def _headings(lines: Sequence[str], people: Sequence[str]) -> list[_Label]:
    """`### Ana Roe (00:12)`; without times only where all headings of that level are names."""
    levels: dict[str, list[_Label]] = {}
    others: Counter[str] = Counter()
    unlike: list[tuple[int, _Label]] = []
    for at, line in enumerate(lines):
        if not line.startswith("##"):
            continue
        match = HEADING.fullmatch(line.strip())
        if match and names.plausible(match["name"].strip()):
            label = _Label(at, 1, match["name"].strip(), match["stamp"])
            levels.setdefault(match["level"], []).append(label)
        else:
            others[line.split(" ", 1)[0]] += 1
            match = UNLIKE_HEADING.fullmatch(line.strip())
            if match and _unlike_name(match["name"]):
                unlike.append((at, _Label(at, 1, match["name"], match["stamp"])))
    for level, found in levels.items():
        timed = sum(label.stamp is not None for label in found)
        if timed * 2 > len(found) and _come_back(found):
            more = [label for at, label in unlike if lines[at].startswith(f"{level} ")]
            return sorted([*found, *more], key=lambda label: label.at)
        if not others[level] and _without_times(found, people):
            return found
    return []


def _pairs(lines: Sequence[str]) -> list[_Label]:
    """A name and a time on two lines, in either order; blank lines between them do not matter."""
    written = [(at, bare) for at, line in enumerate(lines) if (bare := _bared(line))]
    alone = {at: match["stamp"] for at, line in written if (match := ALONE.fullmatch(line))}
    if len(alone) < 2:
        return []
    orders: list[list[_Label]] = [[], []]
    for (at, line), (after, following) in pairwise(written):
        if after in alone and at not in alone and _is_name(line.rstrip(" :")):
            orders[0].append(_Label(at, after - at + 1, line.rstrip(" :"), alone[after]))
        if at in alone and after not in alone and _is_name(following.rstrip(" :")):
            orders[1].append(_Label(at, after - at + 1, following.rstrip(" :"), alone[at]))
    for order, found in enumerate(orders):
        if len(found) * 2 > len(alone) and _come_back(found):
            return sorted([*found, *_unlike_pairs(written, alone, found, order)], key=lambda label: label.at)
    return []


def _unlike_pairs(
    written: Sequence[tuple[int, str]], alone: Mapping[int, str], found: Sequence[_Label], order: int
) -> list[_Label]:
    """What else stands above (0) or below (1) a time alone, as names do there: `Caller #2`."""
    taken = {line for label in found for line in range(label.at, label.at + label.lines)}
    more: list[_Label] = []
    for (at, line), (after, following) in pairwise(written):
        stamp, name = (alone.get(after), line) if not order else (alone.get(at), following)
        if stamp and not taken & {at, after} and _unlike_name(name.rstrip(" :")):
            more.append(_Label(at, after - at + 1, name.rstrip(" :"), stamp))
    return more


def _unlike_name(line: str) -> bool:
    """Whether a line where a name has to stand may be one that is written unlike others."""
    return line[-1:] not in ".,;!?" and not names.is_sound(line) and names.describes(line)


def _stamped(lines: Sequence[str]) -> list[_Label]:
    """`00:12 Ana Roe`, alone on its line; or, where enough are, with the words behind it."""
    found: list[_Label] = []
    unlike: list[_Label] = []
    stamps = 0
    for at, line in enumerate(lines):
        match = STAMP_AND_NAME.fullmatch(_bared(line))
        stamps += re.match(rf"\W{{0,2}}{STAMP}", line.strip()) is not None
        if match and _is_name(match["name"].strip(" *_")):
            found.append(_Label(at, 1, match["name"].strip(" *_"), match["stamp"]))
        elif match and _unlike_name(match["name"].strip(" *_")):
            unlike.append(_Label(at, 1, match["name"].strip(" *_"), match["stamp"]))
    if len(found) < 2 or not _come_back(found):
        return []
    known = "|".join(re.escape(name) for name in dict.fromkeys(label.name for label in found))
    places = {label.at for label in found}
    behind = re.compile(rf"\W{{0,2}}(?P<stamp>{STAMP})\W{{1,4}}(?P<name>{known})\s+(?P<rest>\S.*)")
    more = [
        _Label(at, 1, match["name"], match["stamp"], match["rest"])
        for at, line in enumerate(lines)
        if at not in places and (match := behind.fullmatch(line.strip()))
    ]
    labels = sorted([*found, *unlike, *more], key=lambda label: label.at)
    return labels if len(labels) * 2 > stamps else []


def _bare(lines: Sequence[str], people: Sequence[str]) -> list[_Label]:
    """Names alone above what they say, never two in a row."""
    written = [(at, bare) for at, line in enumerate(lines) if (bare := _bared(line))]
    named = [_Label(at, 1, line, None) for at, line in written if _is_name(line)]
    counts = Counter(label.name for label in named)
    found = [label for label in named if counts[label.name] > 1]
    places = {label.at for label in found}
    if any(a in places and b in places for (a, _), (b, _) in pairwise(written)):
        return []
    most = len(found) * 5 > len(named) * 4 and len(found) >= FEWEST_NAME_LINES * len(written)
    return found if most and _without_times(found, people) else []


def _before(shape: re.Pattern[str], lines: Sequence[str], people: Sequence[str]) -> list[_Label]:
    """Names in brackets, or before a dash, with what they say behind them on the line."""
    written = [(at, line.strip()) for at, line in enumerate(lines) if line.strip()]
    found = [
        _Label(at, 1, match["name"].strip(), None, match["rest"])
        for at, line in written
        if (match := shape.fullmatch(line)) and _is_name(match["name"].strip())
    ]
    most = len(found) >= FEWEST_NAME_LINES * len(written)
    # In a list of things with what they are, none comes back after another.
    turns = [name for name, _ in groupby(label.name for label in found)]
    return found if most and len(turns) > len(set(turns)) and _without_times(found, people) else []
