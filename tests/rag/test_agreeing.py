import pytest

from rag.agreeing import differing, repeats
from rag.models import Evidence
from tests.rag.test_evidence import asked, passage


def evidence(text: str, id: str = "s1") -> Evidence:
    held = passage(text, id=id)
    return Evidence(passage=held, start=0, end=len(text), score=1.0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("The kiln cracked at noon.", "The kiln cracked at noon.", True, id="the-same"),
        pytest.param("So, the old kiln cracked at noon.", "The old kiln cracked at noon.", True, id="nearly"),
        pytest.param("The old kiln cracked at 9.", "The old kiln cracked at 8.", False, id="another-figure"),
        pytest.param("The old kiln cracked.", "The old kiln never cracked.", False, id="denied"),
        pytest.param("The old kiln cracked.", "The old oven held.", False, id="other-words"),
    ],
)
def test_nearly_the_same_words_of_two_sources_repeat_each_other(one: str, other: str, same: bool) -> None:
    assert repeats(evidence(one), evidence(other, "s2")) is same
    assert not repeats(evidence(one), evidence(other))


@pytest.mark.parametrize(
    ("other", "differ"),
    [
        pytest.param("I would put the Porto yield at 46 per cent.", True, id="figure"),
        pytest.param("The Porto yield is 38%.", False, id="agree"),
        pytest.param("Clay is 46 per cent water.", False, id="something-else"),
        pytest.param("If the Porto yield were 46 per cent, I was wrong.", False, id="if"),
        pytest.param("The Porto yield took 3 days.", False, id="other-unit"),
        pytest.param("The Porto yield never is 38 per cent in May.", True, id="denied"),
    ],
)
def test_sources_differ_on_what_is_asked(other: str, differ: bool) -> None:
    question = asked("What is the Porto yield?")
    mine, theirs = evidence("The Porto yield is 38 per cent in May."), evidence(other, "s2")
    found = differing(question, [mine, theirs])
    assert found == ((mine.passage.source, theirs.passage.source) if differ else None)


def test_one_source_does_not_differ_from_itself() -> None:
    found = [evidence("The Porto yield is 38 per cent."), evidence("The Porto yield is 46 per cent.")]
    assert differing(asked("What is the Porto yield?"), found) is None
