from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rag.errors import ArchiveBusy
from rag.models import SourceKind
from tests.fakes import CannedAssistant, MemoryLibrary, a_citation, a_passage, an_answer
from tests.ui.conftest import scarce
from ui.conversation import Conversation, State


def states(assistant: CannedAssistant, sent: Any) -> list[State]:
    async def run() -> list[State]:
        chat = Conversation(
            assistant, MemoryLibrary(a_passage()), question_characters=100, history_characters=40
        )
        return [state async for state in chat.reply(sent)]

    return asyncio.run(run())


def test_a_question_is_answered_state_by_state_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.conversation._LATE_S", 60)
    told = states(CannedAssistant(otherwise=an_answer(a_citation(1))), {"run": "r1", "question": " What? "})
    assert {state["run"] for state in told} == {"r1"}
    stages = [state["exchange"]["stage"] for state in told]
    assert stages == ["Searching 1 source…", "Reading 0 of them…", "Checking…", None]
    assert told[-1]["exchange"]["question"] == "What?"
    assert told[-1]["exchange"]["answer_id"] == "a11"


@pytest.mark.parametrize(("late_s", "claims"), [(60, 4), (-1, 0)], ids=["in-time", "late"])
def test_who_waited_long_is_not_shown_claim_by_claim(
    late_s: float, claims: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.conversation._LATE_S", late_s)
    monkeypatch.setattr("ui.conversation._BEAT_S", 0.2)  # more than a busy machine takes from claim to claim
    told = states(CannedAssistant(otherwise=scarce()), {"question": "What?"})
    stages = [state["exchange"]["stage"] for state in told]
    assert stages[2:] == ["Checking…"] * claims + [None]
    assert len(told[-1]["exchange"]["cards"]) == 4


def test_filters_and_the_end_of_the_history_reach_the_assistant() -> None:
    assistant = CannedAssistant()
    history = [{"role": "user", "content": f"turn {n} of ten"} for n in range(10)]
    told = states(assistant, {"question": "What?", "history": history, "filters": {"kind": ["episode"]}})
    ((_, turns, filters),) = assistant.asked
    assert [turn.content for turn in turns] == ["turn 7 of ten", "turn 8 of ten", "turn 9 of ten"]
    assert filters is not None and filters.kinds == (SourceKind.EPISODE,)
    assert told[0]["exchange"]["stage"] == "Searching what you chose…"


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        pytest.param({"question": " "}, "The question is empty.", id="empty"),
        pytest.param({}, "The question is empty.", id="nothing"),
        pytest.param({"question": "x" * 101}, "at most 100 are taken", id="long"),
        pytest.param({"question": "What?", "filters": {"kind": "podcast"}}, "unknown kind", id="filter"),
        pytest.param({"question": "What?", "history": "x"}, "history must be a list", id="history"),
        pytest.param({"question": "Is it busy?"}, "Another process is writing", id="refused"),
        pytest.param({"question": "Does it break?"}, "log", id="broken"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(sent: dict[str, Any], problem: str) -> None:
    busy = ArchiveBusy("Another process is writing. Ask again.")
    assistant = CannedAssistant({"busy": busy}, otherwise=RuntimeError("boom"))
    last = states(assistant, sent)[-1]["exchange"]
    assert problem in str(last["problem"])
    assert (last["stage"], last["cards"]) == (None, [])
