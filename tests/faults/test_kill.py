"""kill -9 at named steps and at random moments of an ingest: the next run ends as if nothing had happened."""

from __future__ import annotations

import pkgutil
import random
import signal
from pathlib import Path

import pytest

from tests.faults import following
from tests.faults.conftest import Ground, check_what_was_acknowledged
from tests.faults.ingest import STEPS
from tests.rag.contents import contents


def check_killed(ground: Ground, home: Path, **how: object) -> bool:
    """Kill a run, look at what is there, run again, compare; gives whether it was killed before its end."""
    ground.start(home)
    killed = ground.run(home, **how)
    assert killed.error is None
    check_what_was_acknowledged(home, killed)
    again = ground.run(home)
    assert (again.signal, again.error) == (0, None)
    assert contents(home) == ground.after
    return killed.signal == signal.SIGKILL


# Of each step, the first time it is come to; in the soak, the second and third time too.
FEW = ["+rag.library:next_generation", "+rag.library:Library.put", "-rag.index:Index.stamp"]


@pytest.mark.parametrize("step", [*STEPS, *following.STEPS])
def test_every_step_is_there(step: str) -> None:
    assert callable(pkgutil.resolve_name(step[1:]))


@pytest.mark.parametrize("step", FEW)
def test_killed_at_a_step(ground: Ground, tmp_path: Path, step: str) -> None:
    assert check_killed(ground, tmp_path / "home", die_at=step, die_on_call=2)


def test_killed_at_random_moments(ground: Ground, tmp_path: Path) -> None:
    moments = random.Random(7)
    for _ in range(3):
        check_killed(ground, tmp_path / "home", kill_after=moments.uniform(0, ground.unbroken.seconds))


FEW_OF_SYNC = [
    "+ingest.fetch:Fetcher.fetch",
    "+rag.library:Library.remove",
    "-rag.subscriptions:Subscriptions.rename",
    "-rag.subscriptions:Subscriptions.list",
]


@pytest.mark.parametrize("step", FEW_OF_SYNC)
def test_a_sync_killed_at_a_step(followed: Ground, tmp_path: Path, step: str) -> None:
    assert check_killed(followed, tmp_path / "home", die_at=step, die_on_call=1)


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("step", following.STEPS)
def test_a_sync_killed_at_every_step(followed: Ground, tmp_path: Path, step: str) -> None:
    assert check_killed(followed, tmp_path / "home", die_at=step, die_on_call=1)
    for call in (2, 4):
        check_killed(followed, tmp_path / "home", die_at=step, die_on_call=call)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a_sync_killed_at_many_random_moments(followed: Ground, tmp_path: Path) -> None:
    moments = random.Random(17)
    killed = 0
    for _ in range(30):
        moment = moments.uniform(0, followed.unbroken.seconds)
        killed += check_killed(followed, tmp_path / "home", kill_after=moment)
    assert killed > 18, "the others had ended before"


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_every_step(ground: Ground, tmp_path: Path, step: str) -> None:
    assert check_killed(ground, tmp_path / "home", die_at=step, die_on_call=1)
    for call in (2, 5):
        check_killed(ground, tmp_path / "home", die_at=step, die_on_call=call)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_killed_at_many_random_moments(ground: Ground, tmp_path: Path) -> None:
    moments = random.Random(11)
    killed = 0
    for _ in range(200):  # a run that is quicker than the measured one has ended before many a moment
        moment = moments.uniform(0, ground.unbroken.seconds)
        killed += check_killed(ground, tmp_path / "home", kill_after=moment)
        if killed == 40:
            break
    assert killed == 40, "the others had ended before"


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_killed_again_and_again_it_gets_there(ground: Ground, tmp_path: Path) -> None:
    home = ground.start(tmp_path / "home")
    moments = random.Random(13)
    for _ in range(20):
        check_what_was_acknowledged(home, ground.run(home, kill_after=moments.uniform(0.05, 0.5)))
    assert ground.run(home).error is None
    assert contents(home) == ground.after
