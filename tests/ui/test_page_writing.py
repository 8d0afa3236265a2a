"""The page while a model writes: drafts stand apart, turn solid or go; stop and a closed tab end the call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.rag.archives import an_archive
from tests.rag.talks import QUESTION, fill
from tests.scripted import Asked, Reply, ScriptedServer, scripted
from tests.ui.serving import serving
from tests.ui.test_following import until
from ui.api import create_app

pytestmark = pytest.mark.browser

CAP = "The cap on exports is 60 units a week until June."


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedServer]:
    with scripted() as server:
        yield server


@pytest.fixture(scope="module")
def address(model: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("talks")
    fill(home)
    with (
        an_archive(home, alone=False, **model.settings(model_seconds=60)) as archive,
        serving(create_app(archive.assistant, archive.library)) as address,
    ):
        archive.warm_up()
        yield address


@pytest.fixture
def asked(browser: Browser, address: str) -> Iterator[Page]:
    """A page on which the question has been asked."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    box = page.get_by_label("Your question")
    expect(box).to_be_editable()
    box.fill(QUESTION)
    box.press("Enter")
    # Nothing here is about speed until the answer comes in, and a busy machine takes its time.
    expect(page.locator(".em-draft")).to_be_visible(timeout=30_000)
    yield page
    context.close()


def slowly(asked: Asked) -> str:
    number = next(n for n, text in asked.evidence.items() if CAP in text)
    return (
        f"{CAP} [{number}] The cap on exports is 90 units a week [{number}]. "
        + "Then more is written, " * 400
    )


@pytest.fixture(autouse=True)
def writing(model: ScriptedServer) -> None:
    model.otherwise = Reply(text=slowly, between_s=0.05, piece=6)


def test_a_draft_turns_solid_or_goes(asked: Page) -> None:
    solid = asked.locator(".em-answer .em-text")
    expect(solid).to_have_text(CAP + "1")
    expect(asked.locator("a.earmark-cite")).to_have_count(1)
    expect(asked.locator(".em-cut summary")).to_have_text("1 sentence was left out")
    asked.locator(".em-cut summary").click()
    expect(asked.locator(".em-cut li")).to_contain_text("90")
    expect(solid).to_have_text(CAP + "1")
    sources = asked.get_by_role("complementary", name="Sources")
    expect(sources).to_contain_text("The answer was checked against these words")


def test_stop_ends_the_models_call_and_keeps_what_was_verified(asked: Page, model: ScriptedServer) -> None:
    gone = len(model.gone)
    expect(asked.locator("a.earmark-cite")).to_have_count(1)
    asked.get_by_role("button", name="Stop").click()
    expect(asked.locator(".em-stage")).to_have_text("Stopped.")
    expect(asked.locator(".em-draft")).to_have_count(0)
    expect(asked.locator(".em-answer .em-text")).to_have_text(CAP + "1")
    assert until(lambda: len(model.gone) > gone, seconds=15)  # the model itself would go on for longer


def test_a_closed_tab_ends_the_models_call(asked: Page, model: ScriptedServer) -> None:
    gone = len(model.gone)
    asked.close()
    assert until(lambda: len(model.gone) > gone, seconds=15)


# ── hostile words ───────────────────────────────────────────────────────────────────────────────────────────

OURS = {
    *("a", "article", "aside", "audio", "blockquote", "button", "cite", "details", "div", "figcaption"),
    *(
        "figure",
        "h2",
        "h3",
        "header",
        "input",
        "label",
        "li",
        "mark",
        "p",
        "section",
        "span",
        "summary",
        "ul",
    ),
}
# Whatever is ever put into the page, also for a moment, and what drafts and answers said.
WATCH = """() => {
    window.made = new Set();
    window.said = new Set();
    new MutationObserver((changes) => {
        for (const change of changes) for (const node of change.addedNodes) {
            if (node.nodeType !== Node.ELEMENT_NODE) continue;
            for (const one of [node, ...node.querySelectorAll("*")]) {
                made.add(one.localName);
                for (const name of one.getAttributeNames()) if (name.startsWith("on")) made.add(name);
            }
            for (const one of document.querySelectorAll(".em-draft, .em-text")) said.add(one.textContent);
        }
    }).observe(document.querySelector("#earmark-view"), { childList: true, subtree: true });
}"""
ANSWERS, ATTACKS = 8, 5


def test_markup_that_a_model_writes_makes_no_node(
    browser: Browser, address: str, model: ScriptedServer, shared: Path
) -> None:
    attacks = json.loads((shared / "benchmarks" / "xss" / "payloads.json").read_text(encoding="utf-8"))
    attacks = [attack for attack in attacks if attack.strip() and len(attack) < 500]
    some = attacks[:: len(attacks) // (ANSWERS * ATTACKS)][: ANSWERS * ATTACKS]
    assert len(some) == ANSWERS * ATTACKS
    context = browser.new_context()
    page = context.new_page()
    asked_of: set[str] = set()
    page.on("request", lambda request: asked_of.add(urlsplit(request.url).netloc))
    page.on("dialog", lambda dialog: pytest.fail(f"a payload opened a dialog: {dialog.message}"))
    page.goto(address)
    box = page.get_by_label("Your question")
    expect(box).to_be_editable()
    page.evaluate(WATCH)
    for place in range(ANSWERS):
        model.otherwise = Reply(text=attacking(some[place::ANSWERS]), between_s=0.002, piece=24)
        box.fill(QUESTION)
        box.press("Enter")
        expect(page.locator("h2.em-asked")).to_have_count(place + 1)
        expect(page.get_by_role("button", name="Retry")).to_be_visible(timeout=15_000)
        last = page.locator(".em-exchange").last
        assert last.locator(".em-text").all_text_contents() == [CAP + "1"]
        last.locator(".em-cut summary").click()
        expect(last.locator(".em-cut li").filter(has_text="markup")).not_to_have_count(0)
    assert set(page.evaluate("[...made]")) <= OURS
    said = page.evaluate("[...said]")
    assert any(CAP.startswith(words[:12]) for words in said)
    assert not [words for words in said if "<" in words or "javascript:" in words]
    page.reload()
    expect(page.locator(".em-exchange")).to_have_count(ANSWERS)
    assert asked_of <= {urlsplit(address).netloc, ""}
    context.close()


def attacking(attacks: list[str]) -> Callable[[Asked], str]:
    """A true sentence, then sentences with an attack before, in, and after what is cited."""

    def text(asked: Asked) -> str:
        number = next(n for n, text in asked.evidence.items() if CAP in text)
        said = [f"{CAP} [{number}]"]
        for place, attack in enumerate(attacks):
            said.append(
                (
                    f"{attack} Orders fell [{number}].",
                    f"The cap on exports {attack} is 60 units a week [{number}].",
                    f"Two plants closed in May {attack} [{number}].",
                )[place % 3]
            )
        return "\n\n".join(said)

    return text
