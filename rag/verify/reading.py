"""Read a claim, or the words it cites, as terms in order: what, who, how much, and what is denied. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from rag.verify import lexicon
from rag.verify.figures import Figure, figures_of
from rag.verify.lexicon import root
from rag.verify.tokens import Token, tokens
from rag.words import STOP_WORDS

Kind = Literal["word", "name", "figure"]

# Words that only hold others together. What tells more from less, or before from after, is not among them.
_FUNCTION = (
    STOP_WORDS
    | frozenset(
        """really quite rather well back since within without though although however per via among amid
        onto toward towards actually basically simply indeed also yes yeah oh um uh okay ok mr mrs ms dr
        st percent cent anyway course sort lot bit don doesn didn isn wasn""".split()
    )
) - frozenset(
    """above after before below down up over under more most few less all both each every once only use
    made make give take same further off out many see""".split()
) | lexicon.DENIALS
_CLAUSE_MARKS = frozenset(",;:()")


@dataclass(frozen=True, slots=True)
class Term:
    """A word, name or figure that says something.

    `key` is what it is compared by. `denied` is its place after a denial in its clause, counted from 1; 0
    where nothing denies it. `at` is the place of its first token.
    """

    key: str
    kind: Kind
    text: str
    at: int
    sentence: int
    clause: int
    prep: str = ""
    denied: int = 0
    figure: Figure | None = None
    end: int = 0  # the place after its last token
    parts: tuple[str, ...] = ()  # the roots of a name's words
    owns: bool = False  # "Ana's"
    definite: bool = False  # has an article or the like before it
    stands_in: bool = False  # a pronoun


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the checks see it."""

    tokens: tuple[Token, ...]
    terms: tuple[Term, ...]
    figures: tuple[Figure, ...]
    roots: frozenset[str]
    clauses: tuple[int, ...]  # of every token


People = Mapping[str, str]  # the root of a name's word → the person, in one spelling


@lru_cache(maxsize=2048)
def _walk(text: str) -> tuple[tuple[Token, ...], tuple[int, ...]]:
    """The tokens, and the clause each stands in."""
    found = tokens(text)
    clause, clauses = 0, list[int]()
    for at, token in enumerate(found):
        new_sentence = at > 0 and token.sentence != found[at - 1].sentence
        if new_sentence or token.low in _CLAUSE_MARKS or token.low in lexicon.BREAKS:
            clause += 1
        clauses.append(clause)
    return found, tuple(clauses)


def roots(text: str) -> frozenset[str]:
    """The roots of the words of a text."""
    found, _ = _walk(text)
    return frozenset(root(token.low) for token in found if token.kind == "word")


@lru_cache(maxsize=512)
def aliases(names: tuple[str, ...]) -> People:
    """Whose name each word of these names is, where it is one person's only."""
    owners: dict[str, set[str]] = {}
    for name in names:
        for token in tokens(name):
            if token.kind == "word" and len(token.low) > 1:
                owners.setdefault(root(token.low), set()).add(name)
    return {part: next(iter(owning)) for part, owning in owners.items() if len(owning) == 1}


@lru_cache(maxsize=2048)
def read(text: str, *, names: tuple[str, ...] = (), speaker: str | None = None) -> Reading:
    """The reading of a text. `names` are people known from labels; `speaker` is who "I" is in it."""
    people = aliases(names)
    found, clauses = _walk(text)
    figures = figures_of(text)
    starts = {figure.first: figure for figure in figures}
    terms: list[Term] = []
    at = 0
    while at < len(found):
        figure = starts.get(at)
        if figure is not None:
            terms.append(
                Term(
                    f"#{figure.key}",
                    "figure",
                    figure.text,
                    at,
                    found[at].sentence,
                    clauses[at],
                    _prep(found, at),
                    figure=figure,
                )
            )
            at = max(figure.last, at + 1)
            continue
        term = (
            _person(found, at, clauses[at], people)
            or _term(found, at, clauses[at], people, speaker)
            or _pronoun(found, at, clauses[at], terms)
        )
        if term is not None:
            term = term if term.end else replace(term, end=at + 1)
            if terms and _one_name(terms[-1], term, found):
                terms[-1] = _joined(terms[-1], term)
            else:
                terms.append(term)
        at = max(at + 1, term.end if term else 0)
    return Reading(
        tokens=found,
        terms=tuple(_with_denials(terms, found, clauses)),
        figures=figures,
        roots=roots(text),
        clauses=clauses,
    )


