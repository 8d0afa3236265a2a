"""Read a misspelt word of a question as the archive writes it.

One letter too many, too few, wrong, or two swapped (Norvig, "How to Write a Spelling Corrector", 2007). The
first letter is right, where people seldom err, and so is the last, unless it is a name: "jammer" is not
"jammed" gone wrong. Only a word that the archive does not have is looked at, and what it was read as is told.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from rag.models import Filters
from rag.ports import CountsTokens
from rag.words import STOP_WORDS, plain, words

_WORD = re.compile(r"(?<![^\W_])[^\W\d_]+(?![^\W_])")
# Words with a capital that stand together, as the parts of one name do.
_TOGETHER = re.compile(r"(?<![^\W_])[A-Z][^\W\d_]*(?: [A-Z][^\W\d_]*)+")
# A short word has another one letter away by chance; of names there are few. A long one has very many.
_SHORTEST, _SHORTEST_NAME, _LONGEST = 6, 5, 24
_MOST = 5  # words of a question
# A word that occurs once may be misspelt itself.
_SEEN = 2
# English: one token of the model's, or a word with an ending.
_STEM_LETTERS, _PIECES = 5, 2


class KnowsWords(Protocol):
    """The archive's words, as far as it is asked how they are written."""

    def occurring(self, words: Iterable[str], filters: Filters) -> set[str]:
        """Those of the words that occur in a passage which passes the filters."""
        ...

    def phrase_counts(self, phrases: Iterable[str], filters: Filters) -> dict[str, int]:
        """How many passages that pass the filters hold each phrase."""
        ...


class NamesSources(Protocol):
    """How the archive's sources and who speaks in them are called."""

    def names_of(self, field: str, audiences: tuple[str, ...]) -> list[str]:
        """What the sources for these audiences have as `show`, `speaker` or `person`."""
        ...


@dataclass(frozen=True, slots=True)
class Spelled:
    """A question as the archive would write it, and what was read as what."""

    text: str
    read_as: Mapping[str, str]

    @property
    def notice(self) -> str | None:
        """What to tell whoever asked; None when nothing was changed.

        >>> Spelled("Why did the kiln crack?", {"klin": "kiln"}).notice
        'Read “klin” as “kiln”.'
        """
        return " ".join(f"Read “{word}” as “{other}”." for word, other in self.read_as.items()) or None


class Spelling:
    """Mends the spelling of questions. Safe to share between threads.

    Args:
        words: those of the archive.
        names: those of its sources and speakers.
        tokens: the model's tokens, when they are needed: what it reads as one word is one, and no mistake.
    """

    def __init__(self, words: KnowsWords, names: NamesSources, tokens: Callable[[], CountsTokens]) -> None:
        self._words = words
        self._names = names
        self._tokens = tokens

    def mended(self, question: str, filters: Filters | None) -> Spelled:
        """The question with each misspelt word as it is written in what this reader may read."""
        readable = Filters(audiences=filters.audiences if filters else (), adverts=True)
        question = unicodedata.normalize("NFC", question)
        written = {found.group(): found.start() for found in _WORD.finditer(question)}
        asked = [word for word in written if _is_long(word) and plain(word) not in STOP_WORDS]
        known = self._words.occurring(asked, readable)
        unknown = [word for word in asked if word not in known]
        if not unknown:
            return Spelled(question, {})
        called = [
            _WORD.findall(name)
            for field in ("speaker", "person", "show")
            for name in self._names.names_of(field, readable.audiences)
        ]
        parts = {plain(part) for name in called for part in name}
        beside = _beside(question)
        read_as: dict[str, str] = {}
        for word in unknown:
            is_name = word[0].isupper() and written[word] > 0
            if (
                len(read_as) == _MOST
                or plain(word) in parts
                or (not is_name and self._is_english(word.lower()))
            ):
                continue
            other = _as_name(word, beside.get(word, set()), called)
            if not other and not is_name:  # a name that is nobody's is meant as it is written
                other = self._as_word(word, readable)
            if other:
                read_as[word] = other
        for word, other in read_as.items():
            question = re.sub(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", other, question)
        return Spelled(question, read_as)

    def _as_word(self, word: str, readable: Filters) -> str | None:
        if len(word) < _SHORTEST:
            return None
        ended = sorted(each for each in _near(plain(word)) if each[-1] == plain(word)[-1])
        counts = self._words.phrase_counts(self._words.occurring(ended, readable), readable)
        seen = sorted(each for each, count in counts.items() if count >= _SEEN)
        if not seen:
            return None
        # What occurs is known by its stem: "governents" is no word, though it has that of "governments".
        best = min(seen, key=lambda each: (len(self._tokens().offsets(each)), -counts[each]))
        return best.capitalize() if word[0].isupper() else best

    def _is_english(self, word: str) -> bool:
        pieces = self._tokens().offsets(word)
        return len(pieces) == 1 or (len(pieces) <= _PIECES and pieces[0][1] - pieces[0][0] >= _STEM_LETTERS)


def _is_long(word: str) -> bool:
    return len(word) >= _SHORTEST_NAME and len(plain(word)) <= _LONGEST


def _as_name(word: str, beside: Set[str], called: Iterable[Sequence[str]]) -> str | None:
    """The part of a name that is meant: of one that has the words which stand beside it, too."""
    near = set(_near(plain(word)))
    for name in called:
        if beside <= {plain(part) for part in name}:
            for part in name:
                if plain(part) in near:
                    return part
    return None


def _beside(question: str) -> dict[str, set[str]]:
    """The other words of the name that a word stands in.

    >>> {word: sorted(others) for word, others in _beside("Does Anna Hansen agree with Lee?").items()}
    {'Does': ['anna', 'hansen'], 'Anna': ['hansen'], 'Hansen': ['anna']}
    """
    together: dict[str, set[str]] = {}
    for found in _TOGETHER.finditer(question):
        every = _WORD.findall(found.group())
        content = {plain(each) for each in every} - STOP_WORDS
        for word in every:
            together[word] = content - {plain(word)}
    return together


def _near(word: str) -> Iterator[str]:
    """Words one mistake away, with the same first letter.

    >>> sorted(each for each in _near("klins") if each in {"kiln", "kilns", "kins", "elins", "klinks"})
    ['kilns', 'kins', 'klinks']
    """
    if not words(word):
        return
    for at in range(1, len(word) + 1):
        head, tail = word[:at], word[at:]
        yield from (head + letter + tail for letter in string.ascii_lowercase)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in string.ascii_lowercase if letter != tail[0])
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
