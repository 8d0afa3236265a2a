"""What an answer says around quotes: how far it goes, and how the sources stand to each other. Pure.

All of it is frame text from fixed templates. It holds titles, dates and the reader's own words, and says
nothing about the world.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from rag.compose.drafting import Step, Written, visible
from rag.compose.extractive import Extractive, named
from rag.looking import Look
from rag.models import Draft, Piece, Source, Status

PARTIAL = "Only a part of this is answered. Nothing was found for"
OTHERWISE = "The sources say otherwise:"
DIFFER = "The sources differ on this:"
# What could be taken for a citation, a title or the end of the reader's words.
_SIGNS = re.compile(r"[\[\]*“”\"<>`]")


def framed(steps: Iterator[Step], look: Look) -> Iterator[Step]:
    """The steps of a composer; a draft that only quotes says how far it goes and how its sources stand.

    A model that writes has read the evidence, and says by itself how far it goes.
    """
    for step in steps:
        if isinstance(step, Written) and step.model == Extractive.name:
            yield replace(step, draft=_framed(step.draft, look))
        else:
            yield step


def _framed(draft: Draft, look: Look) -> Draft:
    before = [OTHERWISE] if look.corrects else []
    before += [they_differ(*look.differing)] if look.differing else []
    after = [left_open(look.uncovered)] if look.uncovered else []
    return Draft(
        pieces=(
            *(Piece(text=f"{line}\n\n") for line in before),
            *draft.pieces,
            *(Piece(text=f"\n\n{line}") for line in after),
        ),
        status=Status.PARTIAL if look.uncovered else draft.status,
    )


def they_differ(*sources: Source) -> str:
    """That sources do not say the same, with their titles and dates."""
    return f"{DIFFER} {' and '.join(map(named, sources))}."


def left_open(parts: Sequence[str]) -> str:
    """That only a part is answered, with the other parts as the reader has them.

    >>> left_open(["how much does clay cost"])
    'Only a part of this is answered. Nothing was found for “how much does clay cost”.'
    """
    quoted = (f"“{' '.join(_SIGNS.sub('', visible(part)).split())}”" for part in parts)
    return f"{PARTIAL} {' or '.join(quoted)}."


def remarks(text: str, claims: Iterable[tuple[int, int]]) -> list[str]:
    r"""What an answer's text says of itself by these templates, outside its claims, in order.

    >>> remarks("The sources say otherwise:\n\nAna: “No.” [1]", [(33, 36)])
    ['The sources say otherwise:']
    """
    for start, end in sorted(claims, reverse=True):
        text = text[:start] + text[end:]
    said = (paragraph.strip() for paragraph in text.split("\n\n"))
    return [paragraph for paragraph in said if paragraph.startswith((PARTIAL, OTHERWISE, DIFFER))]
