"""Read caption files, WebVTT and SRT alike: a timing line, then what is said. Pure.

Own reader on purpose: of the libraries measured, one loses cues with seconds-only or comma times and the
second half of a cue with a blank line in it, without a word; the other raises on a missing end time. Here
every timing line gives a cue, and one whose times cannot be read keeps its words and is reported.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.markdown import fold
from ingest.transcripts import names
from ingest.transcripts.clock import seconds
from ingest.transcripts.turns import Utterance

TIMING = re.compile(
    r"^\s*(?:(?P<start>[\d:.,]*)\s*-->\s*(?P<end>[\d:.,]*)(?P<settings>.*)"
    # One side that is no time: still no words of anybody.
    r"|(?P<from>\S*)\s*-->\s*\d+:[\d:.,]+\s*|\d+:[\d:.,]+\s*-->\s*(?P<to>\S*)\s*)$"
)
ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
VOICE = re.compile(r"<v(?:\.[^\s<>]+)?\s+([^<>]*)>")
MARKUP = re.compile(
    r"</?(?:c|i|b|u|v|s|lang|ruby|rt|font|span)\b[^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}", re.IGNORECASE
)
WORD_STAMP = re.compile(r"<\d[\d:.]*>")
PREFIX = re.compile(
    r"(?:-\s*)?(?:>>+\s*)?(?P<name>[^\W\d_][^:<>\[\]()\n]{0,47}?)\s?:(?!//)(?:\s+|$)(?P<rest>.*)"
)
# Whatever stands before a colon.
ANY_PREFIX = re.compile(
    r"(?:-\s*)?(?:>>+\s*)?(?P<name>[\w@][^:<>\[\]\n]{0,79}?)\s?:(?!//)(?:\s+|$)(?P<rest>.*)"
)
FIRST_LINE_NAME = re.compile(r"\((?P<name>[^()]{2,48})\)\s*")
# [Ana Roe] text | [SPEAKER_00]: text
BRACKETED = re.compile(r"(?:>>+\s*)?\[(?P<name>[^\W\d_][^\[\]:<>\n]{0,47})\]\s*:?\s*(?P<rest>.*)")
# Broadcasters' sign that somebody else speaks, and the dash before each of two who share a caption.
SOMEBODY_ELSE = re.compile(r">>+\s*")
SOMEBODY_ELSE_INSIDE = re.compile(r"(?<=[.?!…])\s+(?=>>)")
# "You did. Bo: I did not.": where somebody who has a label speaks on in another's line.
LABEL_INSIDE = re.compile(
    r"(?<=[.?!…])(?<!\b[A-Z]\.)(?<!\b(?:Dr|Mr|Ms|St)\.)(?<!\bMrs\.)(?<!\bProf\.)"
    r"[\"'”’)]?\s+(?P<label>(?P<name>[^\W\d_][\w.’'-]*(?:\s[^\W\d_][\w.’'-]*){0,3}):\s(?![\"'“‘„«]))"
)
DASH = re.compile(r"[-–—]\s*(?=\S)")
SENTENCE_END = re.compile(r"[.?!…][\"'”’)\]]*$")
# A file's labels show its shape when there are so many; it is dense when so many of its cues have one.
FEWEST_LABELS = 2
DENSE = 0.7
# A pause this long after a finished sentence begins a paragraph where nobody is named.
PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Cue:
    """A timing line and the lines below it, markup and all."""

    start_s: float | None
    end_s: float | None
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Captions:
    """A caption file as read: its header lines, cues in order and what was left out."""

    header: tuple[str, ...]
    cues: tuple[Cue, ...]
    notes: tuple[str, ...]


def captions(text: str) -> Captions:
    r"""The cues of a caption file: one for each timing line, whatever is wrong with it.

    >>> captions("WEBVTT\n\n0:02 --> 0:04,5\nHi\n\nagain").cues
    (Cue(start_s=2.0, end_s=4.5, lines=('Hi', 'again')),)
    """
    lines = text.split("\n")
    timed = [number for number, line in enumerate(lines) if TIMING.match(line)]
    if not timed:
        return Captions(tuple(lines), (), ())
    starts = [_block_start(lines, number) for number in timed]
    cues, asides, unread = [], 0, 0
    for number, until in zip(timed, [*starts[1:], len(lines)], strict=True):
        match = TIMING.match(lines[number])
        start_s, end_s = (
            (seconds(match["start"] or ""), seconds(match["end"] or "")) if match else (None, None)
        )
        payload, left_out = _payload(lines[number + 1 : until])
        asides += left_out
        unread += start_s is None
        cues.append(Cue(start_s, end_s, payload))
    header, left_out = _payload(lines[: starts[0]])
    notes = {
        "{} NOTE, STYLE or REGION blocks: not spoken": asides + left_out,
        "{} cues with unreadable times: their words are kept, their times estimated": unread,
        "{} lines with '-->' that are no timing line": text.count("-->") - len(cues),
        "{} cues without words": sum(not any(map(plain, cue.lines)) for cue in cues),
    }
    return Captions(
        header, tuple(cues), tuple(note.format(count) for note, count in notes.items() if count > 0)
    )


def _block_start(lines: Sequence[str], timing: int) -> int:
    """Where a cue begins: at its timing line, or at the id on the line above it."""
    above = lines[timing - 1].strip() if timing else ""
    if not above or above.startswith("WEBVTT"):
        return timing
    is_id = above.isdigit() or timing < 2 or not lines[timing - 2].strip()
    return timing - 1 if is_id else timing


def _payload(lines: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """The lines that are spoken, and how many comment or style blocks stood between them."""
    kept: list[str] = []
    asides, inside, blank = 0, False, True
    for line in lines:
        if blank and ASIDE.match(line):
            inside, asides = True, asides + 1
        blank = not line.strip()
        inside = inside and not blank
        if not inside and not blank:
            kept.append(line.strip())
    return tuple(kept), asides


def utterances(
    cues: Sequence[Cue], *, people: Sequence[str] = (), rolling: bool = False
) -> tuple[list[Utterance], tuple[str, ...]]:
    """What is said in the cues and by whom; a speaker holds until another is named.

    >>> said, _ = utterances([Cue(0.0, 2.0, ("<v Ana>Hi &amp; welcome",)), Cue(2.0, 3.0, ("back.",))])
    >>> [(one.speaker, one.text, one.continues) for one in said]
    [('Ana', 'Hi & welcome', False), ('Ana', 'back.', True)]
    """
    cues, repeats = unroll(cues) if rolling or looks_rolling(cues) else without_repeats(cues)
    voiced = any(VOICE.search(line) for cue in cues for line in cue.lines)
    speakers = {} if voiced else speakers_in([[plain(line) for line in cue.lines] for cue in cues], people)
    dashes = any(_dashed([plain(line) for line in cue.lines]) for cue in cues)
    said: list[Utterance] = []
    speaker: str | None = None
    for number, cue in enumerate(cues):
        inside = 0
        for name, text in _voices(cue, dashes) if voiced else _labelled(cue, speakers, dashes):
            before = said[-1] if said else None
            turns = name is not None and (not name or name != speaker)
            speaker = speaker if name is None else names.full_name(name, people) if name else None
            if text:
                said.append(_utterance(cue, speaker, text, before, first=not inside, turns=turns))
                inside += 1
        following = cues[number + 1].start_s if number + 1 < len(cues) else None
        if inside > 1 and cue.end_s is not None and (following is None or following >= cue.end_s):
            # Who speaks second in a caption is heard before it ends.
            said.append(Utterance(text="", speaker=speaker, start_s=cue.end_s))
    return said, (f"{repeats} repeated captions: the same words at the same moment",) if repeats else ()


def _utterance(
    cue: Cue, speaker: str | None, text: str, before: Utterance | None, *, first: bool, turns: bool
) -> Utterance:
    """Of several voices in one cue only the first begins with it: the others' times are estimated."""
    pause = (cue.start_s or 0.0) - (before.end_s or cue.start_s or 0.0) if before else 0.0
    new_paragraph = before is None or before.speaker != speaker or turns
    if before and pause > PAUSE_S and SENTENCE_END.search(before.text):
        new_paragraph = True
    return Utterance(
        text=text,
        speaker=speaker,
        start_s=cue.start_s if first else None,
        end_s=cue.end_s if first else None,
        continues=not new_paragraph,
    )


