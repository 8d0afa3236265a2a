import pytest

from rag.verify.judge import Judge, Signs, figures, likelihood, names
from tests.fakes import an_evidence

SAID = "The board met in May. It set the cap at 1,700 units a week. Ana Ruiz voted against it."


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        pytest.param("It set the cap at 1,700 units a week.", True, id="word-for-word"),
        pytest.param("it set the CAP at 1,700 units", True, id="case-and-marks-aside"),
        pytest.param("The board set a cap of 1700 units.", True, id="in-other-order"),
        pytest.param("The board set a cap of 2,400 units.", False, id="another-figure"),
        pytest.param("Then Bo Lind, the chair, resigned over the cap.", False, id="another-name"),
        pytest.param("Chips are scarce.", False, id="about-something-else"),
        pytest.param("", False, id="nothing-said"),
    ],
)
def test_the_judge_tells_what_is_carried_from_what_is_not(claim: str, supported: bool) -> None:
    assert (Judge().support(claim, SAID) > 0.5) is supported


def test_nothing_supports_nothing() -> None:
    assert Judge().support("It rained.", " ") == 0.0


class Alike:
    """Every text means the same."""

    def __init__(self, cosine: float) -> None:
        self._vector = [cosine, (1 - cosine**2) ** 0.5]

    def embed_query(self, text: str) -> list[float]:
        return [1.0, 0.0]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(texts[0]), *(self._vector for _ in texts[1:])]


def test_meaning_counts_beside_words() -> None:
    claim = "The limit was fixed at 1,700."
    near, far = (Judge(embedder=Alike(cosine)).support(claim, SAID) for cosine in (0.9, 0.1))
    assert near > far


def test_the_signs_say_what_is_lacking() -> None:
    signs = Judge().signs("In June the chair, Bo, set the cap at 90.", SAID)
    assert (signs.figures_lacking, signs.names_lacking, signs.nearest) == (1, 2, None)
    assert 0 < signs.covered_by_one <= signs.covered < 1


def test_every_lack_lowers_the_likelihood() -> None:
    whole = Signs(1.0, 1.0, 0, 0, None)
    lacking = [Signs(0.9, 1.0, 0, 0, None), Signs(1.0, 0.9, 0, 0, None), Signs(1.0, 1.0, 1, 0, None)]
    assert all(likelihood(signs) < likelihood(whole) for signs in [*lacking, Signs(1.0, 1.0, 0, 1, None)])


def test_an_evidence_quote_supports_itself() -> None:
    quote = an_evidence().quote
    assert Judge().support(quote, quote) == 1.0


def test_figures_and_names() -> None:
    assert figures("2026-05-08 at 1,700") == {"2026", "05", "08", "1700"}
    assert names("She said: Nothing. The order came from Ana") == {"ana"}
