"""Figures as they are said: recognisers of speech often write "nineteen forty nine" for 1949. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

_UP_TO_NINETEEN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
).split()
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
# One digit is written as a word in print too, and such words stand everywhere.
_FIGURE = re.compile(r"([1-9]\d{1,5})(st|nd|rd|th|s)?")


@lru_cache(maxsize=1024)
def ways_to_say(word: str) -> tuple[str, ...]:
    """The ways to say a figure of two to six digits, an ordinal or a decade; none for any other word.

    >>> ways_to_say("1949"), ways_to_say("1905")
    (('nineteen forty nine',), ('nineteen oh five', 'nineteen o five'))
    >>> ways_to_say("250"), ways_to_say("16th"), ways_to_say("80s"), ways_to_say("v0")
    (('two hundred fifty', 'two hundred and fifty', 'two fifty'), ('sixteenth',), ('eighties',), ())
    """
    found = _FIGURE.fullmatch(word)
    if not found:
        return ()
    figure, ending = int(found.group(1)), found.group(2)
    ways = [_ended(way, ending) for way in _ways(figure)]
    return tuple(dict.fromkeys(" ".join(way) for way in ways))


def _ways(figure: int) -> list[list[str]]:
    before, after = divmod(figure, 100)
    if 1100 <= figure < 2000:
        return [[*_below_hundred(before), *rest] for rest in _second_half(after)]
    ways = [_counted(figure), _counted(figure, joint=["and"])]
    if 2010 <= figure < 2100 or (1 <= before <= 9 and after > 9):
        ways.append([*_below_hundred(before), *_below_hundred(after)])
    if 2100 <= figure < 10_000 and not after and before % 10:
        ways.append([*_below_hundred(before), "hundred"])
    return ways


def _second_half(figure: int) -> list[list[str]]:
    if not figure:
        return [["hundred"]]
    if figure < 10:
        return [[zero, _UP_TO_NINETEEN[figure]] for zero in ("oh", "o")]
    return [_below_hundred(figure)]


def _counted(figure: int, joint: list[str] | None = None) -> list[str]:
    """In words; the joint stands before what is below a hundred."""
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if figure >= size:
            rest = figure % size
            head = [*_counted(figure // size, joint), name]
            between = joint or [] if rest < 100 else []
            return [*head, *between, *_counted(rest, joint)] if rest else head
    return _below_hundred(figure)


def _below_hundred(figure: int) -> list[str]:
    if figure < 20:
        return [_UP_TO_NINETEEN[figure]]
    return [_TENS[figure // 10], *([_UP_TO_NINETEEN[figure % 10]] if figure % 10 else [])]


def _ended(way: list[str], ending: str | None) -> list[str]:
    if ending is None:
        return way
    *before, last = way
    stem = last.removesuffix("y") + "ie" if last.endswith("y") else last
    if ending == "s":
        return [*before, f"{stem}s"]
    return [*before, _ORDINALS.get(last, f"{stem}th")]
