"""Text that any file, tokenizer and network can hold. Pure."""

from __future__ import annotations

from rag.errors import QuestionError

_BROKEN = "holds half a character: a lone surrogate, or bytes that are no UTF-8"


def whole(text: str, name: str) -> str:
    r"""The text; raises `QuestionError` when JSON or a shell put half a surrogate pair into it.

    >>> whole("🌫 fog", "the question")
    '🌫 fog'
    """
    if is_broken(text):
        raise QuestionError(f"{name} {_BROKEN}")
    return text


def is_broken(text: str) -> bool:
    r"""Whether it holds what no UTF-8 can say.

    >>> is_broken("fog \ud800"), is_broken("fog 🌫")
    (True, False)
    """
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)
