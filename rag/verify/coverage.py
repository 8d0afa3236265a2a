"""Whether the cited words speak of all that the claim speaks of. Pure."""

from __future__ import annotations

from rag.verify import lexicon
from rag.verify.ground import Ground, Statement, unprefixed
from rag.verify.judge import Signs
from rag.verify.naming import speaks

# Of a claim's words, how many may be the writer's own, and how many of them in a row.
_LEAST = 0.55
_RUN = 4


def uncovered(claim: Statement, held: Ground) -> str | None:
    """A stretch of the claim that the cited words do not speak of."""
    marks = [
        (term.text, _covered(claim, at, held))
        for at, term in enumerate(claim.reading.terms)
        if _counts(claim, at)
    ]
    if not marks:
        return None
    if sum(known for _, known in marks) / len(marks) < _LEAST:
        return "the cited words speak of something else"
    run: list[str] = []
    for text, known in marks:
        run = [] if known else [*run, text]
        if len(run) >= _RUN:
            return f"the cited words do not speak of “{' '.join(run)}”"
    return None


def _counts(claim: Statement, at: int) -> bool:
    term = claim.reading.terms[at]
    if term.kind == "name":
        return not speaks(claim.reading, term)
    low = term.text.lower()
    return not (low in lexicon.REPORTING or low.endswith("ly"))


def _covered(claim: Statement, at: int, held: Ground) -> bool:
    term = claim.reading.terms[at]
    if claim.matched[at] is not None:
        return True
    if term.kind != "word":
        return term.key.removeprefix("@") in held.speakers or term.stands_in
    bare = unprefixed(term.key)
    named = any(term.key in label and label <= claim.reading.roots for label in held.labels)
    return named or (bare is not None and bare in held.roots)


def signs(claim: Statement, held: Ground) -> Signs:
    """What speaks for support, over terms rather than words: figures, names and like words are matched."""
    counted = [at for at in range(len(claim.reading.terms)) if _counts(claim, at)]
    known = {at for at in counted if _covered(claim, at, held)}
    sentences = {term.sentence for term in held.terms}
    best = max(
        (len({at for at in known if _stands_in(claim, at, one, held)}) for one in sentences), default=0
    )
    total = max(1, len(counted))
    return Signs(len(known) / total, best / total, 0, 0, None)


def _stands_in(claim: Statement, at: int, sentence: int, held: Ground) -> bool:
    key = claim.matched[at]
    return key is None or any(term.key == key and term.sentence == sentence for term in held.terms)


def missing(claim: Statement, held: Ground) -> list[str]:
    """The keys of the claim's terms that the cited words do not have."""
    return [
        term.key
        for at, term in enumerate(claim.reading.terms)
        if _counts(claim, at) and not _covered(claim, at, held)
    ]
