"""QMSum: long meetings and queries about them, whose evidence is whole turns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.page import Section
from benchmarks.sets.asking import Asked, Noted, ranked
from benchmarks.systems import SHARED, WORDS, Document, KeptVectors, Piece, document
from ingest.reading import Part
from rag.evaluate.metrics import retrieval
from rag.evaluate.stretch import Stretch, covered, merged
from rag.models import Label

# A piece takes one window's place, and several can lie in one: enough of them for ten windows.
_DEPTH = 24
_WINDOW = 1000


def within_meetings(cache: Path, model: KeptVectors) -> Section:
    """QMSum val, within the meeting that is asked about."""
    meetings, questions = read(SHARED / "benchmarks/qmsum/val.jsonl")
    windows = {meeting.id: cut for meeting, cut in meetings}
    documents = [meeting for meeting, _ in meetings]
    noted = Noted()
    for system, found, asked in ranked(cache, "qmsum", documents, questions, model, k=_DEPTH):
        source = asked.source or ""
        own, common = system.pieces(source), windows[source]
        noted.note(system.name, **_scores(in_windows(found, common), asked, common))
        noted.note(system.name, **{f"own_{k}": v for k, v in _scores(found[:10], asked, own).items()})
        noted.lengths(system.name, [stretch for _, stretch in found[:10]])
    count = sum(map(len, windows.values()))
    section = Section(
        title="QMSum, within the meeting",
        about=(
            f"{len(questions)} queries with marked turns over the {len(documents)} meetings of the validation"
            " set, search limited to the meeting. Each system ranks its own pieces. A piece is judged as the"
            f" window that holds most of it, of {count:,} windows of turns (up to {_WINDOW:,} characters,"
            " whole turns where they fit) that are the same for every system; a window is relevant when it"
            " holds words of a gold turn. So the ideal ranking is the same for all, and the figures can be"
            " set beside others that were measured on such windows. By own pieces, the second group, a"
            " piece is relevant when it holds words of a gold turn: a longer piece touches one more"
            " easily, and of shorter ones more are wanted, so systems with pieces of other lengths do not"
            " quite compare."
        ),
    )
    for group, prefix in (("", ""), (", own pieces", "own_")):
        section.compare(f"nDCG@10{group}", noted.values[f"{prefix}ndcg"], goal="BM25 + 0.08", to=WORDS)
        section.compare(f"Hit@5{group}", noted.values[f"{prefix}hit"], goal="BM25 + 0.06", to=WORDS)
        section.compare(f"P@1{group}", noted.values[f"{prefix}first"])
    noted.tabulate_lengths(section)
    return section


def _scores(found: Sequence[Piece], asked: Asked, pieces: Sequence[Piece]) -> dict[str, float]:
    wanted = set(retrieval.relevant_as_listed(asked.gold, found, pieces))
    ids = [id_ for id_, _ in found]
    return {
        "ndcg": retrieval.ndcg(ids, wanted),
        "hit": float(bool(wanted & set(ids[:5]))),
        "first": float(bool(wanted & set(ids[:1]))),
    }


def in_windows(found: Sequence[Piece], windows: Sequence[Piece]) -> list[Piece]:
    """The windows in the order in which pieces reach them; a piece reaches the one that holds most of it.

    >>> windows = [("w0", Stretch("a", 0, 10)), ("w1", Stretch("a", 10, 20))]
    >>> pieces = [("x", Stretch("a", 6, 18)), ("y", Stretch("a", 12, 20)), ("z", Stretch("a", 0, 4))]
    >>> [id_ for id_, _ in in_windows(pieces, windows)]
    ['w1', 'w0']
    """
    reached = [max(windows, key=lambda window: covered(piece, [window[1]])) for _, piece in found]
    return list(dict.fromkeys(reached))


def read(path: Path) -> tuple[list[tuple[Document, list[Piece]]], list[Asked]]:
    """Meetings with their windows, a part a turn; and the queries with evidence, from first to last turn."""
    meetings: list[tuple[Document, list[Piece]]] = []
    questions: list[Asked] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        meeting = json.loads(line)
        one, turns = meeting_document(f"meeting-{number:02}", meeting["meeting_transcripts"])
        meetings.append((one, turn_windows(one, turns)))
        for query in meeting["specific_query_list"]:
            gold = [
                Stretch(one.id, turns[int(first)][0], turns[min(int(last), len(turns) - 1)][1])
                for first, last in query["relevant_text_span"]
            ]
            questions.append(Asked(question=query["query"], gold=tuple(merged(gold)), source=one.id))
    return meetings, questions


def meeting_document(id_: str, turns: Sequence[dict[str, str]]) -> tuple[Document, list[tuple[int, int]]]:
    """A meeting as a file of `Speaker: words` lines, and where the words of each turn stand in it."""
    lines: list[str] = []
    parts: list[tuple[int, Part]] = []
    places: list[tuple[int, int]] = []
    length = 0
    for turn in turns:
        said, before = " ".join(turn["content"].split()), f"{turn['speaker']}: "
        start = length + len(before)
        lines.append(before + said)
        parts.append((start, Part(text=said, label=Label(speaker=turn["speaker"]))))
        places.append((start, start + len(said)))
        length = start + len(said) + 1
    return document(id_, title=id_.capitalize().replace("-", " "), raw="\n".join(lines), parts=parts), places


def turn_windows(meeting: Document, turns: Sequence[tuple[int, int]], *, most: int = _WINDOW) -> list[Piece]:
    """Windows of whole turns of up to `most` characters; a longer turn is cut at spaces."""
    windows: list[tuple[int, int]] = []
    for begin, end in (piece for turn in turns for piece in _short(meeting.raw, *turn, most)):
        if windows and end - windows[-1][0] <= most:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((begin, end))
    return [(f"{meeting.id}/{number}", Stretch(meeting.id, *window)) for number, window in enumerate(windows)]


def _short(raw: str, begin: int, end: int, most: int) -> list[tuple[int, int]]:
    """A turn, or its pieces where it is too long."""
    pieces = []
    while end - begin > most:
        cut = raw.rfind(" ", begin, begin + most) + 1 or begin + most
        pieces.append((begin, cut))
        begin = cut
    return [*pieces, (begin, end)] if end > begin else pieces
