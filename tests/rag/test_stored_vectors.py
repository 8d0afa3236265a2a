from __future__ import annotations

import pytest

from rag.library import Library
from rag.models import Filters
from tests.fakes import a_source
from tests.rag.libraries import MODEL, paragraphs, put


def test_a_vector_goes_with_the_last_passage_that_uses_it(library: Library) -> None:
    put(library, a_source("Shared.\n\nOnly here."))
    put(library, a_source("Shared.", id="s2"))
    library.remove("s1")
    assert library.vectors.hashes_among(["Shared.", "Only here."]) == {"Shared."}
    library.remove("s2")
    assert library.vectors.hashes_among(["Shared.", "Only here."]) == set()


def test_a_replaced_source_keeps_the_vectors_it_still_uses(library: Library) -> None:
    put(library, a_source("Kept.\n\nDropped."))
    library.put(a_source("Kept."), paragraphs(a_source("Kept.")), location="/x", hashes=["Kept."], vectors={})
    assert library.vectors.hashes_among(["Kept.", "Dropped."]) == {"Kept."}
    assert list(library.vectors.of(["s1-Kept."])) == ["s1-Kept."]


def test_nearest_is_by_cosine(library: Library) -> None:
    put(library, a_source("Chips are scarce.\n\nChips are cheap.\n\nIt rained."))
    found = library.vectors.nearest(MODEL.embed_query("scarce chips"), k=2, filters=Filters())
    assert [passage_id for passage_id, _ in found] == ["s1-Chips are scarce.", "s1-Chips are cheap."]
    assert found[0][1] == pytest.approx(1.0, abs=1e-6)
    assert found[1][1] == pytest.approx(0.5, abs=1e-6)
