"""The page of an answer: no script, every claim with its words, and nothing that a source wrote is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from ingest.sync import add
from rag.activity import Activity
from rag.compose.drafting import PARTLY
from rag.compose.framing import left_open
from rag.contract import answer_json
from rag.models import Status, Verdict
from rag.sites import Sites
from rag.wiring import Archive
from tests.fakes import (
    CannedAssistant,
    MemoryLibrary,
    a_citation,
    a_passage,
    a_refusal,
    a_source,
    an_answer,
    an_evidence,
)
from tests.rag.archives import an_archive
from tests.ui.conftest import HOSTILE
from tests.ui.serving import serving
from tests.ui.test_widget import axe
from ui.api import create_app
from ui.gate import Limits
from ui.permalink import answer_page
from ui.serve import front_of
from ui.service import Front

PASSAGE = a_passage(speakers=("Ana Ruiz",), start_s=754.2)
SCARCE = an_answer(
    a_citation(
        evidence=an_evidence("Chips are the scarce part.", passage=PASSAGE),
        link="https://frontier.example/race#t=753",
    )
)


class Seen(HTMLParser):
    """The tags of a page with their attributes, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def meta(self, name: str) -> str | None:
        found = (
            attrs.get("content")
            for tag, attrs in self.tags
            if name in (attrs.get("property"), attrs.get("name"))
        )
        return next(found, None)


@pytest.fixture
def library() -> MemoryLibrary:
    return MemoryLibrary(PASSAGE)


@pytest.fixture
def client(library: MemoryLibrary) -> Iterator[TestClient]:
    front = Front(activity=Activity(), public_url="https://ask.example", owner_tokens=("owner",))
    assistant = CannedAssistant({"scarce": SCARCE})
    yield TestClient(create_app(assistant, library, page=False, front=front))


def asked(client: TestClient, question: str = "What is scarce?") -> dict[str, Any]:
    return dict(client.post("/v1/ask", json={"question": question}).json())


def test_a_page_tells_the_claim_its_words_and_where_they_are(client: TestClient) -> None:
    answer = asked(client)
    got = client.get(f"/a/{answer['id']}")
    seen = Seen(got.text)
    assert "Chips are the scarce part." in seen.words and "Ana Ruiz" in seen.words and "12:34" in seen.words
    assert ("a", answer["citations"][0]["link"]) in {(tag, attrs.get("href")) for tag, attrs in seen.tags}
    assert seen.meta("og:title") == "What is scarce?"
    assert seen.meta("og:url") == f"https://ask.example/a/{answer['id']}"
    assert seen.meta("robots") == "noindex"
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy
    assert client.get("/embed/static/permalink.css").status_code == 200


def test_numbers_are_marked_for_how_their_words_are_used_and_whose_they_are() -> None:
    summary = a_passage(source=a_source("Models codify identity.", id="s3"), ai_written=True)
    counted = a_citation(2, evidence=an_evidence(passage=summary), verdict=Verdict.DERIVED)
    answer = an_answer(a_citation(evidence=an_evidence(passage=PASSAGE), verdict=Verdict.SUPPORTED), counted)
    supported = [{**claim, "verdict": "supported"} for claim in answer_json(answer)["claims"]]
    page = answer_page({**answer_json(answer), "claims": supported}, address="https://ask.example")
    chips = [attrs for tag, attrs in Seen(page).tags if attrs.get("class") == "earmark-cite"]
    assert [(chip["aria-label"], chip["data-marks"]) for chip in chips] == [
        ("Source 1: The answer was checked against these words", "✓"),
        ("Source 2: Counted in the answer, AI-written", "Σ AI"),
    ]
    assert "✓\N{NO-BREAK SPACE}The answer was checked against these words." in Seen(page).words


