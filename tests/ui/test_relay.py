"""Work that reports as it goes: what is told, in which order, and what ends it."""

from __future__ import annotations

import threading

import pytest

from rag.contract import Json
from rag.errors import EarmarkError, StorageError
from ui.relay import Progress, relayed, watched


def test_progress_comes_while_the_work_is_done() -> None:
    go_on = threading.Event()

    def work(progress: Progress) -> Json:
        progress("a", "reading")
        assert go_on.wait(10)
        progress("b", "reading")
        return {"added": ["a", "b"]}

    lines = relayed(work)
    first = next(lines)
    go_on.set()
    told: list[tuple[str, str]] = []
    report = watched([first, *lines], lambda *line: told.append(line))
    assert told == [("a", "reading"), ("b", "reading")]
    assert report == {"added": ["a", "b"]}


def test_who_hangs_up_has_the_work_stopped_at_its_next_step() -> None:
    hung_up, ended = threading.Event(), threading.Event()
    steps: list[int] = []

    def work(progress: Progress) -> Json:
        try:
            for step in range(100):
                progress("a", str(step))
                steps.append(step)
                assert hung_up.wait(10)
        finally:
            ended.set()
        return {}

    lines = relayed(work)
    next(lines)
    lines.close()  # type: ignore[attr-defined]  # a generator, as the server closes it
    hung_up.set()
    assert ended.wait(10)
    assert steps == [0]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (StorageError("the disk is full; make room"), "the disk is full; make room"),
        (KeyError("inside"), "its log says why"),
    ],
)
def test_a_problem_is_told_without_its_inside(error: Exception, told: str) -> None:
    def work(progress: Progress) -> Json:
        raise error

    with pytest.raises(EarmarkError, match=told) as caught:
        watched(relayed(work), lambda *line: None)
    assert "inside" not in str(caught.value)


def test_lines_that_break_off_are_no_report() -> None:
    assert watched(['{"origin": "a", "stage": "reading"}'], lambda *line: None) is None
