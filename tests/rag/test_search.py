from collections.abc import Iterator

import pytest

from rag.models import Filters
from rag.weighing import weighed
from rag.wiring import Archive
from tests.fakes import a_source
from tests.rag.archives import an_archive, put

HEARD = "The pottery burned down in nineteen forty nine after a storm."
TALK = "\n\n".join(
    ["The glaze runs.", *(f"So batch {at} of it ran down." for at in range(6)), "Glaze it twice."]
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with an_archive(tmp_path_factory.mktemp("home")) as opened:
        put(opened, a_source(HEARD, id="heard", title="Fires", people=()))
        put(opened, a_source("The pottery sold nineteen pots, or forty, or nine.", id="pots", title="Sales"))
        put(opened, a_source(TALK, id="talk", title="Workshop", people=()))
        yield opened


def test_a_year_is_found_as_it_is_said(archive: Archive) -> None:
    first, *_ = archive.search.find("What happened in 1949?", k=3)
    assert first.passage.text == HEARD
    assert first.best.lexical_rank == 1


def test_a_year_that_is_said_is_not_strange(archive: Archive) -> None:
    assert weighed("What burned in 1949?", archive.library).strange == ()
    assert (
        weighed("What burned in 1949?", archive.library).share({"burn", "nineteen", "forti", "nine"}) == 1.0
    )


def test_a_year_whose_words_are_said_apart_is_strange(archive: Archive) -> None:
    only = Filters(sources=("pots",))
    assert weighed("What sold in 1949?", archive.library, only).strange == ("1949",)


def test_a_question_for_a_discussion_reaches_further_along_it(archive: Archive) -> None:
    fused = [
        archive.search.look(question, most=60).fused
        for question in ("What of the glaze?", "Summarize the discussion about the glaze.")
    ]
    at = ("talk", 4)
    assert fused[1][at] / max(fused[1].values()) > fused[0].get(at, 0.0) / max(fused[0].values())
