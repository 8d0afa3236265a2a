"""Recognise the speaker label or time stamp that begins a line of a text transcript. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from ingest.transcripts import names
from ingest.transcripts.clock import STAMP, seconds

OPEN, CLOSE = r"\\?[\[(]", r"\\?[\])]"
NAME = r"(?P<name>[^\W\d_][^:\[\]()*\n–—]{0,47}?)"
BOLD = re.compile(r"(?:\*\*|__)\s*(?P<inner>[^*\n]{1,80}?)\s*(?:\*\*|__)(?P<rest>.*)")
# The debris of an editor between label and text: `**Ana**:** **So`.
EMPTY_BOLD = re.compile(r"^:?\s*\*\*\s+\*\*")
# Ana (00:32) - text | Ana [0:46]: text | Ana: 00:02 | Ana – 00:02:02:  text | Ana: \[00:04\] text | Ana  0:02
STAMPED = re.compile(
    rf"{NAME}(?P<colon>\s?:)?\s*(?P<dash>[-–—|,•·])?\s*(?P<open>{OPEN})?(?P<stamp>{STAMP})(?P<close>{CLOSE})?"
    r"\s*(?P<after>[:\-–—])?\s*(?P<rest>.*)"
)
# [00:12:34] Ana: text
STAMP_FIRST = re.compile(
    rf"(?:{OPEN})?(?P<stamp>{STAMP})(?:{CLOSE})?\s*[-–—]?\s*{NAME}\s?:(?!//)\s*(?P<rest>.*)"
)
# [Ana] 00:02 | [Ana]: text
NAME_IN_BRACKETS = re.compile(
    rf"\\?\[(?P<name>[^\W\d_][^:\[\]()*\n]{{0,47}}?)\\?\]\s*(?P<colon>:)?\s*(?P<stamp>{STAMP})?\s*:?\s*(?P<rest>.*)"
)
# [00:02] **Ana:** text
STAMP_AND_BOLD = re.compile(rf"(?:{OPEN})?(?P<stamp>{STAMP})(?:{CLOSE})?\s*[-–—]?\s*(?P<rest>(?:\*\*|__).*)")
# Ana: text | Ana van Dam (AvD): text
PLAIN = re.compile(rf"{NAME}(?:\s\((?P<short>[A-Z][A-Za-z]{{0,4}})\))?\s?:(?!//)(?:\s+(?P<rest>.*)|$)")
# (00:01:21): text | 00:01:21 text | 00:01:21
STAMP_ONLY = re.compile(
    rf"(?P<open>{OPEN})?(?P<stamp>{STAMP})(?P<close>{CLOSE})?\s?[:\-–—]?(?:\s+(?P<rest>.*)|$)"
)
# The same shapes around whatever a file may have for a name: Bo Dahl, Ridge Lab (00:32): text
ANY = r"(?P<name>[\w@][^:*\n]{0,79}?)"
UNLIKE_STAMPED = re.compile(
    rf"{ANY}\s*(?P<open>{OPEN})(?P<stamp>{STAMP})(?P<close>{CLOSE})\s*(?P<after>[:\-–—])?\s*(?P<rest>.*)"
)
UNLIKE_ALONE = re.compile(rf"{ANY}\s*[-–—|,•·]?\s+(?P<stamp>{STAMP})\s*:?")
UNLIKE_PLAIN = re.compile(
    rf"(?:{OPEN}(?P<stamp>{STAMP}){CLOSE}\s*[-–—]?\s*)?{ANY}\s?:(?!//)(?:\s+(?P<rest>.*)|$)"
)
UNLIKE_BOLD = re.compile(rf"(?:\*\*|__)\s*{ANY}(?:\s?:\s*(?:\*\*|__)|\s*(?:\*\*|__)\s?:)\s*(?P<rest>.*)")


class Shape(StrEnum):
    """How a line gave its label away, from the surest to the least sure."""

    BOLD = "bold"
    STAMPED = "stamped"
    PLAIN = "plain"
    LOOSE = "loose"
    STAMP = "stamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What begins a line: a label, a time, or both; `rest` is what follows on the line."""

    shape: Shape
    rest: str
    name: str | None = None
    short: str | None = None
    start_s: float | None = None
    bracketed: bool = False


def mark_of(line: str) -> Mark | None:
    r"""The label that begins a line, on its shape alone; whether a plain one is a speaker the file decides.

    >>> mark = mark_of("**Ana:** \\[00:04\\] Hi")
    >>> mark.shape.value, mark.name, mark.start_s, mark.rest
    ('bold', 'Ana', 4.0, 'Hi')
    >>> mark_of("Bo van Dam 1:02:14").start_s, mark_of("Ana (9:30) went."), mark_of("Ana: 9:30 is late").rest
    (3734.0, None, '9:30 is late')
    """
    if stamped := STAMP_AND_BOLD.match(line):
        found = mark_of(stamped["rest"])
        return replace(found, start_s=seconds(stamped["stamp"])) if found and found.name else _stamp(line)
    bold = BOLD.match(line)
    if bold:
        found = _named(f"{bold['inner']} {EMPTY_BOLD.sub(': ', bold['rest'])}")
        return _as_bold(found) if found else None
    return _named(line) or _stamp(line)


