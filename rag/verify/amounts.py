"""Whether figures, amounts and likelihoods of a claim are those of the cited words. Pure."""

from __future__ import annotations

from rag.verify import lexicon
from rag.verify.figures import Figure, agree, bounds_clash, lacking, unit_of
from rag.verify.ground import Ground, Statement
from rag.verify.lexicon import root
from rag.verify.reading import Reading


def wrong_figure(claim: Statement, held: Ground) -> str | None:
    """A figure that the cited words do not have, or have in another unit or with another bound."""
    for figure in claim.reading.figures:
        if _passing(claim, figure):
            continue
        if lacking(figure, held.figures) and not _rounded(figure, held):
            return f"{figure.text} is not in the cited words"
        if _unit_invented(figure, held):
            return f"the cited words do not count in the unit of {figure.text}"
        if bounds_clash(figure, held.figures):
            return f"the cited words set another bound to {figure.text}"
    return None


def _passing(claim: Statement, figure: Figure) -> bool:
    """Whether a loose figure counts nothing here: "one of the reasons", "at first"."""
    if not figure.loose:
        return False
    after = claim.reading.tokens[figure.last : figure.last + 1]
    follows = after[0].low if after else ""
    if figure.text.lower() in ("one", "first", "single"):
        noun = bool(after) and after[0].kind == "word" and root(follows) not in lexicon.FUNCTION_ROOTS
        return not (noun and follows and not follows.endswith(("ed", "ing")))
    return True


def _unit_invented(figure: Figure, held: Ground) -> bool:
    if figure.unit is None:
        return False
    same = [other for other in held.figures if agree(figure, other)]
    return (
        bool(same)
        and all(other.unit is None and "share" not in {s for s, _ in other.readings} for other in same)
        and not any(other.unit == figure.unit for other in held.figures)
        and figure.unit != "share"
    )


def _rounded(figure: Figure, held: Ground) -> bool:
    """Whether it is "over 9,000" for 9,214: fewer digits of the same figure, and no exact one."""
    if figure.bound is None or figure.raw is None:
        return False
    for other in held.figures:
        if (
            other.raw is None
            or other.unit != figure.unit
            or len(_digits(other.raw)) <= len(_digits(figure.raw))
        ):
            continue
        near = abs(other.raw - figure.raw) <= 0.05 * abs(other.raw)
        right = {"over": other.raw > figure.raw, "under": other.raw < figure.raw, "about": True}
        if near and len(_digits(other.raw)) >= 3 and right.get(figure.bound, False):
            return True
    return False


def _digits(value: float) -> str:
    return f"{value:.10g}".replace(".", "").strip("0")


def wrong_measure(claim: Statement, held: Ground) -> str | None:
    """A unit without a figure, such as "several megabytes", where the cited words have another."""
    for term in claim.reading.terms:
        dimension = unit_of(term.text)
        if term.kind != "word" or not dimension or term.key in held.roots:
            continue
        others = {
            token.low
            for reading in held.readings
            for token in reading.tokens
            if unit_of(token.low) == dimension
        }
        if others:
            return f"the cited words measure in {min(others)}, not in {term.text}"
    return None


_LEVEL = {lexicon.ALL: 4, lexicon.MOST: 3, lexicon.MANY: 2, lexicon.SOME: 1, lexicon.FEW: 0}


def wrong_amount(claim: Statement, held: Ground) -> str | None:
    """All for most, most for some, many for few, and the other way round."""
    claimed = _amounts(claim.reading)
    given: set[str] = set()
    for reading in held.readings:
        given |= _amounts(reading).keys()
    for amount, word in claimed.items():
        if amount in given or (amount == lexicon.MANY and given & {lexicon.SOME, lexicon.MOST}):
            continue
        if amount == lexicon.SOME and lexicon.MANY in given:
            continue
        if amount == lexicon.ALL and _shares(held):
            return f"“{word}” is not the amount in the cited words"
        if given & set(_LEVEL):
            return f"“{word}” is not the amount in the cited words"
        if amount in (lexicon.MOST, lexicon.FEW) and not _share_fits(amount, held):
            return f"“{word}” is not in the cited words"
        if (
            amount == lexicon.ALL
            and word.lower() in ("all", "every", "always", "everyone", "everything")
            and not _total(held)
        ):
            return f"“{word}” is not in the cited words"
    return None


def _total(held: Ground) -> bool:
    words = {token.low for reading in held.readings for token in reading.tokens}
    return bool(
        words
        & {
            "any",
            "anyone",
            "anything",
            "either",
            "whenever",
            "whatever",
            "no",
            "never",
            "none",
            "nobody",
            "only",
            "nothing",
            "not",
        }
    )


def _share_fits(amount: str, held: Ground) -> bool:
    """Whether a share in the cited words is more than half, for most, or less, for few."""
    shares = [value for figure in held.figures for sort, value in figure.readings if sort == "share"]
    return any(isinstance(value, float) and (value > 50) == (amount == lexicon.MOST) for value in shares)


def _shares(held: Ground) -> bool:
    return any(sort == "share" for figure in held.figures for sort, _ in figure.readings)


