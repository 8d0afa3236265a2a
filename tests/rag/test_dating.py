from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.dating import Period, periods

TODAY = date(2026, 5, 9)


def days(question: str, *, today: date = TODAY) -> list[tuple[str, str]]:
    return [(str(one.first), str(one.last)) for one in periods(question, today=today)]


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("Back in June 2025, what broke?", "2025-06-01", "2025-06-30"),
        ("How much was it in mid-July 2025?", "2025-07-01", "2025-07-31"),
        ("What was said on 3 June 2025?", "2025-06-03", "2025-06-03"),
        ("What was said on June 3rd, 2025?", "2025-06-03", "2025-06-03"),
        ("What was said on 2025-06-03?", "2025-06-03", "2025-06-03"),
        ("What was said in Feb. 2024?", "2024-02-01", "2024-02-29"),
        ("What did she say in March?", "2026-03-01", "2026-03-31"),
        ("What did she say in October?", "2025-10-01", "2025-10-31"),
        ("What happened in late 2024?", "2024-09-01", "2024-12-31"),
        ("the 2019 episode", "2019-01-01", "2019-12-31"),
        ("What was said in summer 2024?", "2024-06-01", "2024-08-31"),
        ("What was said in winter of 2023?", "2023-12-01", "2024-02-29"),
        ("What was said last spring?", "2025-03-01", "2025-05-31"),
        ("What was said last summer?", "2025-06-01", "2025-08-31"),
        ("What was said this spring?", "2026-03-01", "2026-05-31"),
        ("What was said last month?", "2026-04-01", "2026-04-30"),
        ("What was said this week?", "2026-05-04", "2026-05-10"),
        ("What was said last week?", "2026-04-27", "2026-05-03"),
        ("What was said last year?", "2025-01-01", "2025-12-31"),
        ("What changed since March 2025?", "2025-03-01", "9999-12-31"),
        ("What was said before 2024?", "0001-01-01", "2024-01-01"),
    ],
)
def test_the_days_that_a_question_names(question: str, first: str, last: str) -> None:
    assert days(question) == [(first, last)]


@pytest.mark.parametrize(
    "question",
    [
        "May she march on?",
        "Who may sell it?",
        "It is 31 June 2025 somewhere",
        "Sell 2048 chips, 20 to 25",
        "",
    ],
)
def test_what_names_no_time(question: str) -> None:
    assert [one for one in days(question) if one[0] < "2040"] == []


def test_times_are_named_in_the_questions_order() -> None:
    assert [first for first, _ in days("the 2019 episode and late 2024")] == ["2019-01-01", "2024-09-01"]


def test_what_is_published_soon_after_may_be_meant() -> None:
    june = Period(date(2025, 6, 1), date(2025, 6, 30))
    assert [june.holds(date(2025, *day)) for day in ((5, 31), (6, 1), (7, 14), (7, 15))] == [
        False,
        True,
        True,
        False,
    ]
    assert Period(date.min, date(2025, 1, 1)).holds(date.min)


@given(st.text(), st.dates(min_value=date(2, 1, 1)))
def test_no_text_breaks_it(text: str, today: date) -> None:
    assert all(one.first <= one.last for one in periods(text, today=today))