def _person(found: Sequence[Token], at: int, clause: int, people: People) -> Term | None:
    """Somebody the labels name, with as much of the name as stands here: "White-Sullivan", "van Wirdum"."""
    token = found[at]
    key = root(token.low)
    if not token.capital or key not in people or (token.low in _FUNCTION and not is_name(found, at)):
        return None
    person, end, parts = people[key], at + 1, [key]
    known = {other.low for other in tokens(person)}
    while end < len(found) and not found[end - 1].owns:
        ahead = end + 1 if found[end].low == "-" else end
        if ahead >= len(found) or found[ahead].low not in known or found[ahead].kind != "word":
            break
        parts.append(root(found[ahead].low))
        end = ahead + 1
    text = " ".join(other.text for other in found[at:end] if other.kind == "word")
    return Term(
        f"@{person}", "name", text, at, token.sentence, clause, _prep(found, at), end=end, parts=tuple(parts),
        owns=found[end - 1].owns,
    )  # fmt: skip


def _term(found: Sequence[Token], at: int, clause: int, people: People, speaker: str | None) -> Term | None:
    token = found[at]
    if token.kind != "word":
        return None
    prep = _prep(found, at)
    if speaker and token.low in ("i", "me", "myself"):
        return Term(f"@{speaker}", "name", token.text, at, token.sentence, clause, prep)
    key = root(token.low)
    if is_name(found, at):
        return Term(key, "name", token.text, at, token.sentence, clause, prep, parts=(key,), owns=token.owns)
    if token.low in _FUNCTION or len(token.low) < 2:
        return None
    definite = at > 0 and found[at - 1].low in _ARTICLES
    return Term(key, "word", token.text, at, token.sentence, clause, prep, definite=definite)


_ARTICLES = frozenset("the a an its his her their our my your this that these those".split())


_SELF = frozenset("i me myself".split())


def _pronoun(found: Sequence[Token], at: int, clause: int, before: Sequence[Term]) -> Term | None:
    """Whom "he", "she", "it" or "they" most likely means: the first name of this sentence, or of the last."""
    token, low = found[at], found[at].low
    if low not in ("he", "she", "it", "they"):
        return None
    for sentence in (token.sentence,) if low == "it" else (token.sentence, token.sentence - 1):
        named = next(
            (
                term
                for term in before
                if term.kind == "name"
                and term.sentence == sentence
                and term.text.lower() not in _SELF
                and (low != "it" or not term.key.startswith("@"))
            ),
            None,
        )
        if named:
            return Term(
                named.key, "name", named.text, at, token.sentence, clause, _prep(found, at), stands_in=True
            )
    return None


def is_name(found: Sequence[Token], at: int) -> bool:
    """Whether a word is written as a name. A sentence's first word needs more than its capital."""
    token = found[at]
    if not token.capital or token.low in ("i", *lexicon.TITLES):
        return False
    opens = at == 0 or found[at - 1].sentence != token.sentence or found[at - 1].low == '"'
    if not opens:
        return True
    if token.low in _FUNCTION or token.low in STOP_WORDS:
        return False
    return (len(token.text) > 1 and token.text.isupper()) or _opens_as_name(found, at)


_PLAIN_ENDINGS = ("s", "ing", "ly", "ion", "ity", "ness", "ment", "ance", "ence", "ed", "al", "ers")


def _opens_as_name(found: Sequence[Token], at: int) -> bool:
    after = found[at + 1] if at + 1 < len(found) else None
    if after is None or after.kind != "word" or found[at].low in lexicon.BREAKS:
        return False
    if after.capital and after.low not in STOP_WORDS:
        return True
    if found[at].low.endswith(_PLAIN_ENDINGS) or found[at].low in lexicon.OPENERS:
        return False
    return after.low in lexicon.REPORTING or after.low in lexicon.VERBAL or after.low.endswith("ed")


