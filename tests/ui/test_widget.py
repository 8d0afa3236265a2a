from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from rag.contract import answer_json, citation_json
from rag.models import Turn
from tests.fakes import (
    CannedAssistant,
    a_citation,
    a_passage,
    a_source,
    an_answer,
    an_evidence,
)
from tests.ui.conftest import ANSWER, scarce
from tests.ui.hosts import Host, Script, Served, a_recording
from tests.ui.serving import serving
from ui.widget import add_widget, script

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
Where = Page | FrameLocator | Locator

# What a site can do to what is embedded in it, short of scripts.
HOSTILE_STYLES = """<style>
  html { font-size: 4px; }
  * { font: 40px/3 cursive !important; color: lime !important; background: red !important;
      display: none !important;
      letter-spacing: 9px !important; text-transform: uppercase !important; border: 9px dashed red !important;
      opacity: 0.1 !important; transform: rotate(90deg) !important; visibility: hidden !important; }
  html, body { display: block !important; transform: none !important; visibility: visible !important;
      opacity: 1 !important; }
  earmark-chat { position: absolute !important; left: -9999px !important; filter: blur(9px) !important;
      pointer-events: none !important; zoom: 0.1 !important; --em-ink: red; --em-size: 1px; }
  *::before, *::after { content: "SPAM" !important; display: block !important; }
</style>"""


def strict(address: str) -> str:
    """The policy of a site that lets in what it must and nothing inline."""
    return (
        f"default-src 'none'; script-src {address}; connect-src {address}; style-src 'self'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


Acting = tuple[Script, Served]


@pytest.fixture
def acting() -> Iterator[Acting]:
    """An archive that says what the test has it say."""
    play = Script()
    with serving(play.app()) as address:
        yield play, Served(address, "letters")
        play.end()


def tag(server: Served, **attributes: str) -> str:
    """The line that a site puts into its page."""
    given = "".join(f' {name}="{value}"' for name, value in {"site": server.site, **attributes}.items())
    script = f'<script type="module" src="{server.address}/widget.js"></script>'
    return f"{script}<earmark-chat{given}></earmark-chat>"


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, host: Host) -> Iterator[Visit]:
    """Opens the host's page; at the end nothing was stored, complained of, or asked of anybody else."""
    contexts, asked, complaints, allowed = [], set(), [], {urlsplit(host.address).netloc}

    def visited(body: str, *, head: str = "", policy: str | None = None, **options: Any) -> Page:
        host.put(body, head=f'<link rel="icon" href="data:,">{head}', policy=policy)
        allowed.update(urlsplit(found).netloc for found in re.findall(r'http://127[^"/]*', body))
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(host.address)
        return page

    yield visited
    for context in contexts:
        assert context.cookies() == []
        assert all(not origin["localStorage"] for origin in context.storage_state()["origins"])
        context.close()
    assert asked <= allowed | {""}
    # A policy that forbids an icon says so about the browser's own request for it.
    assert [said for said in complaints if "data:," not in said] == []


def ask(place: Where, question: str = "What is scarce?") -> None:
    place.get_by_label("Your question").fill(question)
    place.get_by_label("Your question").press("Enter")


def answered(place: Where, question: str = "What is scarce?", citations: int = 4) -> None:
    ask(place, question)
    expect(place.locator(".em-exchange").last.locator(".em-whole a.earmark-cite")).to_have_count(citations)
    expect(place.get_by_role("button", name="Ask", exact=True)).to_be_visible()


def opened(place: Where, number: int = 1) -> Locator:
    """The source behind a chip, opened by a click on it."""
    place.locator(".em-whole a.earmark-cite").nth(number - 1).click()
    source = place.locator("details.em-current")
    expect(source.locator("blockquote")).to_be_visible()
    return source


def axe(page: Page) -> list[str]:
    """What axe has to say against a page, a line each."""
    return [
        f"{found['id']}: {node['html']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
    ]


# ── the script ──────────────────────────────────────────────────────────────────────────────────────────────


def served() -> TestClient:
    app = FastAPI()
    add_widget(app)
    return TestClient(app)


def test_it_is_at_most_30_kilobytes_gzipped() -> None:
    got = served().get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert got.headers["content-encoding"] == "gzip"
    assert int(got.headers["content-length"]) == len(gzip.compress(script().encode(), mtime=0))
    assert int(got.headers["content-length"]) <= 30_000
    assert got.text == script()


