"""A link that opens the second, the words or the page. Pure.

Forms and their sources: Media Fragments URI 1.0 for audio and video (`#t=`), URL Fragment Text Directives for
pages (`#:~:text=`), and what YouTube, Overcast, Pocket Casts, Spotify and Substack document or show.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from rag.models import Source

_TRACKING = re.compile(r"^(utm_\w+|si|fbclid|gclid|mc_[ce]id|ref_src)$")
# Long quotes are matched by their first and last words; browsers then highlight all between.
_WHOLE_QUOTE = 60
_EDGE_WORDS = 5


def link(source: Source, *, quote: str, start_s: float | None, page: int | None = None) -> str | None:
    """The address that opens a quote; None when the source has no http address.

    >>> from rag.models import Source, SourceKind
    >>> show = Source(id="s", kind=SourceKind.EPISODE, origin="a.vtt", text="", fingerprint="", title="",
    ...               audio_url="https://media.example.org/1.mp3")
    >>> link(show, quote="So it goes", start_s=754.2)
    'https://media.example.org/1.mp3#t=753'
    """
    audio, address = _clean(source.audio_url), _clean(source.url)
    if start_s is not None and (audio or address):
        second = max(0, math.floor(start_s - 1))
        return _at_second(audio, address, second)
    if address is None:
        return urlunsplit(audio) if audio else None
    if page is not None:
        return urlunsplit(address._replace(fragment=f"page={page}"))
    if start_s is None and source.audio_url and source.audio_url == source.url:
        return urlunsplit(address)
    return f"{urlunsplit(address._replace(fragment=''))}#:~:text={_text_directive(quote)}"


def _at_second(audio: SplitResult | None, address: SplitResult | None, second: int) -> str:
    """The page when its player takes a time, otherwise the recording itself."""
    for candidate in (address, audio):
        if candidate and (form := _player(candidate)):
            return form(candidate, second)
    chosen = audio or address
    assert chosen is not None, "called with an address"
    kept = [part for part in chosen.fragment.split("&") if part and not part.startswith("t=")]
    return urlunsplit(chosen._replace(fragment="&".join([*kept, f"t={second}"])))


def _player(address: SplitResult) -> Callable[[SplitResult, int], str] | None:
    host = (address.hostname or "").removeprefix("www.").removeprefix("m.")
    if host in ("youtube.com", "music.youtube.com") and "/watch" in address.path:
        return lambda url, second: _with_query(url, "t", f"{second}s")
    if host in ("youtube.com", "youtube-nocookie.com") and address.path.startswith("/embed/"):
        return lambda url, second: _with_query(url, "start", str(second))
    if host == "youtu.be" or host == "open.spotify.com" or host == "pca.st":
        return lambda url, second: _with_query(url, "t", str(second))
    if host == "overcast.fm" and address.path.startswith("/+"):
        return _overcast
    if host.endswith(".substack.com") and address.path.startswith("/p/"):
        return lambda url, second: _with_query(url, "timestamp", str(second))
    return None


def _overcast(address: SplitResult, second: int) -> str:
    clip = address.path.split("/")[1]
    return urlunsplit(address._replace(path=f"/{clip}/{_clock(second)}"))


def _clock(second: int) -> str:
    hours, rest = divmod(second, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _with_query(address: SplitResult, name: str, value: str) -> str:
    query = [(key, old) for key, old in parse_qsl(address.query, keep_blank_values=True) if key != name]
    return urlunsplit(address._replace(query=urlencode([*query, (name, value)]), fragment=""))


def _clean(url: str | None) -> SplitResult | None:
    """The address without tracking parameters; None unless it is http(s)."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        hostname = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not hostname:
        return None
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(pair[0])]
    return (
        parts
        if len(query) == len(parse_qsl(parts.query, keep_blank_values=True))
        else parts._replace(query=urlencode(query))
    )


def _text_directive(words: str) -> str:
    """`start` or `start,end`, percent-encoded; `-`, `,` and `&` have a meaning there.

    >>> _text_directive("export controls - on chips")
    'export%20controls%20%2D%20on%20chips'
    """
    # A page's paragraphs are separate text nodes: the directive must begin and end inside one each.
    lines = [line for line in words.splitlines() if line.strip()]
    first, last = lines[0].split(), lines[-1].split()
    if len(lines) == 1 and len(words) <= _WHOLE_QUOTE:
        return _encoded(" ".join(first))
    start, end = first[:_EDGE_WORDS], last[-_EDGE_WORDS:]
    if len(lines) == 1 and len(first) <= 2 * _EDGE_WORDS:
        return _encoded(" ".join(first))
    return f"{_encoded(' '.join(start))},{_encoded(' '.join(end))}"


def _encoded(words: str) -> str:
    return quote(words, safe="").replace("-", "%2D")
