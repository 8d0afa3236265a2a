"""An answer that nobody waits for ends at the model, at once: over real HTTP on both sides."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.rag.archives import an_archive
from tests.rag.talks import QUESTION, fill
from tests.scripted import Reply, ScriptedServer, scripted
from tests.ui.serving import serving
from ui.api import create_app

CAP = "The cap on exports is 60 units a week until June."


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedServer]:
    with scripted() as server:
        yield server


@pytest.fixture(scope="module")
def address(model: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("talks")
    fill(home)
    with (
        an_archive(home, alone=False, **model.settings(model_seconds=60)) as archive,
        serving(create_app(archive.assistant, archive.library, page=False)) as address,
    ):
        yield address


def until(true: Callable[[], object], *, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(before_s=50), id="before-it-answers"),
        pytest.param(Reply(text="word " * 400, between_s=0.2, piece=5), id="while-it-writes"),
        pytest.param(Reply(text="word " * 400, hang_after=3, piece=5), id="while-it-hangs"),
    ],
)
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_a_reader_who_leaves_ends_the_models_call_within_a_second(
    address: str, model: ScriptedServer, reply: Reply, stream: bool
) -> None:
    model.otherwise, asked, gone = reply, len(model.asked), len(model.gone)
    body = {"question": QUESTION, "stream": stream}
    with (
        contextlib.suppress(httpx.ReadTimeout),
        httpx.stream("POST", f"{address}/v1/ask", json=body, timeout=1.5),
    ):
        assert until(lambda: len(model.asked) > asked, seconds=10)
    left = time.monotonic()
    assert until(lambda: len(model.gone) > gone, seconds=5), "the model still writes"
    assert model.gone[-1] - left < 1.0


def test_the_stream_tells_drafts_claims_and_the_answer(address: str, model: ScriptedServer) -> None:
    model.otherwise = Reply(
        text=lambda asked: (
            f"{CAP} [{next(n for n, text in asked.evidence.items() if CAP in text)}] It is 90 [1]."
        ),
        piece=4,
    )
    got = httpx.post(f"{address}/v1/ask", json={"question": QUESTION, "stream": True}, timeout=30)
    blocks = [block.split("\n") for block in got.text.strip().split("\n\n")]
    events = [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks
    ]
    names = [name for name, _ in events]
    assert (names[0], names[-1]) == ("sources", "done")
    assert {"token", "claim"} <= set(names)
    assert events[0][1]["sources"]
    claims = [told for name, told in events if name == "claim"]
    assert [claim["verdict"] for claim in claims] == ["supported", "cut"]
    assert [one["quote"] for claim in claims for one in claim["cited"]] == [CAP]
    assert "90" in claims[1]["reason"]
    assert events[-1][1]["answer"] == f"{CAP} [1]"
    assert all("[" not in told["text"] for name, told in events if name == "token")
