from datetime import date
from typing import Any

import pytest

from rag.citing import cite
from rag.compose.drafting import NOT_COVERED
from rag.compose.extractive import OFF_TOPIC, Extractive, attribution, clock, refusal
from rag.models import SourceKind, Status
from tests.fakes import a_passage, a_source, an_evidence

RACE = "*The Race for Chips* (Frontier Hour, 8 May 2026)"


@pytest.mark.parametrize(
    ("source", "passage", "evidence", "said"),
    [
        pytest.param(
            {},
            {"speakers": ("Ana Ruiz",), "start_s": 754.2},
            {},
            f"Ana Ruiz, in {RACE}, 12:34:",
            id="speech",
        ),
        pytest.param(
            {"published": None},
            {"start_s": 9.0},
            {},
            "*The Race for Chips* (Frontier Hour), 0:09:",
            id="nobody-named",
        ),
        pytest.param(
            {}, {"start_s": 60.0}, {"approximate": True}, f"{RACE}, about 1:00:",
            id="approximate",
        ),
        pytest.param({}, {"page": 4}, {}, f"{RACE}, page 4:", id="page"),
        pytest.param(
            {}, {"heading": "Costs"}, {}, f"{RACE}, “Costs”:", id="heading"
        ),
        pytest.param({}, {}, {}, f"{RACE}:", id="no-place"),
        pytest.param(
            {}, {"ai_written": True}, {}, f"AI-written summary, {RACE}:", id="ai"
        ),
        pytest.param({}, {"advert": True}, {}, f"Advert, {RACE}:", id="advert"),
    ],
)  # fmt: skip
def test_attribution(source: dict, passage: dict, evidence: dict, said: str) -> None:  # type: ignore[type-arg]
    assert (
        attribution(an_evidence(passage=a_passage(source=a_source(**source), **passage), **evidence)) == said
    )


@pytest.mark.parametrize(
    ("passage", "said"),
    [
        ({"heading": "Costs"}, "In the same summary, “Costs”:"),
        ({"ai_written": True}, "In the same AI-written summary:"),
        ({"advert": True}, "Advert, in the same summary:"),
    ],
)
def test_attribution_to_what_was_quoted_just_before(passage: dict[str, Any], said: str) -> None:
    again = a_passage(source=a_source(kind=SourceKind.SUMMARY), **passage)
    assert attribution(an_evidence(passage=again), again=True) == said


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
        f"{RACE}: “Countries want models that speak their own language. Chips are the scarce part.” [1]"
    )
    assert cited.claims[0].text == cited.citations[0].evidence.quote


def test_a_date_is_written_the_same_everywhere() -> None:
    source = a_source(published=date(2026, 1, 2))
    assert "(Frontier Hour, 2 January 2026)" in attribution(an_evidence(passage=a_passage(source=source)))


@pytest.mark.parametrize(
    ("status", "words"), [(Status.NOT_COVERED, NOT_COVERED), (Status.OFF_TOPIC, OFF_TOPIC)]
)
def test_a_refusal_says_so_and_claims_nothing(status: Status, words: str) -> None:
    cited = cite(refusal(status))
    assert (cited.text, cited.claims, cited.citations) == (words, (), ())


def test_a_source_that_was_just_named_is_not_named_again() -> None:
    episode = a_source("One. Two.")
    letter = a_passage(source=a_source("Three.", id="s2", kind=SourceKind.NEWSLETTER, title="L", show=None))
    found = [
        an_evidence("One.", passage=a_passage("One.", source=episode), speaker="Ana Ruiz"),
        an_evidence("Two.", passage=a_passage("Two.", source=episode)),
        an_evidence(passage=letter),
    ]
    assert cite(Extractive().compose("?", found)).text == (
        "Ana Ruiz, in *The Race for Chips* (Frontier Hour, 8 May 2026): “One.” [1]\n\n"
        "In the same episode: “Two.” [2]\n\n"
        "*L* (8 May 2026): “Three.” [3]"
    )


def test_a_show_that_the_title_names_is_not_named_twice() -> None:
    source = a_source(title="Frontier Hour #12", published=None)
    assert attribution(an_evidence(passage=a_passage(source=source))) == "*Frontier Hour #12*:"


def test_what_two_sources_say_in_the_same_words_is_one_claim_that_cites_both() -> None:
    episode = a_passage(source=a_source("Well, the kiln in Porto cracked in the night."))
    letter = a_passage(
        source=a_source(
            "The kiln in Porto cracked in the night.", id="s2", title="L", kind=SourceKind.NEWSLETTER
        )
    )
    cited = cite(Extractive().compose("?", [an_evidence(passage=episode), an_evidence(passage=letter)]))
    (claim,) = cited.claims
    assert claim.citations == (1, 2)
    assert claim.text == "Well, the kiln in Porto cracked in the night."
    assert cited.text == (
        "*The Race for Chips* (Frontier Hour, 8 May 2026) and *L* (Frontier Hour, 8 May 2026):"
        " “Well, the kiln in Porto cracked in the night.” [1][2]"
    )
    assert cited.text[slice(*claim.at)] == claim.text
    assert [citation.evidence.quote for citation in cited.citations][1] == letter.source.text
