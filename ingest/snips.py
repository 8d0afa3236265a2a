"""Read what Snipd exports: excerpts of episodes, each with an AI's title and notes and the words. Pure.

Titles and notes are the AI's and are marked; what stands under "Transcript" or "Quote" was said.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace

from ingest.frontmatter import day, web_address
from ingest.markdown import TAG, fold, inline
from ingest.reading import Metadata, Reading
from ingest.transcripts import names
from ingest.transcripts.clock import STAMP, seconds
from ingest.transcripts.labels import Shape, mark_of
from ingest.transcripts.turns import Utterance, settle
from rag.models import SourceKind

SNIPD = re.compile(r"share\.snipd\.com/(?:snip|episode|show)")
SHAPE = re.compile(
    r"^#{2,3}\s+Snips\b|🎧|^##\s+Episode metadata|\[Time \d{1,2}:\d{2}:\d{2}\]\(", re.MULTILINE
)
HEADING = re.compile(r"(?P<level>#{1,6})\s+(?P<title>.+?)\s*#*$")
FIELD = re.compile(r"[-*]\s+(?:\*\*)?(?P<name>[A-Z][A-Za-z /()]{2,40}?)(?:\*\*)?:(?:\*\*)?\s*(?P<value>.*)")
SPAN = re.compile(rf"(?P<start>{STAMP})\s*[-–—]\s*(?P<end>{STAMP})")
STAMPED_TITLE = re.compile(rf"\[(?P<stamp>{STAMP})\]\s*(?P<title>.+)")
LINKED = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<url>https?://[^)\s]+)\)")
# Readwise hands highlights on, each with its moment: `text ([Time 0:11:42](https://share.snipd.com/snip/…))`.
HIGHLIGHT = re.compile(rf"[-*]\s+(?P<text>.+?)\s*\(\[Time (?P<stamp>{STAMP})\]\([^)]*\)\)")
DECORATION = re.compile(r"[⭐🎧💬📚📝🌟✨]\ufe0f?\s*|(?:^|\s)#[\w/-]+(?=\s|$)")
RULE = re.compile(r"(?:[-*_]\s*){3,}|!\[[^\]]*\]\([^)]*\)|<img\b[^<>]*>")
BLOCK = re.compile(r"<summary>\s*(?P<name>[^<]{1,60}?)\s*</summary>", re.IGNORECASE)
SPEAKER = re.compile(r"<b>\s*(?P<name>[^<]{1,60}?)\s*</b>\s*(?:<br\s*/?>)?", re.IGNORECASE)
LINE_BREAK = re.compile(r"<br\s*/?>|</?blockquote>|</?p>|</?details>", re.IGNORECASE)
# A name alone above what is said, and one behind a dash below what is quoted.
NAME_ALONE = re.compile(r"(?:\*\*|__)?(?P<name>[^\W\d_][\w .’'-]{1,47}?):?(?:\*\*|__)?")
QUOTED_FROM = re.compile(r"(?:[-–—]{1,2}|~)\s*(?:\*\*)?(?P<name>[^\W\d_][\w .’'-]{1,47}?)(?:\*\*)?")
CREDIT = re.compile(r"created with \[?snipd\b.*", re.IGNORECASE)
TIME_LINK = re.compile(rf"\s*\(\[Time (?P<stamp>{STAMP})\]\([^)]*\)\)\s*$")
# Headings inside a snip: what stands below them is still the AI's about it.
INSIDE = frozenset({"summary", "notes", "note", "takeaways", "key takeaways", "ai notes", "my notes"})
SPOKEN = {"transcript": "transcript", "click to expand": "transcript", "quote": "quote"}
NOTES, OWN_NOTES = "notes", "Show notes"
AI_FIELDS = ("episode ai description", "ai description", "episode ai notes")


@dataclass(slots=True)
class _Export:
    """Goes down the lines; keeps which episode, which snip and which of its parts a line belongs to."""

    said: list[tuple[str | None, Utterance]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    snip: str | None = None
    part: str = NOTES
    start_s: float | None = None
    end_s: float | None = None
    speaker: str | None = None
    left_out: int = 0
    # Readwise's list of highlights, and where in `said` the one begins that is being read.
    highlights: bool = False
    begun: int = 0
    # Where in `said` the quotes are.
    quotes: set[int] = field(default_factory=set)

    def line(self, line: str) -> None:
        if not line or RULE.fullmatch(line) or CREDIT.fullmatch(line):
            self.left_out += bool(line)
        elif match := HEADING.match(line):
            self.heading(len(match["level"]), match["title"])
        elif match := HIGHLIGHT.match(line):
            self.begin_highlight()
            self.moment(seconds(match["stamp"]), None)
            self.add(inline(match["text"]), ai=True)
        elif self.highlights:
            self.highlight(line)
        elif "🎧" in line:
            if match := SPAN.search(line):
                self.moment(seconds(match["start"]), seconds(match["end"]))
        elif self.snip is None and (match := FIELD.match(line)):
            self.fields.setdefault(match["name"].strip().lower(), match["value"].strip())
        else:
            self.words(line)

    def heading(self, level: int, title: str) -> None:
        plain = fold(DECORATION.sub(" ", inline(title)))
        if (part := SPOKEN.get(plain.lower())) and level > 1:
            self.part, self.speaker = part, None
        elif level == 1:
            self.titles.append(plain)
            self.snip, self.part = None, NOTES
        elif plain.lower() in ("snips", "episode metadata", "highlights", "metadata", "episode notes"):
            self.snip, self.part = None, NOTES
            self.highlights = plain.lower() == "highlights"
        elif plain.lower() in INSIDE and self.snip is not None:
            self.part = NOTES
        elif plain.lower() in ("show notes", "episode show notes"):
            self.snip, self.part = None, OWN_NOTES
        else:
            self.new_snip(plain)

    def new_snip(self, title: str) -> None:
        self.close()
        self.part, self.speaker = NOTES, None
        if match := STAMPED_TITLE.match(title):
            self.start_s, title = seconds(match["stamp"]), match["title"]
        self.snip = title

    def moment(self, start_s: float | None, end_s: float | None) -> None:
        self.start_s, self.end_s = start_s, end_s

    def begin_highlight(self) -> None:
        self.part, self.speaker, self.begun = NOTES, None, len(self.said)
        self.moment(None, None)

    def highlight(self, line: str) -> None:
        """A line of a highlight that has several; its moment stands at its end."""
        if line.startswith(("- ", "* ")) and not re.match(r"[-*]\s+(?:Note|Tags?):", line):
            self.begin_highlight()
            line = line[2:].strip()
        link = TIME_LINK.search(line)
        line = TIME_LINK.sub("", line)
        plain = line.strip("*_ ").rstrip(":").lower()
        if plain in SPOKEN or plain in INSIDE:
            self.part, self.speaker = SPOKEN.get(plain, NOTES), None
        elif line:
            self.words(line)
        if link:
            start_s = seconds(link["stamp"])
            for at in range(self.begun, len(self.said)):
                self.said[at] = (self.said[at][0], replace(self.said[at][1], start_s=start_s))

    def words(self, line: str) -> None:
        """A line of notes, or of what was said, in Markdown or in the HTML that older exports wrap it in."""
        if match := BLOCK.search(line):
            name = match["name"].lower()
            self.part, self.speaker = SPOKEN.get(name, OWN_NOTES if name == "show notes" else NOTES), None
            line = BLOCK.sub("", line)
        pieces = SPEAKER.split(line) if self.part in SPOKEN.values() else [line]
        self.turn(pieces[0])
        for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
            self.speaker = fold(html.unescape(name)).rstrip(" :") or None
            self.turn(text)
        if "</details>" in line.lower():
            self.part = NOTES

    def turn(self, text: str) -> None:
        text = fold(html.unescape(TAG.sub("", LINE_BREAK.sub(" ", text)))).lstrip("> ")
        spoken = self.part in SPOKEN.values()
        if spoken and (mark := mark_of(text)) and mark.name and _is_label(mark.shape, mark.name):
            self.speaker, text = mark.name, mark.rest
        elif spoken and (alone := NAME_ALONE.fullmatch(text)) and _is_name_alone(text, alone["name"]):
            self.speaker, text = alone["name"], ""
        elif self.part == "quote" and (source := QUOTED_FROM.fullmatch(text)):
            self.quoted_from(source["name"])
            text = ""
        text = inline(re.sub(r"^[-*]\s+", "", text))
        if text:
            self.add(text, ai=not spoken and self.part != OWN_NOTES)

    def quoted_from(self, name: str) -> None:
        """The lines of the quote above were this person's."""
        for at in range(len(self.said) - 1, -1, -1):
            title, one = self.said[at]
            if one.ai_written or one.speaker or one.heading != self.snip or not one.text:
                break
            self.said[at] = (title, replace(one, speaker=name))

    def add(self, text: str, *, ai: bool) -> None:
        heading = self.part if self.part == OWN_NOTES else self.snip
        speaker = None if ai else self.speaker
        utterance = Utterance(
            text=text,
            speaker=speaker,
            start_s=self.start_s,
            end_s=self.end_s if ai else None,
            heading=heading,
            ai_written=ai,
        )
        if self.part == "quote":
            self.quotes.add(len(self.said))
        self.said.append((self.titles[-1] if self.titles else None, utterance))

    def close(self) -> None:
        """A snip ends: words in it are not later than that."""
        if self.end_s is not None and self.said and not self.said[-1][1].ai_written:
            self.said.append((None, Utterance(text="", start_s=self.end_s)))
        self.start_s = self.end_s = None


