"""Turn an Answer into what the page shows: paragraphs with chips in place, and a card for every citation.

Pure, and data only: no markup is made here. The page builds its nodes from these by `textContent`, so words
from sources, models and readers stay words.
"""

from __future__ import annotations

import math
import re
from typing import TypedDict, assert_never
from urllib.parse import urlsplit

from rag.compose.drafting import Drafting
from rag.compose.extractive import Extractive, clock, day
from rag.compose.telling import Done, Event, Judged, Reading
from rag.models import Answer, Citation, Claim, Nearest, Source, SourceKind, Status, Verdict

KIND_NAMES = {
    SourceKind.EPISODE: "Episode",
    SourceKind.NEWSLETTER: "Newsletter",
    SourceKind.ARTICLE: "Article",
    SourceKind.SUMMARY: "Summary",
    SourceKind.DOCUMENT: "Document",
}
VERDICT_NAMES = {
    Verdict.QUOTED: "Quoted word for word",
    Verdict.SUPPORTED: "The answer was checked against these words",
    Verdict.DERIVED: "Counted in the answer",
    Verdict.CUT: "Not used",
}
# What stands beside a number whose words are not simply quoted, for who sees no colours or prints the page.
VERDICT_MARKS = {Verdict.QUOTED: "", Verdict.SUPPORTED: "✓", Verdict.DERIVED: "Σ", Verdict.CUT: ""}
# The same for what nobody said and for what was paid for.
SHORT_LABELS = {"AI-written": "AI", "Advert": "Ad"}
_WRITTEN = "Written by an AI model from these sources, and checked against them."
# What closes a claim, such as a quotation mark, then its numbers.
_CLOSE = re.compile(r"([^\w\s\[]{0,4})((?:\s*\[\d+\])+)")
_BLANK_LINE = re.compile(r"\n\s*\n")


class Run(TypedDict):
    """A stretch of a paragraph: words, a source's title, or a chip when `card` names the card it opens."""

    text: str
    card: str | None
    title: bool


class Card(TypedDict):
    """One citation as the panel shows it: `time` and `link_text` ready to read, `link` safe to follow.

    `verdict` says how the answer uses the words, and `mark` stands for that beside the number, if anything
    does. `start` and `end` are the words' place in the source's text; `audio` can be played from second
    `from_s`, which is where `link` opens it.
    """

    id: str
    number: int
    source_id: str
    passage_id: str
    start: int
    end: int
    quote: str
    speaker: str | None
    title: str
    show: str | None
    published: str | None
    date: str | None
    heading: str | None
    kind: str
    labels: list[str]
    time: str | None
    link: str | None
    link_text: str
    audio: str | None
    from_s: int | None
    verdict: str
    mark: str


class Near(TypedDict):
    """A source offered when the question is not covered."""

    title: str
    date: str | None
    link: str | None


class Exchange(TypedDict):
    """One question of the conversation and what has come in of its answer.

    `stage` says what is being done while there is no answer, after all that was `done`; `problem` why there
    will be none. `text` is the whole answer as the assistant is told it when the conversation goes on.
    `draft` is the sentence being written, which nobody has checked yet; `cut` says why sentences were left
    out, `author` that a model wrote it, if one did.
    """

    answer_id: str | None
    question: str
    stage: str | None
    done: list[str]
    problem: str | None
    paragraphs: list[list[Run]]
    notice: str | None
    nearest: list[Near]
    cards: list[Card]
    text: str
    draft: str | None
    cut: list[str]
    author: str | None


def waiting(question: str, *, searched: str) -> Exchange:
    """A question that has been taken; `searched` says what is being searched for it.

    >>> waiting("Who?", searched="4 sources")["stage"]
    'Searching 4 sources…'
    """
    return Exchange(
        answer_id=None,
        question=question,
        stage=f"Searching {searched}…",
        done=[],
        problem=None,
        paragraphs=[],
        notice=None,
        nearest=[],
        cards=[],
        text="",
        draft=None,
        cut=[],
        author=None,
    )


def failed(question: str, *, problem: str) -> Exchange:
    """A question that got no answer, and why."""
    return {**waiting(question, searched=""), "stage": None, "problem": problem}


def answered(answer: Answer) -> Exchange:
    """A question with its whole answer."""
    return Exchange(
        answer_id=answer.id,
        question=answer.question,
        stage=None,
        done=[],
        problem=None,
        paragraphs=paragraphs(answer),
        notice=answer.notice,
        nearest=[_near(nearest) for nearest in answer.nearest if answer.status is Status.NOT_COVERED],
        cards=[_card(answer, citation) for citation in answer.citations],
        text=answer.text,
        draft=None,
        cut=[claim.reason or "it did not stand" for claim in answer.claims if claim.verdict is Verdict.CUT],
        author=_WRITTEN if answer.citations and answer.model != Extractive.name else None,
    )


class Coming:
    """An answer coming in: takes its events, gives what the page shows after each."""

    def __init__(self, question: str, *, searched: str) -> None:
        self._question = question
        self._done = [f"Searched {searched}"]
        self._now = waiting(question, searched=searched)
        self._id = ""
        self._claims: list[Claim] = []
        self._citations: list[Citation] = []

    def after(self, event: Event) -> Exchange:
        """The exchange as it is now. A draft stands apart from what was verified until it is judged."""
        match event:
            case Reading():
                self._id = event.id
                self._now = self._doing(f"Reading {len(event.sources)} of them…")
                self._done = [*self._done, f"read {len(event.sources)}"]
            case Drafting():
                self._now = {**self._doing("Writing…"), "draft": event.text or None}
            case Judged():
                self._claims.append(event.claim)
                self._citations += event.citations
                self._now = answered(self._so_far(event.text))
                self._now = {**self._doing("Checking…"), "answer_id": None}
            case Done():
                self._now = answered(event.answer)
            case _:
                assert_never(event)
        return self._now

    def _doing(self, stage: str) -> Exchange:
        return {**self._now, "stage": stage, "done": self._done, "author": None}

    def _so_far(self, text: str) -> Answer:
        return Answer(
            id=self._id,
            question=self._question,
            status=Status.ANSWERED,
            text=text,
            model="",
            claims=tuple(self._claims),
            citations=tuple(self._citations),
        )


