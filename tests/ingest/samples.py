# ruff: noqa: E501  (sources read better unbroken)
"""One small source in every format that is read, all written for this project: the same talk wherever it fits."""

import gzip
import json

from tests.ingest import papers

HEAD = "---\ntitle: On Tea\nspeakers: [Ana Roe, Bo Lund]\ndate: 2025-05-04\n---\n"
# (speaker, seconds, words)
TALK = (
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


def clock(second: float, point: str = ".") -> str:
    return f"00:00:{second:02}{point}000"


def cues(line: str, *, point: str = ".", numbered: bool = False) -> str:
    return "\n\n".join(
        (f"{n}\n" if numbered else "")
        + f"{clock(start, point)} --> {clock(start + 3, point)}\n"
        + line.format(speaker=speaker, words=words)
        for n, (speaker, start, words) in enumerate(TALK, 1)
    )


def turns(line: str, between: str = "\n\n") -> str:
    return between.join(line.format(speaker=s, stamp=f"00:00:{t:02}", words=w) for s, t, w in TALK)


def words(speaker: object = None) -> list[tuple[str, float, float, int]]:
    """Each word with its seconds and which of the two says it."""
    return [
        (word, start + n * 0.3, start + n * 0.3 + 0.2, number % 2)
        for number, (_, start, said) in enumerate(TALK)
        for n, word in enumerate(said.split())
    ]


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


def _timed_text() -> str:
    spans = "".join(
        f'<p begin="{start}.000" end="{start + 3}" ttm:agent="{speaker}"><span podcasts:unit="sentence">'
        + "".join(
            f'<span podcasts:unit="word" begin="{start + n * 0.3:.3f}">{word}</span>'
            for n, word in enumerate(said.split())
        )
        + "</span></p>"
        for speaker, start, said in TALK
    )
    return (
        '<tt xmlns="http://www.w3.org/ns/ttml" xmlns:podcasts="http://podcasts.apple.com/transcript-ttml-internal" '
        f'xmlns:ttm="http://www.w3.org/ns/ttml#metadata"><body><div>{spans}</div></body></tt>'
    )


def _json3() -> list[dict[str, object]]:
    return [
        {
            "tStartMs": start * 1000,
            "dDurationMs": 3000,
            "segs": [{"utf8": f" {word}", "tOffsetMs": n * 300} for n, word in enumerate(said.split())],
        }
        for _, start, said in TALK
    ]


def _rev() -> list[dict[str, object]]:
    return [
        {
            "speaker": number % 2,
            "elements": [
                element
                for n, word in enumerate(said.split())
                for element in (
                    {"type": "text", "value": word, "ts": start + n * 0.3, "end_ts": start + n * 0.3 + 0.2},
                    {"type": "punct", "value": " "},
                )
            ],
        }
        for number, (_, start, said) in enumerate(TALK)
    ]


SEGMENTS = [{"speaker": s, "startTime": t, "endTime": t + 3, "body": w} for s, t, w in TALK]
WHISPER = [{"id": n, "start": t, "end": t + 3, "text": f" {w}"} for n, (_, t, w) in enumerate(TALK)]
DEEPGRAM = [{"punctuated_word": w, "word": w, "start": s, "end": e, "speaker": n} for w, s, e, n in words()]
ASSEMBLY = [
    {"text": w, "start": s * 1000, "end": e * 1000, "confidence": 1, "speaker": "AB"[n]}
    for w, s, e, n in words()
]
AMAZON = [
    {
        "type": "pronunciation",
        "start_time": str(s),
        "speaker_label": f"spk_{n}",
        "alternatives": [{"content": w}],
    }
    for w, s, _, n in words()
]
SPEECHMATICS = [
    {"start_time": s, "end_time": e, "alternatives": [{"content": w, "speaker": f"S{n}"}]}
    for w, s, e, n in words()
]
GOOGLE = [
    {"word": w, "startTime": f"{s}s", "endTime": f"{e}s", "speakerTag": n + 1} for w, s, e, n in words()
]
ELEVEN = [
    {"text": f"{w} ", "type": "word", "start": s, "end": e, "speaker_id": f"speaker_{n}"}
    for w, s, e, n in words()
]

# By the name that docs/reference/formats.md gives each.
SAMPLES: dict[str, bytes] = {
    "WebVTT": f"WEBVTT - On Tea\n\nNOTE ours\n\n{cues('<v {speaker}>{words}')}".encode(),
    "SubRip (SRT)": cues("{speaker}: {words}", point=",", numbered=True).encode(),
    "Podcasting 2.0 JSON": dump({"version": "1.0.0", "segments": SEGMENTS}),
    "Podcasting 2.0 HTML": "".join(
        f"<cite>{s}:</cite><time>0:{t:02}</time><p>{w}</p>" for s, t, w in TALK
    ).encode(),
    "Podlove JSON": dump({"transcripts": [{"start": clock(t), "voice": s, "text": w} for s, t, w in TALK]}),
    "Whisper, OpenAI JSON": dump({"text": "x", "language": "en", "segments": WHISPER}),
    "WhisperX JSON": dump({"segments": [{**s, "speaker": f"SPEAKER_0{s['id'] % 2}"} for s in WHISPER]}),  # type: ignore[operator]
    "Substack audio JSON": dump([{"start": t, "end": t + 3, "text": w, "speaker": s} for s, t, w in TALK]),
    "Deepgram JSON": dump({"results": {"channels": [{"alternatives": [{"words": DEEPGRAM}]}]}}),
    "AssemblyAI JSON": dump({"text": "x", "words": ASSEMBLY, "utterances": None}),
    "Rev JSON": dump({"monologues": _rev()}),
    "Amazon Transcribe JSON": dump({"results": {"items": AMAZON}}),
    "Google Speech-to-Text JSON": dump({"results": [{"alternatives": [{"words": GOOGLE}]}]}),
    "Speechmatics JSON": dump({"format": "2.9", "results": SPEECHMATICS}),
    "ElevenLabs JSON": dump({"language_code": "en", "words": ELEVEN}),
    "whisper.cpp JSON": dump(
        {
            "transcription": [
                {"offsets": {"from": t * 1000, "to": t * 1000 + 3000}, "text": f" {w}"} for _, t, w in TALK
            ]
        }
    ),
    "Transformers JSON": dump(
        {"text": "x", "chunks": [{"timestamp": [t, t + 3], "text": f" {w}"} for _, t, w in TALK]}
    ),
    "Azure Speech JSON": dump(
        {
            "phrases": [
                {"speaker": n % 2, "offsetMilliseconds": t * 1000, "durationMilliseconds": 3000, "text": w}
                for n, (_, t, w) in enumerate(TALK)
            ]
        }
    ),
    "Gladia JSON": dump(
        {
            "result": {
                "utterances": [
                    {"language": "en", "speaker": n % 2, "start": t, "end": t + 3, "text": w}
                    for n, (_, t, w) in enumerate(TALK)
                ]
            }
        }
    ),
    "Reduct JSON": dump(
        {
            "segments": [
                {
                    "speaker_name": s,
                    "start": t,
                    "end": t + 3,
                    "wdlist": [{"word": f"{w} ", "start": t, "end": t + 3}],
                }
                for s, t, w in TALK
            ]
        }
    ),
    "YouTube json3": dump({"wireMagic": "pb3", "events": [{"tStartMs": 0, "id": 1}, *_json3()]}),
    "YouTube srv1": (
        "<transcript>"
        + "".join(f'<text start="{t}" dur="3">{w}</text>' for _, t, w in TALK)
        + "</transcript>"
    ).encode(),
    "YouTube srv3": (
        '<timedtext format="3"><body>'
        + "".join(f'<p t="{t * 1000}" d="3000"><s>{w}</s></p>' for _, t, w in TALK)
        + "</body></timedtext>"
    ).encode(),
    "Apple TTML": _timed_text().encode(),
    "broadcast TTML": (
        '<tt xmlns="http://www.w3.org/ns/ttml"><body><div>'
        + "".join(f'<p begin="{clock(t)}" end="{clock(t + 3)}">{w}</p>' for _, t, w in TALK)
        + "</div></body></tt>"
    ).encode(),
    "text: name and time above": turns("{speaker}: {stamp}\n\n{words}").encode(),
    "text: name and time before": turns("{speaker} ({stamp}) - {words}").encode(),
    "text: time and name before": turns("[{stamp}] {speaker}: {words}", "\n").encode(),
    "text: names alone": turns("{speaker}: {words}", "\n").encode(),
    "text: times alone": turns("{stamp} {words}", "\n").encode(),
    "Markdown transcript": (HEAD + "## Tea\n\n" + turns("**{speaker}:** \\[{stamp}\\] {words}")).encode(),
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
    "PDF transcript": papers.pdf("\n".join(f"{s} (00:00:{t:02}):\n{w}" for s, t, w in TALK)),
    "Word (DOCX)": papers.word(
        ("Title", "On Tea"), ("Heading 1", "Kettles"), ("Normal", "Tin kettles are back.")
    ),
    "Word transcript": papers.word(*(("Normal", f"{s} (00:00:{t:02}): {w}") for s, t, w in TALK)),
    "EPUB": papers.epub("<h2>Kettles</h2><p>Tin kettles are back.</p>", "<p>So is the one made of iron.</p>"),
    "plain text": b"Tin kettles are back.\n\nSo is the one made of iron.\n",
    "any of these, gzipped": gzip.compress(f"WEBVTT\n\n{cues('<v {speaker}>{words}')}".encode(), mtime=0),
}
