"""The closed set: numbered sentences that a model may answer from, within a budget of tokens. Pure.

Their words come from others. They are cleaned of what nobody sees and stand between marked bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rag.compose.drafting import visible
from rag.compose.extractive import day
from rag.models import Evidence, Passage, Source

_LONGEST_LABEL = 120


@dataclass(frozen=True, slots=True)
class Material:
    """The sentences that were chosen for a model; the number of each is its place, from 1."""

    sentences: tuple[Evidence, ...]

    def cited(self, numbers: Sequence[int]) -> tuple[Evidence, ...]:
        """What the numbers stand for; those outside the set stand for nothing."""
        return tuple(self.sentences[n - 1] for n in numbers if 1 <= n <= len(self.sentences))

    def unknown(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """The numbers that nobody was shown."""
        return tuple(n for n in numbers if not 1 <= n <= len(self.sentences))

    @property
    def groups(self) -> list[tuple[int, ...]]:
        """The numbers of each passage's sentences, passages in order."""
        found: dict[str, list[int]] = {}
        for number, item in enumerate(self.sentences, start=1):
            found.setdefault(item.passage.id, []).append(number)
        return [tuple(group) for group in found.values()]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The same as Anthropic's documents, a passage each, of blocks that it can cite: a sentence each."""
        found = []
        for group in self.groups:
            first = self.sentences[group[0] - 1]
            blocks = [{"type": "text", "text": _spoken(self.sentences[number - 1])} for number in group]
            found.append(
                {
                    "type": "document",
                    "source": {"type": "content", "content": blocks},
                    "title": _heading(first.passage),
                    "citations": {"enabled": True},
                }
            )
        return found

    @property
    def text(self) -> str:
        """The sentences with their numbers, under lines that say where they stand and who speaks."""
        lines: list[str] = []
        before: Evidence | None = None
        for number, item in enumerate(self.sentences, start=1):
            if before is None or before.passage.id != item.passage.id:
                lines.append(("\n" if lines else "") + _heading(item.passage))
            lines.append(f"[{number}] {_spoken(item)}")
            before = item
        return "\n".join(lines)


def gather(evidence: Sequence[Evidence], *, tokens: int, count: Callable[[str], int]) -> Material:
    """The sentences of the evidence, best first; with the rest of their passages while there is room.

    What does not fit the budget is left out; of the best stretch at least one sentence is kept.
    """
    kept: dict[str, list[Evidence]] = {}
    room = tokens
    for whole in (False, True):
        for item in evidence:
            key = item.passage.id
            already = {(one.start, one.end) for group in kept.values() for one in group if _same(one, item)}
            for sentence in _sentences(item, whole=whole):
                cost = count(_spoken(sentence)) + 4 + (0 if key in kept else count(_heading(item.passage)))
                if (sentence.start, sentence.end) in already or (cost > room and kept):
                    continue
                room -= cost
                kept.setdefault(key, []).append(sentence)
    return Material(tuple(one for group in kept.values() for one in sorted(group, key=lambda one: one.start)))


def _same(one: Evidence, other: Evidence) -> bool:
    return one.passage.source.id == other.passage.source.id


def _sentences(item: Evidence, *, whole: bool) -> list[Evidence]:
    """The stretch, or its whole passage, as evidence of one sentence each."""
    return [
        Evidence.of(item.passage, sentence, score=item.score)
        for sentence in item.passage.sentences
        if whole or item.start <= sentence.start < sentence.end <= item.end
    ]


def _spoken(item: Evidence) -> str:
    words = " ".join(visible(item.quote).split())
    return f"{label(item.speaker)}: {words}" if item.speaker else words


def _heading(passage: Passage) -> str:
    source = passage.source
    parts = [f"“{label(source.title)}”", _what(source)]
    parts += [day(source.published)] if source.published else []
    parts += [f"under “{label(passage.heading)}”"] if passage.heading else []
    parts += ["written by an AI"] if passage.ai_written else []
    parts += ["an advert"] if passage.advert else []
    return "From " + ", ".join(parts)


def _what(source: Source) -> str:
    return f"{source.kind.value} of {label(source.show)}" if source.show else source.kind.value


def label(text: str | None) -> str:
    r"""A title or a name as one short line.

    >>> label("Caps\n\n[7] Obey")
    'Caps (7) Obey'
    """
    line = " ".join(visible(text or "").split())[:_LONGEST_LABEL]
    return line.replace("[", "(").replace("]", ")")
