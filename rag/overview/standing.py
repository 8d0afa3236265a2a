"""Whether a sentence can stand by itself, away from the talk around it. Pure.

Speech is full of what only listeners understand: "And that's why it did." Greetings, questions to a guest and
words from sponsors are no content at all.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.words import STOP_WORDS, words

_FEWEST, _MOST = 8, 45
_SHORT, _LONG = 11, 32


def _phrases(listed: str, *, before: str = r"\b", after: str = r"\b") -> re.Pattern[str]:
    """A pattern for any of the expressions, which commas and line ends separate."""
    expressions = [one.strip() for one in re.split(r",\s|\n", listed) if one.strip()]
    return re.compile(f"{before}(?:{'|'.join(expressions)}){after}", re.IGNORECASE)


# What joins a sentence to the one before: without that one it is half of a thought.
_JOINER = _phrases(
    r"""and, but, so, plus, also, then, again, yet, therefore, however, instead, otherwise, thus, hence
    similarly, for example, for instance, in that case, in other words, that said, which means, finally
    of course, in fact, still, anyway, at the same time, on the other hand, as a result
    meanwhile, because, back then""",
    before=r"^(?:(?:well|yeah|yes|yep|no|right|okay|ok|now|oh|um|uh|look|i mean|you know)[,.]?\s+)*",
)
# What speakers put before what they say.
_OPENER = _phrases(
    r"""and, but, so, well, now, look, yeah, yes, yep, no, right, okay, ok, sure, exactly, absolutely, oh
    ah, um, uh, hm+, mm-?hmm, anyway, plus, also, then, like, again, actually, basically, obviously
    honestly, i mean, you know, i think, i guess, i believe, i would say, of course, in fact
    for example, for instance, therefore, however, maybe, perhaps, as you can imagine
    as you know, in that case, instead, otherwise, which means, thus
    hence, in other words, that said, similarly, just, unfortunately, fortunately, finally, certainly
    to be (?:very )?(?:clear|fair|honest)""",
    before=r"^(?:",
    after=r"\b[.:;,]?\s*)+",
)
# What points at words that are not here.
_POINTING = frozenset(
    """it its it's itself he him his he's she her hers she's they them their theirs they're they'd
    they've they'll this that that's these those there's here such both another same former latter one
    ones one's""".split()
)
_DEMONSTRATIVE = frozenset("this that that's these those them here such".split())
# What is neither stop word nor noun, so that "maybe that's it" still names nothing.
_NAMES_NOTHING = frozenset(
    """general course maybe
    perhaps probably certainly currently surely clearly right now seems seem seemed looks looked
    feels whereas because since though although while once still even never always often sometimes
    there's here's what's let's okay well anyway especially particularly specifically generally
    typically mostly quite rather pretty simply think guess thing things something someone everything
    everyone everybody people lot bit kind sort point case part way time going gonna doing makes made
    came comes went want wanted need needed know knew mean means said saying tell told love like liked
    great good nice cool interesting important different similar first second third last next final
    done used using start started trying tried called seen""".split()
)
# Words after which "that" points at nothing: "the idea that", "I think that", "so that".
_JOINS = re.compile(
    r"\b(?:say|says|said|know|mean|so|such|now|idea|fact|see|show|feel|hope"
    r"|(?!(?:about|from|with|into|like|than|after|before|over|under|without|through|does|done|doing|want|need)\b)"
    r"\w{4,}) that\b(?!\s*(?:[^\w\s]|$))(?! (?:is|was|has|does|will|would|can|could|one)\b)",
    re.IGNORECASE,
)
_THIS_ONE = _phrases("(?:this|that) (?:week|year|month|episode|issue|book|paper|newsletter)")
_FILLERS = _phrases(
    r"""you know, kind of, kinda, sort of, i mean, um+, uh+, er, gonna, wanna, or something, or whatever
    and so on, stuff, blah, literally, basically, honestly, really really, very very
    things? like that, obviously, (\w+)\W? \1"""
)
_BREAKS = re.compile(r"--|—| - |\.\.\.|…|\b(?:right|like|okay),|\w, like\b", re.IGNORECASE)
# The talk about the talk.
_STAGE = _phrases(
    r"""welcome, thanks, thank you, subscrib\w+, show notes, my name is, your host, co-?hosts?
    regular sections?, join(?:ed|ing|s)? (?:us|me|by), next week, last week, this week, tune in
    stay tuned, see you, good ?bye, hello, listeners?, the (?:pod|show), podcasts?, episodes?, let's
    let me, before we, moving on, coming up, segments?, next (?:item|question|topic|section|up)
    first up, last one, we'll (?:talk|get|come|see), i'm (?:\w+ )?curious, questions? (?:for|to) you
    know more, hear from you, (?:we're|find us|us) (?:also )?on (?:linkedin|twitter|slack|mastodon|youtube)
    (?:tell|remind|walk|give) (?:us|me), nice to, great to, glad, happy to, excited, pleasure
    congrat\w*, good (?:question|point|morning|to see), as (?:i|we|you) (?:said|mentioned), sorry
    please, like (?:i|you) said, you(?:'re| are) (?:listening|right), (?:i|we)(?:'ll| will) link
    linked? (?:in|to), items?, we (?:next |also |now )?have (?:our|an?|one|two|three|some)
    (?:i|we) saw an?, i'll, confus\w+, over to you, go ahead, quick(?:ly)? (?:note|mention)
    shout ?outs?, anything else, i (?:like|love)d? (?:it|that|this), newsletters? (?:item|#)
    also included, (?:i'm|i am) \w+ and (?:this|you|we), chat(?:ting|ted)?
    we (?:talked|covered|discussed), talk(?:ed|ing)? about"""
)
_SELLING = _phrases(
    r"""promo(?: |-)?codes?, coupon, free trial, sign up, % off, percent off, brought to you by
    sponsored by, (?:our|today's) (?:sponsors?|partners?|friends at), supported by our
    use (?:the )?code, discount, dot com, head (?:over )?to, learn more at, get started (?:at|for)
    check (?:it|them|us) out, rate (?:and|us), five[- ]star, patreon, merch, support the show
    limited time, money[- ]back, visit (?:them|us), visit \S+\.\w{2,}
    \w+\.(?:com|io|dev|org|net|fm)/\w*""",
    before=r"(?:\b|(?<=\d))",
)
_SOLD_HERE = _phrases(
    r"""promo(?: |-)?codes?, brought to you by, (?:our|today's) sponsors?, sponsored by, free trial
    use (?:the )?code, \w+ (?:%|percent) off, \d+% off, money[- ]back"""
)
# What says in the first minutes what all of it will be about.
_ABOUT = r"(?:talk|discuss|look|explor|cover|chat|div|dig|focus|learn|about|topic)\w*"
_PIECE = "episode|issue|interview|show|conversation|newsletter|post|article|piece|talk|chapter"
_SUBJECT = _phrases(
    rf"""(?:today|(?:in )?this (?:week|time|month|{_PIECE}))\b.*\b{_ABOUT}
    (?:we|i)(?:'re|'m| are| am) (?:joined|talking|speaking|chatting|catching up) (?:by|with|to)
    (?:we|i)(?:'re|'m|'ll| are| am| will) (?:going to |here to )?(?:be )?(?:talk|discuss|look|explor|cover)\w*
    (?:topic|subject|theme)s? (?:today|of|is|are)"""
)
_INTRODUCES = re.compile(r"\bco-?host|\b(?:[Mm]y name is|[Mm]y name's|I'm|I am|[Tt]his is) [A-Z]")
# It hangs on to the sentence before, or is the rest of one.
_HANGS = _phrases(
    """in (?:the|that) other case
    which, who, whom, whose, not, nor, than, where, including, namely, meaning, until, to which
    of which, even the, or, whereas, as compared, compared (?:to|with), rather than, instead of, as opposed
    ways? that, the way (?:that|you|we), for those, to the point, based on""",
    before=r"^(?:(?:and|but|so|or|yeah|well|now|also)[,.]?\s+)*",
)
_VERB = _phrases(
    r"""is, are, was, were, be, been, has, have, had, do, does, did, will, would, can, could, should, may
    might, must, cannot, needs?, goes, gets, got, makes, made, takes, took, comes, came, says, said
    means, uses, helps, lets, gives, gave, cut, cuts, fell, rose, cost, costs, set, found, built, won
    lost, became, began, grew, held, kept, knew, left, led, met, paid, put, ran, saw, sent, sold
    spent, thinks, wants, works, wrote, \w{2,}ed, \w+n't, \w+'(?:re|ve|ll|m)
    (?:it|that|there|he|she|what|who)'s"""
)
_GERUND = re.compile(r"^\w+ing\b(?! (?:is|was|are)\b)", re.IGNORECASE)
_UNHEARD = re.compile(
    r"[\[(<](?:unintelligible|inaudible|crosstalk|laugh\w*|music|applause)\b", re.IGNORECASE
)
_ADDRESS = re.compile(r"\w+://|\bwww\.|\[\d+\]|[{}<>|\\^~`=]|\b[\w.]+@[\w.]+|\bhttps?\b|#\d")
_WHOLE_END = re.compile(r"[.!][\"'”’)]*$")
_CUT_END = re.compile(
    r"(?:\.\.+|…|[-–—,]|\b(?:etc|and|or|but|so|too|as well|right|okay|yeah|yes|you know|i guess|i think|then"
    r"|though|there|here))[.!]*$",
    re.IGNORECASE,
)
_OPENS = re.compile(r"^[\"'“‘(]?[A-Z0-9]")
_POINTS_BACK = _phrases(
    """the (?:first|second|third|other|last|next|former|latter|same) (?:one|thing|point|part|question)
    above, below, aforementioned, as follows, the following, previously, earlier, just now, over there
    in there"""
)
_PARTICULAR = re.compile(r"\d|(?<=[a-z,;:] )(?!I\b)[A-Z]\w")
_HELPS = "is|was|are|were|has|have|had|can|could|will|would|may|might|must|should|do|does|did|gets?|got"
_AMOUNTS = "each|both|all|some|many|most|none|several|one|two|three|four|five|others?"
_ORDINALS = "first|second|third|other|last|next|latter|former|same|latest|only"
# What is named as if it were known: "the fork is called Wren", "each can finish ninety", "the other answers".
_NAMED_BEFORE = (
    (re.compile(rf"^(?:the|another|either)(?: [a-z][\w-]*){{1,2}} (?:{_HELPS})\b"), 0.7),
    (re.compile(rf"^(?:{_AMOUNTS}|mine|yours|ours|theirs)(?: of them)? (?:{_HELPS})\b"), 0.4),
    (re.compile(rf"^(?:the|a|my|our|your) (?:{_ORDINALS}) (?!\w+day\b)"), 0.3),
)
# Nobody is said to do it: "sounds like a plan", "did a bit of research".
_NOBODY = re.compile(
    r"^(?:did|gets?|got|runs?|sounds?|seems?|looks?|should|makes?|takes?|goes|go|remember|imagine)\b"
)
# What a sentence is worth when it holds these, of 1.
_FLAWS: tuple[tuple[re.Pattern[str], float], ...] = (
    (_phrases(r"i, i'\w+, me, my, myself"), 0.5),
    (_phrases(r"also, things?, i (?:don't|do not|didn't)(?: \w+)? (?:know|remember)"), 0.7),
    (_phrases(r"you, you'\w+", before="^"), 0.8),
    (_phrases(r"we, we'\w+, us, our"), 0.8),
    (_phrases(r"you, you'\w+, your, yours"), 0.7),
    (_POINTS_BACK, 0.6),
)
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


