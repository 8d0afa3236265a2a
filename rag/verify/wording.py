"""Compare a claim word for word with its sentence, and judge what was put in, left out or changed. Pure.

Who bends a sentence leaves most of it as it was, so that the change shows between words that stayed. A claim
in words of its own has no such place to look at, and is left to the other checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache

from rag.verify import lexicon
from rag.verify.figures import Figure, agree
from rag.verify.ground import Ground, Statement, kin, unprefixed
from rag.verify.lexicon import opposed, root
from rag.verify.naming import speaks
from rag.verify.reading import Reading, is_passive
from rag.words import STOP_WORDS

# Of the claim's words, how many must stand in the cited words in the same order.
_NEAR = 0.65
# Two that changed places show even where less of the rest stayed.
_NEAR_ENOUGH = 0.5
# What is longer than this was reworded, not changed in one place.
_GAP = 6
_SHORT_GAP = 3
_IMPLICIT = frozenset(root(word) for word in lexicon.IMPLICIT - {"only", "until"})
_ALIKE = {
    **dict.fromkeys("i you he she it they we me him her them us one this that these those".split(), "<who>"),
    **dict.fromkeys("my your his its their our whose".split(), "<whose>"),
    **dict.fromkeys("is are was were be am been being".split(), "<be>"),
    **dict.fromkeys("has have had having".split(), "<have>"),
    **dict.fromkeys("do does did doing done".split(), "<do>"),
}
_LEFT_OUT = frozenset("a an the of so well just really actually very".split())


@dataclass(frozen=True, slots=True)
class _Word:
    key: str
    low: str
    text: str
    denies: bool
    name: str = ""
    figure: Figure | None = None


def changed(claim: Statement, held: Ground) -> str | None:
    """What was changed in words that otherwise stayed; None when nothing that counts was."""
    share, gaps = _compared(claim, held)
    own = _words(claim.reading, leave_speakers=True)
    if share < _NEAR_ENOUGH:
        return None
    if share >= _NEAR and _denials(own) > sum(_turns_in(reading) for reading in held.readings):
        return "the cited words do not deny so much"
    crossed = _crossed(gaps) or (None if _turned_round(claim, held) else _moved(gaps))
    if crossed or share < _NEAR or any(_has_elliptic(reading) for reading in held.readings):
        return crossed
    for at, gap in enumerate(gaps):
        fault = _denial(gaps, at) or _fault(gap)
        if fault:
            return fault
    return None


def _denial(gaps: Sequence[_Gap], at: int) -> str | None:
    """A denial put in or left out; one that only moved stands in the gap before or after."""
    theirs, own = gaps[at].theirs, gaps[at].own
    near = gaps[max(0, at - 1) : at + 2]
    all_theirs, all_own = (
        [word for gap in near for word in gap.theirs],
        [word for gap in near for word in gap.own],
    )
    if len(own) > _GAP or (len(theirs) > _GAP and own):
        return None
    # What is denied before or after all that is the same may be another matter.
    if gaps[at].first:
        theirs = theirs[-2:]
    elif gaps[at].last:
        theirs = theirs[: len(own)]
    put_in = _denial_put_in(all_theirs, own)
    return put_in or (None if len(theirs) > _GAP else _denial_left_out(theirs, all_own))


_Words = tuple[_Word, ...]


@dataclass(frozen=True, slots=True)
class _Gap:
    """What stands between two runs of the same words, on both sides."""

    theirs: _Words
    own: _Words
    first: bool  # before all of the claim that is the same
    last: bool  # after it


def _compared(claim: Statement, held: Ground) -> tuple[float, list[_Gap]]:
    """The share of the claim's words that stand in order in the cited words, and what lies between those."""
    own = _words(claim.reading, leave_speakers=True)
    named = {word.name for word in own}
    theirs = tuple(
        replace(word, key=word.name) if word.low in ("i", "me") and word.name in named else word
        for reading in held.readings
        for word in _words(reading, leave_speakers=False)
    )
    if len(own) < 4 or not theirs:
        return 0.0, []
    return _between(theirs, own)


@lru_cache(maxsize=512)
def _between(theirs: tuple[_Word, ...], own: tuple[_Word, ...]) -> tuple[float, list[_Gap]]:
    found = SequenceMatcher(None, [word.key for word in theirs], [word.key for word in own], autojunk=False)
    same, gaps = 0, list[_Gap]()
    for tag, i1, i2, j1, j2 in found.get_opcodes():
        if tag == "equal":
            same += j2 - j1
        elif not (tag == "delete" and (j1 == 0 or j1 == len(own))):
            # What stands far before the claim's first word, or after its last, is none of its business.
            first = max(i1, i2 - (j2 - j1) - 2) if j1 == 0 else i1
            last = min(i2, i1 + (j2 - j1) + 2) if j2 == len(own) else i2
            gaps.append(_Gap(theirs[first:last], own[j1:j2], j1 == 0, j2 == len(own)))
    return same / len(own), gaps