def recognises(text: str) -> bool:
    r"""Whether this is such an export: it links to Snipd and has the shape of one.

    >>> recognises("## Snips\n[Tea](https://share.snipd.com/snip/1)"), recognises("share.snipd.com/show/1")
    (True, False)
    """
    return SNIPD.search(text) is not None and SHAPE.search(text) is not None


def read(text: str) -> Reading:
    """Each snip's notes and words under its title; several episodes in one file keep no times."""
    export = _Export()
    for line in text.split("\n"):
        export.line(line.strip())
    export.close()
    several = len(export.titles) > 1
    kept = _without_repeats(export.said, export.quotes)
    said = [*_described(export), *(_titled(title, one) if several else one for title, one in _begun(kept))]
    parts, notes = settle(said)
    left_out = {
        f"{len(export.said) - len(kept)} quotes that the transcript below them repeats": len(export.said)
        - len(kept),
        f"{export.left_out} rules and pictures: they hold no words": export.left_out,
        "times of all snips: several episodes share this file; export them one by one": several,
    }
    return Reading(
        metadata=_metadata(export, names.people_of((), (part.label.speaker for part in parts))),
        parts=parts,
        skipped=(*(note for note, count in left_out.items() if count), *notes),
    )


def _is_label(shape: Shape, name: str) -> bool:
    return shape in (Shape.BOLD, Shape.STAMPED) or (names.plausible(name) and len(name.split()) > 1)