def test_every_site_may_load_it_and_a_browser_keeps_it() -> None:
    client = served()
    got = client.get("/widget.js", headers={"Origin": "null", "Accept-Encoding": ""})
    assert got.headers["content-type"] == "text/javascript; charset=utf-8"
    assert got.headers["access-control-allow-origin"] == "*"
    assert "content-encoding" not in got.headers
    again = client.get("/widget.js", headers={"If-None-Match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_names_no_storage_no_markup_and_no_other_host() -> None:
    stores = r"localStorage|sessionStorage|indexedDB|document\.cookie"
    marks_up = r"innerHTML|outerHTML|insertAdjacentHTML|\beval\("
    code = re.sub(r"^\s*//.*$", "", script(), flags=re.MULTILINE)
    assert re.findall(f"{stores}|{marks_up}", code) == []
    assert re.findall(r"\drem\b", code) == []  # the host's size
    assert re.findall(r"https?://[\w.]+", code) == []


# ── on a site ───────────────────────────────────────────────────────────────────────────────────────────────


def test_one_line_in_a_page_answers_with_sources(
    visit: Visit, server: Served, assistant: CannedAssistant
) -> None:
    page = visit(tag(server))
    expect(page.locator(".em-intro")).to_be_visible()
    answered(page)
    expect(page.locator(".em-text")).to_have_text(ANSWER)
    expect(page.locator(".em-text cite").first).to_have_text("The Race for Chips")
    expect(page.locator(".em-intro")).to_have_count(0)
    source = opened(page)
    for words in (
        "Chips are the scarce part.",
        "Ana Ruiz · 12:34 · 8 May 2026",
        "Quoted word for word",
        "Frontier Hour",
    ):
        expect(source).to_contain_text(words)
    link = source.get_by_role("link", name="Open at 12:33")
    assert urlsplit(link.get_attribute("href") or "").netloc == "frontier.example"
    expect(link).to_have_attribute("rel", "noopener")
    lines = page.locator("summary.em-line")
    for place, words in enumerate(["Episode", "Newsletter", "AI-written", "Advert"]):
        expect(lines.nth(place)).to_contain_text(words)
    expect(lines.nth(3)).to_contain_text("1:00:01 (approximate time)")


def test_an_answer_has_an_address_to_hand_on(visit: Visit, server: Served) -> None:
    page = visit(tag(server))
    answered(page)
    link = page.get_by_role("link", name="Link to this answer")
    assert (link.get_attribute("href") or "").startswith(f"{server.address}/a/")
    with page.expect_popup() as popup:
        link.click()
    expect(popup.value.locator("h1")).to_have_text("What is scarce?")
    expect(popup.value.locator("blockquote").first).to_have_text("Chips are the scarce part.")
    ask(page, "Who won the match?")
    expect(page.locator(".em-nearest")).to_be_visible()
    expect(link).to_have_count(1)  # what is not covered is nothing to quote


def test_it_remembers_the_conversation_within_the_page(
    visit: Visit, server: Served, assistant: CannedAssistant
) -> None:
    page = visit(tag(server))
    answered(page)
    ask(page, "And who won?")
    expect(page.locator(".em-nearest")).to_contain_text("8 May 2026")
    expect(page.locator(".em-nearest").get_by_role("link", name="The Race for Chips")).to_be_visible()
    _, history, _ = assistant.asked[-1]
    assert history == (
        Turn(role="user", content="What is scarce?"),
        Turn(role="assistant", content=scarce().text),
    )
    page.reload()
    expect(page.locator(".em-exchange")).to_have_count(0)


def test_it_works_under_a_strict_policy(visit: Visit, server: Served) -> None:
    page = visit(tag(server), policy=strict(server.address))
    answered(page)
    opened(page)
    assert page.locator("[style]").count() == 0
    button = page.get_by_role("button", name="Ask", exact=True)
    assert button.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(11, 90, 111)"


@pytest.mark.parametrize("wrong", ["policy", "origin"])
def test_a_page_that_may_not_ask_says_so_and_tells_its_author_why(
    browser: Browser, host: Host, server: Served, wrong: str
) -> None:
    policy = f"default-src 'none'; script-src {server.address}" if wrong == "policy" else None
    host.put(tag(server), policy=policy)
    # The same page at another origin, which is not one of the site's.
    address = host.address.replace("127.0.0.1", "localhost") if wrong == "origin" else host.address
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "warning" else None)
    page.goto(address)
    ask(page)
    expect(page.locator(".em-problem")).to_have_text("The archive cannot be reached just now.")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    (advice,) = said
    assert f"Is {address} one of the origins" in advice
    page.close()


def test_hostile_styles_do_not_reach_it(visit: Visit, server: Served) -> None:
    page = visit(tag(server), head=HOSTILE_STYLES)
    answered(page)
    source = opened(page)
    box = page.locator("earmark-chat").bounding_box()
    assert box is not None
    assert box["x"] >= 0 and box["width"] > 400
    look = """node => { const is = getComputedStyle(node);
        return [is.color, is.fontSize, is.letterSpacing, is.textTransform, is.visibility]; }"""
    text = page.locator(".em-text").first.evaluate(look)
    assert text == ["rgb(232, 230, 225)", "18px", "normal", "none", "visible"]  # red is dark
    chat = page.locator("earmark-chat")
    host_look = """node => ["opacity", "transform", "filter", "position", "zoom", "pointerEvents",
        "borderTopWidth"].map(name => getComputedStyle(node)[name])"""
    assert chat.evaluate(host_look) == "1 none none static 1 auto 0px".split()
    assert chat.evaluate("node => getComputedStyle(node, '::before').content") == "none"
    expect(source.get_by_role("link")).to_be_visible()


def test_two_widgets_on_one_page_keep_apart(visit: Visit, server: Served) -> None:
    page = visit(f'<div id="a">{tag(server)}</div><div id="b">{tag(server, heading="Ask again")}</div>')
    one, other = page.locator("#a"), page.locator("#b")
    answered(one)
    ask(other, "Who won the match?")
    expect(other.locator(".em-nearest")).to_be_visible()
    expect(one.locator(".em-exchange")).to_have_count(1)
    answered(other)
    opened(other, 2)
    expect(other.locator(".em-current")).to_contain_text("Letter 14")
    expect(one.locator(".em-current")).to_have_count(0)
    assert (
        page.evaluate(
            """() => { const ids = [...document.querySelectorAll("earmark-chat")]
            .flatMap(chat => [...chat.shadowRoot.querySelectorAll(".em-source")].map(node => node.id));
            return ids.length - new Set(ids).size; }"""
        )
        == 0
    )


def test_it_can_be_moved_in_the_page(visit: Visit, server: Served) -> None:
    page = visit(f"{tag(server)}<footer></footer>")
    answered(page)
    page.evaluate("document.querySelector('footer').append(document.querySelector('earmark-chat'))")
    expect(page.locator("footer .em-text").first).to_be_visible()
    answered(page, "Is it scarce?")
    expect(page.locator(".em-exchange")).to_have_count(2)


def test_the_keyboard_is_enough(visit: Visit, server: Served) -> None:
    page = visit(tag(server))
    page.keyboard.press("Tab")
    page.keyboard.type("What is scarce?")
    page.keyboard.press("Enter")
    chips = page.locator(".em-whole a.earmark-cite")
    expect(chips).to_have_count(4)
    expect(page.get_by_label("Your question")).to_be_focused()
    expect(chips.first).to_have_accessible_name(
        "Source 1: Ana Ruiz, The Race for Chips, Quoted word for word"
    )
    chips.first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.em-current summary")).to_be_focused()
    expect(page.locator("details.em-current blockquote")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Open at 12:33")).to_be_focused()
    page.keyboard.press("Escape")
    expect(chips.first).to_be_focused()
    expect(page.locator("details[open]")).to_have_count(0)
    page.keyboard.press("Tab")
    expect(chips.nth(1)).to_be_focused()


# ── a launcher in the corner ────────────────────────────────────────────────────────────────────────────────


def test_the_launcher_opens_and_closes_and_gives_the_focus_back(visit: Visit, server: Served) -> None:
    page = visit(f"<h1>Chip Letters</h1><p>{'Words. ' * 900}</p>{tag(server, mode='launcher')}")
    launcher = page.get_by_role("button", name="Ask the archive")
    expect(launcher).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("dialog")).to_have_count(0)
    launcher.click()
    dialog = page.get_by_role("dialog", name="Ask the archive")
    expect(dialog).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("Your question")).to_be_focused()
    expect(launcher).to_have_attribute("aria-expanded", "true")
    answered(page)
    opened(page, 4)
    expect(page.locator("details.em-current blockquote")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(page.locator("a.earmark-cite").nth(3)).to_be_focused()
    assert page.evaluate("scrollY") == 0
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(launcher).to_be_focused()
    expect(launcher).to_have_attribute("aria-expanded", "false")


def test_on_a_phone_the_launcher_covers_the_page(visit: Visit, server: Served) -> None:
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    page = visit(
        f"<p><a href='#there'>{'Words. ' * 300}</a></p>{tag(server, mode='launcher')}",
        head=viewport,
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
    )
    page.get_by_role("button", name="Ask the archive").tap()
    dialog = page.get_by_role("dialog")
    assert dialog.bounding_box() == {"x": 0, "y": 0, **PHONE}
    answered(page)
    page.locator(".em-whole a.earmark-cite").first.tap()
    expect(page.locator("details.em-current blockquote")).to_be_in_viewport(ratio=1)
    assert (
        page.get_by_label("Your question").evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
        >= 16
    )
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.keyboard.press("Escape")  # from the source back to the chip
    page.get_by_role("button", name="Close").tap()
    expect(dialog).to_be_hidden()


def test_inline_it_fits_a_phone(visit: Visit, server: Served) -> None:
    head = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    page = visit(tag(server), head=head, viewport={"width": 320, "height": 640}, is_mobile=True)
    answered(page)
    opened(page, 4)
    assert page.evaluate("document.documentElement.scrollWidth") == 320


# ── as the host is ──────────────────────────────────────────────────────────────────────────────────────────

PAPER = (
    "getComputedStyle(document.querySelector('earmark-chat').shadowRoot.querySelector('.em-panel'))"
    ".backgroundColor"
)
LIGHT, DARK = "rgb(253, 253, 251)", "rgb(20, 21, 23)"


@pytest.mark.parametrize(
    ("head", "scheme", "paper"),
    [
        pytest.param("", "light", LIGHT, id="plain"),
        pytest.param("", "dark", LIGHT, id="light-only-host-at-night"),
        pytest.param('<meta name="color-scheme" content="light dark">', "dark", DARK, id="both-at-night"),
        pytest.param('<meta name="color-scheme" content="light dark">', "light", LIGHT, id="both-by-day"),
        pytest.param("<style>:root{color-scheme:dark}</style>", "light", DARK, id="dark-scheme"),
        pytest.param("<style>body{background:oklch(.2 .02 260)}</style>", "light", DARK, id="dark-colours"),
        pytest.param(
            "<style>html{background:#fff}body{background:#0008}</style>", "dark", LIGHT, id="see-through"
        ),
    ],
)
def test_it_is_as_dark_as_the_host(visit: Visit, server: Served, head: str, scheme: str, paper: str) -> None:
    page = visit(tag(server), head=head, color_scheme=scheme)
    expect(page.get_by_label("Your question")).to_be_visible()
    assert page.evaluate(PAPER) == paper


def test_it_follows_a_host_that_changes(visit: Visit, server: Served) -> None:
    page = visit(tag(server), head="<style>.night{background:#111;transition:background .2s}</style>")
    expect(page.get_by_label("Your question")).to_be_visible()
    assert page.evaluate(PAPER) == LIGHT
    page.evaluate("document.body.className = 'night'")
    page.wait_for_function(f"{PAPER} === '{DARK}'")


def test_a_site_may_decide_the_colours_and_the_letters(visit: Visit, server: Served) -> None:
    style = "<style>earmark-chat{--earmark-paper:#fed;--earmark-font-size:20px;--earmark-radius:0}</style>"
    page = visit(tag(server, theme="dark"), head=style)
    expect(page.get_by_label("Your question")).to_be_visible()
    assert page.evaluate(PAPER) == "rgb(255, 238, 221)"
    send = page.get_by_role("button", name="Ask", exact=True)
    assert send.evaluate("n => [getComputedStyle(n).fontSize, getComputedStyle(n).borderRadius]") == [
        "20px",
        "0px",
    ]


def test_it_turns_with_the_hosts_direction(visit: Visit, server: Served) -> None:
    page = visit(tag(server), head="<script>document.documentElement.dir = 'rtl'</script>")
    answered(page)
    sides = """() => [".em-box", ".em-send", ".em-number", ".em-words"].map(name =>
        document.querySelector("earmark-chat").shadowRoot.querySelector(name).getBoundingClientRect().x)"""
    box, send, number, words = page.evaluate(sides)
    assert send < box and words < number
    edge = "node => getComputedStyle(node).textAlign"
    assert page.locator(".em-heading").evaluate(edge) == "right"
    # English sentences stay readable: they begin on their own left.
    assert page.locator(".em-text").first.evaluate("node => getComputedStyle(node).direction") == "ltr"


def test_nothing_moves_for_who_asked_for_less_motion(visit: Visit, acting: Acting) -> None:
    play, server = acting
    moving = "document.querySelector('earmark-chat').shadowRoot.getAnimations().length"
    for preference, animations in (("reduce", 0), ("no-preference", 1)):
        page = visit(tag(server), reduced_motion=preference)
        ask(page)
        expect(page.locator(".em-stage")).to_be_visible()
        assert page.evaluate(moving) == animations
        play.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("mode", ["inline", "launcher"])
def test_axe_finds_nothing(visit: Visit, server: Served, mode: str, scheme: str) -> None:
    page = visit(
        f"<main><h1>Chip Letters</h1>{tag(server, mode=mode)}</main>",
        head='<meta name="color-scheme" content="light dark">',
        color_scheme=scheme,
    )
    if mode == "launcher":
        page.get_by_role("button", name="Ask the archive").click()
    answered(page)
    opened(page, 4)
    ask(page, "Who won the match?")
    expect(page.locator(".em-nearest")).to_be_visible()
    assert axe(page) == []


def test_axe_would_have_found_something(visit: Visit, server: Served) -> None:
    # The faint words are inside the shadow tree: if axe did not look there, the tests above said nothing.
    page = visit(
        f"<main><h1>Chip Letters</h1>{tag(server)}</main>", head="<style>:root{--earmark-soft:#ddd}</style>"
    )
    expect(page.get_by_label("Your question")).to_be_visible()
    assert [line for line in axe(page) if line.startswith("color-contrast")] != []


# ── an answer as it comes ───────────────────────────────────────────────────────────────────────────────────


def claim_of(answer: dict[str, Any], place: int) -> dict[str, Any]:
    """A `claim` event: a claim and the citations that are new with it."""
    claim = answer["claims"][place]
    return {**claim, "cited": [one for one in answer["citations"] if one["number"] in claim["citations"]]}


def test_drafts_are_marked_until_they_are_verified(visit: Visit, acting: Acting) -> None:
    play, server = acting
    answer = answer_json(replace(scarce(), model="openai:writer"))
    page = visit(tag(server))
    ask(page)
    expect(page.locator(".em-stage")).to_have_text("Searching the archive…")
    play.tell("sources", {"sources": answer["nearest"]})
    play.tell("token", {"text": "Chips are"})
    draft = page.locator(".em-draft")
    expect(draft).to_have_text("Draft, being checked Chips are")
    assert draft.evaluate("node => getComputedStyle(node).fontStyle") == "italic"
    play.tell("token", {"text": "Chips are the scarce"})
    expect(draft).to_have_text("Draft, being checked Chips are the scarce")
    play.tell("claim", claim_of(answer, 0))
    expect(draft).to_have_count(0)
    expect(page.locator(".em-growing .em-text")).to_have_text(["Chips are the scarce part.1"])
    chip = page.locator(".em-growing a.earmark-cite")
    chip.click()
    expect(page.locator("details.em-current blockquote")).to_have_text("Chips are the scarce part.")
    chip.focus()
    play.tell("token", {"text": "Half of all ministers"})
    expect(draft).to_contain_text("Half of all ministers")
    cut = {
        "text": "Half of all ministers lie.",
        "at": [0, 0],
        "citations": [],
        "verdict": "cut",
        "reason": "No words carry it.",
    }
    play.tell("claim", {**cut, "cited": []})
    expect(draft).to_have_count(0)
    expect(page.locator(".em-growing .em-text")).to_have_count(1)
    play.tell("done", {**answer, "claims": [*answer["claims"], cut]})
    expect(page.locator(".em-whole .em-text")).to_have_text(ANSWER)
    expect(page.locator(".em-growing *")).to_have_count(0)
    # What was opened while it came in stays open.
    expect(page.locator("details.em-source[open]")).to_have_count(1)
    expect(page.get_by_text("1 sentence was left out")).to_be_visible()
    page.get_by_text("1 sentence was left out").click()
    expect(page.get_by_text("No words carry it.")).to_be_visible()
    expect(page.get_by_text("Written by an AI model")).to_be_visible()
    assert play.asked == [{"question": "What is scarce?", "history": [], "stream": True, "site": "letters"}]


def test_a_chip_keeps_the_focus_when_the_answer_is_whole(visit: Visit, acting: Acting) -> None:
    play, server = acting
    answer = answer_json(scarce())
    page = visit(tag(server))
    ask(page)
    play.tell("claim", claim_of(answer, 0))
    chip = page.locator(".em-growing a.earmark-cite").first
    chip.focus()
    play.tell("token", {"text": "Warehouses"})
    expect(page.locator(".em-draft")).to_be_visible()
    expect(chip).to_be_focused()
    play.tell("claim", claim_of(answer, 1))
    expect(page.locator(".em-growing a.earmark-cite")).to_have_count(2)
    expect(chip).to_be_focused()
    play.tell("done", answer)
    expect(page.locator(".em-whole a.earmark-cite").first).to_be_focused()


def test_a_source_stays_as_it_is_while_more_come(visit: Visit, acting: Acting) -> None:
    play, server = acting
    answer = answer_json(scarce())
    page = visit(tag(server))
    ask(page)
    play.tell("claim", claim_of(answer, 0))
    page.locator(".em-growing a.earmark-cite").click()
    line = page.locator("details.em-current summary")
    expect(line).to_be_focused()
    for place in (1, 2, 3):
        play.tell("claim", claim_of(answer, place))
    expect(page.get_by_text("4 sources")).to_be_visible()
    expect(line).to_be_focused()
    play.tell("done", answer)
    expect(page.locator(".em-whole .em-text")).to_have_text(ANSWER)
    expect(line).to_be_focused()
    expect(page.locator("details[open] blockquote")).to_have_text("Chips are the scarce part.")


def test_only_the_whole_answer_is_read_out(visit: Visit, acting: Acting) -> None:
    play, server = acting
    page = visit(tag(server))
    ask(page)
    expect(page.get_by_role("status")).to_have_text("Searching the archive…")
    log = page.get_by_role("log", name="Conversation")
    expect(log).to_have_attribute("aria-busy", "true")
    expect(page.locator(".em-growing")).to_have_attribute("aria-live", "off")
    play.tell("done", answer_json(scarce()))
    expect(page.locator(".em-whole .em-text")).to_have_text(ANSWER)
    expect(log).to_have_attribute("aria-busy", "false")
    expect(page.locator(".em-whole")).not_to_have_attribute("aria-live", "off")


def test_events_are_read_however_the_wire_cuts_them(visit: Visit, acting: Acting) -> None:
    play, server = acting
    said = an_answer(
        a_citation(
            evidence=an_evidence(
                passage=a_passage("Größe — 晶片 🍟 [9].", source=a_source("Größe — 晶片 🍟 [9]."))
            )
        )
    )
    document = json.dumps(answer_json(said), ensure_ascii=False, indent=1)
    lines = "\r\n".join(f"data: {line}" for line in document.split("\n"))
    page = visit(tag(server))
    ask(page)
    wire = f": still here\r\n\r\nevent: newer\r\ndata: {{}}\r\n\r\nevent:done\r\n{lines}\r\n\r\n".encode()
    for byte in wire[:80]:
        play.raw(bytes([byte]))
    for at in range(80, len(wire), 7):
        play.raw(wire[at : at + 7])
    expect(page.locator(".em-whole .em-text")).to_have_text("Größe — 晶片 🍟 [9].1")


def test_stop_keeps_what_was_verified_and_ends_the_request(visit: Visit, acting: Acting) -> None:
    play, server = acting
    answer = answer_json(scarce())
    page = visit(tag(server))
    ask(page)
    play.tell("claim", claim_of(answer, 0))
    play.tell("token", {"text": "And more"})
    expect(page.locator(".em-draft")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".em-whole")).to_contain_text("Stopped.")
    expect(page.locator(".em-growing .em-text")).to_have_text(["Chips are the scarce part.1"])
    play.close()
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".em-exchange")).to_have_count(1)
    expect(page.get_by_label("Your question")).to_be_focused()
    play.tell("done", answer)
    expect(page.locator(".em-whole .em-text")).to_have_text(ANSWER)
    assert [one["question"] for one in play.asked] == ["What is scarce?"] * 2
    assert play.asked[1]["history"] == []


