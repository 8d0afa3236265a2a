from __future__ import annotations

import pytest

from rag.library import Library
from rag.models import Filters
from rag.words import content_words
from tests.fakes import a_source
from tests.rag.libraries import a_large_one, paragraphs, put


@pytest.mark.parametrize(
    ("text", "question"),
    [
        pytest.param("The exporters were exporting.", "export", id="stems"),
        pytest.param("Chips", "chip", id="plural"),
        pytest.param("Müller ate a crème brûlée.", "muller creme brulee", id="accents-in-the-text"),
        pytest.param("Muller", "MÜLLER", id="accents-in-the-question"),
        pytest.param("Core v0.19.2", "v0.19.2", id="versions"),
        pytest.param("It is a technology.", "technologies", id="sqlite-s-own-rules"),
        pytest.param(
            'A "quoted" AND NEAR(word)', 'AND "quoted" NEAR(word* ^', id="query-syntax-is-only-words"
        ),
    ],
)
def test_words_are_found(library: Library, text: str, question: str) -> None:
    put(library, a_source(text, title="One"))
    put(library, a_source("Something else entirely.", id="s2", title="Two"))
    found = library.words.lexical(content_words(question), k=5, filters=Filters())
    assert [passage_id for passage_id, _ in found] == [f"s1-{text}"]


def test_no_words_find_nothing(library: Library) -> None:
    put(library, a_source())
    assert library.words.lexical([], k=5, filters=Filters()) == []


def test_labels_are_searched_too(library: Library) -> None:
    source = a_source("It rained.", title="Quay", show="Harbour")
    put(library, source, paragraphs(source, speakers=("Ana Ruiz",), heading="Bandwidth"))
    for word in ("quay", "harbour", "ruiz", "bandwidth"):
        assert len(library.words.lexical([word], k=5, filters=Filters())) == 1, word


def test_words_of_the_text_count_more_than_words_of_the_labels(library: Library) -> None:
    put(library, a_source("It rained on the day.", id="s1", title="Chips"))
    put(library, a_source("Chips on the quay here.", id="s2", title="Weather"))
    found = library.words.lexical(["chips"], k=5, filters=Filters())
    assert [passage_id[:2] for passage_id, _ in found] == ["s2", "s1"]
    assert found[0][1] > found[1][1]


def test_in_how_many_passages_a_stem_is(library: Library) -> None:
    put(library, a_source("Chips. A chip.\n\nChips again.\n\nNone.", title="Weather"))
    assert library.words.document_counts(["chip", "quay", "chip"]) == {"chip": 2, "quay": 0}


def test_which_words_occur_in_the_part_that_filters_leave(library: Library) -> None:
    put(library, a_source("Kilns are scarce.", id="a"))
    put(library, a_source("Bread is cheap.", id="b"))
    asked = ["kiln", "breads", "quay", '"']
    assert library.words.occurring(asked, Filters()) == {"kiln", "breads"}
    assert library.words.occurring(asked, Filters(exclude=("a",))) == {"breads"}


def test_how_many_passages_hold_a_phrase(library: Library) -> None:
    put(library, a_source("In nineteen forty nine.\n\nNineteen or forty nine.", id="a"))
    put(library, a_source("It was nineteen forties style.", id="b"))
    asked = ["nineteen forty", "nineteen fifty", '"']
    assert library.words.phrase_counts(asked, Filters()) == {"nineteen forty": 2, "nineteen fifty": 0, '"': 0}
    assert library.words.phrase_counts(asked, Filters(exclude=("a",)))["nineteen forty"] == 1


@pytest.mark.parametrize("question", ["kiln glazed cobalt", "kiln cobalt", "glazed cobalt fired"])
def test_passages_with_a_rare_word_are_scored_as_if_all_were(
    library: Library, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    a_large_one(library)
    terms = question.split()
    whole = dict(library.words.lexical(terms, k=500, filters=Filters()))
    monkeypatch.setattr("rag.fulltext._SCORED", 20)
    few = library.words.lexical(terms, k=500, filters=Filters())
    assert 0 < len(few) < len(whole), "else nothing was left out"
    assert dict(few) == pytest.approx({passage_id: whole[passage_id] for passage_id, _ in few})
    assert [score for _, score in few] == sorted((score for _, score in few), reverse=True)
    assert set(dict(few)) >= {passage_id for passage_id, score in whole.items() if score > 0.9 * few[0][1]}


@pytest.mark.parametrize("scored", [20, 4000], ids=["rare-words-choose", "all-words-choose"])
@pytest.mark.parametrize("k", [3, 500])
def test_scores_are_those_of_fts5(
    library: Library, monkeypatch: pytest.MonkeyPatch, scored: int, k: int
) -> None:
    a_large_one(library)
    monkeypatch.setattr("rag.fulltext._SCORED", scored)
    found = library.words.lexical(["kiln", "cobalt", "said"], k=k, filters=Filters())
    fts5 = library.rows(
        "SELECT p.id, -bm25(passage_words, 1.0, 0.6, 0.2, 0.6, 0.8) FROM passage_words w"
        " JOIN passages p ON p.rowid = w.rowid WHERE passage_words MATCH 'kiln OR cobalt OR said'"
    )
    assert found
    assert dict(found) == pytest.approx({each: score for each, score in fts5 if each in dict(found)})


def test_a_word_that_fts5_reads_as_two_is_found(library: Library) -> None:
    put(library, a_source("The snake_case kiln.\n\nThe snake.\n\nIt rained."))
    found = library.words.lexical(["snake_case"], k=5, filters=Filters())
    assert [passage_id for passage_id, _ in found] == ["s1-The snake_case kiln."]
