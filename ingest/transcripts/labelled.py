"""Read transcripts that are text: a label or a time stamp, then what was said. Pure.

One reader for the many shapes people write (`Ana (00:32) - text`, `**Ana:** text`, `[00:12] Ana: text`,
`Ana: 00:02` above the text, bare stamps …): `labels.py` knows how a line may begin, the file as a whole
decides which of those beginnings are speakers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import dropwhile

from ingest.markdown import inline
from ingest.transcripts import adverts, layout, names
from ingest.transcripts.clock import STAMP, seconds
from ingest.transcripts.labels import Mark, Shape, mark_of, unlike_mark_of
from ingest.transcripts.turns import Utterance, longest_rise

HEADING = re.compile(r"#{1,6}\s+(?P<title>.*?)\s*#*\s*$")
# A paragraph that is nothing but `_Floresta v0.8.0 released_` names the item discussed next.
ITEM = re.compile(r"_(?P<title>[^\W_][^\n]{0,300}?)\s*_", re.UNICODE)
DEFINITION = re.compile(r"\[[^\]\n]+\]:\s+(?:<|[a-z]+:|[/#.{]|www\.|\S+/)\S*(?:\s+[\"'(].*)?")
RULE = re.compile(r"(?:[-*_=]\s*){3,}|```\w*|~~~\w*")
INLINE_STAMP = re.compile(rf"\\?\[({STAMP})\\?\]")
QUOTED = re.compile(r"^(?:>\s?)+(?!>)")
BULLET = re.compile(r"[-*+]\s+(?=\S)")
NUMBERED = re.compile(r"\d{1,2}[.)]\s+(?=\S)")
# Headings over the spoken part that say nothing about it.
EMPTY_HEADINGS = frozenset({"transcription", "transcript", "full transcript", "episode transcript"})
# A file's labels show its shape when there are so many; it is dense when so many paragraphs begin with one.
FEWEST_LABELS = 2
LEAST_SHARE = 0.2
DENSE = 0.7

Cleaner = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Script:
    """A transcript as read: utterances in order, and how sure we may be that it is one."""

    utterances: tuple[Utterance, ...]
    turns: Counter[str]
    stamps: int
    labelled_share: float
    opens_with_label: bool
    timed_turns: int = 0
    title: str | None = None
    head: str = ""

    def is_transcript(self, *, expected: bool) -> bool:
        """Whether the text is a transcript; `expected` when its front matter speaks of a recording."""
        turns = sum(self.turns.values())
        if self.stamps >= 3 and not turns:
            return self.labelled_share > 0.5
        if expected and turns:
            return True
        people = Counter(names.first_name(name) for name in self.turns.elements())
        comes_back = max(people.values(), default=0) > 1
        few_names = len(self.turns) <= max(4, 0.6 * turns)
        if self.timed_turns > 2 and comes_back and few_names:
            # Names beside times are no accident, however much stands above them.
            return True
        return turns > 1 and few_names and (comes_back or self.opens_with_label) and self.labelled_share > 0.5


@dataclass(slots=True)
class _Reader:
    """Goes down the paragraphs and keeps who speaks, under which heading, between which breaks."""

    speakers: frozenset[str]
    loose: frozenset[str]
    aliases: dict[str, str]
    people: Sequence[str]
    stamps_begin_lines: bool
    clean: Cleaner
    shapes: frozenset[Shape] = frozenset()
    known: frozenset[str] = frozenset()
    dense: bool = False
    said: list[tuple[int, Utterance]] = field(default_factory=list)
    turns: Counter[str] = field(default_factory=Counter)
    stamps: int = 0
    timed_turns: int = 0
    speaker: str | None = None
    title: str | None = None
    heading: str | None = None
    stamp: float | None = None
    segment: int = 0
    started: bool = False
    advert: bool = False
    before: int = 0
    head: list[str] = field(default_factory=list)
    opens_with_label: bool = False
    # Times in the midst of words, by the utterance that they begin.
    inline: dict[int, str] = field(default_factory=dict)

    def paragraph(self, lines: list[str]) -> None:
        """One paragraph: a heading, or words, cut wherever a line begins with a label."""
        if title := _heading(lines, spoken=self.started):
            top = re.match(r"#\s", lines[0]) is not None and not self.started
            if top and self.title is None:
                self.title, self.heading = self.clean(title), None
            else:
                self.heading = None if title.lower() in EMPTY_HEADINGS else self.clean(title)
            return
        pending: list[str] = []
        for number, line in enumerate(lines):
            sounds, words = names.after_sounds(line)
            mark = self.accepted(mark_of(words))
            if mark is None and self.shapes and self.speaker:
                mark = self._unlike(words, first=not number)
            if mark is None:
                pending.append(line)
                continue
            self._say(pending)
            self._turn(mark)
            pending = [rest] if (rest := f"{sounds}{mark.rest}".strip()) else []
        self._say(pending)

    def _unlike(self, line: str, *, first: bool) -> Mark | None:
        """A label in the shape of the file's others that is no plain name; an empty name is nobody."""
        mark = unlike_mark_of(line, self.shapes)
        if mark is None or not mark.name:
            return None
        plain = mark.shape is Shape.PLAIN and mark.start_s is None
        if not first and mark.shape is not Shape.STAMPED:
            return None
        if mark.shape is Shape.LOOSE and not names.describes(mark.name):
            return None
        meant = names.stands_for(mark.name, self.known, dense=self.dense or not plain)
        if not meant and mark.shape in (Shape.BOLD, Shape.STAMPED):
            # Bold letters and a time leave no doubt that it is a label, if not always whose.
            meant = mark.name if names.may_label(mark.name) else "" if self.dense else None
        return None if meant is None else replace(mark, name=meant, rest=mark.rest if meant else line)

    def accepted(self, mark: Mark | None) -> Mark | None:
        """The mark, where the file as a whole takes it for one."""
        if mark is None or mark.shape in (Shape.BOLD, Shape.STAMPED):
            return mark
        if mark.shape is Shape.STAMP:
            return mark if self.stamps_begin_lines else None
        if mark.shape is Shape.LOOSE:
            return mark if mark.name in self.loose else None
        return mark if mark.name in self.speakers or mark.name in self.aliases else None

    def _turn(self, mark: Mark) -> None:
        self.opens_with_label = self.opens_with_label or not self.said
        self.started = True
        if mark.name is None:
            self.stamps += 1
        elif not mark.name:
            self.speaker, self.advert = None, False
        elif names.is_mark(mark.name):
            self.segment += 1
            # What stands under a break, before anybody is named again, is what the break holds.
            self.speaker, self.advert = None, mark.name.lower() == "break"
            if mark.start_s is not None:
                self._add("", start_s=mark.start_s)
            return
        elif names.is_sponsor(mark.name):
            self.speaker, self.advert = None, True
        else:
            self.speaker, self.advert = self._person(mark.name), False
            self.turns[self.speaker] += 1
            self.timed_turns += mark.start_s is not None
        self.stamp = mark.start_s if mark.start_s is not None else self.stamp

    def _person(self, label: str) -> str:
        return names.full_name(self.aliases.get(label, label), self.people)

    def _say(self, lines: list[str]) -> None:
        """Words of one paragraph; a stamp inside it begins an utterance that goes on in that paragraph."""
        if not self.started and lines:
            self.head.append("\n".join(map(self.clean, lines)))
        pieces = INLINE_STAMP.split("\n".join(lines))
        spoken = False
        for number in range(0, len(pieces), 2):
            if number:
                self.stamp = seconds(pieces[number - 1])
                self.inline[len(self.said)] = f"[{pieces[number - 1]}]"
            text = self.clean(pieces[number])
            if not text or (self.advert and text == "to"):  # `**Break:** [15:51] to [17:20]`
                continue
            self._add(text, start_s=self.stamp, continues=spoken)
            self.stamp, spoken = None, True

    def _add(self, text: str, *, start_s: float | None, continues: bool = False) -> None:
        if not self.started:
            self.before += len(text)
        utterance = Utterance(
            text=text,
            speaker=self.speaker,
            start_s=start_s,
            heading=self.heading,
            advert=self.advert,
            continues=continues,
        )
        self.said.append((self.segment, utterance))


