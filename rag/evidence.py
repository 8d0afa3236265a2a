"""Choose the sentences that answer, not the passages around them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, zip_longest

from rag.models import LONGEST_RUN, Evidence, Found, Match, Passage, Sentence
from rag.voices import said_by
from rag.weighing import Weighed, label_stems, stems_of

# Beside the words of a stretch, which weigh at most 1: how near it is to the question in meaning; the passage
# it stands in, as search scored it; what the labels hold, since speakers do not name themselves; a figure
# where one is asked for; and what a question is worth as an answer to one.
_WORDS_WEIGHT, _NEARNESS_WEIGHT = 1.0, 2.2
_PASSAGE_WEIGHT = 0.3
_LABEL_WEIGHT = 0.4
_WANTED_WEIGHT = 0.4
_ASKS_COST = 0.6
# A title or a heading has a question's words and says nothing. Texts without full stops are another matter.
_FRAGMENT_COST = 1.0
# What follows a question like the reader's is meant as its answer, whatever words it has.
_REPLY_WEIGHT = 0.4
# Words that their speaker takes back in the next breath are not what they say.
_TAKEN_BACK_COST = 1.0
# Nor does "That was wrong. It is nine." say what is nine.
_HALF_TOLD_COST = 0.3
_TAKES_BACK = re.compile(
    r"\W*(?:(?:but|and|well|no|sorry|actually|unfortunately)\W+)*"
    r"(?:(?:(?:that|this|it|which|both|these|those|the (?:figure|number|date|name|rate|quote))"
    r" (?:was|is|were|are)|(?:that|it)['’]s) (?:a |an |simply |just |plainly |my )*"
    r"(?:wrong|incorrect|mistaken|false|mistake|error|untrue|out of date|outdated)\b"
    r"|i (?:was wrong|was mistaken|got (?:that|it|this) wrong|misspoke|stand corrected|made a mistake)\b"
    r"|(?:let me|I (?:must|should|have to)) correct (?:myself|that)\b"
    r"|(?:the )?(?:correct|right) (?:figure|number|date|name|rate)|correction\b|scratch that|strike that)",
    re.IGNORECASE,
)
# What comes after words like these is what a speaker says now.
_SAID_BEFORE = re.compile(
    r"\W*(?:(?:and|but|so|now|well|yes|no)\W+)*"
    r"(?:(?:(?:in|on) (?:(?:the|our|my|last|that)\b[^.?!,]{0,40}|(?:issue|episode|letter|number) ?\w+)"
    r"|last (?:time|week|month|year|issue)|earlier|previously),? I (?:had |have |also )?"
    r"(?:said|wrote|told|claimed|reported|stated|gave|printed|quoted)\b"
    r"|I (?:said|wrote|told you|claimed|reported)"
    r" (?:earlier|before|previously|last|in (?:the|my|our|issue|episode))\b"
    r"|it (?:was|has been|is) (?:said|claimed|written|reported)\b)",
    re.IGNORECASE,
)
# Names of those who speak stand where they are welcomed and thanked. With so many other words, more is asked.
_MERE_NAMES_COST = 0.4
_MORE_THAN_NAMES = 2
_COURTESY = stems_of(
    "thank thanks you very so much both again for joining us me having being here and welcome back to"
    " the show hello hi bye goodbye good morning evening glad pleasure it's a"
)
_FULL_STOP = re.compile(r"[.!?…][\"'”’)\]]*\s*$")
# A quote that runs over a paragraph's end reads as two.
_BREAK_COST = 0.1
_SENTENCE_COST = 0.008
_MOST_SENTENCES = LONGEST_RUN
# How an item of a list begins, and what a list is worth where several things are asked for.
_ITEM = re.compile(r"(?:\d{1,2}[.)]|[-*•–])\s")
_LIST_WEIGHT = 0.8
# Of how many passages the best stretch is looked at.
_MOST_PASSAGES = 24
# A turn's first sentence of so few words, such as "No.", is quoted with what follows it.
_FEW_WORDS = 4
# A quote of fewer characters seldom says all: the sentence after it belongs to it, or else the one before,
# when its cosine to the question is at least this.
_SHORT, _BEARS_ON_IT = 100, 0.2
# How many sources are cited for the same words.
_TOGETHER = 2
# So many stretches of the one person whom a question names come first, if worth this share of the best one.
_OF_ONE_PERSON, _ABOUT_AS_GOOD = 2, 0.6
# A stretch that scores less than this share of the best one is left out.
_NEAR_BEST = 0.25


def choose(question: Weighed, found: Sequence[Found], *, most: int) -> list[Evidence]:
    """At most `most` stretches of up to three sentences, best first, none inside another.

    Every stretch stays within one passage and one speaker's words.
    """
    matches = sorted((match for hit in found for match in hit.matches), key=lambda match: -match.score)
    best = matches[0].score if matches else 0.0
    first = sorted(
        _best_of_each(question, matches[:_MOST_PASSAGES], best), key=lambda evidence: -evidence.score
    )
    chosen: list[Evidence] = []
    for evidence in first:
        if len(chosen) == most or evidence.score < _NEAR_BEST * first[0].score:
            break
        # Who says the same elsewhere is cited with it, once: more would leave no room for anything else.
        if not any(_same_words(evidence, other) for other in chosen) and (
            sum(evidence.quote == other.quote for other in chosen) < _TOGETHER
        ):
            chosen.append(evidence)
    wanted, voice = _voices(question, matches)
    if len(wanted) < 2:
        person = _person(question, matches)
        theirs = [match for hit in said_by((person,), found) for match in hit.matches] if person else []
        return _first_heard(_best_of_each(question, theirs, best), chosen, most=most)
    everything = _best_of_each(question, matches, best)
    said = [[item for item in everything if voice(item) == each] for each in wanted]
    return _each_heard([each for each in said if each], chosen, most=most)


def _voices(
    question: Weighed, matches: Sequence[Match]
) -> tuple[Sequence[str], Callable[[Evidence], str | None]]:
    """The people whom the question names, or else the kinds of sources, and what tells whose a stretch is."""
    spoken = {speaker for match in matches for speaker in match.passage.speakers}
    people = [speaker for speaker in sorted(spoken) if question.names >= stems_of(speaker)]
    if len(people) > 1:
        return people, lambda item: item.speaker
    return sorted(question.kinds), lambda item: item.passage.source.kind


def _person(question: Weighed, matches: Sequence[Match]) -> str | None:
    """The one person whom the question names that speaks in what was found; None when it could be several."""
    spoken = dict.fromkeys(speaker for match in matches for speaker in match.passage.speakers)
    shared = {speaker: len(question.names & stems_of(speaker)) for speaker in spoken}
    most = max(shared.values(), default=0)
    named = [speaker for speaker, count in shared.items() if count == most]
    return named[0] if most and len(named) == 1 else None


def _first_heard(said: Sequence[Evidence], chosen: Sequence[Evidence], *, most: int) -> list[Evidence]:
    """The chosen, but first the best stretches of one person that are worth about as much."""
    first = sorted(said, key=lambda item: -item.score)
    theirs = [item for item in first if chosen and item.score >= _ABOUT_AS_GOOD * chosen[0].score]
    return heard([theirs], chosen, most=most, each=_OF_ONE_PERSON)


def _each_heard(
    voices: Sequence[Sequence[Evidence]], chosen: Sequence[Evidence], *, most: int
) -> list[Evidence]:
    """The chosen with the best stretch of each voice, best first; the weakest make way for them."""
    kept = [max(said, key=lambda item: item.score) for said in voices]
    kept = sorted(kept, key=lambda item: -item.score)[:most]
    others = [item for item in chosen if not any(_same_words(item, other) for other in kept)]
    return sorted([*kept, *others[: most - len(kept)]], key=lambda item: -item.score)


def heard(
    voices: Sequence[Sequence[Evidence]], others: Sequence[Evidence], *, most: int, each: int
) -> list[Evidence]:
    """The best stretches of the voices by turns, `each` of every one; then the others; then what is left."""
    turns = [item for turn in zip_longest(*voices) for item in turn if item]
    first = [item for turn in zip_longest(*(said[:each] for said in voices)) for item in turn if item]
    kept: list[Evidence] = []
    for item in (*first, *others, *turns):
        if len(kept) < most and not any(_same_words(item, other) for other in kept):
            kept.append(item)
    return kept


def most_together(question: Weighed, evidence: Sequence[Evidence]) -> int:
    """How many of the question's words the best stretch holds, with its labels."""
    return max(
        (
            len(question.weights.keys() & (question.held_in(item.quote) | label_stems(item.passage)))
            for item in evidence
        ),
        default=0,
    )


