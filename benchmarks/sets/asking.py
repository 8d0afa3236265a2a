"""Questions with known places for their answers, put to every system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.page import Section
from benchmarks.systems import SYSTEMS, Document, InFile, KeptVectors, Piece, System, built, say, systems
from rag.evaluate.stretch import Stretch
from rag.models import Filters

Ranked = tuple[System, list[Piece], "Asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, where its answer stands, and the source to look in (all of them when None)."""

    question: str
    gold: tuple[Stretch, ...]
    source: str | None = None


def ranked(
    cache: Path,
    name: str,
    documents: Sequence[Document],
    questions: Sequence[Asked],
    model: KeptVectors,
    *,
    k: int,
) -> list[Ranked]:
    """Every question to every system: which one, its best `k` pieces, what was asked."""
    with built(cache, name, documents, model) as archive:
        texts = {one.id: one.raw for one in documents}
        every = systems(archive, texts, InFile(documents))
        found: list[Ranked] = []
        pieces = {
            system.name: {one.id: system.pieces(one.id) for one in documents} for system in every.values()
        }
        for number, asked in enumerate(questions):
            if number % 100 == 0:
                say(f"  {number} of {len(questions)} asked")
            filters = Filters(sources=(asked.source,)) if asked.source else Filters()
            for system in every.values():
                still = System(name=system.name, rank=system.rank, pieces=pieces[system.name].__getitem__)
                found.append((still, system.rank(asked.question, k, filters), asked))
        return found


class Noted:
    """Per measure and system one value a question, in the order of questions; and the lengths of pieces."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, list[float]]] = {}
        self._lengths: dict[str, list[int]] = {}

    def note(self, system: str, **figures: float) -> None:
        """The figures of one question."""
        for name, value in figures.items():
            self.values.setdefault(name, {}).setdefault(system, []).append(value)

    def lengths(self, system: str, read: Sequence[Stretch]) -> None:
        """The pieces that one question brought."""
        self._lengths.setdefault(system, []).extend(stretch.length for stretch in read)

    def tabulate_lengths(self, section: Section) -> None:
        """The mean length of what each system returned."""
        means = {name: sum(lengths) / len(lengths) for name, lengths in self._lengths.items()}
        section.tabulate(
            "Mean length of a piece returned, in characters:",
            SYSTEMS,
            [[f"{means[name]:.0f}" for name in SYSTEMS]],
        )
