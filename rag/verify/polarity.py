"""Whether the claim denies what the cited words say, or says what they deny, or says the opposite. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.verify import lexicon
from rag.verify.ground import Ground, Statement, kin, unprefixed
from rag.verify.lexicon import opposed, root
from rag.verify.reading import Reading, Term, denies, scope

# Of the words that a denial reaches, those it is about.
_HEADS = 3
_IMPLICIT = frozenset(root(word) for word in lexicon.IMPLICIT)
_RAISING = frozenset(root(word) for word in lexicon.RAISING)


def flipped(claim: Statement, held: Ground) -> str | None:
    """What is denied on one side only; None when nothing is."""
    return (
        _denies_what_is_said(claim, held)
        or _turns_what_is_said(claim, held)
        or _says_what_is_denied(claim, held)
    )


def opposite(claim: Statement, held: Ground) -> str | None:
    """A word that stands where the cited words have its opposite; None when there is none."""
    return _opposite(claim, held) or _other_particle(claim, held)


def _denies_what_is_said(claim: Statement, held: Ground) -> str | None:
    reading = claim.reading
    for at in _denials(reading):
        reached = [
            index
            for index in scope(reading.terms, reading.tokens, reading.clauses, at)
            if reading.terms[index].denied or reading.terms[index].kind == "figure"
        ]
        if not reached:
            continue
        if not _denied_there(claim, reached[:_HEADS], held, word=reading.tokens[at].low):
            phrase = " ".join(token.text for token in reading.tokens[at : at + 3] if token.kind == "word")
            return f"the cited words do not say “{phrase}”"
    return None


def _turns_what_is_said(claim: Statement, held: Ground) -> str | None:
    """A "fails to" or "false" of the claim's own, where the cited words deny nothing."""
    turning = [token for token in claim.reading.tokens if token.low in lexicon.TURNING]
    if not turning or any(root(token.low) in held.roots for token in turning):
        return None
    if any(
        denies(one.tokens, at) or root(one.tokens[at].low) in _IMPLICIT
        for one in held.readings
        for at in range(len(one.tokens))
    ):
        return None
    own = {root(token.low) for token in turning}
    if any(opposed(key, other.key) for key in own for other in held.terms) or own & {
        key for key in claim.matched if key
    }:
        return None
    matched = dict(zip((term.at for term in claim.reading.terms), claim.matched, strict=True))
    strange = [
        at for at, token in enumerate(claim.reading.tokens) if token in turning and matched.get(at) is None
    ]
    return f"the cited words do not say “{claim.reading.tokens[strange[0]].text}”" if strange else None


def _denials(reading: Reading) -> Iterator[int]:
    return (at for at in range(len(reading.tokens)) if denies(reading.tokens, at))