def test_a_session_lasts_as_long_as_the_page(visit: Visit, acting: Acting) -> None:
    play, server = acting
    page = visit(tag(server))
    for loaded in range(2):
        for asked in range(2):
            ask(page)
            play.tell("done", answer_json(scarce()))
            play.close()
            expect(page.locator(".em-whole a.earmark-cite")).to_have_count(4 * (asked + 1))
        if not loaded:
            page.reload()
    one, same, other, too = play.sessions
    assert one == same != other == too
    assert min(len(one), len(other)) > 12


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        pytest.param(
            [("error", {"detail": "The day's budget is spent."})], "The day's budget is spent.", id="error"
        ),
        pytest.param(
            [("token", {"text": "Half"})], "The answer broke off before it was whole.", id="broken-off"
        ),
    ],
)
def test_a_stream_that_fails_says_so_and_may_be_asked_again(
    visit: Visit, acting: Acting, wire: list[tuple[str, Any]], words: str
) -> None:
    play, server = acting
    page = visit(tag(server))
    ask(page)
    for event in wire:
        play.tell(*event)
    play.close()
    expect(page.locator(".em-problem")).to_have_text(words)
    expect(page.locator(".em-draft")).to_have_count(0)
    play.tell("done", answer_json(scarce()))
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".em-whole .em-text")).to_have_text(ANSWER)


