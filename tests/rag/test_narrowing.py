from __future__ import annotations

from datetime import date

import pytest

from rag.library import Library
from rag.models import Filters, SourceKind
from tests.fakes import a_passage, a_source
from tests.rag.libraries import MODEL, a_large_one, put

SHELF = [
    a_source(id="e1", show="Long Wire", published=date(2026, 1, 10)),
    a_source(id="e2", show="Long Wire", published=date(2026, 3, 10)),
    a_source(id="n1", kind=SourceKind.NEWSLETTER, show="Wafer Notes", published=date(2026, 2, 10)),
    a_source(id="u1", kind=SourceKind.SUMMARY, show=None, published=None),
]

VOICES = {"e1": ("Ana Ruiz", "Bo Lind"), "e2": ("Ana Berg",), "n1": (), "u1": ()}


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        pytest.param(Filters(), "e1 e2 n1 u1", id="none"),
        pytest.param(Filters(kinds=(SourceKind.EPISODE,)), "e1 e2", id="kind"),
        pytest.param(Filters(kinds=(SourceKind.SUMMARY, SourceKind.NEWSLETTER)), "n1 u1", id="kinds-or"),
        pytest.param(Filters(shows=("long wire",)), "e1 e2", id="show"),
        pytest.param(Filters(shows=("Wire", "Wafer")), "e1 e2 n1", id="shows-or"),
        pytest.param(Filters(shows=("Nobody's",)), "", id="no-such-show"),
        pytest.param(Filters(speakers=("Ruiz",)), "e1", id="speaker"),
        pytest.param(Filters(speakers=("Lind", "Berg")), "e1 e2", id="speakers-or"),
        pytest.param(Filters(speakers=("ana",)), "e1 e2", id="first-name"),
        pytest.param(Filters(speakers=("Nobody",)), "", id="no-such-speaker"),
        pytest.param(Filters(sources=("e1", "u1")), "e1 u1", id="sources"),
        pytest.param(Filters(since=date(2026, 2, 10)), "e2 n1", id="since-is-inclusive"),
        pytest.param(Filters(until=date(2026, 2, 10)), "e1 n1", id="until-is-inclusive"),
        pytest.param(Filters(since=date(2026, 2, 1), until=date(2026, 2, 28)), "n1", id="between"),
        pytest.param(Filters(shows=("Wire",), since=date(2026, 2, 1)), "e2", id="show-and-day"),
        pytest.param(Filters(kinds=(SourceKind.EPISODE,), speakers=("Ruiz",)), "e1", id="kind-and-speaker"),
        pytest.param(Filters(kinds=(SourceKind.SUMMARY,), speakers=("Ruiz",)), "", id="nothing-passes-both"),
    ],
)
def test_values_of_one_filter_are_alternatives_and_filters_add_up(
    library: Library, filters: Filters, passing: str
) -> None:
    for source in SHELF:
        put(library, source, [a_passage(source=source, id=source.id, speakers=VOICES[source.id])])
    wanted = set(passing.split())
    near = library.vectors.nearest(MODEL.embed_query("chips"), k=9, filters=filters)
    assert {passage_id for passage_id, _ in near} == wanted
    assert {found for found, _ in library.words.lexical(["chips"], k=9, filters=filters)} == wanted
    assert library.narrowing.passing(filters) == len(wanted)


def test_adverts_are_left_out_unless_asked_for(library: Library) -> None:
    source = a_source("Chips here.")
    put(library, source, [a_passage(source=source, advert=True)])
    for adverts, found in ((False, 0), (True, 1)):
        filters = Filters(adverts=adverts)
        assert len(library.vectors.nearest(MODEL.embed_query("chips"), k=5, filters=filters)) == found
        assert len(library.words.lexical(["chips"], k=5, filters=filters)) == found


@pytest.mark.parametrize("narrow", [0, 10_000], ids=["wide", "narrow"])
def test_filters_leave_the_same_by_every_way_of_looking(
    library: Library, monkeypatch: pytest.MonkeyPatch, narrow: int
) -> None:
    a_large_one(library)
    monkeypatch.setattr("rag.fulltext.NARROW", narrow)
    filters = Filters(since=date(2026, 1, 6), until=date(2026, 1, 7))
    found = {each for each, _ in library.words.lexical(["kiln", "cobalt"], k=500, filters=filters)}
    ours = {passage.id for each in ("s05", "s06") for passage in library.passages_of(each)}
    assert found == ours
    assert library.narrowing.passing(filters) == len(ours)
    assert library.narrowing.passing_of([*ours, "nobody's", "s00-0"], filters) == ours


@pytest.mark.parametrize(
    ("audiences", "kept_out"),
    [
        pytest.param((), False, id="whoever-may-read-all"),
        pytest.param(("public",), True, id="one-of-two"),
        pytest.param(("public", "members"), False, id="both"),
        pytest.param(("board",), True, id="another"),
    ],
)
def test_whether_a_reader_is_kept_out_of_anything(
    library: Library, audiences: tuple[str, ...], kept_out: bool
) -> None:
    assert not library.narrowing.keeps_out(audiences)
    put(library, a_source("Kilns.", id="a", show="Fire"))
    put(library, a_source("Glazes.", id="b", show="Ash", audience="members"))
    assert library.narrowing.keeps_out(audiences) is kept_out
    readable = library.narrowing.names_of("show", audiences)
    assert ("Ash" in readable) is (not audiences or "members" in audiences)
