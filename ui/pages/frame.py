"""What every page to read in has around it: head, the ways to the other pages, and a foot. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_NAVIGATION = (("Ask", "/"), ("Browse", "/browse"))


def page(
    title: str,
    body: str,
    *,
    here: str | None = None,
    scripts: Sequence[str] = (),
    styles: Sequence[str] = (),
) -> str:
    """A whole page around `body`, which is HTML; `title` is plain text.

    Args:
        title: what the browser's tab shows.
        body: the page's own markup, in which every word of others is escaped already.
        here: the address among those of the navigation that this page belongs to.
        scripts: names of files in `ui/static` that run when the page has been read.
        styles: names of style sheets there that come after those of every page.
    """
    styled = "".join(f'<link rel="stylesheet" href="/embed/static/{escape(name)}">\n' for name in styles)
    loaded = "".join(f'<script src="/embed/static/{escape(name)}" defer></script>\n' for name in scripts)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{escape(title)} · Earmark</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/embed/static/parts.css">
<link rel="stylesheet" href="/embed/static/pages.css">
{styled}{loaded}</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header class="top">
<nav aria-label="Earmark">{_links(here)}</nav>
</header>
<main id="main" tabindex="-1">
{body}
</main>
</body>
</html>
"""


def missing(what: str = "source") -> str:
    """The page where there is nothing to show."""
    body = f"<h1>There is no such {escape(what)}</h1><p>It is not for everybody, or it is no longer here.</p>"
    return page(f"No such {what}", body)


def _links(here: str | None) -> str:
    return "".join(
        f'<a href="{address}"' + (' aria-current="page"' if address == here else "") + f">{name}</a>"
        for name, address in _NAVIGATION
    )
