"""What is kept of readers' questions: counted for the owner, forgotten in time, not written at all with 0."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from rag.activity import Activity
from rag.contract import answer_json
from rag.errors import SettingsError
from rag.evaluate.question_file import questions_from_jsonl
from rag.filters import filters_from_json, filters_json
from rag.kept_answers import KeptAnswers, UnknownAnswer
from rag.models import Answer, Filters, SourceKind, Status, Turn
from rag.readership import Readership, normal_form, question_line
from rag.settings import load
from tests.fakes import (
    MemoryLibrary,
    a_citation,
    a_passage,
    a_refusal,
    a_source,
    an_answer,
    an_evidence,
)

PASSAGE = a_passage(speakers=("Ana Ruiz",), start_s=754.2)
LETTER = a_passage(source=a_source("Warehouses were full.", id="letter", title="Letter 14"))
LIBRARY = MemoryLibrary(PASSAGE, LETTER)
DAY_S = 86_400


def scarce(id: str, question: str = "Why are chips scarce?") -> Answer:
    cited = a_citation(evidence=an_evidence("Chips are the scarce part.", passage=PASSAGE))
    return an_answer(cited, id=id, question=question)


def full(id: str) -> Answer:
    return an_answer(a_citation(evidence=an_evidence(passage=LETTER)), id=id, question="Were they full?")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "activity.db"


@pytest.fixture
def activity(file: Path) -> Iterator[Activity]:
    activity = Activity(file)
    yield activity
    activity.close()


def written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def age(activity: Activity, *, days: float) -> None:
    """Have all that is kept be so much older."""
    with activity.writing() as db:
        db.execute("UPDATE answers SET at = at - ?", (days * DAY_S,))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Why are the CHIPS scarce?", "why are chips scarce", True),
        ("What did Müller say?", "what did muller say??", True),
        ("When was it sold?", "Why was it sold?", False),
        ("Did Ana praise Bo?", "Did Bo praise Ana?", False),
        ("???", "!!!", False),
    ],
)
def test_questions_that_only_look_different_are_one(one: str, other: str, same: bool) -> None:
    assert (normal_form(one) == normal_form(other)) is same


def test_questions_moments_and_gaps_are_counted(activity: Activity) -> None:
    kept = KeptAnswers(activity)
    for answer in (
        scarce("a1"),
        scarce("a2", "why are the chips scarce"),
        full("a3"),
        a_refusal(id="a4", question="Who won the match?"),
        a_refusal(id="a5", question="Who won the MATCH"),
        a_refusal(id="a6", question="Write me a poem", status=Status.OFF_TOPIC),
    ):
        kept.keep(answer_json(answer))
    readership = Readership(activity)
    asked = readership.most_asked(most=10)
    assert [(one.question, one.times) for one in asked[:2]] == [
        ("Who won the MATCH", 2),
        ("why are the chips scarce", 2),
    ]
    assert len(asked) == 4
    gaps = readership.not_covered(most=10)
    assert [(one.question, one.times, one.status) for one in gaps] == [
        ("Who won the MATCH", 2, "not_covered"),
        ("Write me a poem", 1, "off_topic"),
    ]
    assert readership.counts() == {"answered": 3, "not_covered": 2, "off_topic": 1}
    first, second = readership.moments(most=10)
    assert (first.source_id, first.times, first.citation["quote"]) == ("s1", 2, "Chips are the scarce part.")
    assert (second.source_id, second.times) == ("letter", 1)
    assert len(readership.moments(most=1)) == len(readership.most_asked(most=1)) == 1


def test_a_report_is_a_line_to_evaluate_with_and_asks_as_the_reader_did(activity: Activity) -> None:
    kept = KeptAnswers(activity)
    turns = (Turn(role="user", content="Tell me of chips."), Turn(role="assistant", content="They are few."))
    limits = Filters(shows=("Frontier Hour",), since=date(2026, 1, 1), audiences=("public",))
    kept.keep(answer_json(scarce("a1", "And why?")), history=turns, filters=limits)
    kept.keep(answer_json(full("a2")))
    kept.keep(answer_json(full("a3")))
    kept.add_feedback("a1", verdict="down", citation=1, comment="Not what\nshe said.")
    kept.add_feedback("a1", verdict="down")
    kept.add_feedback("a1", verdict="up")
    kept.add_feedback("a2", verdict="up")
    kept.add_feedback("a3", verdict="wrong_source", citation=9)
    reports = Readership(activity).reported(most=10)
    assert [report.answer["id"] for report in reports] == ["a3", "a1"]
    assert [one.citation for one in reports[1].verdicts] == [None, 1]
    line = json.dumps(question_line(reports[1]), ensure_ascii=False)
    found = questions_from_jsonl(line.encode())
    assert not found.bad
    (question,) = found.questions
    assert (question.id, question.asked.question, question.asked.history) == ("a1", "And why?", turns)
    assert question.asked.filters == Filters(shows=("Frontier Hour",), since=date(2026, 1, 1))
    said = question_line(reports[1])["reported"]
    assert (said[1]["quote"], said[1]["comment"]) == ("Chips are the scarce part.", "Not what\nshe said.")
    assert question_line(reports[0])["reported"][0]["quote"] is None
    assert [report.answer["id"] for report in Readership(activity).reported(most=1)] == ["a3"]


def test_filters_are_told_as_they_are_read() -> None:
    given = Filters(
        shows=("A",),
        speakers=("B",),
        kinds=(SourceKind.EPISODE,),
        sources=("s",),
        exclude=("t",),
        since=date(2026, 1, 1),
        until=date(2026, 2, 1),
        adverts=True,
    )
    assert filters_from_json(filters_json(given)) == given
    assert filters_json(Filters(audiences=("paid",))) == {}


def test_what_is_too_old_goes_to_the_last_word(activity: Activity, tmp_path: Path) -> None:
    kept = KeptAnswers(activity, days=7)
    kept.keep(answer_json(scarce("a1", "Zanzibar?")))
    kept.add_feedback("a1", verdict="down", citation=1, comment="Xylophone")
    age(activity, days=6.9)
    kept.sweep()
    assert kept.get("a1", LIBRARY)["question"] == "Zanzibar?"
    assert b"Xylophone" in written(tmp_path) and b"Zanzibar" in written(tmp_path)
    age(activity, days=0.2)
    with pytest.raises(UnknownAnswer):
        kept.get("a1", LIBRARY)
    kept.sweep()
    assert b"Zanzibar" not in written(tmp_path) and b"zanzibar" not in written(tmp_path)
    assert b"Xylophone" not in written(tmp_path)
    readership = Readership(activity)
    assert (readership.most_asked(most=9), readership.reported(most=9), readership.moments(most=9)) == (
        [],
        [],
        [],
    )


def test_old_ones_go_also_while_new_ones_come_but_not_at_each(activity: Activity) -> None:
    kept = KeptAnswers(activity, days=7)
    for id in ("a1", "a2"):
        kept.keep(answer_json(scarce(id)))
        age(activity, days=8)
    held = Readership(activity).counts
    assert held() == {"answered": 2}  # the hour is not over
    KeptAnswers(activity, days=7).keep(answer_json(scarce("a3")))
    assert held() == {"answered": 1}


def test_with_0_nothing_of_a_question_is_written_and_a_verdict_is(activity: Activity, tmp_path: Path) -> None:
    kept = KeptAnswers(activity, days=0)
    kept.keep(answer_json(scarce("a1", "Zanzibar?")))
    with pytest.raises(UnknownAnswer):
        kept.get("a1", LIBRARY)
    kept.judgeable("a1", LIBRARY)
    with pytest.raises(UnknownAnswer):
        kept.judgeable("a9", LIBRARY)
    kept.add_feedback("a1", verdict="wrong_source", citation=1, comment="I asked of Zanzibar")
    kept.add_feedback("a1", verdict="wrong_source", citation=1)
    kept.add_feedback("a1", verdict="down")
    start = PASSAGE.source.text.index("Chips are")
    bare = Readership(activity).bare(most=9)
    assert [(one.verdict, one.source_id, one.start, one.times) for one in bare] == [
        ("wrong_source", "s1", start, 2),
        ("down", None, None, 1),
    ]
    assert b"zanzibar" not in written(tmp_path).lower()
    with activity.reading() as db:
        assert [db.execute(f"SELECT count(*) FROM {name}").fetchone() for name in ("answers", "asked")] == [
            (0,),
            (0,),
        ]
    kept.forget_source("s1")
    assert [one.verdict for one in Readership(activity).bare(most=9)] == ["down"]


def test_only_so_many_answers_are_known_by_memory(activity: Activity) -> None:
    kept = KeptAnswers(activity, days=0)
    for n in range(1001):
        kept.keep(answer_json(scarce(f"a{n}")))
    with pytest.raises(UnknownAnswer):
        kept.judgeable("a0", LIBRARY)
    kept.judgeable("a1", LIBRARY)


def test_turned_to_0_it_forgets_what_was_kept(activity: Activity, tmp_path: Path) -> None:
    KeptAnswers(activity, days=7).keep(answer_json(scarce("a1", "Zanzibar?")))
    later = KeptAnswers(activity, days=0)
    with pytest.raises(UnknownAnswer):
        later.get("a1", LIBRARY)
    later.sweep()
    assert b"anzibar" not in written(tmp_path)


def test_what_is_asked_of_a_source_goes_with_it(activity: Activity) -> None:
    kept = KeptAnswers(activity)
    kept.keep(answer_json(scarce("a1")))
    kept.keep(answer_json(full("a2")))
    kept.forget_source("s1")
    assert [one.source_id for one in Readership(activity).moments(most=9)] == ["letter"]
    assert [one.question for one in Readership(activity).most_asked(most=9)] == ["Were they full?"]


def test_a_file_of_an_older_earmark_is_used(file: Path, activity: Activity) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute(
            "CREATE TABLE answers (id TEXT PRIMARY KEY, at REAL NOT NULL, site TEXT, document BLOB NOT NULL)"
        )
    assert Readership(activity).most_asked(most=9) == []
    KeptAnswers(activity).keep(answer_json(scarce("a1")))
    assert Readership(activity).counts() == {"answered": 1}


def test_looking_makes_no_file(file: Path, activity: Activity) -> None:
    assert Readership(activity).most_asked(most=9) == []
    KeptAnswers(activity).sweep()
    assert not file.exists()


def test_days_are_days() -> None:
    assert load({}).keep_questions == 365
    with pytest.raises(SettingsError, match="EARMARK_KEEP_QUESTIONS"):
        load({}, keep_questions=-1)
