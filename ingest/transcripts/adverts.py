"""Tell a sponsor's text from the show. Pure. It marks; it never drops."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from ingest.transcripts.turns import Utterance

# How the sponsor's paragraph opens; a mention of sponsors later in a conversation is the show.
OPENING = re.compile(
    r"""\s*(?:(?:and|well|so|okay|ok|alright|all\ right)\b[,\s]+)*
    (?:(?:this|today['’]s|our|the)\s+(?:\w+['’]?s?\s+){0,3}?(?:is|was)\s+(?:\w+\s+)?
          (?:brought\ to\ you|sponsored|supported|presented|made\ possible)\s+(?:\w+\s+)?by\b
    |(?:our|today['’]s)\s+(?:\w+\s+)?sponsors?\s+(?:for|of|on|today|this)\b.{0,40}\b(?:is|are)\b
    |it['’]?s\s+now\s+time\s+for\s+sponsored\s+news
    |support\s+for\s+(?:this|the|today['’]s|our)\s+\w+\s+comes\s+from
    |(?:and\s+now|now|here['’]?s|time\s+for)\s+(?:a\s+)?(?:quick\s+)?(?:word|message)s?\s+from\s+(?:our|today['’]s|the|this)\b.{0,20}\bsponsors?
    |sponsored\s+(?:message|segment|content)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
# A sponsored segment between two breaks takes a minute or two to read; beyond that it is a conversation.
LONGEST_SEGMENT = 3_000


def opens_advert(text: str) -> bool:
    """Whether a paragraph begins as a sponsor's text does.

    >>> opens_advert("This episode is brought to you by Acme."), opens_advert("We thanked our sponsor.")
    (True, False)
    """
    return OPENING.match(text) is not None


def flag(said: Sequence[tuple[int, Utterance]]) -> list[Utterance]:
    """Mark the adverts in utterances that are numbered by the segment between breaks they lie in."""
    last = said[-1][0] if said else 0
    flagged: list[Utterance] = []
    for segment, group in groupby(said, key=lambda pair: pair[0]):
        utterances = [utterance for _, utterance in group]
        whole = 0 < segment < last and _is_sponsored(utterances)
        flagged.extend(
            replace(utterance, advert=utterance.advert or whole or opens_advert(utterance.text))
            for utterance in utterances
        )
    return flagged


def flag_turns(said: Sequence[Utterance]) -> list[Utterance]:
    """Mark whole turns, of however many cues, that open as a sponsor's text does.

    >>> read = Utterance(text="This show is brought to you by Acme.")
    >>> more, back = Utterance(text="Buy it.", continues=True), Utterance(text="And we are back.")
    >>> [cue.advert for cue in flag_turns([read, more, back])]
    [True, True, False]
    """
    turns: list[list[Utterance]] = []
    for utterance in said:
        if utterance.continues and turns:
            turns[-1].append(utterance)
        else:
            turns.append([utterance])
    return [
        replace(utterance, advert=utterance.advert or sponsored)
        for turn in turns
        for sponsored in [_is_sponsored(turn)]
        for utterance in turn
    ]


def _is_sponsored(utterances: Iterable[Utterance]) -> bool:
    texts = [utterance.text for utterance in utterances if utterance.text]
    return bool(texts) and opens_advert(texts[0]) and sum(map(len, texts)) <= LONGEST_SEGMENT