def _words(reading: Reading, *, leave_speakers: bool) -> tuple[_Word, ...]:
    """The words in order, figures as one; `leave_speakers` leaves out who is said to say it."""
    names = {}
    skipped: set[int] = set()
    for term in reading.terms:
        if term.kind == "name" and not term.stands_in:
            names.update(dict.fromkeys(range(term.at, term.end), term))
            if leave_speakers and speaks(reading, term, by=lexicon.REPORTING | lexicon.SAYING):
                skipped.update(range(term.at, term.end + 2))
    starts = {figure.first: figure for figure in reading.figures}
    found, at = [], 0
    while at < len(reading.tokens):
        token = reading.tokens[at]
        figure = starts.get(at)
        if figure is not None:
            low = token.low if figure.loose else ""
            found.append(_Word(f"#{figure.key}", low, figure.text, False, figure=figure))
            at = max(figure.last, at + 1)
            continue
        if (
            token.kind == "word"
            and (at not in skipped or token.low in lexicon.DENIALS)
            and token.low not in _LEFT_OUT
        ):
            name = names[at].key if at in names else ""
            alike = _ALIKE.get(token.low)
            key = alike or (name if name.startswith("@") else root(token.low))
            if alike or not (name.startswith("@") and found and found[-1].key == name):
                denial = token.low in lexicon.DENIALS and not _ends(reading, at) and not _bounds(reading, at)
                found.append(_Word(key, _meant(reading, at), token.text, denial, name))
        at += 1
    return tuple(found)


def _ends(reading: Reading, at: int) -> bool:
    """Whether a denial is the last word of a short sentence: "It didn't." denies nothing that follows."""
    if sum(token.sentence == reading.tokens[at].sentence for token in reading.tokens) > 5:
        return False
    after = next((token for token in reading.tokens[at + 1 :] if token.kind == "word"), None)
    return after is None or after.sentence != reading.tokens[at].sentence


def _bounds(reading: Reading, at: int) -> bool:
    """Whether it begins a bound: "no fewer than 400"."""
    lows = [token.low for token in reading.tokens[at + 1 : at + 3]]
    figures = {figure.first for figure in reading.figures}
    return len(lows) == 2 and lows[0] in ("less", "fewer", "more") and lows[1] == "than" and at + 3 in figures


def _meant(reading: Reading, at: int) -> str:
    """The word in small letters; "may not" forbids, and so is a "can not"."""
    low = reading.tokens[at].low
    after = reading.tokens[at + 1].low if at + 1 < len(reading.tokens) else ""
    return "can" if low == "may" and after == "not" else low


def _denials(words: Sequence[_Word]) -> int:
    return sum(word.denies or word.low in lexicon.TURNING for word in words)


def _turns_in(reading: Reading) -> int:
    """How many words of a text deny, in whatever way."""
    return sum(token.low in lexicon.DENIALS or root(token.low) in _IMPLICIT for token in reading.tokens)


def _has_elliptic(reading: Reading) -> bool:
    return any(token.low in lexicon.DENIALS and _ends(reading, at) for at, token in enumerate(reading.tokens))


def _fault(gap: _Gap) -> str | None:
    theirs, own = gap.theirs, gap.own
    if len(theirs) > _GAP or len(own) > _GAP:
        return None
    return (
        _other_name(theirs, own)
        or (None if gap.first or gap.last else _other_figure(theirs, own))
        or _opposite(theirs, own)
        or _other_amount(theirs, own)
        or _other_likelihood(theirs, own)
    )


def _crossed(gaps: Sequence[_Gap]) -> str | None:
    """Two words that changed places."""
    for at, gap in enumerate(gaps):
        for other in gaps[at + 1 :]:
            one = _movable(gap.own) & _movable(other.theirs)
            two = _movable(gap.theirs) & _movable(other.own)
            if one and two and one == _movable(gap.own) and two == _movable(other.own):
                return f"{_told(one)} and {_told(two)} stand the other way round in the cited words"
    return None


def _movable(words: Sequence[_Word]) -> set[str]:
    """What can change places: what says something, and a pronoun that stands alone."""
    return _content(words) or {word.key for word in words if word.key == "<who>"}


def _told(keys: Set[str]) -> str:
    key = min(keys)
    return "a pronoun" if key == "<who>" else f"“{key.lstrip('@#')}”"


def _moved(gaps: Sequence[_Gap]) -> str | None:
    """Words that stand elsewhere and in another order."""
    for at, gap in enumerate(gaps):
        for other in gaps[at + 1 :]:
            for lost, put in ((gap.theirs, other.own), (other.theirs, gap.own)):
                moved = _content(lost)
                if len(moved) > 1 and moved == _content(put) and _keys(lost) != _keys(put):
                    return f"“{min(moved)}” stands in another place in the cited words"
    return None


def _turned_round(claim: Statement, held: Ground) -> bool:
    """Whether one of the two is in the passive."""
    return any(
        term.kind == "word" and is_passive(reading, term)
        for reading in (claim.reading, *held.readings)
        for term in reading.terms
    )


