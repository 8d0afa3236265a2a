"""The page while a model writes: drafts stand apart, turn solid or go; stop and a closed tab end the call."""

from __future__ import annotations

import time
from collections.abc import Iterator

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
    stopped = time.monotonic()
    asked.get_by_role("button", name="Stop").click()
    expect(asked.locator(".em-stage")).to_have_text("Stopped.")
    expect(asked.locator(".em-draft")).to_have_count(0)
    expect(asked.locator(".em-answer .em-text")).to_have_text(CAP + "1")
    assert until(lambda: len(model.gone) > gone, seconds=5)
    assert model.gone[-1] - stopped < 3  # a second, and the browser's click on a busy machine


def test_a_closed_tab_ends_the_models_call(asked: Page, model: ScriptedServer) -> None:
    gone = len(model.gone)
    closed = time.monotonic()
    asked.close()
    assert until(lambda: len(model.gone) > gone, seconds=5)
    assert model.gone[-1] - closed < 3
