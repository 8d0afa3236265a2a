"""Browse over HTTP: what is listed, narrowed and counted, and what other readers' sources tell."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from tests.fakes import a_passage, a_source
from tests.ui.conftest import HOSTILE
from tests.ui.pages.conftest import PAID_WORDS, an_episode, many, serve
from tests.ui.test_permalink import Seen


def titles(html: str) -> list[str]:
    return [unescape(re.sub(r"<.*?>", "", one)) for one in re.findall(r'<p class="title">(.*?)</p>', html)]


def test_everything_is_listed_newest_first_with_what_is_known_of_it(client: TestClient) -> None:
    html = client.get("/browse").text
    assert titles(html) == ["Letter 14", "The Race for Chips", "The quarry", "Summed up"]
    words = Seen(html).words
    for told in ("Episode · Frontier Hour · 8 May 2026 · 0:40", "Ana Ruiz", "AI-written", "Without a date"):
        assert told in words
    assert 'href="/s/letter"' in html
    assert "4 sources: 2 episodes, 1 newsletter, 1 summary" in words


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("show=Frontier+Hour", ["The Race for Chips"]),
        ("show=Frontier+Hour&show=Frontier+Letters", ["Letter 14", "The Race for Chips"]),
        ("person=Cy+Moe", ["Letter 14"]),
        ("kind=summary&kind=newsletter", ["Letter 14", "Summed up"]),
        ("since=2026-05-09", ["Letter 14"]),
        ("until=2026-05-08&kind=episode", ["The Race for Chips", "The quarry"]),
        ("title=chips+RACE", ["The Race for Chips"]),
        (
            "show=&person=&since=&until=&title=",
            ["Letter 14", "The Race for Chips", "The quarry", "Summed up"],
        ),
        ("show=Frontier+Hour&person=Cy+Moe", []),
    ],
)
def test_it_is_narrowed_by_its_address(client: TestClient, query: str, expected: list[str]) -> None:
    html = client.get(f"/browse?{query}").text
    assert titles(html) == expected
    assert ("Nothing fits all of this." in html) == (not expected)


def test_a_chip_narrows_and_when_chosen_widens_again(client: TestClient) -> None:
    html = client.get("/browse").text
    (to,) = {unescape(to) for to in re.findall(r'href="([^"]*show=Frontier\+Hour[^"]*)"', html)}
    narrowed = client.get(to).text
    assert titles(narrowed) == ["The Race for Chips"]
    (back,) = re.findall(r'class="chip" href="([^"]*)" aria-current="true"', narrowed)
    assert titles(client.get(unescape(back)).text) == titles(html)
    assert 'href="/?show=Frontier+Hour"' in narrowed  # ask within it


def ask_link(html: str) -> str | None:
    found = re.search(r'<a class="go" href="([^"]*)"', html)
    return unescape(found[1]) if found else None


def test_asking_within_a_selection_takes_its_people_as_speakers(client: TestClient) -> None:
    html = client.get("/browse?person=Ana+Ruiz&kind=episode&since=2026-01-01").text
    assert ask_link(html) == "/?speaker=Ana+Ruiz&kind=episode&since=2026-01-01"
    assert ask_link(client.get("/browse").text) is None


@pytest.mark.parametrize(
    ("query", "sources"),
    [
        ("person=Cy+Moe", ["letter"]),
        ("person=Cy+Moe&person=Ana+Ruiz", ["letter", "s1"]),
        ("title=chips", ["s1"]),
    ],
)
def test_where_a_person_only_writes_the_sources_are_asked_of(
    client: TestClient, query: str, sources: list[str]
) -> None:
    assert ask_link(client.get(f"/browse?{query}").text) == "/?" + "&".join(
        f"source={one}" for one in sources
    )


def test_what_no_address_can_say_is_not_offered() -> None:
    client = serve(*many(30), *an_episode())
    assert titles(client.get("/browse?title=number").text)
    assert ask_link(client.get("/browse?title=number").text) is None


def test_of_many_sources_only_what_people_say_is_asked_of() -> None:
    letters = [
        a_passage(source=a_source(id=f"l{n}", title=f"Letter {n}", people=("Ana Ruiz",))) for n in range(30)
    ]
    html = serve(*letters, *an_episode()).get("/browse?person=Ana+Ruiz").text
    assert ask_link(html) == "/?speaker=Ana+Ruiz" and "Ask within what they say here" in html
    assert ask_link(serve(*letters).get("/browse?person=Ana+Ruiz").text) is None


def test_who_speaks_for_paying_readers_only_is_not_told() -> None:
    paid = an_episode(id="p1", audience="paid")
    written = a_passage(source=a_source(id="w", title="W", people=("Ana Ruiz",)))
    assert ask_link(serve(*paid, written).get("/browse?person=Ana+Ruiz").text) == "/?source=w"


@pytest.mark.parametrize("query", ["kind=film", "since=May", "until=2026-13-01"])
def test_what_cannot_be_is_said_and_nothing_is_narrowed(client: TestClient, query: str) -> None:
    got = client.get(f"/browse?{query}")
    assert got.status_code == 422
    assert 'role="alert"' in got.text and len(titles(got.text)) == 4


def test_a_page_holds_fifty_and_links_to_the_next() -> None:
    client = serve(*many(120))
    first = client.get("/browse").text
    assert titles(first)[0] == "Number 119" and len(titles(first)) == 50
    seen = titles(first)
    html = first
    while after := re.search(r'rel="next" href="([^"]*)"', html):
        html = client.get(unescape(after[1])).text
        seen += titles(html)
    assert seen == [f"Number {n}" for n in reversed(range(120))]
    assert "Page 3 of 3" in html
    for odd in ("0", "99", "x", "-1", "٣", "9" * 50):
        assert client.get(f"/browse?page={odd}").status_code == 200


def test_of_other_readers_sources_there_is_the_title_and_no_more(client: TestClient) -> None:
    html = client.get("/browse").text
    assert "For other readers (paid)" in html
    for secret in ("Secret Show", "Dee Paid", "/s/paid", PAID_WORDS, "Unlisted"):
        assert secret not in html
    for asked in ("show=Secret+Show", "person=Dee+Paid"):
        assert titles(client.get(f"/browse?{asked}").text) == []
    owner = client.get("/browse", headers={"Authorization": "Bearer owner-token"}).text
    assert "Secret Show" in owner and "Unlisted" in owner


def test_an_empty_archive_says_so() -> None:
    assert "The archive is empty." in serve().get("/browse").text


def test_hostile_words_are_words() -> None:
    source = a_source(HOSTILE, title=HOSTILE, show=HOSTILE, people=(HOSTILE, "Bo"))
    client = serve(a_passage(source=source), a_passage(source=a_source(id="s2", show="B")))
    for query in ("", "?" + "&".join(["show=<script>", "person=<img+src=x>", "title=%22onload=x"])):
        seen = Seen(client.get(f"/browse{query}").text)
        assert {tag for tag, _ in seen.tags}.isdisjoint({"script", "img", "style", "iframe"})
        assert not [attrs for _, attrs in seen.tags if any(name.startswith("on") for name in attrs)]
    assert HOSTILE in Seen(client.get("/browse").text).words
