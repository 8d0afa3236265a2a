"""The API's own description: the Answer's schema as the contract has it, problems, and examples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

import rag
from rag.contract import Json

_PREFIX = "#/components/schemas/"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
    },
    "example": {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "The question is empty.",
    },
}
_TEXT, _NUMBER = {"type": ["string", "null"]}, {"type": ["number", "null"]}
_PASSAGE = {
    "type": "object",
    "required": [
        "id",
        "start",
        "end",
        "start_s",
        "end_s",
        "approximate",
        "speaker",
        "heading",
        "advert",
        "ai_written",
    ],
    "properties": {
        "id": {"type": "string"},
        "start": {"type": "integer"},
        "end": {"type": "integer"},
        "start_s": _NUMBER,
        "end_s": _NUMBER,
        "approximate": {"type": "boolean"},
        "speaker": _TEXT,
        "heading": _TEXT,
        "advert": {"type": "boolean"},
        "ai_written": {"type": "boolean"},
    },
}
_SOURCE_KEYS = (
    "id origin kind show title published url language people passages characters seconds ai_written"
)
_SOURCE_PROPERTIES: Json = {
    "id": {"type": "string"},
    "origin": {"type": "string"},
    "kind": {"$ref": f"{_PREFIX}Kind"},
    "show": _TEXT,
    "title": {"type": "string"},
    "published": _TEXT,
    "url": _TEXT,
    "language": _TEXT,
    "people": {"type": "array", "items": {"type": "string"}},
    "passages": {"type": "integer"},
    "characters": {"type": "integer"},
    "seconds": _NUMBER,
    "ai_written": {"type": "boolean"},
}
_SOURCE = {"type": "object", "required": _SOURCE_KEYS.split(), "properties": _SOURCE_PROPERTIES}
_SENTENCE: Json = {
    "passage_id": {"type": "string"},
    "n": {"type": "integer", "minimum": 1},
    "start": {"type": "integer"},
    "end": {"type": "integer"},
    "start_s": _NUMBER,
    "end_s": _NUMBER,
    "approximate": {"type": "boolean"},
    "text": {"type": "string"},
    "advert": {"type": "boolean"},
    "ai_written": {"type": "boolean"},
}
_TURN: Json = {
    "speaker": _TEXT,
    "heading": _TEXT,
    "page": {"type": ["integer", "null"]},
    "sentences": {
        "type": "array",
        "minItems": 1,
        "items": {"type": "object", "required": list(_SENTENCE), "properties": _SENTENCE},
    },
}
_TRANSCRIPT: Json = {
    "type": "object",
    "required": ["source", "before", "after", "turns"],
    "properties": {
        "source": {
            "type": "object",
            "required": ["id", "kind", "show", "title", "published", "url", "audio_url", "seconds"],
        },
        "before": {"type": "integer", "minimum": 0},
        "after": {"type": "integer", "minimum": 0},
        "turns": {
            "type": "array",
            "items": {"type": "object", "required": list(_TURN), "properties": _TURN},
        },
    },
}
_MOMENT: Json = {
    "allOf": [
        {"$ref": "#/components/schemas/Citation"},
        {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 1}}},
    ]
}
_LINE: Json = {
    "type": "object",
    "required": ["text", "verdict", "reason", "citations"],
    "properties": {
        "text": {"type": "string"},
        "verdict": {"enum": ["quoted", "supported", "derived"]},
        "reason": _TEXT,
        "citations": {"type": "array", "minItems": 1, "items": _MOMENT},
    },
}
_ENTRIES: Json = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "moments"],
        "properties": {"name": {"type": "string"}, "moments": {"type": "array", "items": _MOMENT}},
    },
}
_OVERVIEW_PROPERTIES: Json = {
    "source_id": {"type": "string"},
    "kind": {"type": "string"},
    "show": _TEXT,
    "title": {"type": "string"},
    "published": _TEXT,
    "url": _TEXT,
    "audio_url": _TEXT,
    "seconds": _NUMBER,
    "model": {"type": "string"},
    "notice": _TEXT,
    "pending": {"type": "boolean", "description": "A model is writing a better one"},
    "summary": {"type": "array", "items": _LINE},
    "takeaways": {"type": "array", "items": _LINE},
    "dives": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["title", "lines"],
            "properties": {"title": {"type": "string"}, "lines": {"type": "array", "items": _LINE}},
        },
    },
    "chapters": _ENTRIES,
    "chapters_found": {"type": "boolean", "description": "The source names none; these were found in it"},
    "people": _ENTRIES,
    "topics": _ENTRIES,
    "cut": {"type": "array", "items": {"type": "object", "required": ["text", "reason"]}},
}
_OVERVIEW: Json = {
    "type": "object",
    "required": list(_OVERVIEW_PROPERTIES),
    "properties": _OVERVIEW_PROPERTIES,
}
_NEW = {"ai_written": False, "advert": False, "approximate": False}
ANSWER_EXAMPLE: Json = {
    "id": "0d5f0c6e0c3b4e0f9f0f6a4f3c2b1a09",
    "question": "Why are chips scarce?",
    "status": "answered",
    "answer": "Ana Ruiz, in *The Race for Chips* (Frontier Hour, 8 May 2026), 12:34:"
    " “Chips are the scarce part.” [1]",
    "model": "extractive",
    "notice": None,
    "claims": [
        {
            "text": "Chips are the scarce part.",
            "at": [71, 97],
            "citations": [1],
            "verdict": "quoted",
            "reason": None,
        }
    ],
    "citations": [
        {
            "number": 1,
            "passage_id": "9f0c",
            "source_id": "5e21",
            "kind": "episode",
            "show": "Frontier Hour",
            "title": "The Race for Chips",
            "published": "2026-05-08",
            "heading": None,
            "speaker": "Ana Ruiz",
            "quote": "Chips are the scarce part.",
            "start": 10230,
            "end": 10256,
            "start_s": 754.2,
            "end_s": 757.0,
            **_NEW,
            "url": "https://frontier.example/race",
            "link": "https://frontier.example/race#t=753",
            "verdict": "quoted",
        }
    ],
    "nearest": [],
    "retrieved": [],
    "timings": {"retrieve_ms": 21.0, "compose_ms": 3.1, "verify_ms": 0.2, "total_ms": 24.3},
    "usage": None,
    "explanation": [],
}
EVENTS = ("sources", "token", "claim", "done", "error")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Responses that are problem documents, for a route's description."""
    content = {"application/problem+json": {"schema": {"$ref": f"{_PREFIX}Problem"}}}
    said = {
        400: "The request cannot be read",
        403: "Not from there, or not with this token",
        404: "There is no such thing, or it is not for this reader",
        413: "The request is too long",
        422: "Something in the request is not as it must be",
        429: "Too much was asked; `Retry-After` says for how long to wait",
        500: "Something went wrong here",
        503: "Not at the moment; `Retry-After` says for how long to wait",
    }
    return {status: {"description": said[status], "content": content} for status in statuses}


