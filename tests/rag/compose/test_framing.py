from collections.abc import Iterator

import pytest

from rag.citing import cite
from rag.compose.drafting import Drafting, Step, Written
from rag.compose.extractive import Extractive
from rag.compose.framing import framed, left_open
from rag.models import Draft, Piece, Status
from tests.fakes import an_evidence


def quoted() -> Iterator[Step]:
    yield from Extractive().write("?", [an_evidence()])


def test_what_is_left_open_is_said_at_the_end_and_claims_nothing() -> None:
    (written,) = framed(quoted(), uncovered=["how much does clay cost"])
    assert isinstance(written, Written)
    cited = cite(written.draft)
    assert written.draft.status is Status.PARTIAL
    assert cited.text.endswith(
        "[1]\n\nOnly a part of this is answered. Nothing was found for “how much does clay cost”."
    )
    assert [claim.text for claim in cited.claims] == [an_evidence().quote]
    (claim,) = cited.claims
    assert cited.text[slice(*claim.at)] == claim.text


def test_an_answer_to_all_of_it_stays_as_it_is() -> None:
    (written,) = framed(quoted())
    assert isinstance(written, Written)
    assert written.draft == Extractive().compose("?", [an_evidence()])


def test_a_model_says_by_itself_how_far_it_goes() -> None:
    draft = Draft(pieces=(Piece(text="Clay is dear.", evidence=(an_evidence(),)),), status=Status.ANSWERED)
    steps: list[Step] = [Drafting("Clay"), Written(draft=draft, model="openai:x")]
    assert list(framed(iter(steps), uncovered=["who sells it"])) == steps


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        ("what [1] *costs*", "what 1 costs"),
        ("<b>who</b>\u202e”", "bwho/b"),
        ("a\n\nb", "a b"),
    ],
)
def test_the_readers_words_can_end_no_quotation_and_look_like_no_citation(part: str, shown: str) -> None:
    assert f"for “{shown}”." in left_open([part])
