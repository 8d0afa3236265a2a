"""Read sentences with numbers out of what a model sends: text with markers, JSON, or its own citations. Pure.

What the three have in common is `Reads`; which one reads is decided when the model is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rag.compose.drafting import NOT_COVERED, PARTLY, Marked, Sentence, showable, split, structured
from rag.compose.material import Material
from rag.words import words


class Reads(Protocol):
    """Takes what comes in, gives the sentences that have become whole."""

    @property
    def covered(self) -> str | None:
        """How far the model says that the material goes: `all`, `part`, `none`."""
        ...

    def feed(self, part: Any) -> list[Sentence]:
        """Read one part."""
        ...

    def end(self) -> list[Sentence]:
        """What is left."""
        ...

    @property
    def draft(self) -> str:
        """The sentence being written."""
        ...


class ReadsMarkers:
    """Text in which `[n]` follows what it supports. Parts are the text of a message's chunks."""

    def __init__(self) -> None:
        self.covered: str | None = None
        self._marked = Marked()

    def feed(self, part: str) -> list[Sentence]:
        """Read one part."""
        return self._claims(self._marked.feed(part))

    def end(self) -> list[Sentence]:
        """What is left."""
        return self._claims(self._marked.end())

    @property
    def draft(self) -> str:
        """The sentence being written; nothing of one that begins like what a model says when it has none."""
        draft = self._marked.draft
        said = _said(draft)
        return (
            "" if said and any(_said(phrase).startswith(said) for phrase in (NOT_COVERED, PARTLY)) else draft
        )

    def _claims(self, sentences: list[Sentence]) -> list[Sentence]:
        """The sentences but those that say how far the material goes, which are noted."""
        kept = []
        for sentence in sentences:
            if _said(sentence.text) == _said(NOT_COVERED):
                self.covered = "part" if self.covered == "part" else "none"
            elif _said(sentence.text) == _said(PARTLY):
                self.covered = "part"
            else:
                kept.append(sentence)
        return kept


class ReadsSchema:
    """A JSON document that grows. Parts are the whole of it so far; its last sentence may still change."""

    def __init__(self) -> None:
        self.covered: str | None = None
        self._done = 0
        self._listed: list[tuple[str, tuple[int, ...]]] = []

    def feed(self, part: object) -> list[Sentence]:
        """Read the document as far as it has come."""
        self._listed, covered = structured(part)
        self.covered = covered or self.covered
        return self._upto(len(self._listed) - 1)

    def end(self) -> list[Sentence]:
        """What is left."""
        return self._upto(len(self._listed))

    @property
    def draft(self) -> str:
        """The sentence being written."""
        return showable(self._listed[-1][0]) if len(self._listed) > self._done else ""

    def _upto(self, end: int) -> list[Sentence]:
        found = [one for text, cited in self._listed[self._done : max(0, end)] for one in split(text, cited)]
        self._done = max(self._done, end)
        return found


class ReadsNative:
    """LangChain's standard content blocks with citations. Parts are the blocks of a message's chunks.

    A block's citations come after its words, so words wait for the end of their block.
    """

    def __init__(self, material: Material) -> None:
        self._marked = ReadsMarkers()
        self._material = material
        self._index: object = None
        self._text = ""
        self._cited: list[Mapping[str, Any]] = []

    def feed(self, part: Sequence[Mapping[str, Any]]) -> list[Sentence]:
        """Read one chunk's blocks."""
        found = []
        for block in part:
            if block.get("type") != "text":
                continue
            if block.get("index") != self._index:
                found += self._flush()
                self._index = block.get("index")
            self._text += str(block.get("text", ""))
            self._cited += block.get("annotations") or ()
        return found

    def end(self) -> list[Sentence]:
        """What is left."""
        return [*self._flush(), *self._marked.end()]

    @property
    def draft(self) -> str:
        """The sentence being written."""
        return self._marked.draft

    @property
    def covered(self) -> str | None:
        """How far the model says that the material goes."""
        return self._marked.covered

    def _flush(self) -> list[Sentence]:
        text, cited = self._text, self._cited
        self._text, self._cited = "", []
        return self._marked.feed(with_markers(text, cited, self._material))


def with_markers(text: str, annotations: Sequence[Mapping[str, Any]], material: Material) -> str:
    """A block's text with our markers where its citations point: at their ends, or after all of it."""
    for annotation in sorted(annotations, key=lambda one: -_end(one, text)):
        numbers = pointed_at(annotation, material)
        if numbers:
            end = _end(annotation, text)
            marker = "".join(f"[{number}]" for number in numbers)
            text = text[:end].rstrip() + marker + text[end:]
    return text


def _end(annotation: Mapping[str, Any], text: str) -> int:
    end = annotation.get("end_index")
    return end if isinstance(end, int) and 0 < end <= len(text) else len(text)


def pointed_at(annotation: Mapping[str, Any], material: Material) -> tuple[int, ...]:
    """The numbers that one of a model's own citations stands for; none when it points outside the material.

    Anthropic's give the document and its blocks, which are our sentences in order; others give the cited
    words, or an address alone.
    """
    if annotation.get("type") != "citation":
        return ()
    extras = annotation.get("extras")
    if isinstance(extras, Mapping) and isinstance(extras.get("start_block_index"), int):
        return _blocks(extras, material)
    said = _said(str(annotation.get("cited_text") or ""))
    if said:
        return tuple(
            number
            for number, item in enumerate(material.sentences, start=1)
            if said in (quote := _said(item.quote)) or quote in said
        )
    url = annotation.get("url")
    of_source = (n for n, item in enumerate(material.sentences, start=1) if item.passage.source.url == url)
    return tuple(of_source)[:1] if url else ()


def _blocks(extras: Mapping[str, Any], material: Material) -> tuple[int, ...]:
    document, start, end = (
        extras.get(key) for key in ("document_index", "start_block_index", "end_block_index")
    )
    groups = material.groups
    if not (isinstance(document, int) and isinstance(start, int) and 0 <= document < len(groups)):
        return ()
    upto = end if isinstance(end, int) and end > start else start + 1
    return groups[document][max(0, start) : upto]


def _said(text: str) -> str:
    return " ".join(words(text))