def paragraphs(answer: Answer) -> list[list[Run]]:
    """The answer's text; each claim is followed by its chips, which replace its markers.

    Chips are placed by the claims' own offsets: a `[1]` in the words of a source stays as it is.
    """
    until = len(answer.text)
    known = {citation.number for citation in answer.citations}
    titles = _titles(answer)
    runs: list[Run] = []
    at = 0
    for claim in _shown_claims(answer):
        if not at <= claim.at[0] <= claim.at[1] <= until:
            continue
        start, end = claim.at
        close, after = _close(answer.text, claim)
        runs += _frame(answer.text[at:start], titles)
        runs.append(_words(answer.text[start:end] + close))
        runs += [_chip(answer, number) for number in claim.citations if number in known]
        at = after
    return _split_at_blank_lines([*runs, *_frame(answer.text[at:until], titles)])


def web_link(link: str | None) -> str | None:
    """The link if a browser may follow it; anything but http and https is none.

    >>> web_link("javascript:alert(1)") is None
    True
    """
    if link is None:
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme in ("http", "https") and parts.netloc else None


def _shown_claims(answer: Answer) -> list[Claim]:
    """Claims with citations, in reading order; what was cut is in no text and cites nothing."""
    return sorted((claim for claim in answer.claims if claim.citations), key=lambda claim: claim.at)


def _close(text: str, claim: Claim) -> tuple[str, int]:
    """What closes a claim before its numbers, and where the text goes on after them.

    Only numbers that the claim cites are its own; without them nothing is taken from the text.
    """
    found = _CLOSE.match(text, claim.at[1])
    if found is None or not {int(digits) for digits in re.findall(r"\d+", found[2])} <= set(claim.citations):
        return "", claim.at[1]
    return found[1], found.end()


def _titles(answer: Answer) -> re.Pattern[str] | None:
    """How the titles of the cited sources stand in an attribution: between asterisks."""
    titles = {citation.evidence.passage.source.title for citation in answer.citations}
    marked = [re.escape(f"*{title}*") for title in sorted(titles, key=len, reverse=True)]
    return re.compile("|".join(marked)) if marked else None


def _frame(text: str, titles: re.Pattern[str] | None) -> list[Run]:
    """Text around the claims, titles apart."""
    if titles is None:
        return [_words(text)]
    runs, at = [], 0
    for found in titles.finditer(text):
        runs += [_words(text[at : found.start()]), Run(text=found[0][1:-1], card=None, title=True)]
        at = found.end()
    return [*runs, _words(text[at:])]


def _words(text: str) -> Run:
    return Run(text=text, card=None, title=False)


def _chip(answer: Answer, number: int) -> Run:
    return Run(text=str(number), card=_card_id(answer, number), title=False)


def _split_at_blank_lines(runs: list[Run]) -> list[list[Run]]:
    split: list[list[Run]] = [[]]
    for run in runs:
        first, *rest = _BLANK_LINE.split(run["text"])
        split[-1].append({**run, "text": first})
        split += [[{**run, "text": text}] for text in rest]
    return [kept for paragraph in split if (kept := [run for run in paragraph if run["text"]])]


def _card(answer: Answer, citation: Citation) -> Card:
    evidence = citation.evidence
    passage, source = evidence.passage, evidence.passage.source
    flags = [("AI-written", passage.ai_written), ("Advert", passage.advert)]
    return Card(
        id=_card_id(answer, citation.number),
        number=citation.number,
        source_id=source.id,
        passage_id=passage.id,
        start=evidence.start,
        end=evidence.end,
        quote=evidence.quote,
        speaker=evidence.speaker,
        title=source.title,
        show=source.show,
        published=source.published.isoformat() if source.published else None,
        date=_day(source),
        heading=passage.heading,
        kind=KIND_NAMES[source.kind],
        labels=[label for label, holds in flags if holds],
        time=_time(citation),
        link=web_link(citation.link),
        link_text=_link_text(citation),
        audio=web_link(source.audio_url) if evidence.start_s is not None else None,
        from_s=None if evidence.start_s is None else opening_second(evidence.start_s),
        verdict=VERDICT_NAMES[citation.verdict],
        mark=VERDICT_MARKS[citation.verdict],
    )


def _card_id(answer: Answer, number: int) -> str:
    return f"cite-{answer.id}-{number}"


def _time(citation: Citation) -> str | None:
    evidence = citation.evidence
    if evidence.start_s is None:
        return None
    return clock(evidence.start_s) + (" (approximate time)" if evidence.approximate else "")


def _link_text(citation: Citation) -> str:
    evidence = citation.evidence
    if evidence.start_s is None:
        return f"Open the {evidence.passage.source.kind}"
    return f"Open at {clock(opening_second(evidence.start_s))}"


def opening_second(start_s: float) -> int:
    """Where a link opens a recording: a second early, so that the first word is not clipped.

    >>> opening_second(754.2), opening_second(0.4)
    (753, 0)
    """
    return max(0, math.floor(start_s - 1))


def _near(nearest: Nearest) -> Near:
    source = nearest.source
    return Near(title=source.title, date=_day(source), link=web_link(nearest.link))


def _day(source: Source) -> str | None:
    return day(source.published) if source.published else None
