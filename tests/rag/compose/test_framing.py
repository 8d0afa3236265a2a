from collections.abc import Iterator
from typing import Any

import pytest

from rag.citing import cite
from rag.compose.drafting import Drafting, Step, Written
from rag.compose.extractive import Extractive
from rag.compose.framing import framed, left_open, remarks
from rag.looking import Look
from rag.models import Draft, Piece, Status
from rag.refusing import signs
from rag.weighing import weigh
from tests.fakes import a_source, an_evidence


def a_look(**given: Any) -> Look:
    read = weigh("What does clay cost?", counts={}, passages=10)
    return Look(question=read, found=(), evidence=(), seen=signs(read, []), status=Status.ANSWERED, **given)


def quoted() -> Iterator[Step]:
    yield from Extractive().write("?", [an_evidence()])


def test_what_is_left_open_is_said_at_the_end_and_claims_nothing() -> None:
    (written,) = framed(quoted(), a_look(uncovered=("how much does clay cost",)))
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
    (written,) = framed(quoted(), a_look())
    assert isinstance(written, Written)
    assert written.draft == Extractive().compose("?", [an_evidence()])


def test_a_model_says_by_itself_how_far_it_goes() -> None:
    draft = Draft(pieces=(Piece(text="Clay is dear.", evidence=(an_evidence(),)),), status=Status.ANSWERED)
    steps: list[Step] = [Drafting("Clay"), Written(draft=draft, model="openai:x")]
    assert list(framed(iter(steps), a_look(uncovered=("who sells it",), corrects=True))) == steps


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


def test_that_a_question_is_corrected_or_sources_differ_is_said_before_the_quotes() -> None:
    sources = (a_source(title="Clay", show=None), a_source(title="Slip", show="Kilns", published=None))
    (written,) = framed(quoted(), a_look(corrects=True, differing=sources))
    assert isinstance(written, Written)
    cited = cite(written.draft)
    assert cited.text.split("\n\n")[:2] == [
        "The sources say otherwise:",
        "The sources differ on this: *Clay* (8 May 2026) and *Slip* (Kilns).",
    ]
    assert written.draft.status is Status.ANSWERED
    (claim,) = cited.claims
    assert cited.text[slice(*claim.at)] == claim.text


def test_what_an_answer_says_of_itself_is_told_from_what_a_source_says() -> None:
    quote = "The sources say otherwise: so he said."
    text = f"The sources differ on this: *A* and *B*.\n\n“{quote}” [1]\n\n{left_open(['who sold it'])}"
    at = text.index(quote)
    assert remarks(text, [(at, at + len(quote))]) == [
        "The sources differ on this: *A* and *B*.",
        "Only a part of this is answered. Nothing was found for “who sold it”.",
    ]
