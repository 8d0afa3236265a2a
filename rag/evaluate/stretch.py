"""Stretches of canonical text, which is what every citation score compares. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Stretch(NamedTuple):
    """`text[start:end]` of a source."""

    source: str
    start: int
    end: int

    @property
    def length(self) -> int:
        """In characters."""
        return self.end - self.start


def shared(one: Stretch, other: Stretch) -> int:
    """How many characters two stretches have in common.

    >>> shared(Stretch("a", 0, 10), Stretch("a", 6, 20)), shared(Stretch("a", 0, 10), Stretch("b", 0, 10))
    (4, 0)
    """
    if one.source != other.source:
        return 0
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same characters, each counted once.

    >>> merged([Stretch("a", 5, 9), Stretch("a", 0, 6), Stretch("b", 0, 2)])
    [Stretch(source='a', start=0, end=9), Stretch(source='b', start=0, end=2)]
    """
    whole: list[Stretch] = []
    for stretch in sorted(stretches):
        last = whole[-1] if whole else None
        if last and last.source == stretch.source and stretch.start <= last.end:
            whole[-1] = last._replace(end=max(last.end, stretch.end))
        else:
            whole.append(stretch)
    return whole


def covered(stretch: Stretch, by: Iterable[Stretch]) -> int:
    """How many characters of a stretch lie in any of the others.

    >>> covered(Stretch("a", 0, 10), [Stretch("a", 0, 4), Stretch("a", 2, 6), Stretch("b", 6, 10)])
    6
    """
    return sum(shared(stretch, other) for other in merged(by))
