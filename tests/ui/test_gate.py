"""How many at once, and what is counted where."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from rag.activity import Activity
from rag.errors import StorageError
from rag.sites import Site
from ui.callers import Caller, address_of, network_of
from ui.gate import Gate, Limits
from ui.hits import ActivityStorage
from ui.problems import Refused

READER = Caller(tiers=("public",), network="203.0.113.0/24", session="a")
HERE = Caller(tiers=("public",))


@pytest.mark.parametrize(
    ("limits", "caller", "status"),
    [
        pytest.param({"at_once": 2}, HERE, 503, id="server"),
        pytest.param({"at_once_network": 2}, READER, 429, id="network"),
        pytest.param({"at_once_session": 2}, READER, 429, id="session"),
        pytest.param(
            {"at_once_site": 2},
            Caller(tiers=("public",), site=Site(id="s", name="S", origins=())),
            429,
            id="site",
        ),
    ],
)
def test_so_many_at_once_and_no_more(limits: dict[str, int], caller: Caller, status: int) -> None:
    gate = Gate(Activity(), Limits(**limits))  # type: ignore[arg-type]
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(gate.slot(caller))
        with pytest.raises(Refused) as refused, gate.slot(caller):
            pass
        assert (refused.value.status, refused.value.wait_s) == (status, 2)
        assert gate.running == 2
    assert gate.running == 0
    with gate.slot(caller):
        assert gate.running == 1


def test_a_window_moves() -> None:
    now = 1_000.0
    gate = Gate(Activity(), Limits(network="2/minute"), now=lambda: now)
    gate.admit(READER)
    now += 40
    gate.admit(READER)
    with pytest.raises(Refused) as refused:
        gate.admit(READER)
    assert refused.value.wait_s == 20
    now += 21
    gate.admit(READER)


def test_counting_by_many_threads_lets_no_more_through() -> None:
    gate, let_in = Gate(Activity(), Limits(network="10/hour")), []

    def ask() -> None:
        for _ in range(5):
            try:
                gate.admit(READER)
                let_in.append(1)
            except Refused:
                pass

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(let_in) == 10


def test_a_disk_that_cannot_be_written_stops_no_reader_and_no_money_is_spent(tmp_path: Path) -> None:
    (tmp_path / "activity.db").mkdir()
    gate = Gate(Activity(tmp_path / "activity.db"), Limits(network="1/hour", written_network="1/day"))
    for _ in range(3):
        gate.admit(READER)
    assert not gate.may_write(READER)
    with pytest.raises(StorageError, match=r"activity\.db cannot be used"):
        Activity(tmp_path / "activity.db").secret()


def test_what_was_not_written_is_given_back() -> None:
    gate = Gate(Activity(), Limits(written_network="1/day"))
    assert gate.may_write(READER) and not gate.may_write(READER)
    gate.was_not_written(READER)
    assert gate.may_write(READER)
    assert gate.may_write(HERE), "who is on this machine has no budget"


def test_the_limits_librarys_own_storage_tests_hold() -> None:
    now = 50.0
    storage = ActivityStorage(Activity(), now=lambda: now)
    assert storage.check()
    assert (storage.incr("k", 60, 3), storage.get("k"), storage.get_expiry("k")) == (3, 3, 110.0)
    assert storage.get_moving_window("k", 5, 60) == (50.0, 3)
    assert not storage.acquire_entry("k", 5, 60, amount=3)
    assert storage.acquire_entry("k", 5, 60, amount=2)
    storage.clear("k")
    assert storage.get("k") == 0
    storage.incr("other", 60)
    assert storage.reset() == 1
    now += 100
    assert storage.get_expiry("other") == now


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.200", "198.51.100.0/24"),
        ("2001:db8:1:ffff::9", "2001:db8:1::/48"),
        ("unix", "unix"),
        ("x" * 100, "x" * 64),
    ],
)
def test_neighbours_are_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("forwarded", "proxies", "address"),
    [
        pytest.param([], 2, "10.0.0.1", id="no-proxy-spoke"),
        pytest.param(["1.1.1.1, 2.2.2.2, 3.3.3.3"], 1, "3.3.3.3", id="one"),
        pytest.param(["1.1.1.1, 2.2.2.2", "3.3.3.3"], 2, "2.2.2.2", id="two-headers"),
        pytest.param(["9.9.9.9"], 3, "9.9.9.9", id="fewer-than-said"),
        pytest.param(["1.1.1.1"], 0, "10.0.0.1", id="none-believed"),
    ],
)
def test_only_our_proxies_are_believed(forwarded: list[str], proxies: int, address: str) -> None:
    assert address_of("10.0.0.1", forwarded, proxies=proxies) == address
