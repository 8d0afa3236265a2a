"""Which labels are people, and which person a label means. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

# Small words that stay lower-case inside a name.
PARTICLES = frozenset("al bin da de del della den der di dos du e el ibn la le ten ter van von y zu".split())
# Labels that stand for a person nobody named.
ANONYMOUS = re.compile(
    r"(?:unknown |unidentified )?"
    r"(?:speaker|participant|voice|person|guest|host|interviewer|audience(?: member)?)"
    r"[ _-]?(?:\d{1,3}|[A-Z])?"
    r"|Q|A|question|answer|interviewee|moderator|narrator|announcer|presenter|unknown|caller|co-?host",
    re.IGNORECASE,
)
# Marks in a transcript that no person says: they end a turn.
MARKS = frozenset("break outro intro jingle music interlude ad-break adbreak end start".split())
# Labels of a sponsor's text read into the recording.
SPONSOR_LABELS = frozenset(
    {
        "ad",
        "advert",
        "advertisement",
        "sponsor",
        "sponsor read",
        "sponsor message",
        "sponsored message",
        "commercial",
    }
)
# Words of what captions put in brackets beside what is said.
SOUNDS = frozenset(
    """applause audio beep bell bleep blank cheering cheers chuckle chuckles clapping cough coughing coughs
    crosstalk crowd foreign gasp gasps inaudible indistinct jingle laugh laughing laughs laughter music
    musical noise pause playing ringing sigh sighs silence singing sound static unintelligible""".split()
)
# First words of labels, run-in headings and sentences that look like a capitalised name before a colon.
NOT_NAMES = frozenset(
    """a about abstract action actually additional address agenda all also an and another answer as at
    audio author background because before bonus but by caption category chapter chapters cons contact
    content contents context copyright correction credits cue date day definition description details
    disclaimer discussion download duration editor email episode episodes error example examples
    exception fact facts faq few figure finally first follow for format from fun further goal good
    guests hence here highlights hint host hosts how however http https idea if image important in info
    introduction is issue it its key language last lastly later legend lesson license like link links
    listen location media meaning mentioned method more most my name news next no note notes now number
    of okay on one optional or other others our overview page part parent people photo plus podcast
    point pros published question questions quick quote read reason recap recording reference references
    related remember reminder required resource resources result results says second section see show
    since site so some source sources speakers sponsors step steps story subject subscribe summary
    support tags takeaway takeaways that the their then there these they third this those three time
    timestamps tip tips title to today tomorrow topic topics transcript transcription tweet two type
    update updated updates url usage value version via video view visit warning watch we website welcome
    well what when where which while who why with word words yes yesterday you your""".split()
)
WORD = re.compile(r"[^\W\d_][\w’'.\-]*|\d{1,3}")
# Words that sentences have before a colon, and labels hardly ever.
SENTENCE_WORDS = frozenset(
    """am are aren't be been being but can can't could did didn't do does doesn't don't goes going got had
    has have he he's her here's him his i i'd i'll i'm i've if is isn't it it's its just like makes me mean
    means my not our said say saying says she she's should so such than that that's their them there's they
    they're think this those thought to told us was wasn't we we're were what what's when where which who
    who's whose why will with would wrote you you're your""".split()
)
# What follows a name in a label: a title behind a comma, a place in brackets, a second person.
BEHIND_NAME = re.compile(r"\s*(?:,\s(?!\d)|\(|\s[-–—]\s)")
PAIR = re.compile(r"[&/]")
BETWEEN_NAMES = re.compile(r"\s*(?:,|[/&+()]|\s[-–—]\s|\b(?:and|of|from|at|for|in|the)\b)\s*")
IN_BRACKETS = re.compile(r"\s*(?:\[(?P<square>[^\[\]:]{1,40})\]|\((?P<round>[^():]{1,40})\))\s*")
HANDLE = re.compile(r"@\w[\w.\-]*")
LONGEST_LABEL = 80  # characters
MOST_WORDS = 12


def is_anonymous(label: str) -> bool:
    """Whether a label names a role, not a person.

    >>> is_anonymous("SPEAKER_00"), is_anonymous("Speaker 1"), is_anonymous("Ana Speaker")
    (True, True, False)
    """
    return bool(ANONYMOUS.fullmatch(label.strip()))


def plausible(label: str) -> bool:
    """Whether a label could be a person's name, going by its shape alone.

    >>> [plausible(label) for label in ("Aaron van Wirdum", "NVK", "Speaker 0", "Note", "The problem")]
    [True, True, True, False, False]
    """
    if is_anonymous(label):
        return True
    words = label.split()
    if not 1 <= len(words) <= 5 or len(label) > 48 or words[0].strip(".").lower() in NOT_NAMES:
        return False
    if not all(WORD.fullmatch(word) for word in words):
        return False
    capitals = [word for word in words if word.lower() not in PARTICLES]
    # Scripts without capitals have names too.
    return (
        bool(capitals)
        and words[0][0].isalpha()
        and all(word[0].isalpha() and word[0] == word[0].upper() for word in capitals)
    )


def may_label(words: str) -> bool:
    """Whether words before a colon may be a label rather than the beginning of a sentence.

    >>> [may_label(words) for words in ("Bo Dahl, head of the lab", "The point is this", "bo dahl")]
    [True, False, True]
    """
    several = words.split()
    return (
        0 < len(several) <= MOST_WORDS
        and len(words) <= LONGEST_LABEL
        and not re.search(r"[\"“”?!…;*_]|\.\.", words)
        and several[0].strip(".,").lower() not in NOT_NAMES
        and not any(word.strip(".,()").replace("’", "'").lower() in SENTENCE_WORDS for word in several)
    )


def describes(label: str) -> bool:
    """Whether a label is a name and something beside it: a title, a place, a number, a second name.

    >>> [describes(label) for label in ("Bo Dahl, Ridge Lab", "Caller #2", "Bo & Ana", "@bo", "Spain, Malta")]
    [True, True, True, True, False]
    """
    if HANDLE.fullmatch(label):
        return True
    if not may_label(label):
        return False
    name, behind = BEHIND_NAME.split(label, maxsplit=1)[0], BEHIND_NAME.search(label)
    if behind and (is_anonymous(name) or (len(name.split()) > 1 and plausible(name))):
        return True
    pieces = [piece for piece in BETWEEN_NAMES.split(re.sub(r"\s#\d+", "", label)) if piece]
    beside = "#" in label or re.search(r"[/&(]", label) is not None or len(label.split()) > MOST_WORDS // 2
    capital = all(word[0] == word[0].upper() for piece in pieces for word in piece.split())
    return beside and bool(pieces) and plausible(pieces[0]) and capital


def stands_for(label: str, known: Collection[str], *, dense: bool) -> str | None:
    """Whom a label means that is written unlike the file's others: "" is nobody, None that it is no label.

    Where all that is said is labelled (`dense`), anything short before a colon ends what was said before.

    >>> [stands_for(label, ("Bo Dahl",), dense=True) for label in ("Bo Dahl (loud)", "Cy", "cy dee", "It is")]
    ['Bo Dahl', 'Cy', '', None]
    """
    name = BEHIND_NAME.split(label, maxsplit=1)[0].strip()
    if name != label and name in known and may_label(label):
        return name
    called = {word for one in known for word in one.split()}
    # "Salt & Pepper" may be anything, where not all that is said has a label.
    if describes(label) and (dense or not PAIR.search(label) or called & set(label.split())):
        return label
    if dense and may_label(label):
        return label if plausible(label) or BEHIND_NAME.search(label) else ""
    return None


def is_mark(label: str) -> bool:
    """Whether a label only marks a place in the recording.

    >>> is_mark("Break"), is_mark("Outro"), is_mark("Breakmaster Cylinder")
    (True, True, False)
    """
    return label.strip().lower() in MARKS


def is_sound(label: str) -> bool:
    """Whether a label in brackets is something heard, not somebody.

    >>> is_sound("Laughter"), is_sound("Upbeat Music"), is_sound("Ana Roe")
    (True, True, False)
    """
    return any(word in SOUNDS for word in re.split(r"[\s_]+", label.casefold()))


def after_sounds(line: str) -> tuple[str, str]:
    """What is heard in brackets before a line's words, and those words.

    >>> after_sounds("[LAUGHTER] (music) Ana: Hi."), after_sounds("[Ana] Hi.")
    (('[LAUGHTER] (music) ', 'Ana: Hi.'), ('', '[Ana] Hi.'))
    """
    at = 0
    while (match := IN_BRACKETS.match(line, at)) and is_sound(match["square"] or match["round"]):
        at = match.end()
    return line[:at], line[at:]


def is_sponsor(label: str) -> bool:
    """Whether a label says that a sponsor's text follows."""
    return label.strip().lower() in SPONSOR_LABELS


