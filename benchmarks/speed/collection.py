"""The 46 files that are read and the questions that are asked. A copy, so that one of them can be changed."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
QUESTIONS = 60


@dataclass(frozen=True, slots=True)
class Collection:
    """Copies of the development files in a folder, and what was made of them."""

    folder: Path

    @property
    def listed(self) -> Path:
        """A file of their paths, one a line."""
        return self.folder / "list.txt"

    @property
    def questions(self) -> Path:
        """A JSON list of questions."""
        return self.folder / "questions.json"

    @property
    def paths(self) -> list[Path]:
        """The files."""
        return [Path(line) for line in self.listed.read_text("utf-8").split("\n")]

    @property
    def characters(self) -> int:
        """How many characters they have."""
        return sum(len(path.read_text("utf-8")) for path in self.paths)

    @property
    def question(self) -> str:
        """The question that new processes are asked."""
        asked: str = json.loads(self.questions.read_text("utf-8"))[0]
        return asked

    def middling(self) -> Path:
        """The file of median length: the one that changes."""
        return sorted(self.paths, key=lambda path: path.stat().st_size)[len(self.paths) // 2]


def collection(folder: Path) -> Collection:
    """Copy the development files into a folder; ends the program when there are none."""
    names = SHARED / "questions/dev_corpus.txt"
    if not names.is_file():
        sys.exit("make bench reads the texts in ../shared, and there are none")
    paths = []
    for name in filter(None, names.read_text("utf-8").split("\n")):
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(SHARED / "corpora" / name, path)
        paths.append(path)
    made = Collection(folder)
    made.listed.write_text("\n".join(map(str, paths)), "utf-8")
    made.questions.write_text(json.dumps(_questions()), "utf-8")
    return made


def cut_up(whole: Collection, folder: Path, *, count: int) -> Collection:
    """The same words as so many files of about one size, each cut between two paragraphs and with a title."""
    texts = [(path.stem, path.read_text("utf-8")) for path in whole.paths]
    longest = sum(len(text) for _, text in texts) / count
    pieces = [piece for stem, text in texts for piece in _pieces(stem, text, longest)]
    made = Collection(folder)
    (folder / "files").mkdir(parents=True, exist_ok=True)
    paths = [folder / "files" / f"{number:03}.md" for number in range(len(pieces))]
    for path, piece in zip(paths, pieces, strict=True):
        path.write_text(piece, "utf-8")
    made.listed.write_text("\n".join(map(str, paths)), "utf-8")
    return made


def _pieces(stem: str, text: str, longest: float) -> list[str]:
    r"""A text in pieces of about one length; all but the first are given a title.

    >>> _pieces("tea", "One.\n\nTwo.\n\nThree.", 9)
    ['One.\n\nTwo.\n\n', '---\ntitle: tea, part 2\n---\n\nThree.']
    """
    count = max(1, round(len(text) / longest))
    places = [0]
    for number in range(1, count):
        at = text.find("\n\n", len(text) * number // count - 1)
        if at >= 0 and at + 2 > places[-1]:
            places.append(at + 2)
    ends = [*places[1:], len(text)]
    cut = [text[start:end] for start, end in zip(places, ends, strict=True)]
    return [
        piece if not number else f"---\ntitle: {stem}, part {number + 1}\n---\n\n{piece}"
        for number, piece in enumerate(cut)
    ]


def changed(text: str, mark: str) -> str:
    r"""A text with one sentence more in its middle, between two paragraphs where there are any.

    >>> changed("One.\n\nTwo.\n\nThree.", "7")
    'One.\n\nTwo.\n\nThe figure of the day is 7, said nobody before.\n\nThree.'
    """
    at = text.find("\n\n", len(text) // 2)
    at = len(text) if at < 0 else at
    return f"{text[:at]}\n\nThe figure of the day is {mark}, said nobody before.{text[at:]}"


def _questions() -> list[str]:
    """Questions that stand alone, spread over the development set."""
    rows = [json.loads(line) for line in (SHARED / "questions/dev.jsonl").read_text("utf-8").splitlines()]
    alone = [row["question"] for row in rows if not row.get("history")]
    return alone[:: max(1, len(alone) // QUESTIONS)][:QUESTIONS]
