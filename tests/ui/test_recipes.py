"""What docs/how-to/embed tells people to paste, pasted into local pages with the limits of the services."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.ui.hosts import Host, Served
from tests.ui.test_widget import answered, opened, strict
from ui.widget import script

pytestmark = pytest.mark.browser

RECIPES = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "embed"
PAGES = sorted(path for path in RECIPES.glob("*.md") if path.stem not in ("index", "newcomers-run"))
# How site builders restyle what stands in their pages.
BUILDER = """<style>
  html { font-size: 10px; }
  button, a, input, textarea, details, summary { all: unset; display: inline-block; }
  * { box-sizing: content-box; line-height: 1; }
</style>"""


def blocks(name: str, language: str, server: Served) -> list[str]:
    """The code of one language in a recipe, with our server and site in place of the example's."""
    text = (RECIPES / name).read_text(encoding="utf-8")
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [
        code.replace("https://ask.example.org", server.address).replace("site_0123456789abcdef", server.site)
        for code in found
    ]


def put(host: Host, page: Page, body: str, *, head: str = "", policy: str | None = None) -> Page:
    host.put(f"<h1>Chip Letters</h1>{body}", head=head, policy=policy)
    page.goto(host.address)
    return page


@pytest.mark.parametrize(
    ("name", "head"),
    [
        pytest.param("index.md", "", id="index"),
        pytest.param("ghost.md", "", id="ghost"),
        pytest.param("wordpress.md", "", id="wordpress"),
        pytest.param("webflow.md", BUILDER, id="webflow"),
    ],
)
def test_the_script_answers(page: Page, host: Host, server: Served, name: str, head: str) -> None:
    put(host, page, blocks(name, "html", server)[0], head=head)
    answered(page)
    expect(opened(page).locator("blockquote")).to_be_in_viewport()


def test_plain_html_answers_under_a_policy(page: Page, host: Host, server: Served) -> None:
    inline, launcher = blocks("plain-html.md", "html", server)
    put(host, page, inline, policy=strict(server.address))
    answered(page)
    put(host, page, launcher, policy=strict(server.address))
    page.get_by_role("button", name="Ask the archive").click()
    answered(page)


def test_a_shortcode_and_an_include_answer(page: Page, host: Host, server: Served) -> None:
    hugo, jekyll = blocks("hugo-jekyll.md", "html", server)
    made = re.sub(r"\{\{ with .*?\}\}|\{\{ end \}\}", "", hugo).replace("{{ . }}", "inline")
    put(host, page, made)
    answered(page)
    put(host, page, re.sub(r"\{\{ include.*?\}\}", "inline", jekyll))
    answered(page)


def test_a_frame_answers(page: Page, host: Host, server: Served) -> None:
    (frame,) = blocks("beehiiv.md", "html", server)
    put(
        host, page, frame, policy=f"default-src 'none'; frame-src {server.address}; style-src 'unsafe-inline'"
    )
    answered(page.frame_locator("iframe"))
    (same,) = [code for code in blocks("index.md", "html", server) if code.startswith("<iframe")]
    put(host, page, same)
    answered(page.frame_locator("iframe"))


def as_wordpress_writes(html: str) -> str:
    """oEmbed HTML after `wp_filter_oembed_result`: one frame with few attributes, in a sandbox."""
    frame = re.search(r"<iframe[^>]*></iframe>", html, re.DOTALL)
    assert frame is not None
    kept = re.findall(r'\b(?:src|width|height|title|scrolling)="[^"]*"', frame[0])
    return f'<iframe sandbox="allow-scripts" security="restricted" {" ".join(kept)}></iframe>'


def test_wordpress_finds_the_frame_by_its_address(page: Page, host: Host, server: Served) -> None:
    (address,) = blocks("wordpress.md", "text", server)
    found = re.search(r'application/json\+oembed" href="([^"]+)"', httpx.get(address.strip()).text)
    assert found is not None
    told = httpx.get(found[1].replace("&amp;", "&")).json()
    put(host, page, as_wordpress_writes(told["html"]))
    frame: FrameLocator = page.frame_locator("iframe")
    answered(frame)
    opened(frame, 2).get_by_role("link", name="Open the newsletter").click()
    expect(frame.get_by_label("This page may not open links. Copy the address:")).to_be_visible()


def stripped(html: str) -> str:
    """What mail programs leave of it: no script, frame or form, and no element that HTML does not know."""
    html = re.sub(r"<(script|iframe|form|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"</?earmark-chat[^>]*>", "", html)


@pytest.mark.parametrize("name", ["ghost.md", "wordpress.md", "webflow.md", "plain-html.md"])
def test_where_scripts_are_taken_out_a_link_is_left(
    page: Page, host: Host, server: Served, name: str
) -> None:
    put(host, page, stripped(blocks(name, "html", server)[0]), policy="script-src 'none'")
    page.get_by_role("link", name="Ask the archive").click()
    answered(page)


def test_links_in_an_email_lead_to_a_question_and_an_answer(page: Page, host: Host, server: Served) -> None:
    (button,) = blocks("substack-and-email.md", "html", server)
    assert stripped(button) == button
    assert "/?q=" in button  # the page at / is Gradio's, which is not served here: /embed takes the same
    put(host, page, button.replace("/?q=", f"/embed?site={server.site}&q="))
    page.get_by_role("link", name="Ask the archive: why are chips scarce?").click()
    expect(page.get_by_label("Your question")).to_have_value("Why are chips scarce?")
    page.get_by_label("Your question").press("Enter")
    link = page.get_by_role("link", name="Link to this answer")
    plain = httpx.get(link.get_attribute("href") or "").text
    assert "<script" not in plain
    assert '<meta property="og:title" content="Why are chips scarce?">' in plain


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_recipe_says_what_was_not_tried(path: Path) -> None:
    assert re.search(r"^Tried: .*Not\s+tried", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_index_names_every_recipe_attribute_and_colour() -> None:
    index = (RECIPES / "index.md").read_text(encoding="utf-8")
    assert [path.name for path in PAGES if f"({path.name})" not in index] == []
    asked = set(re.findall(r'#given\("(\w+)"', script())) | {"mode"}
    assert asked == set(re.findall(r"^\| `(\w+)` \|", index, re.MULTILINE))
    colours = set(re.findall(r"var\((--earmark-[\w-]+)", script()))
    assert colours == set(re.findall(r"--earmark-[\w-]+(?=[:`])", index))
