from datetime import date

import pytest

import rag
from rag.models import Filters, SourceKind, unique
from tests.fakes import a_passage, a_source, an_evidence


def test_a_quote_is_always_the_source_s_own_text() -> None:
    source = a_source("Chips are scarce. “Naïve”, said Bo 🎙.")
    evidence = an_evidence("“Naïve”, said Bo 🎙.", passage=a_passage(source=source))
    assert evidence.quote == source.text[evidence.start : evidence.end] == "“Naïve”, said Bo 🎙."


@pytest.mark.parametrize(
    ("speakers", "speaker"),
    [
        pytest.param((), None, id="nobody-named"),
        pytest.param(("Ana",), "Ana", id="one"),
        pytest.param(("Ana", "Bo"), None, id="several"),
    ],
)
def test_a_passage_has_a_speaker_when_one_person_speaks_throughout(
    speakers: tuple[str, ...], speaker: str | None
) -> None:
    assert a_passage(speakers=speakers).speaker == speaker


@pytest.mark.parametrize(
    ("filters", "limits"),
    [
        (Filters(), False),
        (Filters(adverts=True), False),
        (Filters(shows=("A",)), True),
        (Filters(speakers=("A",)), True),
        (Filters(kinds=(SourceKind.ARTICLE,)), True),
        (Filters(sources=("s",)), True),
        (Filters(exclude=("s",)), True),
        (Filters(since=date(2026, 1, 1)), True),
        (Filters(until=date(2026, 1, 1)), True),
    ],
)
def test_filters_are_narrow_when_they_leave_out_more_than_adverts(filters: Filters, limits: bool) -> None:
    assert filters.narrow is limits


def test_unique_keeps_first_places() -> None:
    assert unique(["Bo", None, "Ana", "", "Bo"]) == ("Bo", "Ana")


def test_a_source_s_text_stays_out_of_what_is_printed_of_a_passage() -> None:
    assert "scarce part" not in repr(a_passage())


def test_every_public_name_is_there() -> None:
    assert all(getattr(rag, name) is not None for name in rag.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        rag.no_such_name  # noqa: B018
