"""The figures of a text, however written: digits or words, dates, units, ordinals, fractions. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from rag.verify.tokens import Token, tokens

Bound = Literal["over", "under", "least", "most", "about"]

_ONES = {
    word: number
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen""".split()
    )
}
_TENS = {
    word: 10 * at
    for at, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0,
    "hundreds": 1e2, "thousands": 1e3, "millions": 1e6, "billions": 1e9, "trillions": 1e12, "dozens": 12.0,
    "k": 1e3, "mn": 1e6, "bn": 1e9, "tn": 1e12,
}  # fmt: skip
_ORDINALS = {
    word: number
    for number, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
        fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split(),
        1,
    )
} | {"thirtieth": 30, "fortieth": 40, "fiftieth": 50, "hundredth": 100, "thousandth": 1000}
_FRACTIONS = {
    "half": 2, "halves": 2, "quarter": 4, "quarters": 4,
    **{word: n for word, n in _ORDINALS.items() if n > 2},
    **{word + "s": n for word, n in _ORDINALS.items() if n > 2},
}  # fmt: skip
_TIMES = {
    "twice": 2.0,
    "double": 2.0,
    "doubled": 2.0,
    "doubles": 2.0,
    "triple": 3.0,
    "tripled": 3.0,
    "thrice": 3.0,
}
_TWO = {"both": 2.0, "pair": 2.0, "couple": 2.0, "single": 1.0}
MONTHS = {
    name: number
    for number, names in enumerate(
        """january jan;february feb;march mar;april apr;may;june jun;july jul;august aug;september sep sept;
        october oct;november nov;december dec""".replace("\n", "").split(";"),
        1,
    )
    for name in names.split()
}
_DAYS = {
    name: number
    for number, names in enumerate(
        "monday mon mondays;tuesday tue tuesdays;wednesday wed wednesdays;thursday thu thursdays;"
        "friday fri fridays;"
        "saturday sat saturdays;sunday sun sundays".split(";"),
        1,
    )
    for name in names.split()
}
# Word: dimension and how many of its first unit.
_UNITS: dict[str, tuple[str, float]] = {}
for _dimension, _lines in {
    "time": "ms msec millisecond milliseconds=.001;s sec secs second seconds=1;min mins minute minutes=60;"
    "h hr hrs hour hours=3600;day days=86400;week weeks=604800;weekend weekends=172800;"
    "fortnight=1209600;month months=2629800;"
    "year years yr yrs=31557600;decade decades=315576000;century centuries=3155760000;"
    "microsecond microseconds=.000001;nanosecond nanoseconds=.000000001",
    "length": "mm millimetre millimetres millimeter millimeters=.001;"
    "cm centimetre centimetres centimeter centimeters=.01;m metre metres meter meters=1;"
    "km kilometre kilometres kilometer kilometers=1000;mile miles=1609.344;foot feet ft=.3048;"
    "inch inches=.0254;yard yards=.9144",
    "mass": "mg milligram milligrams=.001;g gram grams gramme grammes=1;"
    "kg kilo kilos kilogram kilograms=1000;"
    "tonne tonnes=1000000;ton tons=1000000.5;pound-mass lb lbs=453.59;ounce ounces oz=28.35",
    "volume": "ml millilitre millilitres milliliter milliliters=.001;"
    "litre litres liter liters=1;gallon gallons=3.785",
    "data": "bit bits=.125;byte bytes b=1;kb kilobyte kilobytes=1e3;mb megabyte megabytes=1e6;"
    "gb gigabyte gigabytes gig gigs=1e9;tb terabyte terabytes=1e12;pb petabyte petabytes=1e15;"
    "kib=1024;mib=1048576;gib=1073741824",
    "weight": "vb vbyte vbytes vsize=1;wu=.25",
    "degrees": "° degree degrees=1",
    "share": "% percent percentage pct=1",
    "dollars": "$ dollar dollars usd buck bucks=1;cent cents=.01",
    "euros": "€ euro euros eur=1",
    "pounds": "£ pound pounds gbp quid=1;penny pence=.01",
    "yen": "¥ yen jpy=1",
    "kroner": "kroner kroners krone kronor krona nok sek dkk=1",
    "francs": "franc francs chf=1",
    "rupees": "rupee rupees inr=1",
    "bitcoin": "sat sats satoshi satoshis=1;msat msats millisatoshi millisatoshis=.001;btc=1e8",
    "power": "watt watts w=1;kw kilowatt kilowatts=1e3;mw megawatt megawatts=1e6;gw gigawatt gigawatts=1e9",
    "energy": "kwh=1;mwh=1e3;gwh=1e6",
    "pitch": "hz hertz=1;khz=1e3;mhz=1e6;ghz=1e9",
}.items():
    for _group in _lines.split(";"):
        _names, _, _scale = _group.rpartition("=")
        for _name in _names.split():
            _UNITS[_name] = (_dimension, float(_scale))
