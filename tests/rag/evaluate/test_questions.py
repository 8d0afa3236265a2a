from pathlib import Path

import pytest

from rag.errors import RunUnreadable
from rag.evaluate.question_file import questions_from_csv, questions_from_jsonl, read_questions
from rag.evaluate.questions import GoldEvidence
from rag.models import Filters, Turn


def test_a_full_line_is_parted_into_what_is_asked_and_what_is_known() -> None:
    line = (
        '{"id": "d1", "question": "And then?", "history": [{"role": "user", "content": "Who?"}],'
        ' "filters": {"show": "Lede"}, "answerable": true, "answer": "Ana", "must_contain": [["Ana", "A."]],'
        ' "evidence": [{"path": "a/b.md", "quote": "Ana did"}, {"path": "c", "start": 3, "end": 9},'
        ' {"path": "d.vtt", "start_s": 4, "end_s": 8.5}], "needs_all": true, "type": "fact", "speaker": null,'
        ' "time_s": 12.5, "note": "ignored"}'
    )
    question = questions_from_jsonl(line.encode()).questions[0]
    assert question.id == "d1"
    assert question.asked.history == (Turn(role="user", content="Who?"),)
    assert question.asked.filters == Filters(shows=("Lede",))
    assert question.gold.must_contain == (("Ana", "A."),)
    assert question.gold.needs_all
    assert question.gold.evidence == (
        GoldEvidence(path="a/b.md", quote="Ana did"),
        GoldEvidence(path="c", start=3, end=9),
        GoldEvidence(path="d.vtt", start_s=4.0, end_s=8.5),
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b"{", "not JSON", id="torn"),
        pytest.param(b"[1]", "not a JSON object", id="list"),
        pytest.param(b"\xff\xfe", "not UTF-8", id="bytes"),
        pytest.param(b"[" * 200_000, "not JSON", id="nested-without-end"),
        pytest.param(b'{"id": "a"}', "question is missing", id="no-question"),
        pytest.param(b'{"question": "  "}', "question is empty", id="blank-question"),
        pytest.param(b'{"question": "\\ud800"}', "half a character", id="lone-surrogate"),
        pytest.param(b'{"question": "q", "id": [1]}', "id must be", id="odd-id"),
        pytest.param(b'{"question": "q", "history": "hi"}', "history must be", id="odd-history"),
        pytest.param(b'{"question": "q", "filters": {"shw": "x"}}', "unknown filter 'shw'", id="odd-filter"),
        pytest.param(b'{"question": "q", "answerable": "yes"}', "answerable must be", id="odd-flag"),
        pytest.param(b'{"question": "q", "answer": 7}', "answer must be", id="odd-answer"),
        pytest.param(b'{"question": "q", "must_contain": "x"}', "must_contain must be", id="odd-groups"),
        pytest.param(b'{"question": "q", "must_contain": [[1]]}', "must_contain must be", id="odd-group"),
        pytest.param(b'{"question": "q", "evidence": {}}', "evidence must be", id="odd-evidence"),
        pytest.param(b'{"question": "q", "evidence": [{"path": "a"}]}', "evidence 1 needs", id="no-place"),
        pytest.param(
            b'{"question": "q", "evidence": [{"path": "a", "start": -1, "end": 2}]}',
            "evidence 1: start must be an offset",
            id="negative",
        ),
        pytest.param(b'{"question": "q", "time_s": NaN}', "time_s must be", id="not-a-number"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_runs(line: bytes, reason: str) -> None:
    found = questions_from_jsonl(b'{"question": "first"}\n\n' + line + b'\n{"question": "last"}')
    assert [question.id for question in found.questions] == ["line-1", "line-4"]
    assert [bad.number for bad in found.bad] == [3]
    assert reason in found.bad[0].reason


@pytest.mark.parametrize(
    ("line", "id", "question"),
    [
        pytest.param(b"fog and ferries", "line-2", "", id="no-json"),
        pytest.param(b'["Who?"]', "line-2", "", id="no-object"),
        pytest.param(b'{"id": "x", "question": ""}', "x", "", id="empty"),
        pytest.param(b'{"id": 7, "question": "Who?", "history": 1}', "7", "Who?", id="history"),
        pytest.param(b'{"id": [1], "question": "Who?"}', "line-2", "Who?", id="odd-id"),
        pytest.param(b'{"id": "first", "question": "Who?"}', "first", "Who?", id="used"),
        pytest.param(b'{"id": "\\ud800", "question": "W\\udfff?"}', "line-2", "W??", id="half-characters"),
    ],
)
def test_a_bad_line_keeps_its_id_and_its_question(line: bytes, id: str, question: str) -> None:
    found = questions_from_jsonl(b'{"id": "first", "question": "Why?"}\n' + line)
    assert [type(one).__name__ for one in found.lines] == ["Question", "BadLine"]
    assert (found.bad[0].id, found.bad[0].question) == (id, question)


def test_an_id_is_used_once() -> None:
    found = questions_from_jsonl(b'{"id": 7, "question": "a"}\n{"id": "7", "question": "b"}')
    assert [question.asked.question for question in found.questions] == ["a"]
    assert found.bad[0].reason == "id '7' was used on line 1"


def test_a_table_says_the_same_as_lines_of_json() -> None:
    table = (
        "\ufeffQuestion;id;must_contain;answerable;needs_all;time_s;evidence;history;filters\r\n"
        'Who?;a;[["Ana"]];TRUE;no;12.5;"[{""path"": ""x"", ""quote"": ""Ana did""}]";;\r\n'
        '"Two\nlines?";;60|sixty;;;;;;"{""kind"": ""episode""}"\r\n'
        ";;;;;;;;\r\n"
        "When?;;;maybe;;;;;\r\n"
        "When?;;;;;soon;;;\r\n"
        "When?;;;;;;{;;\r\n"
    )
    found = questions_from_csv(table.encode())
    first, second = found.questions
    assert (first.id, first.gold.answerable, first.gold.time_s) == ("a", True, 12.5)
    assert first.gold.evidence[0].quote == "Ana did"
    assert (second.id, second.asked.question) == ("line-3", "Two\nlines?")
    assert second.gold.must_contain == (("60", "sixty"),)
    assert [bad.number for bad in found.bad] == [6, 7, 8]
    assert "answerable must be true or false" in found.bad[0].reason


def test_a_file_is_read_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text("question\nWho?\n")
    (tmp_path / "q.jsonl").write_text('{"question": "Who?"}\n')
    (tmp_path / "empty.jsonl").write_text("\n")
    assert read_questions(tmp_path / "q.csv").questions[0].id == "line-2"
    assert read_questions(tmp_path / "q.jsonl").questions[0].id == "line-1"
    for name, reason in [("empty.jsonl", "holds no question"), ("none.jsonl", "cannot read")]:
        with pytest.raises(RunUnreadable, match=reason):
            read_questions(tmp_path / name)


def test_a_table_needs_a_question_column() -> None:
    with pytest.raises(RunUnreadable, match="column named 'question'"):
        questions_from_csv(b"id,text\n1,Who?\n")