def test_each_citation_leads_to_its_sentence_in_the_source(
    client: TestClient, library: MemoryLibrary
) -> None:
    path = f"/a/{asked(client)['id']}"
    (read,) = re.findall(r'href="([^"]*)" target="_top">Read in context', client.get(path).text)
    page, _, anchor = read.removeprefix("https://ask.example").partition("#")
    opened = client.get(page).text
    assert "Chips are the scarce part." in opened.partition(f'<span class="s" id="{anchor}"')[2]
    # Nobody knows where a passage that is gone was: the page opens at its top.
    library._passages = ()
    assert 'href="https://ask.example/s/s1" target="_top">Read' in client.get(path).text


def test_hostile_words_are_words(client: TestClient) -> None:
    source = a_source(HOSTILE, title=HOSTILE, show=HOSTILE)
    passage = a_passage(source=source, speakers=(HOSTILE,), heading=HOSTILE)
    hostile = an_answer(
        a_citation(evidence=an_evidence(passage=passage), link="javascript:hacked()"),
        question=HOSTILE,
        notice=HOSTILE,
    )
    seen = Seen(answer_page(answer_json(hostile), address="https://ask.example"))
    allowed = {
        *("html head meta title link body main h1 p section figure blockquote figcaption a".split()),
    }
    assert {tag for tag, _ in seen.tags} <= allowed
    assert not [attrs for _, attrs in seen.tags if any(name.startswith("on") for name in attrs)]
    links = [attrs["href"] for tag, attrs in seen.tags if tag == "a"]
    assert not [link for link in links if link and link.startswith("javascript")]
    assert HOSTILE in seen.words


def test_dates_are_words_and_what_a_machine_wrote_or_somebody_paid_for_is_labelled() -> None:
    paid = a_passage(speakers=("Ana Ruiz",), advert=True, ai_written=True)
    written = an_answer(a_citation(evidence=an_evidence(passage=paid)), model="openai:writer")
    seen = Seen(answer_page(answer_json(written), address="https://ask.example"))
    for words in ("8 May 2026", "AI-written", "Advert", "Written by an AI model from these sources"):
        assert words in seen.words
    quoted = an_answer(a_citation(evidence=an_evidence(passage=PASSAGE)), model="extractive")
    seen = Seen(answer_page(answer_json(quoted), address="https://ask.example"))
    for words in ("AI-written", "Advert", "Written by"):
        assert words not in seen.words


LETTER = """---
url: https://letters.example/3
---
# Letter 3

The ferry to the island leaves at six in the morning.

Chips are the scarce part of every data centre, says the harbour master.

The last ferry back leaves when the lamps are lit.
"""


class Edited:
    """A letter in a folder, a server over its archive, and a way to edit it and add it again."""

    def __init__(self, archive: Archive, folder: Path) -> None:
        self.archive, self.file = archive, folder / "letter.md"
        self.write(LETTER)
        front = replace(front_of(archive, "owner"), limits=Limits(), public_url="https://ask.example")
        self.client = TestClient(create_app(archive.assistant, archive.library, page=False, front=front))

    def write(self, text: str) -> None:
        self.file.write_text(text)
        report = add(self.archive, [str(self.file)])
        assert not report.failed

    def oembed_title(self, answer_id: str) -> str:
        url = f"https://ask.example/a/{answer_id}"
        return str(self.client.get("/oembed", params={"url": url}).json()["title"])


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[Edited]:
    with an_archive(tmp_path / "home") as archive:
        yield Edited(archive, tmp_path)


def test_a_quote_that_moved_in_its_file_is_given_where_it_stands_now(edited: Edited) -> None:
    answer = asked(edited.client, "Which part of a data centre is scarce?")
    (before,) = [c for c in answer["citations"] if "scarce part" in c["quote"]]
    edited.write(LETTER.replace("The ferry", "A word before we begin, on lamps and oil.\n\nThe ferry"))
    shown = edited.client.get(f"/v1/answers/{answer['id']}").json()
    after = shown["citations"][before["number"] - 1]
    text = edited.archive.library.source(after["source_id"]).text
    assert after["start"] > before["start"] and text[after["start"] : after["end"]] == before["quote"]
    assert shown["changed"] == []
    assert "source changed" not in edited.client.get(f"/a/{answer['id']}").text.casefold()
    assert edited.oembed_title(answer["id"]) == "Which part of a data centre is scarce?"
    held = edited.archive.library.source
    assert all(
        found["text"] == held(found["source_id"]).text[found["start"] : found["end"]]
        for found in shown["retrieved"]
    )


