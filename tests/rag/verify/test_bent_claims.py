"""Claims made by rules, of our own sentences here and of the development collection in the soak."""

from __future__ import annotations

import random

import pytest

from benchmarks.bending import Made, Scene, claims, names_in
from benchmarks.bent_claims import HOLDS_LIMIT, LIMITS, Tally, check_all, measure
from benchmarks.sets.collection import collection, dev_questions
from benchmarks.systems import SHARED, KeptVectors
from rag.models import Evidence
from rag.sentences import sentence_spans
from rag.verify import Judge, Verifier
from tests.fakes import HashingEmbeddings, a_passage, a_source, an_evidence
from tests.rag.verify.test_known_claims import scenes

STRANGERS = ("Ursula Pike", "Grentham Steel", "Novara", "Lake Orrin")


def evidence(text: str, *, speaker: str | None = None) -> Evidence:
    return an_evidence(passage=a_passage(source=a_source(text, id=text, people=())), speaker=speaker)


def made_of(text: str, *others: str) -> dict[str, list[str]]:
    item = evidence(text)
    found: dict[str, list[str]] = {}
    for one in claims(item, Scene((item, *map(evidence, others)), STRANGERS), random.Random(1)):
        found.setdefault(one.kind, []).append(one.text)
    return found


def test_the_rules_bend_what_they_are_given():
    found = made_of(
        "In June the board of Tarn Textiles will pay 85 workers more than Halden Mills did.",
        "Nobody knew that the kiln had been built before the war, said the historian.",
    )
    assert (
        "In June the board of Tarn Textiles will not pay 85 workers more than Halden Mills did."
        in found["negation flip"]
    )
    assert (
        "In June the board of Halden Mills will pay 85 workers more than Tarn Textiles did."
        in found["entity swap"]
    )
    assert (
        "In June the board of Tarn Textiles will pay 85 workers less than Halden Mills did."
        in found["direction"]
    )
    assert (
        "In June the board of Tarn Textiles might pay 85 workers more than Halden Mills did."
        in found["modality"]
    )
    assert all("85 workers" not in text or "June" not in text for text in found["number change"])
    assert found["wrong id"] and found["merged sources"]


def test_the_rules_say_the_same_in_other_words():
    found = made_of("Actually, Mette fixed the 2 big pumps, which were old, and they worked again by noon.")
    assert "Mette fixed the two big pumps" in found["figures rewritten"][0]
    assert "Mette" in found["first clause"][0]
    assert "Actually" not in found["fillers left out"][0]


def test_what_is_bent_does_not_stand():
    dice, tally, verifier = random.Random(0), Tally(), Verifier(Judge())
    items = [
        an_evidence(item.quote[start:end], passage=item.passage, speaker=item.speaker)
        for _, item in scenes("known.yaml")
        for start, end in sentence_spans(item.quote)
    ]
    names = tuple(sorted({match[0] for item in items for match in names_in(item.quote)}))
    for item in items:
        offered = (item, *dice.sample([other for other in items if other != item], 8))
        made: list[Made] = list(claims(item, Scene(offered, names), dice))
        check_all(made, offered, verifier, tally)
    assert sum(tally.made.values()) > 600
    assert tally.invalid == 0
    assert tally.rate(*tally.holding) < HOLDS_LIMIT
    assert {kind: tally.rate(kind) for kind, limit in LIMITS.items() if tally.rate(kind) > limit} == {}


@pytest.mark.soak
@pytest.mark.shared
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not (SHARED / "questions").is_dir(), reason="the development collection is not here")
def test_ten_thousand_claims_of_the_development_collection(tmp_path):
    questions = [question.asked.question for question in dev_questions()]
    with collection(tmp_path, KeptVectors(HashingEmbeddings(), tmp_path / "vectors.db")) as archive:
        tally = measure(archive.library, questions, most=10_000)
    assert sum(tally.made.values()) >= 10_000
    assert tally.invalid == 0
    assert tally.rate(*tally.holding) < HOLDS_LIMIT
    assert {kind: tally.rate(kind) for kind, limit in LIMITS.items() if tally.rate(kind) > limit} == {}