def test_chips_stand_where_the_claims_say(visit: Visit, acting: Acting) -> None:
    # Brackets in a source's words, letters outside the basic plane, a claim without its number in the text.
    play, server = acting
    text = "🍟 It rose [1] twice. [1] And fell. So it ends [7]."
    said = answer_json(scarce())
    claims = [(2, 20, [1]), (25, 34, [2])]
    said["answer"] = text
    said["claims"] = [
        {
            "text": text[start:end],
            "at": [start, end],
            "citations": numbers,
            "verdict": "quoted",
            "reason": None,
        }
        for start, end, numbers in claims
    ]
    page = visit(tag(server))
    ask(page)
    play.tell("done", said)
    expect(page.locator(".em-whole .em-text")).to_have_text(
        "🍟 It rose [1] twice.1 And fell.2 So it ends [7]."
    )
    expect(page.locator(".em-whole a.earmark-cite")).to_have_text(["1", "2"])


# ── hostile words ───────────────────────────────────────────────────────────────────────────────────────────


def payloads(shared: Path) -> list[str]:
    return list(json.loads((shared / "benchmarks" / "xss" / "payloads.json").read_text(encoding="utf-8")))


def test_payloads_are_shown_as_text(visit: Visit, acting: Acting, shared: Path) -> None:
    play, server = acting
    attacks = payloads(shared)
    assert len(attacks) > 100
    page = visit(tag(server))
    page.on("dialog", lambda dialog: pytest.fail(f"a payload opened a dialog: {dialog.message}"))
    answer = answer_json(scarce())
    citation = citation_json(scarce().citations[0])
    citations, claims, text = [], [], ""
    for number, attack in enumerate(attacks, start=1):
        said = attack or " "
        citations.append(
            {
                **citation,
                "number": number,
                **dict.fromkeys(
                    ("quote", "speaker", "title", "show", "heading", "link", "url", "kind"), said
                ),
            }
        )
        claims.append(
            {
                "text": said,
                "at": [len(text), len(text) + len(said)],
                "citations": [number],
                "verdict": "quoted",
                "reason": None,
            }
        )
        text += f"{said} [{number}]\n\n"
    near = [{"source_id": "s", "title": attack, "published": None, "link": attack} for attack in attacks]
    everything = {**answer, "answer": text, "claims": claims, "citations": citations, "notice": attacks[0]}
    nothing = {
        **answer,
        "status": "not_covered",
        "claims": [],
        "citations": [],
        "nearest": near,
        "notice": attacks[1],
    }
    ask(page, attacks[0])
    play.tell("token", {"text": "".join(attacks)})
    expect(page.locator(".em-draft")).to_contain_text(attacks[5])
    play.tell("done", everything)
    expect(page.locator("details.em-source")).to_have_count(len(attacks))
    play.close()
    ask(page, "more")
    play.tell("done", nothing)
    expect(page.locator(".em-nearest li")).to_have_count(len(attacks))
    for shown, place in (
        (page.locator("details blockquote"), "quote"),
        (page.locator(".em-nearest li > :first-child"), "title"),
    ):
        assert shown.evaluate_all("nodes => nodes.map(node => node.textContent)") == attacks, place
    made = page.evaluate(
        """() => { const tree = document.querySelector("earmark-chat").shadowRoot;
            return [...new Set([...tree.querySelectorAll("*")].map(node => node.localName))].sort(); }"""
    )
    ours = "a article blockquote button cite details div h2 h3 h4 header label li p section span summary"
    assert set(made) <= {*ours.split(), "textarea", "ul"}
    links = page.locator("a.em-link, .em-nearest a").evaluate_all("nodes => nodes.map(node => node.protocol)")
    assert set(links) <= {"http:", "https:"}


