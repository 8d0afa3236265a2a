"""What sort of thing a question asks for, and whether words hold such a thing. Pure.

"What does a seat cost?" wants an amount of money: a passage all about seats that names no amount does not
answer it, however near it is.
"""

from __future__ import annotations

import re
from enum import StrEnum

from rag.models import SourceKind
from rag.words import content_words, words

_NUMBER = (
    r"(?:\d[\d,.]*|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?"
    r"|thousands?|millions?|billions?|trillions?|dozens?|half|zero|no|none|couple|several|single|both|few)\b)"
)
_SPAN = (
    r"(?:(?:milli|micro)?seconds?|minutes?|hours?|days?|weeks?|fortnights?|months?|years?|decades?|blocks?)"
)
_MONTH = (
    "(?:january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)


class Wanted(StrEnum):
    """What an answer must hold."""

    MONEY = "money"
    RATIO = "ratio"
    DURATION = "duration"
    COUNT = "count"
    DATE = "date"
    NUMBERED = "numbered"  # a version, a release, an identifier
    PERSON = "person"
    PLACE = "place"
    NAME = "name"  # of a company, a product, a book


# Those that are told by figures, or by figures written as words.
IN_FIGURES = frozenset(
    {Wanted.MONEY, Wanted.RATIO, Wanted.DURATION, Wanted.COUNT, Wanted.DATE, Wanted.NUMBERED}
)


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


# Whose words are asked for: "what does X say", "according to X", "X's view".
_CALLED = r"(?<![^\W_])([A-Z][^\W_]*(?:[ '’-][A-Z][^\W_]*){0,4})"
_SAYING = (
    r"(?:say|said|saying|think|thinking|thought|argue|believe|claim|explain|mention|recommend|suggest|describe|predict|warn"
    r"|propose|advise|criticise|criticize|praise|agree|disagree|reply|write|writing|wrote|talk|talking)\b"
)
_SPOKEN = re.compile(
    rf"\b(?:do|does|did|would|is|was|has)\s+{_CALLED}\s+(?:\w+ly\s+|ever\s+|also\s+|later\s+)?{_SAYING}"
    rf"|\b[Aa]ccording to {_CALLED}"
    rf"|{_CALLED}['’]s? (?:own )?"
    r"(?:views?|opinions?|position|stance|arguments?|advice|predictions?|thoughts|take|theory)\b"
)
_QUOTED = re.compile(r"“((?:[^“”]|“[^“”]*”)+)”|\"([^\"]+)\"|«([^«»]+)»")
# Fewer content words than these may stand together anywhere.
_AT_LENGTH = 5
_KINDS = {
    SourceKind.EPISODE: _pattern(r"\b(?:episodes?|podcasts?|on air|on the show)\b"),
    SourceKind.NEWSLETTER: _pattern(r"\bnewsletters?\b"),
    SourceKind.ARTICLE: _pattern(r"\b(?:articles?|blog ?posts?)\b"),
    SourceKind.SUMMARY: _pattern(r"\bsummar(?:y|ies)\b"),
}
# Tried in this order; the first that fits says what is wanted.
_ASKS = {
    Wanted.MONEY: _pattern(
        r"\bhow (?:much|many) (?:\w+ ){0,3}(?:money|capital|funding|cash|revenue|dollars|euros|pounds)\b",
        r"\bhow much (?:does|do|did|was|is|are|were|would|will|has|have)\b.{0,60}"
        r"\b(?:costs?|pay|paid|charged?|raised?|spen[dt]|earn(?:ed)?|worth|sell for|sold for)\b",
        r"^(?:and )?what (?:does|do|did|will|would|has|have|had)\b.{1,60}"
        r"\b(?:pay for (?=\w)|paid for (?=\w)|charged?\b(?! (?:\w+ )?(?:with|from|up)\b)|earn(?:ed)?\b"
        r"|sell for\b|sold for\b)",
        r"^(?:and )?(?:at |for )?(?:what|which)\b.{0,60}"
        r"\b(?:valuation|price|costs?|budget|salary|fee|revenue)\b",
    ),
    Wanted.RATIO: _pattern(
        r"\b(?:what|which) (?:percentage|percent|fraction|share|proportion|ratio|portion|factor)\b",
        r"\bby how much\b|\bhow many times\b",
        r"\bhow much (?:faster|slower|larger|smaller|more|less|bigger|better|cheaper|longer|shorter)\b",
    ),
    Wanted.DURATION: _pattern(r"\bhow (?:long|old)\b", rf"\bhow many {_SPAN}"),
    Wanted.COUNT: _pattern(r"\bhow (?:many|few|large|big|fast|far|high|tall|often)\b", r"\bwhat number of\b"),
    Wanted.DATE: _pattern(
        r"^(?:and )?when (?:did|was|were|is|are|will|does|do|has|have)\b",
        r"\b(?:what|which) (?:exact )?(?:year|date|month|day|century|decade)\b",
    ),
    Wanted.NUMBERED: _pattern(
        r"^(?:and )?(?:in |since |under )?(?:what|which) (?:[\w.-]+ ){0,2}"
        r"(?:version|release|cve|bip|number|identifier|block height|id)\b"
    ),
    Wanted.PERSON: _pattern(
        r"^(?:and )?(?:who|whose|whom)\b",
        r"^(?:and )?(?:what|which) (?:person|host|guest|developer|researcher|speaker|author)\b",
    ),
    Wanted.PLACE: _pattern(
        r"\b(?:what|which) (?:city|country|town|state|region|continent|location|venue|university|street)\b"
    ),
    Wanted.NAME: _pattern(
        r"^(?:and )?(?:at |for |to |from |in )?(?:what|which) (?:[\w-]+ )?(?:company|organi[sz]ation|firm"
        r"|project|product|tool|language|book|paper|framework|team|show|band|film|game|app|startup|vendor|bank)\b",
        r"\bthe name of\b",
    ),
}
_HELD = {
    Wanted.MONEY: _pattern(
        r"[$€£¥]\s?\d",
        rf"\b{_NUMBER}(?:[ -](?:hundred|thousand|million|billion|trillion|k|m|bn))*"
        r"[ -](?:dollars?|bucks|euros?|pounds|pence|cents?|crowns?|kron(?:a|er|or)|francs?|marks|yen|yuan"
        r"|rupees|pesos|shillings?|usd|eur|gbp|sats|satoshis|btc|bitcoins?|grand)\b",
        rf"\b(?:costs?|pa(?:y|id)|charged?|priced at|price (?:of|is|was)|worth|sold for|raised)"
        rf" (?:(?:about|around|some|roughly|only|just|over|under|us|them|me) )*{_NUMBER}",
        r"\bfor free\b|\bfree of charge\b|\b\d[\d.,]*\s?(?:bn|million|billion)\b",
    ),
    Wanted.RATIO: _pattern(
        r"\d\s?%|\bper ?cent",
        rf"\b{_NUMBER}[ -]?(?:times|x|fold)\b|\b\d+x\b",
        r"\b(?:half|halved|doubled?|doubles|tripled?|triples|twice|thirds?|quarters?|tenth|majority)\b",
        r"\borders? of magnitude\b|\b\d+ (?:of|out of|in|to) \d",
    ),
    Wanted.DURATION: _pattern(
        rf"\b{_NUMBER}(?:[ -][\w-]+){{0,3}}?[ -]{_SPAN}\b",
        rf"\b(?:an?|per|each|every|about|around) (?:couple (?:of )?)?{_SPAN}\b",
        rf"\b\d+[ -]?{_SPAN}\b|\bsince \d{{4}}\b|\bforever\b",
    ),
    Wanted.COUNT: _pattern(rf"\b{_NUMBER}"),
    Wanted.DATE: _pattern(
        rf"\b(?:1[5-9]|20)\d\d\b|\b{_MONTH}\b|\b\d+(?:st|nd|rd|th)\b|\b\d0s\b|\bago\b|\byesterday\b|\btoday\b",
        r"\b(?:last|next|this|that) (?:week|month|year|summer|spring|winter|fall|autumn|night)\b",
        r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    ),
    Wanted.NUMBERED: _pattern(r"\b[a-z]+[- ]?v?\d[\w.-]*|\bv?\d+\.\d[\w.]*|#\d|\b\d{2,}\b"),
}
# An identifier that the question names has to be there with its number.
_NAMED_SERIES = re.compile(
    r"(?:what|which) (?:([\w-]+) )?(?:version|release|number)\b|\b(cve|bip)\b", re.IGNORECASE
)
# A capital inside a sentence, or inside a word.
_NAME = re.compile(r"(?<=[\w,;:)’'”\"-] )[A-Z][\w’'.-]*\w|\b[A-Z]{2,}\b|\b[a-z]+[A-Z]\w*")
_PLACE = re.compile(r"(?<=\b(?:in|at|to|of) )[A-Z][\w’'.-]*\w|(?<=\b(?:from|near) )[A-Z][\w’'.-]*\w")
_NO_NAMES = frozenset({"i", "i'm", "i've", "i'll", "i'd", "i’m", "i’ve", "i’ll", "i’d", "ok"})


def wanted(question: str) -> Wanted | None:
    """What the question asks for; None where anything may answer it.

    >>> wanted("How much did the seat cost?"), wanted("By what factor did it speed up?")
    (<Wanted.MONEY: 'money'>, <Wanted.RATIO: 'ratio'>)
    >>> wanted("Which release dropped it?"), wanted("Why did it close?")
    (<Wanted.NUMBERED: 'numbered'>, None)
    """
    asked = question.strip()
    return next((sort for sort, pattern in _ASKS.items() if pattern.search(asked)), None)


_SEVERAL = _pattern(
    r"^(?:and )?(?:please )?(?:list|name|enumerate)\b",
    r"\b(?:what|which|name|list|the|into|his|her|their|its)\b(?: [\w'’-]+){0,4}?"
    r" (?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[2-9]|1\d)(?: [\w'’-]+)? [a-z]+s\b",
    r"\b(?:steps|stages|phases|rules|criteria|conditions|principles|requirements|reasons|arguments|kinds"
    r"|types|ways|options|items|tips|lessons|takeaways|statuses|categories) (?:of|for|to|that|in|does|do|did"
    r"|can|must|were|are|he|she|they)\b",
)


def wants_several(question: str) -> bool:
    """Whether a question asks for things that a text may list one by one.

    >>> wants_several("What are Ana's seven rules for going faster?"), wants_several("Steps to fire a kiln")
    (True, True)
    >>> wants_several("Why did seven kilns crack?"), wants_several("Who rules the town?")
    (False, False)
    """
    return bool(_SEVERAL.search(question))


# What asks for a discussion. A capital inside a sentence makes a name of it.
_TALK = re.compile(
    r"^\W*(?:(?:[Pp]lease|[Cc]an you|[Cc]ould you|[Gg]ive (?:me |us )?an?) )*"
    r"(?:[Ss]ummar(?:i[sz]e|y)|[Ss]um up|[Dd]iscuss)\b"
    r"|\b(?:discuss(?:e[ds]|ing|ions?)?|debate[ds]?|talk(?:s|ed|ing)?|mention(?:s|ed|ing)?|think(?:s|ing)?"
    r"|thoughts|opinions?|conclude[ds]?|conclusions?|regarding)\b"
)


def asks_for_talk(question: str) -> bool:
    """Whether it asks for what was said about something, which runs on for a while, and not for one fact.

    >>> asks_for_talk("Summarize the discussion about glazes."), asks_for_talk("What did Bo think of glazes?")
    (True, True)
    >>> asks_for_talk("When did Thinking Machines sell its kiln?")
    False
    """
    return bool(_TALK.search(question))


def heard_of(question: str) -> list[str]:
    """The names of those whose words are asked for.

    >>> heard_of("What does Odalys say about ferries, and why did Bo Lind later disagree?")
    ['Odalys', 'Bo Lind']
    >>> heard_of("What is Quist's view of chips?"), heard_of("Is it cheap, according to Quist and Co?")
    (['Quist'], ['Quist'])
    >>> heard_of("Why did Quist sell chips?"), heard_of("What did Chips say?")
    ([], ['Chips'])
    """
    return [next(filter(None, found.groups())) for found in _SPOKEN.finditer(question)]


def subject_words(question: str) -> list[str]:
    """The content words without those that ask for a discussion: who discusses something seldom says so.

    >>> subject_words("Summarize the discussion about cheap glazes."), subject_words("What did they discuss?")
    (['cheap', 'glazes'], ['discuss'])
    """
    asking = {word for found in _TALK.finditer(question) for word in words(found.group())}
    every = content_words(question)
    return [word for word in every if word not in asking] or every


def quotations(question: str) -> list[str]:
    """What the question quotes at length: a sentence or most of one, and no mere title or term.

    >>> quotations('Who said "the big kiln cracked because we fired it wet", and what is "slip"?')
    ['the big kiln cracked because we fired it wet']
    >>> quotations('Who said "The kiln is broken"?')
    []
    >>> quotations("When did “Ana “Slip” Berg and Bo Chen discuss kilns” come out?")
    ['Ana “Slip” Berg and Bo Chen discuss kilns']
    """
    quoted = ("".join(found) for found in _QUOTED.findall(question))
    return [quote for quote in quoted if len(set(content_words(quote))) >= _AT_LENGTH]


def kinds(question: str) -> frozenset[SourceKind]:
    """The kinds of sources that the question speaks of.

    >>> sorted(kinds("What do the newsletter and the podcast say about tea?"))
    [<SourceKind.EPISODE: 'episode'>, <SourceKind.NEWSLETTER: 'newsletter'>]
    """
    return frozenset(kind for kind, pattern in _KINDS.items() if pattern.search(question))


def holds(sort: Wanted, text: str, question: str) -> bool:
    """Whether a text holds something of the sort that the question does not hold itself.

    >>> holds(Wanted.MONEY, "A seat is thirty dollars a month.", "What does a seat cost?")
    True
    >>> holds(Wanted.NUMBERED, "It changed with Quill 4.", "Which Redis release changed it?")
    False
    >>> holds(Wanted.PLACE, "The camp met in Porto.", "In which city did the Camp meet?")
    True
    """
    if sort is Wanted.NUMBERED and (series := _series(question)):
        return bool(re.search(rf"\b{re.escape(series)}[- ]?(?:v(?:ersion )?)?\d", text, re.IGNORECASE))
    if sort in _HELD:
        return bool(_HELD[sort].search(text))
    if text == text.lower():  # as some recognisers write: no telling what is a name
        return True
    asked = set(words(question))
    pattern = _PLACE if sort is Wanted.PLACE else _NAME
    named = (found.group() for found in pattern.finditer(text))
    return any(name.casefold() not in _NO_NAMES and not asked.issuperset(words(name)) for name in named)


def _series(question: str) -> str | None:
    """The name that the number belongs to: `CVE` in "what CVE number", `Redis` in "which Redis release"."""
    found = _NAMED_SERIES.search(question)
    if not found:
        return None
    name: str | None = found.group(1) or found.group(2)
    return name if name and (name[:1].isupper() or name.casefold() in {"cve", "bip"}) else None
