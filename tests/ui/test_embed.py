from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.ui.conftest import ANSWER, HOSTILE

pytestmark = pytest.mark.browser


@pytest.fixture
def embed(page: Page, address: str) -> Page:
    page.goto(f"{address}/embed")
    return page


def ask(place: Page | FrameLocator, question: str) -> None:
    place.get_by_label("Your question").fill(question)
    place.get_by_label("Your question").press("Enter")


def test_a_question_is_answered_with_chips_and_cards(embed: Page, address: str) -> None:
    hosts: set[str] = set()
    complaints: list[str] = []
    embed.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    embed.on("console", lambda message: complaints.append(message.text))
    ask(embed, "What is scarce?")
    expect(embed.locator(".em-text")).to_have_text(ANSWER)
    expect(embed.locator(".em-text cite").first).to_have_text("The Race for Chips")
    embed.locator("a.earmark-cite").first.click()
    card = embed.locator(".em-current")
    expect(card).to_be_focused()
    expect(card.locator("blockquote")).to_have_text("Chips are the scarce part.")
    for words in ("Episode", "Ana Ruiz · 12:34", "Frontier Hour · 8 May 2026", "Open at 12:33"):
        expect(card).to_contain_text(words)
    for words in ("AI-written", "Advert", "1:00:01 (approximate time)"):
        expect(embed.locator("#cards")).to_contain_text(words)
    assert hosts == {urlsplit(address).netloc}
    assert complaints == []


def test_hostile_words_are_shown_as_words(embed: Page) -> None:
    embed.evaluate("void (window.hacked = () => { window.wasHacked = true; })")
    ask(embed, "attack")
    expect(embed.locator(".em-text")).to_have_text(HOSTILE + "1")
    expect(embed.locator(".em-card blockquote")).to_have_text(HOSTILE)
    expect(embed.locator(".em-card a, .em-card img, .em-card script")).to_have_count(0)
    assert embed.evaluate("window.wasHacked") is None


def test_what_is_not_covered_and_what_fails_are_said(embed: Page) -> None:
    ask(embed, "Who won the match?")
    expect(embed.locator(".em-nearest")).to_contain_text("8 May 2026")
    ask(embed, "Is it busy?")
    expect(embed.locator(".em-problem")).to_have_text("Another process is writing. Ask again.")


def test_it_works_in_a_sandboxed_frame(page: Page, address: str) -> None:
    page.set_content(f'<iframe sandbox="allow-scripts" src="{address}/embed" width=360 height=600></iframe>')
    frame = page.frame_locator("iframe")
    ask(frame, "What is scarce?")
    expect(frame.locator("a.earmark-cite")).to_have_count(4)


@pytest.mark.parametrize("viewport", [{"width": 320, "height": 600}])
def test_it_fits_a_narrow_frame(embed: Page) -> None:
    ask(embed, "What is scarce?")
    expect(embed.locator("a.earmark-cite")).to_have_count(4)
    assert embed.evaluate("document.documentElement.scrollWidth") == 320
