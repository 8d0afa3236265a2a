"""Tell a sponsor's text from the show. Pure. It marks; it never drops."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, zip_longest

from ingest.transcripts.turns import Utterance

# What is sponsored; a bill, a study or an idea is sponsored and supported by others, and is no advert.
SHOW = (
    r"(?:episode|show|podcast|program(?:me)?|series|newsletter|issue|edition|segment|portion|broadcast"
    r"|video|week)s?"
)
# Which one a sponsor is thanked for: "this part of the show", "our autumn series", not "this bill last week".
THIS_SHOW = (
    r"(?:this\s+week|(?:the|this|our|today['’]s)\s+(?:\w+['’]?s?\s+(?:of\s+(?:the|this|our|today['’]s)\s+)?){0,2}?"
    rf"(?!weeks?\b){SHOW})\b"
)
# Whom a show says it is supported by, and how that goes on where it is a sponsor, not who helps that day.
NAMED = (
    r"(?-i:[A-Z])[\w'’&-]*+(?:\.\w+)?"
    r"(?:,?\s+(?:(?:and|of|the|for|&)\s+){0,2}(?-i:[A-Z0-9])[\w'’&-]*+(?:\.\w+)?){0,5}"
)
ENDS = r"\s*(?:[.?!…]|$)"
OFFER = (
    r"[^.?!]{0,80}?(?:\.(?:com|org|net|io|co)"
    r"|\b(?:dot\s+com|makers?\s+of|home\s+of|who\s+(?:make|sell|build|offer)s?))\b"
)
# How the sponsor's paragraph opens; a mention of sponsors later in a conversation is the show.
# White space is read in one way only (`++` gives none back), or blanks by the thousand take seconds.
OPENING = re.compile(
    rf"""\s*+(?:(?:and|well|so|okay|ok|alright|all\ right|now)\b[,\s]++)*
    (?:(?:this|today['’]s|our|the|support\ for\ (?:this|the|our|today['’]s))\s+
          (?:\w+['’]?s?\s+){{0,3}}?{SHOW}\s+
          (?:(?:is|was|comes?)\s+(?:\w+\s+)?
             (?:brought\ to\ you|sponsored|supported|presented|made\ possible)\s+(?:\w+\s+)?by
          |comes?\s+(?:to\ you\s+)?from)\b
    |(?:it['’]?s|this\ is|we\ are|we['’]re)\s+(?:also\s+)?brought\ to\ you\s+by\b
    |(?-i:[A-Z])[\w'’]*(?:\s+[\w'’&]+){{0,4}}?\s+is\s+(?:\w+\s+)?brought\ to\ you\s+by\s+(?=(?-i:[A-Z]))
    |(?:our|today['’]s)\s+(?:\w+\s+)?sponsors?\s+(?:for|of|on|today|this)\b.{{0,40}}\b(?:is|are)\b
    |(?:our|today['’]s)\s+(?:\w+\s+)?sponsors?\s+(?:is|are)\b
    |(?:let\ me|let['’]?s|I\ (?:want|would\ like|have)\ to|I['’]d\ (?:like|love)\ to|I\ wanna)\s+
        (?:quickly\s+|take\ a\ (?:moment|minute|second)\ to\s+)?(?:tell\ you|talk|hear|thank|mention)\s+
        (?:about\s+|from\s+)?our\s+(?:\w+\s+)?
        (?:(?:friends\ (?:over\ )?at|sponsors?|partners?\ at)\s+(?=(?-i:[A-Z]))|sponsors?\s*[.!:])
    |this\ is\s+(?-i:[A-Z])[^.?!]{{0,40}}[.,;:]\s+(?:and\s+)?we(?:\ are|['’]re)\s+(?:\w+ly\s+)?
        (?:(?:sponsored|supported)\s+by\s+(?={NAMED}(?:{ENDS}|{OFFER}))
          |sponsored\s+by\s+(?={NAMED}(?:\s+(?:today|this\s+week){ENDS}|,\s+(?:the|an?|your|where)\b)))
    |it['’]?s\s+now\s+time\s+for\s+sponsored\s+news
    |(?:(?:here['’]?s|time\s+for)\s+)?(?:a\s+)?(?:quick\s+|brief\s+)?(?:word|message)s?\s+from
        \s+(?:our|today['’]s|the|this)\b.{{0,20}}?\bsponsors?\b
    |this\s+message\s+comes\s+from\s+(?=(?-i:[A-Z]))
    |support\s+for\s+\w+(?:\s+\w+)?\s+and\s+the\s+following\s+message\s+comes?\s+from\b
    |(?:a\s+)?(?:big\s+|special\s+)?thank(?:s|\s+you)\s+(?:to|goes\s+to)\s++[^.?!]{{1,60}}?\s
        for\s+(?:sponsoring\s+{THIS_SHOW}|supporting\s+(?:the|this|our)\s+{SHOW}\b)
    |(?:a\s+)?(?:quick\s+|big\s+|special\s+)?(?:thanks|thank\s+you)\s+to\s+
        (?:our|today['’]s|this\s+{SHOW}['’]s)\s+(?:\w+\s+){{0,2}}?sponsors?\b
    |(?:sponsored|brought\s+to\s+you)\s+by\b
    |sponsored\s+(?:message|segment|content)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
# How the show goes on after it.
CLOSING = re.compile(
    r"""\b(?:back\ (?:in)?to\ (?:the|our|today['’]s|this)
        \ (?:show|episode|interview|conversation|discussion|story|program|podcast)
    |(?:(?:and|okay|ok|so|alright)[,\ ]+)?now,?\ (?:let['’]s\ get\ )?back\ to\ (?:the|our|my)
    |welcome\ back|we['’]re\ back|we\ are\ back)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# Where the show says that it stops for somebody else's words.
PAUSES = re.compile(
    r"""\bbe\ (?:right\ |straight\ )?back\ (?:right\ |just\ )?after\ (?:this|these|the|a|our|some)\b
        [^.?!]{0,40}[.?!…]*\s*$
    |\bafter\ (?:this|a)\ (?:short\ |quick\ |brief\ )?(?:break|message)[.?!…]*\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
# A show that goes on says so at once.
AT_ONCE = 60  # characters
# Where times do not tell how long a turn lasts, one that only comes to its sponsor is no longer than this.
SHORT_TURN = 600  # characters
# Sponsors' texts that begin in the midst of a turn last so long, unless the show is heard to go on before.
LONGEST_S = 150.0
SURELY_S = 60.0
# A sponsored segment between two breaks takes a minute or two to read; beyond that it is a conversation.
LONGEST_SEGMENT = 3_000
SENTENCE = re.compile(r"[.?!]\s+")
# Whom an advert is from: what is named right after the words it opens with.
SPONSOR = re.compile(r"(?:[\s,:–—-]|\b(?:is|are|the|our|friends|at)\b)*(?P<name>[A-Z][\w'’]{3,})")
# Where to buy it; a host's own question holds none.
ADDRESS = re.compile(r"\w\.(?:com|org|net|io|co|fm|app|shop|store)\b|\bdot (?:com|org|net|io|co)\b")
ENDED = re.compile(r"[.?!…][\"'”’)]*$")
# A cue may hold the end of a sentence and the first words of the next.
SENTENCE_END = re.compile(r"[.?!…][\"'”’)]*(?:$|\s+\S)")
LONGEST_SENTENCE = 4  # cues


def opens_advert(text: str) -> bool:
    """Whether a paragraph begins as a sponsor's text does.

    >>> opens_advert("This episode is brought to you by Acme."), opens_advert("We thanked our sponsor.")
    (True, False)
    """
    return OPENING.match(text) is not None


def _soon_opens(text: str) -> bool:
    """Whether a turn is a sponsor's text, after a few words of the show at most.

    >>> [_soon_opens(text) for text in ("So. Tea Radio is brought to you by Acme.", "Tea. It is by Acme.")]
    [True, False]
    """
    lead = SENTENCE.search(text, 0, AT_ONCE)
    return opens_advert(text) or (
        lead is not None and len(text) <= SHORT_TURN and OPENING.match(text, lead.end()) is not None
    )


def flag(said: Sequence[tuple[int, Utterance]]) -> list[Utterance]:
    """Mark the adverts in utterances that are numbered by the segment between breaks they lie in."""
    last = said[-1][0] if said else 0
    flagged: list[Utterance] = []
    for segment, group in groupby(said, key=lambda pair: pair[0]):
        utterances = [utterance for _, utterance in group]
        whole = 0 < segment < last and _is_sponsored(utterances)
        flagged.extend(
            replace(utterance, advert=utterance.advert or whole or _soon_opens(utterance.text))
            for utterance in utterances
        )
    return flagged


def flag_turns(said: Sequence[Utterance]) -> list[Utterance]:
    """Mark whole turns, of however many cues, that open as a sponsor's text does.

    >>> read = Utterance(text="This show is brought to you by Acme.")
    >>> more, back = Utterance(text="Buy it.", continues=True), Utterance(text="And we are back.")
    >>> [cue.advert for cue in flag_turns([read, more, back])]
    [True, True, False]
    >>> flag_turns([])
    []
    """
    turns: list[list[Utterance]] = []
    for utterance in said:
        if utterance.continues and turns:
            turns[-1].append(utterance)
        else:
            turns.append([utterance])
    nobody: list[Utterance] = []
    following = zip_longest(turns, turns[1:], fillvalue=nobody)
    return _between([one for turn, then in following for one in _flagged(turn, then)])


def _between(said: Sequence[Utterance]) -> list[Utterance]:
    """Mark what stands between "we will be right back after this" and "welcome back", whoever says it.

    Only where both are heard, and no longer apart than a sponsor's text takes.
    """
    flagged = list(said)
    for at, utterance in enumerate(said):
        if utterance.start_s is None or not PAUSES.search(utterance.text):
            continue
        for until in range(at + 1, len(said)):
            start_s = said[until].start_s
            if start_s is not None and start_s - utterance.start_s > LONGEST_S:
                break
            if CLOSING.search(said[until].text[:AT_ONCE]):
                flagged[at + 1 : until] = [replace(one, advert=True) for one in flagged[at + 1 : until]]
                break
    return flagged


def _flagged(turn: Sequence[Utterance], then: Sequence[Utterance]) -> list[Utterance]:
    """A turn with the advert marked that it is, or that begins in its midst; `then` is the turn after it."""
    if _is_sponsored(turn) and not any(CLOSING.search(utterance.text) for utterance in turn):
        ends = _asks_on(turn, 0, then)
        return [replace(utterance, advert=utterance.advert or at < ends) for at, utterance in enumerate(turn)]
    flagged = list(turn)
    at = 0
    while at < len(turn):
        if _opening(turn, at):
            until = _end_of(turn, at, then)
            flagged[at:until] = [replace(utterance, advert=True) for utterance in turn[at:until]]
            at = until
        else:
            at += 1
    return flagged


def _opening(turn: Sequence[Utterance], at: int) -> re.Match[str] | None:
    """What a sentence of a cue opens an advert with: most of it stands in the cue, the rest in the next.

    >>> cue = Utterance(text="So it is. Thanks to Acme for sponsoring")
    >>> rest = [Utterance(text=text, continues=True) for text in ("this show.", "this bill.")]
    >>> [_opening([cue, after], 0) is not None for after in rest]
    [True, False]
    """
    text = turn[at].text
    rest = turn[at + 1].text if at + 1 < len(turn) and turn[at + 1].continues else ""
    said = f"{text} {rest}"
    found = (OPENING.match(said, start) for start in _starts(text))
    return next((f for f in found if f and f.end() - len(text) <= len(text) - f.start()), None)


def _starts(text: str) -> Iterator[int]:
    yield 0
    yield from (found.end() for found in SENTENCE.finditer(text))


def _end_of(turn: Sequence[Utterance], begins: int, then: Sequence[Utterance]) -> int:
    """Where an advert ends: before the show goes on, with a turn that soon ends, or with its sentence."""
    started = turn[begins].start_s
    length = 0
    for at in range(begins + 1, len(turn)):
        length += len(turn[at - 1].text)
        start_s = turn[at].start_s
        lasts = start_s - started if start_s is not None and started is not None else 0.0
        if lasts > LONGEST_S or length > LONGEST_SEGMENT:
            return _last_named(turn, begins)
        if CLOSING.search(turn[at].text):
            return at
    ends = turn[-1].end_s or turn[-1].start_s
    short = ends is not None and started is not None and ends - started <= SURELY_S
    return _asks_on(turn, begins, then) if short else _last_named(turn, begins)


def _last_named(turn: Sequence[Utterance], begins: int) -> int:
    """The end of the last sentence within a minute that names the sponsor, or of the opening's own words."""
    sponsor = _sponsor(turn, begins)
    ends, started = begins + 1, turn[begins].start_s
    if sponsor is None or started is None:
        return ends
    for at in range(begins + 1, len(turn)):
        start_s = turn[at].start_s
        if start_s is None or start_s - started > SURELY_S:
            break
        if _names(turn[at].text, sponsor):
            ends = at + 1
    if ends == begins + 1:
        return ends
    # The last sentence that names it is read to its end, where sentences have one.
    finish = range(ends, min(ends + LONGEST_SENTENCE, len(turn)) + 1)
    return next((end for end in finish if SENTENCE_END.search(turn[end - 1].text)), ends)


def _sponsor(turn: Sequence[Utterance], begins: int) -> str | None:
    opening = _opening(turn, begins)
    named = SPONSOR.match(opening.string, opening.end()) if opening else None
    return named["name"] if named else None


def _names(text: str, sponsor: str) -> bool:
    return re.search(rf"\b{re.escape(sponsor)}\b", text) is not None


def _asks_on(turn: Sequence[Utterance], begins: int, then: Sequence[Utterance]) -> int:
    """Where an advert ends whose reader goes on to ask somebody something: before that question.

    A question that nobody else takes up, that names the sponsor or tells where to buy, is the advert's own.
    """
    whole = len(turn)
    if not turn[-1].text.endswith("?") or not _takes_up(turn, then):
        return whole
    at = next((n for n in range(whole - 1, begins, -1) if ENDED.search(turn[n - 1].text)), whole)
    question = SENTENCE.split(" ".join(utterance.text for utterance in turn[at:]))[-1]
    sponsor = _sponsor(turn, begins)
    sells = ADDRESS.search(question) or (sponsor is not None and _names(question, sponsor))
    return whole if sells else at


def _takes_up(turn: Sequence[Utterance], then: Sequence[Utterance]) -> bool:
    """Whether the next turn may be a reply: somebody else's, neither an advert nor the return from one."""
    if not then or (then[0].speaker is not None and then[0].speaker == turn[0].speaker):
        return False
    return _opening(then, 0) is None and not CLOSING.search(then[0].text[:AT_ONCE])


def _is_sponsored(utterances: Iterable[Utterance]) -> bool:
    said = [utterance for utterance in utterances if utterance.text]
    opening = _opening(said, 0) if said else None
    length = sum(len(utterance.text) for utterance in said)
    return opening is not None and opening.start() == 0 and length <= LONGEST_SEGMENT
