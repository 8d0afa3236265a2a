from dataclasses import replace
from datetime import date

import pytest

from rag.evidence import choose
from rag.models import Passage, Status
from rag.refusing import Signs, confidence, decide, doubtful, signs
from rag.weighing import Weighed, weigh
from tests.fakes import a_found, a_passage

PASSAGE = a_passage("Chips are scarce since the export rule.")


def status(
    question: str, *, similarity: float | None, strictness: float = 0.5, passage: Passage = PASSAGE
) -> Status:
    weighed: Weighed = weigh(question, counts={}, passages=10)
    found = [a_found(passage, similarity=similarity)]
    evidence = choose(weighed, found, most=2)
    return decide(weighed, found, evidence, seen=signs(weighed, found), strictness=strictness)


def test_what_has_the_words_and_the_meaning_is_answered() -> None:
    assert status("Why are chips scarce?", similarity=0.7) is Status.ANSWERED


def test_without_evidence_nothing_is_covered() -> None:
    weighed = weigh("Why are chips scarce?", counts={}, passages=10)
    assert decide(weighed, [], [], seen=signs(weighed, []), strictness=0.0) is Status.NOT_COVERED


@pytest.mark.parametrize("similarity", [0.0, 0.1, None])
def test_neither_words_nor_meaning_is_off_topic(similarity: float | None) -> None:
    assert status("How do I bake sourdough bread?", similarity=similarity) is Status.OFF_TOPIC


def test_near_the_topic_without_its_words_is_not_covered() -> None:
    assert status("Which minister resigned over subsidies?", similarity=0.35) is Status.NOT_COVERED


def test_three_words_in_one_stretch_outvote_a_far_meaning() -> None:
    assert status("Are chips scarce since the rule?", similarity=0.33) is Status.ANSWERED
    assert status("Are chips tasty?", similarity=0.33) is Status.NOT_COVERED


def test_strictness_moves_the_line() -> None:
    question, near = "Which chips did ministers subsidise?", 0.5
    lines = [status(question, similarity=near, strictness=n / 10) for n in range(11)]
    assert lines[0] is Status.ANSWERED
    assert lines[-1] is Status.NOT_COVERED
    assert lines == sorted(lines, key=[Status.ANSWERED, Status.NOT_COVERED].index)


def test_a_price_is_not_answered_by_words_without_one() -> None:
    priced = a_passage("The kiln at the pottery costs 900 euros.")
    unpriced = a_passage("The kiln at the pottery is large.")
    question = "What does the kiln at the pottery cost?"
    assert status(question, similarity=0.8, passage=priced) is Status.ANSWERED
    assert status(question, similarity=0.8, passage=unpriced) is Status.NOT_COVERED
    assert status(question, similarity=0.8, passage=unpriced, strictness=0.0) is Status.ANSWERED


def test_a_name_that_the_passages_lack_speaks_against_an_answer() -> None:
    sure = [
        confidence(signs(weigh(question, counts={}, passages=10), [a_found(PASSAGE, similarity=0.6)]))
        for question in ("Why are chips scarce in Chips?", "Why are chips scarce in Ruritania?")
    ]
    assert sure[0] > sure[1]


def test_a_year_that_occurs_nowhere_is_not_answered_about() -> None:
    known = weigh("Why are 40 chips scarce?", counts={"40": 1}, passages=10)
    strange = weigh("Why are 40 chips scarce?", counts={"chip": 3}, passages=10)
    found = [a_found(a_passage("The 40 chips are scarce since the export rule."), similarity=0.8)]
    evidence = choose(known, found, most=2)
    assert decide(known, found, evidence, seen=signs(known, found), strictness=0.5) is Status.ANSWERED
    assert decide(strange, found, evidence, seen=signs(strange, found), strictness=0.5) is Status.NOT_COVERED


@pytest.mark.parametrize(
    ("question", "strange"),
    [
        ("Why did Odalys Quist sell chips in 2031?", ("2031", "Odalys Quist")),
        ("Why did Ana Quist sell chips?", ()),  # one of them is known
        ("Why did Quist sell chips?", ()),  # a single word may be spelt otherwise
        ("What does Quist say about chips?", ("Quist",)),  # others' words would be given for theirs
        ("What did Odalys Quist think of chips?", ("Odalys Quist",)),
        ("Are chips scarce, according to Ana?", ()),
        ("What does Will say about chips?", ()),  # a stop word is not counted
        ("Why is v0.19.2 late by 3 days?", ()),
    ],
)
def test_what_is_strange(question: str, strange: tuple[str, ...]) -> None:
    assert weigh(question, counts={"ana": 3, "chip": 1}, passages=10).strange == strange


