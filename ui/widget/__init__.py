"""The widget for other sites: one script without dependencies, put together once from the parts here.

The page of the frame, `/embed`, is the same script in a page of its own.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from functools import cache
from pathlib import Path

from fastapi import FastAPI, Request, Response

_HERE = Path(__file__).parent
_SHARED = _HERE.parent / "static"
# In the order in which they build on each other; together they are one module, so no name reaches the host.
_PARTS = (
    _SHARED / "parts.js",
    _SHARED / "seek.js",
    _HERE / "citations.js",
    _HERE / "events.js",
    _HERE / "surroundings.js",
    _HERE / "sources.js",
    _HERE / "exchange.js",
    _HERE / "element.js",
)
_STYLES = (_SHARED / "parts.css", _HERE / "widget.css")
_HEADERS = {
    # A script of type module is fetched with CORS, also from a sandboxed frame, whose origin is `null`.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=300",
    "Vary": "Accept-Encoding",
}


@cache
def script() -> str:
    """The whole widget as a JavaScript module.

    A rem is the size of the host's root element, which many set to 10 px; it becomes the widget's own size.
    """
    styles = "\n".join(path.read_text(encoding="utf-8") for path in _STYLES)
    styles = re.sub(r"/\*.*?\*/\s*", "", styles, flags=re.DOTALL)
    styles = re.sub(r"(-?[\d.]+)rem\b", r"calc(\1 * var(--em-size))", styles)
    parts = [f"const styles = {json.dumps(styles)};"]
    parts += [path.read_text(encoding="utf-8") for path in _PARTS]
    return "\n".join(parts)


def add_widget(app: FastAPI) -> None:
    """Serve it at `/widget.js`, to every site: what it may ask is decided where it asks."""
    plain = script().encode()
    packed = gzip.compress(plain, mtime=0)
    tag = f'"{hashlib.sha256(plain).hexdigest()[:16]}"'

    @app.get("/widget.js", include_in_schema=False)
    def widget(request: Request) -> Response:
        headers = {**_HEADERS, "ETag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(plain, headers=headers, media_type="text/javascript")
        return Response(packed, headers={**headers, "Content-Encoding": "gzip"}, media_type="text/javascript")
