from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.ui.conftest import ANSWER, HOSTILE
from tests.ui.hosts import Host, Served
from tests.ui.test_widget import answered, ask, axe, opened

pytestmark = pytest.mark.browser


@pytest.fixture
def embed(page: Page, address: str) -> Page:
    page.goto(f"{address}/embed")
    return page


def framed(
    page: Page, host: Host, server: Served, *attributes: str, policy: str | None = None
) -> FrameLocator:
    """A site's page with the embed in a frame of 360 by 600."""
    host.put(
        f'<h1>Chip Letters</h1><iframe {" ".join(attributes)} src="{server.address}/embed?site={server.site}"'
        ' title="Ask the archive" width="360" height="600"></iframe>',
        policy=policy,
    )
    page.goto(host.address)
    return page.frame_locator("iframe")


def test_a_question_is_answered_with_chips_and_sources(embed: Page, address: str) -> None:
    hosts: set[str] = set()
    complaints: list[str] = []
    embed.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    embed.on("console", lambda message: complaints.append(message.text))
    answered(embed)
    expect(embed.locator(".em-text")).to_have_text(ANSWER)
    source = opened(embed)
    expect(source.locator("summary")).to_be_focused()
    expect(source.locator("blockquote")).to_have_text("Chips are the scarce part.")
    assert hosts == {urlsplit(address).netloc}
    assert complaints == []


def test_hostile_words_are_shown_as_words(embed: Page) -> None:
    embed.evaluate("void (window.hacked = () => { window.wasHacked = true; })")
    answered(embed, "attack", citations=1)
    expect(embed.locator(".em-text")).to_have_text(HOSTILE + "1")
    source = opened(embed)
    expect(source.locator("blockquote")).to_have_text(HOSTILE)
    expect(source.locator("a, img, script")).to_have_count(0)
    assert embed.evaluate("window.wasHacked") is None


def test_what_is_not_covered_and_what_fails_are_said(embed: Page) -> None:
    ask(embed, "Who won the match?")
    expect(embed.locator(".em-nearest")).to_contain_text("8 May 2026")
    ask(embed, "Is it busy?")
    expect(embed.locator(".em-problem")).to_have_text("Another process is writing. Ask again.")


def test_the_address_may_hold_a_question(page: Page, address: str) -> None:
    page.goto(f"{address}/embed?q=What+is+%22scarce%22%3Cb%3E%3F&heading=Call+this+number")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask the archive")
    expect(page.get_by_label("Your question")).to_have_value('What is "scarce"<b>?')
    expect(page.locator(".em-exchange")).to_have_count(0)  # a link is no reader's wish to spend
    page.get_by_label("Your question").press("Enter")
    expect(page.locator("a.earmark-cite").first).to_be_visible()


@pytest.mark.parametrize(
    "sandbox",
    [
        pytest.param("", id="no-sandbox"),
        pytest.param('sandbox="allow-scripts"', id="origin-null"),
        pytest.param('sandbox="allow-scripts" security="restricted"', id="as-wordpress-writes-it"),
        pytest.param('sandbox="allow-scripts allow-same-origin allow-popups"', id="looser"),
    ],
)
def test_it_works_in_a_frame(page: Page, host: Host, server: Served, sandbox: str) -> None:
    frame = framed(page, host, server, sandbox, policy=f"default-src 'none'; frame-src {server.address}")
    answered(frame)
    opened(frame, 2)
    assert frame.locator(":root").evaluate("node => node.scrollWidth") == 360


def test_where_links_may_not_open_the_address_is_shown(page: Page, host: Host, server: Served) -> None:
    frame = framed(page, host, server, 'sandbox="allow-scripts"')
    answered(frame)
    opened(frame, 2).get_by_role("link", name="Open the newsletter").click()
    shown = frame.get_by_label("This page may not open links. Copy the address:")
    expect(shown).to_be_focused()
    expect(shown).to_be_in_viewport(ratio=1)
    expect(shown).to_have_value("https://frontier.example/letters/14")


def test_where_links_may_open_they_do(page: Page, host: Host, server: Served) -> None:
    page.context.route("https://frontier.example/**", lambda route: route.fulfill(body="The letter"))
    frame = framed(page, host, server, 'sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox"')
    answered(frame)
    source = opened(frame, 2)
    with page.expect_popup() as popup:
        source.get_by_role("link", name="Open the newsletter").click()
    expect(popup.value.locator("body")).to_have_text("The letter")
    assert popup.value.evaluate("window.opener") is None
    expect(frame.locator(".em-address")).to_have_count(0)


@pytest.mark.parametrize("viewport", [{"width": 320, "height": 600}])
def test_it_fits_a_narrow_frame_and_keeps_the_box_in_sight(embed: Page) -> None:
    answered(embed)
    opened(embed, 4)
    expect(embed.locator("details.em-current blockquote")).to_be_in_viewport(ratio=1)
    expect(embed.get_by_label("Your question")).to_be_in_viewport(ratio=1)
    assert embed.evaluate("[document.documentElement.scrollWidth, scrollY]") == [320, 0]


def test_the_newest_question_stands_at_the_top(embed: Page) -> None:
    answered(embed)
    answered(embed, "Is it scarce?")
    ask(embed, "Who won the match?")
    expect(embed.locator(".em-nearest")).to_be_visible()
    log, newest = embed.get_by_role("log").bounding_box(), embed.locator(".em-asked").last.bounding_box()
    assert log is not None and newest is not None
    assert 0 <= newest["y"] - log["y"] < 30


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, address: str, theme: str) -> None:
    page.goto(f"{address}/embed?theme={theme}")
    answered(page)
    opened(page, 4)
    assert axe(page) == []


def test_without_scripts_it_says_so(page: Page, host: Host, server: Served) -> None:
    frame = framed(page, host, server, 'sandbox=""')
    expect(frame.locator("body")).to_have_text(
        "Asking needs JavaScript, which this browser or the page around this one has switched off.",
        use_inner_text=True,
    )
