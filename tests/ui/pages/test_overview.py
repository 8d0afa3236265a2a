"""The overview by every way in: JSON, the page, the command; who may read it, what words of others may do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page

from rag.wiring import Archive
from tests.rag.archives import an_archive, put
from tests.rag.overview.talks import OPENING, a_talk
from tests.ui.commands import earmark
from tests.ui.serving import serving
from tests.ui.test_widget import axe
from ui.api import create_app
from ui.pages.overview import overview_page
from ui.serve import front_of

_HOSTILE = "<img src=x onerror=hacked()> </p><script>hacked()</script> \" ' javascript:hacked()"
_AUDIO = "https://media.example/race.mp3"


def app_of(archive: Archive) -> Any:
    return create_app(
        archive.assistant,
        archive.library,
        finder=archive.search,
        overviews=archive.overviews,
        page=False,
        front=front_of(archive, "owner"),
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with an_archive(tmp_path_factory.mktemp("home")) as archive:
        for given in (
            {"audio_url": _AUDIO, "seconds": 190.0},
            {"id": "paid", "audience": "paid", "title": "For those who pay"},
            {"id": "hostile", "title": _HOSTILE, "show": _HOSTILE, "url": "javascript:hacked()"},
            {"id": "letter", "title": "A letter"},
        ):
            source, passages = a_talk(timed=given.get("id") != "letter", **given)
            put(archive, source, passages)
        yield archive


@pytest.fixture(scope="module")
def client(archive: Archive) -> Iterator[TestClient]:
    with TestClient(app_of(archive)) as client:
        yield client


@pytest.fixture(scope="module")
def address(archive: Archive) -> Iterator[str]:
    with serving(app_of(archive)) as address:
        yield address


def test_json_has_every_line_with_its_place(client: TestClient, archive: Archive) -> None:
    found = client.get("/v1/sources/s1/overview").json()
    text = archive.library.source("s1").text
    assert found["summary"][0]["text"] == OPENING[1]
    for line in (
        *found["summary"],
        *found["takeaways"],
        *(one for dive in found["dives"] for one in dive["lines"]),
    ):
        citation = line["citations"][0]
        assert citation["quote"] == text[citation["start"] : citation["end"]] == line["text"]
        assert citation["link"].startswith(f"{_AUDIO}#t=")
        passage = next(one for one in archive.library.passages_of("s1") if one.id == citation["passage_id"])
        assert passage.sentences[citation["n"] - 1].start == citation["start"]


def test_the_page_leads_from_each_line_to_its_sentence_and_second(client: TestClient) -> None:
    found = client.get("/v1/sources/s1/overview").json()
    got = client.get("/s/s1/overview")
    assert got.status_code == 200
    citation = found["summary"][0]["citations"][0]
    assert f'href="/s/s1#{citation["passage_id"]}-{citation["n"]}"' in got.text
    assert f'data-seek-s="{int(citation["start_s"] - 1)}"' in got.text
    assert f'<audio controls preload="none" src="{_AUDIO}"' in got.text
    assert "script-src 'self';" in got.headers["content-security-policy"]


def test_the_full_text_leads_to_it(client: TestClient) -> None:
    assert 'href="/s/s1/overview"' in client.get("/s/s1").text


def test_a_letter_needs_no_seconds(client: TestClient) -> None:
    page = client.get("/s/letter/overview").text
    assert "In context" in page
    assert "data-seek-s" not in page


@pytest.mark.parametrize("path", ["/v1/sources/{}/overview", "/s/{}/overview"])
def test_what_is_for_paying_readers_is_not_there_for_others(client: TestClient, path: str) -> None:
    got, unknown = client.get(path.format("paid")), client.get(path.format("nothing"))
    assert got.status_code == unknown.status_code == 404
    assert "bonding" not in got.text
    assert "For those who pay" not in got.text
    mine = client.get(path.format("paid"), headers={"Authorization": "Bearer owner"})
    assert mine.status_code == 200
    assert "bonding" in mine.text


def test_words_of_others_stay_words(client: TestClient) -> None:
    page = client.get("/s/hostile/overview").text
    assert "<img" not in page
    assert "<script>hacked" not in page
    assert 'href="javascript' not in page
    assert "&lt;img src=x onerror=hacked()&gt;" in page


def test_every_text_of_the_json_is_escaped_on_the_page(client: TestClient) -> None:
    document = json.dumps(client.get("/v1/sources/s1/overview").json())
    hostile = json.loads(document.replace("bonding", "</p><script>hacked()</script>"))
    page = overview_page({**hostile, "notice": _HOSTILE, "pending": True})
    assert "<script>hacked" not in page
    assert "Look again" in page


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, address: str, theme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    wanted: list[str] = []
    page.on("request", lambda request: wanted.append(request.url))
    page.goto(f"{address}/s/s1/overview")
    page.get_by_role("button", name="Play from").first.wait_for()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in wanted if not url.startswith(address)] == []


def test_hostile_words_run_nothing(page: Page, address: str) -> None:
    page.add_init_script("window.hacked = () => { window.wasHacked = true }")
    page.goto(f"{address}/s/hostile/overview")
    assert page.get_by_role("heading", level=1).inner_text().startswith("<img src=x")
    assert page.evaluate("window.wasHacked") is None


def test_the_command_shows_it(home: Path) -> None:
    listed = json.loads(earmark("sources", "--json", home=home).stdout)["sources"]
    source_id = next(source["id"] for source in listed if source["kind"] == "episode")
    found = json.loads(earmark("show", source_id, "--overview", "--json", home=home).stdout)
    assert found["source_id"] == source_id
    assert found["takeaways"]
    told = earmark("show", source_id, "--overview", home=home).stdout
    assert "Takeaways" in told
    assert found["takeaways"][0]["text"] in told
