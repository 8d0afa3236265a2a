"""The pages to read in, in a browser: by keyboard, on a phone, with sound, and under attack."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from rag.models import Passage, Sentence
from tests.fakes import CannedAssistant, MemoryLibrary, a_passage, a_source
from tests.ui.hosts import a_recording
from tests.ui.pages.conftest import LETTER, SUMMARY, an_episode
from tests.ui.serving import serving
from tests.ui.test_following import until
from tests.ui.test_page import DESK, PHONE
from tests.ui.test_widget import axe
from ui.api import create_app

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]


def payloads(shared: Path) -> list[str]:
    """Markup that attacks a page, as a browser would tell it if it were text."""
    told = json.loads((shared / "benchmarks/xss/payloads.json").read_text())
    return [one.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "") for one in told if one.strip()]


def said(payload: str, n: int) -> Passage:
    """A source all of whose words are the attack."""
    source = a_source(payload, id=f"x{n}", title=payload, show=payload, people=(payload,), url=payload)
    whole = Sentence(start=0, end=len(payload), speaker=payload, start_s=1.0, end_s=2.0)
    passage = a_passage(source=source, id=f"xp{n}", sentences=(whole,), speakers=(payload,), heading=payload)
    return replace(passage, start_s=1.0)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_recording(tmp_path_factory.mktemp("sound")) as address:
        yield address


@pytest.fixture(scope="module")
def address(sound: str) -> Iterator[str]:
    library = MemoryLibrary(*an_episode(audio_url=sound), LETTER, SUMMARY)
    with serving(create_app(CannedAssistant(), library, page=False)) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, address: str, sound: str) -> Iterator[Visit]:
    """Opens a page; at the end, checks that nobody else was asked, and for the recording only to play it."""
    contexts, hosts, ours, heard = [], set[str](), {""}, set[str]()
    complaints: list[str] = []

    def visited(path: str, *, at: str = address, hears: bool = False, **options: Any) -> Page:
        ours.add(urlsplit(at).netloc)
        heard.update({urlsplit(sound).netloc} if hears else ())
        context = browser.new_context(**{"viewport": DESK, "reduced_motion": "reduce", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", complain)
        page.goto(at + path)
        return page

    def complain(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    yield visited
    cookies = [cookie for context in contexts for cookie in context.cookies()]
    for context in contexts:
        context.close()
    assert hosts - ours == heard
    assert complaints == []
    assert cookies == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(visit: Visit, viewport: dict[str, int], scheme: str) -> None:
    page = visit("/browse?kind=episode&kind=newsletter", viewport=viewport, color_scheme=scheme)
    assert axe(page) == []
    page.goto(page.url.partition("/browse")[0] + "/s/s1?find=scarce#s1p1-1")
    assert axe(page) == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(visit: Visit, width: int) -> None:
    page = visit("/browse", viewport={"width": width, "height": 844})
    root = page.url.partition("/browse")[0]
    for path in ("/browse", "/s/s1?find=scarce", "/s/letter"):
        page.goto(root + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_by_keyboard_from_the_shelves_to_a_sentence_and_a_question(visit: Visit, address: str) -> None:
    page = visit("/browse")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the text")).to_be_focused()

    def tab_to(name: str, *, role: Any = "link") -> None:
        wanted = page.get_by_role(role, name=name).first
        for _ in range(40):
            page.keyboard.press("Tab")
            if wanted.evaluate("(node) => node === document.activeElement"):
                return
        pytest.fail(f"no way to {name!r} by Tab")

    tab_to("Episodes")
    page.keyboard.press("Enter")
    page.wait_for_url("**/browse?kind=episode")
    expect(page.get_by_role("status")).to_have_text("1 source")
    tab_to("The Race for Chips")
    page.keyboard.press("Enter")
    page.wait_for_url("**/s/s1")
    tab_to("Find in this text", role="searchbox")
    page.keyboard.type("don't grow")
    page.keyboard.press("Enter")
    page.wait_for_url("**/s/s1?find=*")
    expect(page.get_by_role("status")).to_have_text("1 sentence with “don't grow”.")
    tab_to("They don’t grow.")
    page.keyboard.press("Enter")
    expect(page.locator(".s:target")).to_have_text("They don’t grow.")
    expect(page.locator(".s:target")).to_be_in_viewport()
    page.get_by_role("textbox", name="Ask about this episode").focus()
    page.keyboard.type("What is scarce?")
    with page.expect_request(lambda request: urlsplit(request.url).path == "/") as asked:
        page.route("**/?*", lambda route: route.fulfill(body="<h1>Asked</h1>", content_type="text/html"))
        page.keyboard.press("Enter")
    assert parse_qs(urlsplit(asked.value.url).query) == {"source": ["s1"], "q": ["What is scarce?"]}
    expect(page.locator("h1")).to_have_text("Asked")


def test_all_is_read_and_found_without_a_script(visit: Visit) -> None:
    page = visit("/browse", java_script_enabled=False)
    page.get_by_role("link", name="The Race for Chips").click()
    page.get_by_label("Find in this text").fill("scarce")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#text mark")).to_have_text(["scarce", "scarce"])
    expect(page.get_by_role("button", name="Play from").first).to_be_hidden()


def test_a_button_plays_from_its_second_and_the_text_follows(visit: Visit) -> None:
    page = visit("/s/s1", hears=True, viewport={"width": 390, "height": 300})
    expect(page.locator(".em-playing")).to_have_count(0)
    page.evaluate(
        """void document.querySelector("audio").addEventListener(
            "playing", (event) => { window.from ??= event.target.currentTime; })"""
    )
    page.get_by_role("button", name="Play from 0:30").click()
    assert until(lambda: page.evaluate("window.from !== undefined"), seconds=10)
    assert abs(page.evaluate("window.from") - 30.0) <= 0.5
    expect(page.locator(".em-playing")).to_have_text("And power is scarce, too.")
    page.evaluate("document.querySelector('audio').currentTime = 9.5")
    expect(page.locator(".em-playing")).to_have_text("Good to be here.")
    # It goes on by itself.
    expect(page.locator(".em-playing")).to_have_text("Chips are scarce.")


def test_who_comes_for_a_sentence_and_presses_play_hears_it(visit: Visit) -> None:
    page = visit("/s/s1#s1p3-1", hears=True)
    page.evaluate("void document.querySelector('audio').play()")
    second = "document.querySelector('audio').currentTime"
    assert until(lambda: page.evaluate(second) > 28.5, seconds=10)
    assert page.evaluate(second) < 31


def test_a_recording_that_is_not_played_is_not_fetched(visit: Visit) -> None:
    page = visit("/s/s1")
    page.wait_for_load_state("networkidle")  # the fixture looks at who was asked


def test_attacks_are_words(visit: Visit, shared: Path) -> None:
    told = payloads(shared)
    assert len(told) > 100
    passages = [said(one, n) for n, one in enumerate(told)]
    whole = a_source("\n\n".join(told), id="all", title="All of them", people=())
    at, spoken = 0, []
    for n, one in enumerate(told):
        sentence = Sentence(start=at, end=at + len(one), speaker=one)
        spoken.append(
            a_passage(one, source=whole, id=f"w{n}", ordinal=n, sentences=(sentence,), heading=one)
            if whole.text.count(one) == 1
            else replace(a_passage(source=whole, id=f"w{n}", ordinal=n, heading=one), sentences=(sentence,))
        )
        at += len(one) + 2
    library = MemoryLibrary(*passages, *spoken)
    with serving(create_app(CannedAssistant(), library, page=False)) as address:
        page = visit("/s/all", at=address)
        read = page.locator("#text .s").evaluate_all("(nodes) => nodes.map((node) => node.textContent)")
        assert read == told
        assert made_by_others(page) == []
        listed: list[str] = []
        page.goto(f"{address}/browse")
        while True:
            assert made_by_others(page) == []
            listed += page.locator(".title").evaluate_all("(nodes) => nodes.map((node) => node.textContent)")
            after = page.get_by_role("link", name="Older", exact=True)
            if not after.count():
                break
            after.click()
            page.wait_for_load_state()
        assert sorted(listed) == sorted([*(one.strip() for one in told), "All of them"])
        for n in (0, 5, 20):
            page.goto(f"{address}/s/x{n}")
            assert made_by_others(page) == []
            assert page.locator("h1").evaluate("(node) => node.textContent") == told[n]
        page.close()


def made_by_others(page: Page) -> list[str]:
    """Elements and attributes that our pages never have."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main *")]
          .filter((node) => /^(img|svg|math|iframe|object|embed|script|style|base|link)$/i.test(node.tagName)
            || [...node.attributes].some((one) => /^on|^style$|^srcdoc$/i.test(one.name)
              || /^(href|src|action|formaction)$/i.test(one.name) && !/^(https?:|[/#]|$)/i.test(one.value)))
          .map((node) => node.outerHTML.slice(0, 200))"""
    )
    return found
