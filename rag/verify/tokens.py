"""Split a text into the words, numbers and marks that the checks read. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.sentences import sentence_spans
from rag.words import stem

Kind = Literal["word", "number", "mark"]

_TOKEN = re.compile(
    r"""(?P<number>\d{4}-\d{2}-\d{2}(?!\d) | \d{1,2}:\d{2}(?::\d{2})?(?!\d) | \d+(?:\.\d+){2,}
                 | \d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d) | \d+(?:\.\d+)?)
      | (?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)
      | (?P<mark>[^\w\s]|_)""",
    re.VERBOSE,
)
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "–": "-", "—": ";", "−": "-"})
_IRREGULAR = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "ain't": "is not",
}
_SHORT = {"n't": " not", "'re": " are", "'ve": " have", "'ll": " will", "'m": " am", "'d": " would"}
# "it's" is "it is"; "Ana's" is hers.
_IS = frozenset("it he she that this there here what who where how let".split())
_DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or mark. `low` is how it is compared, without accents; `stem` is Porter's."""

    text: str
    low: str
    stem: str
    kind: Kind
    start: int
    end: int
    sentence: int
    owns: bool = False  # written with a possessive ending

    @property
    def capital(self) -> bool:
        """Whether it is written as names are."""
        return self.kind == "word" and self.text[0].isupper()

    def touches(self, other: Token) -> bool:
        """Whether the other follows without a space."""
        return self.end == other.start


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens in order, contractions written out and possessives taken off.

    >>> [token.low for token in tokens("Ana's boat can't carry 1,700 kg; it's full.")]
    ['ana', 'boat', 'can', 'not', 'carry', '1,700', 'kg', ';', 'it', 'is', 'full', '.']
    """
    plain = _plain(text)
    found: list[Token] = []
    # "didn't." ends a sentence; a lone "t" before the stop would be taken for an initial.
    for number, (start, end) in enumerate(sentence_spans(plain.replace("n't.", "nxt."))):
        for match in _TOKEN.finditer(plain, start, end):
            found += _written_out(match, number)
    return tuple(found)


def _plain(text: str) -> str:
    """Straight quotes, no accents, dotted abbreviations without their dots. Offsets need not be kept."""
    letters = unicodedata.normalize("NFKD", text.translate(_QUOTES))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _DOTTED.sub(lambda found: found.group().replace(".", ""), bare).replace("°", " ° ")


def _written_out(match: re.Match[str], sentence: int) -> Iterator[Token]:
    text = match.group()
    kind: Kind = "number" if match["number"] else "word" if match["word"] else "mark"
    parts = _expanded(text) if kind == "word" else [text]
    owns = kind == "word" and len(parts) == 1 and len(parts[0]) < len(text)
    for word in parts:
        low = word.lower()
        yield Token(
            word, low, stem(low) if kind == "word" else low, kind, match.start(), match.end(), sentence, owns
        )


def _expanded(word: str) -> list[str]:
    if "'" not in word and word.lower() != "cannot":
        return [word]
    low = word.lower()
    if low in _IRREGULAR:
        first, *rest = _IRREGULAR[low].split()
        return [word[0] + first[1:], *rest]
    for ending, instead in _SHORT.items():
        if low.endswith(ending):
            return [word[: -len(ending)], instead.strip()] if len(word) > len(ending) else [instead.strip()]
    if low.endswith("'s"):
        return [word[:-2], "is"] if low[:-2] in _IS else [word[:-2]]
    return [word.rstrip("'").split("'")[0]] if low.endswith("'") else [word.replace("'", "")]
