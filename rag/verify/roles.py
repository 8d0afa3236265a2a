"""Whether who did what to whom, and which figure belongs where, is as in the cited words. Pure.

Words that stand near each other in a certain order belong together. If a claim lies much better on the cited
words when two of its terms change places, or when one of theirs takes the place of one of its own, then it
was bent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.verify import lexicon
from rag.verify.ground import Ground, Statement
from rag.verify.naming import speaks
from rag.verify.reading import Kind, Reading, Term, is_passive

_NEAR = (1.0, 0.6, 0.4)
# Prepositions that tell one part from another.
_TELLING = frozenset("from to by against than instead before after over into between for until".split())
# How much better a claim must lie when two terms change places; more for plain words, which move freely.
_GAIN = 0.7
_GAIN_WORDS = 1.8
# How much of that may speak for the claim as it is.
_SHARE = 0.34

Arcs = dict[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class _Place:
    """A term in the order of an active clause. `seat` is its number in that order, gaps included."""

    key: str
    prep: str
    sentence: int
    kind: Kind
    seat: int
    text: str
    sort: str  # of a figure: what it counts
    moves: bool  # whether it may change places: a name, a figure, or a word with an article


def misplaced(claim: Statement, held: Ground) -> str | None:
    """Which terms of the claim stand in each other's place; None when all stand well."""
    wanted = [place for place in _places(claim.reading, claim.matched) if place.key]
    if len(wanted) < 2:
        return None
    fit = _Fit(wanted, _arcs(held))
    return _swapped(fit) or _replaced(fit, held)


class _Fit:
    """How well terms in order lie on the arcs of the cited words."""

    def __init__(self, places: Sequence[_Place], arcs: Arcs) -> None:
        self.places = places
        self._arcs = arcs
        self._touching: list[list[tuple[int, int, float]]] = [[] for _ in places]
        for one, place in enumerate(places):
            for other in range(one + 1, len(places)):
                step = places[other].seat - place.seat
                if step > len(_NEAR):
                    break
                if place.sentence == places[other].sentence:
                    link = (one, other, _NEAR[step - 1])
                    self._touching[one].append(link)
                    self._touching[other].append(link)

    def gain(self, changed: Mapping[int, str]) -> tuple[float, float, bool]:
        """What speaks for the change, what against it, and whether a next neighbour is among the former."""
        better, worse, beside = 0.0, 0.0, False
        for one, other, near in {link for at in changed for link in self._touching[at]}:
            now = self._arcs.get((self.places[one].key, self.places[other].key), 0.0)
            then = self._arcs.get(
                (changed.get(one, self.places[one].key), changed.get(other, self.places[other].key)), 0.0
            )
            difference = near * (min(1.0, then) - min(1.0, now))
            better, worse = better + max(0.0, difference), worse + max(0.0, -difference)
            beside = beside or (difference > 0 and near == 1.0)
        for at, key in changed.items():
            if self.places[at].prep in _TELLING:
                prep = f"<{self.places[at].prep}>"
                difference = self._arcs.get((prep, key), 0.0) - self._arcs.get(
                    (prep, self.places[at].key), 0.0
                )
                better, worse = better + max(0.0, difference), worse + max(0.0, -difference)
                beside = beside or difference > 0
        return better, worse, beside


def _swapped(fit: _Fit) -> str | None:
    for one, other in combinations(range(len(fit.places)), 2):
        left, right = fit.places[one], fit.places[other]
        if left.key == right.key or not (left.moves and right.moves):
            continue
        if "figure" in (left.kind, right.kind) and (left.kind, left.sort) != (right.kind, right.sort):
            continue
        better, worse, beside = fit.gain({one: right.key, other: left.key})
        needed = _GAIN_WORDS if "word" in (left.kind, right.kind) else _GAIN
        if beside and better - worse >= needed and worse <= _SHARE * better:
            return f"{left.text} and {right.text} stand the other way round in the cited words"
    return None


