"""`earmark eval` from outside: killed with -9 and started again, given bad lines, changed underneath."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ui.commands import PROGRAM, ROOT, earmark, environment
from ui.evaluation import program

TURNS = 4  # of the fourteen example questions: enough to be caught in the middle


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example questions again and again, each worded a little differently."""
    examples = [
        json.loads(line) for line in (ROOT / "examples/questions.jsonl").read_text("utf-8").splitlines()
    ]
    path = tmp_path_factory.mktemp("questions") / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for turn in range(TURNS):
            for one in examples:
                again = {"id": f"{one['id']}-{turn}", "question": f"{one['question']}{' Please.' * turn}"}
                file.write(json.dumps(one | again) + "\n")
    return path


def finish(questions: Path, out: Path, home: Path) -> None:
    ran = earmark("eval", str(questions), "--out", str(out), home=home)
    assert ran.returncode == 0, ran.stderr


def whole_lines(path: Path) -> list[str]:
    """The lines that end."""
    return path.read_text("utf-8").split("\n")[:-1] if path.exists() else []


def untimed(path: Path) -> Iterator[dict[str, Any]]:
    for line in whole_lines(path):
        answer = json.loads(line)
        del answer["timings"]
        yield answer


def kill_in_the_middle(questions: Path, out: Path, home: Path) -> list[str]:
    """Start a run, kill it once a few answers are there, and give the lines it left."""
    answers = out / "answers.jsonl"
    command = [*PROGRAM, "eval", str(questions), "--out", str(out)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        until = time.monotonic() + 60
        while len(whole_lines(answers)) < 5:
            assert process.poll() is None and time.monotonic() < until, "the run ended, or wrote nothing"
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    return whole_lines(answers)


def test_a_killed_run_goes_on_where_it_was(home: Path, questions: Path, tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    left = kill_in_the_middle(questions, killed, home)
    asked = [json.loads(line)["id"] for line in questions.read_text("utf-8").splitlines()]
    assert 5 <= len(left) < len(asked)
    with (killed / "answers.jsonl").open("a") as file:
        file.write(left[-1][: len(left[-1]) // 2])

    finish(questions, killed, home)
    lines = whole_lines(killed / "answers.jsonl")
    # A question that was asked again would have other timings.
    assert set(left) <= set(lines)
    assert [json.loads(line)["question_id"] for line in lines] == asked

    finish(questions, whole, home)
    assert list(untimed(killed / "answers.jsonl")) == list(untimed(whole / "answers.jsonl"))
    scores = [json.loads((folder / "scores.json").read_text("utf-8"))["scores"] for folder in (killed, whole)]
    same = [{name: found for name, found in one.items() if not name.endswith("_ms")} for one in scores]
    assert same[0] == same[1] and same[0]["pointer_validity"]["mean"] == 1.0


def test_what_cannot_be_asked_or_placed_is_named_and_the_rest_runs(home: Path, tmp_path: Path) -> None:
    table = tmp_path / "questions.csv"
    table.write_text(
        "id,question,answerable,must_contain,evidence\n"
        "one,Why are the halls at Dry Creek not connected?,yes,transformer,"
        '"[{""path"": ""episode.vtt"", ""quote"": ""words that nobody said""}]"\n'
        "two,Who owns the queue?,perhaps,,\n",
        "utf-8",
    )
    ran = earmark("eval", str(table), "--out", str(tmp_path / "run"), home=home)
    assert ran.returncode == 0
    assert f"{table}, line 3: answerable must be true or false, not 'perhaps'" in ran.stderr
    lines = [json.loads(line) for line in whole_lines(tmp_path / "run" / "answers.jsonl")]
    assert [line["question_id"] for line in lines] == ["one", "two"]
    assert lines[1]["question"] == "Who owns the queue?"
    assert "1 of the lines could not be asked" in ran.stderr
    unreadable, unplaced = json.loads((tmp_path / "run" / "scores.json").read_text("utf-8"))["warnings"]
    assert unreadable.startswith("line 3 is no question") and unplaced.startswith(
        "one: evidence 1 (episode.vtt)"
    )


def test_code_that_answers_is_told_from_code_that_scores(tmp_path: Path) -> None:
    answers, scores = tmp_path / "search.py", tmp_path / "evaluate" / "score.py"
    scores.parent.mkdir()
    answers.write_text("depth = 1")
    scores.write_text("half = 0.5")
    first = program([tmp_path])
    scores.write_text("half = 0.6")
    assert program([tmp_path]) == first
    answers.write_text("depth = 2")
    assert program([tmp_path]) != first