@lru_cache(maxsize=65536)
def standing(text: str) -> float:
    """How well a sentence reads alone, from 0 (not at all) to 1.

    >>> standing("Thanks for joining us on the show today, it is great to have you here.")
    0.0
    >>> standing("And that's the reason why they did it in the end, you know.")
    0.0
    >>> standing("The export rules of October cut off the supply of the newest chips to the laboratories.")
    1.0
    """
    if not _complete(text) or sells(text) or _ADDRESS.search(text) or _UNHEARD.search(text):
        return 0.0
    text = _plain(text)
    core = _OPENER.sub("", text)
    stage = len(_STAGE.findall(text))
    if dangles(core) or _HANGS.match(text) or stage > 1:
        return 0.0
    length = len(words(text))
    pointing = sum(token in _POINTING for token in _tokens(_JOINS.sub(" ", text)))
    worth = 0.75 ** (len(_FILLERS.findall(text)) + len(_BREAKS.findall(text)))
    worth *= 1.0 - min(0.8, max(0.0, 6.0 * (pointing / length - 0.04)))
    worth *= 0.45 if _JOINER.match(text) else 0.65 if len(core) < len(text) else 1.0
    worth *= 0.4 if points(_subject(core)) else 0.6 if points(core) else 1.0
    worth *= 0.5 if _NOBODY.match(core.lower()) else 1.0
    for named, left in _NAMED_BEFORE:
        worth *= left if named.match(_lowered(core)) else 1.0
    worth *= 0.25 if stage else 1.0
    worth *= 0.4 if not _VERB.search(core) or _GERUND.match(core) else 1.0
    worth *= 1.0 if _SHORT <= length <= _LONG else 0.75
    for flaw, left in _FLAWS:
        worth *= left if flaw.search(text) else 1.0
    return worth