_CURRENCY = frozenset("$€£¥")
_JOINS = frozenset("to and or - ; ,".split())
_BOUNDS: list[tuple[tuple[str, ...], Bound]] = [
    (("at", "least"), "least"), (("no", "less", "than"), "least"), (("no", "fewer", "than"), "least"),
    (("not", "less", "than"), "least"), (("not", "fewer", "than"), "least"), (("minimum", "of"), "least"),
    (("as", "few", "as"), "least"), (("or", "more"), "least"),
    (("at", "most"), "most"), (("no", "more", "than"), "most"), (("not", "more", "than"), "most"),
    (("up", "to"), "most"), (("as", "much", "as"), "most"), (("as", "many", "as"), "most"),
    (("maximum", "of"), "most"), (("a", "maximum"), "most"), (("a", "minimum"), "least"),
    (("more", "than"), "over"), (("greater", "than"), "over"), (("higher", "than"), "over"),
    (("larger", "than"), "over"), (("longer", "than"), "over"), (("older", "than"), "over"),
    (("less", "than"), "under"), (("fewer", "than"), "under"), (("lower", "than"), "under"),
    (("smaller", "than"), "under"), (("shorter", "than"), "under"), (("younger", "than"), "under"),
    (("over",), "over"), (("above",), "over"), (("exceeding",), "over"), (("exceeds",), "over"),
    (("under",), "under"), (("below",), "under"), (("beneath",), "under"),
    (("about",), "about"), (("around",), "about"), (("roughly",), "about"), (("approximately",), "about"),
    (("some",), "about"), (("almost",), "about"), (("nearly",), "about"), (("circa",), "about"),
    (("close", "to"), "about"),
]  # fmt: skip
# Pairs of bounds that cannot both hold for one figure of one statement.
_CONFLICTS = {
    frozenset(pair) for pair in (("over", "under"), ("least", "most"), ("least", "under"), ("most", "over"))
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure where it stands: tokens `[first, last)`. `readings` are pairs of what sort and how much.

    `unit` is its dimension, None when none is written; `raw` is how many of what stands there,
    before units are made equal. `loose` marks words such as "one" that often count nothing.
    """

    first: int
    last: int
    readings: frozenset[tuple[str, float | str]]
    unit: str | None
    bound: Bound | None
    text: str
    raw: float | None = None
    loose: bool = False

    @property
    def key(self) -> str:
        """What it is compared by where its place among other words counts."""
        sort, value = min(self.readings, key=str)
        return f"{sort}:{value}"


@lru_cache(maxsize=4096)
def figures_of(text: str) -> tuple[Figure, ...]:
    """The figures in order.

    >>> [sorted(figure.readings) for figure in figures_of("Two million, or 2,000,000")]
    [[('count', 2000000.0)], [('count', 2000000.0)]]
    >>> [figure.unit for figure in figures_of("$1.3bn in half an hour")]
    ['dollars', 'time']
    """
    return tuple(_Reader(tokens(text)).read())


def unit_of(word: str) -> str | None:
    """The dimension of a unit word; None for other words and for letters.

    >>> unit_of("megabytes"), unit_of("share")
    ('data', None)
    """
    low = word.lower()
    return _UNITS[low][0] if low in _UNITS and len(low) > 2 and low not in ("second", "share") else None


def lacking(claimed: Figure, held: Sequence[Figure]) -> bool:
    """Whether none of these is the claimed figure, in the same unit."""
    return not any(agree(claimed, other) for other in held)


def agree(one: Figure, other: Figure) -> bool:
    """Whether two figures are the same, however written.

    >>> agree(figures_of("half an hour")[0], figures_of("30 minutes")[0])
    True
    >>> agree(figures_of("60 seconds")[0], figures_of("60 minutes")[0])
    False
    """
    if one.unit and other.unit and one.unit != other.unit:
        return False
    if (
        (one.unit is None) != (other.unit is None)
        and None not in (one.raw, other.raw)
        and one.raw == other.raw
    ):
        return True
    return any(_same(left, right) for left in one.readings for right in other.readings)


def bounds_clash(claimed: Figure, held: Sequence[Figure]) -> bool:
    """Whether the claim says "at most" of what is said "at least" of, or puts a bound where there is none."""
    of_it = [figure for figure in held if agree(claimed, figure)]
    if claimed.bound in (None, "about") or not of_it:
        return False
    return all(
        frozenset((claimed.bound, figure.bound)) in _CONFLICTS or figure.bound in (None, "about")
        for figure in of_it
    )


def _same(one: tuple[str, float | str], other: tuple[str, float | str]) -> bool:
    if one[0] != other[0]:
        return False
    if isinstance(one[1], str) or isinstance(other[1], str):
        return one[1] == other[1]
    return math.isclose(one[1], other[1], rel_tol=1e-9)


class _Reader:
    """One walk over the tokens."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found

    def read(self) -> list[Figure]:
        figures: list[Figure] = []
        at = 0
        while at < len(self._tokens):
            figure = self._at(at)
            if figure:
                figures.append(figure)
                at = max(figure.last, at + 1)
            else:
                at += 1
        return self._with_shared_units(figures)

    def _low(self, at: int) -> str:
        return self._tokens[at].low if 0 <= at < len(self._tokens) else ""

    def _at(self, at: int) -> Figure | None:
        token = self._tokens[at]
        return (
            self._written_date(at)
            or self._calendar(at)
            or self._fraction(at)
            or self._ordinal(at)
            or (self._cardinal(at) if token.kind != "mark" else None)
            or self._small_word(at)
        )

    def _make(
        self,
        first: int,
        last: int,
        readings: set[tuple[str, float | str]],
        *,
        unit: str | None = None,
        raw: float | None = None,
        loose: bool = False,
    ) -> Figure:
        text = " ".join(token.text for token in self._tokens[first:last])
        return Figure(first, last, frozenset(readings), unit, self._bound(first, last), text, raw, loose)

    def _written_date(self, at: int) -> Figure | None:
        token = self._tokens[at]
        if token.kind == "number" and token.text.count("-") == 2:
            return self._make(at, at + 1, {("date", token.text)})
        if token.kind == "number" and ":" in token.text:
            return self._make(at, at + 1, {("clock", token.text.lstrip("0"))})
        if token.kind == "number" and token.text.count(".") > 1:
            return self._make(at, at + 1, {("version", token.text)})
        return None

    def _calendar(self, at: int) -> Figure | None:
        token = self._tokens[at]
        if not token.capital:
            return None
        if token.low in _DAYS and (len(token.low) > 3):
            return self._make(at, at + 1, {("weekday", float(_DAYS[token.low]))})
        if token.low in MONTHS and len(token.low) == 3 and token.low != "may" and not self._dated(at):
            return None
        if token.low in MONTHS and (
            token.low not in ("may", "march", "mar", "dec", "jan", "sep") or self._is_month(at)
        ):
            return self._make(at, at + 1, {("month", float(MONTHS[token.low]))})
        return None

    def _is_month(self, at: int) -> bool:
        """Whether it is one here: "May" and "March" begin sentences too."""
        opens = at == 0 or self._tokens[at - 1].sentence != self._tokens[at].sentence
        return self._dated(at) or not opens

    def _dated(self, at: int) -> bool:
        return any(low[:1].isdigit() for low in (self._low(at - 1), self._low(at + 1)))

    def _fraction(self, at: int) -> Figure | None:
        """A third, two thirds, half, 1/3."""
        low = self._low(at)
        top, here = 1.0, at
        if low in ("a", "an", "one") or low in _ONES or low[:1].isdigit():
            top, here = (1.0 if low in ("a", "an") else _value(low)), at + 1
            if self._low(here) == "/" and self._low(here + 1).isdigit() and float(self._low(here + 1)):
                return self._share(at, here + 2, top / float(self._low(here + 1)))
            if self._low(here) == "-":
                here += 1
        bottom = _FRACTIONS.get(self._low(here))
        if not bottom or (here == at and self._low(here) not in ("half", "halves")):
            return None
        if self._low(here) == "quarter" and here == at:
            return None
        unit = (
            _UNITS.get(self._low(here + 2))
            if self._low(here + 1) in ("a", "an")
            else _UNITS.get(self._low(here + 1))
        )
        if unit and unit[0] != "share":
            last = here + (3 if self._low(here + 1) in ("a", "an") else 2)
            return self._make(at, last, {("count", top / bottom * unit[1])}, unit=unit[0])
        ahead = self._low(here + 2) if self._low(here + 1) in ("a", "an") else self._low(here + 1)
        if ahead in _SCALES:
            return self._make(at, here + 3, {("count", top / bottom * _SCALES[ahead])})
        return self._share(at, here + 1, top / bottom)

    def _share(self, first: int, last: int, value: float) -> Figure:
        return self._make(first, last, {("share", round(value * 100, 3))})

    def _ordinal(self, at: int) -> Figure | None:
        low, token = self._low(at), self._tokens[at]
        if (
            token.kind == "number"
            and self._low(at + 1) in ("st", "nd", "rd", "th")
            and token.touches(self._tokens[at + 1])
        ):
            return self._make(
                at, at + 2, {("ordinal", float(low.replace(",", ""))), ("count", float(low.replace(",", "")))}
            )
        if low == "q" and self._low(at + 1) in ("1", "2", "3", "4") and token.touches(self._tokens[at + 1]):
            return self._make(at, at + 2, {("ordinal", float(self._low(at + 1)))})
        if low in _TENS and self._low(at + 1) in (*_ORDINALS, "-"):
            after = at + 1 + (self._low(at + 1) == "-")
            ones = _ORDINALS.get(self._low(after), 99)
            if ones < 10:
                return self._make(at, after + 1, {("ordinal", float(_TENS[low] + ones))})
        if low in _ORDINALS and low != "second":
            return self._make(at, at + 1, {("ordinal", float(_ORDINALS[low]))}, loose=low == "first")
        if low == "second" and self._low(at - 1) not in ("a", "per", "/", "one", "each", "every"):
            return self._make(at, at + 1, {("ordinal", 2.0)})
        return None

    def _cardinal(self, at: int) -> Figure | None:
        """Digits or number words, with scale, currency and unit."""
        first, here = at, at
        token = self._tokens[at]
        if token.kind == "number":
            value: float = float(token.low.replace(",", ""))
            here += 1
            if (
                self._tokens[here : here + 1]
                and self._low(here) in ("m", "b")
                and self._low(at - 1) in _CURRENCY
            ):
                value, here = value * (1e6 if self._low(here) == "m" else 1e9), here + 1
            if self._low(here) == "s" and token.touches(self._tokens[here]):  # the 1990s
                return self._make(at, here + 1, {("decade", value)})
        elif (
            self._low(at) in ("a", "an", "several", "few")
            and self._low(at + 1) in _SCALES
            and len(self._low(at + 1)) > 2
        ):
            value, here = 1.0, at + 1
        elif token.low in _ONES or token.low in _TENS:
            value, here = self._spelled(at)
        elif token.low in ("hundreds", "thousands", "millions", "billions", "dozens"):
            return self._make(at, at + 1, {("count", _SCALES[token.low])})
        else:
            return None
        value, here = self._scaled(value, here)
        if self._low(here) == "and" and self._low(here + 1) == "a" and self._low(here + 2) == "half":
            value, here = self._scaled(value + 0.5, here + 3)
        elif (
            value >= 1000 and token.kind == "word" and (self._low(here) in _ONES or self._low(here) in _TENS)
        ):
            rest, here = self._spelled(here)
            value += rest
        return self._measured(first, here, value, loose=token.low == "one" and here == at + 1)

    def _spelled(self, at: int) -> tuple[float, int]:
        """The value of "twenty-three" or "four hundred and twelve", up to its scale."""
        total, here = 0.0, at
        while True:
            low = self._low(here)
            if low in _TENS:
                total, here = total + _TENS[low], here + 1
                after = here + (self._low(here) == "-")
                if 0 < _ONES.get(self._low(after), 0) < 10:
                    total, here = total + _ONES[self._low(after)], after + 1
            elif low in _ONES:
                total, here = total + _ONES[low], here + 1
            else:
                return total, here
            if self._low(here) == "hundred":
                total, here = total * 100, here + 1
                ahead = here + (self._low(here) == "and")
                if self._low(ahead) in _ONES or self._low(ahead) in _TENS:
                    here = ahead
                    continue
            return total, here

    def _scaled(self, value: float, here: int) -> tuple[float, int]:
        low = self._low(here + 1) if self._low(here) == "-" else self._low(here)
        if low in _SCALES:
            return self._scaled(value * _SCALES[low], here + 1 + (self._low(here) == "-"))
        return value, here

    def _measured(self, first: int, here: int, value: float, *, loose: bool) -> Figure:
        before = self._low(first - 1)
        if before in _CURRENCY:
            return self._make(first - 1, here, {("count", value)}, unit=_UNITS[before][0], raw=value)
        ahead = here + 1 if self._low(here) == "-" else here
        if self._low(ahead) == "per" and self._low(ahead + 1) == "cent":
            return self._make(first, ahead + 2, {("share", round(value, 3))}, unit="share", raw=value)
        if (
            self._low(ahead) in ("more", "full", "whole", "additional", "extra", "consecutive")
            and self._low(ahead + 1) in _UNITS
        ):
            ahead += 1
        unit = _UNITS.get(self._low(ahead))
        if unit and unit[0] == "share":
            return self._make(first, ahead + 1, {("share", round(value, 3))}, unit="share", raw=value)
        if unit:
            return self._make(first, ahead + 1, {("count", value * unit[1])}, unit=unit[0], raw=value)
        return self._make(first, here, {("count", value)}, raw=value, loose=loose)

    def _small_word(self, at: int) -> Figure | None:
        low = self._low(at)
        if low in _TIMES:
            return self._make(at, at + 1, {("count", _TIMES[low])}, loose=True)
        if low in _TWO:
            return self._make(at, at + 1, {("count", _TWO[low])}, loose=True)
        return None

    def _bound(self, first: int, last: int) -> Bound | None:
        before = tuple(
            self._low(at)
            for at in range(max(0, first - 4), first)
            if self._low(at) not in ("a", "$", "£", "€")
        )
        after = (self._low(last), self._low(last + 1))
        if after == ("or", "more"):
            return "least"
        if after in (("or", "less"), ("or", "fewer")):
            return "most"
        for words, bound in _BOUNDS:
            if before[-len(words) :] == words:
                return (
                    _denied(bound) if before[-len(words) - 1 : -len(words)] in (("no",), ("not",)) else bound
                )
        return None

    def _with_shared_units(self, figures: list[Figure]) -> list[Figure]:
        """The figures with units they share: in "between 9 and 12 months" the nine are months too."""
        for at in range(len(figures) - 2, -1, -1):
            one, after = figures[at], figures[at + 1]
            between = [self._low(place) for place in range(one.last, after.first)]
            if one.unit or not after.unit or len(between) != 1 or between[0] not in ("to", "and", "or", "-"):
                continue
            if any(sort == "ordinal" for sort, _ in one.readings):
                continue
            size = self._size(after)
            readings = {
                ("share", value) if after.unit == "share" else (sort, value * size)
                for sort, value in one.readings
                if isinstance(value, float)
            }
            figures[at] = replace(one, readings=frozenset(readings), unit=after.unit)
        return figures

    def _size(self, figure: Figure) -> float:
        return next(
            (_UNITS[self._low(at)][1] for at in range(figure.first, figure.last) if self._low(at) in _UNITS),
            1.0,
        )


def _value(low: str) -> float:
    return (
        float(_ONES[low])
        if low in _ONES
        else float(low.replace(",", ""))
        if low.replace(",", "").isdigit()
        else 1.0
    )


def _denied(bound: Bound) -> Bound:
    return {"over": "most", "under": "least", "least": "under", "most": "over", "about": "about"}[bound]  # type: ignore[return-value]
