from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from rag.models import Turn
from tests.fakes import CannedAssistant
from tests.ui.conftest import ANSWER, HOSTILE

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Opens the page, and at the end checks that it asked nobody else and complained of nothing."""
    contexts, hosts, complaints = [], set(), []

    def opened(**context_options: Any) -> Page:
        context = browser.new_context(**{"viewport": DESK, **context_options})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        expect(box(page)).to_be_editable()
        return page

    yield opened
    cookies = [cookie for context in contexts for cookie in context.cookies()]
    for context in contexts:
        context.close()
    assert hosts <= {urlsplit(address).netloc, ""}
    assert complaints == []
    assert cookies == []


def box(page: Page) -> Locator:
    return page.get_by_label("Your question")


def chips(page: Page) -> Locator:
    return page.locator("a.earmark-cite")


def ask(page: Page, question: str) -> None:
    box(page).fill(question)
    box(page).press("Enter")


def answered(page: Page, question: str = "What is scarce?", citations: int = 4) -> None:
    ask(page, question)
    expect(chips(page)).to_have_count(citations)
    expect(page.get_by_role("button", name="Ask")).to_be_visible()


def test_a_typed_question_is_answered_with_chips_that_open_the_quote(open_page: Open) -> None:
    page = open_page()
    answered(page)
    expect(page.get_by_role("log").locator("p")).to_have_text(ANSWER)
    expect(page.get_by_role("log").locator("cite").first).to_have_text("The Race for Chips")
    chips(page).nth(1).click()
    card = page.locator(chips(page).nth(1).get_attribute("href") or "#none")
    expect(card).to_have_class(re.compile("em-current"))
    expect(card).to_be_focused()
    expect(card.locator("blockquote")).to_have_text("Warehouses were full, so the rules bit late.")
    expect(card).to_contain_text("Letter 14")
    expect(card).to_contain_text("2 June 2026")
    link = card.get_by_role("link", name="Open the newsletter")
    expect(link).to_have_attribute("href", "https://frontier.example/letters/14")


def test_the_question_box_is_the_first_text_box(open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_role("textbox").first).to_have_accessible_name("Your question")


def test_labels_and_times_are_words(open_page: Open) -> None:
    page = open_page()
    answered(page)
    sources = page.get_by_role("complementary", name="Sources")
    for words in ("AI-written", "Advert", "1:00:01 (approximate time)", "Ana Ruiz · 12:34", "Open at 12:33"):
        expect(sources).to_contain_text(words)
    summary = page.get_by_role("article", name="Source 3: The race, summed up")
    expect(summary.get_by_role("link")).to_have_count(0)


def test_numbers_say_without_colour_what_nobody_said(open_page: Open) -> None:
    page = open_page()
    answered(page)
    drawn = chips(page).evaluate_all("nodes => nodes.map(node => getComputedStyle(node, '::after').content)")
    assert [words.partition(" /")[0] for words in drawn] == ["none", "none", '"AI"', '"Ad"']
    expect(chips(page).nth(2)).to_have_accessible_name(
        "Source 3: The race, summed up, Quoted word for word, AI-written"
    )


def test_a_link_may_hold_a_question(open_page: Open, address: str) -> None:
    page = open_page()
    page.goto(f"{address}/?q=What+is+%3Cb%3Escarce%3F")
    expect(box(page)).to_have_value("What is <b>scarce?")
    expect(page.locator(".em-exchange")).to_have_count(0)
    box(page).press("Enter")
    expect(page.get_by_role("heading", name="What is <b>scarce?").first).to_be_visible()


def test_a_question_sent_before_the_page_listens_is_asked_when_it_does(open_page: Open, address: str) -> None:
    page = open_page()
    held: list[Route] = []
    page.route("**/gradio_api/run/**", lambda route: held.append(route))
    # Gradio hears of Enter by `keypress`, and for some moments after its text box is there it does not.
    page.add_init_script("addEventListener('keypress', (event) => event.stopImmediatePropagation(), true)")
    page.goto(address)
    ask(page, "What is scarce?")
    expect(page.locator(".em-exchange")).to_have_count(0)
    expect(box(page)).to_have_value("What is scarce?")
    page.wait_for_timeout(200)
    assert held
    for route in held:
        route.continue_()
    expect(chips(page)).to_have_count(4)
    expect(box(page)).to_have_value("")


def test_something_shows_within_a_tenth_of_a_second(open_page: Open) -> None:
    page = open_page()
    page.evaluate(
        """() => {
          addEventListener("keydown", () => { window.sent ??= performance.now(); }, true);
          new MutationObserver(() => {
            if (document.querySelector(".em-stage")) window.seen ??= performance.now();
          }).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    ask(page, "What is scarce?")
    expect(page.locator(".em-stage")).to_have_text("Searching 4 sources…")
    expect(chips(page)).to_have_count(4)
    # 60 ms on an idle machine; the bound leaves room for one that runs other tests.
    assert page.evaluate("seen - sent") < 400


def test_hostile_words_are_shown_as_words(open_page: Open) -> None:
    page = open_page()
    page.evaluate("void (window.hacked = () => { window.wasHacked = true; })")
    question = f"attack {HOSTILE}"
    answered(page, question, citations=1)
    expect(page.get_by_role("heading", name=question).first).to_be_visible()
    expect(page.locator(".em-text")).to_have_text(HOSTILE + "1")
    chips(page).hover()
    expect(page.get_by_role("tooltip")).to_contain_text(HOSTILE)
    chips(page).click()
    expect(page.locator(".em-card blockquote")).to_have_text(HOSTILE)
    expect(page.locator(".em-card .em-title")).to_have_text(HOSTILE)
    # The one link is ours, to the whole source here.
    expect(page.locator(".em-card a")).to_have_text(["Read in context"])
    expect(page.locator(".em-card a")).to_have_attribute("href", re.compile(r"^s/s1#p-s1-0-1$"))
    expect(page.locator(".em-card img, .em-card script")).to_have_count(0)
    assert page.evaluate("window.wasHacked") is None


def test_the_keyboard_is_enough(open_page: Open) -> None:
    page = open_page()
    answered(page)
    chips(page).first.focus()
    expect(page.get_by_role("tooltip")).to_contain_text("Chips are the scarce part.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator(".em-current")).to_be_focused()
    page.keyboard.press("Escape")
    expect(chips(page).first).to_be_focused()
    expect(page.locator(".em-current")).to_have_count(0)
    expect(chips(page).first).to_have_accessible_name(
        "Source 1: Ana Ruiz, The Race for Chips, Quoted word for word"
    )


def test_on_a_phone_the_sources_are_a_sheet(open_page: Open) -> None:
    page = open_page(viewport=PHONE, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    sheet = page.locator("#em-sources")
    expect(sheet).to_be_hidden()
    answered(page)
    chips(page).first.tap()
    quote = page.locator(".em-current blockquote")
    expect(quote).to_have_text("Chips are the scarce part.")
    expect(quote).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Close sources").tap()
    expect(sheet).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_chips_stand_out_in_both_themes(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    answered(page)
    back = page.evaluate("getComputedStyle(document.querySelector('.gradio-container')).backgroundColor")
    assert (brightness(back) < 0.2) == (scheme == "dark")
    for selector in (".em-text", ".em-where", "#earmark-intro p", "#earmark-question label span"):
        ink = page.evaluate(f"getComputedStyle(document.querySelector({selector!r})).color")
        assert contrast(ink, back) >= 4.5, selector
    for selector in ("a.earmark-cite", ".em-number", "#earmark-send"):
        style = page.evaluate(
            f"(s => [s.color, s.backgroundColor])(getComputedStyle(document.querySelector({selector!r})))"
        )
        assert contrast(*style) >= 4.5, selector


def brightness(color: str) -> float:
    """Relative luminance of `rgb(…)`, as WCAG has it."""
    channels = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


def test_what_is_not_covered_offers_the_nearest(open_page: Open) -> None:
    page = open_page()
    ask(page, "Who won the match?")
    nearest = page.locator(".em-nearest")
    expect(nearest.get_by_role("link", name="The Race for Chips")).to_be_visible()
    expect(nearest).to_contain_text("8 May 2026")
    expect(nearest).to_contain_text("The race, summed up")
    expect(chips(page)).to_have_count(0)


def test_an_error_is_one_line_and_the_conversation_goes_on(
    open_page: Open, assistant: CannedAssistant
) -> None:
    page = open_page()
    ask(page, "Is it busy?")
    expect(page.locator(".em-problem")).to_have_text("Another process is writing. Ask again.")
    # The problem is shown before the question is over: until then Enter waits for Stop's place to be Ask's.
    expect(page.get_by_role("button", name="Ask")).to_be_visible()
    answered(page)
    ask(page, "And who won?")
    expect(page.locator(".em-nearest")).to_be_visible()
    question, history, _ = assistant.asked[-1]
    assert question == "And who won?"
    assert [turn.role for turn in history] == ["user", "assistant"]
    assert history[0] == Turn(role="user", content="What is scarce?")
    expect(page.locator(".em-exchange")).to_have_count(3)


def test_an_example_asks_itself(open_page: Open) -> None:
    page = open_page()
    example = page.get_by_role("button", name="What did Ana Ruiz say in “The Race for Chips”?")
    example.click()
    expect(page.get_by_role("heading", name="What did Ana Ruiz say in “The Race for Chips”?")).to_be_visible()
    expect(example).to_be_hidden()


def test_stop_ends_the_wait(open_page: Open, assistant: CannedAssistant) -> None:
    page = open_page()
    assistant.delay_s, usual = 3.0, assistant.delay_s
    try:
        # Gradio cannot cancel, and complains, what the server has not told it the name of yet.
        with page.expect_response(lambda response: "queue/join" in response.url):
            ask(page, "What is scarce?")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".em-stage")).to_have_text("Stopped.")
        expect(page.get_by_role("button", name="Ask")).to_be_visible()
    finally:
        assistant.delay_s = usual
    answered(page)


def test_a_second_reader_has_a_conversation_of_their_own(open_page: Open) -> None:
    one, other = open_page(), open_page()
    answered(one)
    ask(other, "Who won the match?")
    expect(other.locator(".em-nearest")).to_be_visible()
    expect(other.locator(".em-exchange")).to_have_count(1)
    expect(one.locator(".em-exchange")).to_have_count(1)


def test_an_empty_question_is_not_asked(open_page: Open, assistant: CannedAssistant) -> None:
    page = open_page()
    before = len(assistant.asked)
    ask(page, "   ")
    page.wait_for_timeout(300)
    assert len(assistant.asked) == before
    expect(page.locator(".em-exchange")).to_have_count(0)


def test_gradios_own_client_gets_the_same_answer(address: str) -> None:
    from gradio_client import Client

    client = Client(address, verbose=False, analytics_enabled=False)
    answer = client.predict("What is scarce?", api_name="/ask")
    assert [citation["number"] for citation in answer["citations"]] == [1, 2, 3, 4]
    assert answer["claims"][0]["text"] == "Chips are the scarce part."


def test_the_page_has_a_policy_of_its_own(address: str) -> None:
    import httpx

    policy = httpx.get(address).headers["content-security-policy"]
    for rule in ("default-src 'self'", "object-src 'none'", "media-src 'self' blob: https: http:"):
        assert rule in policy
