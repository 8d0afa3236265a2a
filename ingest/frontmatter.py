"""Read what a file says of itself: YAML front matter, and what its name gives away. Pure but for YAML."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from ingest.reading import Metadata
from rag.models import SourceKind, unique

FENCE = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
TOML_FENCE = re.compile(r"\A\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
FIELD = re.compile(r"^([A-Za-z_][\w-]*):[ \t]+(.+)$", re.MULTILINE)
DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[-/._](\d{2})[-/._](\d{2})(?!\d)")
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
WRITTEN_OUT = re.compile(
    rf"(?<!\w)(?:(?P<month>{MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?|"
    rf"(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<month2>{MONTH})\.?),?\s+(?P<year>(?:19|20)\d{{2}})(?!\d)",
    re.IGNORECASE,
)
LONGEST_DATE = 80
NUMBERED_ISSUE = re.compile(r"(?P<show>[A-Z].{1,60}?) Newsletter #\d+")

KINDS = {
    "newsletter": SourceKind.NEWSLETTER,
    "podcast": SourceKind.EPISODE,
    "podcast-episode": SourceKind.EPISODE,
    "episode": SourceKind.EPISODE,
    "transcript": SourceKind.EPISODE,
    "summary": SourceKind.SUMMARY,
    "article": SourceKind.ARTICLE,
    "post": SourceKind.ARTICLE,
    "document": SourceKind.DOCUMENT,
}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The fields at the head of a file and the text below them. `notes` says what could not be read."""

    fields: Mapping[str, object]
    body: str
    notes: tuple[str, ...] = field(default=())

    def metadata(self) -> Metadata:
        """What the fields say, in our nouns."""
        text = self._text
        title = text("title")
        media = self._link("media")
        url = self._link("canonical_url", "url", "link", "website") or media
        return Metadata(
            kind=KINDS.get((text("type", "kind", "layout") or "").lower()),
            title=title,
            show=text("show", "podcast", "series") or numbered_issue(title),
            people=unique(
                [
                    *self._list("speakers", "people"),
                    *self._list("hosts", "host"),
                    *self._list("guests", "guest"),
                    *self._list("authors", "author"),
                ]
            ),
            published=self._published(),
            url=url,
            audio_url=self._link("audio_url", "audio", "enclosure", "source_file") or media,
            language=text("lang", "language"),
            identity=text("guid", "id") or self._link("canonical_url", "url") or text("permalink"),
        )

    def _text(self, *names: str) -> str | None:
        for name in names:
            value = self.fields.get(name)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
                return " ".join(str(value).split())
        return None

    def _list(self, *names: str) -> list[str]:
        for name in names:
            value = self.fields.get(name)
            if isinstance(value, str) and value.strip():
                return [item.strip() for item in value.split(",") if item.strip()]
            if isinstance(value, Mapping):
                value = [value]
            if isinstance(value, list):
                # `authors: [{name: Ana Roe, url: …}]`
                items = [item.get("name") if isinstance(item, Mapping) else item for item in value]
                return [" ".join(item.split()) for item in items if isinstance(item, str) and item.strip()]
        return []

    def _link(self, *names: str) -> str | None:
        return next((link for name in names if (link := web_address(self._text(name)))), None)

    def _published(self) -> date | None:
        for name in ("date", "published", "publish_date", "pubDate", "created"):
            if found := day(self.fields.get(name)):
                return found
        texts = (self._text(name) for name in ("slug", "name", "permalink"))
        return next((found for text in texts if text and (found := day_in(text))), None)


@lru_cache(maxsize=2)
def split(text: str) -> FrontMatter:
    r"""Cut the front matter off a text; fields that YAML refuses are read line by line, and a note says so.

    >>> split("---\ntitle: 'Issue 3'\n---\nHello.").fields
    {'title': 'Issue 3'}
    """
    match = FENCE.match(text.lstrip("\n"))
    if not match:
        return _split_toml(text)
    import yaml

    body = text.lstrip("\n")[match.end() :]
    try:
        loaded = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        fields = {name: value.strip().strip("'\"") for name, value in FIELD.findall(match[1])}
        return FrontMatter(fields, body, (f"front matter is no valid YAML ({reason}): read line by line",))
    if loaded is None:
        return FrontMatter({}, body)
    if not isinstance(loaded, dict):
        return FrontMatter({}, text)
    return FrontMatter({str(name): value for name, value in loaded.items()}, body)


