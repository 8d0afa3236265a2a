"""What a question takes for granted, and the passage that says otherwise. Pure.

"Why did Ana leave the board in 2021?" takes for granted that she left it, and when. Only what speaks of the
very same thing and denies it, says its opposite or has another year is held against a question, and only
where nothing bears it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.models import Evidence, Match, Sentence
from rag.verify import lexicon
from rag.verify.figures import Figure, agree
from rag.verify.ground import Ground, Statement, ground, statement
from rag.verify.lexicon import opposed, root
from rag.verify.polarity import flipped
from rag.verify.reading import Reading, Term
from rag.verify.tokens import tokens
from rag.weighing import label_stems, names, stems_of
from rag.words import stem, stems, words

_AUX = r"(?:did|do|does|is|are|was|were|has|have|had)"
_TAKES = (
    re.compile(rf"^(?:why|when|where|how|since when) {_AUX} (?P<said>.+)$", re.IGNORECASE),
    re.compile(
        r"^(?:in |on )?(?:what|which) (?:year|month|day) (?:did|was|were|is) (?P<said>.+)$", re.IGNORECASE
    ),
    re.compile(
        r"^who (?P<said>(?!(?:is|are|was|were|did|do|does|can|will|would|should)\b).+)$", re.IGNORECASE
    ),
    re.compile(r"^what (?:made|led|caused) (?P<said>.+)$", re.IGNORECASE),
)
# What is only supposed, asked or planned bears nothing out and denies nothing.
_SUPPOSED = frozenset(
    "if would could might should whether unless perhaps maybe possibly whoever probably".split()
)
_DENYING = lexicon.DENIALS | frozenset("no not".split())
# Told from two sides: who buys has somebody who sells.
_ONE_EVENT = frozenset(
    frozenset(map(root, pair.split()))
    for pair in """buy sell;purchase sell;acquire sell;lend borrow;send receive;give take;win lose;beat lose
    import export;find lose;hire dismiss""".replace("\n", ";").split(";")
)
# Opposites of what somebody did, beside those of the checks.
_ALSO = (("leave quit resign", "stay remain"), ("keep retain", "sell buy"), ("leave quit resign", "join"))
# What cannot both be, whenever it was. A closed door may have been open before: others need a date.
_EXCLUSIVE = frozenset(
    map(
        root,
        """accept approve adopt agree ratify uphold reject refuse disagree decline oppose veto allow permit
        forbid prohibit ban succeed fail pass support endorse confirm admit deny refute legal illegal lawful
        unlawful cheap expensive costly safe unsafe secure insecure possible impossible likely unlikely
        required mandatory optional voluntary true false same different public private fast slow easy hard
        difficult large small big tiny strong weak genuine fake stay remain keep retain""".split(),
    )
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_PLAIN = {"left": root("leave")}
# So many words of a question may be told otherwise: a verb and a year.
_LACKING = 2
# How many sentences are held against a question at once.
_MOST = 3


@dataclass(frozen=True, slots=True)
class _Held:
    """A stretch of words with what the checks read in it."""

    match: Match
    sentences: tuple[Sentence, ...]
    words: str
    stems: frozenset[str]
    labels: frozenset[str]


def taken_for_granted(question: str) -> str | None:
    """What a question says by asking, as a statement; None when it says nothing by that.

    >>> taken_for_granted("Why did Ana Li leave the board in 2021?"), taken_for_granted("Who sold the plant?")
    ('Ana Li leave the board in 2021', 'sold the plant')
    >>> taken_for_granted("Did Ana leave?"), taken_for_granted("Why did Ana not leave?")
    (None, None)
    """
    asked = " ".join(question.split()).rstrip(" ?.!")
    said = next((found["said"] for pattern in _TAKES if (found := pattern.match(asked))), None)
    if said is None or len(words(said)) < 2:
        return None
    lows = {token.low for token in tokens(said)}
    return None if lows & (_DENYING | _SUPPOSED | {"or"}) else said


def correction(question: str, matches: Sequence[Match]) -> Evidence | None:
    """The words among these that contradict what a question takes for granted; None when none surely do."""
    said = taken_for_granted(question)
    if said is None:
        return None
    # The first word of a sentence has its capital anyway.
    claim = f"so {said}"
    wanted = frozenset(stems(said))
    named = frozenset(name for name in names(claim) if not name.isdigit())
    if not named:
        return None
    against: list[Evidence] = []
    for held in _stretches(matches):
        # Reading is slow: only what has the names and nearly all of the words is read.
        if not named <= held.stems | held.labels or len(wanted - held.stems - held.labels) > _LACKING:
            continue
        evidence = Evidence.of(held.match.passage, *held.sentences, score=held.match.score)
        there = ground([evidence])
        read = statement(claim, there)
        if not _names_are_there(read, held):
            continue
        verdict = _verdict(read, there)
        if verdict is True:
            return None
        if verdict is False:
            against.append(evidence)
    return min(against, key=lambda item: item.end - item.start, default=None)


def _stretches(matches: Sequence[Match]) -> Iterator[_Held]:
    for match in matches:
        passage = match.passage
        text, sentences, labels = passage.source.text, passage.sentences, label_stems(passage)
        for first in range(len(sentences)):
            for last in range(first + 1, min(first + _MOST, len(sentences)) + 1):
                stretch = sentences[first:last]
                if stretch[-1].speaker != stretch[0].speaker:
                    break
                quote = text[stretch[0].start : stretch[-1].end]
                if "?" in quote:
                    break
                yield _Held(match, stretch, quote, stems_of(quote), labels)


def _names_are_there(read: Statement, held: _Held) -> bool:
    """Whether every name of the question stands in the words, or in what is said about them."""
    names = [
        (term, key)
        for term, key in zip(read.reading.terms, read.matched, strict=True)
        if term.kind == "name" and not term.stands_in
    ]
    spoken = stems_of(held.sentences[0].speaker or "")
    return all(
        key is not None or set(map(stem, words(term.text))) <= held.labels | spoken for term, key in names
    ) and any(names)


def _verdict(read: Statement, there: Ground) -> bool | None:
    """True when the words bear a statement out, False when they contradict it, None when they do neither."""
    if any(token.low in _SUPPOSED for reading in there.readings for token in reading.tokens):
        return None
    plain = [
        (term, _key(term, key, there))
        for term, key in zip(read.reading.terms, read.matched, strict=True)
        if term.kind == "word"
    ]
    figures = [figure for figure in read.reading.figures if not figure.loose]
    lacking = [term for term, key in plain if key is None]
    other = [figure for figure in figures if not any(agree(figure, one) for one in there.figures)]
    denied = flipped(read, there) is not None or _none_of_it(read, there)
    # Of another time than the question's, both may be so.
    of_its_time = bool(figures) and not other
    elsewhen = any(_is_time(one) for one in there.figures) and not of_its_time
    if not lacking and not other:
        return not denied if plain and not (denied and elsewhen) else None
    if len(plain) == len(lacking) and len(figures) == len(other):
        return None
    if not lacking and len(other) == 1 and not denied and _another(other[0], read, there):
        return False
    if len(lacking) == 1 and not other and not elsewhen and _says_opposite(lacking[0], there, of_its_time):
        return False
    return None


def _is_time(figure: Figure) -> bool:
    sorts = {sort for sort, _ in figure.readings}
    return bool(sorts & {"date", "month", "weekday"}) or _YEAR.fullmatch(figure.text) is not None


def _key(term: Term, key: str | None, there: Ground) -> str | None:
    if key is not None:
        return key
    return next((other.key for other in there.terms if _PLAIN.get(other.text.lower()) == term.key), None)


def _another(figure: Figure, read: Statement, there: Ground) -> bool:
    """Whether a sentence about the same has one figure of that sort, which is another."""
    told = {key for key in read.matched if key}
    about = {term.sentence for term in there.terms if term.key in told and term.kind == "word"}
    counted = _after(figure, read.reading)
    year = _YEAR.fullmatch(figure.text) is not None
    sorts = {sort for sort, _ in figure.readings}
    same = []
    for term in there.terms:
        one, reading = term.figure, there.readings[term.sentence // 1000]
        if one is None or one.loose or term.sentence not in about or one.unit not in (figure.unit, None):
            continue
        # The 2 of "Kiln-2" is in both.
        if any(agree(one, mine) for mine in read.reading.figures):
            continue
        if not sorts & {sort for sort, _ in one.readings} or year != (_YEAR.fullmatch(one.text) is not None):
            continue
        # A figure without a unit counts what comes after it.
        if (
            year
            or figure.unit
            or sorts & {"month", "date", "weekday"}
            or counted == _after(one, reading) != ""
        ):
            same.append(one)
    return len(same) == 1


def _after(figure: Figure, reading: Reading) -> str:
    follows = reading.tokens[figure.last : figure.last + 1]
    return root(follows[0].low) if follows and follows[0].kind == "word" else ""


def _none_of_it(read: Statement, there: Ground) -> bool:
    """Whether "not one", "not a single" or "no" stands before something that the question names."""
    told = {key for key in read.matched if key}
    for term in there.terms:
        before = there.readings[term.sentence // 1000].tokens[max(0, term.at - 3) : term.at]
        lows = [token.low for token in before]
        if term.denied and term.key in told and (lows[-2:] == ["not", "one"] or lows[-1:] == ["single"]):
            return True
    return False


def _says_opposite(term: Term, there: Ground, of_its_time: bool) -> bool:
    return any(_excludes(term, other, of_its_time) for other in there.terms if other.kind == "word")


def _excludes(term: Term, other: Term, of_its_time: bool) -> bool:
    key = _PLAIN.get(other.text.lower(), other.key)
    if frozenset((term.key, key)) in _ONE_EVENT:
        return other.denied == 1
    surely = of_its_time or bool(_EXCLUSIVE & {term.key, key})
    return surely and not other.denied and (opposed(term.key, key) or _also(term.key, key))


def _also(one: str, other: str) -> bool:
    for left, right in _ALSO:
        these, those = set(map(root, left.split())), set(map(root, right.split()))
        if (one in these and other in those) or (one in those and other in these):
            return True
    return False
