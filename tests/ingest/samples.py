# ruff: noqa: E501  (sources read better unbroken)
"""One small source in every format that is read, all written for this project: the same talk wherever it fits."""

import gzip
import json
from collections.abc import Callable, Sequence

from tests.ingest import papers

# Who speaks, from which second on, and what.
Talk = Sequence[tuple[str, int, str]]

HEAD = "---\ntitle: On Tea\nspeakers: [Ana Roe, Bo Lund]\ndate: 2025-05-04\n---\n"
TALK: Talk = (
    ("Ana Roe", 1, "Welcome to the show about tea."),
    ("Bo Lund", 5, "Thank you, I am glad to be here."),
    ("Ana Roe", 9, "So, why is it hot?"),
    ("Bo Lund", 12, "Because of the fire below the kettle."),
)
MARKDOWN = """---
title: 'Tea Times Newsletter #7'
date: 2025-07-18
author: Ana Roe
---
# Tea Times Newsletter #7

This week: [two](https://tea.example/2) items.

## Kettles

- Tin **kettles** are back.
- So is the one made of iron.

<!-- not for readers -->
"""
SUBSTACK = """<div class="body markup"><h2>Kettles</h2><p>Tin kettles are <em>back</em>.</p>
<div class="captioned-image-container"><figure><a href="https://img.example/1.png"><img data-attrs='{"src": 1}'></a>
<figcaption>A kettle, drawn by Bo Lund</figcaption></figure></div>
<div class="subscription-widget-wrap"><p>Tea Times is free. Subscribe!</p></div>
<p>So is the one made of iron.</p><p class="button-wrapper"><a href="https://tea.example">Share</a></p></div>"""
ARTICLE = """<!doctype html><html lang="en"><head><title>Kettles</title><meta name="author" content="Ana Roe">
<meta property="article:published_time" content="2025-05-04"></head><body><nav>Home</nav><article><h1>Kettles</h1>
<p>Tin kettles are back.</p><h2>Iron</h2><p>So is the one made of iron.</p></article><footer>2025</footer></body></html>"""
SUMMARY = """Ana and Bo talk about tea.
AI Summary
Quick takeaways
Tea is grown on hills.
Deep dives
Where Tea Grows
Tea grows on hills. It likes rain.
Ana Roe met Bo Lund to talk about tea.
"""
SNIPS = """# On Tea
## Episode metadata
- Show: Tea Times
- Episode URL: [Open in Snipd](https://share.snipd.com/episode/1)
## Snips
### [Why Tea Is Hot](https://share.snipd.com/snip/1)
🎧 00:09 - 00:14 (00:05)
- Fire heats the water.
#### 📚 Transcript
**Ana Roe**: So, why is it hot?

**Bo Lund**: Because of the fire below the kettle.
"""


# What must be found of each: all words of the talk, or of the sentences that the other samples share.
SHARED = ("Tin kettles are back.", "So is the one made of iron.", "Tea grows on hills. It likes rain.")


SNIPPED = tuple(said for _, _, said in TALK[2:])


def clock(second: int, point: str = ".") -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{point}000"


def cues(talk: Talk, line: str, *, point: str = ".", numbered: bool = False) -> str:
    return "\n\n".join(
        (f"{n}\n" if numbered else "")
        + f"{clock(start, point)} --> {clock(start + 3, point)}\n"
        + line.format(speaker=speaker, words=words)
        for n, (speaker, start, words) in enumerate(talk, 1)
    )


def turns(talk: Talk, line: str, between: str = "\n\n") -> str:
    return between.join(line.format(speaker=s, stamp=clock(t)[:8], words=w) for s, t, w in talk)


def words(talk: Talk) -> list[tuple[str, float, float, int]]:
    """Each word with its seconds and which of those who talk says it."""
    people = list(dict.fromkeys(speaker for speaker, _, _ in talk))
    return [
        (word, round(start + n * 0.1, 3), round(start + n * 0.1 + 0.08, 3), people.index(speaker))
        for speaker, start, said in talk
        for n, word in enumerate(said.split())
    ]


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


