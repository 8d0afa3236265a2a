"""Each check says why in words for a reader."""

import pytest

from rag.models import Evidence
from rag.verify import Judge, Verifier
from tests.fakes import a_passage, a_source, an_evidence

MAREN = "Maren Oduya"

SAID = (
    "Halden Mills sued Tarn Textiles in March. The court may rule before June, "
    "but most lawyers don't expect it. "
    "I told Ola Brekke that at least 40 looms were sold for $9 million, and he called it “a bargain”."
)


def evidence(text: str = SAID, *, speaker: str | None = MAREN, people: tuple[str, ...] = ()) -> Evidence:
    source = a_source(text, id=text[:30], people=people, title="Looms", show="The Slow Ferry")
    return an_evidence(passage=a_passage(source=source), speaker=speaker)


def reason(claim: str, item: Evidence | None = None) -> str | None:
    item = item or evidence()
    return Verifier(Judge()).check(claim, cited=[item], offered=[item]).reason


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("Ola Brekke called it “a scandal”.", "“a scandal” is not in the cited words"),
        ("At least 90 looms were sold.", "90 is not in the cited words"),
        ("At most 40 looms were sold.", "the cited words set another bound to 40"),
        ("At least 40 looms were sold for €9 million.", "€ 9 million is not in the cited words"),
        ("Novara sued Tarn Textiles in March.", "Novara is not in the cited words"),
        ("Ola Brekke says that Tarn was sued.", "Ola Brekke does not say this in the cited words"),
        ("The ferry timetable changes in winter again.", "the cited words speak of something else"),
        ("Halden Mills never sued Tarn Textiles in March.", "the cited words do not say “never” there"),
        ("Most lawyers expect that the court may rule before June.", "the cited words deny “expect”"),
        ("The court may rule after June.", "the cited words say “before”, not “after”"),
        ("All lawyers don't expect it.", "the cited words say “most”, not “All”"),
        ("The court ruled before June.", "the cited words only say that it may be so"),
        ("Tarn Textiles sued Halden Mills in March.", "stand the other way round in the cited words"),
    ],
)  # fmt: skip
def test_what_is_cut_says_why(claim: str, why: str) -> None:
    assert why in (reason(claim) or "it stands")


@pytest.mark.parametrize(
    "claim",
    [
        "Tarn Textiles was sued by Halden Mills in March.",
        "Maren Oduya says that no fewer than 40 looms were sold for 9 million dollars.",
        "Maren Oduya told Brekke that at least forty looms were sold.",
        "Most lawyers do not expect a ruling before June.",
        "He called it “a bargain”.",
        "In “The Slow Ferry”, Maren Oduya says that Halden Mills sued Tarn Textiles.",
        "HM sued Tarn Textiles.",
    ],
)
def test_what_is_said_in_other_words_stands(claim: str) -> None:
    assert reason(claim) is None


def test_a_whole_sentence_stands_whatever_is_in_it() -> None:
    assert reason("The court may rule before June, but most lawyers don't expect it.") is None


def test_who_writes_alone_says_it() -> None:
    written = evidence("Rents rose by 7 percent.", speaker=None, people=("Dagny Roe",))
    assert reason("Dagny Roe writes that rents rose by 7%.", written) is None
    assert (
        reason("According to Ola Brekke, rents rose by 7%.", written)
        == "Ola Brekke is not in the cited words"
    )


def test_the_sentence_before_says_who_she_is() -> None:
    text = "Ana Ruiz joined in May. She sold the looms to a museum."
    source = a_source(text, people=())
    passage = a_passage(source=source)
    first, second = (an_evidence(quote, passage=passage, speaker=None) for quote in (text[:23], text[24:]))
    checked = Verifier(Judge()).check(
        "Ana Ruiz sold the looms to a museum.", cited=[second], offered=[first, second]
    )
    assert set(checked.evidence) == {first, second}
    assert checked.reason == "it now cites the words that carry it"


def test_what_other_words_have_too_is_cited_too() -> None:
    one, other = evidence("The mill closed in spring."), evidence("Its looms went to a museum in Bergen.")
    claim = "The mill closed in spring and its looms went to a museum in Bergen."
    checked = Verifier(Judge()).check(claim, cited=[one], offered=[one, other])
    assert set(checked.evidence) == {one, other}
