"""What a question must be before anybody answers it. Pure."""

from __future__ import annotations

from rag.characters import whole
from rag.errors import QuestionError


def checked_question(question: str, *, longest: int) -> str:
    """The question without its outer white space; raises `QuestionError` when it cannot be asked."""
    question = whole(question, "the question").strip()
    if not question:
        raise QuestionError("The question is empty.")
    if len(question) > longest:
        raise QuestionError(f"The question has {len(question):,} characters; at most {longest:,} are taken.")
    return question
