from __future__ import annotations

import re

from ui.headers import policy_for
from ui.pages.frame import missing, page


def test_the_frame_names_where_one_is_and_loads_nothing_from_elsewhere() -> None:
    html = page("Tom & <Jerry>", "<h1>Hi</h1>", here="/browse", scripts=["follow.js"])
    assert "<title>Tom &amp; &lt;Jerry&gt; · Earmark</title>" in html
    assert '<a href="/browse" aria-current="page">Browse</a>' in html and '<a href="/">Ask</a>' in html
    loaded = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert "/embed/static/follow.js" in loaded
    assert all(address.startswith(("/", "#", "data:,")) for address in loaded)
    assert "<script>" not in html and "style=" not in html and "<style" not in html


def test_what_is_missing_has_a_page() -> None:
    assert "There is no such source" in missing()


def test_pages_to_read_in_run_only_our_scripts_and_play_recordings() -> None:
    for path in ("/browse", "/s/a1", "/s/a1/overview"):
        policy = policy_for(path)
        assert "script-src 'self';" in policy and "unsafe" not in policy
        assert "media-src 'self' https: http:" in policy and "form-action 'self'" in policy
