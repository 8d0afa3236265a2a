"""Claims over words of our own, checked by hand: what may be said of them, and what may not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from rag.models import Evidence, SourceKind
from rag.verify import Judge, Verifier
from tests.fakes import a_passage, a_source, an_evidence

DATA = Path(__file__).resolve().parents[2] / "data/claims"


def scenes(name: str) -> list[tuple[dict[str, Any], Evidence]]:
    return [(given, evidence_of(given)) for given in yaml.safe_load((DATA / name).read_text("utf-8"))]


def evidence_of(given: dict[str, Any]) -> Evidence:
    text, speaker = " ".join(given["evidence"].split()), given.get("speaker")
    source = a_source(
        text,
        kind=SourceKind.EPISODE if speaker else SourceKind.NEWSLETTER,
        id=f"{given['title']}/{text[:20]}",
        title=given["title"],
        show=given["show"],
        people=tuple(given["people"]),
    )
    speakers = (speaker,) if speaker else ()
    return an_evidence(passage=a_passage(source=source, speakers=speakers), speaker=speaker)


def shown(name: str, sort: str) -> dict[str, list[bool]]:
    """Whether each claim of a sort stands, by kind. It is offered with nine sentences about other things."""
    verifier, given = Verifier(Judge()), scenes(name)
    stands: dict[str, list[bool]] = {}
    for place, (scene, evidence) in enumerate(given):
        others = [other for _, other in [*given, *given][place + 1 : place + 10]]
        for kind, claim in scene[sort].items():
            checked = verifier.check(claim, cited=[evidence], offered=[evidence, *others])
            stands.setdefault(kind.partition("-")[0], []).append(checked.stands)
    return stands


def share(stands: dict[str, list[bool]], *kinds: str) -> float:
    every = [one for kind in kinds or stands for one in stands[kind]]
    return sum(every) / len(every)


@pytest.mark.parametrize("name", ["known.yaml"])
def test_what_the_words_say_may_be_said_in_other_words(name: str) -> None:
    assert share(shown(name, "holds")) >= 0.9


@pytest.mark.parametrize("name", ["known.yaml"])
def test_what_the_words_do_not_say_is_cut(name: str) -> None:
    stands = shown(name, "bent")
    assert share(stands, "number", "date") == 0
    assert share(stands, "negation") < 0.05
    assert share(stands) < 0.1


def test_there_are_enough_of_every_sort() -> None:
    counts = Counter(
        sort
        for name in ("known.yaml", "held_out.yaml")
        for given, _ in scenes(name)
        for sort in ("holds", "bent")
        for _ in given[sort]
    )
    assert counts["holds"] >= 280 and counts["bent"] >= 440
