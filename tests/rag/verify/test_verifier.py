import pytest

from rag.models import Verdict
from rag.verify import Judge, Verifier
from tests.fakes import a_passage, an_evidence

BOARD = "The board met in May and set the cap at 1,700 units a week."
VOTE = "Ana Ruiz voted against the cap because the ferries were still empty."


def evidence(text: str):
    return an_evidence(passage=a_passage(text))


BOARD_SAID, VOTE_SAID = evidence(BOARD), evidence(VOTE)
OFFERED = (BOARD_SAID, VOTE_SAID)


@pytest.mark.parametrize(
    ("claim", "cited", "shown"),
    [
        pytest.param(
            "In May the board set the cap at 1700 units a week.", (BOARD_SAID,), (BOARD_SAID,), id="ok"
        ),
        pytest.param("The board set the cap at 2,400 units a week.", (BOARD_SAID,), (), id="another-figure"),
        pytest.param("The board “was furious” about the cap in May.", (BOARD_SAID,), (), id="made-up-quote"),
        pytest.param("Ana Ruiz voted against the cap.", (BOARD_SAID,), (VOTE_SAID,), id="wrong-sentence"),
        pytest.param(
            "The board set the cap at 1,700 units a week, and Ana Ruiz voted against it.",
            (BOARD_SAID,),
            (BOARD_SAID, VOTE_SAID),
            id="needs-both",
        ),
        pytest.param("The board set the cap at 1,700 units a week.", (), (), id="cites-nothing"),
    ],
)
def test_a_claim_stands_is_mended_or_is_cut(claim, cited, shown):
    checked = Verifier(Judge()).check(claim, cited=cited, offered=OFFERED)
    assert checked.evidence == shown
    assert checked.verdict is (Verdict.SUPPORTED if shown else Verdict.CUT)
    assert checked.stands is bool(shown)
    assert (checked.reason is None) is (shown == cited != ())
