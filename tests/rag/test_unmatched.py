from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rag.models import Filters, SourceKind
from rag.unmatched import nearest, unmatched
from tests.fakes import a_source
from tests.rag.archives import an_archive, put
from tests.rag.archives import paragraphs as passages_of


def filled(archive: Any) -> None:
    """A public episode by one person, a paid one by another."""
    open_, paid = (
        a_source("The ferry sails at noon.", id="s1", show="Båtliv", published=date(2026, 5, 8)),
        a_source("The ferry sails at night.", id="s2", show="Inner Circle", audience="paid"),
    )
    put(archive, open_, passages_of(open_, speakers=("Søren Ågård",)))
    put(archive, paid, passages_of(paid, speakers=("Zoë Quist",)))


@pytest.mark.parametrize("typed", ["Soren Agard", "soren", "SØREN ÅGÅRD", "A\u030agård"])
def test_a_name_is_found_whatever_its_case_and_accents(typed: str, tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        filled(archive)
        answer = archive.assistant.ask("When does the ferry sail?", filters=Filters(speakers=(typed,)))
        assert [one.evidence.speaker for one in answer.citations] == ["Søren Ågård"]
        assert answer.notice is None
        assert archive.library.narrowing.show_names(["batliv"]) == ("Båtliv",)


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (
            Filters(speakers=("Soren Agaard",)),
            "There is no speaker “Soren Agaard” in the archive; the nearest is",
        ),
        (Filters(shows=("Batlif",)), "There is no show “Batlif” in the archive; the nearest is “Båtliv”."),
        (Filters(speakers=("Xerxes",)), "There is no speaker “Xerxes” in the archive."),
        (Filters(kinds=(SourceKind.SUMMARY,)), "There is no kind “summary” in the archive."),
        (Filters(sources=("nosuch",)), "There is no source “nosuch” in the archive."),
        (Filters(since=date(2027, 1, 1)), "Nothing in the archive passes all of these filters together."),
    ],
)
def test_a_filter_that_matches_nothing_is_told(filters: Filters, told: str, tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        filled(archive)
        answer = archive.assistant.ask("When does the ferry sail?", filters=filters)
        assert answer.notice is not None
        assert answer.notice.startswith(told)
        assert not answer.citations


def test_one_value_that_fits_does_not_hide_another_that_does_not(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        filled(archive)
        told = unmatched(Filters(speakers=("soren", "Xerxes")), archive.library.narrowing)
        assert told == "There is no speaker “Xerxes” in the archive."
        assert unmatched(Filters(speakers=("soren",), shows=("Båtliv",)), archive.library.narrowing) is None
        assert unmatched(Filters(adverts=True), archive.library.narrowing) is None


def test_no_name_is_told_to_who_may_not_read_it(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        filled(archive)
        for filters, name in (
            (Filters(speakers=("Zoe Quisst",)), "Quist"),
            (Filters(shows=("Inner",)), "Circle"),
        ):
            everything = unmatched(filters, archive.library.narrowing)
            assert everything is None or name in everything
            for_readers = Filters(speakers=filters.speakers, shows=filters.shows, audiences=("public",))
            told = unmatched(for_readers, archive.library.narrowing)
            assert told is not None
            assert name not in told


def test_the_nearest_name_is_near() -> None:
    names = ["Ana Lindqvist", "Ana Kovačević", "Ben Okafor"]
    assert nearest("Kovacevic Ana", names) is None
    assert nearest("Lindquist", names) == "Ana Lindqvist"
    assert nearest("Ben Okafour", names) == "Ben Okafor"
    assert nearest("", names) is None
