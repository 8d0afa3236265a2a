"""What cutting promises for any transcript: nothing lost, nothing too long, no time that runs backwards."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.canonical import canonical
from ingest.chunk import Cut, cut
from ingest.reading import Part
from rag.models import Label

LONGEST = 12


class Words:
    """One token a word."""

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\S+", text)]


def pieces(text: str) -> list[tuple[int, int]]:
    """Runs of as many words as fit."""
    words = Words().offsets(text)
    runs = [words[start : start + LONGEST] for start in range(0, len(words), LONGEST)]
    return [(run[0][0], run[-1][1]) for run in runs]


def cuts_of(parts: list[Part]) -> tuple[str, list[Cut]]:
    text, spans = canonical(parts)
    return text, cut(text, spans, tokens=Words(), longest=LONGEST, split_long=pieces)


@st.composite
def transcripts(draw: st.DrawFn) -> list[Part]:
    parts, now = [], 0.0
    for _ in range(draw(st.integers(1, 12))):
        length = draw(st.sampled_from([0.5, 4.0, 14.0, 60.0, 300.0]))
        label = Label(
            speaker=draw(st.sampled_from(["Ana", "Bo", None])),
            start_s=now,
            end_s=draw(st.sampled_from([now + length, now + 3 * length, None])),
            heading=draw(st.sampled_from([None, "News"])),
            advert=draw(st.booleans()),
            ai_written=draw(st.booleans()),
        )
        words = st.sampled_from(["So", "it", "rose.", "Why?", "chips", "fell!"])
        said = " ".join(draw(st.lists(words, min_size=1, max_size=40)))
        parts.append(Part(text=said, label=label, continues=draw(st.booleans())))
        now += length
    return parts


@settings(max_examples=150, deadline=None)
@given(transcripts())
def test_every_word_is_in_one_passage_of_one_kind(parts: list[Part]) -> None:
    text, cuts = cuts_of(parts)
    sentences = [sentence for piece in cuts for sentence in piece.sentences]
    held = " ".join(text[sentence.start : sentence.end] for sentence in sentences)
    assert held.split() == text.split()
    assert all(one.end <= other.start for one, other in pairwise(sentences))
    for piece in cuts:
        assert (piece.start, piece.end) == (piece.sentences[0].start, piece.sentences[-1].end)
        assert len(Words().offsets(text[piece.start : piece.end])) <= LONGEST
    assert cuts_of(parts)[1] == cuts


@settings(max_examples=150, deadline=None)
@given(transcripts())
def test_times_never_run_backwards(parts: list[Part]) -> None:
    _, cuts = cuts_of(parts)
    starts = [s.start_s for piece in cuts for s in piece.sentences if s.start_s is not None]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("lasts", "expected"),
    [
        pytest.param(2.0, [(10.0, False), (11.0, False)], id="a short cue"),
        pytest.param(6.0, [(10.0, False), (13.0, True)], id="a cue"),
        pytest.param(14.0, [(10.0, False), (17.0, True)], id="a long cue"),
        pytest.param(100.0, [(10.0, False), (60.0, True)], id="a turn"),
    ],
)
def test_only_the_first_words_of_a_cue_have_its_time(
    lasts: float, expected: list[tuple[float, bool]]
) -> None:
    cue = Part(text="It rose. It fell.", label=Label(start_s=10.0, end_s=10.0 + lasts))
    sentences = [s for piece in cuts_of([cue])[1] for s in piece.sentences]
    assert [s.approximate for s in sentences] == [guessed for _, guessed in expected]
    assert [s.start_s for s in sentences] == pytest.approx(
        [second for second, _ in expected], abs=0.06 * lasts
    )


def test_no_sentence_is_later_than_the_cue_after_it() -> None:
    cues = [
        Part(text="It rose. It fell.", label=Label(start_s=10.0, end_s=12.8)),
        Part(text="It broke.", label=Label(start_s=11.0, end_s=13.0)),
    ]
    sentences = [s for piece in cuts_of(cues)[1] for s in piece.sentences]
    assert [s.start_s for s in sentences] == [10.0, 11.0, 11.0]


def test_labels_are_not_mixed() -> None:
    parts = [
        Part(text="One.", label=Label(heading="A")),
        Part(text="Two.", label=Label(heading="B")),
        Part(text="Buy.", label=Label(heading="B", advert=True)),
        Part(text="Made.", label=Label(heading="B", ai_written=True)),
    ]
    labels = [
        (piece.label.heading, piece.label.advert, piece.label.ai_written) for piece in cuts_of(parts)[1]
    ]
    assert labels == [("A", False, False), ("B", False, False), ("B", True, False), ("B", False, True)]
