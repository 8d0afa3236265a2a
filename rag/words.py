"""The words of a question or a sentence that carry its meaning, stemmed as the full-text table stems them."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache, lru_cache
from typing import Any

_WORD = re.compile(r"[^\W_]+")
STOP_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being between both
    but by came can could come did do does doing don down during each either else even ever every few for from
    further get give go got had has have having he her here hers him his how i if in into is it its itself
    just kind let like ll make many may me might more most much must my no nor not now of off on once one only
    or other our out over own please put really re s said same say says see she should so some such t take
    tell than that the their them then there these they thing things this those through to too under until up
    upon us use very was we were what when where whether which while who whom whose why will with would yet
    you your""".split()
)
# A vowel and then a consonant: Porter's "measure" is above 0.
_SYLLABLE = re.compile(r"(?:[aeiou]|(?<=[^aeiou])y)[^aeiou]")
_DOUBLE = re.compile(r"([chjkqvwx])\1$")
_lock = threading.Lock()


def plain(text: str) -> str:
    """Lower case, without accents and other marks on letters."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    for letter in set(decomposed):  # a text has few different ones
        if not letter.isascii() and unicodedata.combining(letter):
            decomposed = decomposed.replace(letter, "")
    return decomposed


def words(text: str) -> list[str]:
    """Words in order: runs of letters and digits, lower case, without accents.

    >>> words("Müller's v0.19 fork")
    ['muller', 's', 'v0', '19', 'fork']
    """
    return _WORD.findall(plain(text))


def content_words(text: str) -> list[str]:
    """The words that are not stop words; all of them when there is nothing else.

    >>> content_words("What did they say about quiescence?"), content_words("What is it?")
    (['quiescence'], ['what', 'is', 'it'])
    """
    every = words(text)
    return [word for word in every if word not in STOP_WORDS] or every


def stems(text: str) -> list[str]:
    """The stems of the content words, in order.

    >>> stems("Which chips were exported?")
    ['chip', 'export']
    """
    return [stem(word) for word in content_words(text)]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The Porter stem, as SQLite's `porter` tokenizer makes it.

    Snowball's Porter is the algorithm as published. SQLite has its author's later rules too, and words that
    came out otherwise would seem to occur in no passage at all.

    >>> stem("technology"), stem("technological"), stem("possibly"), stem("revved"), stem("us")
    ('technolog', 'technolog', 'possibl', 'rev', 'us')
    """
    if not 3 <= len(word.encode()) <= 64:
        return word
    if word.endswith("bly") and _SYLLABLE.search(word[:-3]):
        word = word[:-1] + "e"
    with _lock:  # the stemmer keeps its word in itself
        stemmed: str = _stemmer().stemWord(word)
    if stemmed.endswith("logi") and _SYLLABLE.search(stemmed[:-4]):
        return stemmed[:-1]
    return stemmed[:-1] if word.endswith(("ed", "ing")) and _DOUBLE.search(stemmed) else stemmed


@cache
def _stemmer() -> Any:
    # Here, because the library is opened by many commands that stem nothing.
    import snowballstemmer

    return snowballstemmer.stemmer("porter")