def unmarked(text: str) -> str:
    """The same with white space as it stands.

    >>> unmarked(" <b>Tea &amp;</b>")
    ' Tea &'
    """
    return html.unescape(MARKUP.sub("", text))


def plain(text: str) -> str:
    """A caption's words: tags and stamps off, entities read once.

    >>> plain("<i>Q&amp;amp;A</i> <00:01.000><c> now</c> <laugh>")
    'Q&amp;A now <laugh>'
    """
    return fold(unmarked(text))


def _voices(cue: Cue, dashes: bool) -> list[tuple[str | None, str]]:
    pieces = VOICE.split("\n".join(cue.lines))
    spoken: list[tuple[str | None, str]] = []
    for name, text in zip([None, *pieces[1::2]], pieces[::2], strict=True):
        voice = (fold(html.unescape(name)).rstrip(" :") or None) if name else None
        first, *others = _lines_spoken([plain(line) for line in text.split("\n")], {}, dashes=dashes)
        spoken += [(voice if first[0] is None else first[0], first[1]), *others]
    return spoken


def speakers_in(cues: Sequence[Sequence[str]], people: Sequence[str] = ()) -> dict[str, str]:
    """The labels that begin lines of cues, in the brackets they stand in, and the speaker each means.

    `(Name)` counts where it stands on a line alone, `[Name]` where words follow. "" is nobody.

    >>> speakers_in([["Ana Roe: Hi."], ["[SPEAKER_00] Ho."], ["Note: no."], ["[Music] So."]])
    {'Ana Roe': 'Ana Roe', '[SPEAKER_00]': 'SPEAKER_00'}
    """
    cues = [[names.after_sounds(line)[1] for line in several] for several in cues]
    lines = [line for several in cues for line in several]
    prefixed = [match["name"] for line in lines if (match := PREFIX.match(line))]
    alone = [match["name"] for line in lines if (match := FIRST_LINE_NAME.fullmatch(line))]
    round_ones = {f"({name})": name for name in names.accepted(alone, people=people) if len(name.split()) > 1}
    named = [match["name"] for line in lines if (match := BRACKETED.match(line)) and match["rest"]]
    speaking = names.accepted((name for name in named if not names.is_sound(name)), people=people)
    plain_ones = {name: name for name in sorted(names.accepted(prefixed, people=people))}
    square = {f"[{name}]": name for name in sorted(speaking)}
    found = plain_ones | _unlike(cues, plain_ones) | round_ones | square
    return found | _inside(lines, [*people, *plain_ones])


