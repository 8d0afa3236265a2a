"""Newsletters, articles, summaries and JSON transcripts: words kept, furniture gone, headings as labels."""

import json
from datetime import date

import pytest

from ingest.pages import read_fragment
from ingest.read import read
from rag.models import SourceKind

ISSUE = """---
title: 'Tea Times Newsletter #7'
permalink: /en/newsletters/2025/07/18/
name: 2025-07-18-newsletter
type: newsletter
lang: en
---
This week: [two
items][]. {% assign timestamp="0:45" %}

## News

- **Kettles:** The [v0.19.2-beta][] [has `boil()`][topic boiling
  water] in it.{:#kettles}

  It is *hot*.
- Second &amp; last

1. First
2. Then

{% include functions/details-list.md
  q0="Why heat it?"
  a0="Because it is
  cold."
  a0link="https://tea.example/1"
%}

{% comment %}<!-- hidden -->{% endcomment %}
{% include references.md %}
[v0.19.2-beta]: https://tea.example/v
[two items]: /items
"""


def test_a_newsletter_in_markdown():
    reading = read(ISSUE.encode(), origin="a/issue.md")
    assert [(part.text, part.label.heading) for part in reading.parts] == [
        ("This week: two items.", None),
        ("Kettles: The v0.19.2-beta has boil() in it.", "News"),
        ("It is hot.", "News"),
        ("Second & last", "News"),
        ("1. First", "News"),
        ("2. Then", "News"),
        ("Why heat it?", "News"),
        ("Because it is cold.", "News"),
    ]
    metadata = reading.metadata
    assert (metadata.kind, metadata.show, metadata.published) == (
        SourceKind.NEWSLETTER,
        "Tea Times",
        date(2025, 7, 18),
    )
    assert (metadata.url, metadata.identity, metadata.language) == (None, "/en/newsletters/2025/07/18/", "en")
    assert any("comments" in note for note in reading.skipped)


def test_front_matter_of_a_recording():
    text = (
        "---\ntitle: \"Tea: a talk\"\nspeakers: ['Ana Roe']\ndate: '2025-11-06'\nmedia: https://video.example/1\n"
        "source_file: https://audio.example/1.mp3\n---\nAna: 00:01\n\nHi.\n\nBo: 00:02\n\nHo.\n"
    )
    metadata = read(text.encode(), origin="x").metadata
    assert (metadata.title, metadata.people) == ("Tea: a talk", ("Ana Roe", "Bo"))
    assert (metadata.url, metadata.audio_url) == ("https://video.example/1", "https://audio.example/1.mp3")


def test_a_player_include_gives_the_recording():
    text = '---\ntype: podcast\n---\n{% include player.md url="https://a.example/1.m4a" %}\n\n**Ana**: Hi.\n'
    assert read(text.encode(), origin="x").metadata.audio_url == "https://a.example/1.m4a"


def test_front_matter_that_yaml_refuses_is_read_line_by_line_and_reported():
    reading = read(b"---\ntitle: Tea: the talk: two\ndate: 2025-01-02\n---\nWords.\n", origin="x")
    assert (reading.metadata.title, reading.metadata.published) == ("Tea: the talk: two", date(2025, 1, 2))
    assert any("YAML" in note for note in reading.skipped)


PAGE = """<!doctype html><html lang="en"><head><title>x</title>
<meta property="og:title" content="Tea &amp; milk"><meta property="og:site_name" content="Tea Times">
<meta name="author" content="Ana Roe"><meta property="article:published_time" content="2025-05-04T10:00:00Z">
<link rel="canonical" href="https://tea.example/p/milk"></head><body>
<nav>Home</nav><div style="display:none">Preview</div>
<article><h1>Tea &amp; milk</h1><p>It <b>is</b>
warm.<br>Very.</p><h2>Why</h2><ul><li>One</li><li><p>Two</p></li></ul>
<div class="captioned-image-container"><figure>Credit</figure></div>
<div class="subscription-widget-wrap"><p>Subscribe now</p></div>
<p class="button-wrapper"><a href="javascript:x()">Share</a></p><script>alert(1)</script></article>
<footer>2025</footer></body></html>"""