def _is_name_alone(line: str, name: str) -> bool:
    """Whether a line is a label: in bold, of nobody's, or a full name."""
    bold = line.startswith(("**", "__"))
    return names.plausible(name) and (bold or names.is_anonymous(name) or len(name.split()) > 1)


def _described(export: _Export) -> Iterator[Utterance]:
    """What the AI says of the whole episode, which stands among the fields."""
    for name in AI_FIELDS:
        if description := inline(export.fields.get(name, "")):
            yield Utterance(text=description, ai_written=True)


def _without_repeats(
    said: list[tuple[str | None, Utterance]], quotes: Set[int]
) -> list[tuple[str | None, Utterance, bool]]:
    """Without quotes whose words the same snip's transcript holds; each with whether it is a quote."""
    spoken: dict[tuple[str | None, str | None], str] = {}
    for at, (title, one) in enumerate(said):
        if not one.ai_written and at not in quotes:
            spoken[title, one.heading] = f"{spoken.get((title, one.heading), '')} {one.text}"
    return [
        (title, one, at in quotes)
        for at, (title, one) in enumerate(said)
        if at not in quotes or not one.text or one.text not in spoken.get((title, one.heading), "")
    ]


def _begun(said: list[tuple[str | None, Utterance, bool]]) -> Iterator[tuple[str | None, Utterance]]:
    """The first words of a snip are heard at its start; where the next ones are, nobody says."""
    before: tuple[str | None, str | None, bool] | None = None
    for title, one, quoted in said:
        here = (title, one.heading, quoted)
        goes_on = not one.ai_written and bool(one.text) and here == before
        yield title, replace(one, start_s=None) if goes_on else one
        before = here if not one.ai_written else None


def _titled(title: str | None, one: Utterance) -> Utterance:
    """Words of one of several episodes in a file: under its title, and in nobody's time."""
    heading = " › ".join(filter(None, (title, one.heading)))
    return replace(one, heading=heading or None, start_s=None, end_s=None)


def _metadata(export: _Export, people: tuple[str, ...]) -> Metadata:
    def said(*labels: str) -> str | None:
        return next((value for label in labels if (value := inline(export.fields.get(label, "")))), None)

    given = next(
        (
            export.fields[name]
            for name in ("episode url", "episode link", "link", "url")
            if name in export.fields
        ),
        "",
    )
    link = LINKED.search(given)
    url = web_address(link["url"] if link else given)
    title = said("episode title", "full title", "title") or (export.titles[0] if export.titles else None)
    listed = ", ".join(
        filter(None, (said("owner / host", "host", "hosts", "host(s)"), said("guests", "guest", "guest(s)")))
    )
    single = len(export.titles) <= 1
    return Metadata(
        kind=SourceKind.SUMMARY,
        title=title if single else "Snips",
        # Readwise calls the show the author.
        show=(said("show", "podcast") or (said("author") or "").strip("[] ") or None) if single else None,
        people=tuple(dict.fromkeys([*filter(None, re.split(r"\s*,\s*", listed)), *people]))
        if single
        else people,
        published=day(said("episode publish date", "publish date", "date")) if single else None,
        url=url if single else None,
        seconds=seconds(said("duration") or "") if single else None,
        # Not the episode's own: the export and the episode's transcript are two sources.
        identity=f"snips:{url}" if url and single else None,
    )
