"""The whole road over the examples, with the real model, library and index; and LangChain's faces of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough

from ingest.sync import add
from rag import Archive, open_archive
from rag.contract import answer_json
from rag.errors import ArchiveMismatch, ModelUnavailable, QuestionError
from rag.models import Filters, SourceKind, Status, Turn, Verdict
from rag.runtime import FastEmbedder
from rag.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMA = json.loads((ROOT / "rag" / "answer.schema.json").read_text())
DRY_CREEK = "Why are the halls at Dry Creek without a connection?"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    settings = Settings(home=tmp_path_factory.mktemp("road"))
    with open_archive(settings, alone=True) as opened:
        add(opened, ["examples"], folder=ROOT)
        yield opened


@pytest.mark.parametrize(
    "question",
    [
        DRY_CREEK,
        "Why would a country want a model of its own?",
        "When is version 2 of the Plum Tree Community Licence dated?",
        "Which vitamins are in carrots?",
    ],
)
def test_an_answer_keeps_the_contract_and_quotes_to_the_letter(archive: Archive, question: str) -> None:
    answer = archive.assistant.ask(question)
    written = answer_json(answer)
    jsonschema.validate(written, SCHEMA)
    assert sum(len(found["text"]) for found in written["retrieved"]) >= 4000
    by_number = {citation.number: citation for citation in answer.citations}
    for claim in answer.claims:
        assert answer.text[slice(*claim.at)] == claim.text
        assert claim.text in {by_number[number].evidence.quote for number in claim.citations}
    for citation in answer.citations:
        evidence = citation.evidence
        assert archive.library.source(evidence.passage.source.id).text[evidence.start : evidence.end]


@pytest.mark.parametrize("question", ["Which planet has the most moons?", "How do I train my dog to sit?"])
def test_what_is_about_something_else_is_declined(archive: Archive, question: str) -> None:
    answer = archive.assistant.ask(question)
    assert answer.status in (Status.NOT_COVERED, Status.OFF_TOPIC)
    assert (answer.citations, answer.claims) == ((), ())
    assert answer.nearest


def test_what_an_ai_wrote_is_labelled_and_the_shows_own_notes_are_not(archive: Archive) -> None:
    (summary,) = [source for source in archive.library.sources() if source.kind is SourceKind.SUMMARY]
    labelled = {passage.heading: passage.ai_written for passage in archive.library.passages_of(summary.id)}
    assert labelled["Quick takeaways"]
    assert not labelled["Episode notes"]
    assert any(heading and heading.startswith("Deep dives") for heading in labelled)


def test_a_follow_up_is_asked_with_what_came_before(archive: Archive) -> None:
    before = [Turn(role="user", content=DRY_CREEK), Turn(role="assistant", content="They wait for the grid.")]
    answer = archive.assistant.ask("And what does power cost there?", history=before)
    assert any("Dry Creek" in citation.evidence.quote for citation in answer.citations)


@pytest.mark.parametrize("question", ["", "  \n", "why " * 500])
def test_what_cannot_be_asked_is_said(archive: Archive, question: str) -> None:
    with pytest.raises(QuestionError):
        archive.assistant.ask(question)


def test_filters_hold_for_the_neighbours_that_search_brings(archive: Archive) -> None:
    found = archive.search.find("chips", k=20, filters=Filters(speakers=("Ingrid Vollan",)))
    assert found
    assert all("Ingrid Vollan" in hit.passage.speakers for hit in found)


def test_adverts_are_found_only_on_request(archive: Archive) -> None:
    question = "Photograph a receipt with Tallybird"
    assert not any(hit.passage.advert for hit in archive.search.find(question, k=20))
    asked = archive.search.find(question, k=20, filters=Filters(adverts=True))
    assert any(hit.passage.advert for hit in asked)


def test_the_retriever_serves_somebody_elses_chain(archive: Archive) -> None:
    retriever = archive.retriever(k=3)
    documents = retriever.invoke(DRY_CREEK)
    known = archive.library.passages([str(document.id) for document in documents])
    assert all(known[str(document.id)].text in document.page_content for document in documents)

    prompt = ChatPromptTemplate.from_template("Answer from this:\n{context}\n\n{question}")
    model = GenericFakeChatModel(messages=iter([AIMessage(content="They wait for the grid.")]))
    context: Runnable[str, str] = retriever | RunnableLambda(_joined)
    chain = {"context": context, "question": RunnablePassthrough()} | prompt | model
    assert chain.invoke(DRY_CREEK).content == "They wait for the grid."


@pytest.mark.parametrize("asked", ["half of a \ud83d", "\udcff"])
def test_half_a_character_cannot_be_asked_or_searched_for(archive: Archive, asked: str) -> None:
    with pytest.raises(QuestionError, match="half a character"):
        archive.assistant.ask(asked)
    with pytest.raises(QuestionError, match="half a character"):
        archive.search.find(asked, k=3)
    with pytest.raises(QuestionError, match="half a character"):
        archive.assistant.ask("And then?", history=[Turn(role="user", content=asked)])


def test_the_assistant_is_a_runnable(archive: Archive) -> None:
    runnable = archive.assistant.runnable()
    by_text, by_body = runnable.batch([DRY_CREEK, {"question": DRY_CREEK, "filters": {"kind": "episode"}}])
    jsonschema.validate(by_text, SCHEMA)
    assert {citation["kind"] for citation in by_body["citations"]} == {"episode"}


def test_the_fast_runtime_equals_the_reference(archive: Archive) -> None:
    assert isinstance(archive.embedder, FastEmbedder)
    library = archive.library
    texts = [passage.text for source in library.sources() for passage in library.passages_of(source.id)]
    fast = np.array(archive.embedder.embed_documents(texts))
    reference = np.array(archive.embedder.reference.embed_documents(texts))
    assert np.allclose(np.linalg.norm(fast, axis=1), 1, atol=1e-4)
    cosines = (fast * reference).sum(axis=1)
    assert cosines.mean() >= 0.99
    assert cosines.min() >= 0.97


def test_an_archive_is_not_opened_with_another_model(archive: Archive, tmp_path: Path) -> None:
    archive_home = tmp_path / "home"
    with open_archive(Settings(home=archive_home), alone=True) as opened:
        opened.library.set_meta("embedding_model", "another@123")
    with pytest.raises(ArchiveMismatch, match="another@123"):
        open_archive(Settings(home=archive_home))


def test_weights_that_are_not_the_ones_are_refused(tmp_path: Path) -> None:
    from rag.packaged import check_weights

    (tmp_path / "model.safetensors").write_bytes(b"not the weights")
    with pytest.raises(ModelUnavailable, match="SHA-256 differs"):
        check_weights(tmp_path)


def _joined(documents: list[Document]) -> str:
    return "\n".join(document.page_content for document in documents)


def test_a_list_from_the_index_is_complete(archive: Archive) -> None:
    answer = archive.assistant.ask("Which sources mention Dry Creek?")
    holding = {source.id for source in archive.library.sources() if "Dry Creek" in source.text}
    assert {citation.evidence.passage.source.id for citation in answer.citations} == holding
    lead = answer.claims[0]
    assert lead.text.startswith(f"{len(holding)} source")
    assert (lead.verdict, len(lead.citations)) == (Verdict.DERIVED, len(holding))


def test_a_list_of_nothing_is_asked_like_any_other_question(archive: Archive) -> None:
    answer = archive.assistant.ask("Which episodes mention Zanzibar?")
    assert answer.status in {Status.NOT_COVERED, Status.OFF_TOPIC}


def test_a_figure_of_an_earlier_answer_is_not_asked_about(archive: Archive) -> None:
    first = archive.assistant.ask(DRY_CREEK)
    history = [Turn(role="user", content=DRY_CREEK), Turn(role="assistant", content=first.text)]
    then = archive.assistant.ask(
        "And how many of the export licence applications were granted?", history=history
    )
    assert then.status is Status.ANSWERED
    assert "eleven were granted" in then.text