def _split_toml(text: str) -> FrontMatter:
    r"""Hugo's other front matter.

    >>> _split_toml('+++\ntitle = "Issue 3"\n+++\nHello.')
    FrontMatter(fields={'title': 'Issue 3'}, body='Hello.', notes=())
    """
    match = TOML_FENCE.match(text.lstrip("\n"))
    if not match:
        return FrontMatter({}, text)
    try:
        return FrontMatter(tomllib.loads(match[1]), text.lstrip("\n")[match.end() :])
    except (tomllib.TOMLDecodeError, RecursionError):
        return FrontMatter({}, text)


def day(value: object) -> date | None:
    """A day out of whatever a field holds; None when it holds none.

    >>> day("Thu, 6 Nov 2025 21:00:00 -0500"), day("May 4, 2025"), day("soon")
    (datetime.date(2025, 11, 6), datetime.date(2025, 5, 4), None)
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.search(r"\d{4}", value):
        return None
    if found := day_in(value[:10]):
        return found
    try:
        return parsedate_to_datetime(value).date()
    except (ValueError, TypeError, IndexError):
        return _written_out(value)


def _written_out(text: str) -> date | None:
    """A day with its month in words, where a short line says hardly more than that.

    >>> _written_out("Thu, May 08, 2025 10:00AM • 42:10"), _written_out("Posted on the 8th of May 2025")
    (datetime.date(2025, 5, 8), datetime.date(2025, 5, 8))
    """
    match = WRITTEN_OUT.search(text)
    if match is None or len(text) > LONGEST_DATE:
        return None
    month = MONTHS.index((match["month"] or match["month2"])[:3].lower()) + 1
    try:
        return date(int(match["year"]), month, int(match["day"] or match["day2"]))
    except ValueError:
        return None


def day_in(text: str) -> date | None:
    """The first day written as year, month, day anywhere in a name or a path.

    >>> day_in("/en/newsletters/2025/07/18/"), day_in("2025-13-44-x.md")
    (datetime.date(2025, 7, 18), None)
    """
    for match in DAY.finditer(text):
        try:
            return date(*(int(number) for number in match.groups()))
        except ValueError:
            continue
    return None


def file_name(origin: str) -> str:
    """The last piece of a path or an address.

    >>> file_name("https://a.example/posts/issue%207.html?utm=1"), file_name("notes/2025-07-18-newsletter.md")
    ('issue 7.html', '2025-07-18-newsletter.md')
    """
    path = urlsplit(origin).path if "://" in origin else origin.replace("\\", "/")
    return unquote(PurePosixPath(path).name)


def title_from_name(origin: str) -> str | None:
    """A title of last resort, made of the file's name without its date, number and suffix.

    >>> title_from_name("plaintext/66-business-of-apps.txt"), title_from_name("2025-07-18-newsletter.md")
    ('66 business of apps', 'newsletter')
    >>> title_from_name("posts/165436315.of-tea.html")  # as Substack's export names a post
    'of tea'
    """
    stem = re.sub(r"(\.[A-Za-z]\w{0,7})+$", "", re.sub(r"^\d{6,}\.(?=[A-Za-z].*\.)", "", file_name(origin)))
    words = re.sub(r"[-_.+\s]+", " ", DAY.sub("", stem)).strip()
    return words or stem or None


def numbered_issue(title: str | None) -> str | None:
    """The show, where a title names it and counts its issues.

    >>> numbered_issue("Bitcoin Optech Newsletter #363 Recap Podcast"), numbered_issue("What is splicing?")
    ('Bitcoin Optech', None)
    """
    match = NUMBERED_ISSUE.match(title or "")
    return match["show"] if match else None


def web_address(text: str | None) -> str | None:
    """The text if it is an http(s) address; nothing else is ever linked.

    >>> web_address("https://a.example/x"), web_address("javascript:x()"), web_address("http://[::1")
    ('https://a.example/x', None, None)
    """
    if not text or not re.match(r"https?://[^\s\"'<>]+$", text, re.IGNORECASE):
        return None
    try:
        host, _ = urlsplit(text).hostname, urlsplit(text).port
    except ValueError:  # half a bracket, a port that is no number
        return None
    return text if host else None


def merge(first: Metadata, second: Metadata) -> Metadata:
    """What `first` says, filled up with what only `second` says.

    >>> merge(Metadata(title="A"), Metadata(title="B", show="S")).show
    'S'
    """
    names: Iterable[str] = Metadata.__dataclass_fields__
    return Metadata(**{name: getattr(first, name) or getattr(second, name) for name in names})
