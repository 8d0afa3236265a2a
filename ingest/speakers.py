"""One person, one name in a source; on evidence only. Pure.

A label means a person who is listed (front matter, person tags) when it is their name, the only first or last
name of its kind, or their name misheard in one half. `Speaker 1` means whoever `Speaker 1` says they are.
What two people could be, or one label claims twice, stays as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from ingest.reading import Part, Reading
from ingest.transcripts import names
from rag.models import unique

# Who introduces themselves later than this quotes somebody, or tells a story.
INTRODUCED_WITHIN = 6_000  # characters
WORD = r"[^\W\d_](?:\.|[\w’'-]*)"  # an initial or a word
NAME = rf"(?P<name>{WORD}(?:\s+{WORD}){{0,3}})"
INTRODUCTION = re.compile(
    rf"""(?:^|(?<=[.!?…,;])\s)\s*(?:(?:hi|hello|hey|and|so|well|yeah|okay|ok|everyone|there)\b[\s,!.]*)*
    (?:I['’]m|I\ am|my\ name\ is|my\ name['’]s)\s+
    (?:(?:your|the|one\ of\ your)\s+(?:co-?)?hosts?,?\s+)?{NAME}(?:[.,!;]|\s+(?:and|from|here)\b|$)""",
    re.VERBOSE | re.IGNORECASE,
)
# Somebody who is welcomed by name, or thanked for coming: here and now, not last week, nor for a letter.
COMING = (
    r"(?:thanks|thank\ you)(?:\ (?:so|very)\ much)?\ for\ (?:joining|coming|being\ (?:here|on|with)"
    r"|(?:taking|making)\ the\ time\ to\ (?:join|come|talk|speak|be|chat)|doing\ this)"
    r"(?![^.?!]{0,60}\b(?:last|yesterday|ago|earlier|before|back\ then)\b)"
)
CALLED = NAME.removeprefix("(?P<name>").removesuffix(")")
# An initial's full stop ends no sentence, and a name behind another's comma is one of several.
BEGINS = r"(?:^|(?-i:(?<![A-Z]))[.?!…;]\s+)(?:(?:so|and|well|now|ok|okay)[\s,]+)*"
ENDS = r"\s*(?:(?=[.!?])|,(?!\s+(?:and\s+)?(?-i:[A-Z](?!['’\s]))))"
WELCOMED = re.compile(
    rf"""(?:{BEGINS}({CALLED}),\s+(?:(?:a\s+)?(?:warm\s+)?welcome\b|{COMING})
    |(?<!['’]re\ )(?<!are\ )(?<!always\ )\bwelcome(?:\ back)?
        (?:\ to\ (?:the\ (?:show|podcast|program)|(?P<somewhere>[^.?!,]{{1,40}})))?,\s+({CALLED}){ENDS}
    |{COMING}(?:(?!\ (?:from|in|at)\b)[^.?!,]){{0,40}},\s+({CALLED}){ENDS})""",
    re.VERBOSE | re.IGNORECASE,
)
TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|St)\.\s+")
# A sentence that is a name and no more: "Ana. Bo, welcome." welcomes two.
NAME_ALONE = re.compile(
    r"(?:^|[.?!…]\s)\s*(?:(?:[Ss]o|[Aa]nd|[Ww]ell|[Nn]ow),?\s+)*(?:(?!I\b)[A-Z][\w’'-]*\s*){1,3}$"
)
SEVERAL = re.compile(
    r"\b(?:both|you\ (?:two|three|guys|all)|all\ of\ you|gentlemen|ladies|guests)\b", re.IGNORECASE
)
# How the one who was welcomed begins: with thanks that are no welcome themselves, as a co-host's may be.
GREETED = r"\W*(?:(?:well|oh|hi|hello|hey|yeah|yes|no|so|ah|um|uh)\b\W+)*"
FEELING = (
    r"(?:great|good|glad|happy|pleased|delighted|nice|honou?red|pleasure|lovely|wonderful|thrilled|excited)"
)
IT_IS = r"(?:(?:it['’]?s|it\ is|i['’]?m|i\ am|we['’]?re|we\ are)\s+)?(?:(?:so|very|really|a|my)\s+)*"
GLAD_TO_BE = rf"{IT_IS}{FEELING}\s+(?:to\ (?:be|join)|being)\b"
ANSWERED = re.compile(
    rf"""{GREETED}(?:(?:many\s+)?(?:thanks|thank\ you)\b
        (?!\ (?:again\ )?(?:(?:so|very)\ much\ )?for\ (?!having|inviting))
    |my\ pleasure\b|{GLAD_TO_BE})""",
    re.VERBOSE | re.IGNORECASE,
)
# Thanks that only a guest has to give; any others may be for what was said between.
AS_GUEST = re.compile(
    rf"{GREETED}(?:[^.?!]{{0,40}}\bfor\ (?:having|inviting)\ me\b|{GLAD_TO_BE})",
    re.VERBOSE | re.IGNORECASE,
)
SENTENCE = re.compile(r"[^.?!…]*[.?!…]*")
AS_SEVERAL = re.compile(r"\b(?:having|inviting)\ us\b", re.IGNORECASE)
COURTESY = re.compile(
    rf"\W*(?:(?:{IT_IS}{FEELING}|how\ are\ you|{COMING}|welcome)\b[^.?!]*[.?!]*\s*)*",
    re.VERBOSE | re.IGNORECASE,
)
FULL_NAME = re.compile(
    r"(?<![\w’'-])([A-Z][\w’'-]+(?:\s+(?:(?:van|von|de|der|di|la|al|bin)\s+)*[A-Z][\w’'-]+){1,2})(?![\w’'-])"
)
# After these it is somebody else who is quoted.
QUOTING = ("said", "says", "say", "like", "goes", "went", "asked", "told me", "wrote", "writes")
# So much of a turn is its answer to a welcome.
ANSWER = 200  # characters
# How like a misheard half of a name has to be, when the other half is the same.
ALIKE = 0.8
SHORTEST_MISHEARD = 4  # letters: "Dan" is not a misheard "Don"


def told_apart(reading: Reading, people: Sequence[str] = ()) -> Reading:
    """The reading with each speaker under one name; `people` are those listed elsewhere, such as in a feed.

    >>> from rag.models import Label
    >>> from ingest.reading import Metadata
    >>> said = (Part(text="Hello, I'm Ana Roe.", label=Label(speaker="Speaker 1")),
    ...         Part(text="Hi.", label=Label(speaker="Speaker 2")))
    >>> [part.label.speaker for part in told_apart(Reading(metadata=Metadata(), parts=said)).parts]
    ['Ana Roe', 'Speaker 2']
    """
    labels = unique([part.label.speaker for part in reading.parts])
    meant = _introduced(reading.parts, labels, people)
    named = [label for label in labels if label not in meant and not names.is_anonymous(label)]
    meant |= {label: person for label in named if (person := _listed(label, people))}
    meant |= {
        label: one for label in named if (one := _as_written(label, named)) != label and label not in meant
    }
    # A full name in the transcript itself is a listing too: "Joe Weisenthal" once, then "Joe".
    listed = unique(
        [*people, *meant.values(), *(label for label in named if _is_full(label) and label not in meant)]
    )
    meant |= {
        label: person for label in named if label not in meant and (person := _by_one_name(label, listed))
    }
    changed = {label: person for label, person in meant.items() if label != person}
    if not changed:
        return reading
    parts = tuple(
        replace(part, label=replace(part.label, speaker=changed[part.label.speaker]))
        if part.label.speaker in changed
        else part
        for part in reading.parts
    )
    people_named = unique([changed.get(person, person) for person in reading.metadata.people])
    spoken = names.people_of(people_named, (part.label.speaker for part in parts))
    return replace(reading, parts=parts, metadata=replace(reading.metadata, people=spoken))


def _introduced(parts: Sequence[Part], labels: Sequence[str], people: Sequence[str]) -> dict[str, str]:
    """Anonymous labels whose own words say, once and alone among the labels, who they are."""
    claims: dict[str, set[str]] = defaultdict(set)
    said = 0
    for turn, words in _turns(parts):
        if said > INTRODUCED_WITHIN:
            break
        for match in INTRODUCTION.finditer(words[: INTRODUCED_WITHIN - said]):
            quoted = words[: match.start()].rstrip(" ,:").casefold().endswith(QUOTING)
            if not quoted and names.is_anonymous(turn) and (person := _introducing(match, people)):
                claims[turn].add(person)
        said += len(words)
    for label, person in _answering(parts, people):
        if not claims[label]:
            claims[label].add(person)
    everybody = [person for claimed in claims.values() for person in claimed]
    return {
        label: person
        for label, claimed in claims.items()
        for person in claimed
        if len(claimed) == 1 and everybody.count(person) == 1 and person not in labels
    }


def _answering(parts: Sequence[Part], people: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Anonymous labels that thank for the welcome that somebody else has just given to one person by name.

    A guest is heard for the first time then, alone, and does not call their own name.
    """
    turns = list(_turns(parts))
    heard: dict[str, str] = {}
    for label, words in turns:
        heard[label] = f"{heard.get(label, '')} {words}"
    said = 0
    spoken: set[str] = set()
    mentioned: list[str] = []
    welcome: _Welcome | None = None
    for number, (label, words) in enumerate(turns):
        if said > INTRODUCED_WITHIN:
            return
        new = label not in spoken and names.is_anonymous(label)
        if welcome and new and welcome.answered(words) and not _calls(heard[label], welcome.person):
            follows, next_words = turns[number + 1] if number + 1 < len(turns) else ("", "")
            if follows in spoken or not ANSWERED.match(next_words):
                yield label, welcome.person
        spoken.add(label)
        opening = TITLE.sub("", words[:INTRODUCED_WITHIN])
        mentioned += FULL_NAME.findall(opening)
        welcome = _welcome(opening, people, unique(mentioned))
        said += len(words)


@dataclass(frozen=True, slots=True)
class _Welcome:
    """Who was welcomed in a turn, and what was said after it."""

    person: str
    after: str

    def answered(self, words: str) -> bool:
        """Whether these words can only be the welcomed person's.

        >>> welcome = _Welcome("Ana Roe", " So good to have you.")
        >>> [welcome.answered(words) for words in ("Thanks!", "Thanks for coming, Ana.", "Good morning.")]
        [True, False, False]
        """
        opening = words[:ANSWER]
        if not ANSWERED.match(opening) or AS_SEVERAL.search(opening):
            return False
        if AS_GUEST.match(opening):
            return all(name == self.person for name in FULL_NAME.findall(self.after))
        return COURTESY.fullmatch(self.after) is not None


def _welcome(words: str, people: Sequence[str], mentioned: Sequence[str]) -> _Welcome | None:
    """The welcome in a turn, where it is to one person."""
    found: list[_Welcome] = []
    for match in WELCOMED.finditer(words):
        place = match.lastindex or 0
        person = _called(match[place], people, mentioned)
        sentence = SENTENCE.match(words, match.end())
        after = sentence.end() if sentence else match.end()
        if NAME_ALONE.search(words[: match.start()]) or SEVERAL.search(words[match.start() : after]):
            return None
        # "Welcome to Springfield, New Holland" welcomes nobody.
        if person and not (match["somewhere"] and " " in match[place] and person not in people):
            found.append(_Welcome(person, words[after:]))
    return found[-1] if len({one.person for one in found}) == 1 else None


def _calls(words: str, person: str) -> bool:
    """Whether somebody says a person's name, as one does of another."""
    parts = [name for name in person.split() if name.lower() not in names.PARTICLES]
    return any(re.search(rf"(?<![\w’'-]){re.escape(name)}(?![\w-])", words) for name in (parts[0], parts[-1]))


def _called(name: str, people: Sequence[str], mentioned: Sequence[str]) -> str | None:
    """Whom a name means that somebody is called by: one who is listed, or was named in full before."""
    name = name.strip(" .,’'")
    if not name[:1].isupper() or not all(
        word[:1].isupper() or word in names.PARTICLES for word in name.split()
    ):
        return None
    if person := _listed(name, people) or _by_one_name(name, people):
        return person
    if len(name.split()) > 1:
        return name if names.plausible(name) and not names.is_anonymous(name) else None
    full = [other for other in mentioned if names.plausible(other)]
    return _by_one_name(name, full)


def _turns(parts: Iterable[Part]) -> Iterable[tuple[str, str]]:
    """Who speaks and what, cues of a turn joined: a name may be cut across them."""
    speaker, words = "", ""
    for part in parts:
        if part.label.speaker != speaker and words:
            yield speaker, words
            words = ""
        speaker = part.label.speaker or ""
        words = f"{words} {part.text}" if words else part.text
    if words:
        yield speaker, words


def _introducing(match: re.Match[str], people: Sequence[str]) -> str | None:
    """The person a self-introduction names: one who is listed, or a name of two words that ends there."""
    words = match["name"].split()
    capital = [
        word for n, word in enumerate(words) if word[:1].isupper() and all(w[:1].isupper() for w in words[:n])
    ]
    for length in range(len(capital), 0, -1):
        name = " ".join(capital[:length]).rstrip(".,’'")
        if person := _listed(name, people) or _by_one_name(name, people):
            return person
    name = " ".join(capital).rstrip(".,’'")
    full = 2 <= len(capital) <= 3 and names.plausible(name) and not names.is_anonymous(name)
    return name if full and len(capital) == len(words) else None


def _is_full(label: str) -> bool:
    return len(label.split()) > 1 and not names.is_anonymous(label) and names.plausible(label)


def _as_written(label: str, labels: Sequence[str]) -> str:
    """The way a name is written that is also there in other letters: "ANA ROE" is "Ana Roe".

    >>> _as_written("ANA ROE", ["ANA ROE", "Ana Roe"])
    'Ana Roe'
    """
    same = [other for other in labels if _plain(other) == _plain(label)]
    return min(same, key=lambda name: (name.isupper(), name.islower()), default=label)


def _plain(name: str) -> str:
    """A name for comparing, without accents, dots and case.

    >>> _plain("Dr. Müller-Simhofer")
    'dr muller simhofer'
    """
    letters = unicodedata.normalize("NFKD", name)
    return " ".join(
        re.sub(r"[^\w\s]", " ", "".join(c for c in letters if not unicodedata.combining(c)))
        .casefold()
        .split()
    )


def _listed(label: str, people: Sequence[str]) -> str | None:
    """The one listed person whose name this is, or whose name it is misheard in one half."""
    same = [person for person in people if _plain(person) == _plain(label)]
    alike = same or [person for person in people if _misheard(_plain(label).split(), _plain(person).split())]
    return alike[0] if len(alike) == 1 else None


def _misheard(heard: list[str], name: list[str]) -> bool:
    """Whether two names of as many words differ in one of them, and there only a little.

    >>> _misheard(["joe", "wisenthal"], ["joe", "weisenthal"]), _misheard(["dan", "smith"], ["don", "smith"])
    (True, False)
    """
    if len(heard) != len(name) or len(name) < 2:
        return False
    differing = [(a, b) for a, b in zip(heard, name, strict=True) if a != b]
    return len(differing) == 1 and all(
        min(len(a), len(b)) >= SHORTEST_MISHEARD and SequenceMatcher(None, a, b).ratio() >= ALIKE
        for a, b in differing
    )


def _by_one_name(label: str, people: Sequence[str]) -> str | None:
    """The one person who has this as first or as last name."""
    if len(label.split()) != 1:
        return None
    plain = _plain(label)
    for place in (0, -1):
        matching = [
            person for person in people if len(person.split()) > 1 and _plain(person).split()[place] == plain
        ]
        if matching:
            return matching[0] if len(matching) == 1 else None
    return None