def _timed_text(talk: Talk) -> str:
    spans = "".join(
        f'<p begin="{start}.000" end="{start + 3}" ttm:agent="{speaker}"><span podcasts:unit="sentence">'
        + "".join(
            f'<span podcasts:unit="word" begin="{start + n * 0.1:.3f}">{word}</span>'
            for n, word in enumerate(said.split())
        )
        + "</span></p>"
        for speaker, start, said in talk
    )
    return (
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:podcasts="http://podcasts.apple.com/transcript-ttml-internal" '
        f'xmlns:ttm="http://www.w3.org/ns/ttml#metadata"><body><div>{spans}</div></body></tt>'
    )


def _json3(talk: Talk) -> list[dict[str, object]]:
    return [
        {
            "tStartMs": start * 1000,
            "dDurationMs": 3000,
            "segs": [{"utf8": f" {word}", "tOffsetMs": n * 100} for n, word in enumerate(said.split())],
        }
        for _, start, said in talk
    ]


def _rev(talk: Talk) -> list[dict[str, object]]:
    people = list(dict.fromkeys(speaker for speaker, _, _ in talk))
    return [
        {
            "speaker": people.index(speaker),
            "elements": [
                element
                for n, word in enumerate(said.split())
                for element in (
                    {"type": "text", "value": word, "ts": start + n * 0.1, "end_ts": start + n * 0.1 + 0.08},
                    {"type": "punct", "value": " "},
                )
            ],
        }
        for speaker, start, said in talk
    ]


def numbered(talk: Talk) -> list[tuple[int, int, str]]:
    """The talk with a number for each of those who talk."""
    people = list(dict.fromkeys(speaker for speaker, _, _ in talk))
    return [(people.index(speaker), start, said) for speaker, start, said in talk]


def _segments(talk: Talk) -> list[dict[str, object]]:
    return [{"speaker": s, "startTime": t, "endTime": t + 3, "body": w} for s, t, w in talk]


def _whisper(talk: Talk) -> list[dict[str, object]]:
    return [{"id": n, "start": t, "end": t + 3, "text": f" {w}"} for n, (_, t, w) in enumerate(talk)]


def _whisperx(talk: Talk) -> list[dict[str, object]]:
    return [
        {"start": t, "end": t + 3, "text": f" {w}", "speaker": f"SPEAKER_0{n}"} for n, t, w in numbered(talk)
    ]


def _deepgram(talk: Talk) -> list[dict[str, object]]:
    return [
        {"punctuated_word": w, "word": w, "start": s, "end": e, "speaker": n} for w, s, e, n in words(talk)
    ]


def _assembly(talk: Talk) -> list[dict[str, object]]:
    return [
        {"text": w, "start": round(s * 1000), "end": round(e * 1000), "confidence": 1, "speaker": "ABC"[n]}
        for w, s, e, n in words(talk)
    ]


def _amazon(talk: Talk) -> list[dict[str, object]]:
    return [
        {
            "type": "pronunciation",
            "start_time": str(s),
            "speaker_label": f"spk_{n}",
            "alternatives": [{"content": w}],
        }
        for w, s, _, n in words(talk)
    ]


def _speechmatics(talk: Talk) -> list[dict[str, object]]:
    return [
        {"start_time": s, "end_time": e, "alternatives": [{"content": w, "speaker": f"S{n}"}]}
        for w, s, e, n in words(talk)
    ]


def _google(talk: Talk) -> list[dict[str, object]]:
    return [
        {"word": w, "startTime": f"{s}s", "endTime": f"{e}s", "speakerTag": n + 1}
        for w, s, e, n in words(talk)
    ]


def _eleven(talk: Talk) -> list[dict[str, object]]:
    return [
        {"text": f"{w} ", "type": "word", "start": s, "end": e, "speaker_id": f"speaker_{n}"}
        for w, s, e, n in words(talk)
    ]


def _snipped(talk: Talk) -> str:
    said = "\n\n".join(f"**{s}**: {w}" for s, _, w in talk)
    return f"# On Tea\n\n## Snips\n### [Tea](https://share.snipd.com/snip/1)\n🎧 00:09 - 59:14\n#### Transcript\n{said}\n"


