import pytest

from rag.asking import Wanted, asks_for_talk, holds, subject_words, wanted


@pytest.mark.parametrize(
    ("question", "sort"),
    [
        ("How much did the kiln cost?", Wanted.MONEY),
        ("What did the potter pay for her kiln?", Wanted.MONEY),
        ("What do they charge at the gate?", Wanted.MONEY),
        ("What did the potter's taxes pay for?", None),
        ("At what valuation did the pottery list?", Wanted.MONEY),
        ("By what factor does it speed up the firing?", Wanted.RATIO),
        ("What share of the pots cracked?", Wanted.RATIO),
        ("How long does the glaze have to dry?", Wanted.DURATION),
        ("How many pots cracked?", Wanted.COUNT),
        ("When did the pottery open?", Wanted.DATE),
        ("In which year did the pottery open?", Wanted.DATE),
        ("Which Kilnware release dropped the timer?", Wanted.NUMBERED),
        ("What CVE number did the timer get?", Wanted.NUMBERED),
        ("Who fired the first pot?", Wanted.PERSON),
        ("In which city is the pottery?", Wanted.PLACE),
        ("Which company bought the pottery?", Wanted.NAME),
        ("Why did the kiln crack?", None),
        ("when i open the kiln whats happening inside?", None),
        ("What does the potter make of her price rise? And why?", Wanted.MONEY),
    ],
)
def test_what_a_question_asks_for(question: str, sort: Wanted | None) -> None:
    assert wanted(question) is sort


@pytest.mark.parametrize(
    ("sort", "text", "held"),
    [
        (Wanted.MONEY, "It went for $40.", True),
        (Wanted.MONEY, "It went for forty thousand euros.", True),
        (Wanted.MONEY, "Letter 22 cost twelve crowns.", True),
        (Wanted.MONEY, "They paid us about 300 for it.", True),
        (Wanted.MONEY, "It went for a song, and 40 people came.", False),
        (Wanted.RATIO, "That is three times as fast.", True),
        (Wanted.RATIO, "It halved the wait: half as long.", True),
        (Wanted.RATIO, "It is faster, with 16 kilns.", False),
        (Wanted.DURATION, "Leave it for two or three days.", True),
        (Wanted.DURATION, "Leave it until dry.", False),
        (Wanted.COUNT, "A dozen of them broke.", True),
        (Wanted.DATE, "That was in March.", True),
        (Wanted.DATE, "That was lovely.", False),
        (Wanted.PLACE, "We met in Porto.", True),
        (Wanted.PLACE, "We met in a hurry. Porto it was not.", False),
        (Wanted.NAME, "She sold it to Glazeworks.", True),
        (Wanted.NAME, "She sold it, I think.", False),
        (Wanted.NAME, "she sold it to glazeworks", True),
    ],
)
def test_whether_words_hold_it(sort: Wanted, text: str, held: bool) -> None:
    assert holds(sort, text, "What is asked?") is held


def test_what_the_question_names_itself_answers_nothing() -> None:
    asked = "Which company bought Glazeworks from Ana Li?"
    assert not holds(Wanted.NAME, "Then Ana Li sold Glazeworks.", asked)
    assert holds(Wanted.NAME, "Then Ana Li sold Glazeworks to Kilnhold.", asked)


def test_a_release_is_one_of_the_thing_that_is_named() -> None:
    asked = "Which Kilnware release dropped the timer?"
    assert holds(Wanted.NUMBERED, "It went in Kilnware 4.2.", asked)
    assert not holds(Wanted.NUMBERED, "It went with 12 other things.", asked)
    assert holds(Wanted.NUMBERED, "It went in v4.2.", "Which release dropped the timer?")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Summarize the discussion about cheap glazes.", ["cheap", "glazes"]),
        ("Please summarise what was said on frost.", ["frost"]),
        ("What did Bo and Ana think of the new kiln?", ["bo", "ana", "new", "kiln"]),
        ("What is Ana's opinion regarding tariffs?", ["ana", "tariffs"]),
    ],
)
def test_words_that_ask_for_a_discussion_are_not_its_subject(question: str, words: list[str]) -> None:
    assert asks_for_talk(question)
    assert subject_words(question) == words


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Why do kilns summarize nothing?", ["kilns", "summarize", "nothing"]),
        ("When did Thinking Machines sell it?", ["thinking", "machines", "sell"]),
        ("What does a kiln cost?", ["kiln", "cost"]),
    ],
)
def test_other_questions_keep_their_words(question: str, words: list[str]) -> None:
    assert not asks_for_talk(question)
    assert subject_words(question) == words


def test_a_question_of_asking_words_alone_keeps_them() -> None:
    assert subject_words("What did they discuss?") == ["discuss"]
