from collections.abc import Iterator

import pytest

from rag.wiring import Archive
from tests.fakes import a_source
from tests.rag.archives import an_archive, put

TALK = "\n\n".join(
    ["The glaze runs.", *(f"So batch {at} of it ran down." for at in range(6)), "Glaze it twice."]
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with an_archive(tmp_path_factory.mktemp("home")) as opened:
        put(opened, a_source(TALK, id="talk", title="Workshop", people=()))
        yield opened


def test_a_question_for_a_discussion_reaches_further_along_it(archive: Archive) -> None:
    fused = [
        archive.search.look(question, most=60).fused
        for question in ("What of the glaze?", "Summarize the discussion about the glaze.")
    ]
    at = ("talk", 4)
    assert fused[1][at] / max(fused[1].values()) > fused[0].get(at, 0.0) / max(fused[0].values())