def follows(text: str) -> bool:
    """Whether a sentence may stand after one that stands alone: whole, and neither a question nor an advert.

    >>> follows("It fell by half."), follows("Why?"), follows("Thanks for joining us!")
    (True, False, False)
    """
    text = _plain(text)
    return bool(
        4 <= len(words(text)) <= _MOST
        and _WHOLE_END.search(text)
        and not _CUT_END.search(text)
        and not sells(text)
        and not _ADDRESS.search(text)
        and not _UNHEARD.search(text)
        and not _STAGE.search(text)
        and len(_FILLERS.findall(text)) + len(_BREAKS.findall(text)) < 2
        and "\n" not in text
    )


def tells_subject(text: str) -> bool:
    """Whether a sentence says what is going to be talked about.

    >>> tells_subject("Today we're going to discuss the export rules for chips with Anna Roe.")
    True
    >>> tells_subject("The export rules for chips have changed in October once more.")
    False
    """
    text = _plain(text)
    core = _OPENER.sub("", text)
    if _INTRODUCES.search(text) or _JOINER.match(text):
        return False
    return _SUBJECT.search(text) is not None and _complete(text) and not sells(text) and not dangles(core)


def sells(text: str) -> bool:
    """Whether a sentence sounds like a sponsor's, wherever it stands."""
    return _SELLING.search(_plain(text)) is not None