def test_a_newsletter_in_html():
    reading = read(PAGE.encode(), origin="x")
    assert [(part.text, part.label.heading) for part in reading.parts] == [
        ("It is warm. Very.", None),
        ("One", "Why"),
        ("Two", "Why"),
    ]
    metadata = reading.metadata
    assert (metadata.kind, metadata.title, metadata.show) == (
        SourceKind.NEWSLETTER,
        "Tea & milk",
        "Tea Times",
    )
    assert (metadata.people, metadata.published, metadata.url) == (
        ("Ana Roe",),
        date(2025, 5, 4),
        "https://tea.example/p/milk",
    )
    assert any("subscription-widget" in note for note in reading.skipped)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Tea Times #7: Kettles", SourceKind.NEWSLETTER),
        ("Tea Times, No. 7: Kettles", SourceKind.NEWSLETTER),
        ("Tea Times – Issue 7", SourceKind.NEWSLETTER),
        ("The #1 kettle of Norrby", SourceKind.ARTICLE),
        ("Tea Times 7 years on", SourceKind.ARTICLE),
    ],
)
def test_a_title_of_a_publication_and_a_number_is_a_newsletters(title, kind):
    front = f"---\ntitle: '{title}'\nshow: Tea Times\n---\n# Kettles\n\n- Tin is back.\n"
    head = f'<title>{title}</title><meta property="og:site_name" content="Tea Times">'
    page = f"<!doctype html><html><head>{head}</head><body><h1>{title}</h1><p>Tin is back.</p></body></html>"
    assert [read(text.encode(), origin="x").metadata.kind for text in (front, page)] == [kind, kind]


SUMMARY = """The talk is about tea. It is warm.
Read more
AI Summary
Highlights
AI Chapters
Episode notes
auto_awesome
Podcast summary created with Snipd AI
Quick takeaways
Tea is grown on hills.
Milk is optional.
Deep dives
Where Tea Grows
Tea grows on hills. It likes rain.
The Question of Milk
Milk came later.
We met Bo Lund to talk about tea.
They sat on a hill.
"""


def test_a_summary_page_marks_what_the_ai_wrote():
    reading = read(SUMMARY.encode(), origin="x")
    assert [(part.text, part.label.heading, part.label.ai_written) for part in reading.parts] == [
        ("The talk is about tea. It is warm.", None, True),
        ("Tea is grown on hills.", "Quick takeaways", True),
        ("Milk is optional.", "Quick takeaways", True),
        ("Tea grows on hills. It likes rain.", "Deep dives › Where Tea Grows", True),
        ("Milk came later.", "Deep dives › The Question of Milk", True),
        ("We met Bo Lund to talk about tea.", "Episode notes", False),
        ("They sat on a hill.", "Episode notes", False),
    ]
    assert reading.metadata.kind is SourceKind.SUMMARY
    assert reading.skipped


@pytest.mark.parametrize(
    ("tail", "own"),
    [
        pytest.param(["Tea is old."], ["Tea is old."], id="one paragraph is the show's"),
        pytest.param(["In this episode the speakers also discuss milk."], [], id="what the speakers discuss"),
        pytest.param(["Milk keeps.", "Tea is old."], ["Tea is old."], id="only the last"),
        pytest.param(
            ["The guest explains milk.", "On this show, we try tea."],
            ["On this show, we try tea."],
            id="a dive of two paragraphs",
        ),
        pytest.param(
            ["Our guest is Bo.", "Tea is old."], ["Our guest is Bo.", "Tea is old."], id="our guest"
        ),
    ],
)
def test_a_deep_dives_second_paragraph_is_not_the_shows_own(tail, own):
    page = SUMMARY.partition("We met")[0] + "\n".join(tail)
    parts = read(page.encode(), origin="x").parts
    assert [part.text for part in parts if not part.label.ai_written] == own
    assert [part.text for part in parts][-len(tail) :] == tail


def test_a_title_above_the_overview_is_the_title():
    assert read(f"Tea, a Short Story\n{SUMMARY}".encode(), origin="x").metadata.title == "Tea, a Short Story"


def segments(*items, **fields):
    return json.dumps({"version": "1.0.0", "segments": list(items), **fields}).encode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            segments(*({"speaker": "Ana", "startTime": n, "endTime": n, "body": word}
                       for n, word in enumerate(["I", " ", "am", ",", "yes", ".", "So"]))),
            [("Ana", "I am, yes.", 0.0), ("Ana", "So", 6.0)], id="a word a segment"),
        pytest.param(
            segments({"speaker": "Ana", "startTime": 1.5, "body": "Hi."}, {"startTime": 2, "body": "You."},
                     {"speaker": "Bo", "startTime": 3, "body": "Ho"}),
            [("Ana", "Hi.", 1.5), ("Ana", "You.", 2.0), ("Bo", "Ho", 3.0)], id="missing ends and speakers"),
        pytest.param(
            segments({"id": 0, "start": 0.0, "end": 2.0, "text": " Hi there."}, text=" Hi there."),
            [(None, "Hi there.", 0.0)], id="whisper"),
        pytest.param(
            segments({"start": 0.0, "end": 2.0, "text": "Hi, $1.9",
                      "words": [{"word": "Hi,", "start": 0.0, "end": 1.0, "speaker": "A"},
                                {"word": "$1.9"}, {"word": "so", "start": 1.5, "end": 2.0, "speaker": "B"}]}),
            [("Speaker A", "Hi, $1.9", 0.0), ("Speaker B", "so", 1.5)],
                id="whisperx, two speakers in a segment"),
        pytest.param(
            segments({"speaker_name": "Ana", "start": 0, "end": 2, "wdlist": [
                {"word": "Hi ", "start": 0, "end": 1}, {"word": "there.", "start": 1, "end": 2}]}),
            [("Ana", "Hi there.", 0.0)], id="reduct"),
    ],
)  # fmt: skip
def test_json_transcripts(data, expected):
    found = [(part.label.speaker, part.text, part.label.start_s) for part in read(data, origin="x").parts]
    assert found == expected


