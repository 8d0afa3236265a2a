"""A server as its user runs it: a whole process, asked over HTTP, with other commands beside it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.ui.commands import ROOT, earmark

QUESTION = {"question": "Why are the halls at Dry Creek without a connection?"}
NOTE = "Ana: The turnstile at Harrow Lane was painted green in March.\n\nBo: It squeaks.\n"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def served(home: Path, *, page: bool = False) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server of its own process on this data folder, answering; ended with the block."""
    port = free_port()
    program = [sys.executable, "-c", "from ui.cli import main; main()"]
    process = subprocess.Popen(
        [*program, "serve", "--port", str(port), *([] if page else ["--api-only"])],
        cwd=ROOT,
        env={**os.environ, "EARMARK_HOME": str(home), "EARMARK_LOCK_SECONDS": "0.5"},
        stderr=subprocess.PIPE,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(address, process), seconds=60)
        yield address, process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def clockwork(*options: str) -> Iterator[str]:
    """The address of a mock model in a process of its own."""
    port = free_port()
    program = [sys.executable, "-m", "tests.ui.mock_model", str(port), *options]
    process = subprocess.Popen(program, cwd=ROOT, text=True)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(address, process, path="/count"), seconds=60)
        yield address
    finally:
        process.kill()
        process.communicate()


def writing_with(model: str) -> dict[str, str]:
    """The settings of a server that has answers written by it."""
    return {
        "EARMARK_MODEL": "openai:clockwork",
        "EARMARK_MODEL_URL": f"{model}/v1",
        "EARMARK_MODEL_KEY": "none",
        "EARMARK_MODEL_CITING": "markers",
        "EARMARK_MODEL_SECONDS": "60",
    }


def answers(address: str, process: subprocess.Popen[str], *, path: str = "/healthz") -> bool:
    assert process.poll() is None, process.communicate()[1]
    try:
        return httpx.get(f"{address}{path}", timeout=5).is_success
    except httpx.TransportError:
        return False


def until(done, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.1)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An archive of the examples."""
    ran = earmark("add", "examples", home=tmp_path / "home")
    assert ran.returncode == 0, ran.stderr
    return tmp_path / "home"


def test_it_answers_does_the_work_of_commands_and_ends_when_asked(home: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text(NOTE)
    kept = tmp_path / "kept"
    with served(home) as (address, process):
        answer = httpx.post(f"{address}/v1/ask", json=QUESTION, timeout=30).json()
        assert answer["status"] == "answered"
        assert answer["citations"]

        # A command's work is done by the server, and found in it at once.
        assert earmark("backup", str(kept), home=home).returncode == 0
        added = json.loads(earmark("add", str(note), "--json", home=home).stdout)["added"]
        found = httpx.get(f"{address}/v1/search", params={"q": "turnstile painted green"}, timeout=30).json()
        assert found["passages"][0]["source_id"] == added[0]["id"]
        assert httpx.get(f"{address}/healthz", timeout=5).json()["sources"] == 5
        looked = earmark("doctor", "--json", home=home)
        report = json.loads(looked.stdout)
        assert (looked.returncode, report["ok"]) == (0, True), report
        assert "level with the library" in next(
            f["found"] for f in report["findings"] if f["check"] == "index"
        )
        assert earmark("rebuild", home=home).returncode == 0
        assert earmark("restore", str(kept), home=home).returncode == 0
        assert httpx.get(f"{address}/healthz", timeout=5).json()["sources"] == 4
        assert httpx.post(f"{address}/v1/ask", json=QUESTION, timeout=30).json()["answer"] == answer["answer"]

        second = earmark("serve", "--port", str(free_port()), "--api-only", home=home)
        assert second.returncode == 1
        assert f"in use by `earmark serve` (process {process.pid}" in second.stderr

        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        assert time.monotonic() - started < 5
        assert process.returncode == 0
    assert not (home / "holder.json").exists()
    assert json.loads(earmark("doctor", "--json", home=home).stdout)["ok"]


@contextmanager
def streaming(address: str) -> Iterator[tuple[Iterator[str], Iterator[str]]]:
    """The lines that two readers get of an answer, as they come: one over the API, one on the page."""
    session = "a-reader"
    with httpx.Client(base_url=address, timeout=30) as client, ExitStack() as open_streams:
        events = client.get("/config").json()["dependencies"]
        (ask,) = (one["id"] for one in events if any(event == "ask" for _, event in one["targets"]))
        asked = {
            "fn_index": ask,
            "session_hash": session,
            "data": [],
            "event_data": {"run": "1", "history": [], "filters": {}, **QUESTION},
        }
        assert client.post("/gradio_api/queue/join", json=asked).is_success
        api, page, heartbeat = map(
            open_streams.enter_context,
            (
                client.stream("POST", "/v1/ask", json={**QUESTION, "stream": True}),
                client.stream("GET", f"/gradio_api/queue/data?session_hash={session}"),
                client.stream("GET", f"/gradio_api/heartbeat/{session}"),
            ),
        )
        assert {stream.status_code for stream in (api, page, heartbeat)} == {200}
        yield api.iter_lines(), page.iter_lines()


@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_it_ends_within_seconds_while_answers_are_read(
    home: Path, wish: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clockwork("0") as model:
        for name, value in writing_with(model).items():
            monkeypatch.setenv(name, value)
        with served(home, page=True) as (address, process), streaming(address) as (api, page):
            next(line for line in api if line == "event: token")
            next(line for line in page if '"draft"' in line and '"draft": null' not in line)
            started = time.monotonic()
            process.send_signal(wish)
            process.wait(10)
            assert time.monotonic() - started < 5
            # Where these tests run in the background of a shell, Ctrl-C is ignored by whoever they start.
            ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            assert process.returncode == (0 if wish is signal.SIGTERM or ignored else 130)
        until(lambda: httpx.get(f"{model}/count").json()["open"] == 0, seconds=5)
    assert not (home / "holder.json").exists()


HOLD = """
import sys
from tests.rag.archives import open_archive, load
from pathlib import Path
with open_archive(load(home=Path(sys.argv[1])), alone=True, command="earmark add") as archive:
    archive.index.ready()
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_server_that_starts_while_a_command_writes_answers_and_takes_over_then(
    home: Path, tmp_path: Path
) -> None:
    note = tmp_path / "note.txt"
    note.write_text(NOTE)
    writing = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writing.stdout is not None
        assert writing.stdout.readline() == "held\n"
        with served(home) as (address, process):
            answer = httpx.post(f"{address}/v1/ask", json=QUESTION, timeout=30).json()
            assert answer["status"] == "answered"
            busy = earmark("add", str(note), home=home)
            assert busy.returncode == 1
            assert f"in use by `earmark add` (process {writing.pid}" in busy.stderr
            writing.communicate("done\n")
            until(lambda: holds(home, process), seconds=10)
            assert earmark("add", str(note), home=home).returncode == 0
            assert httpx.get(f"{address}/healthz", timeout=5).json()["sources"] == 5
    finally:
        writing.kill()
        writing.communicate()


def holds(home: Path, process: subprocess.Popen[str]) -> bool:
    try:
        note = json.loads((home / "holder.json").read_text())
    except (OSError, ValueError):
        return False
    return note["pid"] == process.pid and bool(note["url"])
