"""`earmark eval` with a model that costs: it stops at its limit, and goes on from there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.errors import SettingsError
from rag.evaluate.evaluation import Caps, Evaluation
from rag.settings import Settings, load
from tests.scripted import Reply, scripted
from ui.evaluation import evaluate

CANARY = "sk-canary-0451"
QUESTION = "Why are the halls at Dry Creek without a connection?"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    asked = [f"{QUESTION}{' Please.' * turn}" for turn in range(6)]
    lines = [json.dumps({"id": f"q{place}", "question": question}) for place, question in enumerate(asked)]
    path.write_text("\n".join(lines) + "\n")
    return path


def run(settings: Settings, questions: Path, spend: float | None) -> Evaluation:
    return evaluate(settings, questions, questions.parent / "out", caps=Caps(concurrency=1), spend=spend)


def test_a_run_stops_at_its_limit_and_goes_on_from_there(home: Path, questions: Path) -> None:
    said = Reply(text=lambda asked: "Grid connections are scarce [1].", usage=(900, 100))
    with scripted(said) as server:
        settings = load(
            {}, home=home, price_in=10.0, price_out=10.0, **server.settings(model_citing="markers")
        )
        stopped = run(settings, questions, 0.025)
        assert stopped.run.stopped == "0.03 of 0.03 are spent"
        assert len(server.asked) == stopped.run.asked == 3
        whole = run(settings, questions, None)
    assert len(whole.run.lines) == 6
    assert CANARY not in (questions.parent / "out" / "answers.jsonl").read_text()


def test_a_limit_needs_prices(home: Path, questions: Path) -> None:
    with pytest.raises(SettingsError, match="EARMARK_PRICE_IN"):
        run(load({}, home=home), questions, 1.0)
