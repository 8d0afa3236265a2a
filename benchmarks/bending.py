"""Make claims out of evidence by rules: true ones in other words, and bent ones that say something else.

Pure, and on purpose ignorant of `rag/verify`: its lists and rules are its own, so that the verifier is not
measured with its own ruler. A rule that does not fit a sentence gives nothing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.models import Evidence


def _pairs(listed: str) -> list[tuple[str, str]]:
    """What stands on both sides of each "=" of a list with semicolons."""
    halves = (" ".join(item.split()).split(" = ") for item in listed.split(";"))
    return [(one, other) for one, other in halves]


_WORD = r"[A-Za-z'’]+"
_NAME = re.compile(r"(?<![.!?“\"'‘(-] )(?<!^)\b[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*\b")
_NO_NAMES = frozenset(
    """January February March April May June July August September October November December Monday Tuesday
    Wednesday Thursday Friday Saturday Sunday Yeah Yes Okay Well But And So The That This They There
    Then What When Where Who Why How Because Which Also Now After Either Basically Even Having Using
    Other Others Does Did Are Was Is Has Can Will Be By Of As From With Their His Her Our Your My
    Once Until Since While Although Though Here Don Let Like Just Some Any All Each You We He She It
    In On At If For Not Right Oh Mm""".split()
)
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|will|can|could|would|should|has|have|had|does|did|do|must|might|may)\b"
    r"(?! not|n['’]t|['’])",
    re.I,
)
_DENIAL = re.compile(
    r"\b(?:(is|are|was|were|do|does|did|has|have|had|would|could|should|wo|ca)n['’]t|(cannot)"
    r"|(?<= )(not|never)) ",
    re.I,
)
_THIRD = re.compile(
    r"\b(supports|allows|requires|uses|adds|removes|makes|gives|takes|needs|works|means|shows|contains|provides|includes"
    r"|enables|prevents|reduces|increases|lets|keeps|runs|creates|changes|improves|helps|wants|says|thinks|knows)\b"
)
_PAST = re.compile(
    r"\b(added|removed|used|allowed|required|supported|started|created|changed|improved|helped|wanted|worked|moved"
    r"|reported|proposed|released|merged|fixed|described|announced|introduced|provided|included|enabled|reduced"
    r"|increased|published|opened|published|discovered|mentioned|posted|asked|replied)\b"
)
_SPELLED = {
    word: int(number)
    for word, number in _pairs(
        """
    two = 2; three = 3; four = 4; five = 5; six = 6; seven = 7; eight = 8; nine = 9; ten = 10;
    eleven = 11; twelve = 12; fifteen = 15; twenty = 20; thirty = 30; forty = 40; fifty = 50; sixty
    = 60; ninety = 90
        """
    )
}
_MONTHS = "January February March April May June July August September October November December".split()
_DIRECTIONS = _pairs(
    """
    increase = decrease; increased = decreased; increases = decreases; increasing = decreasing; more
    = less; before = after; above = below; higher = lower; larger = smaller; bigger = smaller;
    better = worse; best = worst; faster = slower; always = never; easy = difficult; easier =
    harder; old = new; older = newer; first = last; early = late; earlier = later; cheap =
    expensive; possible = impossible; safe = dangerous; open = closed; adds = removes; added =
    removed; adding = removing; add = remove; enable = disable; enabled = disabled; allows =
    forbids; allow = forbid; accept = reject; accepted = rejected; buy = sell; win = lose; rise =
    fall; rose = fell; public = private; strong = weak; high = low; long = short; large = small; big
    = small; most = least; maximum = minimum; reduce = raise; reduces = raises; reduced = raised;
    send = receive; online = offline; success = failure; true = false; support = oppose; supports =
    opposes; agree = disagree
    """
)
_QUANTITIES = _pairs(
    r"""
    all = some; every = hardly any; most = few; some = all; many = few; both = neither of the;
    several = all; at least = at most; at most = at least; more than = less than; less than = more
    than; up to(?= \d) = at least; always = sometimes; often = rarely; usually = rarely; sometimes =
    always; everyone = hardly anyone
    """
)
_MODALS = _pairs(
    """
    may = will; might = will; could = did; will = might; plans to = did; proposed = approved;
    proposes = approved; would = did; probably = certainly; likely = certainly; possibly =
    definitely; hopes to = did; perhaps = certainly; maybe = definitely
    """
)
_SAME = dict(
    _pairs(
        """
    big = large; large = big; start = begin; started = began; begin = start; show = demonstrate;
    shows = demonstrates; use = employ; uses = employs; used = employed; help = assist; buy =
    purchase; get = obtain; fast = quick; important = crucial; problem = issue; problems = issues;
    people = persons; allows = lets; need = require; needs = requires; however = but; about =
    around; many = lots of; whole = entire; bug = defect; idea = notion; fix = repair; fixed =
    repaired; end = finish; change = alteration; quickly = rapidly; also = in addition; enough =
    sufficient; try = attempt; method = approach; company = firm; keep = retain; build = construct;
    choose = select; often = frequently; rise = climb; increase = grow; reduce = lower; reduces =
    lowers; previous = earlier; create = make; creates = makes; created = made; additional =
    further; different = differing; currently = at present; because = since; reason = cause; happen
    = occur; difficult = hard; hard = difficult; good = fine; interesting = intriguing; several = a
    number of
        """
    )
)
_FILLERS = re.compile(
    r"\b(?:really|actually|basically|just|very|quite|simply|currently|also|obviously|certainly|pretty|literally"
    r"|kind of"
    r"|sort of|you know|I mean|of course|essentially|effectively|in fact)\b,? ?", re.I
)  # fmt: skip
_OPENING = re.compile(
    r"^(?:And|But|So|Yeah|Well|Okay|Right|Now|Yes|Also|Um|Uh|Oh|I mean|You know)\b[, ]+(?=\S)"
)

_UNITS = _pairs(
    """
    seconds = minutes; minutes = hours; hours = days; days = weeks; weeks = months; months = years;
    years = days; percent = million; million = billion; billion = million; thousand = million;
    kilobytes = megabytes; gigabytes = terabytes
    """
)
# Words that mean something else after these | before those: "for some reason", "at first".
_FIXED = {
    word: (frozenset(around.split("|")[0].split()), frozenset(around.split("|")[1].split()))
    for word, around in _pairs(
        """
    most = the | ; first = at the very | ,; long = as so how | as; open =  | source; some = for | of
    kind sort; all = at after of | of the right; better = had | ; best = at | ; last = at | ; more =
    once any | or; could =  | be have; would =  | be have like; high =  | school; public =  | key;
    private =  | key; before =  | .; many = how as so too | ; early =  | on; old = years year | ;
    short = in | , of
        """
    )
}
_THIRD_PERSON = dict(
    _pairs(
        """
    I = they; I'm = they are; I've = they have; I'd = they would; I'll = they will; my = their; My =
    their; me = them; we = they; We = they; we're = they are; We're = they are; we've = they have;
    We've = they have; our = their; Our = their; us = them; myself = themselves; am = are; we'll =
    they will; mine = theirs
        """
    )
)


@dataclass(frozen=True, slots=True)
class Made:
    """A claim that was made of `cited`. `right` are the words that carry it; empty when none do."""

    kind: str
    text: str
    cited: tuple[Evidence, ...]
    right: tuple[Evidence, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it is a true one, cited right."""
        return bool(self.right) and self.right == self.cited


