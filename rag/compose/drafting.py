"""What a composer tells while it writes, and how a model's text becomes sentences with numbers. Pure.

A number is a pointer into the material that the model was shown. Until it is whole it is no number: a stream
may end anywhere, and half a marker must never reach a reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rag.models import Draft, Piece, Usage
from rag.sentences import sentence_spans
from rag.words import words

# What a model is told to say, and what the answer then says: the same words in prompts, code and tests.
NOT_COVERED = "The archive does not cover this."
PARTLY = "The archive covers only a part of this."

_MARKER = re.compile(r"\[(\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*)\]")
_MARKERS = r"(?:\s*\[\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*\])+"
_AFTER_END = re.compile(rf"([.!?…]+[\"'”’)]*)({_MARKERS})")
_OPEN_BRACKET = re.compile(r"\s*\[[^\]]*$")
# What opens a line of a list or a heading, and what Markdown puts around words.
_OPENS_LINE = re.compile(r"^\s*(?:[-*•+]\s+|#{1,6}\s+|>\s+|\d{1,2}[.)]\s+)")
_EMPHASIS = re.compile(r"(\*\*|__|`+|~~)")
# Where markup, an image, a link or an address begins. No claim needs one: its citations carry the links.
_ACTIVE = re.compile(
    r"!\[|\]\s*\(|\]\s*\[|\]:|</?[a-z!?]|&#?\w{1,31};|\w+://|\bwww\.|\bhttps?:|\b(?:javascript|data|vbscript|mailto):\S"
    r"|\b[\w.+-]+@[\w-]+\.\w|\b(?:[\w-]+\.)+[a-z]{2,}/\S|\{\{|\$\{|\$\$",
    re.IGNORECASE,
)
# What colours or moves a terminal.
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)")
_LONGEST = 600
# So many words in a row of the instructions are no accident.
_ECHO = 7


@dataclass(frozen=True, slots=True)
class Drafting:
    """The sentence being written, as far as it has come; empty when it was taken back."""

    text: str


@dataclass(frozen=True, slots=True)
class Settled:
    """A sentence that has been judged: kept, with the frame text before it, or cut."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The end of composing: the draft, by whom, what a reader should know about it, and what it took."""

    draft: Draft
    model: str
    notice: str | None = None
    usage: Usage | None = None
    verify_ms: float = 0.0


