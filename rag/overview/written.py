"""The overview in a chat model's words, over the sentences that the quoted one is chosen from.

Each part is written and verified like an answer. Where no sentence of a model's stands, the source is quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.compose.drafting import Written
from rag.compose.extractive import Extractive
from rag.models import Evidence, Piece
from rag.overview.making import Chosen, overview_of, quotes, title_of
from rag.overview.parts import Desk, Overview
from rag.ports import Composes
from rag.stopping import Stop

Progress = Callable[[str], None]
_SUMMARY = "Say in three to five sentences what “{title}” is about, its main points in order."
_TAKEAWAYS = (
    "Say in three to five single sentences what a reader should take away from “{title}”:"
    " findings, figures and claims, each by itself."
)
_DIVE = "Say in two to four sentences what is told of “{chapter}” in “{title}”."


def written(
    chosen: Chosen, writer: Composes, *, stop: Stop | None = None, progress: Progress = lambda told: None
) -> Overview:
    """The overview as the writer has it; raises `ModelUnavailable` and, once stopped, `AnswerStopped`."""
    title = chosen.source.title
    whole = _in_order(
        [*chosen.summary, *chosen.takeaways, *(item for _, found in chosen.dives for item in found)]
    )
    notices: list[str] = []
    stood = False

    def section(
        name: str, task: str, evidence: Sequence[Evidence], instead: Sequence[Evidence]
    ) -> list[Piece]:
        nonlocal stood
        if not evidence:
            return []
        progress(name)
        ended = [step for step in writer.write(task, evidence, stop=stop) if isinstance(step, Written)][-1]
        pieces = list(ended.draft.pieces)
        if ended.model != Extractive.name and any(piece.evidence for piece in pieces):
            stood = True
            return pieces
        if ended.notice:
            notices.append(ended.notice)
        return [*quotes(instead), *(piece for piece in pieces if not piece.evidence and piece.reason)]

    desk = Desk()
    summary = section("the summary", _SUMMARY.format(title=title), whole, chosen.summary)
    takeaways = section("the takeaways", _TAKEAWAYS.format(title=title), whole, chosen.takeaways)
    dives = []
    for (chapter, found), wide in zip(chosen.dives, chosen.material, strict=True):
        name = title_of(chapter)
        task = _DIVE.format(chapter=name, title=title)
        dives.append((name, section(f"“{name}”", task, wide, found)))
    return overview_of(
        chosen,
        desk,
        model=writer.name if stood else Extractive.name,
        summary=summary,
        takeaways=takeaways,
        dives=dives,
        notice=notices[0] if notices else None,
    )


def _in_order(evidence: Sequence[Evidence]) -> list[Evidence]:
    return sorted(dict.fromkeys(evidence), key=lambda item: item.start)