@dataclass(frozen=True, slots=True)
class Scene:
    """What a model was shown for one question, and names from elsewhere in the archive."""

    offered: tuple[Evidence, ...]
    strangers: tuple[str, ...]


Rule = Callable[[str, random.Random, Scene], str | None]


def claims(evidence: Evidence, scene: Scene, dice: random.Random) -> Iterator[Made]:
    """Everything that can be made of one sentence, true ones first."""
    base = _OPENING.sub("", " ".join(evidence.quote.split()))
    base = base[:1].upper() + base[1:]
    if base.endswith("?") or not 7 <= len(base.split()) <= 45:
        return
    for kind, rule in TRUE.items():
        text = rule(base, dice, scene)
        if text and text != base:
            yield Made(kind, text, (evidence,), (evidence,))
    reported = _reported(base, evidence)
    if reported:
        yield Made("reported speech", reported, (evidence,), (evidence,))
    yield Made("as it stands", base, (evidence,), (evidence,))
    for kind, rules in BENT.items():
        for rule in rules:
            text = rule(base, dice, scene)
            if text and text != base:
                yield Made(kind, text, (evidence,))
    yield from _cited_wrong(base, evidence, scene, dice)


# True ones.


def _without_fillers(base: str, dice: random.Random, scene: Scene) -> str | None:
    text = _FILLERS.sub("", base)
    return _capital(text) if text != base else None