def _inside(lines: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """First and last names of known people that stand as labels inside lines."""
    called = {name.split()[place] for name in known if len(name.split()) > 1 for place in (0, -1)}
    return {
        name: name
        for line in lines
        for match in LABEL_INSIDE.finditer(line)
        if (name := match["name"]) in known or name in called
    }


def _unlike(cues: Sequence[Sequence[str]], known: Mapping[str, str]) -> dict[str, str]:
    """Labels that are written unlike the others of a file that labels most of its cues."""
    spoken = [[line for line in several if line] for several in cues]
    opened = [PREFIX.match(lines[0]) for lines in spoken if lines]
    labelled = sum(match is not None and match["name"] in known for match in opened)
    if labelled < FEWEST_LABELS:
        return {}
    dense = labelled >= DENSE * len(opened)
    found: dict[str, str] = {}
    finished = True
    for lines in spoken:
        for number, line in enumerate(lines):
            match = ANY_PREFIX.match(line)
            if match and finished and match["name"] not in known:
                meant = names.stands_for(match["name"], known, dense=dense and not number)
                found |= {match["name"]: meant} if meant is not None else {}
            finished = SENTENCE_END.search(line) is not None
    return found


def _labelled(cue: Cue, speakers: Mapping[str, str], dashes: bool) -> list[tuple[str | None, str]]:
    """Who says what in a cue; None is whoever spoke before, an empty name somebody nobody names."""
    return _lines_spoken([plain(line) for line in cue.lines], speakers, dashes=dashes)


def _dashed(lines: Sequence[str]) -> bool:
    """Whether each of two who share a caption has a dash."""
    return sum(DASH.match(line) is not None for line in lines) > 1


def _lines_spoken(
    lines: Sequence[str], speakers: Mapping[str, str], *, dashes: bool
) -> list[tuple[str | None, str]]:
    lines = [piece for line in lines for piece in _pieces(line, speakers)]
    # In a file of such dashes one that stands alone is somebody else, too.
    dashed = dashes and (_dashed(lines) or DASH.match(lines[0]) is not None)
    spoken: list[tuple[str | None, str]] = []
    pending: list[str] = []
    name: str | None = None
    for line in lines:
        named = line_speaker(line, speakers, dashed=dashed)
        if named:
            spoken.append((name, fold(" ".join(pending))))
            name, rest = named
            pending = [rest] if rest else []
        else:
            pending.append(line)
    spoken.append((name, fold(" ".join(pending))))
    return spoken if spoken[0][1] or len(spoken) == 1 else spoken[1:]


def _pieces(line: str, speakers: Mapping[str, str]) -> list[str]:
    """A line cut where somebody else begins to speak in it."""
    pieces = []
    for piece in SOMEBODY_ELSE_INSIDE.split(line):
        at = 0
        for match in LABEL_INSIDE.finditer(piece):
            if match["name"] in speakers:
                pieces.append(piece[at : match.start("label")].rstrip())
                at = match.start("label")
        pieces.append(piece[at:])
    return pieces


def line_speaker(line: str, speakers: Mapping[str, str], *, dashed: bool = False) -> tuple[str, str] | None:
    """Who begins to speak in a line and the rest of it; an empty name is somebody nobody names.

    >>> line_speaker("Ana Roe: Hi.", {"Ana Roe": "Ana Roe"}), line_speaker(">> Ho.", {})
    (('Ana Roe', 'Hi.'), ('', 'Ho.'))
    """
    sounds, words = names.after_sounds(line)
    if sounds and words and (named := line_speaker(words, speakers)):
        return named[0], f"{sounds}{named[1]}"
    if (match := FIRST_LINE_NAME.fullmatch(line)) and f"({match['name']})" in speakers:
        return match["name"], ""
    if (match := BRACKETED.match(line)) and f"[{match['name']}]" in speakers:
        return match["name"], match["rest"]
    if (match := ANY_PREFIX.match(line)) and match["name"] in speakers:
        meant = speakers[match["name"]]
        return meant, match["rest"] if meant else line
    if match := SOMEBODY_ELSE.match(line):
        return "", line[match.end() :]
    if dashed and (match := DASH.match(line)):
        return "", line[match.end() :]
    return None


def looks_rolling(cues: Sequence[Cue]) -> bool:
    """Whether captions scroll: a line is shown again above the next, with a stamp on every word."""
    stamped = sum(any(WORD_STAMP.search(line) for line in cue.lines) for cue in cues)
    shown = [[words for line in cue.lines if (words := plain(line))] for cue in cues]
    again = sum(bool(a and b) and a[-1] == b[0] for a, b in pairwise(shown))
    # Somebody who says "No" three times shows no line above another.
    above = sum(len(b) > 1 and bool(a) and a[-1] == b[0] for a, b in pairwise(shown))
    return len(cues) > 2 and again * 3 > len(cues) and (stamped > 0 or above * 2 > len(cues))


def unroll(cues: Sequence[Cue]) -> tuple[list[Cue], int]:
    """Keep of each cue the lines that the cue before did not already show at its end."""
    kept: list[Cue] = []
    shown: list[str] = []
    repeats = 0
    for cue in cues:
        lines = [line for line in cue.lines if plain(line)]
        words = [plain(line) for line in lines]
        overlap = next((n for n in range(len(words), 0, -1) if words[:n] == shown[len(shown) - n :]), 0)
        repeats += overlap > 0 and overlap == len(words)
        if lines[overlap:]:
            kept.append(replace(cue, lines=tuple(lines[overlap:])))
        shown = words or shown
    return kept, repeats


def without_repeats(cues: Sequence[Cue]) -> tuple[list[Cue], int]:
    """Drop a cue that repeats its neighbour's words at the neighbour's very time."""
    kept = [
        cue for number, cue in enumerate(cues) if not number or cue != cues[number - 1] or cue.start_s is None
    ]
    return kept, len(cues) - len(kept)
