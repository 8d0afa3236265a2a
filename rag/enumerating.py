"""Questions about the archive itself: which episodes, how many, every time. Pure.

They are answered from the index and whole, not from the best few passages: what is claimed is how many there
are, each of them is cited, and the number is the length of the list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.compose.extractive import attribution
from rag.models import Draft, Evidence, Passage, Piece, Sentence, SourceKind, Status, Verdict
from rag.words import STOP_WORDS, stem, words

_KINDS: Mapping[str, SourceKind | None] = {
    "episode": SourceKind.EPISODE,
    "newsletter": SourceKind.NEWSLETTER,
    "article": SourceKind.ARTICLE,
    "summary": SourceKind.SUMMARY,
    "document": SourceKind.DOCUMENT,
    "source": None,
}
_NOUN = r"(?P<noun>episode|newsletter|article|document|source|summar(?:y|ie))s?"
_ALL = r"(?:which|what|how many|(?:list|show|name|give|find) (?:me )?(?:all|every))(?: of)?(?: the)?"
_BE = r"(?:is|are|was|were|does|do|did|has|have)"
_DEALS_WITH = (
    r"(?:(?:that|which|do|does|did|have|has|all|ever) )*(?:mention(?:s|ed)?|discuss(?:es|ed)?|cover(?:s|ed)?"
    r"|name[ds]?|cite[ds]?|touch(?:es|ed)? on|refer(?:s|red)? to|br(?:ing|ings|ought) up|deals? with"
    r"|(?:talk(?:s|ed)?|speaks?|spoke) (?:about|of)|(?:(?:is|are|was|were) )?about)"
)
_COMES_UP = (
    r"(?:been )?(?:mentioned|discussed|covered|named|cited|talked about|come up|brought up|referred to)"
)


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile(f"^{' '.join(parts)}[?.!]*$", re.IGNORECASE)


_TOPIC = r"(?P<topic>.+?)"
_SOURCES = (
    _pattern(_ALL, _NOUN, _DEALS_WITH, _TOPIC),
    _pattern("in (?:which|what|how many)(?: of the)?", _NOUN, _BE, _TOPIC, _COMES_UP),
)
_TIMES = (
    _pattern("how (?:often|many times)", _BE, _TOPIC, _COMES_UP),
    _pattern(_ALL, "mentions? of", _TOPIC),
    _pattern(_ALL, "times?(?: that| when)?", _TOPIC, _BE, _COMES_UP),
)
_QUOTED = re.compile(r"[\"“«](.+?)[\"”»]")
_NAME = re.compile(r"[A-Z0-9][^\W_]*(?:[ .'’-][A-Z0-9][^\W_]*)+")
# What is spelled out in more words than this is a question of meaning, not of mentions.
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration:
    """What is to be listed: sources of a kind that hold all the phrases, or every sentence that does."""

    noun: str
    kind: SourceKind | None
    phrases: tuple[str, ...]
    every_time: bool = False


def enumeration(question: str) -> Enumeration | None:
    """What a question wants listed or counted; None when it is not a question about the archive itself.

    >>> asked = enumeration("Which episodes mention Dry Creek?")
    >>> asked.noun, asked.phrases, asked.every_time
    ('episode', ('Dry Creek',), False)
    >>> enumeration("How often is quiescence mentioned?").every_time
    True
    >>> enumeration("Which chips do the episodes mention?") is None
    True
    """
    asked = " ".join(question.split())
    for pattern, every_time in (*((p, False) for p in _SOURCES), *((p, True) for p in _TIMES)):
        found = pattern.match(asked)
        phrases = _phrases(found["topic"]) if found else ()
        if found and phrases:
            noun = "sentence" if every_time else found["noun"].lower().replace("summarie", "summary")
            return Enumeration(noun=noun, kind=_KINDS.get(noun), phrases=phrases, every_time=every_time)
    return None


def mentions(asked: Enumeration, passages: Sequence[Passage]) -> list[Evidence]:
    """A sentence of each source that mentions what is asked, or every sentence; in the order of the passages.

    A source without one sentence that holds all the phrases is cited by the sentence that holds most of them.
    """
    found: list[Evidence] = []
    for _, own in groupby(passages, key=lambda passage: passage.source.id):
        ranked = [(_held(asked, passage, at), passage, at) for passage in own for at in passage.sentences]
        whole = [item for item in ranked if item[0] == len(asked.phrases)]
        if asked.every_time:
            found += [Evidence.of(passage, at) for _, passage, at in whole]
        elif ranked:
            held, passage, at = (whole or [max(ranked, key=lambda item: item[0])])[0]
            if held:
                found.append(Evidence.of(passage, at))
    return found


def enumerated(asked: Enumeration, evidence: Sequence[Evidence]) -> Draft:
    """The count, which cites all that it counts, and then each of them."""
    pieces = [Piece(text=_lead(asked, evidence), evidence=tuple(evidence), verdict=Verdict.DERIVED)]
    for item in evidence:
        pieces.append(Piece(text=f"\n\n{attribution(item)} “"))
        pieces.append(Piece(text=item.quote, evidence=(item,), close="”"))
    return Draft(pieces=tuple(pieces), status=Status.ANSWERED)


def _lead(asked: Enumeration, evidence: Sequence[Evidence]) -> str:
    count = len(evidence)
    noun = (
        asked.noun
        if count == 1
        else f"{asked.noun[:-1]}ies"
        if asked.noun.endswith("y")
        else f"{asked.noun}s"
    )
    quoted = [f"“{phrase}”" for phrase in asked.phrases]
    held = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
    verb = "mentions" if count == 1 else "mention"
    if len(quoted) > 1:
        verb = "has a passage with" if count == 1 else "have a passage with"
    if asked.every_time:
        verb = "holds" if count == 1 else "hold"
    return f"{count} {noun} {verb} {held}:"


def _phrases(topic: str) -> tuple[str, ...]:
    """Quoted words and names as they stand, every other content word by itself; none when it is too much."""
    phrases: list[str] = []
    rest = topic
    for pattern in (_QUOTED, _NAME):
        for match in pattern.finditer(rest):
            phrases.append((match.group(1) if pattern is _QUOTED else match.group()).strip())
        rest = pattern.sub(" ", rest)
    single = [word for word in re.findall(r"[^\W_]+(?:[-.'’][^\W_]+)*", rest) if _carries(word)]
    return tuple(dict.fromkeys([*phrases, *single])) if len(phrases) + len(single) <= _MOST_WORDS else ()


def _carries(word: str) -> bool:
    return any(part not in STOP_WORDS for part in words(word))


def _held(asked: Enumeration, passage: Passage, sentence: Sentence) -> int:
    """How many of the phrases a sentence holds."""
    said = _padded(passage.source.text[sentence.start : sentence.end])
    return sum(_padded(phrase) in said for phrase in asked.phrases)


def _padded(text: str) -> str:
    return f" {' '.join(stem(word) for word in words(text))} "
