"""What every request must be, whatever is in it: of whole characters, and of names that are known.

A name that is not known is refused and not ignored: who writes `filter` for `filters` would be answered from
everything, and not notice.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, model_validator

from rag.characters import is_broken
from rag.errors import QuestionError

_LONGEST_NAME = 64
# What OpenAI's clients ask for may carry what only OpenAI knows.
_THEIRS = ("/v1/models", "/v1/chat/")


class Body(BaseModel):
    """A body whose texts can all be read, stored and sent on, however deep they lie; else `QuestionError`."""

    @model_validator(mode="before")
    @classmethod
    def _holds_whole_characters(cls, given: Any) -> Any:
        if name := _broken(given, ""):
            raise QuestionError(f"{name} holds half a character: a lone surrogate")
        return given


class StrictBody(Body):
    """A body of known keys."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _has_known_keys(cls, given: Any) -> Any:
        for name in given if isinstance(given, dict) else ():
            if name not in cls.model_fields:
                raise QuestionError(unknown("key", str(name), cls.model_fields))
        return given


def only_known_parameters(request: Request) -> None:
    """Raises `QuestionError` for a query parameter that a `GET` under `/v1/` does not know."""
    path = request.url.path
    if request.method != "GET" or not path.startswith("/v1/") or path.startswith(_THEIRS):
        return
    route = request.scope["route"]
    known = [field.alias for field in route.dependant.query_params]
    for name in request.query_params if route.include_in_schema else ():
        if name not in known:
            raise QuestionError(unknown("parameter", name, known))


def unknown(what: str, name: str, known: Collection[str]) -> str:
    """What to say of a name that nobody knows.

    >>> unknown("key", "filter", ["filters", "question"])
    "unknown key 'filter'; did you mean 'filters'?"
    >>> unknown("parameter", "zzz", ["site"]), unknown("parameter", "zzz", [])
    ("unknown parameter 'zzz'; there is site", "unknown parameter 'zzz'; there is none")
    """
    shown = name[:_LONGEST_NAME]
    near = get_close_matches(shown, known, n=1)
    if near:
        return f"unknown {what} {shown!r}; did you mean {near[0]!r}?"
    others = ", ".join(sorted(known)) or "none"
    return f"unknown {what} {shown!r}; there {'are' if len(known) > 1 else 'is'} {others}"


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
