"""What a reader does with answers: keeps them over a reload, copies, hands on, asks anew, judges, limits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from rag.activity import Activity
from rag.models import SourceKind
from tests.fakes import CannedAssistant, MemoryLibrary
from tests.ui.conftest import ADVERT, ANSWER, EPISODE, LETTER, SUMMARY
from tests.ui.serving import serving
from tests.ui.test_page import answered, ask, box, chips
from ui.api import create_app
from ui.service import Front

pytestmark = pytest.mark.browser

OWNER = "owner"


@pytest.fixture(scope="module")
def address(assistant: CannedAssistant) -> Iterator[str]:
    """A server whose owner can be asked what readers thought."""
    library = MemoryLibrary(EPISODE, LETTER, SUMMARY, ADVERT)
    front = Front(activity=Activity(), owner_tokens=(OWNER,))
    with serving(create_app(assistant, library, front=front)) as address:
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    assert context.cookies() == []
    context.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Page:
    return opened(context, address)


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    expect(box(page)).to_be_editable()
    return page


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def noted(page: Page, address: str) -> list[dict[str, object]]:
    got = page.request.get(f"{address}/owner/feedback", headers={"Authorization": f"Bearer {OWNER}"})
    return list(got.json()["feedback"])


def test_a_reload_keeps_the_conversation_with_its_sources_until_it_is_ended(
    page: Page, assistant: CannedAssistant
) -> None:
    answered(page)
    ask(page, "Who won the match?")
    expect(page.locator(".em-nearest")).to_be_visible()
    page.reload()
    expect(page.locator(".em-exchange")).to_have_count(2)
    expect(page.locator(".em-exchange").first.locator(".em-text")).to_have_text(ANSWER)
    expect(page.locator("#em-cards blockquote")).to_have_count(4)
    chips(page).nth(1).click()
    expect(page.locator(".em-current blockquote")).to_have_text(
        "Warehouses were full, so the rules bit late."
    )
    ask(page, "And then?")
    expect(page.locator(".em-nearest")).to_have_count(2)
    assert [turn.content for turn in assistant.asked[-1][1]][::2] == ["What is scarce?", "Who won the match?"]
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".em-exchange")).to_have_count(0)
    expect(box(page)).to_be_focused()
    page.reload()
    expect(box(page)).to_be_editable()
    expect(page.locator(".em-exchange, .em-card")).to_have_count(0)


def test_two_tabs_keep_apart(context: BrowserContext, page: Page, address: str) -> None:
    answered(page)
    other = opened(context, address)
    expect(other.locator(".em-exchange")).to_have_count(0)
    ask(other, "Who won the match?")
    expect(other.locator(".em-nearest")).to_be_visible()
    page.reload()
    expect(chips(page)).to_have_count(4)
    expect(page.locator(".em-nearest")).to_have_count(0)


def test_what_is_kept_is_bounded_and_what_cannot_be_read_is_forgotten(page: Page, address: str) -> None:
    answered(page)
    held = "JSON.parse(sessionStorage.getItem('earmark.conversation')).exchanges"
    page.goto(f"{address}/healthz")  # of the same storage, and without our scripts
    page.evaluate(
        """() => {
            const kept = JSON.parse(sessionStorage.getItem("earmark.conversation"));
            kept.exchanges = Array(60).fill({ ...kept.exchanges[0], notice: "n".repeat(30000) });
            sessionStorage.setItem("earmark.conversation", JSON.stringify(kept));
        }"""
    )
    page.goto(address)
    expect(page.locator(".em-exchange")).to_have_count(60)
    answered(page, citations=60 * 4 + 4)
    assert 1 < page.evaluate(f"{held}.length") <= 20
    assert page.evaluate("sessionStorage.getItem('earmark.conversation').length") <= 500_000
    for broken in (
        "{",
        '{"form":0}',
        '{"form":1,"exchanges":[{"question":"x"}]}',
        '{"form":1,"exchanges":7}',
    ):
        page.goto(f"{address}/healthz")
        page.evaluate("broken => sessionStorage.setItem('earmark.conversation', broken)", broken)
        page.goto(address)
        expect(box(page)).to_be_editable()
        expect(page.locator(".em-exchange")).to_have_count(0)
    answered(page)


def test_an_answer_is_copied_with_footnotes(context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    answered(page)
    page.get_by_role("button", name="Copy with footnotes").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = clipboard(page)
    said = "Ana Ruiz, in *The Race for Chips* (Frontier Hour, 8 May 2026), 12:34"
    assert f"{said}: “Chips are the scarce part.”[^1]" in copied
    note = (
        "[^1]: “Chips are the scarce part.” Ana Ruiz, *The Race for Chips*, Frontier Hour, 8 May 2026, 12:34."
    )
    assert f"{note} <https://frontier.example/race>\n" in copied
    assert "*The race, summed up*, Frontier Hour, AI-written.\n" in copied
    answered(page, "an attack", citations=5)
    page.get_by_role("button", name="Copy with footnotes").last.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert r"\<img src=x onerror=hacked()\> \`${hacked()}\` {{hacked}} \[1\] \*stars\*" in clipboard(page)


def test_a_link_to_an_answer_opens_in_a_fresh_browser(
    browser: Browser, context: BrowserContext, page: Page
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    answered(page)
    page.get_by_role("button", name="Share link").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    fresh = browser.new_context()
    elsewhere = fresh.new_page()
    elsewhere.goto(clipboard(page))
    expect(elsewhere.get_by_role("heading", name="What is scarce?")).to_be_visible()
    expect(elsewhere.locator("blockquote").first).to_have_text("Chips are the scarce part.")
    fresh.close()


def test_where_nothing_may_be_copied_the_link_is_shown(context: BrowserContext, address: str) -> None:
    context.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page = opened(context, address)
    answered(page)
    page.get_by_role("button", name="Share link").click()
    shown = page.get_by_role("dialog", name="Copy").get_by_role("textbox")
    expect(shown).to_be_focused()
    assert f"{address}/a/" in shown.input_value()
    assert page.evaluate("getSelection().toString()") == shown.input_value()
    page.keyboard.press("Escape")
    expect(shown).to_be_hidden()
    expect(page.get_by_role("button", name="Share link")).to_be_focused()


def test_a_question_is_retried_and_edited(page: Page, assistant: CannedAssistant) -> None:
    ask(page, "Is it busy?")
    expect(page.locator(".em-problem")).to_be_visible()
    before = len(assistant.asked)
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".em-stage")).to_be_visible()
    expect(page.locator(".em-problem")).to_be_visible()
    assert len(assistant.asked) == before + 1
    page.get_by_role("button", name="Edit").click()
    expect(box(page)).to_have_value("Is it busy?")
    expect(box(page)).to_be_focused()
    answered(page)
    expect(page.locator(".em-exchange")).to_have_count(1)
    ask(page, "And who won?")
    expect(page.locator(".em-nearest")).to_be_visible()
    page.get_by_role("button", name="Edit").first.click()
    expect(page.locator("#em-editing")).to_contain_text("the question after it will go")
    page.get_by_role("button", name="Cancel").click()
    expect(box(page)).to_have_value("")
    expect(page.locator(".em-exchange")).to_have_count(2)
    page.get_by_role("button", name="Edit").first.click()
    ask(page, "What else is scarce?")
    expect(page.locator(".em-exchange")).to_have_count(1)
    expect(chips(page)).to_have_count(4)
    assert assistant.asked[-1][:2] == ("What else is scarce?", ())


def test_what_a_reader_thinks_is_noted_when_it_is_sent(page: Page, address: str) -> None:
    answered(page)
    before = len(noted(page, address))
    page.get_by_role("button", name="Wrong source").click()
    dialog = page.get_by_role("dialog", name="Wrong source")
    dialog.get_by_label("Which number?").select_option("2")
    dialog.get_by_label("Anything to add?").fill("Not <b>these</b> words.")
    assert len(noted(page, address)) == before
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_be_hidden()
    newest = noted(page, address)[0]
    assert (newest["verdict"], newest["citation"], newest["comment"]) == (
        "wrong_source", 2, "Not <b>these</b> words.",
    )  # fmt: skip
    pressed = page.get_by_role("button", name="Wrong source")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(pressed).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Helpful", exact=True).click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("button", name="Helpful", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(pressed).to_have_attribute("aria-pressed", "false")
    newest = noted(page, address)[0]
    assert (newest["verdict"], newest["citation"], newest["comment"]) == ("up", None, None)


def test_an_address_limits_the_conversation_and_the_reader_lifts_it(
    page: Page, address: str, assistant: CannedAssistant
) -> None:
    page.goto(f"{address}/?kind=newsletter&kind=episode&show=Frontier+Hour&since=May")
    limits = page.get_by_role("list", name="Limited to").get_by_role("listitem")
    expect(limits).to_have_text(["Newsletters ×", "Episodes ×", "Show: Frontier Hour ×"])
    expect(page.locator("#em-scope-problem")).to_contain_text(
        "since must be a day such as 2026-05-08, not 'May'"
    )
    ask(page, "What is scarce?")
    expect(page.locator(".em-stage")).to_have_text("Searching what you chose…")
    expect(chips(page)).to_have_count(4)
    filters = assistant.asked[-1][2]
    assert filters is not None
    assert (filters.kinds, filters.shows) == ((SourceKind.NEWSLETTER, SourceKind.EPISODE), ("Frontier Hour",))
    page.get_by_role("button", name="Remove Newsletters").click()
    expect(limits).to_have_text(["Episodes ×", "Show: Frontier Hour ×"])
    page.reload()
    expect(limits).to_have_text(["Episodes ×", "Show: Frontier Hour ×"])
    answered(page, citations=8)
    filters = assistant.asked[-1][2]
    assert filters is not None and filters.kinds == (SourceKind.EPISODE,)


def test_ten_chats_at_once_keep_apart(browser: Browser, address: str) -> None:
    contexts = [browser.new_context(viewport={"width": 390, "height": 844}) for _ in range(10)]
    pages = [opened(context, address) for context in contexts]
    for number, page in enumerate(pages):
        ask(page, f"What is scarce, chat {number}?" if number % 2 else f"Who won match {number}?")
    for number, page in enumerate(pages):
        expect(page.locator(".em-asked").first).to_contain_text(f"{number}?")
        expect(page.locator("h2.em-asked")).to_have_count(1)
        expect(chips(page)).to_have_count(4 if number % 2 else 0, timeout=15_000)
        expect(page.locator(".em-nearest")).to_have_count(0 if number % 2 else 1)
    for context in contexts:
        context.close()


def test_a_server_that_is_gone_is_told_of(page: Page) -> None:
    page.route("**/gradio_api/queue/**", lambda route: route.abort())
    page.route("**/healthz", lambda route: route.abort())
    ask(page, "What is scarce?")
    # Told by us, or by a page that Gradio loaded again; either way it can be asked again.
    expect(page.get_by_role("button", name="Retry")).to_be_visible(timeout=15_000)
    expect(page.locator(".toast-body:visible")).to_have_count(0)
    page.unroute_all()
    page.get_by_role("button", name="Retry").click()
    expect(chips(page)).to_have_count(4)