def accepted(candidates: Iterable[str], *, people: Sequence[str] = ()) -> frozenset[str]:
    """The labels, out of all plain `Name:` prefixes of a file, that are speakers.

    One that comes back, or that names somebody the source lists, is a speaker; one that stands alone is
    one only as a full name.

    >>> sorted(accepted(["Ana", "Note", "Ana", "Bo", "Cy Dee"], people=["Bo Smith"]))
    ['Ana', 'Bo', 'Cy Dee']
    """
    counts = Counter(candidates)
    full = [label for label in counts if len(label.split()) > 1 and plausible(label)]
    # Who is named in full once is often called by the first name from then on.
    listed = [*people, *full] if len(counts) > 1 else [*people]
    known = {person.casefold() for person in people} | {first_name(person) for person in listed}
    known |= {person.split()[-1].casefold() for person in full} if len(counts) > 1 else set()
    known |= {"a"} if counts["Q"] > 1 else set()
    return frozenset(
        label
        for label, count in counts.items()
        if label.casefold() in known
        or (plausible(label) and (count > 1 or len(label.split()) > 1 or is_anonymous(label)))
    )


def first_name(name: str) -> str:
    """The first word of a name, for comparing.

    >>> first_name("Aaron van Wirdum")
    'aaron'
    """
    return name.split()[0].casefold() if name.split() else ""


def full_name(label: str, people: Sequence[str]) -> str:
    """The listed person a first name can only mean; the label itself when that is not certain.

    >>> full_name("Aaron", ["Aaron van Wirdum", "Sjors Provoost"])
    'Aaron van Wirdum'
    >>> full_name("Tom", ["Tom Ames", "Tom Byrd"])
    'Tom'
    """
    if len(label.split()) != 1:
        return label
    matches = [person for person in people if first_name(person) == label.casefold()]
    return matches[0] if len(matches) == 1 else label


def people_of(listed: Sequence[str], speakers: Iterable[str | None]) -> tuple[str, ...]:
    """Everybody a source names: those it lists, then those who speak, without repeats or anonymous labels."""
    spoken = (speaker for speaker in speakers if speaker and not is_anonymous(speaker))
    return tuple(dict.fromkeys([*listed, *spoken]))
