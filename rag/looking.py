"""Find what answers a question, part by part where it has parts, and decide how far that goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.agreeing import differing
from rag.asking import heard_of
from rag.correcting import correction
from rag.evidence import choose, heard
from rag.models import Evidence, Filters, Found, Source, Status
from rag.parting import Part, Sort, parts
from rag.ports import FindsPassages, IsLookedThrough
from rag.recent import Facts
from rag.refusing import Signs, decide, doubtful, signs
from rag.voices import said_by
from rag.weighing import Weighed, label_stems, stems_of, weighed
from rag.words import STOP_WORDS, content_words, stems, words

# An Answer lists at least this much of what was searched, where the archive has it.
_RETRIEVED_CHARACTERS = 4000
# So many looks are kept, a few hundred kilobytes each.
_RECENT = 16
# Of how many quotes those of one side are looked for.
_CHOSEN = 12
# In how many passages what a question takes for granted is looked for.
_READ = 24
# So many quotes of each side stand before any other.
_EACH_SIDE = 2
# A clause that leans on another is judged by its own words when it has so many.
_OWN_WORDS = 2
# The highest cosine of words that are about something else.
_ELSEWHERE = 0.30
_NAME = re.compile(r"\b[A-Z][^\W_]+")
# What others do with somebody's words.
_OTHERS = re.compile(
    r"\b(?:who|whose|disagree|agree|differ|reject|respond|repl(?:y|ie)|react|criti|oppos|challeng|contradict|compar)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found for a question, what of it answers, and which of its parts are not covered."""

    question: Weighed
    found: tuple[Found, ...]
    evidence: tuple[Evidence, ...]
    seen: Signs
    status: Status
    covered: tuple[str, ...] = ()
    uncovered: tuple[str, ...] = ()
    corrects: bool = False  # whether the first evidence says otherwise than the question
    differing: tuple[Source, Source] | None = None  # two that differ on what is asked


@dataclass(frozen=True, slots=True)
class _Sought:
    """A part with what speaks for it; `left_open` when nothing does."""

    part: Part
    evidence: Sequence[Evidence]
    left_open: bool