def _best_of_each(question: Weighed, matches: Sequence[Match], best: float) -> list[Evidence]:
    found = (_best_of(question, match, behind=best - match.score) for match in matches)
    return [evidence for evidence in found if evidence]


@dataclass(frozen=True, slots=True)
class _Read:
    """The sentences of a match, each read once: the question's stems in it, and how it ends."""

    match: Match
    stems: Sequence[frozenset[str]]
    asks: Sequence[bool]
    stopped: Sequence[bool]
    unsettled: Sequence[bool]

    @classmethod
    def of(cls, question: Weighed, match: Match) -> _Read:
        text = match.passage.source.text
        said = match.passage.sentences
        texts = [text[sentence.start : sentence.end] for sentence in said]
        return cls(
            match,
            stems=[question.held_in(one) for one in texts],
            asks=[one.endswith("?") for one in texts],
            stopped=[bool(_FULL_STOP.search(one)) for one in texts],
            unsettled=[*(_is_unsettled(one, after, text) for one, after in pairwise(said)), False],
        )

    def opens(self, at: int) -> bool:
        """Whether a sentence is a few words with which its speaker begins, and goes on in the same breath."""
        text, said = self.match.passage.source.text, self.match.passage.sentences
        one = said[at]
        return (
            one.speaker is not None
            and (not at or said[at - 1].speaker != one.speaker)
            and not self.asks[at]
            and len(text[one.start : one.end].split()) <= _FEW_WORDS
            and self.goes_on(at)
        )

    def goes_on(self, at: int) -> bool:
        """Whether the speaker of a sentence goes on after its full stop, in the same paragraph."""
        text, said = self.match.passage.source.text, self.match.passage.sentences
        if at + 1 == len(said) or said[at].speaker != said[at + 1].speaker:
            return False
        between = text[said[at].end : said[at + 1].start]
        return self.stopped[at] and not between.strip() and "\n\n" not in between

    def leads_to_a_question(self, at: int) -> bool:
        """Whether a sentence only leads up to the question that its speaker then leaves to another."""
        text, said = self.match.passage.source.text, self.match.passage.sentences
        if not self.goes_on(at) or not self.asks[at + 1] or at + 2 == len(said):
            return False
        asked = text[said[at + 1].start : said[at + 1].end]
        return said[at + 2].speaker != said[at].speaker and len(asked.split()) >= _FEW_WORDS

    def bears_on_it(self, at: int) -> bool:
        """Whether a sentence has been measured, is somewhat near to the question, and asks nothing itself."""
        measured = self.match.closeness
        return bool(measured) and measured[0][at] >= _BEARS_ON_IT and not self.asks[at]

    def has_fragment(self, first: int, end: int) -> bool:
        """Whether a run ends without a full stop, or begins with a line that does, where others have them."""
        heads = end - first > 1 and self.is_line(first)
        return (heads or not self.stopped[end - 1]) and sum(self.stopped) > 1

    def is_line(self, at: int) -> bool:
        """Whether a sentence is a line by itself, such as a byline, and not what a list begins with."""
        text, said = self.match.passage.source.text, self.match.passage.sentences
        return (
            not self.stopped[at]
            and "\n\n" in text[said[at].end : said[at + 1].start]
            and not text[: said[at].end].endswith(":")
        )


