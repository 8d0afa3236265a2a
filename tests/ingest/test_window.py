"""What a feed dropped: deleted, or only scrolled off. Moments are days."""

import pytest

from ingest.window import gone


def days(*numbers):
    return {str(number): float(number) for number in numbers}


@pytest.mark.parametrize(
    ("before", "shown", "expected"),
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
def test_what_is_taken_for_deleted(before, shown, expected):
    assert gone(before, shown).deleted == expected


def test_most_at_once_go_when_they_are_missing_again():
    before, shown = days(*range(1, 11)), days(1, 2, 3, 10)
    assert gone(before, shown).suspected == set("456789")
    assert gone(before, shown, suspected=set("456789")).deleted == set("456789")
    assert gone(before, shown, suspected={"4"}).deleted == {"4"}


def test_what_has_scrolled_off_above_a_pinned_one_stays_when_nothing_new_comes_in():
    before, shown = days(*range(1, 12)), days(1, *range(4, 12))
    # At the look before, 11 was new, and 2 and 3 had made room for it.
    assert gone(before, shown, scrolled={"2", "3"}).scrolled == {"2", "3"}
    assert gone(before, shown).deleted == {"2", "3"}


def test_most_of_what_is_shown_is_most_however_much_has_scrolled_off():
    before, shown = days(*range(1, 101)), days(90, 91, 98, 99, 100)
    found = gone(before, shown, scrolled={str(number) for number in range(1, 90)})
    assert not found.deleted
    assert found.suspected == {str(number) for number in range(92, 98)}


@pytest.mark.parametrize(
    ("before", "shown", "doubtful"),
    [
        pytest.param(days(*range(1, 11)), days(*range(2, 11)), {"1"}, id="the oldest, and nothing new"),
        pytest.param(days(*range(1, 11)), days(*range(2, 12)), set(), id="the oldest made room"),
        pytest.param(days(*range(1, 11)), days(*range(4, 11)), set(), id="a limit was set"),
        pytest.param({"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 1.0, "b": 1.0}, {"c"}, id="all on one day"),
        pytest.param({"a": None, "b": None}, {"a": None}, {"b"}, id="no dates"),
        pytest.param(days(1), {}, set(), id="an empty feed"),
    ],
)
def test_what_is_in_doubt(before, shown, doubtful):
    found = gone(before, shown)
    assert found.doubtful == doubtful
    assert not found.deleted


def test_what_was_in_doubt_and_stayed_is_not_in_doubt_again():
    assert gone(days(*range(1, 11)), days(*range(2, 11)), scrolled={"1"}).scrolled == {"1"}
