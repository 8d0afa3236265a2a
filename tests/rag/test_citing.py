from dataclasses import replace

import pytest

from rag.citing import cite
from rag.models import Draft, Evidence, Passage, Piece, Sentence, Status, Verdict
from tests.fakes import a_passage, a_source, an_evidence

TEXT = "Countries want models. Chips are scarce. The quay was full. We left."
SOURCE = a_source(TEXT, url="https://a.example/p")


def sentence(words: str) -> Sentence:
    start = TEXT.index(words)
    return Sentence(start=start, end=start + len(words))


COUNTRIES, CHIPS, QUAY = (
    sentence(words) for words in ("Countries want models.", "Chips are scarce.", "The quay was full.")
)
PASSAGE = Passage(
    id="p", source=SOURCE, ordinal=0, start=0, end=QUAY.end, sentences=(COUNTRIES, CHIPS, QUAY), start_s=9.5
)


def over(start: int, end: int) -> Evidence:
    return Evidence(passage=PASSAGE, start=start, end=end, score=1.0, start_s=9.5)


def quoting(*sentences: Sentence) -> Piece:
    evidence = over(sentences[0].start, sentences[-1].end)
    return Piece(text=evidence.quote, evidence=(evidence,), close="”")


def frame(text: str) -> Piece:
    return Piece(text=text)


def draft(*pieces: Piece) -> Draft:
    return Draft(pieces=pieces, status=Status.ANSWERED)


def test_claims_are_numbered_in_reading_order_and_at_says_where_they_stand() -> None:
    cited = cite(draft(frame("Ana: “"), quoting(CHIPS), frame("\n\nBo: “"), quoting(COUNTRIES)))
    assert cited.text == "Ana: “Chips are scarce.” [1]\n\nBo: “Countries want models.” [2]"
    assert [citation.number for citation in cited.citations] == [1, 2]
    assert [cited.text[slice(*claim.at)] for claim in cited.claims] == [claim.text for claim in cited.claims]
    assert [claim.citations for claim in cited.claims] == [(1,), (2,)]
    assert cited.citations[0].link == "https://a.example/p#t=8"


def test_the_same_words_keep_their_number() -> None:
    cited = cite(draft(quoting(CHIPS), frame(" "), quoting(QUAY), frame(" "), quoting(CHIPS)))
    assert [claim.citations for claim in cited.claims] == [(1,), (2,), (1,)]
    assert len(cited.citations) == 2


def test_a_claim_may_rest_on_several_quotes() -> None:
    piece = Piece(
        text="Both.",
        evidence=(over(CHIPS.start, CHIPS.end), over(QUAY.start, QUAY.end)),
        verdict=Verdict.SUPPORTED,
    )
    cited = cite(draft(piece))
    assert cited.text == "Both. [1][2]"
    assert [citation.verdict for citation in cited.citations] == [Verdict.SUPPORTED] * 2


def test_several_whole_sentences_are_one_quote() -> None:
    (claim,) = cite(draft(quoting(COUNTRIES, CHIPS))).claims
    assert (claim.text, claim.verdict) == ("Countries want models. Chips are scarce.", Verdict.QUOTED)


def piece_over(start: int, end: int) -> Piece:
    return Piece(text=TEXT[start:end], evidence=(over(start, end),), close="”")


FAULTY = [
    pytest.param(
        piece_over(QUAY.start, len(TEXT)), "the quote lies outside its passage", id="beyond-the-passage"
    ),
    pytest.param(piece_over(5, 5), "the quote lies outside its passage", id="empty"),
    pytest.param(
        piece_over(CHIPS.start, CHIPS.end - 3),
        "the quote does not begin and end with whole sentences",
        id="ends-inside-a-sentence",
    ),
    pytest.param(
        piece_over(CHIPS.start + 6, CHIPS.end),
        "the quote does not begin and end with whole sentences",
        id="begins-inside-a-sentence",
    ),
    pytest.param(
        replace(quoting(CHIPS), text="Chips are plentiful."),
        "the words are not those of the source",
        id="other-words",
    ),
    pytest.param(
        replace(quoting(CHIPS), evidence=(over(CHIPS.start, CHIPS.end), over(5, 9))),
        "the quote does not begin and end with whole sentences",
        id="one-of-two",
    ),
]


@pytest.mark.parametrize(("bad", "reason"), FAULTY)
def test_a_faulty_claim_is_cut_with_its_frame_and_the_others_stand(bad: Piece, reason: str) -> None:
    cited = cite(
        draft(frame("Ana: “"), quoting(COUNTRIES), frame("\n\nBo: “"), bad, frame("\n\nCy: “"), quoting(QUAY))
    )
    assert cited.text == "Ana: “Countries want models.” [1]\n\nCy: “The quay was full.” [2]"
    assert [citation.number for citation in cited.citations] == [1, 2]
    *shown, cut = cited.claims
    assert [claim.verdict for claim in shown] == [Verdict.QUOTED] * 2
    assert (cut.verdict, cut.reason, cut.citations, cut.text) == (Verdict.CUT, reason, (), bad.text)


@pytest.mark.parametrize(("bad", "reason"), FAULTY)
def test_when_all_is_cut_nothing_is_said(bad: Piece, reason: str) -> None:
    cited = cite(draft(frame("Bo: “"), bad))
    assert (cited.text, cited.citations) == ("", ())
    assert [claim.reason for claim in cited.claims] == [reason]


def test_frame_text_alone_is_no_claim() -> None:
    cited = cite(draft(frame("The archive does not cover this.")))
    assert (cited.text, cited.claims, cited.citations) == ("The archive does not cover this.", (), ())


def test_what_closes_the_answer_stays() -> None:
    assert cite(draft(quoting(CHIPS), frame(" More exists."))).text == "Chips are scarce.” [1] More exists."


def test_brackets_in_the_source_are_no_markers() -> None:
    passage = a_passage("See [1] and [7].")
    cited = cite(draft(Piece(text=passage.text, evidence=(an_evidence(passage=passage),))))
    (claim,) = cited.claims
    assert cited.text == "See [1] and [7]. [1]"
    assert cited.text[slice(*claim.at)] == "See [1] and [7]."
