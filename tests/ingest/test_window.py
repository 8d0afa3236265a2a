"""What a feed dropped: deleted, or only scrolled off. Moments are days."""

import pytest

from ingest.window import deleted


def days(*numbers):
    return {str(number): float(number) for number in numbers}


@pytest.mark.parametrize(
    ("before", "shown", "gone"),
    [
        pytest.param(days(*range(1, 11)), days(*range(1, 11)), set(), id="nothing is missing"),
        pytest.param(days(*range(1, 11)), days(1, 2, 3, 4, 6, 7, 8, 9, 10), {"5"}, id="one in the middle"),
        pytest.param(days(*range(1, 11)), days(*range(1, 10)), {"10"}, id="the newest"),
        pytest.param(days(*range(1, 11)), days(1, *range(3, 11)), {"2"}, id="the last but one, nothing new"),
        pytest.param(
            days(*range(1, 11)), days(*range(2, 11)), set(), id="the oldest: it may have scrolled off"
        ),
        pytest.param(days(*range(1, 11)), days(*range(4, 14)), set(), id="three scrolled off for three new"),
        pytest.param(
            days(*range(1, 11)), days(1, *range(4, 14)), set(), id="scrolled off above a pinned one"
        ),
        pytest.param(days(*range(1, 11)), days(1, 2, *range(5, 14)), set(), id="above two pinned ones"),
        pytest.param(days(*range(1, 11)), days(*range(1, 7), *range(8, 12)), {"7"}, id="one while one came"),
        pytest.param(days(*range(1, 11)), {}, set(), id="an empty feed"),
        pytest.param(days(*range(1, 11)), days(1, 2, 3, 10), set(), id="most at once: not yet"),
        pytest.param({**days(1, 2, 3), "x": None}, days(1, 2, 3), set(), id="one without a date"),
        pytest.param({"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 1.0, "b": 1.0}, set(), id="all on one day"),
    ],
)
def test_what_is_taken_for_deleted(before, shown, gone):
    assert deleted(before, shown) == gone


def test_most_at_once_go_when_they_are_missing_again():
    before, shown = days(*range(1, 11)), days(1, 2, 3, 10)
    assert deleted(before, shown, missed={"4", "5", "6", "7", "8", "9"}) == set("456789")
    assert deleted(before, shown, missed={"4"}) == {"4"}
