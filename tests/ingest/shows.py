"""A show and its newsletter as a publisher would serve them, written for these tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.utils import formatdate
from html import escape

DAY = 86_400
FIRST = 1_735_725_600  # 1 January 2025, 10:00 UTC
SUBJECTS = """
    kettles lamps ferries bridges orchards clocks wells kilns looms mills quarries sails tunnels vats windows
    anvils barrels cellars dams engines furnaces gates harbours islands jetties keels ladders masts nets oars
""".split()
PEOPLE = ("Ana Roe", "Bo Lund")
NAMESPACE = "https://podcastindex.org/namespace/1.0"


@dataclass
class Episode:
    """An episode: what is said in it, by turns, a minute each."""

    number: int
    turns: list[str] = field(default_factory=list)
    audio: str = ""
    guid: str = ""

    def __post_init__(self) -> None:
        subject = self.subject
        self.turns = self.turns or [
            f"Welcome to the workshop. In part {self.number} we talk about {subject} and who made them.",
            f"The first thing to know about {subject} is that the old ones outlast the new ones by years.",
            f"I once took apart {self.number + 2} of them, and every single one had been mended before.",
            f"So what would you tell somebody who wants to begin with {subject} next week?",
            f"Buy the cheapest {subject} there are, ruin them, and only then read the book about it.",
        ]
        self.audio = self.audio or f"https://media.example/workshop/{self.number}.mp3"
        self.guid = self.guid or f"https://workshop.example/episodes/{self.number}"

    @property
    def subject(self) -> str:
        return SUBJECTS[self.number % len(SUBJECTS)]

    @property
    def title(self) -> str:
        return f"On {self.subject}"

    def vtt(self) -> str:
        cues = (
            f"{_clock(60 * place)} --> {_clock(60 * place + 9)}\n<v {PEOPLE[place % 2]}>{turn}\n"
            for place, turn in enumerate(self.turns)
        )
        return "WEBVTT - " + self.title + "\n\n" + "\n".join(cues)

    def srt(self) -> str:
        cues = (
            f"{place + 1}\n{_clock(60 * place, ',')} --> {_clock(60 * place + 9, ',')}\n{turn}\n"
            for place, turn in enumerate(self.turns)
        )
        return "\n".join(cues)

    def text(self) -> str:
        return "\n\n".join(self.turns)

    def chapters(self) -> str:
        chapters = [
            {"startTime": 0, "title": "Hello &amp; welcome"},
            {"startTime": 100, "title": f"What {self.subject} teach"},
        ]
        return json.dumps({"version": "1.2.0", "chapters": chapters})

    def item(self, base: str) -> str:
        """The item of a feed, with its transcripts in the order that one large host gives them."""
        place = f"{base}/{self.number}"
        return f"""<item><title>{self.title}</title><guid isPermaLink="false">{self.guid}</guid>
<link>https://workshop.example/{self.number}</link>
<pubDate>{formatdate(FIRST + self.number * 7 * DAY, usegmt=True)}</pubDate>
<itunes:season>2</itunes:season><itunes:episode>{self.number}</itunes:episode>
<itunes:duration>5:00</itunes:duration>
<enclosure url="{escape(self.audio)}" type="audio/mpeg" length="1"/>
<podcast:person role="host">Ana Roe</podcast:person><podcast:person role="guest">Bo Lund</podcast:person>
<podcast:transcript url="{place}.srt" type="application/srt" language="en-us"/>
<podcast:transcript url="{place}.vtt" type="text/vtt" language="en-us" rel="captions"/>
<podcast:transcript url="{place}.txt" type="text/plain" language="en-us"/>
<podcast:chapters url="{place}.json" type="application/json+chapters"/>
<description><![CDATA[<p>Notes: the list of tools for {self.subject} is on the page.</p>]]></description>
</item>"""

    def pages(self) -> dict[str, str]:
        """What lies where its item says."""
        return {
            f"/{self.number}.srt": self.srt(),
            f"/{self.number}.vtt": self.vtt(),
            f"/{self.number}.txt": self.text(),
            f"/{self.number}.json": self.chapters(),
        }


@dataclass
class Post:
    """A newsletter issue, with its full text in the feed."""

    number: int
    words: str = ""

    def item(self, base: str) -> str:
        words = self.words or (
            f"<p>Dear readers, letter {self.number} is about {SUBJECTS[-self.number - 1]} in the north.</p>"
            f"<h2>Prices</h2><p>They cost {self.number * 3 + 40} crowns at the autumn market this year.</p>"
        )
        return f"""<item><title>Letter {self.number}</title><guid>{base}/p/{self.number}</guid>
<link>{base}/p/{self.number}</link>
<pubDate>{formatdate(FIRST + self.number * DAY, usegmt=True)}</pubDate>
<description>A teaser.</description><content:encoded><![CDATA[{words}]]></content:encoded></item>"""


def a_feed(title: str, items: list[str], language: str = "en") -> str:
    """RSS of these items."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:podcast="{NAMESPACE}" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>{title}</title>
<link>https://workshop.example/</link><language>{language}</language>
{"".join(items)}</channel></rss>"""


def _clock(seconds: int, point: str = ".") -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}000"
