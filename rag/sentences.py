"""Find where sentences begin and end. Pure, and written for speech as much as for prose.

Speech recognition gives long runs without punctuation, hosts trail off with "...", and newsletters are
full of "v0.19.2", "e.g." and "U.S."; a split in the wrong place puts half a statement into a quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# A full stop after one of these ends no sentence (compared without the stop, ignoring case).
_ABBREVIATIONS = frozenset(
    """mr mrs ms dr prof sr jr st vs etc e.g i.e cf al approx dept est inc ltd co corp gen col sgt rep sen gov
    jan feb mar apr jun jul aug sep sept oct nov dec a.m p.m u.s u.k u.n ph.d""".split()
)
# "No. 3" is a number, "But no. 3 came" is not English; so these count before a digit only.
_BEFORE_DIGIT = frozenset({"no", "vol", "pp", "p", "fig", "eq", "ch", "sec", "art"})
# Those may well end a sentence: believed when the next word is a capital.
_MAY_END = frozenset("""etc inc ltd co corp jr sr al a.m p.m u.s u.k u.n ph.d""".split())

_END = re.compile(r"""[.!?…]+["'”’)\]]*(?=\s)|\n\n+""")
_LIST_NUMBER = re.compile(r"\d{1,2}")
_WORD_BEFORE = re.compile(r"[\w.'’]+$")
_NEXT_OPENS = re.compile(r"""\s+["'“‘(\[—–-]*([A-Z0-9À-Þ]|[^\x00-\x7f])""")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    r"""Offset pairs of the sentences, without the white space between them.

    >>> text = "Dr. Wu paid $4.5 million. Why? It was, e.g., cheap...\n\nNext"
    >>> [text[a:b] for a, b in sentence_spans(text)]
    ['Dr. Wu paid $4.5 million.', 'Why?', 'It was, e.g., cheap...', 'Next']
    >>> [text[a:b] for text in ["1. Dry it.\n2. Wait. It took 3. Then"] for a, b in sentence_spans(text)]
    ['1. Dry it.', '2. Wait.', 'It took 3.', 'Then']
    """
    spans = []
    start = 0
    for end in [*_ends(text), len(text)]:
        span = _trimmed(text, start, end)
        if span:
            spans.append(span)
        start = end
    return spans


def _ends(text: str) -> Iterator[int]:
    for match in _END.finditer(text):
        mark = match.group()
        if mark[0] == "\n" or _closes(text, match):
            yield match.end()


def _closes(text: str, match: re.Match[str]) -> bool:
    opens = _NEXT_OPENS.match(text, match.end()) is not None
    if not opens:
        return False
    if match.group() != ".":
        return True
    before = _WORD_BEFORE.search(text, max(0, match.start() - 40), match.start())
    word = before.group().casefold().lstrip("'’") if before else ""
    if word in _BEFORE_DIGIT:
        return not text[match.end() :].lstrip()[:1].isdigit()
    if before and _LIST_NUMBER.fullmatch(word) and text[before.start() - 1 : before.start()] in ("", "\n"):
        return False
    if word in _ABBREVIATIONS:
        return word in _MAY_END
    # "J. Smith": an initial. "I" alone is a word.
    return not (len(word) == 1 and word.isalpha() and word != "i")


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
