"""What goes wrong with a model's service, in sockets and bytes: an answer in time even so, paid for once."""

from __future__ import annotations

import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rag.contract import answer_json
from rag.models import Answer, Verdict
from rag.spend import SpendBook
from rag.wiring import Archive
from tests.rag.archives import an_archive
from tests.rag.talks import QUESTION, fill
from tests.scripted import Asked, Reply, ScriptedServer, scripted

SCHEMA = json.loads((Path(__file__).parents[2] / "rag" / "answer.schema.json").read_text())
CANARY = "sk-canary-0451"
CAP = "The cap on exports is 60 units a week until June."
OTHER = "Orders fell, so two plants were closed in May"


def good(asked: Asked) -> str:
    numbers = {
        words: next(n for n, text in asked.evidence.items() if words in text) for words in (CAP, "closed")
    }
    return f"{CAP} [{numbers[CAP]}] {OTHER} [{numbers['closed']}]. " + "The weather is fine. " * 10


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A kind of fault, what the reader is told, how often the service may be asked for one answer."""

    reply: Reply
    told: str
    asked: int = 3
    mended: bool = False  # once it is over, the next try of the same answer works
    protocol: str = "openai"


FAULTS = {
    "reset-at-once": Fault(reply=Reply(slam=True), told="could not be reached"),
    "silent": Fault(reply=Reply(before_s=90), told="took too long", asked=3),
    "500": Fault(reply=Reply(status=500), told="it failed"),
    "502-as-a-page": Fault(
        reply=Reply(status=502, body=b"<html>Bad Gateway</html>", headers={"content-type": "text/html"}),
        told="it failed",
    ),
    "429-soon": Fault(
        reply=Reply(status=429, headers={"retry-after": "0"}), told="asked too much", asked=2, mended=True
    ),
    "429-in-an-hour": Fault(
        reply=Reply(status=429, headers={"retry-after": "3600"}), told="asked too much", asked=1
    ),
    "401-with-the-key-in-it": Fault(
        reply=Reply(status=401, body=json.dumps({"error": {"message": f"Incorrect key: {CANARY}"}}).encode()),
        told="did not accept the key",
        asked=1,
    ),
    "404": Fault(reply=Reply(status=404), told="there is no such model", asked=1),
    "cut-at-the-start": Fault(reply=Reply(text=good, cut_after=1), told=r"cut off|could not be reached"),
    # On a busy machine the call may be repeated before what came of the first has been read.
    "cut-after-a-claim": Fault(reply=Reply(text=good, cut_after=9), told="stopped before the end", asked=2),
    "hangs-after-a-claim": Fault(
        reply=Reply(text=good, hang_after=9), told="stopped before the end", asked=1
    ),
    "slow-loris": Fault(reply=Reply(text="a" * 5000, piece=1, between_s=0.4), told="took too long", asked=3),
    "bad-json": Fault(
        reply=Reply(body=b"data: {{{ no json\n\n", headers={"content-type": "text/event-stream"}),
        told="made no sense",
    ),
    "empty": Fault(reply=Reply(text=""), told="made no sense"),
    "wrong-charset": Fault(
        reply=Reply(
            body='data: {"é'.encode("utf-16") + b"\n\n", headers={"content-type": "text/event-stream"}
        ),
        told="made no sense",
    ),
    "ten-megabytes": Fault(
        reply=Reply(text="lorem " * 1_700_000, piece=4000), told="could be verified", asked=1
    ),
    "ollama-500": Fault(reply=Reply(status=500), told="it failed", protocol="ollama"),
    "anthropic-overloaded": Fault(reply=Reply(status=529), told="asked too much", protocol="anthropic"),
    "anthropic-cut": Fault(
        reply=Reply(text=good, cut_after=1), told=r"cut off|could not be reached", protocol="anthropic"
    ),
    "ollama-cut": Fault(
        reply=Reply(text=good, cut_after=0),
        told=r"cut off|could not be reached|made no sense",
        protocol="ollama",
    ),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("talks")
    fill(folder)
    return folder


@contextmanager
def asking(home: Path, server: ScriptedServer, fault: Fault, **more: Any) -> Iterator[Archive]:
    server.otherwise = Reply(text=good, usage=(800, 30)) if fault.mended else fault.reply
    settings = server.settings(fault.protocol, model_citing="markers", **more)
    with an_archive(home, alone=False, **settings) as archive:
        yield archive


def check(answer: Answer, fault: Fault) -> None:
    """A typed notice, or nothing to notice; every claim shown is carried; nothing is told of the key."""
    written = json.dumps(answer_json(answer))
    jsonschema.validate(json.loads(written), SCHEMA)
    assert CANARY not in written
    assert answer.citations
    shown = [claim for claim in answer.claims if claim.verdict is not Verdict.CUT]
    assert {claim.text for claim in shown} <= {CAP, OTHER + "."} | {
        c.evidence.quote for c in answer.citations
    }
    if fault.mended:
        assert (answer.notice, answer.model) == (None, "openai:scripted")
    else:
        assert re.search(fault.told, answer.notice or ""), answer.notice


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_costs_no_more_than_the_models_time(
    home: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    fault = FAULTS[kind]
    with (
        caplog.at_level(logging.DEBUG),
        scripted() as server,
        asking(home, server, fault, model_seconds=2) as archive,
    ):
        server.replies = [fault.reply] if fault.mended else []
        archive.warm_up()
        book = SpendBook(home / "activity.db")
        before = book.today()
        started = time.monotonic()
        answer = archive.assistant.ask(QUESTION)
        took = time.monotonic() - started
        after = book.today()
        book.close()
    check(answer, fault)
    assert took < 15  # what a reader is promised; the model has two seconds, the rest is for a busy machine
    assert 1 <= len(server.asked) <= fault.asked
    spent = answer.usage.input_tokens + answer.usage.output_tokens if answer.usage else 0
    assert after.input_tokens + after.output_tokens - before.input_tokens - before.output_tokens == spent
    assert CANARY not in caplog.text
    assert CANARY.encode() not in b"".join(file.read_bytes() for file in home.glob("activity.db*"))


@pytest.mark.soak
@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_met_by_twenty_at_once(home: Path, kind: str) -> None:
    fault = FAULTS[kind]
    with scripted() as server, asking(home, server, fault) as archive:
        archive.warm_up()
        server.replies = [fault.reply] * 20 if fault.mended else []
        book = SpendBook(home / "activity.db")
        before = book.today()
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: _timed(archive), range(20)))
        after = book.today()
        book.close()
    for answer, took in answers:
        check(answer, fault)
        assert took < 15
    assert len(server.asked) <= 20 * fault.asked
    spent = [answer.usage for answer, _ in answers if answer.usage]
    assert after.input_tokens - before.input_tokens == sum(usage.input_tokens for usage in spent)
    assert after.output_tokens - before.output_tokens == sum(usage.output_tokens for usage in spent)


def _timed(archive: Archive) -> tuple[Answer, float]:
    started = time.monotonic()
    return archive.assistant.ask(QUESTION), time.monotonic() - started


def test_nobody_listens_at_the_address(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with an_archive(home, alone=False, model="openai:x", model_url=url, model_seconds=3) as archive:
            answer = archive.assistant.ask(QUESTION)
    assert "could not be reached" in (answer.notice or "")


def test_after_five_failures_the_service_is_left_alone(home: Path) -> None:
    fault = FAULTS["404"]
    with scripted() as server, asking(home, server, fault) as archive:
        notices = [archive.assistant.ask(QUESTION).notice or "" for _ in range(8)]
    assert len(server.asked) == 5
    assert "left alone for a while" in notices[-1]


def test_a_days_budget_holds_and_is_told(home: Path, tmp_path: Path) -> None:
    fill(tmp_path)
    with scripted(
        Reply(text=lambda asked: good(asked).partition(" The weather")[0], usage=(900, 100))
    ) as server:
        settings = server.settings(daily_spend=0.03, price_in=10.0, price_out=10.0)
        with an_archive(tmp_path, alone=False, **settings) as archive, ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: archive.assistant.ask(QUESTION), range(8)))
        book = SpendBook(tmp_path / "activity.db")
        spent = book.today()
        book.close()
    paid = [answer for answer in answers if answer.usage]
    assert 0 < len(paid) == len(server.asked) < 8
    assert (spent.spend or 0) <= 0.03
    assert spent.spend == pytest.approx(0.01 * len(paid))
    told = {answer.notice for answer in answers if not answer.usage}
    assert all("budget" in (notice or "") for notice in told)


def test_a_disk_that_is_full_costs_the_model_not_the_answer(home: Path, tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "activity.db").mkdir()
    with (
        scripted(Reply(text=good)) as server,
        an_archive(tmp_path, alone=False, **server.settings()) as archive,
    ):
        answer = archive.assistant.ask(QUESTION)
    assert server.asked == []
    assert "cannot be written down" in (answer.notice or "")