def parse(text: str, *, people: Sequence[str] = (), clean: Cleaner = inline) -> Script:
    r"""Read a text as a transcript.

    >>> script = parse("**Ana:** Hi.\n\n**Bo:** \\[00:04\\] So *long*.\n\nBye.")
    >>> [(said.speaker, said.text, said.start_s) for said in script.utterances]
    [('Ana', 'Hi.', None), ('Bo', 'So long.', 4.0), ('Bo', 'Bye.', None)]
    """
    paragraphs = list(_paragraphs(layout.settled(text, people)))
    marks = [mark for lines in paragraphs for line in lines if (mark := mark_of(names.after_sounds(line)[1]))]
    aliases = {mark.short: mark.name for mark in marks if mark.short and mark.name}
    reader = _Reader(
        speakers=_plain_speakers(marks, people),
        loose=_loose_speakers(marks, people),
        aliases=aliases,
        people=people,
        stamps_begin_lines=_stamps_begin_lines(marks),
        clean=clean,
    )
    _learn(reader, paragraphs)
    for lines in paragraphs:
        reader.paragraph(lines)
    total = sum(len(said.text) for _, said in reader.said)
    return Script(
        utterances=tuple(adverts.flag(_with_spoken_stamps(reader.said, reader.inline))),
        turns=reader.turns,
        stamps=reader.stamps,
        labelled_share=1 - reader.before / total if total else 0.0,
        opens_with_label=reader.opens_with_label,
        timed_turns=reader.timed_turns,
        title=reader.title,
        head="\n\n".join(reader.head),
    )