def _best_of(question: Weighed, match: Match, *, behind: float) -> Evidence | None:
    """The passage's best stretch; None when it has no sentences."""
    read = _Read.of(question, match)
    worth = [
        (_worth(question, read, first, stretch), first, stretch)
        for first, stretch in (*_stretches(match), *(_lists(match) if question.wants_several else ()))
    ]
    if not worth:
        return None
    best, first, stretch = max(worth, key=lambda candidate: candidate[0])
    stretch = _completed(read, first, stretch)
    return Evidence.of(match.passage, *stretch, score=best - _PASSAGE_WEIGHT * behind)


def _completed(read: _Read, first: int, stretch: Sequence[Sentence]) -> Sequence[Sentence]:
    """The stretch with the few words that open its turn; a short one with what is said beside it."""
    said, end = read.match.passage.sentences, first + len(stretch)
    if first and end - first < _MOST_SENTENCES and read.opens(first - 1):
        first -= 1
    while end - first < _MOST_SENTENCES:
        if read.unsettled[end - 1]:
            end += 1
        elif said[end - 1].end - said[first].start >= _SHORT:
            break
        elif read.goes_on(end - 1) and read.bears_on_it(end):
            end += 1
        elif first and read.goes_on(first - 1) and read.bears_on_it(first - 1):
            first -= 1
        else:
            break
    return said[first:end]


