"""Turn an Answer into what the page shows: paragraphs with chips in place, and a card for every citation.

Pure, and data only: no markup is made here. The page builds its nodes from these by `textContent`, so words
from sources, models and readers stay words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TypedDict
from urllib.parse import urlsplit

from rag.models import Answer, Citation, Claim, Nearest, SourceKind, Status

_KIND_NAMES = {
    SourceKind.EPISODE: "Episode",
    SourceKind.NEWSLETTER: "Newsletter",
    SourceKind.ARTICLE: "Article",
    SourceKind.SUMMARY: "Summary",
    SourceKind.DOCUMENT: "Document",
}
_MARKERS = re.compile(r"(?:\s*\[\d+\])+")
_BLANK_LINE = re.compile(r"\n\s*\n")


class Run(TypedDict):
    """A stretch of a paragraph: words, or a chip when `card` names the card it opens."""

    text: str
    card: str | None


class Card(TypedDict):
    """One citation as the panel shows it: `time` and `link_text` ready to read, `link` safe to follow."""

    id: str
    number: int
    quote: str
    speaker: str | None
    title: str
    show: str | None
    date: str | None
    heading: str | None
    kind: str
    labels: list[str]
    time: str | None
    link: str | None
    link_text: str


class Near(TypedDict):
    """A source offered when the question is not covered."""

    title: str
    date: str | None
    link: str | None


class Exchange(TypedDict):
    """One question of the conversation and what has come in of its answer.

    `stage` says what is being done while there is no answer, `problem` why there will be none. `text` is the
    whole answer as the assistant is told it when the conversation goes on.
    """

    question: str
    stage: str | None
    problem: str | None
    paragraphs: list[list[Run]]
    notice: str | None
    nearest: list[Near]
    cards: list[Card]
    text: str


def waiting(question: str, *, stage: str) -> Exchange:
    """A question that has been taken."""
    return Exchange(
        question=question,
        stage=stage,
        problem=None,
        paragraphs=[],
        notice=None,
        nearest=[],
        cards=[],
        text="",
    )


def failed(question: str, *, problem: str) -> Exchange:
    """A question that got no answer, and why."""
    return {**waiting(question, stage=""), "stage": None, "problem": problem}


def answered(answer: Answer) -> Exchange:
    """A question with its whole answer."""
    return Exchange(
        question=answer.question,
        stage=None,
        problem=None,
        paragraphs=paragraphs(answer),
        notice=answer.notice,
        nearest=[_near(nearest) for nearest in answer.nearest if answer.status is Status.NOT_COVERED],
        cards=[_card(answer, citation) for citation in answer.citations],
        text=answer.text,
    )


def growing(answer: Answer) -> Iterator[Exchange]:
    """The answer coming in, one more claim at a time; the last is the whole."""
    whole = answered(answer)
    for claim in _shown_claims(answer)[:-1]:
        until = _after_markers(answer.text, claim)
        yield {**whole, "paragraphs": paragraphs(answer, until=until), "notice": None, "nearest": []}
    yield whole


def paragraphs(answer: Answer, *, until: int | None = None) -> list[list[Run]]:
    """The answer's text up to an offset; each claim is followed by its chips, which replace its markers.

    Chips are placed by the claims' own offsets: a `[1]` in the words of a source stays as it is.
    """
    until = len(answer.text) if until is None else until
    known = {citation.number for citation in answer.citations}
    runs: list[Run] = []
    at = 0
    for claim in _shown_claims(answer):
        if not at <= claim.at[0] <= claim.at[1] <= until:
            continue
        runs.append(Run(text=answer.text[at : claim.at[1]], card=None))
        runs += [Run(text=str(n), card=_card_id(answer, n)) for n in claim.citations if n in known]
        at = _after_markers(answer.text, claim)
    runs.append(Run(text=answer.text[at:until], card=None))
    return _split_at_blank_lines(runs)


def clock(seconds: float) -> str:
    """A moment as players write it.

    >>> clock(754.2), clock(3723)
    ('12:34', '1:02:03')
    """
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def day(published: date | None) -> str | None:
    """A date as one reads it.

    >>> day(date(2026, 5, 8))
    '8 May 2026'
    """
    return f"{published.day} {published:%B %Y}" if published else None


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


def _after_markers(text: str, claim: Claim) -> int:
    """Where the text goes on after the claim's own markers, which are only those that it cites."""
    run = _MARKERS.match(text, claim.at[1])
    if run is None or not {int(digits) for digits in re.findall(r"\d+", run[0])} <= set(claim.citations):
        return claim.at[1]
    return run.end()


def _split_at_blank_lines(runs: list[Run]) -> list[list[Run]]:
    split: list[list[Run]] = [[]]
    for run in runs:
        first, *rest = [run["text"]] if run["card"] else _BLANK_LINE.split(run["text"])
        split[-1].append(Run(text=first, card=run["card"]))
        split += [[Run(text=text, card=None)] for text in rest]
    return [kept for paragraph in split if (kept := [run for run in paragraph if run["text"]])]


def _card(answer: Answer, citation: Citation) -> Card:
    evidence = citation.evidence
    passage, source = evidence.passage, evidence.passage.source
    flags = [("AI-written", passage.ai_written), ("Advert", passage.advert)]
    return Card(
        id=_card_id(answer, citation.number),
        number=citation.number,
        quote=evidence.quote,
        speaker=evidence.speaker,
        title=source.title,
        show=source.show,
        date=day(source.published),
        heading=passage.heading,
        kind=_KIND_NAMES[source.kind],
        labels=[label for label, holds in flags if holds],
        time=_time(citation),
        link=web_link(citation.link),
        link_text=_link_text(citation),
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
    # The contract's link opens a second early, so that the first word is not clipped.
    return f"Open at {clock(max(0, int(evidence.start_s - 1)))}"


def _near(nearest: Nearest) -> Near:
    source = nearest.source
    return Near(title=source.title, date=day(source.published), link=web_link(nearest.link))
