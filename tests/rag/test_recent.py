from __future__ import annotations

import pytest

from rag.library import Library
from rag.models import Filters
from tests.fakes import a_source
from tests.rag.libraries import put


def test_passages_read_lately_are_not_read_again_until_something_changes(library: Library) -> None:
    put(library, a_source("Chips are scarce.\n\nBread is not.", id="s"))
    ids = library.passage_ids()
    first = library.passages(ids)
    again = library.passages(ids)
    assert [again[each] is first[each] for each in ids] == [True, True]
    put(library, a_source("Rain.\n\nBread is not.", id="s", title="Another"))
    assert {passage.source.title for passage in library.passages(library.passage_ids()).values()} == {
        "Another"
    }
    assert library.passages(ids).keys() == {"s-Bread is not."}


def test_no_passage_keeps_the_text_of_a_source_that_was_let_go(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.recent._CACHED_CHARACTERS", 25)
    monkeypatch.setattr("rag.recent._CACHED_PASSAGES", 3)
    for name in "abcdef":
        put(library, a_source(f"{name} one.\n\n{name} two.", id=name))
    for _ in range(2):
        assert len(library.passages(library.passage_ids())) == 12
    kept = library._recent
    assert {passage.source.id for passage in kept._passages.values()} <= kept._sources.keys()
    assert kept._passages.keys() == {one for ids in kept._passages_of.values() for one in ids}
    assert len(kept._passages) <= 3


def test_the_cache_of_texts_gives_the_oldest_up(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.recent._CACHED_CHARACTERS", 25)
    for id in ("a", "b", "c"):
        put(library, a_source("Ten chars.", id=id))
    assert [library.source(id).id for id in ("a", "b", "c", "a")] == ["a", "b", "c", "a"]
    assert list(library._recent._sources) == ["c", "a"]
    assert library.source("a") is library.source("a")


def test_what_is_kept_between_questions_is_of_this_generation(library: Library) -> None:
    put(library, a_source("Kilns.", id="a", show="Fire"))
    fire = Filters(shows=("fire",))
    assert library.narrowing.show_names(["fire"]) == ("Fire",)
    assert (library.count(), library.narrowing.passing(fire)) == (1, 1)
    put(library, a_source("Kilns.\n\nGlazes.", id="b", show="Fire Again"))
    assert (library.count(), library.narrowing.passing(fire)) == (3, 3)
    library.remove("a")
    assert (library.count(), library.narrowing.passing(fire)) == (2, 2)