def _denial_by(word: str, there: Term, held: Ground) -> bool:
    """Whether a denial follows ("scored no better"), or this very one is there ("find nothing by then")."""
    reading = held.readings[there.sentence // 1000]
    sentence = there.sentence % 1000
    after = range(there.end, min(there.end + 2, len(reading.tokens)))
    if any(denies(reading.tokens, at) for at in after) and reading.tokens[there.end].kind == "word":
        return True
    return word not in ("not", "no", "never") and any(
        token.low == word and token.sentence == sentence for token in reading.tokens
    )


def _denied_there(claim: Statement, heads: Sequence[int], held: Ground, *, word: str) -> bool:
    """Whether the cited words deny one of these heads too, in whatever way."""
    own = [claim.reading.terms[index].key for index in heads]
    known = False
    for index in heads:
        key = claim.matched[index]
        if any(opposed(one, other.key) and not other.denied for one in own for other in held.terms):
            return True
        if key is None:
            continue
        there = _occurrence(claim, index, held)
        if there and (there.denied or _denial_by(word, there, held)):
            return True
        if there and not known and _turned_nearby(there, held):
            return True
        known = True
    if known:
        return False
    return any(
        _turned_nearby(term, held) or term.denied for term in _aligned(claim, heads[0] if heads else 0, held)
    )


def _occurrence(claim: Statement, index: int, held: Ground) -> Term | None:
    """Where in the cited words a term of the claim stands: where most of its clause stands too."""
    key, clause = claim.matched[index], claim.reading.terms[index].clause
    beside = {
        other
        for term, other in zip(claim.reading.terms, claim.matched, strict=True)
        if other and other != key and term.clause == clause
    }
    everything = {other for other in claim.matched if other and other != key}
    found = [term for term in held.terms if term.key == key and not term.stands_in]
    return max(
        found,
        key=lambda term: (
            2 * len(beside & _keys_around(term, held, clause=True))
            + len(everything & _keys_around(term, held, clause=False))
        ),
        default=None,
    )


def _keys_around(term: Term, held: Ground, *, clause: bool) -> set[str]:
    return {
        other.key
        for other in held.terms
        if (other.clause == term.clause if clause else other.sentence == term.sentence)
    }


def _aligned(claim: Statement, index: int, held: Ground) -> list[Term]:
    """The terms of the sentence that most of the claim stands in."""
    matched = {key for key in claim.matched if key}
    sentences = {term.sentence for term in held.terms}
    best = max(
        sentences, key=lambda one: len(matched & {t.key for t in held.terms if t.sentence == one}), default=-1
    )
    return [term for term in held.terms if term.sentence == best]


def _turned_nearby(term: Term, held: Ground) -> bool:
    """Whether a word that denies by its meaning stands by, or the word itself has a prefix that does."""
    number = term.sentence // 1000
    reading = held.readings[number]
    near = reading.tokens[max(0, term.at - 5) : term.at] + reading.tokens[term.at + 1 : term.at + 6]
    sentence = term.sentence % 1000
    if any(root(token.low) in _IMPLICIT for token in near if token.sentence == sentence):
        return True
    return term.key.startswith("un") and unprefixed(term.key) is not None


def _says_what_is_denied(claim: Statement, held: Ground) -> str | None:
    if any(token.low == "whether" for token in claim.reading.tokens):
        return None
    for index, (term, key) in enumerate(zip(claim.reading.terms, claim.matched, strict=True)):
        if key is None or term.denied or term.stands_in:
            continue
        there = _occurrence(claim, index, held)
        if there is None or not _is_head(there, held) or _turned_in(claim.reading, term):
            continue
        if _raised(there, held):
            if not _whole_complement(claim, there, held):
                continue
        elif not _same_matter(claim, there, held):
            continue
        return f"the cited words deny “{term.text}”"
    return None


def _is_head(there: Term, held: Ground) -> bool:
    """Whether a denial is about this very word: it is the first the denial reaches."""
    return there.denied == 1 or (there.denied > 1 and _raised(there, held))


def _raised(there: Term, held: Ground) -> bool:
    """Whether the denial stands before "think" or the like, and so denies what is thought."""
    return any(
        other.clause == there.clause and other.denied == 1 and other.key in _RAISING for other in held.terms
    )


def _turned_in(reading: Reading, term: Term) -> bool:
    """Whether the claim turns the word round in its own way."""
    near = reading.tokens[max(0, term.at - 6) : term.at] + reading.tokens[term.at + 1 : term.at + 6]
    if any(root(token.low) in _IMPLICIT for token in near):
        return True
    return any(abs(at - term.at) <= 3 and denies(reading.tokens, at) for at in range(len(reading.tokens)))


def _same_matter(claim: Statement, there: Term, held: Ground) -> bool:
    """Whether the claim speaks of what is around the denied word, not only of the word."""
    around = _keys_around(there, held, clause=True) - {there.key}
    sentence = _keys_around(there, held, clause=False) - {there.key}
    matched = {key for key in claim.matched if key}
    return bool((around | sentence) & matched)


def _whole_complement(claim: Statement, there: Term, held: Ground) -> bool:
    inside = {
        term.key
        for term in held.terms
        if term.clause == there.clause and term.denied > 1 and term.key not in _RAISING
    }
    matched = {key for key in claim.matched if key}
    return len(inside & matched) >= 0.75 * len(inside)


# Opposites that mean so only in their place, so that they must stand in the same one.
_PLACED = frozenset(
    root(word)
    for word in """before after following prior up down over under above below more less early late later
    first last new old long short high low top bottom front back left right day night open close on off
    full near far same different differ""".split()
)


def _opposite(claim: Statement, held: Ground) -> str | None:
    """A word of the claim whose opposite the cited words have, and not the word itself."""
    heads = {term.key: term for term in held.terms if term.kind == "word"}
    for index, (term, key) in enumerate(zip(claim.reading.terms, claim.matched, strict=True)):
        if term.kind != "word" or key is not None:
            continue
        for other in held.terms:
            if not opposed(term.key, other.key) or bool(term.denied) != bool(other.denied):
                continue
            if term.key in _PLACED and not _in_its_place(claim, index, other, held):
                continue
            return f"the cited words say “{other.text}”, not “{term.text}”"
        bare = unprefixed(term.key)
        if (
            bare
            and bare in heads
            and not heads[bare].denied
            and not term.denied
            and not _turned_nearby(heads[bare], held)
        ):
            return f"the cited words say “{heads[bare].text}”, not “{term.text}”"
        for other in held.terms:
            bare = unprefixed(other.key)
            turned = (
                bare and (bare == term.key or kin(bare, term.key)) and not term.denied and not other.denied
            )
            if turned and other.kind == "word" and not _turned_in(claim.reading, term):
                return f"the cited words say “{other.text}”, not “{term.text}”"
    return None


def _in_its_place(claim: Statement, index: int, other: Term, held: Ground) -> bool:
    """Whether a neighbour of the claim's word is a neighbour of its opposite."""
    beside = {claim.matched[at] for at in (index - 1, index + 1) if 0 <= at < len(claim.matched)}
    place = held.terms.index(other)
    around = {held.terms[at].key for at in (place - 1, place + 1) if 0 <= at < len(held.terms)}
    return bool((beside - {None}) & around)


def _other_particle(claim: Statement, held: Ground) -> str | None:
    """A particle that turns the verb round: "turn off" for "turn on", "opts out" for "opts in"."""
    given = {pair for reading in held.readings for pair in _particles(reading)}
    for verb, particle in _particles(claim.reading):
        other = lexicon.PARTICLES[particle]
        if (verb, other) in given and (verb, particle) not in given:
            return f"the cited words say “{other}”, not “{particle}”"
    return None


def _particles(reading: Reading) -> Iterator[tuple[str, str]]:
    for at, token in enumerate(reading.tokens):
        if token.low in lexicon.PARTICLES:
            for back in reading.tokens[max(0, at - 3) : at]:
                if back.kind == "word":
                    yield root(back.low), token.low