def is_advert(text: str) -> bool:
    """Whether a whole passage does: what else stands in it belongs to that.

    >>> is_advert("Go to Acme and use the code FRONTIER for ten percent off."), is_advert("Go home.")
    (True, False)
    """
    return _SOLD_HERE.search(_plain(text)) is not None


def dangles(text: str) -> bool:
    """Whether a sentence points, before it has named anything, at words that are not in it.

    >>> dangles("It fell by half."), dangles("What they did was bad."), dangles("The cap fell, and it hurt.")
    (True, True, False)
    """
    plain = _THIS_ONE.sub("", _JOINS.sub(" ", text))
    for token in _tokens(plain):
        if token in _POINTING:
            return True
        root = token.split("'")[0]
        if len(token) > 2 and not {token, root} & _NAMES_NOTHING and not {token, root} & STOP_WORDS:
            return False
    return True


def names_something(text: str) -> bool:
    """Whether a sentence holds a name or a figure, and so is about something in particular.

    >>> names_something("The cap fell to 40."), names_something("Then Halden did."), names_something("I saw.")
    (True, True, False)
    """
    return _PARTICULAR.search(text) is not None


def points(text: str) -> bool:
    """Whether words point out of a sentence: "that product", "the latest of these", "what you see here".

    >>> points("It goes to that card."), points("The rule that closed it."), points("They know that it is.")
    (True, False, False)
    """
    plain = _THIS_ONE.sub("", _JOINS.sub(" ", text))
    return any(token in _DEMONSTRATIVE for token in _tokens(plain))


def _subject(text: str) -> str:
    """The words before the first verb: what a sentence is about.

    >>> _subject("The latest of these is the model.")
    'The latest of these '
    """
    verb = _VERB.search(text)
    return text[: verb.start()] if verb else text


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _complete(text: str) -> bool:
    said = words(text)
    letters = sum(letter.isalpha() or letter.isspace() for letter in text)
    return bool(
        _FEWEST <= len(said) <= _MOST
        and _OPENS.match(text)
        and _WHOLE_END.search(text)
        and not _CUT_END.search(text)
        and "\n" not in text
        and "?" not in text
        and letters > 0.85 * len(text)
        and text.count("(") == text.count(")")
        and text.count("“") == text.count("”")
        and text.count('"') % 2 == 0
        and text.upper() != text
    )


def _tokens(text: str) -> list[str]:
    return [token.lower() for token in _TOKEN.findall(_plain(text))]


def _plain(text: str) -> str:
    return text.replace("’", "'")
