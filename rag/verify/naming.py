"""Whether the names of a claim are those of the cited words, and whether who is said to speak does. Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set

from rag.verify import lexicon
from rag.verify.ground import Ground, Statement
from rag.verify.lexicon import root
from rag.verify.reading import Reading, Term

# Short forms that the long ones do not spell out letter by letter, and the reverse.
_KNOWN = {
    "ceo": "chief executive head boss", "cto": "chief technology technical", "cfo": "chief financial finance",
    "us": "united states america american usa", "usa": "united states america american",
    "uk": "united kingdom britain british",
    "eu": "european union europe", "un": "united nations", "ai": "artificial intelligence",
    "ml": "machine learning",
    "llm": "large language model", "pr": "pull request", "tv": "television",
    "pc": "computer", "phd": "doctorate",
    "british": "britain uk", "american": "america us usa", "european": "europe eu", "english": "england",
}  # fmt: skip


def wrong_name(claim: Statement, held: Ground) -> str | None:
    """A name that neither the cited words nor, where it may, a label has."""
    for term in claim.reading.terms:
        if term.kind != "name" or term.stands_in:
            continue
        for part in term.parts or (term.key,):
            if not _known(part, term, claim, held):
                return f"{term.text} is not in the cited words"
        if _out_of_order(term, held):
            return f"the cited words do not have the name {term.text}"
    return None


def _out_of_order(term: Term, held: Ground) -> bool:
    """Whether these are the words of a name in another order than its own."""
    if len(term.parts) < 2:
        return False
    if any(term.parts == other.parts for other in held.terms):
        return False
    return any(sorted(term.parts) == sorted(other.parts) for other in held.terms)


def _known(part: str, term: Term, claim: Statement, held: Ground) -> bool:
    if part in held.roots or part in held.initials or _short_form(part, held):
        return True
    if any(_adjective(part, other) for other in held.roots):
        return True
    person = held.people.get(part)
    if person is None:
        return any(part in label and label <= claim.reading.roots for label in held.labels)
    if any(owner == person and name in held.roots for name, owner in held.people.items()):
        return True  # "Yuki Sato" where the words say "Yuki"
    if person in held.first_person or (term.owns and person in held.owners):
        return True
    return person in held.speakers and speaks(claim.reading, term, by=lexicon.REPORTING | lexicon.SAYING)


def _short_form(part: str, held: Ground) -> bool:
    return any(root(word) in held.roots for word in _KNOWN.get(part, "").split())


def _adjective(part: str, other: str) -> bool:
    """Whether they begin alike, as "Norwegian" and "Norway" do."""
    return (
        len(part) >= 5
        and len(other) >= 5
        and part[:5] == other[:5]
        and part != other
        and abs(len(part) - len(other)) <= 4
    )


def wrong_speaker(claim: Statement, held: Ground) -> str | None:
    """Who is said to say it, and does not."""
    for term in claim.reading.terms:
        if term.kind != "name" or term.stands_in or not speaks(claim.reading, term):
            continue
        if _reported(claim, term, held):
            continue
        own = term.key.removeprefix("@") in held.speakers
        if own and not _said_by_another(claim, held) and not _thought_by_another(claim, term, held):
            continue
        return f"{term.text} does not say this in the cited words"
    return None


def speaks(reading: Reading, term: Term, *, by: Set[str] = lexicon.SAYING) -> bool:
    """Whether a name has one of these verbs after it, or "according to" before."""
    last = term.end
    before = [token.low for token in reading.tokens[max(0, term.at - 3) : term.at]]
    if "according" in before:
        return True
    sentence = reading.tokens[term.at].sentence
    after = [token.low for token in reading.tokens[last : last + 4] if token.sentence == sentence]
    for place, low in enumerate(after):
        if low in by:
            return True
        if low not in _BETWEEN and not (low.endswith("ly") or (place == 0 and low == ",")):
            break
    inverted = len(before) > 1 and before[-2] in (",", '"')
    return inverted and before[-1] in lexicon.SAYING_BEFORE


_BETWEEN = frozenset(
    "also now then still has had does did do not is was never further even later once first used to".split()
)


def _said_by_another(claim: Statement, held: Ground) -> bool:
    """Whether a written text itself names who says it, and the claim does not."""
    if held.first_person or held.spoken:
        return False
    named = {
        other.key
        for reading in held.readings
        for other in reading.terms
        if other.kind == "name" and not other.stands_in and speaks(reading, other)
    }
    return bool(named) and not named & {key for key in claim.matched if key}


_THINKING = frozenset("think believ feel suspect expect hope want fear doubt reckon".split())


def _thought_by_another(claim: Statement, term: Term, held: Ground) -> bool:
    """Whether the speaker tells what somebody else thinks, and the claim makes it the speaker's own."""
    after = {root(token.low) for token in claim.reading.tokens[term.end : term.end + 2]} & _THINKING
    thinkers = [_thinker(reading, verb) for reading in held.readings for verb in after]
    found = [thinker for thinkers_of in thinkers for thinker in thinkers_of]
    return bool(found) and term.key not in found


def _thinker(reading: Reading, verb: str) -> list[str]:
    """Whose thought it is, each time the verb occurs; "?" where that is not plain."""
    found = []
    for at, token in enumerate(reading.tokens):
        if root(token.low) == verb:
            before = [other for other in reading.terms if at - 3 <= other.at < at and other.kind == "name"]
            third = any(other.low in ("he", "she", "they") for other in reading.tokens[max(0, at - 2) : at])
            found.append(before[-1].key if before else "someone else" if third else "?")
    return found if "?" not in found else []


_ASKING = frozenset("ask asks asked wonder wonders wondered".split())


def _reported(claim: Statement, term: Term, held: Ground) -> bool:
    """Whether the cited words themselves say that this person said, or asked, something."""
    wanted = set(term.parts) or {term.key}
    asks = any(token.low in _ASKING for token in claim.reading.tokens)
    allowed = _ASKING if asks else lexicon.SAYING - _ASKING
    for reading in held.readings:
        for other in reading.terms:
            named = other.key == term.key or bool(wanted & set(other.parts))
            if other.kind == "name" and named and _near(reading, other, allowed):
                return True
    return False


def _near(reading: Reading, term: Term, verbs: Set[str]) -> bool:
    if speaks(reading, term, by=verbs):
        return True
    near: Sequence[str] = [token.low for token in reading.tokens[term.end : term.end + 8]]
    return any(low in verbs for low in near)