def test_a_quote_that_was_edited_away_is_marked_wherever_it_is_shown(edited: Edited) -> None:
    answer = asked(edited.client, "Which part of a data centre is scarce?")
    (cited,) = [c for c in answer["citations"] if "scarce part" in c["quote"]]
    edited.write(LETTER.replace("Chips are the scarce part", "Power is the scarce part"))
    shown = edited.client.get(f"/v1/answers/{answer['id']}").json()
    assert shown["changed"] == [cited["number"]]
    assert shown["citations"][cited["number"] - 1] == cited
    marked = [claim for claim in shown["claims"] if cited["number"] in claim["citations"]]
    assert marked and all("the source has changed" in claim["reason"] for claim in marked)
    page = edited.client.get(f"/a/{answer['id']}").text
    assert "source changed" in page and "A source has changed since this was answered" in page
    assert edited.oembed_title(answer["id"]).endswith("(source changed)")
    embedded = edited.client.get("/oembed", params={"url": f"https://ask.example/a/{answer['id']}"}).json()
    assert "(source changed)" in embedded["html"]
    edited.write(LETTER)
    assert edited.client.get(f"/v1/answers/{answer['id']}").json()["changed"] == []


def test_an_answer_goes_with_the_source_that_it_cites(edited: Edited) -> None:
    answer = asked(edited.client, "Which part of a data centre is scarce?")
    edited.archive.remove(answer["citations"][0]["source_id"])
    assert edited.client.get(f"/a/{answer['id']}").status_code == 404
    assert edited.client.get(f"/v1/answers/{answer['id']}").status_code == 404


def test_an_answer_is_gone_while_its_source_is(client: TestClient, library: MemoryLibrary) -> None:
    answer = asked(client)
    del library._sources["s1"]
    assert client.get(f"/a/{answer['id']}").status_code == 404


@pytest.fixture
def marked(edited: Edited) -> Iterator[str]:
    """The address of an answer whose source was edited since."""
    answer = asked(edited.client, "Which part of a data centre is scarce?")
    edited.write(LETTER.replace("Chips are the scarce part", "Power is the scarce part"))
    with serving(edited.client.app) as address:
        yield f"{address}/a/{answer['id']}"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_it_fits_and_stands_out(
    browser: Browser, marked: str, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto(marked)
    expect(page.get_by_text("A source has changed since this was answered")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe(page) == []
    context.close()


@pytest.mark.browser
def test_on_paper_the_addresses_are_written_out(page: Page, marked: str) -> None:
    page.goto(marked)
    expect(page.locator(".paper")).to_be_hidden()
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".paper")).to_contain_text("https://ask.example/a/")
    expect(page.get_by_role("link", name="Ask this archive")).to_be_hidden()
    figure = page.locator("figure").first
    assert figure.evaluate("figure => getComputedStyle(figure).breakInside") == "avoid"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.locator("figcaption a").first).to_be_visible()
    for link in page.locator("figcaption a").all():
        written = link.evaluate("link => getComputedStyle(link, '::after').content")
        assert str(link.get_attribute("href")) in written


@pytest.mark.parametrize("path", ["/a/nope", "/a/" + "x" * 100, "/a/%00"])
def test_what_is_no_answer_is_a_plain_404(client: TestClient, path: str) -> None:
    got = client.get(path)
    assert got.status_code == 404
    assert "There is no such answer" in got.text


