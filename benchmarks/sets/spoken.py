"""Spoken-SQuAD: paragraphs as a speech recogniser heard them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from benchmarks.page import Section
from benchmarks.sets.asking import Asked, Noted, ranked
from benchmarks.systems import SHARED, Document, KeptVectors, document
from ingest.reading import Part
from rag.evaluate.metrics import retrieval
from rag.evaluate.stretch import Stretch

_SAMPLE = 1000
_PARAGRAPHS = 20


def paragraphs(cache: Path, model: KeptVectors) -> Section:
    """Spoken-SQuAD: paragraphs found."""
    path = SHARED / "benchmarks/spoken_squad/spoken_test-v1.1.json"
    documents, questions = read(path, sample=_SAMPLE)
    noted = Noted()
    for system, found, asked in ranked(cache, "spoken", documents, questions, model, k=2 * _PARAGRAPHS):
        sources = list(dict.fromkeys(stretch.source for _, stretch in found))[:_PARAGRAPHS]
        rank = retrieval.reciprocal_rank(sources, {asked.gold[0].source})
        noted.note(system.name, first=float(rank == 1), hit=float(rank >= 1 / 5), mrr=rank)
    section = Section(
        title="Spoken-SQuAD",
        about=(
            f"{len(questions):,} questions, drawn once with a fixed seed, over the {len(documents):,}"
            " speech-recognised paragraphs of the test set (word error rate 22.7 %). Each paragraph is a"
            " source of its own without a title; a paragraph has the rank of its best piece, of the first"
            f" {_PARAGRAPHS}."
        ),
    )
    section.compare("Hit@5", noted.values["hit"], goal="≥ 0.88")
    section.compare("Hit@1", noted.values["first"])
    section.compare("MRR", noted.values["mrr"])
    return section


def read(path: Path, *, sample: int, seed: int = 0) -> tuple[list[Document], list[Asked]]:
    """Each paragraph a source of its own, without a title, and a sample of the questions."""
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
