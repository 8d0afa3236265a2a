"""Three ways of citing become sentences with numbers of ours; nothing half is shown on the way."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage

from rag.compose.drafting import NOT_COVERED, PARTLY, Marked, Sentence, forbidden, numbers
from rag.compose.material import Material, gather
from rag.compose.reading import ReadsMarkers, ReadsNative, ReadsSchema, pointed_at
from rag.models import Sentence as Span
from rag.sentences import sentence_spans
from tests.fakes import a_passage, a_source, an_evidence

TEXTS = ("Caps fell in May. Orders rose.", "Bo Lind runs the plant.")


def material() -> Material:
    evidence = []
    for number, text in enumerate(TEXTS):
        sentences = tuple(Span(start=a, end=b) for a, b in sentence_spans(text))
        source = a_source(text, id=f"s{number}", url=f"https://talk.example/{number}")
        evidence.append(an_evidence(passage=a_passage(source=source, sentences=sentences)))
    return gather(evidence, tokens=1000, count=len)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        pytest.param(
            "Caps fell [1]. Orders rose [2].", [("Caps fell.", (1,)), ("Orders rose.", (2,))], id="before"
        ),
        pytest.param(
            "Caps fell. [1] Orders rose. [2]", [("Caps fell.", (1,)), ("Orders rose.", (2,))], id="after"
        ),
        pytest.param("Caps [1] fell [2][3].", [("Caps fell.", (1, 2, 3))], id="inside"),
        pytest.param(
            "- Caps fell [1]\n- **Orders** rose [2]", [("Caps fell", (1,)), ("Orders rose", (2,))], id="list"
        ),
        pytest.param(
            "Dr. Wu paid $4.5 [1]. Yes.", [("Dr. Wu paid $4.5.", (1,)), ("Yes.", ())], id="abbreviation"
        ),
        pytest.param("It fell [1", [("It fell", ())], id="half-a-marker"),
        pytest.param("It fell [see note].", [("It fell [see note].", ())], id="brackets-of-its-own"),
        pytest.param("...\n\n---\n", [], id="nothing"),
    ],
)
@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_sentences_are_read_however_they_come_in(said: str, read: list[Any], piece: int) -> None:
    reading, found = Marked(), list[Sentence]()
    for at in range(0, len(said), piece):
        found += reading.feed(said[at : at + piece])
        assert not numbers(reading.draft)
        assert "[" not in reading.draft or "see note" in reading.draft
    found += reading.end()
    assert [(sentence.text, sentence.numbers) for sentence in found] == read


def test_paragraphs_are_kept() -> None:
    reading = Marked()
    found = [*reading.feed("One [1]. Two [1].\n\nThree [1]. Four"), *reading.end()]
    assert [sentence.opens for sentence in found] == [True, False, True, False]


@pytest.mark.parametrize("said", [NOT_COVERED, "the archive does not cover this", f"**{NOT_COVERED}**"])
def test_the_refusal_is_known_again_and_never_drafted(said: str) -> None:
    reading = ReadsMarkers()
    for letter in said:
        assert reading.feed(letter) == []
        assert reading.draft == ""
    assert (reading.end(), reading.covered) == ([], "none")


def test_a_part_is_known_again() -> None:
    reading = ReadsMarkers()
    found = [*reading.feed(f"Caps fell [1]. {PARTLY}"), *reading.end()]
    assert ([sentence.text for sentence in found], reading.covered) == (["Caps fell."], "part")


def test_a_growing_document_gives_a_sentence_when_the_next_begins() -> None:
    reading = ReadsSchema()
    first = {"text": "Caps fell.", "cites": [1]}
    assert reading.feed({"sentences": [{"text": "Caps"}]}) == []
    assert reading.draft == "Caps"
    assert reading.feed({"sentences": [first]}) == []
    assert reading.feed({"sentences": [first, {"text": "Orders ro"}]}) == [Sentence("Caps fell.", (1,))]
    assert reading.draft == "Orders ro"
    whole = {
        "sentences": [first, {"text": "Orders rose. They fell.", "cites": ["2", 2, "x"]}],
        "covered": "all",
    }
    assert reading.feed(whole) == []
    assert [(one.text, one.numbers) for one in reading.end()] == [
        ("Orders rose.", (2,)),
        ("They fell.", (2,)),
    ]
    assert reading.covered == "all"


@pytest.mark.parametrize(
    "nonsense", [None, [], "text", {"sentences": "text"}, {"sentences": [1, None, {"text": 3}]}]
)
def test_a_document_of_another_shape_says_nothing(nonsense: Any) -> None:
    reading = ReadsSchema()
    assert reading.feed(nonsense) == reading.end() == []
    assert reading.draft == ""


@pytest.mark.parametrize(
    ("annotation", "points"),
    [
        pytest.param(
            {"extras": {"document_index": 1, "start_block_index": 0, "end_block_index": 1}}, (3,), id="block"
        ),
        pytest.param(
            {"extras": {"document_index": 0, "start_block_index": 0, "end_block_index": 2}}, (1, 2), id="two"
        ),
        pytest.param({"extras": {"document_index": 9, "start_block_index": 0}}, (), id="no-such-document"),
        pytest.param({"cited_text": "Bo Lind runs the plant"}, (3,), id="words"),
        pytest.param({"cited_text": "Whales sing"}, (), id="other-words"),
        pytest.param({"url": "https://talk.example/1"}, (3,), id="address"),
        pytest.param({"url": "https://evil.example/1"}, (), id="another-address"),
        pytest.param({"type": "non_standard_annotation"}, (), id="not-a-citation"),
        pytest.param({}, (), id="nothing"),
    ],
)
def test_a_models_own_citation_points_into_the_material_or_nowhere(
    annotation: dict[str, Any], points: tuple[int, ...]
) -> None:
    assert pointed_at({"type": "citation", **annotation}, material()) == points


def test_openais_annotations_become_ours() -> None:
    # As LangChain gives them: offsets into the text, and the address or the cited words.
    text, cited = "Bo Lind runs it. Orders rose.", {"type": "url_citation", "title": ""}
    message = AIMessage(
        content=[
            {
                "type": "text",
                "text": text,
                "annotations": [
                    {**cited, "url": "https://talk.example/1", "start_index": 0, "end_index": 15},
                    {**cited, "url": "https://evil.example", "start_index": 17, "end_index": 28},
                ],
            }
        ],
        response_metadata={"model_provider": "openai"},
    )  # fmt: skip
    reading = ReadsNative(material())
    found = [*reading.feed(message.content_blocks), *reading.end()]
    assert [(one.text, one.numbers) for one in found] == [("Bo Lind runs it.", (3,)), ("Orders rose.", ())]


def test_a_blocks_words_wait_for_its_citations() -> None:
    reading = ReadsNative(material())
    blocks: list[dict[str, Any]] = [
        {"type": "text", "text": "Bo runs it, ", "index": 0},
        {"type": "text", "text": "and orders rose", "index": 1},
        {
            "type": "text",
            "text": "",
            "index": 1,
            "annotations": [{"type": "citation", "cited_text": "Orders rose."}],
        },
        {"type": "reasoning", "reasoning": "Hm."},
        {"type": "text", "text": ". And", "index": 2},
    ]
    found = [sentence for block in blocks for sentence in reading.feed([block])]
    found += reading.end()
    assert [(one.text, one.numbers) for one in found] == [("Bo runs it, and orders rose.", (2,)), ("And", ())]


def test_the_budget_keeps_the_best_and_at_least_a_sentence() -> None:
    text = "One is short. " + "This one is rather longer than the other sentences are. " * 3
    spans = tuple(Span(start=a, end=b) for a, b in sentence_spans(text))
    evidence = an_evidence(passage=a_passage(source=a_source(text), sentences=spans))
    assert len(gather([evidence], tokens=1, count=len).sentences) == 1
    some = gather([evidence], tokens=250, count=len)
    assert 1 < len(some.sentences) < 4
    assert some.cited([1, 9, 0, -1]) == some.sentences[:1]
    assert some.unknown([1, 9, 0]) == (9, 0)


@pytest.mark.parametrize(
    "text", ["R&D rose 5%.", "It cost $5 (or £4) in 2024/25.", "At 9:30 “we” met.", "a < b", "v0.19.2"]
)
def test_ordinary_words_are_not_taken_for_markup(text: str) -> None:
    assert forbidden(text) is None