def unlike_mark_of(line: str, shapes: Collection[Shape]) -> Mark | None:
    """What stands where a label stands in one of these shapes, whatever is written there.

    >>> unlike_mark_of("Bo Dahl, Ridge Lab (00:32): Hi.", [Shape.STAMPED]).name
    'Bo Dahl, Ridge Lab'
    """
    if Shape.BOLD in shapes and (match := UNLIKE_BOLD.match(line)):
        return Mark(shape=Shape.BOLD, name=match["name"].strip(), rest=match["rest"])
    match = UNLIKE_STAMPED.match(line)
    if match and (
        (Shape.STAMPED in shapes and (match["after"] or not match["rest"])) or Shape.LOOSE in shapes
    ):
        shape = Shape.STAMPED if match["after"] or not match["rest"] else Shape.LOOSE
        return Mark(
            shape=shape, name=match["name"].strip(), start_s=seconds(match["stamp"]), rest=match["rest"]
        )
    if Shape.STAMPED in shapes and (match := UNLIKE_ALONE.fullmatch(line)):
        return Mark(shape=Shape.LOOSE, name=match["name"].strip(), start_s=seconds(match["stamp"]), rest="")
    if Shape.PLAIN in shapes and (match := UNLIKE_PLAIN.match(line)):
        start_s = seconds(match["stamp"]) if match["stamp"] else None
        return Mark(shape=Shape.PLAIN, name=match["name"].strip(), start_s=start_s, rest=match["rest"] or "")
    return None


def _named(line: str) -> Mark | None:
    if (match := STAMPED.match(line)) and _is_stamped(match):
        name = match["name"].strip()
        return Mark(
            shape=Shape.STAMPED,
            name=name,
            start_s=seconds(match["stamp"]),
            rest=match["rest"],
            bracketed=bool(match["open"]),
        )
    if match and _is_loose(match):
        return Mark(
            shape=Shape.LOOSE,
            name=match["name"].strip(),
            start_s=seconds(match["stamp"]),
            rest=match["rest"],
            bracketed=True,
        )
    match = NAME_IN_BRACKETS.match(line)
    if match and (match["colon"] or match["stamp"]) and not names.is_sound(match["name"]):
        start_s = seconds(match["stamp"]) if match["stamp"] else None
        return Mark(shape=Shape.PLAIN, name=match["name"].strip(), start_s=start_s, rest=match["rest"])
    if match := STAMP_FIRST.match(line):
        return Mark(
            shape=Shape.PLAIN, name=match["name"].strip(), start_s=seconds(match["stamp"]), rest=match["rest"]
        )
    if match := PLAIN.match(line):
        return Mark(
            shape=Shape.PLAIN, name=match["name"].strip(), short=match["short"], rest=match["rest"] or ""
        )
    return None


def _is_stamped(match: re.Match[str]) -> bool:
    """A time beside a name is a label only where the punctuation says so: people also say times."""
    name = match["name"].strip()
    if not (names.plausible(name) or names.is_mark(name)) or bool(match["open"]) != bool(match["close"]):
        return False
    if not match["rest"]:
        return True
    return (
        bool(match["colon"] or match["after"])
        if match["open"]
        else match["after"] == ":" and not match["colon"]
    )


def _is_loose(match: re.Match[str]) -> bool:
    """`Ana Roe [00:02] text`, `Ana Roe (00:02) text`: likely a label where a file has several of them."""
    whole = re.fullmatch(r"\d{2,3}(?::\d{2}){1,2}(?:[.,]\d{1,3})?", match["stamp"]) is not None
    in_brackets = bool(match["open"] and match["close"]) and not match["colon"] and not match["after"]
    return in_brackets and whole and names.plausible(match["name"].strip())


def _as_bold(mark: Mark) -> Mark | None:
    """A bold label is trusted with names that a plain one is not: `**stickies-v**:`."""
    name = mark.name or ""
    single = len(name.split()) == 1 and name.lower() not in names.NOT_NAMES
    if not (single or names.plausible(name) or names.is_mark(name) or names.is_sponsor(name)):
        return None
    return Mark(
        shape=Shape.BOLD,
        name=name,
        short=mark.short,
        start_s=mark.start_s,
        rest=mark.rest,
        bracketed=mark.bracketed,
    )


def _stamp(line: str) -> Mark | None:
    match = STAMP_ONLY.match(line)
    if not match or bool(match["open"]) != bool(match["close"]):
        return None
    return Mark(
        shape=Shape.STAMP,
        start_s=seconds(match["stamp"]),
        rest=match["rest"] or "",
        bracketed=bool(match["open"]),
    )