def _with_synonyms(base: str, dice: random.Random, scene: Scene) -> str | None:
    """At most two words for others of the same meaning."""
    left = 2

    def other(found: re.Match[str]) -> str:
        nonlocal left
        word = found.group()
        if left and word in _SAME and dice.random() < 0.7:
            left -= 1
            return _SAME[word]
        return word

    return re.sub(_WORD, other, base)


def _first_clause(base: str, dice: random.Random, scene: Scene) -> str | None:
    """The part before a comma and a conjunction, when it stands by itself."""
    found = re.match(
        r"^(.{25,}?),? (?:and|but|so|because|while) (?=(?:it|he|she|they|we|I|that|this|the|there) )", base
    )
    if not found or re.match(r"^(?:if|when|because|since|although|while|as)\b", base, re.I):
        return None
    return found.group(1).rstrip(",") + "."


def _without_aside(base: str, dice: random.Random, scene: Scene) -> str | None:
    text = re.sub(r" \([^()]*\)", "", base)
    text = re.sub(r", (?:which|who) [^,.;]*,", "", text)
    return text if text != base else None


def _figures_rewritten(base: str, dice: random.Random, scene: Scene) -> str | None:
    numbers = {str(value): word for word, value in _SPELLED.items()}
    text = re.sub(
        r"(?<![\d.,$€£/:-])\b(\d{1,2})\b(?![\d.,:/%-]*\d|%|-| (?:" + "|".join(_MONTHS) + "))",
        lambda m: numbers.get(m[1], m[1]),
        base,
    )
    if text == base:
        text = re.sub(
            r"\b("
            + "|".join(_SPELLED)
            + r")\b(?![- ](?:hundred|thousand|million|"
            + "|".join(_SPELLED)
            + "))",
            lambda m: str(_SPELLED[m[1]]),
            base,
        )
    text = re.sub(r"(\d)%", r"\1 percent", text) if "%" in text else re.sub(r"(\d) ?percent\b", r"\1%", text)
    text = re.sub(r"\b(\d),(\d{3})\b(?!,)", r"\1\2", text)
    return text


def _passive(base: str, dice: random.Random, scene: Scene) -> str | None:
    """The passive of "X merged the patch …", where both parts are short."""
    found = re.match(
        rf"^((?:[A-Z]\w+)(?: [A-Z]\w+)?) ({_PAST.pattern[2:-2]}) "
        r"((?:the|a|an|its|his|her) (?:[\w-]+ )?[\w-]+)"
        r"((?: (?:to|in|on|for|with|at|from|that) .*)?[.])$",
        base,
    )
    if (
        not found
        or found[1] in _NO_NAMES
        or found[2] in ("wanted", "started", "worked", "asked", "replied", "helped")
    ):
        return None
    return f"{_capital(found[3])} was {found[2]} by {found[1]}{found[4]}"


def _reported(base: str, evidence: Evidence) -> str | None:
    """What Ana says as "Ana says that …": the first person becomes a third."""
    if not evidence.speaker or re.search(r"[“”\"?]", base):
        return None
    words = base.replace("’", "'")
    told = re.sub(r"[A-Za-z']+", lambda m: _THIRD_PERSON.get(m.group(), m.group()), words)
    first = told.split()[0].strip(",.:;")
    if (
        first.islower()
        or f" {first.lower()} " in f" {words.lower()} "[len(first) + 1 :]
        or not _is_name(first, evidence)
    ):
        told = told[0].lower() + told[1:]
    return f"{evidence.speaker} says that {told}"


def _is_name(word: str, evidence: Evidence) -> bool:
    """Whether a sentence's first word is written with a capital inside sentences of the source too."""
    text = evidence.passage.source.text
    return bool(re.search(rf"(?<=[a-z,] ){re.escape(word)}\b", text)) and not re.search(
        rf"\b{re.escape(word.lower())}\b", text
    )


TRUE: dict[str, Rule] = {
    "fillers left out": _without_fillers,
    "synonyms": _with_synonyms,
    "first clause": _first_clause,
    "aside left out": _without_aside,
    "figures rewritten": _figures_rewritten,
    "passive": _passive,
}

# Bent ones.


def _denied(base: str, dice: random.Random, scene: Scene) -> str | None:
    if _has_denial(base):
        return None
    found = list(_AUXILIARY.finditer(base))
    found = [
        one
        for one in found
        if not re.match(r" (?:to|it|you|we|they|I|he|she|the|a|an)\b", base[one.end() :])
        or one[0] not in ("do", "does", "did")
    ]
    if not found:
        return None
    one = found[0]
    return base[: one.end()] + " not" + base[one.end() :]


