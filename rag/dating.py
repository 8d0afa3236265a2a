"""The times a question names, as spans of days in which what answers it may have been published. Pure.

"Back in June 2025", "late 2024", "last spring", "since March": a reader remembers when something was said,
and a source of that time is more likely the one that is meant. It may also be the time that is talked about,
so nothing is kept out.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_SHORT = {name.casefold(): number for number, name in enumerate(calendar.month_abbr) if name}
_MONTH = "|".join([*_MONTHS, *_SHORT, "sept"])
# The month in which each begins, north of the equator.
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_THIRDS = {"early": 0, "mid": 1, "late": 2}
_YEAR = r"(?:19|20)\d\d"
# Before its name stands how the time bounds what is meant.
_BOUND = r"(?:\b(?P<bound>since|after|before|until)\s+(?:the\s+)?)?"
_NAMED = re.compile(
    rf"{_BOUND}(?:"
    rf"(?P<iso>\b{_YEAR}-\d\d-\d\d\b)"
    rf"|(?:\b(?P<d1>\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?)?\b(?:(?:early|mid|late)[\s-]+)?(?P<month>{_MONTH})\b\.?"
    rf"(?:\s+(?P<d2>\d\d?)(?:st|nd|rd|th)?\b(?!\s*(?:am|pm|%|percent)))?,?(?:\s+(?:of\s+)?(?P<year>{_YEAR})\b)?"
    rf"|\b(?P<which>last|this|past)\s+(?P<unit>week|month|year|{'|'.join(_SEASONS)})\b"
    rf"|\b(?P<season>{'|'.join(_SEASONS)})\s+(?:of\s+)?(?P<of>{_YEAR})\b"
    rf"|\b(?:(?P<third>early|mid|late)[\s-]+)?(?P<alone>{_YEAR})\b"
    r")",
    re.IGNORECASE,
)
# What happened is told of in the weeks that follow.
_GRACE_DAYS = 14


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both in it; `said` is how the question names them."""

    first: date
    last: date
    said: str = ""

    def holds(self, published: date) -> bool:
        """Whether what was published on that day may be meant: in these days or soon after."""
        return self.first <= published and published.toordinal() - _GRACE_DAYS <= self.last.toordinal()


def periods(question: str, *, today: date) -> tuple[Period, ...]:
    """The times that the question names, in its order. A month without a year is the last one there was.

    >>> [str(day) for one in periods("What was said in late 2024?", today=date(2026, 5, 9))
    ...  for day in (one.first, one.last)]
    ['2024-09-01', '2024-12-31']
    >>> [str(one.first) for one in periods("Since March? And last spring?", today=date(2026, 2, 1))]
    ['2025-03-01', '2025-03-01']
    >>> periods("May she march on?", today=date(2026, 2, 1))
    ()
    """
    return tuple(_periods(question, today))


def _periods(question: str, today: date) -> Iterator[Period]:
    for found in _NAMED.finditer(question):
        try:
            period = _named(found, today)
        except ValueError:  # the 31st of June
            continue
        if period is None:
            continue
        bound = (found["bound"] or "").casefold()
        first = date.min if bound in ("before", "until") else period.first
        last = date.max if bound in ("since", "after") else period.first if bound else period.last
        yield Period(first, last, found.group())


def _named(found: re.Match[str], today: date) -> Period | None:
    if found["iso"]:
        day = date.fromisoformat(found["iso"])
        return Period(day, day)
    if found["month"]:
        return _month(found, today)
    if found["which"]:
        return _relative(found["which"].casefold(), found["unit"].casefold(), today)
    if found["season"]:
        return _season(int(found["of"]), found["season"].casefold())
    year = int(found["alone"])
    if found["third"]:
        first = 1 + 4 * _THIRDS[found["third"].casefold()]
        return Period(date(year, first, 1), _end(year, first + 3))
    return Period(date(year, 1, 1), date(year, 12, 31))


def _month(found: re.Match[str], today: date) -> Period | None:
    name = found["month"]
    # "May she march on": a month has its capital, and these two words need more than that at the beginning.
    if name[0].islower() or (found.start("month") == 0 and not found["year"]):
        return None
    month = _MONTHS.get(name.casefold()) or _SHORT[name.casefold()[:3]]
    year = int(found["year"]) if found["year"] else today.year - (month > today.month)
    day = found["d1"] or found["d2"]
    if day:
        return Period(date(year, month, int(day)), date(year, month, int(day)))
    return Period(date(year, month, 1), _end(year, month))


def _relative(which: str, unit: str, today: date) -> Period:
    this = which == "this"
    if unit in _SEASONS:
        begun = _season(today.year, unit).first <= today
        ended = _season(today.year, unit).last < today
        return _season(today.year - (not begun if this else not ended), unit)
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + (0 if this else 7))
        return Period(monday, monday + timedelta(days=6))
    if unit == "month":
        first = today.replace(day=1)
        first = first if this else (first - timedelta(days=1)).replace(day=1)
        return Period(first, _end(first.year, first.month))
    year = today.year - (not this)
    return Period(date(year, 1, 1), date(year, 12, 31))


def _season(year: int, name: str) -> Period:
    first = _SEASONS[name]
    last = first + 2
    return Period(date(year, first, 1), _end(year + (last > 12), (last - 1) % 12 + 1))


def _end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
