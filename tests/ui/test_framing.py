"""Who may put the archive into a frame, as browsers keep to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.fakes import CannedAssistant, MemoryLibrary
from tests.ui.conftest import EPISODE
from tests.ui.hosts import Host, Served, a_host, serving_to

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with a_host() as host:
        yield host


@pytest.fixture(scope="module")
def server(assistant: CannedAssistant, host: Host) -> Iterator[Served]:
    with serving_to(host, assistant, MemoryLibrary(EPISODE)) as served:
        yield served


def test_a_site_may_frame_it_and_no_other(page: Page, host: Host, server: Served) -> None:
    frame = f'<iframe src="{server.address}/embed?site={server.site}" width="360" height="600"></iframe>'
    host.put(frame)
    page.goto(host.address)
    expect(page.frame_locator("iframe").get_by_role("textbox")).to_be_visible()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    with a_host() as stranger:
        stranger.put(frame)
        page.goto(stranger.address)
        page.wait_for_timeout(500)
        expect(page.frame_locator("iframe").get_by_role("textbox")).to_have_count(0)
    assert any("frame-ancestors" in complaint for complaint in complaints), complaints
