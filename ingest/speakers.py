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
from dataclasses import replace
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
# Somebody who is welcomed by name, or thanked for coming.
COMING = (
    r"(?:thanks|thank\ you)(?:\ (?:so|very)\ much)?\ for\ "
    r"(?:joining|coming|being|taking\ the\ time|making\ the\ time|doing\ this)"
)
CALLED = NAME.removeprefix("(?P<name>").removesuffix(")")
WELCOMED = re.compile(
    rf"""(?:(?:^|[.?!…,;]\s+)(?:(?:so|and|well|now|ok|okay)[\s,]+)*({CALLED}),\s+
        (?:(?:a\s+)?(?:warm\s+)?welcome\b|{COMING})
    |\bwelcome(?:\ back)?(?:\ to\ (?:the\ (?:show|podcast|program)|[^.?!,]{{1,40}}))?,\s+({CALLED})\s*[.!?,]
    |{COMING}[^.?!,]{{0,40}},\s+({CALLED})\s*[.!?,])""",
    re.VERBOSE | re.IGNORECASE,
)
# How the one who was welcomed begins.
ANSWERED = re.compile(
    r"""\W*(?:(?:well|oh|hi|hello|hey|yeah|yes|no|so|ah|um|uh)\b\W+)*
    (?:thanks|thank\ you|my\ pleasure
    |(?:it['’]?s\s+|it\ is\s+|i['’]?m\s+|i\ am\s+)?(?:so\s+|very\s+|really\s+|a\s+)?
        (?:great|good|glad|happy|pleased|delighted|nice|honou?red|pleasure|lovely|wonderful)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
FULL_NAME = re.compile(
    r"(?<![\w’'-])([A-Z][\w’'-]+(?:\s+(?:(?:van|von|de|der|di|la|al|bin)\s+)*[A-Z][\w’'-]+){1,2})(?![\w’'-])"
)
# After these it is somebody else who is quoted.
QUOTING = ("said", "says", "say", "like", "goes", "went", "asked", "told me", "wrote", "writes")
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
    """Anonymous labels that thank for the welcome that somebody else has just given to one person by name."""
    said = 0
    mentioned: list[str] = []
    welcomed: tuple[str, str] | None = None
    for label, words in _turns(parts):
        if said > INTRODUCED_WITHIN:
            return
        if welcomed and welcomed[0] != label and names.is_anonymous(label) and ANSWERED.match(words):
            yield label, welcomed[1]
        mentioned += FULL_NAME.findall(words[:INTRODUCED_WITHIN])
        called = unique(
            [
                person
                for match in WELCOMED.finditer(words[:INTRODUCED_WITHIN])
                if (person := _called(next(filter(None, match.groups()), ""), people, unique(mentioned)))
            ]
        )
        welcomed = (label, called[0]) if len(called) == 1 else None
        said += len(words)


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
