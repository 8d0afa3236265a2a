"""Snipd's Markdown: what was said keeps its speaker and time, what the AI wrote is marked."""

from datetime import date

from ingest.read import read
from rag.models import SourceKind

CURRENT = """# On Tea

![cover](https://img.example/1.png)

## Episode metadata
- Episode title: On Tea
- Show: Tea Times
- Owner / Host: Ana Roe
- Guests: Bo Lund
- Episode publish date: 2025-05-04
- Episode AI description: Ana and Bo talk about tea.
- Duration: 01:02:03
- Episode URL: [Open in Snipd](https://share.snipd.com/episode/1)
- Export date: 2025-06-01T10:00

## Snips

### ⭐ [Why Tea Is Hot](https://share.snipd.com/snip/1) #tea #heat

🎧 12:34 - 13:45 (01:11)

- Fire heats the water.

#### 💬 Quote
> It is the fire.

#### 📚 Transcript
**Ana Roe**: Why is it hot?

**Bo Lund**: Well. It is the fire.

---

### [Milk](https://share.snipd.com/snip/2)
🎧 20:00 - 21:00 (01:00)

#### 💬 Quote
> Milk came later.
"""

OLDER = """# On Tea
<img src="https://img.example/1.png">

- Show: Tea Times

### [12:34] Why Tea Is Hot
- Fire heats the water.
- 🎧 [Play snip - 1min (12:34 - 13:45)](https://share.snipd.com/snip/1)
<details><summary>Transcript</summary><blockquote><b>Ana Roe</b><br/><br/>Why is it hot?<br/><br/>
<b>Speaker 2</b><br/>It&#39;s the fire.</blockquote></details>

<details><summary>Show notes</summary>Ana meets Bo.</details>
"""


def said(text):
    return [
        (part.label.heading, part.label.speaker, part.text, part.label.start_s, part.label.ai_written)
        for part in read(text.encode(), origin="x").parts
    ]


HOT = "Why Tea Is Hot"


def test_the_current_export():
    assert said(CURRENT) == [
        (None, None, "Ana and Bo talk about tea.", 0.0, True),
        (HOT, None, "Fire heats the water.", 754.0, True),
        (HOT, "Ana Roe", "Why is it hot?", 754.0, False),
        (HOT, "Bo Lund", "Well. It is the fire.", 782.4, False),
        ("Milk", None, "Milk came later.", 1200.0, False),
    ]
    reading = read(CURRENT.encode(), origin="x")
    metadata = reading.metadata
    assert (metadata.kind, metadata.title, metadata.show) == (SourceKind.SUMMARY, "On Tea", "Tea Times")
    assert (metadata.people, metadata.published, metadata.seconds) == (
        ("Ana Roe", "Bo Lund"),
        date(2025, 5, 4),
        3723.0,
    )
    assert (metadata.url, metadata.identity) == (
        "https://share.snipd.com/episode/1",
        "snips:https://share.snipd.com/episode/1",
    )
    assert "1 quotes that the transcript below them repeats" in reading.skipped


def test_the_older_export():
    assert [(heading, speaker, text, ai) for heading, speaker, text, _, ai in said(OLDER)] == [
        (HOT, None, "Fire heats the water.", True),
        (HOT, "Ana Roe", "Why is it hot?", False),
        (HOT, "Speaker 2", "It's the fire.", False),
        ("Show notes", None, "Ana meets Bo.", False),
    ]
    assert read(OLDER.encode(), origin="x").parts[1].label.start_s == 754.0


def test_several_episodes_in_one_file_keep_their_titles_and_no_times():
    reading = read(f"{OLDER}\n{OLDER.replace('On Tea', 'On Milk')}".encode(), origin="x")
    assert {part.label.start_s for part in reading.parts} == {None}
    assert {part.label.heading for part in reading.parts} >= {f"On Tea › {HOT}", f"On Milk › {HOT}"}
    assert any("several episodes" in note for note in reading.skipped)


def test_highlights_handed_on_by_readwise():
    text = "# On Tea\n\n## Highlights\n- Fire heats it. ([Time 0:11:42](https://share.snipd.com/snip/1))\n"
    assert said(text) == [(None, None, "Fire heats it.", 702.0, True)]


def test_highlights_of_several_lines_with_what_was_said_below_them():
    text = """# On Tea

## Metadata
- Author: [[Tea Times]]
- Full Title: On Tea
- URL: https://share.snipd.com/episode/1

## Highlights
- Fire heats it. ([Time 0:11:42](https://share.snipd.com/snip/1))
- Tin is back
  Transcript:
  Speaker 1
  Tin kettles are back. ([Time 0:21:42](https://share.snipd.com/snip/2))
"""
    assert said(text) == [
        (None, None, "Fire heats it.", 702.0, True),
        (None, None, "Tin is back", 1302.0, True),
        (None, "Speaker 1", "Tin kettles are back.", 1302.0, False),
    ]
    metadata = read(text.encode(), origin="x").metadata
    assert (metadata.title, metadata.show, metadata.url) == (
        "On Tea",
        "Tea Times",
        "https://share.snipd.com/episode/1",
    )


def test_names_in_brackets_of_fields_alone_on_lines_and_behind_quotes():
    text = """# On Tea

## Episode metadata
- Host(s): Ana Roe
- Guest(s): Bo Lund
- Link: [share.snipd.com/episode/1](https://share.snipd.com/episode/1)

## Snips

### [12:34] Why Tea Is Hot
[🎧 Play snip - 1min (12:34 - 13:45)](https://share.snipd.com/snip/1)

### ✨ Summary
Fire heats the water.

#### 💬 Quote
> It is the fire.
> — Bo Lund

#### 📚 Transcript
**Speaker 2**
Why is it hot?

Created with [Snipd](https://www.snipd.com) | Highlight & Take Notes from Podcasts
"""
    assert said(text) == [
        (HOT, None, "Fire heats the water.", 754.0, True),
        (HOT, "Bo Lund", "It is the fire.", 754.0, False),
        (HOT, "Speaker 2", "Why is it hot?", 754.0, False),
    ]
    metadata = read(text.encode(), origin="x").metadata
    assert (metadata.people, metadata.url) == (("Ana Roe", "Bo Lund"), "https://share.snipd.com/episode/1")
    repeated = text.replace("Why is it hot?", "Well. It is the fire.")
    assert [words for _, _, words, _, ai in said(repeated) if not ai] == ["Well. It is the fire."]


def test_a_page_that_only_links_to_snipd_is_a_page():
    assert (
        read(b"# Links\n\nSee [this](https://share.snipd.com/show/1). It is good.", origin="x").metadata.kind
        is SourceKind.ARTICLE
    )