class Looks:
    """Looks through an archive. Safe to share between threads.

    The last few looks are kept until the archive changes: a link with a question in it, or an example of the
    page's, is followed by many readers.
    """

    def __init__(
        self,
        archive: IsLookedThrough,
        search: FindsPassages,
        *,
        retrieved: int,
        quotes: int,
        strictness: float,
    ) -> None:
        self._archive = archive
        self._search = search
        self._retrieved = retrieved
        self._quotes = quotes
        self._strictness = strictness
        self._recent = Facts(lambda: archive.generation, most=_RECENT)

    def look(self, asked: str, filters: Filters | None, *, question: str, most: int) -> Look:
        """At most `most` stretches for `asked`, which is `question` made to stand alone."""
        # What a question means by "last spring" is another time tomorrow.
        key = (asked, filters, question, most, date.today())
        look: Look = self._recent.kept(key, lambda: self._look(asked, filters, question=question, most=most))
        return look

    def _look(self, asked: str, filters: Filters | None, *, question: str, most: int) -> Look:
        found = self._find(asked, filters)
        heard_in = self._heard(found, filters)
        read = weighed(asked, self._archive, filters).in_words_of(question)
        evidence = _theirs(read, choose(read, heard_in, most=most))
        seen = signs(read, heard_in)
        status = decide(read, found, evidence[: self._quotes], seen=seen, strictness=self._strictness)
        whole = Look(question=read, found=tuple(found), evidence=tuple(evidence), seen=seen, status=status)
        divided = parts(question, carried=asked.removeprefix(question).strip())
        if divided:
            look = self._by_parts(whole, divided, filters, question, most)
        else:
            look = _corrected(whole, heard_in, question, most=most)
        over = divided[0].over if divided else ""
        about = weighed(over, self._archive, filters) if over else read
        return replace(look, differing=differing(about, look.evidence[: self._quotes]))

    def _by_parts(
        self, whole: Look, divided: Sequence[Part], filters: Filters | None, question: str, most: int
    ) -> Look:
        """The look with each part sought apart; what is not covered at all stays as it is."""
        sought = [self._sought(part, filters, question) for part in divided]
        kept = [each for each in sought if not each.left_open]
        if not kept:
            return whole
        uncovered = tuple(each.part.said for each in sought if each.left_open)
        quoted = heard(
            [each.evidence for each in kept if each.evidence],
            # Beside an open part, what was found for the whole question may be about that part.
            () if uncovered else whole.evidence,
            most=most,
            each=_EACH_SIDE if divided[0].sort is Sort.SIDE else 1,
        )
        return replace(
            whole,
            evidence=tuple(quoted),
            status=Status.PARTIAL if uncovered and quoted else whole.status,
            covered=tuple(each.part.said for each in kept),
            uncovered=uncovered if quoted else (),
        )

    def _sought(self, part: Part, filters: Filters | None, question: str) -> _Sought:
        if part.sort is Sort.CLAUSE:
            return self._clause(part, filters, question)
        within = filters or Filters()
        if part.kinds and not (within.kinds and part.kinds.isdisjoint(within.kinds)):
            within = replace(within, kinds=tuple(part.kinds))
        found = self._find(part.asked, within)
        speaker = None if part.kinds else _speaker(part, found)
        if speaker and not within.speakers:
            within = replace(within, speakers=(speaker,))
        # Whoever speaks, or the kind of source, is seen to by the filter.
        asked = part.over if part.over and (speaker or part.kinds) else part.asked
        found = self._find(asked, within) if asked != part.asked else found
        read = weighed(asked, self._archive, within).in_words_of(question)
        heard_in = self._heard(found, within)
        chosen = choose(read, said_by((speaker,), heard_in) if speaker else heard_in, most=_CHOSEN)
        if speaker or part.kinds:
            left_open = not chosen or self._is_strange(asked, found, within)
        else:
            chosen = _naming(part, chosen)
            left_open = self._is_absent(part.said, within)
        return _Sought(part, chosen, left_open=left_open)

    def _clause(self, part: Part, filters: Filters | None, question: str) -> _Sought:
        found = self._find(part.asked, filters)
        heard_in = self._heard(found, filters)
        read = weighed(part.asked, self._archive, filters).in_words_of(question)
        chosen = _theirs(read, choose(read, heard_in, most=self._quotes))
        seen = signs(read, heard_in)
        status = decide(read, found, chosen, seen=seen, strictness=self._strictness)
        # Being far from everything is no proof by itself: a clause has fewer words than a question.
        left_open = status is Status.OFF_TOPIC or doubtful(seen, strictness=self._strictness, part=True)
        own = len(content_words(part.said)) >= _OWN_WORDS and part.asked != part.said
        left_open = left_open or (own and self._is_strange(part.said, found, filters))
        return _Sought(part, chosen, left_open=left_open or not chosen)

    def _is_strange(self, words: str, found: Sequence[Found], filters: Filters | None) -> bool:
        """Whether words have nothing to do with what was found: it holds none, and they are far from all."""
        if self._is_absent(words, filters):
            return True
        wanted = set(stems(words))
        if any(wanted & stems_of(hit.text) for hit in found):
            return False
        alone = self._search.find(words, k=1, filters=filters)
        return max((hit.similarity or 0.0 for hit in alone), default=0.0) < _ELSEWHERE

    def _is_absent(self, text: str, filters: Filters | None) -> bool:
        """Whether a name in the text occurs nowhere."""
        named = {word for name in _NAME.findall(text) for word in words(name)} - STOP_WORDS
        return not named <= self._archive.words.occurring(named, filters or Filters())

    def _heard(self, found: list[Found], filters: Filters | None) -> list[Found]:
        """What may be quoted of it: with a filter by speaker, what these say and nobody around them."""
        if filters is None or not filters.speakers:
            return found
        return said_by(self._archive.narrowing.speaker_names(filters.speakers), found)

    def _find(self, asked: str, filters: Filters | None) -> list[Found]:
        found = self._search.find(asked, k=self._retrieved, filters=filters)
        if sum(len(hit.text) for hit in found) < _RETRIEVED_CHARACTERS:
            found = self._search.find(asked, k=8 * self._retrieved, filters=filters)
        return found


def _corrected(look: Look, heard_in: Iterable[Found], question: str, *, most: int) -> Look:
    """The look with the words first that contradict what the question takes for granted, if any do."""
    matches = sorted((match for hit in heard_in for match in hit.matches), key=lambda match: -match.score)
    against = None if look.status is Status.OFF_TOPIC else correction(question, matches[:_READ])
    if against is None:
        return look
    others = look.evidence if look.status is Status.ANSWERED else ()
    return replace(
        look,
        evidence=tuple(heard([[against]], others, most=most, each=1)),
        status=Status.ANSWERED,
        corrects=True,
    )


def _theirs(read: Weighed, chosen: Sequence[Evidence]) -> list[Evidence]:
    """Where one person's words are asked for and quoted, only those and what names the person.

    Not where others are asked for too, by name or by what they do: who disagrees with somebody's view is
    somebody else.
    """
    named = [frozenset(stems(name)) for name in heard_of(read.text)]
    spoken = {item.speaker: stems_of(item.speaker) for item in chosen if item.speaker}
    asked_for = [speaker for speaker, theirs in spoken.items() if theirs & read.names]
    if (
        len(named) != 1
        or len(asked_for) != 1
        or not named[0] <= spoken[asked_for[0]]
        or _OTHERS.search(read.text)
    ):
        return list(chosen)
    return [
        item
        for item in chosen
        if named[0] & (stems_of(item.quote) | label_stems(item.passage, speaker=item.speaker))
    ]


def _speaker(part: Part, found: Iterable[Found]) -> str | None:
    """The person that a side names, where they speak in what was found."""
    named = frozenset(stems(part.said))
    spoken = (speaker for hit in found for match in hit.matches for speaker in match.passage.speakers)
    return next((speaker for speaker in spoken if named <= stems_of(speaker)), None)


def _naming(part: Part, chosen: Iterable[Evidence]) -> list[Evidence]:
    """Those that name the side, in their words or in what is said about them."""
    named = frozenset(stems(part.said))
    return [item for item in chosen if named <= stems_of(item.quote) | label_stems(item.passage)]