def _amounts(reading: Reading) -> dict[str, str]:
    found: dict[str, str] = {}
    tokens = reading.tokens
    for at, token in enumerate(tokens):
        before = tokens[at - 1].low if at else ""
        after = tokens[at + 1].low if at + 1 < len(tokens) else ""
        amount = lexicon.AMOUNTS.get(token.low)
        if amount is None or (
            before in ("at", "the", "a", "as", "so", "how", "too", "very", "not")
            and token.low not in ("majority", "whole", "few", "entire")
        ):
            continue
        if token.low in ("all", "most", "some") and (
            after in ("about", "kind", "sort", "right", "along", "time") or after[:1].isdigit()
        ):
            continue
        if token.low == "all" and after == "but":
            amount = lexicon.MOST
        if amount == lexicon.FEW and before == "a":
            amount = lexicon.SOME
        if token.low == "little" and before == "a":
            continue
        found.setdefault(amount, token.text)
    return found


MAYBE, PLAN, WISH, WILL, CAN = "maybe", "plan", "wish", "will", "can"
_SORTS = (
    (MAYBE, lexicon.MAYBE), (PLAN, lexicon.PLAN), (WISH, lexicon.WISH), (WILL, lexicon.WILL),
    (CAN, lexicon.CAN),
)  # fmt: skip


def wrong_likelihood(claim: Statement, held: Ground) -> str | None:
    """What may be, or is planned, told as what is; or what is told as what may be."""
    given = {
        place: found
        for number, reading in enumerate(held.readings)
        for place, found in _likelihoods(reading, number).items()
    }
    said = _likelihoods(claim.reading, 0)
    if not given and not said:
        return None
    unsure = bool({token.low for token in claim.reading.tokens} & {"whether", "if", "unless"})
    theirs = _keys_by_clause(held)
    for place, keys in _own_keys_by_clause(claim).items():
        best = max(theirs, key=lambda one: (len(keys & theirs[one]), -len(theirs[one])), default=None)
        if best is None or len(keys & theirs[best]) < 2:
            continue
        fault = _stronger(
            said.get(place, set()) | ({MAYBE, CAN} if unsure else set()), given.get(best, set()), claim
        )
        if fault:
            return fault
    return None


def _keys_by_clause(held: Ground) -> dict[tuple[int, int], set[str]]:
    found: dict[tuple[int, int], set[str]] = {}
    for number, reading in enumerate(held.readings):
        for term in reading.terms:
            found.setdefault((number, term.clause), set()).add(term.key)
    return found


def _own_keys_by_clause(claim: Statement) -> dict[tuple[int, int], set[str]]:
    found: dict[tuple[int, int], set[str]] = {}
    for term, key in zip(claim.reading.terms, claim.matched, strict=True):
        if key:
            found.setdefault((0, term.clause), set()).add(key)
    return found


def _stronger(said: set[str], meant: set[str], claim: Statement) -> str | None:
    if MAYBE in meant and not said & {MAYBE, CAN, PLAN, WISH} and (CAN not in meant or WILL in said):
        return "the cited words only say that it may be so"
    if PLAN in meant and not said & {PLAN, MAYBE, WILL, WISH}:
        return "the cited words only say that it is planned or wished"
    if WILL in meant and not said & {WILL, PLAN, CAN} and (MAYBE in said or _past(claim)):
        return "the cited words say that it will be so"
    if MAYBE in said and CAN not in said and not meant & {MAYBE, PLAN, CAN}:
        return "the cited words do not say that it only may be so"
    if PLAN in said and not meant & {PLAN, MAYBE, WILL, CAN, WISH}:
        return "the cited words do not speak of a plan"
    return None


_NOT_PAST = frozenset("need needs indeed speed exceed proceed feed seed breed agreed based".split())


def _past(claim: Statement) -> bool:
    lows = {token.low for token in claim.reading.tokens}
    past = lows & {"was", "were", "did", "had", "has"} or any(
        low.endswith("ed") and low not in _NOT_PAST for low in lows
    )
    return bool(past) and not lows & {"will", "would", "is", "are", "be", "once", "if", "when"}


def _likelihoods(reading: Reading, number: int) -> dict[tuple[int, int], set[str]]:
    found: dict[tuple[int, int], set[str]] = {}
    clauses = _clauses(reading)
    months = {at for figure in reading.figures for at in range(figure.first, figure.last)}
    for at, token in enumerate(reading.tokens):
        if at in months:
            continue
        for sort, listed in _SORTS:
            if token.low in listed and not (token.low == "may" and _low(reading, at + 1) == "not"):
                found.setdefault((number, clauses[at]), set()).add(sort)
    return found


def _low(reading: Reading, at: int) -> str:
    return reading.tokens[at].low if at < len(reading.tokens) else ""


def _clauses(reading: Reading) -> list[int]:
    """The clause of every token: that of the next term of its sentence, else of the last."""
    clauses = [0] * len(reading.tokens)
    terms = list(reading.terms)
    for at, token in enumerate(reading.tokens):
        after = next((t for t in terms if t.at >= at and t.sentence == token.sentence), None)
        before = next((t for t in reversed(terms) if t.at <= at), None)
        chosen = after or before
        clauses[at] = chosen.clause if chosen else 0
    return clauses
