import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rag.contract import (
    answer_json,
    citation_json,
    found_json,
    history_from_json,
    passage_json,
    source_detail_json,
    source_json,
)
from rag.errors import QuestionError
from rag.models import Answer, Claim, Timings, Turn, Verdict, listing
from tests.fakes import a_citation, a_found, a_passage, a_refusal, a_source, an_answer, an_evidence

SCHEMA = json.loads((Path(__file__).parents[2] / "rag" / "answer.schema.json").read_text())
PASSAGE = a_passage(speakers=("Ana Ruiz",), start_s=754.2, end_s=761.0)
FOUND = a_found(PASSAGE, score=0.12345678, lexical_rank=1, similarity=0.5)
ANSWERED = an_answer(
    a_citation(evidence=an_evidence("Chips are the scarce part.", passage=PASSAGE)),
    retrieved=(FOUND,),
    timings=Timings(retrieve_ms=1.26, total_ms=2.0),
)
BARE = a_refusal(a_source(url=None, published=None), question="")


def problems(document: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("answer", [pytest.param(ANSWERED, id="answered"), pytest.param(BARE, id="refused")])
def test_an_answer_obeys_the_schema_also_after_a_journey(answer: Answer) -> None:
    assert problems(json.loads(json.dumps(answer_json(answer)))) == []


def test_a_claim_that_was_cut_obeys_it_too() -> None:
    cut = Claim(text="No.", at=(0, 0), citations=(), verdict=Verdict.CUT, reason="the words are not there")
    answer = an_answer(*ANSWERED.citations)
    shown = answer_json(
        Answer(**{**{f: getattr(answer, f) for f in answer.__slots__}, "claims": (*answer.claims, cut)})
    )
    assert problems(shown) == []
    assert shown["claims"][-1]["reason"] == "the words are not there"


@pytest.mark.parametrize("key", sorted(answer_json(ANSWERED)))
def test_no_key_may_be_missing(key: str) -> None:
    document = answer_json(ANSWERED)
    del document[key]
    assert problems(document)


@pytest.mark.parametrize("key", sorted(citation_json(ANSWERED.citations[0])))
def test_no_key_of_a_citation_may_be_missing(key: str) -> None:
    document = answer_json(ANSWERED)
    del document["citations"][0][key]
    assert problems(document)


@pytest.mark.parametrize("key", sorted(found_json(FOUND)))
def test_no_key_of_a_passage_may_be_missing(key: str) -> None:
    document = answer_json(ANSWERED)
    del document["retrieved"][0][key]
    assert problems(document)


def test_the_schema_refuses_support_without_an_answer_and_an_answer_without_support() -> None:
    assert problems({**answer_json(ANSWERED), "status": "not_covered"})
    assert problems({**answer_json(BARE), "status": "answered"})


def test_a_citation_tells_where_its_words_are() -> None:
    shown = citation_json(ANSWERED.citations[0])
    assert (
        PASSAGE.source.text[shown["start"] : shown["end"]] == shown["quote"] == "Chips are the scarce part."
    )
    assert (shown["speaker"], shown["start_s"], shown["published"]) == ("Ana Ruiz", 754.2, "2026-05-08")


def test_sources_and_passages_have_the_contract_s_keys() -> None:
    source = a_source(seconds=9.5)
    keys = "id origin kind show title published url language people passages characters seconds"
    keys += " season number ai_written"
    assert list(source_json(listing(source, passages=2, ai_written=False))) == keys.split()
    assert list(passage_json(PASSAGE)) == (
        "id start end start_s end_s approximate speaker speakers heading advert ai_written".split()
    )
    detail = source_detail_json(source, [PASSAGE, a_passage(ai_written=True)])
    assert detail["text"] == source.text
    assert (detail["passages"][0]["id"], detail["ai_written"]) == (PASSAGE.id, True)


def test_history() -> None:
    assert history_from_json(None) == history_from_json([]) == ()
    assert history_from_json([{"role": "assistant", "content": "Hi", "more": 1}]) == (
        Turn(role="assistant", content="Hi"),
    )


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ({"role": "user", "content": "x"}, "history must be a list"),
        ("x", "history must be a list"),
        ([{"role": "user", "content": "x"}, {"role": "system", "content": "x"}], "history message 2 must be"),
        ([{"role": "user"}], "history message 1 must be"),
        ([{"role": "user", "content": None}], "history message 1 must be"),
        (["x"], "history message 1 must be"),
    ],
)
def test_a_bad_history_is_told_by_its_place(messages: object, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        history_from_json(messages)
