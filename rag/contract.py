"""The JSON that leaves the house: one shape for the command line, HTTP, the page and evaluation. Pure.

`rag/answer.schema.json` says the same in JSON Schema; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rag.characters import whole
from rag.errors import QuestionError
from rag.links import link
from rag.models import Answer, Citation, Claim, Found, Listing, Nearest, Passage, Source, Turn, Usage, listing

Json = dict[str, Any]


def answer_json(answer: Answer) -> Json:
    """An Answer as the contract writes it; every key is always there."""
    return {
        "id": answer.id,
        "question": answer.question,
        "status": answer.status.value,
        "answer": answer.text,
        "model": answer.model,
        "notice": answer.notice,
        "claims": [claim_json(claim) for claim in answer.claims],
        "citations": [citation_json(citation) for citation in answer.citations],
        "nearest": [nearest_json(nearest) for nearest in answer.nearest],
        "retrieved": [found_json(found) for found in answer.retrieved],
        "timings": {
            "retrieve_ms": round(answer.timings.retrieve_ms, 1),
            "compose_ms": round(answer.timings.compose_ms, 1),
            "verify_ms": round(answer.timings.verify_ms, 1),
            "total_ms": round(answer.timings.total_ms, 1),
        },
        "usage": usage_json(answer.usage),
        "explanation": list(answer.explanation),
    }


def usage_json(usage: Usage | None) -> Json | None:
    """What the answer took of a language model; null when none was asked."""
    if usage is None:
        return None
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "calls": usage.calls,
        "spend": None if usage.spend is None else round(usage.spend, 6),
    }


def claim_json(claim: Claim) -> Json:
    """A claim with its place in the answer's text, the numbers it cites, its verdict and why."""
    return {
        "text": claim.text,
        "at": list(claim.at),
        "citations": list(claim.citations),
        "verdict": claim.verdict.value,
        "reason": claim.reason,
    }


def citation_json(citation: Citation) -> Json:
    """A citation with its quote, its place in the source and the link to the moment or the words."""
    evidence = citation.evidence
    passage, source = evidence.passage, evidence.passage.source
    return {
        "number": citation.number,
        "passage_id": passage.id,
        "source_id": source.id,
        "kind": source.kind.value,
        "show": source.show,
        "title": source.title,
        "published": _day(source),
        "heading": passage.heading,
        "speaker": evidence.speaker,
        "quote": evidence.quote,
        "start": evidence.start,
        "end": evidence.end,
        "start_s": evidence.start_s,
        "end_s": evidence.end_s,
        "approximate": evidence.approximate,
        "ai_written": passage.ai_written,
        "advert": passage.advert,
        "url": source.url,
        "link": citation.link,
        "verdict": citation.verdict.value,
    }


def nearest_json(nearest: Nearest) -> Json:
    """A source offered when the question is not covered."""
    source = nearest.source
    return {
        "source_id": source.id,
        "title": source.title,
        "published": _day(source),
        "link": nearest.link,
    }


def found_json(found: Found) -> Json:
    """A stretch as search returned it; `passage_id` is that of the passage it was found by."""
    passage, source = found.passage, found.passage.source
    return {
        "passage_id": passage.id,
        "source_id": source.id,
        "title": source.title,
        "kind": source.kind.value,
        "speaker": found.speaker,
        "text": found.text,
        "score": round(found.score, 6),
        "start": found.start,
        "end": found.end,
        "start_s": found.matches[0].passage.start_s,
        "end_s": found.matches[-1].passage.end_s,
    }


def source_json(source: Listing) -> Json:
    """A line of `earmark sources`."""
    return {
        "id": source.id,
        "origin": source.origin,
        "kind": source.kind.value,
        "show": source.show,
        "title": source.title,
        "published": _day(source),
        "url": source.url,
        "language": source.language,
        "people": list(source.people),
        "passages": source.passages,
        "characters": source.characters,
        "seconds": source.seconds,
        "season": source.season,
        "number": source.number,
        "ai_written": source.ai_written,
    }


def source_detail_json(
    source: Source, passages: list[Passage], *, translations: Sequence[Source] = ()
) -> Json:
    """One source with its text and passages, and what it is called in other languages."""
    ai_written = any(passage.ai_written for passage in passages)
    summary = source_json(listing(source, passages=len(passages), ai_written=ai_written))
    return {
        **summary,
        "audio_url": source.audio_url,
        "translations": [
            {"id": other.id, "language": other.language, "title": other.title} for other in translations
        ],
        "text": source.text,
        "passages": [passage_json(passage) for passage in passages],
    }


def passage_json(passage: Passage) -> Json:
    """A passage inside its source; its words are `text[start:end]` of the source."""
    return {
        "id": passage.id,
        "start": passage.start,
        "end": passage.end,
        "start_s": passage.start_s,
        "end_s": passage.end_s,
        "approximate": passage.approximate,
        "speaker": passage.speaker,
        "speakers": list(passage.speakers),
        "heading": passage.heading,
        "advert": passage.advert,
        "ai_written": passage.ai_written,
    }


def passage_detail_json(passage: Passage) -> Json:
    """A passage by itself: its words, the link that opens them, and the source it is from."""
    source = passage.source
    to = link(source, quote=passage.text, start_s=passage.start_s, page=passage.page)
    return {
        **passage_json(passage),
        "text": passage.text,
        "link": to,
        "source": {
            "id": source.id,
            "kind": source.kind.value,
            "show": source.show,
            "title": source.title,
            "published": _day(source),
            "url": source.url,
        },
    }


def history_from_json(messages: object) -> tuple[Turn, ...]:
    """Earlier turns from a list of `{"role", "content"}`.

    >>> history_from_json([{"role": "user", "content": "Who spoke?"}])
    (Turn(role='user', content='Who spoke?'),)
    """
    if messages is None:
        return ()
    if not isinstance(messages, list):
        raise QuestionError('history must be a list of {"role", "content"} objects')
    turns = []
    for place, message in enumerate(messages, start=1):
        role = message.get("role") if isinstance(message, Mapping) else None
        content = message.get("content") if isinstance(message, Mapping) else None
        if role not in ("user", "assistant") or not isinstance(content, str):
            raise QuestionError(
                f'history message {place} must be {{"role": "user" or "assistant", "content": text}}'
            )
        turns.append(Turn(role=role, content=whole(content, f"history message {place}")))
    return tuple(turns)


def _day(source: Source | Listing) -> str | None:
    return source.published.isoformat() if source.published else None