def test_signs_of_nothing_are_nothing() -> None:
    nothing = signs(weigh("Why?", counts={}, passages=10), [])
    assert (nothing.together, nothing.covered, nothing.short) == (0.0, 0.0, 0.0)


def sure(question: str, *passages: tuple[Passage, float]) -> float:
    weighed = weigh(question, counts={}, passages=10)
    return confidence(signs(weighed, [a_found(passage, similarity=near) for passage, near in passages]))


def test_words_in_one_passage_and_nearness_in_another_are_less_than_both_in_one() -> None:
    words, other = a_passage("Chips are scarce since the export rule."), a_passage("The kiln is warm.")
    question = "Why are chips scarce since the rule?"
    assert sure(question, (words, 0.7), (other, 0.2)) > sure(question, (words, 0.2), (other, 0.7))


def test_a_name_held_in_part_is_held_and_none_at_all_speaks_against_an_answer() -> None:
    question = "Why did President Ana Berg go home?"
    passages = [a_passage(f"{name} went home.") for name in ("Somebody", "Berg", "President Ana Berg")]
    weighed = weigh(question, counts={}, passages=10)
    seen = [replace(signs(weighed, [a_found(passage)]), together=1) for passage in passages]
    none, one, all_ = map(confidence, seen)
    assert none < one == all_


QUOTED = "Who wrote “the big kiln cracked because we fired it wet on a cold Monday”?"


def test_a_sentence_is_quoted_that_stands_nowhere() -> None:
    there = a_passage("Ana wrote: the big kiln cracked because we fired it wet on a cold Monday.")
    nearly = a_passage("Ana wrote: the big kiln cracked because they fired it wet on a cold day.")
    beside = a_passage("Ana wrote that a kiln cracked on Monday, the big one.")
    assert status(QUOTED, similarity=0.9, passage=there) is Status.ANSWERED
    assert status(QUOTED, similarity=0.9, passage=nearly) is Status.ANSWERED
    assert status(QUOTED, similarity=0.9, passage=beside) is Status.NOT_COVERED
    assert status(QUOTED, similarity=0.9, passage=beside, strictness=0.0) is Status.ANSWERED


def test_a_part_is_left_open_later_than_a_question_is_declined() -> None:
    seen = Signs(together=0.5, covered=0.2, named=1, short=0, strange=(), quoted=1)
    assert doubtful(seen, strictness=0.5)
    assert not doubtful(seen, strictness=0.5, part=True)


def test_what_our_own_answer_carried_into_a_follow_up_is_not_strange() -> None:
    asked = "And when in 1999? chips 12 03"  # a clock in an attribution occurs in no passage
    weighed = weigh(asked, counts={"chip": 3}, passages=10)
    assert weighed.strange == ("1999", "12", "03")
    assert weighed.in_words_of("And when in 1999?").strange == ("1999",)


def test_a_date_of_publication_is_not_strange() -> None:
    asked, today = "What was said of chips on 12 June 2025?", date(2026, 5, 9)
    assert weigh(asked, counts={"chip": 3}, passages=9, years={2026}, today=today).strange == ("12", "2025")
    assert weigh(asked, counts={"chip": 3}, passages=9, years={2025}, today=today).strange == ()


def test_a_question_of_two_words_that_one_passage_holds_is_not_about_something_else() -> None:
    assert status("CHIPS export?", similarity=0.2, strictness=0.3) is Status.ANSWERED
    assert status("Tulip growers?", similarity=0.2, strictness=0.3) is Status.OFF_TOPIC


def test_what_names_a_thing_of_the_archive_is_not_off_topic() -> None:
    norrby = a_passage("The mill in Norrby closed.")
    assert status("Who paints in Norrby?", similarity=0.2, passage=norrby) is Status.NOT_COVERED
    assert status("Who paints in Lugano?", similarity=0.2, passage=norrby) is Status.OFF_TOPIC
