"""An answer that was given, beside sources that were edited: found again, verified again, or marked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.contract import Json, answer_json
from rag.models import Claim, Passage, Sentence, Verdict
from rag.rechecking import recheck
from rag.sentences import sentence_spans
from rag.verify import Judge, Verifier
from tests.fakes import MemoryLibrary, a_citation, a_passage, a_source, an_answer, an_evidence

CAP = "For now the cap has been set at 60 units a month."
SAID = f"Welcome back. {CAP} The ferry leaves at six."
VERIFIER = Verifier(Judge())


def spoken(text: str, *, speaker: str | None = "Ana Ruiz", second: float = 10.0, **given: Any) -> Passage:
    """An episode of one passage, a sentence each five seconds."""
    source = a_source(text, audio_url="https://media.example/1.mp3", url=None, **given)
    sentences = tuple(
        Sentence(start=start, end=end, speaker=speaker, start_s=second + 5 * n, end_s=second + 5 * (n + 1))
        for n, (start, end) in enumerate(sentence_spans(text))
    )
    return a_passage(
        source=source, sentences=sentences, start_s=second, speakers=(speaker,) if speaker else ()
    )


def given_answer(passage: Passage, quote: str = CAP, *, written: str | None = None) -> Json:
    """An answer that quotes the passage, or has `written` over the quote."""
    sentence = next(s for s in passage.sentences if passage.source.text[s.start : s.end] == quote)
    evidence = an_evidence(quote, passage=passage, speaker=sentence.speaker, start_s=sentence.start_s)
    if written is None:
        return answer_json(an_answer(a_citation(evidence=evidence)))
    claim = Claim(text=written, at=(0, len(written)), citations=(1,), verdict=Verdict.SUPPORTED)
    cited = a_citation(evidence=evidence, verdict=Verdict.SUPPORTED)
    return answer_json(an_answer(cited, text=f"{written} [1]", claims=(claim,), model="openai:writer"))


def rechecked(answer: Json, *passages: Passage) -> Json:
    return recheck(answer, MemoryLibrary(*passages), VERIFIER)


def test_what_has_not_changed_is_as_it_was_given() -> None:
    passage = spoken(SAID)
    answer = given_answer(passage)
    shown = rechecked(answer, passage)
    assert shown["changed"] == [] and shown["claims"] == answer["claims"]
    (was,), (now,) = answer["citations"], shown["citations"]
    assert {**was, "end_s": 20.0, "link": "https://media.example/1.mp3#t=14"} == now


def test_a_recording_that_begins_later_moves_the_second_and_the_link() -> None:
    answer = given_answer(spoken(SAID))
    (now,) = rechecked(answer, spoken(SAID, second=70.0))["citations"]
    assert now["start_s"] == 75.0 and now["link"].endswith("#t=74")


@given(before=st.lists(st.sampled_from(["One.", "The ferry leaves.", CAP]), max_size=4))
def test_words_that_are_still_there_are_found_wherever_they_are(before: list[str]) -> None:
    answer = given_answer(spoken(SAID))
    passage = replace(spoken(" ".join([*before, SAID])), id="another")
    shown = rechecked(answer, passage)
    (now,) = shown["citations"]
    assert shown["changed"] == []
    assert passage.source.text[now["start"] : now["end"]] == now["quote"] == CAP
    assert now["passage_id"] == "another"


def test_of_two_places_the_nearer_is_meant() -> None:
    text = f"{CAP} {SAID}"
    answer = given_answer(spoken(SAID))
    (now,) = rechecked(answer, spoken(text))["citations"]
    assert now["start"] in (0, text.index(CAP, 1))
    assert abs(now["start"] - answer["citations"][0]["start"]) == min(
        abs(at - answer["citations"][0]["start"]) for at in (0, text.index(CAP, 1))
    )


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(spoken(SAID.replace("60", "90")), id="a figure"),
        pytest.param(spoken(SAID.replace("For now the", "Nobody believes that for now the")), id="around it"),
        pytest.param(spoken("Welcome back. The ferry leaves at six."), id="cut"),
        pytest.param(spoken("Something else altogether."), id="all of it"),
        pytest.param(spoken(SAID, speaker="Bo Lind"), id="who says it"),
        pytest.param(spoken(SAID, speaker=None), id="nobody is named any more"),
    ],
)
def test_a_quote_that_no_longer_stands_is_marked_and_left_as_it_was(now: Passage) -> None:
    answer = given_answer(spoken(SAID))
    shown = rechecked(answer, now)
    assert shown["changed"] == [1]
    assert shown["citations"] == answer["citations"]
    assert shown["claims"][0]["reason"].startswith("the source has changed")


def test_a_speaker_whose_whole_name_is_known_now_is_the_same() -> None:
    answer = given_answer(spoken(SAID, speaker="Ana"))
    shown = rechecked(answer, spoken(SAID, speaker="Ana Ruiz"))
    assert shown["changed"] == [] and shown["citations"][0]["speaker"] == "Ana Ruiz"


def test_what_was_written_over_words_that_were_reworded_stands_on_the_new_ones() -> None:
    answer = given_answer(spoken(SAID), written="The cap is 60 units a month.")
    now = spoken(SAID.replace("For now the cap has been set", "The cap has, since March, been set"))
    shown = rechecked(answer, now)
    assert shown["changed"] == [] and shown["claims"] == answer["claims"]
    (citation,) = shown["citations"]
    assert "since March" in citation["quote"]
    assert now.source.text[citation["start"] : citation["end"]] == citation["quote"]
    assert citation["verdict"] == "supported"


@pytest.mark.parametrize(("was", "now"), [("60 units", "90 units"), ("has been", "has never been")])
def test_what_was_written_and_is_carried_no_longer_is_marked(was: str, now: str) -> None:
    answer = given_answer(spoken(SAID), written="The cap is 60 units a month.")
    shown = rechecked(answer, spoken(SAID.replace(was, now)))
    assert shown["changed"] == [1] and shown["citations"] == answer["citations"]
    assert "does not carry" in shown["claims"][0]["reason"]


def test_one_number_is_marked_when_any_claim_over_it_fails() -> None:
    answer = given_answer(spoken(SAID), written="The cap is 60 units a month.")
    more = {**answer["claims"][0], "text": "There is a cap for now."}
    answer = {**answer, "claims": [*answer["claims"], more]}
    shown = rechecked(answer, spoken(SAID.replace("60 units", "90 units")))
    assert shown["changed"] == [1]


def test_what_is_cut_or_not_covered_changes_nothing() -> None:
    cut = Claim(text="No.", at=(0, 0), citations=(), verdict=Verdict.CUT, reason="it cites nothing")
    passage = spoken(SAID)
    answer = given_answer(passage)
    answer = {**answer, "claims": [*answer["claims"], answer_json(an_answer(claims=(cut,)))["claims"][0]]}
    shown = rechecked(answer, passage)
    assert shown["changed"] == [] and shown["claims"][1]["reason"] == "it cites nothing"
