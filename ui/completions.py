"""The archive as an OpenAI-compatible model: requests in, completions and chunks out. Pure.

Only verified words are streamed: a protocol that cannot take a word back must not be given drafts. Citations
come as `url_citation` annotations, as OpenAI writes them, and whole as `citations`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rag.contract import Json
from rag.errors import QuestionError
from rag.models import Turn
from ui.bodies import Body

MODEL = "earmark"


class StreamOptions(BaseModel):
    """What a stream holds beside the answer."""

    include_usage: bool = False


class Chat(Body):
    """The body of a chat completion. What Earmark has no use for, such as a temperature, it ignores."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": MODEL,
                "messages": [{"role": "user", "content": "Why are chips scarce?"}],
                "stream": False,
            }
        }
    )

    model: str = Field(default=MODEL, max_length=200, description="Any name is accepted")
    messages: list[Any] = Field(description="The conversation; the last message is the question")
    stream: bool = False
    stream_options: StreamOptions | None = None
    filters: Any = Field(default=None, description="As in POST /v1/ask")
    site: str | None = Field(default=None, description="As in POST /v1/ask")


def question_and_history(messages: Sequence[Any]) -> tuple[str, tuple[Turn, ...]]:
    """The last user message, and what was said before it; instructions to a model are nothing to an archive.

    Raises `QuestionError` when the last message is not a reader's.

    >>> question_and_history([{"role": "system", "content": "Hm."}, {"role": "user", "content": "Why?"}])
    ('Why?', ())
    """
    turns = [turn for place, message in enumerate(messages, start=1) if (turn := _turn(message, place))]
    if not turns or turns[-1].role != "user":
        raise QuestionError('the last of messages must be {"role": "user", "content": text}')
    return turns[-1].content, tuple(turns[:-1])


def completion(answer: Json, *, model: str, address: str) -> Json:
    """A whole chat completion."""
    message = {
        "role": "assistant",
        "content": answer["answer"],
        "refusal": None,
        "annotations": url_citations(answer, address=address),
    }
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {
        "id": f"chatcmpl-{answer['id']}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [choice],
        "usage": usage(answer),
        "citations": answer["citations"],
        "earmark": answer,
    }


class Chunks:
    """The chunks of one streamed completion, all with the same id."""

    def __init__(self, answer_id: str, *, model: str) -> None:
        self._head = {
            "id": f"chatcmpl-{answer_id}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
        }
        self._sent = ""

    def first(self) -> Json:
        """Who speaks; clients wait for it before any words."""
        return self._chunk({"role": "assistant", "content": ""})

    def upto(self, text: str) -> Json | None:
        """The words of the answer so far that were not sent yet; None when there are none."""
        if not text.startswith(self._sent) or text == self._sent:
            return None
        new, self._sent = text[len(self._sent) :], text
        return self._chunk({"content": new})

    def last(self, answer: Json, *, address: str) -> Json:
        """The end, with the citations of all of it."""
        delta = {"annotations": url_citations(answer, address=address)}
        return {
            **self._chunk(delta, finish="stop"),
            "citations": answer["citations"],
            "earmark": answer,
        }

    def usage(self, answer: Json) -> Json:
        """What it took, for clients that ask."""
        return {**self._head, "choices": [], "usage": usage(answer)}

    def _chunk(self, delta: Json, *, finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head, "choices": [choice]}


def url_citations(answer: Json, *, address: str) -> list[Json]:
    """The citations of each claim as OpenAI writes them; without a link, to the answer's own page."""
    citations = {citation["number"]: citation for citation in answer["citations"]}
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "url": citations[number]["link"] or f"{address}/a/{answer['id']}#c{number}",
                "title": citations[number]["title"],
                "start_index": claim["at"][0],
                "end_index": claim["at"][1],
            },
        }
        for claim in answer["claims"]
        for number in claim["citations"]
        if number in citations
    ]


def usage(answer: Json) -> Json:
    """Tokens, none where no model was asked."""
    used = answer["usage"] or {"input_tokens": 0, "output_tokens": 0}
    read, written = used["input_tokens"], used["output_tokens"]
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def models() -> Json:
    """The list of models: one."""
    return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "earmark"}]}


def _turn(message: Any, place: int) -> Turn | None:
    """A message as a turn; None for instructions and tools. Raises `QuestionError` for what is no message."""
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(role, str):
        raise QuestionError(f'message {place} must be {{"role": "user", "content": text}}')
    if role not in ("user", "assistant"):
        return None
    content = message.get("content")
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict) and part.get("type") == "text"]
        content = "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    if content is None and role == "assistant":
        return None
    if not isinstance(content, str):
        raise QuestionError(f"the content of message {place} must be text")
    return Turn(role=role, content=content)