# ── sound ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_play_from_here_plays_from_here(visit: Visit, acting: Acting, tmp_path: Path) -> None:
    play, server = acting
    with a_recording(tmp_path) as sound:
        passage = a_passage("It fell.", source=a_source("It fell."), start_s=22.4)
        heard = an_answer(a_citation(evidence=an_evidence(passage=passage), link=f"{sound}#t=21"))
        page = visit(f"{tag(server)}<!-- {sound} -->")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        ask(page)
        play.tell("done", answer_json(heard))
        opened(page).get_by_role("button", name="Play from 0:21").click()
        audio = page.locator("audio")
        expect(audio).to_be_focused()
        time_s = "document.querySelector('earmark-chat').shadowRoot.querySelector('audio').currentTime"
        page.wait_for_function(f"{time_s} > 0", timeout=10_000)
        assert 21 <= page.evaluate(time_s) < 30
        assert asked.index(sound) > 0  # not before it was asked for


def test_a_recording_that_is_gone_is_told_of(browser: Browser, host: Host, acting: Acting) -> None:
    play, server = acting
    passage = a_passage("It fell.", source=a_source("It fell."), start_s=22.4)
    heard = an_answer(
        a_citation(evidence=an_evidence(passage=passage), link=f"{server.address}/gone.mp3#t=21")
    )
    host.put(tag(server))
    page = browser.new_page()
    page.goto(host.address)
    ask(page)
    play.tell("done", answer_json(heard))
    opened(page).get_by_role("button", name="Play from 0:21").click()
    expect(page.locator(".em-problem")).to_have_text("This recording cannot be played here.")
    expect(page.get_by_role("link", name="Open at 0:21")).to_be_visible()
    page.close()


# ── without third-party storage ─────────────────────────────────────────────────────────────────────────────


def test_it_works_where_third_parties_may_store_nothing(
    browser: Browser, host: Host, server: Served, tmp_path: Path
) -> None:
    profile = tmp_path / "profile" / "Default"
    profile.mkdir(parents=True)
    settings = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}
    (profile / "Preferences").write_text(json.dumps(settings))
    # Another host name, so that the frame is of another site and not only of another origin.
    frame = server.address.replace("127.0.0.1", "localhost")
    host.put(
        f'{tag(server)}<iframe src="{frame}/embed?site={server.site}" width="400" height="600"></iframe>'
    )
    context = browser.browser_type.launch_persistent_context(
        profile.parent,
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
    )
    try:
        page = context.new_page()
        page.goto(host.address)
        inside = next(one for one in page.frames if one.url.startswith(frame))
        refused = "() => { try { return localStorage.length; } catch (error) { return error.name; } }"
        assert inside.evaluate(refused) == "SecurityError"
        answered(page)
        answered(page.frame_locator("iframe"))
        opened(page.frame_locator("iframe"))
    finally:
        context.close()
