from datetime import date

import pytest

from rag.citing import cite
from rag.compose.drafting import NOT_COVERED
from rag.compose.extractive import OFF_TOPIC, Extractive, attribution, clock, refusal
from rag.models import SourceKind, Status
from tests.fakes import a_passage, a_source, an_evidence


@pytest.mark.parametrize(
    ("source", "passage", "evidence", "said"),
    [
        pytest.param(
            {},
            {"speakers": ("Ana Ruiz",), "start_s": 754.2},
            {},
            "Ana Ruiz, in *The Race for Chips* (8 May 2026), 12:34:",
            id="speech",
        ),
        pytest.param(
            {"published": None}, {"start_s": 9.0}, {}, "*The Race for Chips*, 0:09:", id="nobody-named"
        ),
        pytest.param(
            {}, {"start_s": 60.0}, {"approximate": True}, "*The Race for Chips* (8 May 2026), about 1:00:",
            id="approximate",
        ),
        pytest.param({}, {"page": 4}, {}, "*The Race for Chips* (8 May 2026), page 4:", id="page"),
        pytest.param(
            {}, {"heading": "Costs"}, {}, "*The Race for Chips* (8 May 2026), “Costs”:", id="heading"
        ),
        pytest.param({}, {}, {}, "*The Race for Chips* (8 May 2026):", id="no-place"),
        pytest.param(
            {}, {"ai_written": True}, {}, "AI-written summary, *The Race for Chips* (8 May 2026):", id="ai"
        ),
        pytest.param({}, {"advert": True}, {}, "Advert, *The Race for Chips* (8 May 2026):", id="advert"),
    ],
)  # fmt: skip
def test_attribution(source: dict, passage: dict, evidence: dict, said: str) -> None:  # type: ignore[type-arg]
    assert (
        attribution(an_evidence(passage=a_passage(source=a_source(**source), **passage), **evidence)) == said
    )


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (59.99, "0:59"), (3599, "59:59"), (3600, "1:00:00"), (36061, "10:01:01")],
)
def test_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_quotes_of_one_source_stand_together_the_best_first() -> None:
    episode = a_passage(source=a_source("One. Two."))
    letter = a_passage(
        source=a_source("Three.", id="s2", kind=SourceKind.NEWSLETTER, published=None, title="L")
    )
    found = [
        an_evidence("Two.", passage=episode, score=3.0),
        an_evidence("Three.", passage=letter, score=2.0),
        an_evidence("One.", passage=episode, score=1.0),
    ]
    draft = Extractive().compose("?", found)
    assert [piece.text for piece in draft.pieces if piece.evidence] == ["Two.", "One.", "Three."]
    assert draft.status is Status.ANSWERED


def test_every_quote_is_a_verbatim_claim() -> None:
    cited = cite(Extractive().compose("?", [an_evidence()]))
    assert cited.text == (
        "*The Race for Chips* (8 May 2026): “Countries want models that speak their own language."
        " Chips are the scarce part.” [1]"
    )
    assert cited.claims[0].text == cited.citations[0].evidence.quote


def test_a_date_is_written_the_same_everywhere() -> None:
    source = a_source(published=date(2026, 1, 2))
    assert "(2 January 2026)" in attribution(an_evidence(passage=a_passage(source=source)))


@pytest.mark.parametrize(
    ("status", "words"), [(Status.NOT_COVERED, NOT_COVERED), (Status.OFF_TOPIC, OFF_TOPIC)]
)
def test_a_refusal_says_so_and_claims_nothing(status: Status, words: str) -> None:
    cited = cite(refusal(status))
    assert (cited.text, cited.claims, cited.citations) == (words, (), ())