def _worth(question: Weighed, read: _Read, first: int, stretch: Sequence[Sentence]) -> float:
    match, end = read.match, first + len(stretch)
    text = match.passage.source.text
    words = text[stretch[0].start : stretch[-1].end]
    near = _nearness(match, first, len(stretch))
    held = frozenset[str]().union(*read.stems[first:end])
    labels = label_stems(match.passage, speaker=stretch[0].speaker)
    return (
        (
            -_MERE_NAMES_COST
            if _only_names(question, held, match.passage, words)
            else _WORDS_WEIGHT * question.share(held)
        )
        + _NEARNESS_WEIGHT * near
        + _LABEL_WEIGHT * question.share(labels - held)
        + _WANTED_WEIGHT * question.holds_wanted(words)
        + _LIST_WEIGHT * (len(stretch) > _MOST_SENTENCES)
        + _REPLY_WEIGHT * _replies(question, read, first, near)
        - _ASKS_COST * sum(read.asks[first:end]) / len(stretch)
        - _ASKS_COST * (len(words) < _SHORT and read.leads_to_a_question(end - 1))
        - _TAKEN_BACK_COST * read.unsettled[end - 1]
        - _HALF_TOLD_COST * (first > 0 and read.unsettled[first - 1])
        - _FRAGMENT_COST * (len(stretch) <= _MOST_SENTENCES and read.has_fragment(first, end))
        - _BREAK_COST * ("\n\n" in words)
        - _SENTENCE_COST * (len(stretch) - 1)
    )


def _only_names(question: Weighed, held: frozenset[str], passage: Passage, text: str) -> bool:
    """Whether words hold nothing of the question but who is there, as in "This is Ana Li.".

    Where little else is asked for, an introduction may do; "Ana Li, thank you." never does.
    """
    about, people = question.weights.keys() - question.names, _people(passage.source.people)
    if about and stems_of(text) <= people | _COURTESY:
        return True
    return bool(held) and held <= people and len(about) >= _MORE_THAN_NAMES


@lru_cache(maxsize=2048)
def _people(names: tuple[str, ...]) -> frozenset[str]:
    return stems_of(" ".join(names))


def _replies(question: Weighed, read: _Read, first: int, near: float) -> float:
    """How much like the reader's the question is that a stretch follows; 0 when it follows none, or asks."""
    if not first or not read.asks[first - 1] or read.asks[first]:
        return 0.0
    nearer = _NEARNESS_WEIGHT * (_nearness(read.match, first - 1, 1) - near)
    return max(0.0, question.share(read.stems[first - 1]) + nearer)


def _is_unsettled(sentence: Sentence, after: Sentence, text: str) -> bool:
    """Whether a speaker takes a sentence back in the next, or says only there what holds instead."""
    if sentence.speaker != after.speaker:
        return False
    if _TAKES_BACK.match(text, after.start):
        return True
    if "\n\n" in text[sentence.end : after.start]:
        return False
    said = text[sentence.start : sentence.end]
    back = _TAKES_BACK.match(said)
    # "That was wrong: it is nine." says it at once.
    return _SAID_BEFORE.match(said) is not None or (
        back is not None and not any(map(str.isalnum, said[back.end() :]))
    )


def _nearness(match: Match, first: int, length: int) -> float:
    """The cosine of a run of sentences; of a list, the nearest run of those that were measured."""
    if not match.closeness:
        return match.similarity or 0.0
    runs = match.closeness[min(length, _MOST_SENTENCES) - 1]
    return max(runs[first : first + max(1, length - _MOST_SENTENCES + 1)])


def _lists(match: Match) -> Iterator[tuple[int, Sequence[Sentence]]]:
    """A list of more than three sentences, from its first item or the sentence before it to its last."""
    text, sentences = match.passage.source.text, match.passage.sentences
    items = [at for at, one in enumerate(sentences) if _ITEM.match(text, one.start)]
    if len(items) < 2:
        return
    for first in {items[0], max(0, items[0] - 1)}:
        stretch = sentences[first : items[-1] + 1]
        if len(stretch) > _MOST_SENTENCES and all(one.speaker == stretch[0].speaker for one in stretch):
            yield first, stretch


def _stretches(match: Match) -> Iterator[tuple[int, Sequence[Sentence]]]:
    """Runs of sentences of one speaker, each with the place of its first."""
    sentences = match.passage.sentences
    for start in range(len(sentences)):
        for end in range(start + 1, min(start + _MOST_SENTENCES, len(sentences)) + 1):
            stretch = sentences[start:end]
            if stretch[-1].speaker != stretch[0].speaker:
                break
            yield start, stretch


def _same_words(one: Evidence, other: Evidence) -> bool:
    if one.passage.source.id != other.passage.source.id:
        return False
    return (one.start < other.end and other.start < one.end) or one.quote == other.quote
