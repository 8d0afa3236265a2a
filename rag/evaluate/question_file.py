"""Read a file of questions, JSONL or CSV: a line that cannot be used is named, the rest runs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rag.characters import is_broken
from rag.errors import QuestionError, RunUnreadable
from rag.evaluate.questions import Question, question_from_json

_Given = TypeVar("_Given")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be asked, by its number (1 is the first) and with the reason.

    `id` and `question` are what it gives as such; without an id it is `line-N`.
    """

    number: int
    reason: str
    id: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """The lines of a file in order: questions, and those that are none."""

    lines: tuple[Question | BadLine, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Those that can be asked."""
        return tuple(line for line in self.lines if isinstance(line, Question))

    @property
    def bad(self) -> tuple[BadLine, ...]:
        """Those that cannot."""
        return tuple(line for line in self.lines if isinstance(line, BadLine))


@dataclass(frozen=True, slots=True)
class _Row:
    """A line as it was read: its fields, and what kept it from being read further."""

    number: int
    fields: Mapping[str, Any]
    error: QuestionError | None = None


def read_questions(path: Path) -> QuestionFile:
    """The questions of a `.jsonl`, `.csv` or `.tsv` file; raises `RunUnreadable` when there is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RunUnreadable(f"cannot read {str(path)!r}: {error.strerror}") from error
    table = path.suffix.lower() in (".csv", ".tsv")
    found = questions_from_csv(content) if table else questions_from_jsonl(content)
    if not found.lines:
        raise RunUnreadable(f"{str(path)!r} holds no question")
    return found


def questions_from_jsonl(content: bytes) -> QuestionFile:
    r"""One JSON object a line; blank lines are skipped.

    >>> found = questions_from_jsonl(b'{"question": "Who spoke?"}\n{"question": 7}\n')
    >>> found.questions[0].id, found.bad
    ('line-1', (BadLine(number=2, reason='question must be a text', id='line-2', question=''),))
    """
    return _collected(_jsonl_rows(content))


def questions_from_csv(content: bytes) -> QuestionFile:
    r"""A table with a heading row; lists and objects are written as JSON in their cells.

    A cell of `must_contain` may also be written `60 s|sixty seconds; 30`: `;` parts groups, `|` alternatives.

    >>> found = questions_from_csv(b'id,question,must_contain\na,How long?,60|sixty; 30\n')
    >>> found.questions[0].gold.must_contain
    (('60', 'sixty'), ('30',))
    """
    text = content.decode("utf-8-sig", errors="replace")
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    if "question" not in [(name or "").strip().lower() for name in rows.fieldnames or []]:
        raise RunUnreadable("the table needs a column named 'question' in its first row")
    return _collected(_csv_rows(rows))


def _csv_rows(rows: csv.DictReader[str]) -> Iterator[_Row]:
    while True:
        number = max(rows.line_num, 1) + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Row(number, {}, QuestionError(f"not a table row: {error}"))
            return
        cells = {name.strip().lower(): cell for name, cell in row.items() if name and isinstance(cell, str)}
        if any(cell.strip() for cell in cells.values()):
            yield _attempt(number, _from_cells, cells, instead=cells)


def _jsonl_rows(content: bytes) -> Iterator[_Row]:
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            yield _attempt(number, _from_json, line, instead={})


def _attempt(
    number: int,
    read: Callable[[_Given], Mapping[str, Any]],
    line: _Given,
    *,
    instead: Mapping[str, Any],
) -> _Row:
    try:
        return _Row(number, read(line))
    except QuestionError as error:
        return _Row(number, instead, error)


def _collected(rows: Iterable[_Row]) -> QuestionFile:
    lines: list[Question | BadLine] = []
    first_use: dict[str, int] = {}
    for row in rows:
        try:
            if row.error:
                raise row.error
            question = question_from_json(row.fields, number=row.number)
            if question.id in first_use:
                raise QuestionError(f"id {question.id!r} was used on line {first_use[question.id]}")
        except QuestionError as error:
            lines.append(_bad(row, str(error)))
        else:
            first_use[question.id] = row.number
            lines.append(question)
    return QuestionFile(tuple(lines))


def _bad(row: _Row, reason: str) -> BadLine:
    """The line with what it gives as its id and its question, as far as these are texts."""
    given, asked = row.fields.get("id"), row.fields.get("question")
    named = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if not named or is_broken(named):
        named = f"line-{row.number}"
    question = asked.encode("utf-8", "replace").decode() if isinstance(asked, str) else ""
    return BadLine(row.number, reason, named, question)


def _from_json(line: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise QuestionError("not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"not JSON: {error}") from None
    if not isinstance(value, Mapping):
        raise QuestionError("not a JSON object")
    return value


_JSON_CELLS = ("history", "filters", "evidence")


def _from_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: cell.strip() or None for name, cell in cells.items()}
    for name in _JSON_CELLS:
        if fields.get(name):
            fields[name] = _cell_json(name, fields[name])
    for name in ("answerable", "needs_all"):
        if fields.get(name):
            fields[name] = _cell_bool(name, fields[name])
    groups = fields.get("must_contain")
    if groups:
        is_json = groups.startswith("[")
        fields["must_contain"] = _cell_json("must_contain", groups) if is_json else _cell_groups(groups)
    if fields.get("time_s"):
        try:
            fields["time_s"] = float(fields["time_s"])
        except ValueError:
            raise QuestionError(f"time_s must be a number of seconds, not {fields['time_s']!r}") from None
    return fields


def _cell_json(name: str, cell: str) -> object:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        raise QuestionError(f"{name} must be JSON") from None


def _cell_bool(name: str, cell: str) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if cell.lower() not in words:
        raise QuestionError(f"{name} must be true or false, not {cell!r}")
    return words[cell.lower()]


def _cell_groups(cell: str) -> list[list[str]]:
    return [
        [word.strip() for word in group.split("|") if word.strip()]
        for group in cell.split(";")
        if group.strip()
    ]