def test_pages_nested_deeper_than_python_recurses_and_templates_that_never_close():
    assert read(b"<div>" * 3000 + b"word", origin="x").parts[0].text == "word"
    assert read(b"word " + b"{{ " * 50_000, origin="x").parts


def page(head="", body=""):
    return read(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode(), origin="x")


WORDS = "<p>Tin kettles are back in every shop of the town.</p><p>So is the one made of iron.</p>"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param('<meta name="author" content="Ana Roe">', "", id="a meta tag"),
        pytest.param(
            '<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "T"},'
            ' {"@type": "Article", "author": [{"name": "Ana Roe"}]}]}</script>',
            "",
            id="one of several linked things",
        ),
        pytest.param("", '<p class="byline">By <a rel="author" href="/ana">Ana Roe</a></p>', id="a byline"),
        pytest.param(
            "", "<div>Posted by Ana Roe on May 8, 2025 in <a>Tea</a></div>", id="a line of the page"
        ),
    ],
)
def test_who_wrote_a_page(head, body):
    assert page(head, body + WORDS).metadata.people == ("Ana Roe",)


def test_all_authors_the_site_and_the_title_without_it():
    head = (
        "<title>Kettles | Tea Daily</title>"
        '<script type="application/ld+json">[{"author": [{"name": "Ana Roe"}, {"name": "Bo Lund"}],'
        ' "publisher": {"name": "Tea Daily"}}]</script>'
    )
    metadata = page(head, f"<h1>Kettles</h1>{WORDS}").metadata
    assert (metadata.title, metadata.show, metadata.people) == (
        "Kettles",
        "Tea Daily",
        ("Ana Roe", "Bo Lund"),
    )


def test_what_stands_around_the_text_is_left_out_and_counted():
    around = (
        '<div id="nav">home about</div><aside class="related"><h3>Related</h3><p>Coffee.</p></aside>'
        '<div class="share-buttons">Tweet</div><div id="comments"><p>Nice!</p></div><p>Unsubscribe here</p>'
        "<p>The post <a>Kettles</a> appeared first on <a>Tea Daily</a>.</p>"
        "<p>View this email in your browser</p>"
    )
    reading = page("", f"{WORDS}{around}")
    assert [part.text for part in reading.parts] == [
        "Tin kettles are back in every shop of the town.",
        "So is the one made of iron.",
    ]
    assert sum(int(note.split(" ", 1)[0]) for note in reading.skipped) == 7


def test_the_main_text_is_where_most_words_are():
    reading = page("", f'<div class="entry-content">{WORDS * 4}</div><div><p>Archive of May</p></div>')
    assert "Archive of May" not in [part.text for part in reading.parts]
    assert reading.skipped == ("14 characters around the main text (menus, sidebars, comments)",)
    beside = page("", f'<div class="entry-content"><p>In short.</p></div><div>{WORDS}</div>')
    assert len(beside.parts) == 3


def test_a_row_of_a_table_is_one_paragraph_and_a_cell_of_a_layout_is_its_own():
    table = "<table><tr><th>Tea</th><th>Price</th></tr><tr><td>Green</td><td>$3</td></tr></table>"
    assert [part.text for part in page("", table).parts] == ["Tea Price", "Green $3"]
    layout = f"<table><tr><td>{WORDS}</td><td><p>Milk.</p></td></tr></table>"
    assert [part.text for part in page("", layout).parts][-1] == "Milk."


def test_the_number_of_a_note_is_no_part_of_its_sentence():
    text = '<p>It is so.<sup><a href="#1">1</a></sup> And so.<a class="footnote-anchor" href="#2">2</a></p>'
    assert page("", text).parts[0].text == "It is so. And so."


def test_a_subtitle_is_no_heading():
    body = f'<h1>Kettles</h1><h3 class="subtitle">On tin</h3>{WORDS}'
    assert [(part.text, part.label.heading) for part in page("", body).parts][:1] == [("On tin", None)]