def _with_spoken_stamps(
    said: Sequence[tuple[int, Utterance]], inline: Mapping[int, str]
) -> list[tuple[int, Utterance]]:
    """The same, with times that somebody says, such as a train's at 12:05, put back among the words.

    A time in the midst of words is the recording's only where it fits between the others.
    """
    timed = [number for number, (_, one) in enumerate(said) if one.start_s is not None]
    fitting = {timed[place] for place in longest_rise([said[number][1].start_s or 0.0 for number in timed])}
    kept: list[tuple[int, Utterance]] = []
    for number, (segment, one) in enumerate(said):
        if number in fitting or number not in inline or one.start_s is None:
            kept.append((segment, one))
        elif one.continues and kept:
            before = kept[-1][1]
            kept[-1] = (segment, replace(before, text=f"{before.text} {inline[number]} {one.text}"))
        else:
            kept.append((segment, replace(one, text=f"{inline[number]} {one.text}", start_s=None)))
    return kept


def _learn(reader: _Reader, paragraphs: Sequence[list[str]]) -> None:
    """Which shapes the file's labels have, and whether nearly all that is said has one."""
    begins = [reader.accepted(mark_of(lines[0])) for lines in paragraphs if not HEADING.match(lines[0])]
    spoken = list(dropwhile(lambda mark: mark is None or mark.name is None, begins))
    labels = [mark for mark in spoken if mark and mark.name]
    shapes = Counter(mark.shape for mark in labels)
    fewest = max(FEWEST_LABELS, LEAST_SHARE * len(labels))
    reader.shapes = frozenset(shape for shape, count in shapes.items() if count >= fewest)
    reader.known = frozenset(mark.name for mark in labels if mark.name)
    reader.dense = len(labels) >= DENSE * len(spoken)


def _paragraphs(text: str) -> Iterator[list[str]]:
    """Runs of lines between blank lines; headings and list items stand alone, rules are no text."""
    lines: list[str] = []
    in_list = False
    for raw in text.split("\n"):
        line = QUOTED.sub("", raw.strip())
        bullet = BULLET.match(line)
        item = (bullet is not None or NUMBERED.match(line) is not None) and (in_list or not lines)
        heading = HEADING.match(line) is not None
        silent = not line or DEFINITION.fullmatch(line) or RULE.fullmatch(line)
        if lines and (silent or heading or item):
            yield lines
            lines = []
        in_list = (item or in_list) and not silent
        if heading:
            yield [line]
        elif not silent:
            lines.append(line[bullet.end() :] if bullet and item else line)
    if lines:
        yield lines


def _heading(lines: list[str], *, spoken: bool) -> str | None:
    if len(lines) == 1 and (match := HEADING.match(lines[0])):
        return match["title"]
    match = ITEM.fullmatch("\n".join(lines).replace("\n", " ")) if spoken or len(lines) < 3 else None
    return match["title"] if match else None


def _plain_speakers(marks: Sequence[Mark], people: Sequence[str]) -> frozenset[str]:
    """The plain `Name:` beginnings that are speakers: the surer the file's other labels, the fewer of these.

    Where labels are bold or stamped, a hard-wrapped line may well begin with "Quantum Computing:".
    """
    plain = [mark.name for mark in marks if mark.shape is Shape.PLAIN and mark.name]
    sure = Counter(mark.name for mark in marks if mark.shape in (Shape.BOLD, Shape.STAMPED) and mark.name)
    bold = sum(mark.shape is Shape.BOLD for mark in marks)
    known = names.accepted(plain, people=(*people, *sure)) & frozenset((*sure, *people))
    if bold > 1:
        return known
    accepted = names.accepted(plain, people=people)
    if sum(sure.values()) > 1:
        counts = Counter(plain)
        return known | frozenset(name for name in accepted if counts[name] > 1)
    return accepted


def _loose_speakers(marks: Sequence[Mark], people: Sequence[str]) -> frozenset[str]:
    """The names before a time in brackets that are speakers: those who come back, in times that only rise."""
    loose = [mark for mark in marks if mark.shape is Shape.LOOSE]
    times = [mark.start_s for mark in loose if mark.start_s is not None]
    counts = Counter(mark.name for mark in loose if mark.name)
    if times != sorted(times) or max(counts.values(), default=0) < 2:
        return frozenset()
    return names.accepted((mark.name for mark in loose if mark.name), people=people)


def _stamps_begin_lines(marks: Sequence[Mark]) -> bool:
    """Stamps that begin lines are times where the file's labels carry stamps, or where they only rise."""
    alone = [mark.start_s for mark in marks if mark.shape is Shape.STAMP and mark.start_s is not None]
    stamped = any(mark.shape in (Shape.STAMPED, Shape.LOOSE) and mark.bracketed for mark in marks)
    return (stamped and bool(alone)) or (len(alone) > 2 and alone == sorted(alone))
