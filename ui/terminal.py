"""Answers, passages and sources as text for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rag.compose.extractive import clock
from rag.contract import Json
from rag.models import Passage, Source
from rag.settings import Settings


def answer_text(answer: Json) -> str:
    """An Answer with its sources below it, each with the words' place and the link that opens it."""
    lines = [answer["answer"]]
    if answer["notice"]:
        lines.append(answer["notice"])
    if answer["citations"]:
        lines.append("\n".join(_source_line(citation) for citation in answer["citations"]))
    elif answer["nearest"]:
        offered = "\n".join(_nearest_line(nearest) for nearest in answer["nearest"])
        lines.append("Nearest in the archive:\n" + offered)
    return "\n\n".join(lines)


def explanation(answer: Json) -> str:
    """What was searched, found, kept and dropped, and how long each stage took."""
    timings = ", ".join(f"{name} {value}" for name, value in answer["timings"].items())
    return "\n".join([*answer["explanation"], timings, ""])


def passage_text(passage: Json) -> str:
    """A found passage under a line that says where it is from."""
    return f"{_where(passage)}\n{passage['text']}"


def source_text(source: Source, passages: list[Passage]) -> str:
    """A source: what is known of it, then its words with speakers and times."""
    facts = [
        source.title,
        f"{source.kind.value}, {source.published or 'undated'}" + (f", {source.show}" if source.show else ""),
        *([source.url] if source.url else []),
    ]
    blocks = []
    for passage in passages:
        label = [*passage.speakers]
        if passage.start_s is not None:
            label.append(("about " if passage.approximate else "") + clock(passage.start_s))
        label += [passage.heading] if passage.heading else []
        label += ["AI-written"] if passage.ai_written else []
        label += ["advert"] if passage.advert else []
        blocks.append((f"[{' · '.join(label)}]\n" if label else "") + passage.text)
    return "\n".join(facts) + "\n\n" + "\n\n".join(blocks)


def overview_text(overview: Json) -> str:
    """What a source is about, each line with its place."""
    blocks = [f"{overview['title']}\n{overview['notice'] or ''}".rstrip()]
    for title, lines in (("Summary", overview["summary"]), ("Takeaways", overview["takeaways"])):
        blocks += [_titled(title, map(_overview_line, lines))] if lines else []
    for dive in overview["dives"]:
        blocks.append(_titled(dive["title"], map(_overview_line, dive["lines"])))
    for name in ("chapters", "people", "topics"):
        entries = [f"{entry['name']}{_moments(entry['moments'])}" for entry in overview[name]]
        blocks += [_titled(name.capitalize(), entries)] if entries else []
    return "\n\n".join(blocks)


def _titled(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *(f"  {line}" for line in lines)])


def _overview_line(line: Json) -> str:
    speaker = line["citations"][0]["speaker"] if line["verdict"] == "quoted" else None
    said = " ".join(line["text"].split())
    return (
        f"{speaker}: {said}{_moments(line['citations'])}"
        if speaker
        else f"{said}{_moments(line['citations'])}"
    )


def _moments(citations: Sequence[Json]) -> str:
    times = [
        ("about " if citation["approximate"] else "") + clock(citation["start_s"])
        for citation in citations
        if citation["start_s"] is not None
    ]
    return f" [{', '.join(times)}]" if times else ""


def settings_rows(settings: Settings) -> list[dict[str, Any]]:
    """Each setting with its variable, value, default and description."""
    return [
        {
            "variable": f"EARMARK_{name.upper()}",
            "value": str(getattr(settings, name)),
            "default": str(field.get_default(call_default_factory=True)),
            "description": field.description,
        }
        for name, field in type(settings).model_fields.items()
    ]


def _source_line(citation: Json) -> str:
    labels = [label for label, holds in _labels(citation).items() if holds]
    return (
        f"[{citation['number']}] {_where(citation)}"
        + "".join(f" ({label})" for label in labels)
        + (f"\n    {citation['link']}" if citation["link"] else "")
    )


def _labels(citation: Json) -> dict[str, bool]:
    return {
        "AI-written": citation["ai_written"],
        "advert": citation["advert"],
        "approximate time": citation["approximate"],
    }


def _nearest_line(nearest: Json) -> str:
    return f"- {nearest['title']} ({nearest['published'] or 'undated'})" + (
        f" {nearest['link']}" if nearest["link"] else ""
    )


def _where(place: Json) -> str:
    parts = [place["title"]]
    if place["speaker"]:
        parts.append(place["speaker"])
    if place["start_s"] is not None:
        parts.append(clock(place["start_s"]))
    return ", ".join(parts)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 90 else flat[:89] + "…"