def test_what_an_answer_says_of_itself_stands_before_its_words() -> None:
    said = "The sources say otherwise:\n\n"
    at = (len(said), len(said) + len(SCARCE.claims[0].text))
    answer = replace(
        SCARCE,
        status=Status.PARTIAL,
        text=f"{said}{SCARCE.claims[0].text} [1]\n\n{left_open(['who sells <b>clay'])}",
        claims=(replace(SCARCE.claims[0], at=at),),
    )
    page = Seen(answer_page(answer_json(answer), address="https://ask.example")).words
    assert "The sources say otherwise:" in page
    assert "Nothing was found for “who sells bclay”." in page
    assert "covers this in part" not in page
    by_a_model = replace(answer, text=f"{said}{SCARCE.claims[0].text} [1]\n\n{PARTLY}")
    assert (
        "covers this in part" in Seen(answer_page(answer_json(by_a_model), address="https://x.example")).words
    )


def test_a_refusal_has_a_page_that_offers_what_is_nearest() -> None:
    page = answer_page(answer_json(a_refusal(a_source())), address="https://ask.example")
    assert "The archive does not cover this." in page and "The Race for Chips" in page


def test_oembed_gives_a_frame_of_it_and_its_page_says_where(client: TestClient) -> None:
    answer = asked(client)
    address = f"https://ask.example/a/{answer['id']}"
    tags = Seen(client.get(f"/a/{answer['id']}").text).tags
    (found,) = [attrs for tag, attrs in tags if attrs.get("type") == "application/json+oembed"]
    assert (
        found["href"]
        == f"https://ask.example/oembed?format=json&url=https%3A%2F%2Fask.example%2Fa%2F{answer['id']}"
    )
    embedded = client.get("/oembed", params={"url": address, "maxwidth": 300}).json()
    assert (embedded["type"], embedded["version"], embedded["title"]) == ("rich", "1.0", "What is scarce?")
    ((tag, frame),) = Seen(embedded["html"]).tags
    assert (tag, frame["src"], frame["width"]) == ("iframe", address, "300")
    assert "allow-same-origin" not in str(frame["sandbox"])
    for url in (
        "https://elsewhere.example/a/x",
        "https://ask.example/a/nope",
        "https://ask.example/embed",
        "x",
    ):
        assert client.get("/oembed", params={"url": url}).status_code == 404
    assert client.get("/oembed", params={"url": address, "format": "xml"}).status_code == 501


def test_oembed_of_a_site_is_its_embed_page() -> None:
    front = Front(activity=Activity(), public_url="https://ask.example")
    site = Sites(front.activity).add("Letters", origins=["https://letters.example"])
    client = TestClient(create_app(CannedAssistant(), MemoryLibrary(PASSAGE), page=False, front=front))
    got = client.get("/oembed", params={"url": f"https://ask.example/embed?site={site.id}"}).json()
    assert got["title"] == "Ask Letters"
    assert f"/embed?site={site.id}" in got["html"]


def test_feedback_is_noted_for_the_owner_and_for_answers_there_are(client: TestClient) -> None:
    answer = asked(client)
    body = {"answer_id": answer["id"], "verdict": "down", "citation": 1, "comment": "Not what was said."}
    assert client.post("/v1/feedback", json=body).status_code == 204
    assert client.post("/v1/feedback", json={**body, "answer_id": "nope"}).status_code == 404
    assert client.post("/v1/feedback", json={**body, "verdict": "meh"}).status_code == 422
    (noted,) = client.get("/owner/feedback", headers={"Authorization": "Bearer owner"}).json()["feedback"]
    assert {name: noted[name] for name in body} == body


def test_answers_are_kept_as_long_as_is_set() -> None:
    front = Front(activity=Activity(), answer_days=0)
    client = TestClient(
        create_app(CannedAssistant({"scarce": SCARCE}), MemoryLibrary(PASSAGE), page=False, front=front)
    )
    assert client.get(f"/v1/answers/{asked(client)['id']}").status_code == 404
