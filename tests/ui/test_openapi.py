"""The API is as it describes itself: cases made from its own description, and none of them a 5xx."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import load_all_checks
from schemathesis.core.result import Ok

from tests.rag.archives import an_archive
from tests.rag.talks import QUESTION, fill
from tests.ui.serving import serving
from ui.api import create_app
from ui.openapi import ANSWER_EXAMPLE
from ui.service import Front

load_all_checks()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("talks")
    fill(home)
    with an_archive(home, alone=False) as archive:
        front = Front(activity=archive.activity)
        app = create_app(archive.assistant, archive.library, finder=archive.search, page=False, front=front)
        with serving(app) as address:
            yield address


def hold(address: str, *, cases: int) -> int:
    """At least so many cases, spread over the operations, each checked against the description."""
    schema = schemathesis.openapi.from_url(f"{address}/v1/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) >= 10
    made = 0
    # Some have nothing to vary, so the others have to make up for them, round by round.
    while made < cases:
        before = made
        for operation in operations:

            @seed(made)
            @given(case=operation.as_strategy())
            @settings(
                max_examples=max(1, (cases - before) // len(operations)),
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.explicit, Phase.generate],
            )
            def obeys(case: Any) -> None:
                nonlocal made
                made += 1
                response = case.call()
                assert response.status_code < 500, response.text
                case.validate_response(response, excluded_checks=_NOT_OURS)
                if response.status_code >= 400:
                    assert response.headers["content-type"] == ["application/problem+json"]

            obeys()
    return made


def _not_ours() -> list[Any]:
    """What JSON Schema cannot say: a question may be any text, but not an empty one."""
    names = (
        "positive_data_acceptance",
        "negative_data_rejection",
        "missing_required_header",
    )
    return [check for check in schemathesis.checks.CHECKS.get_all() if check.__name__ in names]


_NOT_OURS = _not_ours()


@pytest.mark.parametrize("cases", [240, pytest.param(5000, marks=pytest.mark.soak)])
@pytest.mark.timeout(3600)
def test_no_case_breaks_it_and_every_error_is_as_described(address: str, cases: int) -> None:
    assert hold(address, cases=cases) >= cases


def test_the_description_holds_no_form_of_error_but_ours(address: str) -> None:
    described = httpx.get(f"{address}/v1/openapi.json").json()
    for path, operations in described["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                kinds = set(response.get("content", {}))
                assert int(status) < 400 or kinds == {"application/problem+json"}, (path, status)
    assert {"Answer", "Citation", "Claim", "Problem", "Source"} <= described["components"]["schemas"].keys()
    assert "HTTPValidationError" not in str(described)
    closed = {
        name for name, one in described["components"]["schemas"].items() if "additionalProperties" in one
    }
    assert {"Ask", "Feedback"} <= closed
    assert "Chat" not in closed


def test_the_example_is_an_answer(address: str) -> None:
    described = httpx.get(f"{address}/v1/openapi.json").json()
    root = {**described["components"]["schemas"]["Answer"], "components": described["components"]}
    jsonschema.Draft202012Validator(root).validate(ANSWER_EXAMPLE)
    (claim,), (citation,) = ANSWER_EXAMPLE["claims"], ANSWER_EXAMPLE["citations"]
    assert ANSWER_EXAMPLE["answer"][slice(*claim["at"])] == claim["text"] == citation["quote"]
    asked = httpx.post(f"{address}/v1/ask", json={"question": QUESTION}).json()
    assert list(asked) == list(ANSWER_EXAMPLE)
    assert list(asked["citations"][0]) == list(citation) or set(asked["citations"][0]) == set(citation)