def _replaced(fit: _Fit, held: Ground) -> str | None:
    used = {place.key for place in fit.places}
    for at, place in enumerate(fit.places):
        for rival in _rivals(place, used, held):
            better, worse, beside = fit.gain({at: rival})
            if beside and better - worse >= _GAIN and worse <= _SHARE * better:
                return f"the cited words say this of another than {place.text}"
    return None


def _rivals(place: _Place, used: set[str], held: Ground) -> list[str]:
    if place.kind == "word":
        return list(dict.fromkeys(term.key for term in held.terms if lexicon.opposed(place.key, term.key)))
    return list(
        dict.fromkeys(
            term.key
            for term in held.terms
            if term.kind == place.kind and term.key not in used and _sort(term) == place.sort
        )
    )


def _sort(term: Term) -> str:
    return (
        ""
        if term.figure is None
        else min(sort for sort, _ in term.figure.readings) + (term.figure.unit or "")
    )


def _places(reading: Reading, matched: Sequence[str | None]) -> list[_Place]:
    """The terms in active order; a name that the cited words lack keeps its own key."""
    places = []
    for seat, (index, prep) in enumerate(_active(reading)):
        term = reading.terms[index]
        key = matched[index] or (term.key if term.kind == "name" else "")
        if term.kind == "name" and speaks(reading, term, by=lexicon.REPORTING):
            key = ""  # who says it has no part in it
        if term.stands_in:
            key = ""  # whom a pronoun means is a guess
        moves = term.kind != "word" or (term.definite and term.text.lower() not in lexicon.AMOUNTS)
        places.append(_Place(key, prep, term.sentence, term.kind, seat, term.text, _sort(term), moves))
    return places


def _arcs(held: Ground) -> Arcs:
    found: Arcs = {}
    for reading in held.readings:
        order = [(reading.terms[index], prep) for index, prep in _active(reading)]
        for at, (term, prep) in enumerate(order):
            if prep in _TELLING:
                found[f"<{prep}>", term.key] = 1.0
            for step, (other, _) in enumerate(order[at + 1 : at + 1 + len(_NEAR)]):
                if other.sentence == term.sentence:
                    pair = (term.key, other.key)
                    # Two steps apart is as good as one: a claim leaves words out.
                    found[pair] = max(found.get(pair, 0.0), (1.0, 1.0, 0.7)[step])
    return found


def _active(reading: Reading) -> list[tuple[int, str]]:
    """The places of the terms with their prepositions, passive clauses in the order of active ones."""
    order = [(index, term.prep) for index, term in enumerate(reading.terms)]
    for index, term in enumerate(reading.terms):
        if term.kind == "word" and is_passive(reading, term):
            order = _turned(order, index, reading.terms)
    return order


def _turned(order: list[tuple[int, str]], verb: int, terms: Sequence[Term]) -> list[tuple[int, str]]:
    """The order with what the verb is done to after it and who does it before it."""
    at = next(place for place, (index, _) in enumerate(order) if index == verb)
    sentence = terms[verb].sentence
    start = at
    while start > 0 and at - start < 3 and terms[order[start - 1][0]].sentence == sentence:
        if terms[order[start - 1][0]].prep not in ("", "of") and start - 1 > 0:
            break
        start -= 1
    doer = list(_doer(order, at, terms))
    rest = [item for item in order[at + 1 :] if item not in doer]
    return [*order[:start], *((index, "") for index, _ in doer), order[at], *order[start:at], *rest]


def _doer(order: Sequence[tuple[int, str]], at: int, terms: Sequence[Term]) -> Iterator[tuple[int, str]]:
    sentence = terms[order[at][0]].sentence
    found = False
    for index, prep in order[at + 1 : at + 7]:
        if terms[index].sentence != sentence or (found and prep != "by"):
            return
        if prep == "by" and terms[index].kind != "figure":
            found = True
            yield index, prep
