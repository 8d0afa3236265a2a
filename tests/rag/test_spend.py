from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from rag.errors import StorageError
from rag.models import Usage
from rag.spend import SpendBook

WANTED = Usage(input_tokens=80, output_tokens=20, calls=1, spend=0.01)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "activity.db"


@pytest.fixture
def book(file: Path) -> Iterator[SpendBook]:
    book = SpendBook(file, tokens_a_day=250)
    yield book
    book.close()


def test_what_an_answer_took_replaces_what_was_set_aside(book: SpendBook) -> None:
    line = book.set_aside("openai:x", WANTED)
    assert line is not None
    assert book.today() == Usage(input_tokens=80, output_tokens=20, calls=0, spend=0.01)
    took = Usage(input_tokens=60, output_tokens=5, calls=2, spend=0.005)
    book.settle(line, took)
    book.settle(line, took)
    assert book.today() == took


def test_an_answer_that_took_nothing_leaves_nothing(book: SpendBook) -> None:
    line = book.set_aside("openai:x", WANTED)
    assert line is not None
    book.settle(line, Usage())
    assert book.today() == Usage()


def test_the_cap_counts_what_is_set_aside_by_others_too(book: SpendBook, file: Path) -> None:
    other = SpendBook(file, tokens_a_day=250)
    given = [book.set_aside("x", WANTED), other.set_aside("x", WANTED), other.set_aside("x", WANTED)]
    other.close()
    assert [line is not None for line in given] == [True, True, False]


def test_many_at_once_do_not_pass_the_cap_between_them(file: Path) -> None:
    books = [SpendBook(file, spend_a_day=0.105) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda book: [book.set_aside("x", WANTED) for _ in range(4)], books))
    assert sum(line is not None for lines in given for line in lines) == 10
    for book in books:
        book.close()


def test_a_new_day_is_a_new_budget(file: Path) -> None:
    day = [date(2026, 5, 8)]
    book = SpendBook(file, tokens_a_day=100, today=lambda: day[0])
    assert book.set_aside("x", WANTED)
    assert book.set_aside("x", WANTED) is None
    day[0] = date(2026, 5, 9)
    assert book.set_aside("x", WANTED)
    book.close()


def test_a_file_that_is_no_database_is_named(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"no database " * 1000)
    with pytest.raises(StorageError, match=r"activity\.db cannot be written"):
        SpendBook(file).today()
