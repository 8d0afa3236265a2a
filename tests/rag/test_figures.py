import pytest

from rag.figures import ways_to_say


@pytest.mark.parametrize(
    ("figure", "way"),
    [
        ("12", "twelve"),
        ("35", "thirty five"),
        ("40", "forty"),
        ("109", "one hundred nine"),
        ("109", "one hundred and nine"),
        ("330", "three thirty"),
        ("1100", "eleven hundred"),
        ("1851", "eighteen fifty one"),
        ("1907", "nineteen oh seven"),
        ("2000", "two thousand"),
        ("2006", "two thousand six"),
        ("2006", "two thousand and six"),
        ("2024", "twenty twenty four"),
        ("2024", "two thousand twenty four"),
        ("4500", "four thousand five hundred"),
        ("4500", "forty five hundred"),
        ("30000", "thirty thousand"),
        ("21st", "twenty first"),
        ("12th", "twelfth"),
        ("20th", "twentieth"),
        ("1960s", "nineteen sixties"),
    ],
)
def test_a_figure_is_said_so(figure: str, way: str) -> None:
    assert way in ways_to_say(figure)


@pytest.mark.parametrize("word", ["7", "0", "007", "v0", "19a", "1234567", "nineteen", ""])
def test_nothing_is_made_of_single_digits_codes_and_words(word: str) -> None:
    assert ways_to_say(word) == ()


@pytest.mark.parametrize(
    "figure", [10, 99, 100, 101, 999, 1000, 1099, 1999, 2009, 2100, 9999, 10_000, 999_999]
)
def test_no_way_of_saying_has_gaps_or_comes_twice(figure: int) -> None:
    ways = ways_to_say(str(figure))
    assert ways
    assert len(set(ways)) == len(ways)
    assert all(way == " ".join(way.split()) for way in ways)