def _prep(found: Sequence[Token], at: int) -> str:
    """The preposition that governs a word: the last one before it, over articles and adjectives."""
    for back in range(at - 1, max(-1, at - 4), -1):
        low = found[back].low
        if found[back].sentence != found[at].sentence or (found[back].kind == "mark" and low != "-"):
            return ""
        if low in lexicon.PREPOSITIONS:
            return "instead" if low == "than" and back and found[back - 1].low == "rather" else low
    return ""


def _one_name(before: Term, term: Term, found: Sequence[Token]) -> bool:
    """Whether two name words beside each other make one name."""
    if before.kind != "name" or term.kind != "name" or before.owns or before.stands_in or term.stands_in:
        return False
    if before.key.startswith("@") or term.key.startswith("@"):
        return before.key == term.key and before.end == term.at
    return before.end == term.at


def _joined(before: Term, term: Term) -> Term:
    parts = (*before.parts, *term.parts)
    key = before.key if before.key.startswith("@") else " ".join(parts)
    return replace(
        before, key=key, text=f"{before.text} {term.text}", parts=parts, owns=term.owns, end=term.end
    )


def _with_denials(terms: Sequence[Term], found: Sequence[Token], clauses: Sequence[int]) -> list[Term]:
    """The terms with their place after a denial, up to the end of its clause."""
    marked = list(terms)
    for denial in range(len(found)):
        if not denies(found, denial):
            continue
        reached = scope(marked, found, clauses, denial)
        elliptic = bool(reached) and marked[reached[-1]].at < denial
        place = 0
        for index in reached:
            if _passed_over(marked[index]):
                continue
            place = 1 if elliptic else place + 1
            if not marked[index].denied or place < marked[index].denied:
                marked[index] = replace(marked[index], denied=place)
    return marked


def scope(terms: Sequence[Term], found: Sequence[Token], clauses: Sequence[int], denial: int) -> list[int]:
    """The places of the terms that a denial reaches: the rest of its clause.

    An elliptic one ("It didn't.") reaches what happened in the last clause of the sentence before.
    """
    reached = [
        index for index, term in enumerate(terms) if term.at > denial and term.clause == clauses[denial]
    ]
    sentence = found[denial].sentence
    alone = all(term.sentence != sentence or term.at < denial or term.key in ("deni",) for term in terms)
    if reached or not alone:
        return reached
    if sum(token.sentence == sentence for token in found) > 5:
        return []
    last = max((term.clause for term in terms if term.sentence == sentence - 1), default=-1)
    said = [
        index for index, term in enumerate(terms) if term.sentence == sentence - 1 and term.clause == last
    ]
    # What happened, not to what: the first word without an article.
    return next(([index] for index in said if terms[index].kind == "word" and not terms[index].definite), [])


def _passed_over(term: Term) -> bool:
    low = term.text.lower()
    if low in ("any", "more", "longer", "yet", "even", "ever"):
        return True
    return term.kind == "word" and low.endswith("ly") and term.key not in lexicon.opposites()


def denies(found: Sequence[Token], at: int) -> bool:
    """Whether a word is a denial. "Not only" and "no. 5" deny nothing; "no less than" is an amount."""
    low = found[at].low
    if low not in lexicon.DENIALS:
        return False
    after = found[at + 1].low if at + 1 < len(found) else ""
    if low in ("not", "no") and after in (
        "only",
        "just",
        "less",
        "fewer",
        "more",
        "later",
        "matter",
        "doubt",
        "wonder",
    ):
        return False
    return not (low == "no" and (after == "." or after[:1].isdigit()))


def is_passive(reading: Reading, term: Term) -> bool:
    """Whether a word is the verb of a passive: "was merged", "has never been sold"."""
    low = reading.tokens[term.at].low
    if not (low.endswith(("ed", "en", "wn", "ung")) or low in lexicon.PARTICIPLES):
        return False
    for back in range(term.at - 1, -1, -1):
        before = reading.tokens[back].low
        if before in lexicon.BE:
            return True
        if before not in ("not", "never", "also", "only", "first", "later") and not before.endswith("ly"):
            return False
    return False
