"""Join a reading's parts into the one text that offsets, quotes and links refer to. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.reading import Part
from rag.models import Span

PARAGRAPH = "\n\n"


def canonical(parts: Iterable[Part]) -> tuple[str, tuple[Span, ...]]:
    r"""The text, and where each part lies in it. Parts that continue share a paragraph.

    >>> parts = [Part(text="We began"), Part(text="in May.", continues=True), Part(text="So.")]
    >>> text, spans = canonical(parts)
    >>> text
    'We began in May.\n\nSo.'
    >>> [text[span.start : span.end] for span in spans]
    ['We began', 'in May.', 'So.']
    """
    pieces: list[str] = []
    spans: list[Span] = []
    length = 0
    for part in parts:
        words = part.text.strip()
        if not words:
            continue
        if spans:
            joint = " " if part.continues else PARAGRAPH
            pieces.append(joint)
            length += len(joint)
        pieces.append(words)
        spans.append(Span(start=length, end=length + len(words), label=part.label))
        length += len(words)
    return "".join(pieces), tuple(spans)
