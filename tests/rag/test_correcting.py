import pytest

from rag.correcting import correction, taken_for_granted
from rag.models import Match
from tests.rag.test_evidence import passage


def corrected(question: str, *texts: str, speakers: tuple[str | None, ...] = ()) -> str | None:
    held = [passage(text, id=f"s{at}", speakers=speakers) for at, text in enumerate(texts)]
    found = correction(question, [Match(passage=each, score=1.0) for each in held])
    return found.quote if found else None


@pytest.mark.parametrize(
    ("question", "said"),
    [
        pytest.param(
            "Why did Ana Li leave the board in 2021?", "Ana Li left the board in 2023.", id="another-year"
        ),
        pytest.param(
            "Why did Ana Li leave the board in 2021?", "Ana Li joined the board in 2021.", id="opposite-then"
        ),
        pytest.param("Why did Ana Li leave the board?", "Ana Li stayed on the board.", id="stayed"),
        pytest.param("Why did Ana Li leave the board?", "Ana Li never left the board.", id="never"),
        pytest.param(
            "Why did Ana Li leave the board?", "Ana Li did not leave the board, as we wrote.", id="denied"
        ),
        pytest.param("Who bought the Dutch plant?", "Nobody bought the Dutch plant.", id="nobody"),
        pytest.param("Who bought the Dutch plant?", "The Dutch plant was never sold.", id="other-side"),
        pytest.param("Who bought the Dutch plant?", "In the end the Dutch plant was kept.", id="kept"),
        pytest.param("Why did Kiln-2 cost 90 euros?", "Kiln-2 cost 40 euros.", id="another-price"),
        pytest.param("Why was the Porto kiln expensive?", "The Porto kiln was cheap.", id="state"),
        pytest.param(
            "Why did the board reject the Porto plan?", "The board accepted the Porto plan.", id="accepted"
        ),
    ],
)
def test_words_that_contradict_what_is_taken_for_granted_are_found(question: str, said: str) -> None:
    assert corrected(question, "It rained all day.", said) == said


@pytest.mark.parametrize(
    ("question", "said"),
    [
        pytest.param("Why did Ana Li leave the board in 2021?", "Ana Li left the board in 2021.", id="so"),
        pytest.param(
            "Why did Ana Li leave the board?", "Bo Chen did not leave the board.", id="somebody-else"
        ),
        pytest.param("When did Ana Li join the board?", "Ana Li left the board in 2023.", id="both-may-be"),
        pytest.param("When did the Porto kiln open?", "The Porto kiln closed in May.", id="opened-before"),
        pytest.param(
            "When did Ana Li leave the board?", "Ana Li stayed on the board until 2020.", id="until-then"
        ),
        pytest.param(
            "Why did Ana Li leave the board?", "In 2019 Ana Li did not leave the board.", id="of-another-time"
        ),
        pytest.param(
            "Who bought the Dutch plant?", "The Dutch plant was sold to Ana.", id="two-sides-of-one"
        ),
        pytest.param(
            "Why did Kiln-2 cost 90 euros?", "Kiln-2 cost 40 euros in May and 60 in June.", id="many-prices"
        ),
        pytest.param(
            "Why was the Porto kiln expensive?", "Maybe the Porto kiln was cheap.", id="only-supposed"
        ),
        pytest.param("Why was the Porto kiln expensive?", "Was the Porto kiln cheap?", id="only-asked"),
        pytest.param("Did Ana Li leave the board?", "Ana Li never left the board.", id="nothing-granted"),
        pytest.param("Why did the kiln crack?", "The kiln never cracked.", id="no-name"),
    ],
)
def test_what_may_be_so_beside_it_corrects_nothing(question: str, said: str) -> None:
    assert corrected(question, said) is None


def test_what_one_source_bears_out_another_does_not_correct() -> None:
    question = "Why did Ana Li leave the board in 2021?"
    assert corrected(question, "Ana Li left the board in 2023.", "Ana Li left the board in 2021.") is None


def test_who_speaks_is_the_one_who_says_i() -> None:
    said = corrected(
        "Why did Ana Li leave the board in 2021?", "I left the board in 2023.", speakers=("Ana Li",)
    )
    assert said == "I left the board in 2023."


def test_not_one_of_a_thing_denies_it_over_neighbouring_sentences() -> None:
    text = "Take the Porto kiln of Ana Li. There was not one Corvo brick in it. The kiln was built of clay."
    assert corrected("Why did Ana Li build the Porto kiln of Corvo bricks?", text) == text


@pytest.mark.parametrize(
    "question", ["", "Why?", "Why did Ana not leave?", "When would Ana leave?", "Who is Ana?"]
)
def test_questions_that_take_nothing_for_granted(question: str) -> None:
    assert taken_for_granted(question) is None
