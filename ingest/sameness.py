"""When two things are the same thing: names an episode or a post goes by, whatever feed it comes from. Pure.

A publisher moves hosts, adds a tracking service, serves a feed twice; the episode stays one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

# Services that count downloads: the real address follows behind their own.
TRACKERS = re.compile(
    r"""^(?:
      (?:www\.|dts\.)?podtrac\.com/(?:pts/)?redirect\.\w+ | (?:chtbl|chrt)\.(?:com|fm)/track/[^/]+
    | (?:verifi\.)?podscribe\.com/rss/p | pdst\.fm/e | (?:www\.)?(?:op3\.dev|podnews\.net)/e[^/]*
    | arttrk\.com/p/[^/]+ | mgln\.ai/(?:e/[^/]+|track) | pscrb\.fm/rss/p | prfx\.byspotify\.com/e
    | (?:claritaspod|clrtpod)\.com/measure | tracking\.swap\.fm/track/[^/]+ | 2\.gum\.fm/s | gum\.fm/s
    | (?:media\.)?blubrry\.com/[^/]+ | (?:\w+\.)?adswizz\.com/[^/]+ | injector\.simplecastaudio\.com/redirect
    | growx\.podkite\.com/https?/[^/]+ | p\.podderapp\.com/[^/]+ | rss\.art19\.com/episodes/redirect
    | (?:dovetail|play)\.podtrac\.com/[^/]+ | (?:\w+\.)?podcorn\.com/[^/]+ | pfx\.vpixl\.com/[^/]+
    | pdrl\.fm/[^/]+ | (?:www\.)?chartable\.com/track/[^/]+ | tracking\.feedpress\.com?/link/\d+
    )/(?:https?(?::/?/?|%3A%2F%2F)/?)?""",
    re.IGNORECASE | re.VERBOSE,
)
# Parameters that say who asks, not what for.
NOISE = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|si|ref|ref_src|source|_ke|cmpid|amp|share", re.IGNORECASE)
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# Of runs of words of two transcripts, so many in common: each service hears a few words in its own way.
SAME = 0.6
RUN = 4  # words
LANGUAGES = frozenset(
    "ar bg ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv nb nl no pl pt ro ru sk sl sr sv th"
    " tr uk vi zh".split()
)
# Shorter guids ("42", "ep-7") are used by many feeds at once.
SURE_GUID = 12


def recording(url: str) -> str:
    """What an enclosure's address comes down to: no tracking prefix, no parameters, no scheme.

    >>> recording("https://www.podtrac.com/pts/redirect.mp3/pdst.fm/e/cdn.example/s/7.mp3?source=feed")
    'cdn.example/s/7.mp3'
    >>> recording("https://op3.dev/e/https://cdn.example/s/7.mp3")
    'cdn.example/s/7.mp3'
    """
    rest = re.sub(r"^https?://", "", url.strip(), flags=re.IGNORECASE)
    while match := TRACKERS.match(rest):
        rest = rest[match.end() :]
    try:
        address = urlsplit(f"//{unquote(rest) if '%2F' in rest.partition('/')[0].upper() else rest}")
    except ValueError:
        return rest
    host = (address.netloc.rpartition("@")[2]).lower().removesuffix(":443").removesuffix(":80")
    path = re.sub(r"/{2,}", "/", address.path)
    # One script may serve every recording, told apart only by a parameter.
    query = "" if re.search(r"\.\w{2,4}$", path) else _query(address.query)
    return f"{host}{path}{query}"


def page(url: str) -> str:
    """What a page's address comes down to: no scheme, no fragment, nothing that only counts readers.

    >>> page("http://www.Blog.example:80/p/chips/?utm_source=rss#x"), page("https://blog.example/?p=7")
    ('blog.example/p/chips', 'blog.example?p=7')
    """
    try:
        address = urlsplit(url.strip())
        host = (address.hostname or "").removeprefix("www.")
        port = f":{address.port}" if address.port not in (None, 80, 443) else ""
    except ValueError:
        return url.strip()
    path = re.sub(r"/(?:index\.html?)?$", "", address.path)
    return f"{host}{port}{path}{_query(address.query)}"


def guid(text: str, *, show: str | None) -> str:
    """A guid, with its show's name where others may have the same.

    >>> guid("42", show="Tea & Talk"), guid("https://tea.example/42", show="Tea & Talk")
    ('tea & talk 42', 'https://tea.example/42')
    """
    sure = UUID.search(text) or "://" in text or text.startswith(("tag:", "urn:"))
    if sure or (len(text) >= SURE_GUID and re.search(r"\d", text)):
        return text
    return f"{(show or '').casefold()} {text}".strip()


def file_name(location: str) -> str:
    """What a file goes by whatever its format; `x.es.md` is the Spanish `x`.

    >>> file_name("/a/x.vtt"), file_name("/a/x.es.md")
    ('file:/a/x', 'file:/a/x#es')
    """
    path = PurePath(location)
    stem, _, language = path.stem.rpartition(".")
    if stem and language in LANGUAGES:
        return in_language(f"file:{path.with_name(stem)}", language)
    return f"file:{path.with_suffix('')}"


def in_language(name: str, language: str) -> str:
    """The name of a translation of what goes by a name; the library knows names by this form.

    >>> in_language("guid:7", "es")
    'guid:7#es'
    """
    return f"{name}#{language}"


def same_words(first: str, second: str) -> bool:
    """Whether two texts hold the same words but for a few.

    >>> same_words("The kettle is on, and sings.", "the kettle is on and sings"), same_words("Yes.", "No.")
    (True, False)
    """
    runs = [_runs(re.findall(r"\w+", text.casefold())) for text in (first, second)]
    return len(runs[0] & runs[1]) >= SAME * len(runs[0] | runs[1])


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[place : place + RUN]) for place in range(max(1, len(words) - RUN + 1))}


def language_of(tag: str | None) -> str | None:
    """The language of a tag, without its region.

    >>> language_of("en-GB"), language_of(None)
    ('en', None)
    """
    return re.split(r"[-_]", tag.strip().lower())[0] or None if tag else None


def _query(query: str) -> str:
    kept = sorted((name, value) for name, value in parse_qsl(query) if not NOISE.fullmatch(name))
    return f"?{urlencode(kept)}" if kept else ""
