"""What every body of a request must be, whatever is in it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, model_validator
from pydantic_core import PydanticCustomError

from rag.characters import is_broken


class Body(BaseModel):
    """A body whose texts can all be read, stored and sent on, however deep they lie."""

    @model_validator(mode="before")
    @classmethod
    def _holds_whole_characters(cls, given: Any) -> Any:
        if name := _broken(given, ""):
            raise PydanticCustomError(
                "half_character", "{name} holds half a character: a lone surrogate", {"name": name}
            )
        return given


def _broken(given: Any, name: str) -> str | None:
    """The field of the first text that is not whole."""
    waiting: list[tuple[Any, str]] = [(given, name)]
    while waiting:
        value, at = waiting.pop()
        if isinstance(value, str) and is_broken(value):
            return at or "the body"
        if isinstance(value, dict):
            # A name that is broken itself cannot be told.
            if any(isinstance(key, str) and is_broken(key) for key in value):
                return at or "the body"
            waiting += [(item, at or str(key)) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(item, at) for item in value]
    return None