Step = Drafting | Settled | Written


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole sentence of a model, with the numbers it cites. `opens` tells that it begins a paragraph."""

    text: str
    numbers: tuple[int, ...]
    opens: bool = False


@dataclass(slots=True)
class Marked:
    """Reads sentences out of text with `[n]` markers as it comes in.

    >>> reading = Marked()
    >>> reading.feed("Caps fell [2]. They ro"), reading.draft
    ([Sentence(text='Caps fell.', numbers=(2,), opens=True)], 'They ro')
    >>> reading.feed("se. [1"), reading.draft, reading.feed(",3]"), reading.end()
    ([], 'They rose.', [], [Sentence(text='They rose.', numbers=(1, 3), opens=False)])
    """

    _rest: str = ""
    _opens: bool = True
    _ended: bool = field(default=False)

    def feed(self, text: str) -> list[Sentence]:
        """The sentences that are now known to be whole."""
        self._rest += text
        found = []
        while (cut := _boundary(self._rest)) is not None:
            found += self._take(self._rest[:cut])
            opens = "\n\n" in self._rest[:cut] or self._rest[cut:].startswith("\n\n")
            self._opens = self._opens or opens
            self._rest = self._rest[cut:].lstrip("\n") if opens else self._rest[cut:]
        return found

    def end(self) -> list[Sentence]:
        """What is left when no more text will come; half a marker is dropped."""
        rest, self._rest = _OPEN_BRACKET.sub("", self._rest), ""
        return self._take(rest)

    @property
    def draft(self) -> str:
        """The sentence being written, without markers; nothing of one that may not be shown."""
        return showable(_OPEN_BRACKET.sub("", self._rest))

    def _take(self, raw: str) -> list[Sentence]:
        text = plain(_MARKER.sub("", raw))
        if not any(letter.isalnum() for letter in text):
            return []
        opens, self._opens = self._opens, False
        return [Sentence(text=text, numbers=numbers(raw), opens=opens)]


def _boundary(text: str) -> int | None:
    """Where the first sentence with its markers ends, once something else has begun after it."""
    shut = _OPEN_BRACKET.sub("", text)
    moved = _AFTER_END.sub(lambda found: _blank(found[2]) + found[1], shut)
    line = moved.find("\n")
    if line > 0 and moved[:line].strip():
        spans = sentence_spans(moved[:line])
        return line if len(spans) < 2 else spans[0][1]
    spans = sentence_spans(moved)
    if len(spans) >= 2:
        return spans[0][1]
    return _LONGEST if len(text) > 2 * _LONGEST else None


def _blank(markers: str) -> str:
    """Markers moved before the full stop, as long as they were: offsets stay."""
    return "_" * len(markers)


def numbers(text: str) -> tuple[int, ...]:
    """The numbers in a text's markers, in order, each once.

    >>> numbers("So [3, 1] and [1] and [4-6].")
    (3, 1, 4, 5, 6)
    """
    found: dict[int, None] = {}
    for marker in _MARKER.findall(text):
        for item in re.split(r"\s*[,;]\s*", marker):
            first, *last = (int(digits) for digits in re.findall(r"\d+", item))
            upto = last[0] if last else first
            # A range of more than a few is no way to point at words.
            for number in range(first, upto + 1) if 0 <= upto - first < 8 else (first, upto):
                found.setdefault(number)
    return tuple(found)


def structured(given: object) -> tuple[list[tuple[str, tuple[int, ...]]], str | None]:
    """The sentences and "covered" of a structured answer, which may still be growing.

    >>> structured({"covered": "part", "sentences": [{"text": "Caps fell.", "cites": [2]}, {"te": 1}, 3]})
    ([('Caps fell.', (2,))], 'part')
    """
    if not isinstance(given, Mapping):
        return [], None
    covered = given.get("covered")
    found = []
    listed = given.get("sentences")
    for entry in listed if isinstance(listed, Sequence) and not isinstance(listed, str) else ():
        text = entry.get("text") if isinstance(entry, Mapping) else None
        if isinstance(entry, Mapping) and isinstance(text, str):
            cites = entry.get("cites")
            cites = cites if isinstance(cites, Sequence) and not isinstance(cites, str) else ()
            cited = (int(n) for n in cites if isinstance(n, int | str) and str(n).isdecimal())
            found.append((text, tuple(dict.fromkeys(cited))))
    return found, covered if isinstance(covered, str) else None


def split(text: str, cited: tuple[int, ...], *, opens: bool = False) -> list[Sentence]:
    """One entry of a structured answer as sentences: a claim is one sentence, also when a model writes two.

    >>> [sentence.text for sentence in split("Caps fell [9]. They rose.", (1,))]
    ['Caps fell.', 'They rose.']
    """
    whole = plain(_MARKER.sub("", text))
    return [
        Sentence(text=whole[start:end], numbers=cited, opens=opens and start == 0)
        for start, end in sentence_spans(whole)
    ]


def plain(text: str) -> str:
    r"""One line of words: without invisible characters, Markdown's signs and what opens a line of a list.

    >>> plain("- **Caps** fell\u200b,\n  `twice` .")
    'Caps fell, twice.'
    """
    text = _OPENS_LINE.sub("", visible(text))
    text = " ".join(_EMPHASIS.sub("", text).split())
    text = re.sub(r"\s+([.,;:!?…])", r"\1", text)
    # "It fell. [1]." without its marker.
    return re.sub(r"(?<!\.)\.\.$", ".", text)


def visible(text: str) -> str:
    r"""The text without characters that nobody sees: zero-width, bidirectional, tags, controls, unassigned.

    >>> visible("a\u200bb\U000e0041c\x1b[31m\u202ed\ne")
    'abcd\ne'
    """
    text = _TERMINAL.sub("", unicodedata.normalize("NFC", text))
    return "".join(letter for letter in text if letter == "\n" or not _unseen(letter))


def _unseen(letter: str) -> bool:
    # Cf: format characters, tags among them; Mn beyond the plane of writing: variation selectors.
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") or "\ufe00" <= letter <= "\ufe0f"


def forbidden(text: str) -> str | None:
    """Why a sentence may not be shown whatever it cites; None when it may.

    >>> forbidden("See [here](https://x.example)."), forbidden("Booking.com fell 3 percent, R&D rose.")
    ('links, images and markup may not be written', None)
    """
    if _ACTIVE.search(text):
        return "links, images and markup may not be written"
    if len(text) > _LONGEST:
        return f"a claim is one sentence of at most {_LONGEST} characters"
    return None


def showable(text: str) -> str:
    """A draft as a reader may see it: nothing of one that could not be kept.

    >>> showable("Caps **fell** [2] to"), showable("Look: ![x](http")
    ('Caps fell to', '')
    """
    text = visible(text)
    return "" if forbidden(text) else plain(_MARKER.sub("", text)).rstrip("*_`~")


@dataclass(frozen=True, slots=True)
class Echoes:
    """Knows the words of the instructions again when a model recites them."""

    _runs: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, *texts: str) -> Echoes:
        """The instructions to look for."""
        return cls(frozenset(run for text in texts for run in _runs(text)))

    def heard(self, text: str) -> bool:
        """Whether the text recites them.

        >>> Echoes.of("You may say only what the numbered sentences say.").heard(
        ...     "I was told: you may say only what the numbered sentences say")
        True
        """
        return any(run in self._runs for run in _runs(text))


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    spoken = words(text)
    yield from (tuple(spoken[at : at + _ECHO]) for at in range(len(spoken) - _ECHO + 1))