# Every way a talk is written down, by the name that docs/reference/formats.md gives it.
SPOKEN: dict[str, Callable[[Talk], bytes]] = {
    "WebVTT": lambda talk: f"WEBVTT - On Tea\n\nNOTE ours\n\n{cues(talk, '<v {speaker}>{words}')}".encode(),
    "SubRip (SRT)": lambda talk: cues(talk, "{speaker}: {words}", point=",", numbered=True).encode(),
    "YouTube SBV": lambda talk: cues(talk, "{speaker}: {words}").replace(" --> ", ",").encode(),
    "Podcasting 2.0 JSON": lambda talk: dump({"version": "1.0.0", "segments": _segments(talk)}),
    "Podcasting 2.0 HTML": lambda talk: "".join(
        f"<cite>{s}:</cite><time>{t // 60}:{t % 60:02}</time><p>{w}</p>" for s, t, w in talk
    ).encode(),
    "Podlove JSON": lambda talk: dump(
        {"transcripts": [{"start": clock(t), "voice": s, "text": w} for s, t, w in talk]}
    ),
    "Whisper, OpenAI JSON": lambda talk: dump({"text": "x", "language": "en", "segments": _whisper(talk)}),
    "WhisperX JSON": lambda talk: dump({"segments": _whisperx(talk)}),
    "Substack audio JSON": lambda talk: dump(
        [{"start": t, "end": t + 3, "text": w, "speaker": s} for s, t, w in talk]
    ),
    "Deepgram JSON": lambda talk: dump(
        {"results": {"channels": [{"alternatives": [{"words": _deepgram(talk)}]}]}}
    ),
    "AssemblyAI JSON": lambda talk: dump({"text": "x", "words": _assembly(talk), "utterances": None}),
    "Rev JSON": lambda talk: dump({"monologues": _rev(talk)}),
    "Amazon Transcribe JSON": lambda talk: dump({"results": {"items": _amazon(talk)}}),
    "Google Speech-to-Text JSON": lambda talk: dump(
        {"results": [{"alternatives": [{"words": _google(talk)}]}]}
    ),
    "Speechmatics JSON": lambda talk: dump({"format": "2.9", "results": _speechmatics(talk)}),
    "ElevenLabs JSON": lambda talk: dump({"language_code": "en", "words": _eleven(talk)}),
    "whisper.cpp JSON": lambda talk: dump(
        {
            "transcription": [
                {"offsets": {"from": t * 1000, "to": t * 1000 + 3000}, "text": f" {w}"} for _, t, w in talk
            ]
        }
    ),
    "Transformers JSON": lambda talk: dump(
        {"text": "x", "chunks": [{"timestamp": [t, t + 3], "text": f" {w}"} for _, t, w in talk]}
    ),
    "Azure Speech JSON": lambda talk: dump(
        {
            "phrases": [
                {"speaker": n, "offsetMilliseconds": t * 1000, "durationMilliseconds": 3000, "text": w}
                for n, t, w in numbered(talk)
            ]
        }
    ),
    "Gladia JSON": lambda talk: dump(
        {
            "result": {
                "utterances": [
                    {"language": "en", "speaker": n, "start": t, "end": t + 3, "text": w}
                    for n, t, w in numbered(talk)
                ]
            }
        }
    ),
    "Reduct JSON": lambda talk: dump(
        {
            "segments": [
                {
                    "speaker_name": s,
                    "start": t,
                    "end": t + 3,
                    "wdlist": [{"word": f"{w} ", "start": t, "end": t + 3}],
                }
                for s, t, w in talk
            ]
        }
    ),
    "YouTube json3": lambda talk: dump(
        {"wireMagic": "pb3", "events": [{"tStartMs": 0, "id": 1}, *_json3(talk)]}
    ),
    "YouTube srv1": lambda talk: (
        "<transcript>"
        + "".join(f'<text start="{t}" dur="3">{w}</text>' for _, t, w in talk)
        + "</transcript>"
    ).encode(),
    "YouTube srv3": lambda talk: (
        '<timedtext format="3"><body>'
        + "".join(f'<p t="{t * 1000}" d="3000"><s>{w}</s></p>' for _, t, w in talk)
        + "</body></timedtext>"
    ).encode(),
    "Apple TTML": lambda talk: _timed_text(talk).encode(),
    "broadcast TTML": lambda talk: (
        '<tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
        + "".join(f'<p begin="{clock(t)}" end="{clock(t + 3)}">{w}</p>' for _, t, w in talk)
        + "</div></body></tt>"
    ).encode(),
    "Whisper TSV": lambda talk: (
        "start\tend\ttext\n" + "".join(f"{t * 1000}\t{t * 1000 + 3000}\t{w}\n" for _, t, w in talk)
    ).encode(),
    "CSV": lambda talk: (
        "Speaker,Start Time,Text\n" + "".join(f'{s},{clock(t)},"{w}"\n' for s, t, w in talk)
    ).encode(),
    "text: name and time above": lambda talk: turns(talk, "{speaker}: {stamp}\n\n{words}").encode(),
    "text: name and time before": lambda talk: turns(talk, "{speaker} ({stamp}) - {words}").encode(),
    "text: time and name before": lambda talk: turns(talk, "[{stamp}] {speaker}: {words}", "\n").encode(),
    "text: names alone": lambda talk: turns(talk, "{speaker}: {words}", "\n").encode(),
    "text: times alone": lambda talk: turns(talk, "{stamp} {words}", "\n").encode(),
    "Markdown transcript": lambda talk: (
        HEAD + "## Tea\n\n" + turns(talk, "**{speaker}:** \\[{stamp}\\] {words}")
    ).encode(),
    "PDF transcript": lambda talk: papers.pdf("\n".join(f"{s} ({clock(t)[:8]}):\n{w}" for s, t, w in talk)),
    "Word transcript": lambda talk: papers.word(
        *(("Normal", f"{s} ({clock(t)[:8]}): {w}") for s, t, w in talk)
    ),
    "any of these, gzipped": lambda talk: gzip.compress(
        f"WEBVTT\n\n{cues(talk, '<v {speaker}>{words}')}".encode(), mtime=0
    ),
}
# And every way of writing paragraphs.
WRITTEN: dict[str, Callable[[Sequence[str]], bytes]] = {
    "Snipd export": lambda said: _snipped([("Ana Roe", 9, one) for one in said]).encode(),
    "AI summary page": lambda said: ("On tea.\nAI Summary\nQuick takeaways\n" + "\n".join(said)).encode(),
    "Markdown page": lambda said: ("# Tea\n\n" + "\n\n".join(said)).encode(),
    "Markdown list": lambda said: ("# Tea\n\n" + "\n".join(f"- {one}" for one in said)).encode(),
    "Substack post (HTML)": lambda said: (
        '<div class="body markup">' + "".join(f"<p>{one}</p>" for one in said) + "</div>"
    ).encode(),
    "web page (HTML)": lambda said: (
        "<html><body><h1>Tea</h1>" + "".join(f"<div>{one}</div>" for one in said) + "</body></html>"
    ).encode(),
    "PDF": lambda said: papers.pdf("\n".join(said)),
    "Word (DOCX)": lambda said: papers.word(*(("Normal", one) for one in said)),
    "EPUB": lambda said: papers.epub(*(f"<p>{one}</p>" for one in said)),
    "plain text": lambda said: "\n\n".join(said).encode(),
}

SAMPLES: dict[str, bytes] = {
    **{name: written(TALK) for name, written in SPOKEN.items()},
    "Snipd export": SNIPS.encode(),
    "AI summary page": SUMMARY.encode(),
    "Markdown page": MARKDOWN.encode(),
    "Substack post (HTML)": SUBSTACK.encode(),
    "web page (HTML)": ARTICLE.encode(),
    "PDF": papers.pdf(
        "Kettles\nTin kettles are back.",
        "So is the one made of iron.",
        title="On Tea",
        outline=(("Kettles", 1),),
    ),
    "Word (DOCX)": papers.word(
        ("Title", "On Tea"), ("Heading 1", "Kettles"), ("Normal", "Tin kettles are back.")
    ),
    "EPUB": papers.epub("<h2>Kettles</h2><p>Tin kettles are back.</p>", "<p>So is the one made of iron.</p>"),
    "plain text": b"Tin kettles are back.\n\nSo is the one made of iron.\n",
}