def _keys(words: Sequence[_Word]) -> list[str]:
    kept = _content(words)
    return [word.key for word in words if word.key in kept or word.low in lexicon.PREPOSITIONS]


def _content(words: Sequence[_Word]) -> set[str]:
    return {
        word.key
        for word in words
        if not word.key.startswith("<") and word.low not in STOP_WORDS and not word.low.endswith("ly")
    }


def _turns(words: Sequence[_Word]) -> bool:
    return any(word.denies or root(word.low) in _IMPLICIT or unprefixed(word.key) for word in words)


def _denial_put_in(theirs: Sequence[_Word], own: Sequence[_Word]) -> str | None:
    put = [word for word in own if word.denies or word.low in lexicon.TURNING]
    if not put or _turns(theirs) or _told_by_opposite(theirs, own):
        return None
    return f"the cited words do not say “{put[0].text}” there"


def _told_by_opposite(theirs: Sequence[_Word], own: Sequence[_Word]) -> bool:
    """Whether "not cheap" stands for "expensive"."""
    return any(
        opposed(root(other.low), root(word.low))
        for other, word in _pairs(theirs, own)
        if not word.denies and not other.denies
    )


def _denial_left_out(theirs: Sequence[_Word], own: Sequence[_Word]) -> str | None:
    """A denial that went while what it denies stayed."""
    if _turns(own) or any(word.low == "from" for word in own) or _told_by_opposite(theirs, own):
        return None
    for at, word in enumerate(theirs):
        gone_with_it = [
            other
            for other in theirs[at + 1 :]
            if not other.key.startswith("<") and other.low not in lexicon.PREPOSITIONS
        ]
        if (word.denies or word.low in lexicon.TURNING) and (not gone_with_it or own):
            return f"the cited words say “{word.text}” there"
    return None


def _other_name(theirs: Sequence[_Word], own: Sequence[_Word]) -> str | None:
    lost, put = {word.name for word in theirs if word.name}, [word for word in own if word.name]
    plain = [word for word in (*theirs, *own) if not word.name and word.low not in STOP_WORDS]
    if not lost or not put or plain:
        return None
    strange = [word for word in put if not any(_one_name(word.name, other) for other in lost)]
    return f"the cited words name another there than {strange[0].text}" if strange else None


def _one_name(one: str, other: str) -> bool:
    left, right = set(one.split()), set(other.split())
    return left <= right or right <= left or kin(one, other) or _short(one, other) or _short(other, one)


def _short(one: str, other: str) -> bool:
    return len(one) <= 5 and one == "".join(part[0] for part in other.split())


def _other_figure(theirs: Sequence[_Word], own: Sequence[_Word]) -> str | None:
    lost = [word.figure for word in theirs if word.figure and not word.figure.loose]
    put = [word.figure for word in own if word.figure and not word.figure.loose]
    for figure in put:
        if lost and not any(agree(figure, other) for other in lost):
            return f"the cited words have another figure there than {figure.text}"
    return None


def _opposite(theirs: Sequence[_Word], own: Sequence[_Word]) -> str | None:
    if any(word.denies for word in theirs) != any(word.denies for word in own):
        return None
    for other, word in _pairs(theirs, own):
        if opposed(root(other.low), root(word.low)) or lexicon.PARTICLES.get(other.low) == word.low:
            return f"the cited words say “{other.text}”, not “{word.text}”"
    return None


def _other_amount(theirs: Sequence[_Word], own: Sequence[_Word]) -> str | None:
    for other, word in _pairs(theirs, own):
        one, two = lexicon.AMOUNTS.get(other.low), lexicon.AMOUNTS.get(word.low)
        single = other.figure is not None and other.low == "one" and two not in (None, lexicon.FEW)
        if (one and two and one != two) or single:
            return f"the cited words say “{other.text}”, not “{word.text}”"
    return None


def _pairs(theirs: Sequence[_Word], own: Sequence[_Word]) -> Iterator[tuple[_Word, _Word]]:
    return ((other, word) for other in theirs for word in own)


_MAYBE = lexicon.MAYBE - {"could"}


def _other_likelihood(theirs: Sequence[_Word], own: Sequence[_Word]) -> str | None:
    if max(len(theirs), len(own)) > _SHORT_GAP:
        return None
    before, now = {word.low for word in theirs}, {word.low for word in own}
    if before & _MAYBE and not now & (lexicon.MAYBE | lexicon.CAN | lexicon.PLAN):
        return "the cited words only say that it may be so"
    if now & _MAYBE and not before & (lexicon.MAYBE | lexicon.CAN | lexicon.PLAN):
        return "the cited words do not say that it only may be so"
    if before & lexicon.PLAN and not now & (lexicon.PLAN | lexicon.MAYBE | lexicon.WILL | lexicon.WISH):
        return "the cited words only say that it is planned or wished"
    if "could" in before and now & {"will", "did", "shall", "has", "have"}:
        return "the cited words only say that it could be so"
    if before & {"will", "would", "shall"} and now & {"did", "has", "have", "had"}:
        return "the cited words say that it will be so"
    return None
