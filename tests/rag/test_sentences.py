from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(" \n\n \t", id="white-space"),
    ],
)
def test_nothing_holds_no_sentence(text: str) -> None:
    assert sentences(text) == []


@pytest.mark.parametrize(
    "expected",
    [
        pytest.param(["Bitcoin Core v0.19.2 fixes it.", "LND 0.8 does not."], id="versions"),
        pytest.param(["It cost $4.5 million.", "Cheap."], id="decimals"),
        pytest.param(["Dr. Wu met Mr. Li.", "They spoke."], id="titles"),
        pytest.param(["J. K. Rowling wrote it.", "Yes."], id="initials"),
        pytest.param(["So did I.", "Yes."], id="i-is-no-initial"),
        pytest.param(["It didn't.", "They don’t.", "It's Bo's.", "Yes."], id="nor-is-a-short-form"),
        pytest.param(["Some, e.g. this one, are small.", "Others are not."], id="eg"),
        pytest.param(["He lives in the U.S.", "She does not."], id="us-ends"),
        pytest.param(["It is a U.S. company.", "So what?"], id="us-goes-on"),
        pytest.param(["We met at 5 p.m. on Friday.", "Nobody came."], id="pm-goes-on"),
        pytest.param(["We met at 5 p.m.", "Nobody came."], id="pm-ends"),
        pytest.param(["No. 3 won.", "See Fig. 2 for it."], id="numbers"),
        pytest.param(["But no.", "Three lost."], id="no-is-a-word-too"),
        pytest.param(["Apple Inc. sold it.", "It sold to Acme Inc.", "Shares fell."], id="companies"),
        pytest.param(["He asked… and left.", "Fine…", "Then."], id="ellipsis"),
        pytest.param(["Wait... what?", "Hm."], id="three-dots"),
        pytest.param(["Really?!", "Yes."], id="several-marks"),
        pytest.param(['He said "Stop."', "Then he left."], id="straight-quotes"),
        pytest.param(["He said “Stop.”", "“Why?”", "Then he left."], id="curly-quotes"),
        pytest.param(["(It rained.)", "[Applause.]", "We left."], id="brackets"),
        pytest.param(["See example.com for it.", "Then go."], id="addresses"),
        pytest.param(["Émile left.", "Élodie stayed."], id="accented-capitals"),
        pytest.param(["It grew.", "3 of them left."], id="a-figure-opens"),
        pytest.param(["so we kept going and it never. stopped. really"], id="speech-without-capitals"),
        pytest.param(["no punctuation at all"], id="no-punctuation"),
    ],
)
def test_a_row_of_sentences_is_found_again(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_paragraphs_end_sentences_and_line_breaks_do_not() -> None:
    assert sentences("A heading\n\nIt went\non. And on\n\n\nEnd") == [
        "A heading",
        "It went\non.",
        "And on",
        "End",
    ]


@given(st.text(alphabet=st.sampled_from("aB. ?!\n\"'”)3é…"), max_size=60))
def test_sentences_lie_in_order_hold_every_letter_and_begin_and_end_with_one(text: str) -> None:
    spans = sentence_spans(text)
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
