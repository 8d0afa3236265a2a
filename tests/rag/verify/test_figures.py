import pytest

from rag.verify.figures import agree, bounds_clash, figures_of, lacking


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("two million", "2,000,000"),
        ("$1.3bn", "1.3 billion dollars"),
        ("half an hour", "30 minutes"),
        ("2 km", "2,000 metres"),
        ("12%", "twelve per cent"),
        ("a fifth", "20 percent"),
        ("twenty-first", "21st"),
        ("Q3", "third quarter"),
        ("nine hundred pounds", "£900"),
        ("a dozen", "12"),
        ("forty-two thousand five hundred", "42,500"),
    ],
)
def test_one_figure_is_written_in_many_ways(one: str, other: str) -> None:
    assert agree(figures_of(one)[0], figures_of(other)[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 percent", "21 percent"),
        ("60 seconds", "60 minutes"),
        ("52 million dollars", "52 million euros"),
        ("on 3 March", "on 4 March"),
        ("v0.19.2", "v0.19.3"),
        ("third", "fourth"),
        ("a third", "a quarter"),
        ("18:42", "16:42"),
    ],
)
def test_another_figure_is_another(one: str, other: str) -> None:
    assert lacking(figures_of(one)[0], figures_of(other))


@pytest.mark.parametrize(
    ("claimed", "held", "clash"),
    [
        ("at most 400", "at least 400", True),
        ("over 5,000", "under five thousand", True),
        ("no fewer than 400", "at least 400", False),
        ("more than 400", "400", True),
        ("about 400", "400", False),
        ("400", "at least 400", False),
    ],
)
def test_bounds(claimed: str, held: str, clash: bool) -> None:
    assert bounds_clash(figures_of(claimed)[0], figures_of(held)) is clash


def test_a_month_is_a_month_only_where_it_is_one() -> None:
    assert not figures_of("May I ask whether Jun came?")
    assert [figure.text for figure in figures_of("It was in May, on 3 June.")] == ["May", "3", "June"]
