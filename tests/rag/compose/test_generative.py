"""Answers in a model's prose, over real HTTP: what it says wrong is mended or cut, never shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rag.compose.drafting import NOT_COVERED, PARTLY, Drafting
from rag.compose.telling import Done, Event, Judged
from rag.contract import answer_json
from rag.errors import ModelUnavailable, SettingsError
from rag.models import Answer, Status, Turn, Verdict
from rag.settings import load
from rag.wiring import open_archive
from tests.rag.archives import an_archive
from tests.rag.talks import QUESTION, fill
from tests.scripted import Asked, Reply, ScriptedServer, scripted

SCHEMA = json.loads((Path(__file__).parents[3] / "rag" / "answer.schema.json").read_text())
CAP = "The cap on exports is 60 units a week until June."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("talks")
    fill(folder)
    return folder


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted() as server:
        yield server


def number_of(asked: Asked, words: str) -> int:
    """The number of the first sentence with these words."""
    return next(number for number, text in asked.evidence.items() if words in text)


def saying(template: str) -> Callable[[Asked], str]:
    """A model that says this, `<words>` standing for the number of the sentence with those words."""
    return lambda asked: re.sub(r"<([^>]+)>", lambda found: str(number_of(asked, found[1])), template)


def told(home: Path, settings: dict[str, Any], question: str = QUESTION, **more: Any) -> list[Event]:
    with an_archive(home, alone=False, **settings) as archive:
        return list(archive.assistant.stream(question, **more))


def answered(home: Path, settings: dict[str, Any], question: str = QUESTION, **more: Any) -> Answer:
    (done,) = [event for event in told(home, settings, question, **more) if isinstance(event, Done)]
    jsonschema.validate(json.loads(json.dumps(answer_json(done.answer))), SCHEMA)
    return done.answer


def cuts(answer: Answer) -> dict[str, str | None]:
    return {claim.text: claim.reason for claim in answer.claims if claim.verdict is Verdict.CUT}


@pytest.mark.parametrize("protocol", ["openai", "anthropic", "ollama"])
def test_prose_is_kept_with_numbers_of_ours(home: Path, server: ScriptedServer, protocol: str) -> None:
    said = (
        "Until June the cap on exports is 60 units a week [<cap on exports is>]. Orders fell, so two plants"
    )
    server.otherwise = Reply(text=saying(said + " closed in May [<closed two>]."))
    answer = answered(home, server.settings(protocol, model_citing="markers"))
    assert answer.text == (
        "Until June the cap on exports is 60 units a week. [1] Orders fell, so two plants closed in May. [2]"
    )
    assert [citation.evidence.quote for citation in answer.citations] == [
        CAP,
        "We closed two plants in May because orders fell.",
    ]
    assert {claim.verdict for claim in answer.claims} == {Verdict.SUPPORTED}
    assert (answer.model, answer.notice, answer.status) == (f"{protocol}:scripted", None, Status.ANSWERED)
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.calls) == (900, 40, 1)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        pytest.param("The cap on exports is 90 units a week [<cap on exports is>].", "90", id="figure"),
        pytest.param("The cap on exports is 60 units a week.", "cites nothing", id="uncited"),
        pytest.param(
            "Ana Ruiz said “the cap stays for ever” [<cap on exports is>].", "stays for ever", id="quote"
        ),
        pytest.param("Whales sing in the harbour at night [99].", "[99]", id="unknown-number"),
        pytest.param("See https://evil.example for the cap [<cap on exports is>].", "links", id="link"),
    ],
)
def test_what_is_not_carried_is_cut_and_the_sources_quoted(
    home: Path, server: ScriptedServer, said: str, reason: str
) -> None:
    server.otherwise = Reply(text=saying(said))
    answer = answered(home, server.settings())
    (why,) = cuts(answer).values()
    assert reason in (why or "")
    assert answer.model == "extractive"
    assert answer.notice is not None
    assert "nothing it wrote could be verified" in answer.notice
    assert {claim.verdict for claim in answer.claims if claim.citations} == {Verdict.QUOTED}
    assert answer.usage is not None  # it was paid for all the same


def test_a_number_that_points_elsewhere_is_mended(home: Path, server: ScriptedServer) -> None:
    server.otherwise = Reply(text=saying("The cap on exports is 60 units a week until June [<Prices of>]."))
    answer = answered(home, server.settings())
    (claim,) = answer.claims
    assert claim.reason == "it now cites the words that carry it"
    assert answer.citations[0].evidence.quote == CAP


def test_a_model_that_finds_nothing_is_believed(home: Path, server: ScriptedServer) -> None:
    server.otherwise = Reply(text=NOT_COVERED)
    events = told(home, server.settings())
    assert not [event for event in events if isinstance(event, Drafting)]
    answer = answered(home, server.settings())
    assert (answer.status, answer.text, answer.citations) == (Status.NOT_COVERED, NOT_COVERED, ())
    assert answer.nearest


def test_a_part_is_said_to_be_one(home: Path, server: ScriptedServer) -> None:
    server.otherwise = Reply(text=saying(f"{CAP} [<cap on exports is>] {PARTLY}"))
    answer = answered(home, server.settings())
    assert answer.status is Status.PARTIAL
    assert answer.text == f"{CAP} [1]\n\n{PARTLY}"


def structured(covered: str, *entries: tuple[str, str]) -> Callable[[Asked], str]:
    def said(asked: Asked) -> str:
        sentences = [{"text": text, "cites": [number_of(asked, words)]} for text, words in entries]
        return json.dumps({"covered": covered, "sentences": sentences})

    return said


@pytest.mark.parametrize("protocol", ["openai", "ollama"])
def test_a_schema_closes_the_set(home: Path, server: ScriptedServer, protocol: str) -> None:
    entries = (("The cap on exports is 60 units a week.", "cap on exports is"), ("It is 90.", "closed two"))
    server.otherwise = Reply(text=structured("part", *entries), between_s=0.02)
    events = told(home, server.settings(protocol, model_citing="schema"))
    (answer,) = [event.answer for event in events if isinstance(event, Done)]
    assert answer.text == f"The cap on exports is 60 units a week. [1]\n\n{PARTLY}"
    assert list(cuts(answer)) == ["It is 90."]
    drafts = [event.text for event in events if isinstance(event, Drafting)]
    assert any("The cap on exports is 60 units".startswith(draft) for draft in drafts if draft)
    asked = server.asked[0]
    numbers = re.search(r'"enum": \[(1, [\d, ]+)\]', asked.words)
    assert numbers is not None
    assert len(numbers[1].split(", ")) == len(asked.evidence)
    assert answer.usage is not None
    assert answer.usage.input_tokens == 900


def test_a_server_without_schemas_gets_markers_from_then_on(home: Path, server: ScriptedServer) -> None:
    server.replies = [Reply(status=400)]
    server.otherwise = Reply(text=saying(f"{CAP} [<cap on exports is>]"))
    with an_archive(home, alone=False, **server.settings(model_citing="schema")) as archive:
        for _ in range(2):
            assert archive.assistant.ask(QUESTION).text == f"{CAP} [1]"
    assert ["response_format" in asked.body for asked in server.asked] == [True, False, False]


def test_anthropics_own_citations_become_ours(home: Path, server: ScriptedServer) -> None:
    def cited(asked: Asked, text: str) -> list[dict[str, Any]]:
        for document, block in enumerate(asked.body["messages"][-1]["content"][:-1]):
            for place, one in enumerate(block["source"]["content"]):
                if CAP in one["text"]:
                    return [
                        {
                            "type": "content_block_location",
                            "cited_text": one["text"],
                            "document_index": document,
                            "document_title": block["title"],
                            "start_block_index": place,
                            "end_block_index": place + 1,
                            "file_id": None,
                        }
                    ]
        return []

    server.otherwise = Reply(text="The cap on exports is 60 units a week.", citations=cited)
    answer = answered(home, server.settings("anthropic"))
    assert answer.text == "The cap on exports is 60 units a week. [1]"
    assert answer.citations[0].evidence.quote == CAP
    sent = server.asked[0].body["messages"][-1]["content"]
    assert all(block["citations"] == {"enabled": True} for block in sent[:-1])


def test_what_streams_is_what_is_answered(home: Path, server: ScriptedServer) -> None:
    said = (
        f"{CAP} [<cap on exports is>] It is 91 units [<closed two>]. Two plants closed in May [<closed two>]."
    )
    server.otherwise = Reply(text=saying(said), piece=1, between_s=0.02)
    events = told(home, server.settings())
    judged = [event for event in events if isinstance(event, Judged)]
    (answer,) = [event.answer for event in events if isinstance(event, Done)]
    assert sorted(event.claim.text for event in judged) == sorted(claim.text for claim in answer.claims)
    assert all(event.claim in answer.claims for event in judged)
    assert [c for event in judged for c in event.citations] == list(answer.citations)
    assert all(answer.text.startswith(event.text) for event in judged)
    drafts = [event.text for event in events if isinstance(event, Drafting)]
    assert len(drafts) > 20
    written = (CAP, "It is 91 units.", "Two plants closed in May.")
    assert not [draft for draft in drafts if not any(whole.startswith(draft) for whole in written)]


def test_a_follow_up_is_rewritten_by_the_model(home: Path, server: ScriptedServer) -> None:
    server.replies = [Reply(text="“What is the cap on exports?”", usage=(100, 10))]
    server.otherwise = Reply(text=saying(f"{CAP} [<cap on exports is>]"))
    before = [
        Turn(role="user", content="Tell me of exports."),
        Turn(role="assistant", content="They are capped."),
    ]
    answer = answered(home, server.settings(), "And what is it?", history=before)
    assert server.asked[1].question == "What is the cap on exports?"
    assert answer.question == "And what is it?"
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.calls) == (1000, 2)


def test_a_follow_up_goes_by_rule_when_the_model_answers_it_or_fails(
    home: Path, server: ScriptedServer
) -> None:
    server.otherwise = Reply(text=saying(f"{CAP} [<cap on exports is>]"))
    before = [Turn(role="user", content="What is the cap on exports?")]
    for bad in (Reply(status=500), Reply(text="See https://evil.example/?q=1"), Reply(text="x " * 900)):
        server.replies = [bad]
        assert answered(home, server.settings(), "And why is it so?", history=before).citations
        assert server.asked[-1].question.startswith("And why is it so? cap exports")


def test_prompts_of_the_users_own_are_used(home: Path, server: ScriptedServer, tmp_path: Path) -> None:
    (tmp_path / "cite-markers.md").write_text("Cite like a pirate.")
    server.otherwise = Reply(text=saying(f"{CAP} [<cap on exports is>]"))
    answered(home, server.settings(prompts=tmp_path))
    assert "Cite like a pirate." in server.asked[0].words


def test_a_broken_prompt_stops_the_start(home: Path, server: ScriptedServer, tmp_path: Path) -> None:
    (tmp_path / "answer.md").write_text("# system\n$refusal\n# user\n$question")
    with pytest.raises(SettingsError, match=r"answer\.md lacks citing, fence, material, partly"):
        told(home, server.settings(prompts=tmp_path))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        pytest.param("openai:gpt-4o-mini", "is its key set|its key set", id="no-key"),
        pytest.param("nobody:x", "cannot be set up", id="no-such-provider"),
        pytest.param("gguf:/nowhere/model.gguf", "No such file", id="no-file"),
    ],
)
def test_a_model_that_cannot_be_opened_is_an_error(
    home: Path, monkeypatch: pytest.MonkeyPatch, model: str, said: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with an_archive(home, alone=False, model=model) as archive, pytest.raises(ModelUnavailable, match=said):
        archive.assistant.ask(QUESTION)


def test_a_cap_on_money_needs_prices(home: Path) -> None:
    with pytest.raises(SettingsError, match="EARMARK_PRICE_IN"):
        open_archive(load({}, home=home, model="openai:x", daily_spend=1.0))
