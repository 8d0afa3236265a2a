"""Chroma's chunking evaluation: texts, and questions with exact spans."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.page import Section
from benchmarks.sets.asking import Asked, Noted, ranked
from benchmarks.systems import SHARED, Document, KeptVectors, document
from ingest.reading import Part
from rag.evaluate.stretch import Stretch, covered, merged


def characters(cache: Path, model: KeptVectors) -> Section:
    """Chunking dev: characters of the gold in five pieces."""
    documents, questions = read(SHARED / "benchmarks/chunking")
    noted = Noted()
    for system, found, asked in ranked(cache, "chunking", documents, questions, model, k=5):
        pieces = [stretch for _, stretch in found]
        recall, precision, iou = character_scores(asked.gold, pieces)
        noted.note(system.name, recall=recall, precision=precision, iou=iou)
        noted.lengths(system.name, pieces)
    section = Section(
        title="Chunking dev",
        about=(
            f"{len(questions)} questions over {len(documents)} texts in one collection, characters of the"
            " exact spans in the first five pieces: recall, precision and intersection over union, as"
            " Chroma's chunking evaluation defines them. Precision falls with the length of pieces, so it"
            " is read beside recall."
        ),
    )
    section.compare("Character recall@5", noted.values["recall"], goal="≥ 0.90")
    section.compare("Character precision@5", noted.values["precision"], goal="≥ 0.065")
    section.compare("Character IoU@5", noted.values["iou"])
    noted.tabulate_lengths(section)
    return section


def read(folder: Path) -> tuple[list[Document], list[Asked]]:
    """Texts, a part a line, and the development half of the questions."""
    documents = []
    for file in sorted((folder / "corpora").glob("*.md")):
        raw = file.read_bytes().decode("utf-8")
        title = file.stem.replace("_", " ").capitalize()
        documents.append(document(file.stem, title=title, raw=raw, parts=_lines(raw)))
    with (folder / "questions_dev.csv").open(encoding="utf-8", newline="") as file_:
        rows = list(csv.DictReader(file_))
    return documents, [
        Asked(
            question=row["question"],
            gold=tuple(
                merged(
                    Stretch(row["corpus_id"], reference["start_index"], reference["end_index"])
                    for reference in json.loads(row["references"])
                )
            ),
        )
        for row in rows
    ]


def _lines(raw: str) -> Iterator[tuple[int, Part]]:
    start = 0
    for line in raw.split("\n"):
        words = line.strip()
        yield start + (line.index(words) if words else 0), Part(text=words)
        start += len(line) + 1


def character_scores(gold: Sequence[Stretch], retrieved: Sequence[Stretch]) -> tuple[float, float, float]:
    """Recall, precision and IoU of characters as Chroma's chunking evaluation has them.

    What is retrieved twice counts twice, in precision and in the union; gold is merged beforehand.

    >>> character_scores([Stretch("a", 0, 10)], [Stretch("a", 5, 15), Stretch("b", 0, 10)])
    (0.5, 0.25, 0.2)
    """
    wanted = sum(stretch.length for stretch in gold)
    hit = sum(covered(stretch, retrieved) for stretch in gold)
    read = sum(stretch.length for stretch in retrieved)
    return hit / wanted, hit / read if read else 0.0, hit / (read + wanted - hit)
