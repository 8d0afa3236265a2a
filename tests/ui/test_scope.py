from __future__ import annotations

from datetime import date

import pytest

from rag.models import Listing, SourceKind, listing
from tests.fakes import a_source
from ui.scope import scope_of, within


def held(
    id: str, *, kind: SourceKind = SourceKind.EPISODE, day: int = 1, show: str = "Frontier Hour"
) -> Listing:
    source = a_source(id=id, kind=kind, title=f"Title {id}", show=show, published=date(2026, 5, day))
    return listing(source, passages=1, ai_written=False)


ARCHIVE = [
    held("s1", day=8),
    held("s2", kind=SourceKind.NEWSLETTER, day=20, show="Letters"),
    held("s3", kind=SourceKind.ARTICLE, day=30),
]


def test_each_limit_has_a_name_for_readers() -> None:
    query = [
        ("show", "Frontier Hour"),
        ("kind", "newsletter"),
        ("source", "s2"),
        ("speaker", "Ana Ruiz"),
        ("since", "2026-05-08"),
        ("until", "2026-06-01"),
        ("q", "What?"),
        ("utm_source", "letter"),
    ]
    scope = scope_of(query, ARCHIVE)
    assert [chip["label"] for chip in scope["chips"]] == [
        "Show: Frontier Hour",
        "Newsletters",
        "Newsletter: Title s2",
        "Speaker: Ana Ruiz",
        "Since 8 May 2026",
        "Until 1 June 2026",
    ]
    assert scope["problems"] == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        pytest.param([("kind", "podcast")], "unknown kind 'podcast'", id="kind"),
        pytest.param([("since", "May")], "since must be a day such as", id="day"),
        pytest.param([("show", "Elsewhere")], "there is no show 'Elsewhere' here", id="show"),
        pytest.param([("source", "nope")], "there is no source 'nope' here", id="source"),
        pytest.param([("speaker", "x" * 201)], "it has 201 characters", id="long"),
        pytest.param([("since", "2026-01-01"), ("since", "2026-02-01")], "can be given once", id="twice"),
        pytest.param(
            [("since", "2026-02-01"), ("until", "2026-01-01")], "first day is after the last", id="none"
        ),
    ],
)
def test_what_cannot_be_a_limit_is_said(query: list[tuple[str, str]], problem: str) -> None:
    (said,) = scope_of(query, ARCHIVE)["problems"]
    assert problem in said


def test_an_address_can_hold_only_so_many() -> None:
    assert len(scope_of([("speaker", f"Speaker {n}") for n in range(100)], ARCHIVE)["chips"]) == 20


@pytest.mark.parametrize(
    ("query", "inside"),
    [
        pytest.param([], ["s1", "s2", "s3"], id="none"),
        pytest.param([("show", "frontier")], ["s1", "s3"], id="show"),
        pytest.param([("kind", "article"), ("kind", "episode")], ["s1", "s3"], id="either-kind"),
        pytest.param([("source", "s2"), ("kind", "episode")], [], id="both"),
        pytest.param([("since", "2026-05-09"), ("until", "2026-05-20")], ["s2"], id="days"),
        pytest.param([("speaker", "Ana Ruiz")], [], id="speaker-is-not-told"),
    ],
)
def test_examples_come_from_inside(query: list[tuple[str, str]], inside: list[str]) -> None:
    assert [one.id for one in within(ARCHIVE, scope_of(query, ARCHIVE))] == inside