def gives(
    schema: Json | str, *, example: Any = None, events: Sequence[str] | None = None
) -> dict[int | str, dict[str, Any]]:
    """The response that all goes well with: a schema, or the name of a component."""
    body: Json = {"schema": {"$ref": f"{_PREFIX}{schema}"} if isinstance(schema, str) else schema}
    if example is not None:
        body["example"] = example
    content: Json = {"application/json": body}
    if events is not None:
        content["text/event-stream"] = {"itemSchema": _event(events)}
    return {200: {"description": "As asked", "content": content}}


def _event(names: Sequence[str]) -> Json:
    """A server-sent event whose data is JSON, of one of these names or of none."""
    data = {"type": "string", "contentMediaType": "application/json"}
    properties: Json = {"data": data, **({"event": {"enum": list(names)}} if names else {})}
    return {"type": "object", "required": list(properties), "properties": properties}


def list_of(name: str, key: str) -> Json:
    """The schema of an object that holds a list of components."""
    return {
        "type": "object",
        "required": [key],
        "properties": {key: {"type": "array", "items": {"$ref": f"{_PREFIX}{name}"}}},
    }


def describe(app: FastAPI, *, version: str) -> None:
    """Make the app describe itself with these components; FastAPI's own form of a fault is not ours."""

    @cache
    def document() -> Json:
        described = get_openapi(
            title="Earmark",
            version=version,
            summary="Answers about a podcast and its newsletters, every sentence with the words it rests on",
            routes=app.routes,
        )
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        for theirs in ("HTTPValidationError", "ValidationError"):
            schemas.pop(theirs, None)
        schemas.update(_components())
        for operations in described["paths"].values():
            for operation in operations.values():
                if "422" in operation["responses"]:
                    operation["responses"]["422"] = problems(422)[422]
        return described

    app.openapi = document  # type: ignore[method-assign]


def _components() -> Json:
    path = Path(next(iter(rag.__path__))) / "answer.schema.json"
    answer = json.loads(path.read_text("utf-8"))
    named = {name: _moved(schema) for name, schema in answer.pop("$defs").items()}
    answer.pop("$schema")
    return {
        **{_component(name): schema for name, schema in named.items()},
        "Answer": _moved(answer),
        "Problem": PROBLEM,
        "Passage": _PASSAGE,
        "Source": _SOURCE,
        "SourceDetail": {
            "allOf": [
                # Its passages are listed, where a line of the list only counts them.
                {
                    "type": "object",
                    "properties": {k: v for k, v in _SOURCE_PROPERTIES.items() if k != "passages"},
                },
                {
                    "type": "object",
                    "required": ["text", "passages"],
                    "properties": {
                        "text": {"type": "string"},
                        "passages": {"type": "array", "items": {"$ref": f"{_PREFIX}Passage"}},
                    },
                },
            ]
        },
        "Transcript": _TRANSCRIPT,
        "Overview": _OVERVIEW,
        "PassageDetail": {
            "allOf": [
                {"$ref": f"{_PREFIX}Passage"},
                {
                    "type": "object",
                    "required": ["text", "link", "source"],
                    "properties": {
                        "text": {"type": "string"},
                        "link": _TEXT,
                        "source": {
                            "type": "object",
                            "required": ["id", "kind", "show", "title", "published", "url"],
                        },
                    },
                },
            ]
        },
    }


def _moved(schema: Any) -> Any:
    """A schema with its references pointing at the components."""
    if isinstance(schema, list):
        return [_moved(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: f"{_PREFIX}{_component(value.removeprefix('#/$defs/'))}" if key == "$ref" else _moved(value)
        for key, value in schema.items()
    }


def _component(name: str) -> str:
    return name[:1].upper() + name[1:]