def test_front_matter_of_hugo_and_authors_as_objects():
    toml = b'+++\ntitle = "Kettles"\ndate = 2025-05-08T10:00:00Z\nauthor = "Ana Roe"\n+++\n\nTin is back.'
    metadata = read(toml, origin="x").metadata
    assert (metadata.title, metadata.people, metadata.published) == (
        "Kettles",
        ("Ana Roe",),
        date(2025, 5, 8),
    )
    yaml = b"---\nauthors:\n  - name: Ana Roe\n    url: https://a.example\n  - Bo Lund\n---\nTin is back."
    assert read(yaml, origin="x").metadata.people == ("Ana Roe", "Bo Lund")


def test_marks_of_tasks_and_of_struck_words_are_no_words():
    assert [part.text for part in read(b"# T\n\n- [ ] Fill it\n- [x] ~~Heat~~ boil", origin="x").parts] == [
        "Fill it",
        "Heat boil",
    ]


APP = """Fire under a kettle makes the water in it hot.
AI Summary
Podcast summary created with Snipd AI
Quick takeaways
Fire heats water.
Deep dives
Tin
Tin is thin. It is cheap."""


def test_an_apps_summary_is_one_as_the_page_it_serves_too():
    lines = "".join(f"<div>{line}</div>" for line in APP.split("\n"))
    reading = page(
        '<meta property="og:url" content="https://snips.example/1">', f"<h1>Why tea is hot</h1>{lines}"
    )
    assert (reading.metadata.kind, reading.metadata.title) == (SourceKind.SUMMARY, "Why tea is hot")
    assert reading.metadata.url == "https://snips.example/1"
    assert all(part.label.ai_written for part in reading.parts)
    assert reading.parts[-1].label.heading == "Deep dives › Tin"


@pytest.mark.parametrize(
    "credit",
    [
        "*This summary was generated by AI.*",
        "Summary written automatically using ChatGPT",
        "AI-generated summary",
        "> These notes were made with the help of a language model, and may be wrong.",
    ],
)
def test_a_page_that_credits_a_machine_is_its_text(credit):
    for text in (
        f"# Tea\n\n{credit}\n\n## Chapters\n\nIt is hot.",
        f"# Tea\n\n## Highlights\n\nIt is hot.\n\n{credit}",
    ):
        reading = read(text.encode(), origin="x")
        assert (reading.metadata.kind, reading.metadata.title) == (SourceKind.SUMMARY, "Tea")
        assert all(part.label.ai_written for part in reading.parts)
        assert {part.label.heading for part in reading.parts} & {"Chapters", "Highlights"}


def test_a_page_about_machines_is_nobodys_but_its_authors():
    text = b"# Tea and AI\n\nThis text was written by Ana Roe about AI.\n\nAI is hot.\n\nSo is tea."
    reading = read(text, origin="x")
    assert reading.metadata.kind is SourceKind.ARTICLE
    assert not any(part.label.ai_written for part in reading.parts)


def test_a_table_of_contents_in_show_notes_keeps_its_lines():
    lines = ["In this one:", "00:00 Hello", "02:10 - Tea", "9:59 Milk", "Bye."]
    broken = f"<p>{'<br>'.join(lines)}</p><p>Two<br>lines.</p>"
    assert [part.text for part in read_fragment(broken).parts] == [*lines, "Two lines."]
    assert [part.text for part in read_fragment("\n".join(lines)).parts] == lines


@pytest.mark.parametrize(
    "line",
    [
        "By <a>Ana Roe</a> on <time>May 5, 2026</time>",
        "Published <time>May 5, 2026</time> by Ana Roe",
        "<time>5 May 2026</time> · by Ana Roe",
    ],
)
def test_author_and_day_in_one_line(line):
    body = f"<h1>News</h1><p>{line}</p><p>The kettle was sold to the north for a price.</p>"
    said = page(body=body).metadata
    assert (said.people, said.published) == (("Ana Roe",), date(2026, 5, 5))


def test_times_and_titles_inside_a_sentence_do_not_cut_it():
    body = "<p>It was, as <cite>The Post</cite> said in <time>1999</time>, sold at <time>10:30</time>.</p>"
    parts = page(body=body).parts
    assert [part.text for part in parts] == ["It was, as The Post said in 1999, sold at 10:30."]


def test_a_script_in_markdown_is_no_text():
    page = (
        "# Tea\n\nTea is <script>alert('hot')</script>hot.\n\n<style>\np { top: 0 }\n</style>\n\n"
        "So `<script>` runs.\n\n```\n<script>tea()</script>\n```\n"
    )
    reading = read(page.encode(), origin="x")
    assert [part.text for part in reading.parts] == [
        "Tea is hot.",
        "So <script> runs.",
        "<script>tea()</script>",
    ]
    assert "2 scripts and styles: no words" in reading.skipped
