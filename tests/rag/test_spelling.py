"""Misspelt questions: read as the archive writes them, within what the reader may read, and said."""

import unicodedata
from collections.abc import Iterable, Sequence

import pytest

from rag.models import Filters
from rag.spelling import Spelling

SHOWN = {
    "governments": 4,
    "governents": 4,
    "glazes": 4,
    "furnace": 2,
    "ceramics": 3,
    "kiln": 9,
    "workshop": 1,
    "bruno": 5,
    "jammed": 3,
}
PAID = {"porcelain": 4}


class Writes:
    """An archive of which the words are known, some of them for subscribers."""

    def occurring(self, words: Iterable[str], filters: Filters) -> set[str]:
        return {word for word in words if word.lower() in self._held(filters)}

    def phrase_counts(self, phrases: Iterable[str], filters: Filters) -> dict[str, int]:
        return {phrase: self._held(filters).get(phrase.lower(), 0) for phrase in phrases}

    def names_of(self, field: str, audiences: Sequence[str]) -> list[str]:
        names = {
            "speaker": ["Bruno Castel", "Ana Kovačević", "Tom Hanson"],
            "person": ["Dana Whitlock"],
            "show": ["Kiln Talk"],
        }
        return [name for name in names[field] if not audiences or name != "Ana Kovačević"]

    def _held(self, filters: Filters) -> dict[str, int]:
        return SHOWN if filters.audiences else {**SHOWN, **PAID}


class Pieces:
    """Tokens of a model that knows some English."""

    def offsets(self, text: str) -> list[tuple[int, int]]:
        if text in {"glaces", "jammer", "harness", "governments"}:
            return [(0, len(text))]
        return [(at, at + 1) for at in range(len(text))]


def read(question: str, filters: Filters | None = None) -> str:
    return Spelling(Writes(), Writes(), Pieces).mended(question, filters).text


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("Why are the galzes dull?", "Why are the glazes dull?"),  # swapped
        ("Which furnnace is it?", "Which furnace is it?"),  # one too many
        ("Why do goverments pay?", "Why do governments pay?"),  # and not as some other word of that stem
        ("Which furnce is it?", "Which furnace is it?"),  # one too few
        ("Which furnade is it?", "Which furnace is it?"),  # a wrong one
        ("What do brunno and Kastel say?", "What do Bruno and Kastel say?"),  # the first letter is trusted
        ("What does Castl say?", "What does Castel say?"),
        ("What does Kovacevi say?", "What does Kovačević say?"),  # a name may end wrong, and without accents
        ("Furnce or kiln?", "Furnace or kiln?"),  # a capital that begins a question makes no name
        ("Does Tom Hansen say so?", "Does Tom Hanson say so?"),
        ("What does Whitlok write?", "What does Whitlock write?"),  # who only writes has a name too
        (
            "What does Ana Kovac\u030cevi say?",
            "What does Ana Kovačević say?",
        ),  # a letter and its accent apart
    ],
)
def test_a_misspelt_word_is_read_as_the_archive_writes_it(asked: str, meant: str) -> None:
    assert read(asked) == meant


@pytest.mark.parametrize(
    "asked",
    [
        "Why are the glaces dull?",  # another English word
        "Who is a jammer?",  # an English word with another ending
        "Where is the workshpo?",  # said once: that one may be misspelt
        "Is it a kil?",  # too short to tell
        "Which glazes are dull?",
        "Why did Xilon fail?",
        "What does Anna Hansen say?",  # nobody of both names
        "Was it in Furnade?",  # a name that is nobody's is no word
        "Does Whitlock write?",
        "Is it furnade2 or 2furnade?",
        "???",
    ],
)
def test_what_may_be_meant_is_left(asked: str) -> None:
    assert read(asked) == asked


def test_words_of_what_a_reader_may_not_read_are_not_offered() -> None:
    free = Filters(audiences=("public",))
    assert read("Why does porcelein crack?") == "Why does porcelain crack?"
    assert read("Why does porcelein crack?", free) == "Why does porcelein crack?"
    assert read("What does Kovacevi say?", free) == "What does Kovacevi say?"
    # A filter that leaves little out of much makes no word of the rest a mistake.
    assert read("Why do glazes crack?", Filters(sources=("other",))) == "Why do glazes crack?"


def test_what_was_read_as_what_is_told() -> None:
    spelled = Spelling(Writes(), Writes(), Pieces).mended("Is galzes made in a furnce?", None)
    assert spelled.notice == "Read “galzes” as “glazes”. Read “furnce” as “furnace”."
    assert Spelling(Writes(), Writes(), Pieces).mended("Is it dull?", None).notice is None


def test_a_long_word_costs_nothing() -> None:
    for word in ("A" + "\ufdfa" * 900, "kiln" * 200):
        assert read(f"Is {word} dull?") == unicodedata.normalize("NFC", f"Is {word} dull?")
    assert len(Spelling(Writes(), Writes(), Pieces).mended("galzes furnce " * 40, None).read_as) == 2