def _denied_plain(base: str, dice: random.Random, scene: Scene) -> str | None:
    """A verb without an auxiliary denied: "does not support"."""
    if _has_denial(base):
        return None
    found = _THIRD.search(base)
    if found:
        verb = found[0][:-1]
        return base[: found.start()] + "does not " + verb + base[found.end() :]
    found = _PAST.search(base)
    before = base[: found.start()].split()[-1:] if found else []
    if found and before and (before[0][0].isupper() or before[0] in ("it", "they", "he", "she", "we", "I")):
        return base[: found.start()] + "never " + base[found.start() :]
    return None


def _has_denial(base: str) -> bool:
    return bool(
        re.search(
            r"\b(?:not|never|no|nobody|nothing|none|neither|nor|without|hardly|cannot)\b|n['’]t\b", base, re.I
        )
    )


def _undenied(base: str, dice: random.Random, scene: Scene) -> str | None:
    """The first denial taken out."""
    found = _DENIAL.search(base)
    if not found or re.match(
        r"(?:only|just|sure|necessarily|really|all|every|even|too|much|yet)\b", base[found.end() :]
    ):
        return None
    verb = {"wo": "will", "ca": "can"}.get((found[1] or "").lower(), found[1] or "")
    kept = verb + " " if verb else "can " if found[2] else ""
    if kept.strip().lower() in ("do", "does", "did") and not base[: found.start()].strip():
        return None  # "Don't forget" is an order
    return base[: found.start()] + kept + base[found.end() :]


def names_in(text: str) -> list[re.Match[str]]:
    """Runs of capitalised words inside a sentence."""
    return [found for found in _NAME.finditer(text) if found[0].split()[0] not in _NO_NAMES]


def _swapped(base: str, dice: random.Random, scene: Scene) -> str | None:
    """Two names change places, unless they only stand in a list."""
    found = names_in(base)
    opening = re.match(
        r"^[A-Z][a-z]+(?: [A-Z][a-z]+)*"
        r"(?= (?:is|was|has|will|says|said|and|noted|wrote|added|proposed|posted|explained)\b)",
        base,
    )
    if opening and opening[0] not in _NO_NAMES:
        found = [opening, *found]
    for one, other in pairwise(found):
        between = base[one.end() : other.start()]
        if (
            one[0] != other[0]
            and not re.fullmatch(r"(?:'s)?[\s,&/]*(?:and|or)?[\s,]*", between)
            and one.end() <= other.start()
        ):
            if set(one[0].split()) & set(other[0].split()):
                continue
            return base[: one.start()] + other[0] + between + one[0] + base[other.end() :]
    return None


def _stranger(base: str, dice: random.Random, scene: Scene) -> str | None:
    """A name gives way to one from elsewhere in the archive."""
    found = names_in(base)
    others = [
        name
        for name in scene.strangers
        if not set(name.lower().split()) & set(re.findall(r"\w+", base.lower()))
    ]
    if not found or not others:
        return None
    one = dice.choice(found)
    return base[: one.start()] + dice.choice(others) + base[one.end() :]


def _neighbour(base: str, dice: random.Random, scene: Scene) -> str | None:
    """A name gives way to one from the other sentences that were shown."""
    near = sorted({match[0] for item in scene.offered for match in names_in(" ".join(item.quote.split()))})
    near = [name for name in near if not set(name.lower().split()) & set(re.findall(r"\w+", base.lower()))]
    found = names_in(base)
    if not found or not near:
        return None
    one = dice.choice(found)
    return base[: one.start()] + dice.choice(near) + base[one.end() :]


def _other_number(base: str, dice: random.Random, scene: Scene) -> str | None:
    found = list(re.finditer(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w,-]|\.\d)", base))
    if not found:
        return None
    one = dice.choice(found)
    value = float(one[0].replace(",", ""))
    choices = [value + 1, value * 2, value + 10, value * 10, round(value * 1.5), max(1, value - 1)]
    fresh = [v for v in choices if v != value and _figure(v, one[0]) not in re.findall(r"[\d.,]*\d", base)]
    return base[: one.start()] + _figure(dice.choice(fresh), one[0]) + base[one.end() :] if fresh else None


def _figure(value: float, like: str) -> str:
    if "." in like:
        return f"{value:.{len(like.split('.')[1])}f}"
    return f"{int(value):,}" if "," in like else f"{int(value)}"


