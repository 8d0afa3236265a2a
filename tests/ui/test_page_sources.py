"""From a number to its source: the words around it, its sound, by hand, by keyboard and under attack."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from rag.errors import EarmarkError
from rag.models import Answer, Claim, Passage, Sentence, Verdict
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
from tests.ui.conftest import ADVERT, EPISODE, LETTER, SUMMARY, scarce
from tests.ui.hosts import a_recording
from tests.ui.serving import serving
from tests.ui.test_page import DESK, PHONE, answered, ask, box, chips
from tests.ui.test_widget import axe
from ui.api import create_app
from ui.chat import script, styles

pytestmark = pytest.mark.browser

SPOKEN = [f"This is sentence number {n} of the talk." for n in range(12)]
CITED = 6  # said from second 18 to 21; its link opens second 17


def talk(audio_url: str | None) -> list[Passage]:
    """An episode of twelve sentences of three seconds, each of a turn of its own, in two passages."""
    source = a_source("\n\n".join(SPOKEN), id="talk", title="The talk", audio_url=audio_url)
    sentences = []
    for n, words in enumerate(SPOKEN):
        start = source.text.index(words)
        speaker = ("Ana Ruiz", "Bo Lind")[n % 2]
        sentences.append(
            Sentence(start=start, end=start + len(words), speaker=speaker, start_s=3.0 * n, end_s=3.0 * n + 3)
        )
    halves = sentences[:4], sentences[4:]
    return [
        replace(
            a_passage(source=source), id=f"p{n}", start=half[0].start, end=half[-1].end, sentences=tuple(half)
        )
        for n, half in enumerate(halves)
    ]


def about_the_talk(passages: list[Passage]) -> Answer:
    evidence = an_evidence(SPOKEN[CITED], passage=passages[1], speaker="Ana Ruiz", start_s=18.0, end_s=21.0)
    link = f"{passages[0].source.audio_url}#t=17"
    return an_answer(a_citation(evidence=evidence, link=link), model="extractive")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_recording(tmp_path_factory.mktemp("sound")) as address:
        yield address


@pytest.fixture(scope="module")
def address(sound: str) -> Iterator[str]:
    passages = talk(sound)
    answers: dict[str, Answer | EarmarkError] = {"talk": about_the_talk(passages), "scarce": scarce()}
    assistant = CannedAssistant(answers, otherwise=a_refusal(EPISODE.source), delay_s=0.1)
    library = MemoryLibrary(*passages, EPISODE, LETTER, SUMMARY, ADVERT)
    with serving(create_app(assistant, library)) as address:
        yield address


def opened(browser: Browser, address: str, **options: Any) -> Page:
    page = browser.new_context(**{"viewport": DESK, **options}).new_page()
    page.goto(address)
    expect(box(page)).to_be_editable()
    expect(page.locator("p.loading")).to_have_count(0)  # Gradio's own, on a busy machine
    return page


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_from_a_question_to_its_second_and_back(
    browser: Browser, address: str, sound: str, viewport: dict[str, int]
) -> None:
    page = opened(browser, address, viewport=viewport)
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    answered(page, "What does the talk say?", citations=1)
    if viewport is DESK:
        chips(page).hover()
        for words in (SPOKEN[CITED], "Ana Ruiz · 0:18", "The talk", "8 May 2026", "Quoted word for word"):
            expect(page.get_by_role("tooltip")).to_contain_text(words)
    assert urlsplit(sound).netloc not in hosts  # nothing is fetched before it is played
    page.evaluate(
        """void document.querySelector("audio").addEventListener(
            "playing", (event) => { window.heardFrom ??= event.target.currentTime; })"""
    )
    chips(page).click()
    page.wait_for_function("window.heardFrom !== undefined", timeout=10_000)
    assert abs(page.evaluate("window.heardFrom") - 17.0) <= 0.5
    context = page.get_by_role("region", name="In context: The talk")
    expect(context.locator("mark")).to_have_text(SPOKEN[CITED])
    expect(context.locator("mark")).to_be_in_viewport()
    for around in (SPOKEN[CITED - 1], SPOKEN[CITED + 1], "Bo Lind"):
        expect(context).to_contain_text(around)
    expect(page.locator(".em-current blockquote")).to_have_text(SPOKEN[CITED])
    whole = page.get_by_role("link", name="Read in context")
    expect(whole).to_have_attribute("href", "s/talk#p1-3")
    expect(context.locator("mark.em-playing")).to_have_count(1, timeout=10_000)  # it is followed
    expect(context.locator(".em-playing")).to_have_text(SPOKEN[CITED + 1], timeout=10_000)
    context.get_by_role("button", name="Play from 0:15").click()
    page.wait_for_function("document.querySelector('audio').currentTime < 17")
    page.evaluate("document.querySelector('audio').pause()")
    if viewport is PHONE:
        page.get_by_role("button", name="Close sources").click()
    answered(page, "What is scarce?", citations=5)
    page.reload()
    expect(chips(page)).to_have_count(5)
    chips(page).first.click()
    expect(context.locator("mark")).to_have_text(SPOKEN[CITED])
    assert hosts <= {urlsplit(address).netloc, urlsplit(sound).netloc, ""}
    assert page.context.cookies() == []
    page.context.close()


def test_sources_that_speak_of_one_thing_stand_side_by_side_with_their_dates(browser: Browser) -> None:
    texts = {"The yield is 38 per cent.": date(2026, 4, 3), "The yield is 44 per cent.": date(2026, 5, 8)}
    passages = [
        a_passage(source=a_source(text, id=f"y{n}", title=f"Part {n}", published=day))
        for n, (text, day) in enumerate(texts.items())
    ]
    # Newest first in the answer, oldest first where they are compared.
    cited = [
        a_citation(number, evidence=an_evidence(passage=passage), verdict=Verdict.SUPPORTED)
        for number, passage in enumerate(reversed(passages), 1)
    ]
    said = "The yield was put at 38 and at 44 per cent."
    claim = Claim(text=said, at=(0, len(said)), citations=(1, 2), verdict=Verdict.SUPPORTED)
    answer = an_answer(*cited, text=f"{said} [1][2]", claims=(claim,), model="some-model")
    with serving(create_app(CannedAssistant(otherwise=answer), MemoryLibrary(*passages))) as address:
        for viewport in (DESK, PHONE):
            page = opened(browser, address, viewport=viewport)
            answered(page, "What is the yield?", citations=2)
            quotes = page.locator(".em-beside figure")
            expect(quotes.locator("blockquote")).to_have_text(list(texts))
            expect(quotes.locator("figcaption")).to_have_text(
                ["3 April 2026 · Episode", "8 May 2026 · Episode"]
            )
            first, second = (quotes.nth(n).bounding_box() or pytest.fail("not shown") for n in range(2))
            if viewport is DESK:
                assert first["y"] == second["y"] and first["x"] + first["width"] <= second["x"]
            else:
                assert first["x"] == second["x"] and first["y"] + first["height"] <= second["y"]
            page.context.close()


def test_who_wants_silence_has_it_also_tomorrow(browser: Browser, address: str) -> None:
    page = opened(browser, address)
    answered(page, "What does the talk say?", citations=1)
    chips(page).click()
    wish = page.get_by_role("checkbox", name="Play when I open a number")
    expect(wish).to_be_checked()
    wish.uncheck()
    page.reload()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    chips(page).click()
    expect(page.locator(".em-context mark")).to_be_visible()
    expect(wish).not_to_be_checked()
    assert page.evaluate("document.querySelector('audio').paused")
    assert not [url for url in fetched if url.endswith(".wav")]
    page.get_by_role("button", name="Play from 0:17").click()
    page.wait_for_function("document.querySelector('audio').currentTime > 16")
    page.context.close()


def test_a_recording_that_plays_from_its_beginning_only_is_told_of_and_can_be_opened(
    browser: Browser, tmp_path: Path
) -> None:
    with a_recording(tmp_path, parts=False) as sound:
        passages = talk(sound)
        assistant = CannedAssistant(otherwise=about_the_talk(passages))
        with serving(create_app(assistant, MemoryLibrary(*passages))) as address:
            page = opened(browser, address)
            answered(page, "What does the talk say?", citations=1)
            chips(page).click()
            player = page.get_by_role("group", name="Recording")
            expect(player.get_by_role("status")).to_contain_text("from the beginning only, and not from 0:17")
            link = player.get_by_role("link", name="Open the recording at 0:17")
            expect(link).to_have_attribute("href", f"{sound}#t=17")
            assert page.evaluate(
                "document.querySelector('audio').paused"
            )  # it is not the words that it plays
            assert axe(page) == []
            page.evaluate("void document.querySelector('audio').play()")  # who presses play has it as it is
            page.wait_for_function("document.querySelector('audio').currentTime > 0.1")
            page.goto(f"{address}/s/talk")
            page.get_by_role("button", name="Play from 0:15").click()
            expect(page.get_by_role("status")).to_contain_text("from the beginning only, and not from 0:15")
            page.context.close()


def test_a_recording_that_ends_before_the_words_is_told_of(browser: Browser, tmp_path: Path) -> None:
    with a_recording(tmp_path, seconds=9) as sound:
        passages = talk(sound)
        assistant = CannedAssistant(otherwise=about_the_talk(passages))
        with serving(create_app(assistant, MemoryLibrary(*passages))) as address:
            page = opened(browser, address)
            answered(page, "What does the talk say?", citations=1)
            chips(page).click()
            player = page.get_by_role("group", name="Recording")
            expect(player.get_by_role("status")).to_contain_text("ends at 0:09, before the words")
            page.context.close()


def test_the_whole_road_by_keyboard(browser: Browser, address: str) -> None:
    page = opened(browser, address)
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.matches('#earmark-question textarea')"):
        page.keyboard.press("Tab")
    page.keyboard.type("What does the talk say?")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    back = 0
    while not page.evaluate("document.activeElement.matches('a.earmark-cite')"):
        page.keyboard.press("Shift+Tab")
        back += 1
        assert back < 40
    expect(page.get_by_role("tooltip")).to_contain_text(SPOKEN[CITED])
    page.keyboard.press("Enter")
    expect(page.locator(".em-current")).to_be_focused()
    page.wait_for_function("document.querySelector('audio').currentTime > 0", timeout=10_000)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Play from 0:17")).to_be_focused()
    page.keyboard.press("Escape")
    expect(chips(page)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Share link"
    page.context.close()


def test_the_keyboard_goes_into_the_sheet_of_a_narrow_screen_and_back(browser: Browser, address: str) -> None:
    page = opened(browser, address, viewport=PHONE)
    page.keyboard.press("Tab")
    box(page).focus()
    expect(box(page)).to_have_css("outline-style", "solid")
    answered(page, "What does the talk say?", citations=1)
    chips(page).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".em-current")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Play from 0:17")).to_be_focused()
    page.keyboard.press("Escape")
    expect(chips(page)).to_be_focused()
    expect(page.locator("#em-sources")).to_be_hidden()
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(browser: Browser, address: str, scheme: str, viewport: dict[str, int]) -> None:
    page = opened(browser, f"{address}/?kind=episode&since=May", color_scheme=scheme, viewport=viewport)
    assert axe(page) == []
    answered(page)
    ask(page, "Who won the match?")
    expect(page.locator(".em-nearest")).to_be_visible()
    answered(page, "What does the talk say?", citations=5)
    chips(page).last.click()
    expect(page.locator(".em-context mark")).to_be_visible()
    page.wait_for_timeout(400)  # the sheet is on its way
    assert axe(page) == []
    if viewport is DESK:
        page.get_by_role("button", name="Wrong source").last.click()
        assert axe(page) == []
    page.context.close()


def test_payloads_are_shown_as_text(browser: Browser, shared: Path) -> None:
    attacks = json.loads((shared / "benchmarks" / "xss" / "payloads.json").read_text(encoding="utf-8"))
    attacks = [attack for attack in attacks if attack.strip() and len(attack) < 900]
    some = attacks[:: max(1, len(attacks) // 60)]
    passages = []
    for n, attack in enumerate(some):
        source = a_source(
            attack, id=f"x{n}", title=attack, show=attack, audio_url="javascript:alert(1)", url=attack
        )
        passages.append(a_passage(source=source, speakers=(attack,), heading=attack, start_s=1.0))
    cited = [
        a_citation(n, evidence=an_evidence(passage=passage), link=passage.text)
        for n, passage in enumerate(passages, 1)
    ]
    assistant = CannedAssistant(otherwise=an_answer(*cited, notice=some[0]))
    hosts: set[str] = set()
    with serving(create_app(assistant, MemoryLibrary(*passages))) as address:
        page = opened(browser, address)
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.on("dialog", lambda dialog: pytest.fail(f"a payload opened a dialog: {dialog.message}"))
        for attack in (some[0], "<img src=x onerror=alert(1)>`${alert(1)}`{{alert(1)}}"):
            ask(page, attack)
            expect(page.locator("h2.em-asked").last).to_have_text(attack, use_inner_text=False)
            expect(page.get_by_role("button", name="Retry")).to_be_visible(timeout=15_000)
        first = page.locator(".em-group").first
        quotes = first.locator(".em-card blockquote").evaluate_all("nodes => nodes.map(n => n.textContent)")
        assert quotes == [passage.text for passage in passages]
        for place in (0, len(some) // 2, len(some) - 1):
            chip = chips(page).nth(place)
            chip.hover()
            chip.click()
            expect(page.locator(".em-current .em-context mark")).to_be_visible()
            shown = page.locator(".em-current .em-context mark").evaluate("node => node.textContent")
            assert shown == some[place]
        links = page.locator("#em-cards a").evaluate_all("nodes => nodes.map(node => node.protocol)")
        assert set(links) <= {"http:", "https:"}
        made = page.evaluate(
            """() => [...new Set([...document.querySelectorAll("#earmark-view *, #em-popover *")]
                .map(node => node.localName))]"""
        )
        ours = "article aside blockquote button cite details div figcaption figure h2 h3 header li mark p"
        assert set(made) <= {
            *ours.split(),
            "section",
            "span",
            "summary",
            "ul",
            "a",
            "audio",
            "input",
            "label",
        }
        page.reload()
        expect(page.locator(".em-exchange")).to_have_count(2)
        page.context.close()
    assert hosts <= {urlsplit(address).netloc, ""}


def test_our_own_code_is_light() -> None:
    assert len(gzip.compress((script() + styles()).encode())) <= 60_000
