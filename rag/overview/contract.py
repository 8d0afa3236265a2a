"""The one JSON shape of an overview. Pure."""

from __future__ import annotations

from rag.contract import Json, citation_json
from rag.models import Citation
from rag.overview.parts import Entry, Line, Overview


def overview_json(overview: Overview) -> Json:
    """An overview; every key is always there."""
    source = overview.source
    return {
        "source_id": source.id,
        "kind": source.kind.value,
        "show": source.show,
        "title": source.title,
        "published": source.published.isoformat() if source.published else None,
        "url": source.url,
        "audio_url": source.audio_url,
        "seconds": source.seconds,
        "model": overview.model,
        "notice": overview.notice,
        "pending": False,
        "summary": [_line(line) for line in overview.summary],
        "takeaways": [_line(line) for line in overview.takeaways],
        "dives": [
            {"title": dive.title, "lines": [_line(line) for line in dive.lines]} for dive in overview.dives
        ],
        "chapters": [_entry(entry) for entry in overview.chapters],
        "chapters_found": overview.found_chapters,
        "people": [_entry(entry) for entry in overview.people],
        "topics": [_entry(entry) for entry in overview.topics],
        "cut": [{"text": claim.text, "reason": claim.reason} for claim in overview.cut],
    }


def _line(line: Line) -> Json:
    return {
        "text": line.claim.text,
        "verdict": line.claim.verdict.value,
        "reason": line.claim.reason,
        "citations": [_moment(citation) for citation in line.citations],
    }


def _entry(entry: Entry) -> Json:
    return {"name": entry.name, "moments": [_moment(citation) for citation in entry.moments]}


def _moment(citation: Citation) -> Json:
    """A citation, with the number in its passage, from 1 on, of the sentence that it begins with."""
    evidence = citation.evidence
    starts = [sentence.start for sentence in evidence.passage.sentences]
    return {**citation_json(citation), "n": starts.index(evidence.start) + 1}
