from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.models import Citation, Passage, Sentence, Source, Verdict
from rag.overview.making import Chosen, choose, quoted
from rag.overview.parts import Overview
from rag.overview.units import Floats, units_of, weights_of
from tests.fakes import HashingEmbeddings, a_source
from tests.rag.overview.talks import ADVERT, CHIPS, GRID, OPENING, a_talk

_EMBEDDINGS = HashingEmbeddings()


def vectors_of(passages: Sequence[Passage]) -> dict[str, Floats]:
    """Vectors of sentences by the words in them."""
    return {
        passage.id: np.asarray(
            _EMBEDDINGS.embed_documents(
                [passage.source.text[one.start : one.end] for one in passage.sentences]
            ),
            dtype=np.float32,
        )
        for passage in passages
    }


def chosen_of(source: Source, passages: Sequence[Passage]) -> Chosen:
    return choose(
        source,
        passages,
        vectors_of(passages),
        counts=lambda roots: dict.fromkeys(roots, 1),
        archive_passages=50,
    )


def overview_of(source: Source, passages: Sequence[Passage]) -> Overview:
    return quoted(chosen_of(source, passages))


def said(overview: Overview) -> list[str]:
    lines = [
        *overview.summary,
        *overview.takeaways,
        *(line for dive in overview.dives for line in dive.lines),
    ]
    return [line.claim.text for line in lines]


def cited(overview: Overview) -> list[Citation]:
    lines = [
        *overview.summary,
        *overview.takeaways,
        *(line for dive in overview.dives for line in dive.lines),
    ]
    entries = [*overview.chapters, *overview.people, *overview.topics]
    return [
        *(citation for line in lines for citation in line.citations),
        *(citation for entry in entries for citation in entry.moments),
    ]


def test_it_tells_the_subject_first_and_leaves_out_greetings_adverts_and_what_dangles() -> None:
    overview = overview_of(*a_talk())
    told = " ".join(said(overview))
    assert overview.summary[0].claim.text == OPENING[1]
    assert not [
        words for words in (*ADVERT, OPENING[0], CHIPS[2], CHIPS[4], GRID[2], GRID[5]) if words in told
    ]
    assert {words for words in CHIPS if words in told} and {words for words in GRID if words in told}


def weights(*said: str) -> dict[str, float]:
    """What the stems of a talk of these sentences weigh."""
    source = a_source(" ".join(said))
    starts = [source.text.index(words) for words in said]
    sentences = tuple(Sentence(start=at, end=at + len(words)) for at, words in zip(starts, said, strict=True))
    passage = Passage(id="p", source=source, ordinal=0, start=0, end=len(source.text), sentences=sentences)
    return weights_of(units_of([passage], vectors_of([passage])), lambda root: 1.0)


def test_what_a_talk_is_about_weighs_more_than_what_it_says_once_in_a_while() -> None:
    joke = [f"The turkey was {taste} here." for taste in ("cold", "dry", "old")]
    rule = [f"It basically broke the rule of {month}." for month in ("March", "May", "June")]
    filling = [f"Nobody asked number {n}." for n in range(6)]
    found = weights(*joke, rule[0], *filling[:3], rule[1], *filling[3:], rule[2])
    assert found["rule"] > found["turkei"]  # in three places, and not in one
    assert found["rule"] > found["basic"]  # a noun


def test_a_line_is_told_once() -> None:
    told = said(overview_of(*a_talk()))
    assert len(told) == len(set(told))


def test_chapters_are_the_headings_and_open_at_their_second() -> None:
    source, passages = a_talk()
    overview = overview_of(source, passages)
    assert [entry.name for entry in overview.chapters] == ["Opening", "Chips", "The grid"]
    assert not overview.found_chapters
    assert overview.chapters[1].moments[0].evidence.start_s == passages[1].start_s


def test_without_headings_one_short_talk_has_no_chapters() -> None:
    overview = overview_of(*a_talk(headings=False))
    assert overview.chapters == ()
    assert overview.found_chapters


def test_people_open_where_they_first_say_something() -> None:
    people = {entry.name: entry.moments[0].evidence.quote for entry in overview_of(*a_talk()).people}
    assert people == {"Theo Marr": OPENING[0], "Ana Ruiz": CHIPS[0]}


def test_topics_are_what_it_speaks_of_and_nobody_in_it() -> None:
    topics = [entry.name.lower() for entry in overview_of(*a_talk()).topics]
    assert {"bonding machines", "data hall"} & set(topics)
    assert not {name for name in topics if "ana" in name or "acme" in name}


def test_without_seconds_it_cites_all_the_same() -> None:
    citations = cited(overview_of(*a_talk(timed=False)))
    assert citations
    assert {citation.evidence.start_s for citation in citations} == {None}


def test_passages_without_vectors_of_sentences_are_told_by_their_words() -> None:
    source, passages = a_talk()
    overview = quoted(
        choose(source, passages, {}, counts=lambda roots: dict.fromkeys(roots, 1), archive_passages=50)
    )
    assert said(overview)


@pytest.mark.parametrize("text", ["", "Yes."])
def test_of_nothing_there_is_nothing_to_say(text: str) -> None:
    source = a_source(text, people=())
    sentences = (Sentence(start=0, end=len(text)),) if text else ()
    passage = Passage(id="p", source=source, ordinal=0, start=0, end=len(text), sentences=sentences)
    assert said(overview_of(source, [passage])) == []


_WORD = st.sampled_from(
    """the a factory machine card grid hall rule October north closed sold built is was and it that of for
    with Acme code sponsor you know welcome thanks <b>x</b> "quoted" 900 7.5 … i.e. “so”""".split()
)
_SENTENCE = st.builds(
    lambda said, end: " ".join(said).capitalize() + end,
    st.lists(_WORD, min_size=1, max_size=24),
    st.sampled_from([".", "?", "!", "...", ""]),
)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(_SENTENCE, min_size=1, max_size=5), st.booleans(), st.sampled_from([None, "A", "B"])
        ),
        min_size=1,
        max_size=12,
    )
)
def test_every_quote_is_verbatim_in_one_passage_and_none_is_an_advert(
    parts: list[tuple[list[str], bool, str | None]],
) -> None:
    text = "\n\n".join(" ".join(sentences) for sentences, _, _ in parts)
    source, passages, at = a_source(text), [], 0
    for place, (sentences, advert, heading) in enumerate(parts):
        spans = []
        for words in sentences:
            start = text.index(words, at)
            at = start + len(words)
            spans.append(Sentence(start=start, end=at, speaker="Ana" if place % 2 else None))
        passages.append(
            Passage(
                id=f"p{place}",
                source=source,
                ordinal=place,
                start=spans[0].start,
                end=at,
                sentences=tuple(spans),
                advert=advert,
                heading=heading,
            )
        )
    overview = overview_of(source, passages)
    assert overview.cut == ()
    for citation in cited(overview):
        item = citation.evidence
        assert item.passage.start <= item.start < item.end <= item.passage.end
        assert item.quote == text[item.start : item.end]
        assert item.passage.source is source
        assert not item.passage.advert
        assert citation.verdict is Verdict.QUOTED
    numbers: dict[int, tuple[int, int]] = {}
    for citation in cited(overview):
        place_of = (citation.evidence.start, citation.evidence.end)
        assert numbers.setdefault(citation.number, place_of) == place_of
