"""The benchmark texts beside the project, as documents and questions with gold in the files' offsets.

Nothing of them is copied into the project; only figures leave the benchmarks.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.systems import Document, document
from ingest.reading import Part
from rag.evaluate.stretch import Stretch, covered, merged
from rag.models import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, where its answer stands, and the source to look in (all of them when None)."""

    question: str
    gold: tuple[Stretch, ...]
    source: str | None = None


def qmsum(path: Path) -> tuple[list[Document], list[Asked]]:
    """QMSum: meetings, a part a turn, and the queries with evidence, which is turns from first to last."""
    documents: list[Document] = []
    questions: list[Asked] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        meeting = json.loads(line)
        one, turns = meeting_document(f"meeting-{number:02}", meeting["meeting_transcripts"])
        documents.append(one)
        for query in meeting["specific_query_list"]:
            gold = [
                Stretch(one.id, turns[int(first)][0], turns[min(int(last), len(turns) - 1)][1])
                for first, last in query["relevant_text_span"]
            ]
            questions.append(Asked(question=query["query"], gold=tuple(merged(gold)), source=one.id))
    return documents, questions


def meeting_document(id_: str, turns: Sequence[dict[str, str]]) -> tuple[Document, list[tuple[int, int]]]:
    """A meeting as a file of `Speaker: words` lines, and where the words of each turn stand in it."""
    lines: list[str] = []
    parts: list[tuple[int, Part]] = []
    places: list[tuple[int, int]] = []
    length = 0
    for turn in turns:
        said, before = " ".join(turn["content"].split()), f"{turn['speaker']}: "
        start = length + len(before)
        lines.append(before + said)
        parts.append((start, Part(text=said, label=Label(speaker=turn["speaker"]))))
        places.append((start, start + len(said)))
        length = start + len(said) + 1
    return document(id_, title=id_.capitalize().replace("-", " "), raw="\n".join(lines), parts=parts), places


def chunking(folder: Path) -> tuple[list[Document], list[Asked]]:
    """Chroma's chunking evaluation: texts, a part a line, and questions with exact spans."""
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


def spoken_squad(path: Path, *, sample: int, seed: int = 0) -> tuple[list[Document], list[Asked]]:
    """Spoken-SQuAD: each paragraph a source of its own, without a title, and a sample of the questions."""
    data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    documents: list[Document] = []
    questions: list[Asked] = []
    for paragraph in (one for article in data["data"] for one in article["paragraphs"]):
        raw = paragraph["context"].strip()
        one = document(f"p{len(documents):04}", title="", raw=raw, parts=[(0, Part(text=raw))])
        documents.append(one)
        gold = (Stretch(one.id, 0, len(raw)),)
        questions += [Asked(question=asked["question"], gold=gold) for asked in paragraph["qas"]]
    random.Random(seed).shuffle(questions)
    return documents, questions[:sample]


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
