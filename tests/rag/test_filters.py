from datetime import date
from typing import Any

import pytest

from rag.errors import QuestionError
from rag.filters import filters_from_json, matches_name
from rag.models import Filters, SourceKind


def test_everything_at_once() -> None:
    assert filters_from_json(
        {
            "show": "Lede",
            "speaker": ["Ana", "Bo"],
            "kind": ["episode", "summary"],
            "source": "s1",
            "since": "2026-01-02",
            "until": "2026-03-04",
            "adverts": True,
        }
    ) == Filters(
        shows=("Lede",),
        speakers=("Ana", "Bo"),
        kinds=(SourceKind.EPISODE, SourceKind.SUMMARY),
        sources=("s1",),
        since=date(2026, 1, 2),
        until=date(2026, 3, 4),
        adverts=True,
    )


@pytest.mark.parametrize("nothing", [None, {}, {"show": None, "since": None, "kind": []}])
def test_nothing_limits_nothing(nothing: Any) -> None:
    assert filters_from_json(nothing) == Filters()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(["episode"], "must be an object", id="list"),
        pytest.param(
            {"knid": "episode"}, "unknown filter 'knid'; there are adverts, exclude, kind, ", id="misspelt"
        ),
        pytest.param({"kind": "podcast"}, "unknown kind 'podcast'; there are episode, ", id="kind"),
        pytest.param({"show": 3}, "'show' must be a text or a list of texts", id="number"),
        pytest.param(
            {"source": ["a", None]}, "'source' must be a text or a list of texts", id="null-in-list"
        ),
        pytest.param({"since": "May"}, "since must be a day such as 2026-05-08, not 'May'", id="no-day"),
        pytest.param({"until": 20260508}, "until must be a day such as 2026-05-08", id="number-for-day"),
        pytest.param({"since": "2026-02-30"}, "since must be a day", id="no-such-day"),
        pytest.param({"adverts": "false"}, "adverts must be true or false", id="text-for-truth"),
    ],
)
def test_what_cannot_be_is_named(value: Any, message: str) -> None:
    with pytest.raises(QuestionError) as raised:
        filters_from_json(value)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("wanted", "names", "matches"),
    [
        pytest.param(["ANA RUIZ"], ["Ana Ruiz"], True, id="ignoring-case"),
        pytest.param(["Ruiz"], ["Ana Ruiz"], True, id="one-word-of-a-name"),
        pytest.param(["Long Wire"], ["The Long Wire Daily"], True, id="several-words"),
        pytest.param(["Rui"], ["Ana Ruiz"], False, id="half-a-word"),
        pytest.param(["x", "Bo"], ["Ana Ruiz", "Bo Lind"], True, id="any-of-them"),
        pytest.param([], ["Ana"], False, id="none-wanted"),
    ],
)
def test_names(wanted: list[str], names: list[str], matches: bool) -> None:
    assert matches_name(wanted, names) is matches