def _other_word_number(base: str, dice: random.Random, scene: Scene) -> str | None:
    found = list(re.finditer(r"\b(" + "|".join(_SPELLED) + r")\b", base))
    if not found:
        return None
    one = dice.choice(found)
    others = [
        word
        for word in _SPELLED
        if word != one[0] and not re.search(rf"\b({word}|{_SPELLED[word]})\b", base, re.I)
    ]
    return base[: one.start()] + dice.choice(others) + base[one.end() :]


def _other_month(base: str, dice: random.Random, scene: Scene) -> str | None:
    found = re.search(r"\b(" + "|".join(m for m in _MONTHS if m not in ("May", "March")) + r")\b", base)
    if not found:
        return None
    other = dice.choice([month for month in _MONTHS if month not in base])
    return base[: found.start()] + other + base[found.end() :]


def _other_unit(base: str, dice: random.Random, scene: Scene) -> str | None:
    for one, other in _UNITS:
        found = re.search(rf"(?<=\d )\b{one}\b", base) or re.search(
            rf"(?<=(?:two|six|ten) ){one}\b|(?<=(?:five|nine|four) ){one}\b", base
        )
        if found and other not in base:
            return base[: found.start()] + other + base[found.end() :]
    return None


def _traded(pairs: Sequence[tuple[str, str]], *, both: bool) -> Rule:
    options = [*pairs, *((other, one) for one, other in pairs)] if both else list(pairs)

    def rule(base: str, dice: random.Random, scene: Scene) -> str | None:
        found = [
            (match, other)
            for one, other in options
            for match in re.finditer(rf"\b{one}\b", base)
            if not re.search(rf"\b{other}\b", base) and _means_it(match[0], base, match)
        ]
        if not found:
            return None
        match, other = dice.choice(found)
        return base[: match.start()] + other + base[match.end() :]

    return rule


def _means_it(one: str, base: str, match: re.Match[str]) -> bool:
    """Leaves alone words that mean something else where they stand: "for some reason", "at first"."""
    before, after = base[: match.start()].rstrip().split()[-1:], base[match.end() :].split()[:1]
    wrong_before, wrong_after = _FIXED.get(one, (frozenset[str](), frozenset[str]()))
    return not (before and before[0].lower() in wrong_before) and not (
        after and after[0].strip(",") in wrong_after
    )


def _made_up_quote(base: str, dice: random.Random, scene: Scene) -> str | None:
    """Words between quotation marks, one of them another than the source's."""
    words = base.rstrip(".").split()
    if len(words) < 9:
        return None
    start = dice.randrange(0, len(words) - 7)
    part = words[start : start + 7]
    at = max(range(7), key=lambda index: len(part[index]))
    other = dice.choice(
        [
            w
            for w in ("obviously", "terrible", "brilliant", "quarterly", "nonsense", "forever")
            if w not in base
        ]
    )
    part[at] = other
    return f"As the source puts it, “{' '.join(part).strip(',;:“”')}”."


BENT: dict[str, tuple[Rule, ...]] = {
    "negation flip": (_denied, _denied_plain, _undenied),
    "entity swap": (_swapped, _stranger, _neighbour),
    "number change": (_other_number, _other_word_number, _other_month, _other_unit),
    "direction": (_traded(_DIRECTIONS, both=True),),
    "quantity": (_traded(_QUANTITIES, both=False),),
    "modality": (_traded(_MODALS, both=False),),
    "made-up quote": (_made_up_quote,),
}


def _cited_wrong(base: str, evidence: Evidence, scene: Scene, dice: random.Random) -> Iterator[Made]:
    others = [item for item in scene.offered if item != evidence and not _alike(item.quote, base)]
    if not others:
        return
    yield Made("wrong id", base, (dice.choice(others),), (evidence,))
    other = dice.choice(others)
    half, rest = base.rstrip(".").split(), " ".join(other.quote.split()).rstrip(".").split()
    if len(half) >= 8 and len(rest) >= 8:
        joined = (
            " ".join(half[: max(6, 2 * len(half) // 3)])
            + ", and "
            + " ".join(rest[-max(6, 2 * len(rest) // 3) :])
            + "."
        )
        yield Made("merged sources", joined, (evidence,), (evidence, other))


def _alike(one: str, other: str) -> bool:
    left, right = set(re.findall(r"\w+", one.lower())), set(re.findall(r"\w+", other.lower()))
    return len(left & right) > 0.5 * min(len(left), len(right))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
