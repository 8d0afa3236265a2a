"""Whether what a claim puts between quotation marks stands in the cited words, to the letter. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_OPENS, _CLOSES = "“«„", "”»"
_SINGLE = re.compile(r"(?<!\w)[‘']([^‘’']+(?:[’']\w[^‘’']*)*)[’'](?!\w)")
_CUT = re.compile(r"\.\.\.|…|\[[^\]]*\]")
_STRAIGHT = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'"})
_EDGE = " \t\n.,;:!?-–—\"'"


def made_up_quote(claim: str, cited: Sequence[str], titles: Sequence[str] = ()) -> str | None:
    """A quote that is in none of the cited texts, and is none of the titles either.

    Only the shape of quotation marks, white space, the first letter's case and marks at the edges may differ.

    >>> made_up_quote("She called it “a disaster”.", ["It was a disaster, really."])
    >>> made_up_quote("She called it “a triumph”.", ["It was a disaster, really."])
    '“a triumph” is not in the cited words'
    """
    texts = [_plain(text) for text in (*cited, *titles)]
    for quote in quotes(claim):
        wanted = _plain(quote).strip(_EDGE)
        if wanted and not any(_holds(text, wanted) for text in texts):
            return f"“{quote}” is not in the cited words"
    return None


def _plain(text: str) -> str:
    return " ".join(text.translate(_STRAIGHT).split())


def _holds(text: str, wanted: str) -> bool:
    first = f"[{re.escape(wanted[0].lower() + wanted[0].upper())}]"
    return re.search(rf"(?<!\w){first}{re.escape(wanted[1:])}(?!\w)", text) is not None


def quotes(claim: str) -> list[str]:
    r"""What stands between quotation marks, the parts of a quote with an ellipsis one by one.

    A mark that is never closed quotes all that follows it, one that was never opened all before it.

    >>> quotes("He said “no … never” and “yes")
    ['no', 'never', 'yes']
    """
    found = [*_curly(claim), *_straight(claim), *_SINGLE.findall(claim)]
    return [part.strip() for quote in found for part in _CUT.split(quote) if part.strip(_EDGE)]


def _curly(claim: str) -> Iterator[str]:
    opened: list[int] = []
    last = 0
    for at, mark in enumerate(claim):
        if mark in _OPENS:
            opened.append(at + 1)
        elif mark in _CLOSES:
            yield claim[opened.pop() if opened else last : at]
            last = at + 1
    yield from (claim[start:] for start in opened)


def _straight(claim: str) -> list[str]:
    return claim.split('"')[1::2]
