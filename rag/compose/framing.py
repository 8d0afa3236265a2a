"""What an answer says around quotes: how far it goes, and how the sources stand to each other. Pure.

All of it is frame text from fixed templates. It holds titles, dates and the reader's own words, and says
nothing about the world.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.compose.drafting import Step, Written, visible
from rag.compose.extractive import Extractive
from rag.models import Draft, Piece, Status

PARTIAL = "Only a part of this is answered. Nothing was found for"
# What could be taken for a citation, a title or the end of the reader's words.
_SIGNS = re.compile(r"[\[\]*“”\"<>`]")


def framed(steps: Iterator[Step], *, uncovered: Sequence[str] = ()) -> Iterator[Step]:
    """The steps of a composer; a draft that only quotes says at its end which parts it leaves open.

    A model that writes has read the evidence, and says by itself how far it goes.
    """
    for step in steps:
        quoted = isinstance(step, Written) and step.model == Extractive.name
        yield replace(step, draft=_partly(step.draft, uncovered)) if quoted and uncovered else step


def _partly(draft: Draft, uncovered: Sequence[str]) -> Draft:
    end = Piece(text=f"\n\n{left_open(uncovered)}")
    return Draft(pieces=(*draft.pieces, end), status=Status.PARTIAL)


def left_open(parts: Sequence[str]) -> str:
    """That only a part is answered, with the other parts as the reader has them.

    >>> left_open(["how much does clay cost"])
    'Only a part of this is answered. Nothing was found for “how much does clay cost”.'
    """
    quoted = (f"“{' '.join(_SIGNS.sub('', visible(part)).split())}”" for part in parts)
    return f"{PARTIAL} {' or '.join(quoted)}."
