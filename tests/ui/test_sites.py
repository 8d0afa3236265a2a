"""Who may ask, for what, how often and at what cost: every refusal that is promised, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from rag.activity import Activity
from rag.errors import QuestionError
from rag.models import Usage
from rag.sites import Site, Sites, origin_of
from tests.fakes import (
    CannedAssistant,
    CannedFinder,
    MemoryLibrary,
    a_citation,
    a_passage,
    a_source,
    an_answer,
)
from ui.api import create_app
from ui.gate import Limits
from ui.reader import BUDGET_SPENT
from ui.service import Front

LETTERS, OTHER = "https://letters.example", "https://elsewhere.example"
PASSAGE = a_passage()
PAID = a_passage(source=a_source("The quarry was sold for nine hundred crowns.", id="s2", audience="paid"))
ANSWER = an_answer(a_citation(1), usage=Usage(input_tokens=9, output_tokens=3, calls=1))
QUOTED = an_answer(a_citation(1), model="extractive")
OWNER = {"Authorization": "Bearer owner-token"}


@dataclass
class House:
    """A server with one site, for readers behind one proxy of ours."""

    activity: Activity
    limits: Limits = field(default_factory=Limits)
    front: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.assistant = CannedAssistant({"chips": ANSWER})
        self.quoting = CannedAssistant({"chips": QUOTED})
        given = {
            "tiers": ("public", "free", "paid"),
            "owner_tokens": ("owner-token",),
            "proxies": 1,
            **self.front,
        }
        app = create_app(
            self.assistant,
            MemoryLibrary(PASSAGE, PAID),
            finder=CannedFinder(PASSAGE, PAID),
            quoting=self.quoting,
            page=False,
            front=Front(activity=self.activity, limits=self.limits, **given),
        )
        self.client = TestClient(app, raise_server_exceptions=False)

    def ask(
        self, *, origin: str | None = None, site: str | None = None, reader: str = "203.0.113.7", **more: str
    ) -> Any:
        headers = {"X-Forwarded-For": reader, **({"Origin": origin} if origin else {})}
        headers.update({name.replace("_", "-"): value for name, value in more.items()})
        return self.client.post(
            "/v1/ask", json={"question": "Are chips scarce?", "site": site}, headers=headers
        )


@pytest.fixture
def activity(tmp_path: Path) -> Iterator[Activity]:
    activity = Activity(tmp_path / "activity.db")
    yield activity
    activity.close()


@pytest.fixture
def house(activity: Activity) -> House:
    return House(activity)


@pytest.fixture
def site(activity: Activity) -> Site:
    return Sites(activity).add("Letters", origins=[LETTERS], audience="free")


# ── from where ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_site_asks_from_its_own_origin_for_its_own_tier(house: House, site: Site) -> None:
    got = house.ask(origin=LETTERS, site=site.id)
    assert got.status_code == 200
    assert got.headers["access-control-allow-origin"] == LETTERS
    assert "access-control-allow-credentials" not in got.headers
    assert "set-cookie" not in got.headers
    (_, _, filters) = house.assistant.asked[-1]
    assert filters is not None and filters.audiences == ("public", "free")


@pytest.mark.parametrize(
    "origin",
    [
        OTHER,
        "http://letters.example",
        "https://letters.example:8443",
        "https://letters.example.elsewhere.example",
        "https://sub.letters.example",
        "null",
    ],
)
def test_no_other_origin_may(house: House, site: Site, origin: str) -> None:
    for named in (site.id, None):
        got = house.ask(origin=origin, site=named)
        assert got.status_code == 403
        assert got.headers["content-type"] == "application/problem+json"
        if origin != "null":
            assert "access-control-allow-origin" not in got.headers
    assert house.assistant.asked == []
    preflight = house.client.options("/v1/ask", headers={"Origin": origin})
    assert preflight.status_code == (204 if origin == "null" else 403)


def test_a_preflight_lets_the_site_through(house: House, site: Site) -> None:
    got = house.client.options("/v1/ask", headers={"Origin": LETTERS})
    assert got.status_code == 204
    assert got.headers["access-control-allow-origin"] == LETTERS
    assert {"content-type", "earmark-token"} <= set(got.headers["access-control-allow-headers"].split(", "))


def test_a_site_that_is_not_there_or_not_theirs_is_refused(
    house: House, activity: Activity, site: Site
) -> None:
    paid = Sites(activity).add("Paid", origins=["https://paid.example"], audience="paid")
    assert house.ask(origin=LETTERS, site="site_0").status_code == 403
    assert house.ask(origin=LETTERS, site=paid.id).status_code == 403
    assert house.ask(site=paid.id).status_code == 403, "without an origin a site's tier is not given either"
    Sites(activity).remove("Letters")
    assert house.ask(origin=LETTERS, site=site.id).status_code == 403


def test_who_names_no_site_reads_what_is_for_everybody(house: House) -> None:
    assert house.ask().status_code == 200
    assert house.assistant.asked[-1][2].audiences == ("public",)  # type: ignore[union-attr]
    for path in ("/v1/sources/s2", f"/v1/passages/{PAID.id}"):
        assert house.client.get(path).status_code == 404
        assert house.client.get(path, headers=OWNER).status_code == 200
    listed = house.client.get("/v1/sources").json()["sources"]
    assert [source["id"] for source in listed] == ["s1"]
    assert house.client.get("/healthz").json()["sources"] == 1
    house.client.post("/v1/ask", json={"question": "chips"}, headers=OWNER)
    assert house.assistant.asked[-1][2].audiences == ()  # type: ignore[union-attr]


# ── tokens of frames ────────────────────────────────────────────────────────────────────────────────────────


def token_of(house: House, site: str | None, reader: str = "203.0.113.7") -> str:
    got = house.client.get(
        "/embed", params={"site": site} if site else {}, headers={"X-Forwarded-For": reader}
    )
    return str(got.text.split('name="earmark-token" content="')[1].split('"')[0])


def test_a_frame_asks_with_its_token_for_its_site_only(house: House, activity: Activity, site: Site) -> None:
    other = Sites(activity).add("Other", origins=[OTHER], audience="paid")
    token = token_of(house, site.id)
    assert house.ask(origin="null", site=site.id, earmark_token=token).status_code == 200
    assert house.ask(origin="null", site=other.id, earmark_token=token).status_code == 403
    assert house.ask(origin="null", earmark_token=token).status_code == 403
    assert house.ask(origin="null", site=site.id, earmark_token=token_of(house, None)).status_code == 403
    # Replayed from another network.
    assert (
        house.ask(origin="null", site=site.id, earmark_token=token, reader="198.51.100.9").status_code == 403
    )
    got = house.ask(origin="null", site=site.id, earmark_token="9.9")
    assert "Reload" in got.json()["detail"] and got.headers["access-control-allow-origin"] == "null"


def test_a_frame_stands_in_its_site_alone(house: House, activity: Activity, site: Site) -> None:
    Sites(activity).add("Other", origins=[OTHER])
    policy = house.client.get("/embed", params={"site": site.id}).headers["content-security-policy"]
    assert f"frame-ancestors 'self' {LETTERS}" in policy and OTHER not in policy
    assert house.client.get("/embed", params={"site": "site_0"}).status_code == 404


# ── how often ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_network_has_a_limit_that_no_forged_address_or_new_session_lifts(activity: Activity) -> None:
    house = House(activity, Limits(network="3/hour", session="2/hour"))
    assert house.ask(earmark_session="a").status_code == 200
    assert house.ask(earmark_session="a").status_code == 200
    by_session = house.ask(earmark_session="a")
    assert by_session.status_code == 429
    assert house.ask(earmark_session="b", reader="6.6.6.6, 203.0.113.99").status_code == 200
    refused = house.ask(earmark_session="c", reader="198.51.100.1, 203.0.113.7")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert refused.json()["detail"].startswith("A lot has been asked from your network")
    assert house.ask(reader="203.0.114.7").status_code == 200, "another network"


def test_without_a_proxy_of_ours_a_forwarded_address_is_not_believed(activity: Activity) -> None:
    house = House(activity, Limits(network="2/hour"), front={"proxies": 0})
    statuses = [house.ask(reader=f"203.0.{n}.1").status_code for n in range(4)]
    assert statuses == [200, 200, 429, 429]


def test_what_one_limit_refuses_no_other_counts(activity: Activity, site: Site) -> None:
    house = House(activity, Limits(network="1/hour", everybody="2/hour"))
    assert [house.ask().status_code for _ in range(5)] == [200, 429, 429, 429, 429]
    assert house.ask(reader="198.51.100.1").status_code == 200
    assert house.ask(reader="192.0.2.1").status_code == 429, "all together"


def test_limits_hold_across_a_restart(activity: Activity, tmp_path: Path) -> None:
    limits = Limits(network="2/hour")
    assert [House(activity, limits).ask().status_code for _ in range(2)] == [200, 200]
    activity.close()
    again = Activity(tmp_path / "activity.db")
    assert House(again, limits).ask().status_code == 429
    again.close()
    assert b"203.0.113" not in (tmp_path / "activity.db").read_bytes(), "no address is kept"


def test_the_owner_is_not_counted(activity: Activity) -> None:
    house = House(activity, Limits(network="1/hour", everybody="1/hour"))
    assert [house.ask(authorization="Bearer owner-token").status_code for _ in range(3)] == [200] * 3
    assert house.ask(authorization="Bearer guess").status_code == 200
    assert house.ask(authorization="Bearer guess").status_code == 429


# ── at what cost ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sites_budget_spent_is_answered_in_the_sources_words(activity: Activity) -> None:
    site = Sites(activity).add("Letters", origins=[LETTERS], daily=2)
    house = House(activity)
    answers = [house.ask(origin=LETTERS, site=site.id).json() for _ in range(3)]
    assert [answer["model"] for answer in answers] == ["canned", "canned", "extractive"]
    assert [answer["notice"] for answer in answers] == [None, None, BUDGET_SPENT]
    assert house.ask().json()["model"] == "canned", "others have theirs"
    assert House(activity).ask(origin=LETTERS, site=site.id).json()["model"] == "extractive", (
        "after a restart"
    )


def test_networks_and_sessions_have_budgets_of_their_own(activity: Activity) -> None:
    house = House(activity, Limits(written_network="2/day", written_session="1/day"))
    models = [house.ask(earmark_session=session).json()["model"] for session in "aabc"]
    assert models == ["canned", "extractive", "canned", "extractive"]


def test_what_no_model_was_asked_for_costs_nothing(activity: Activity) -> None:
    house = House(activity, Limits(written_network="1/day"))
    body, headers = {"question": "Who won the match?"}, {"X-Forwarded-For": "203.0.113.7"}
    for _ in range(3):
        assert house.client.post("/v1/ask", json=body, headers=headers).json()["status"] == "not_covered"
    assert house.ask().json()["model"] == "canned"


# ── how much ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stream", [False, True])
def test_a_body_longer_than_any_question_is_refused_unread(activity: Activity, stream: bool) -> None:
    house = House(activity, front={"body_bytes": 1000})
    body = b'{"question": "' + b"x" * 2000 + b'"}'
    chunks = iter([body[:900], body[900:]])
    content: Any = chunks if stream else body
    got = house.client.post("/v1/ask", content=content, headers={"Content-Type": "application/json"})
    assert got.status_code == got.json()["status"] == 413
    assert got.json()["detail"] == "The request is longer than 1,000 bytes."
    assert house.assistant.asked == []


def test_nothing_can_be_uploaded(house: House) -> None:
    got = house.client.post("/gradio_api/upload", files={"files": b"x"})
    assert (got.status_code, got.json()["detail"]) == (403, "Nothing can be uploaded here.")


def test_a_history_longer_than_any_conversation_is_refused(activity: Activity) -> None:
    house = House(activity, front={"history_characters": 100})
    body = {"question": "Are chips scarce?", "history": [{"role": "user", "content": "x" * 101}]}
    got = house.client.post("/v1/ask", json=body)
    assert got.status_code == 422
    assert got.json()["detail"] == "the history has 101 characters; at most 100 are taken"


def test_the_numbers_are_for_the_owner(house: House) -> None:
    house.ask()
    for path in ("/metrics", "/owner/feedback"):
        assert house.client.get(path, headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 403
        assert house.client.get(path, headers=OWNER).status_code == 200
    told = house.client.get("/metrics", headers=OWNER).text
    assert 'earmark_requests_total{method="POST",route="/v1/ask",status="200"} 1.0' in told
    assert 'earmark_answers_total{model="canned",status="answered"} 1.0' in told
    assert "chips" not in told


# ── sites themselves ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    ["letters.example", "https://", "https://a.example/path", "ftp://a.example", "https://*.a.example", "x"],
)
def test_what_is_no_origin_is_told(activity: Activity, text: str) -> None:
    with pytest.raises(QuestionError, match="is no origin; give scheme and host"):
        Sites(activity).add("Letters", origins=[text])
    assert Sites(activity).all() == []


def test_a_name_is_taken_once(activity: Activity, site: Site) -> None:
    with pytest.raises(QuestionError, match="there is a site 'Letters' already"):
        Sites(activity).add("Letters", origins=[OTHER])
    assert Sites(activity).remove(site.id) and not Sites(activity).remove(site.id)


def test_an_origin_is_written_as_browsers_write_it() -> None:
    assert origin_of("http://[::1]:7860/") == "http://[::1]:7860"
    assert origin_of("https://bücher.example") == "https://xn--bcher-kva.example"
