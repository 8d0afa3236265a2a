"""A writer and a reader as processes of their own, which tell in JSON what they saw: see test_together.py."""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

from rag.errors import ArchiveBusy
from rag.models import Filters
from tests.fakes import a_source
from tests.rag.archives import MODEL, an_archive, put

QUESTIONS = ["who moved the kiln", "lantern at the quay", "ferry ledger"]


def write(home: Path, name: str, until: float) -> dict[str, object]:
    """Write, replace and remove sources of one's own until it is time; tells when it had the archive."""
    chance = random.Random(name)
    had: list[tuple[float, float]] = []
    busy: list[str] = []
    while time.monotonic() < until:
        try:
            with an_archive(home, lock_seconds=chance.choice((0, 5))) as archive:
                begun = time.monotonic()
                for _ in range(chance.randrange(1, 6)):
                    number = chance.randrange(20)
                    text = "\n\n".join(f"The kiln {turn} of {name} {number}, lantern." for turn in range(9))
                    put(archive, a_source(f"{text}\n\nAt {time.monotonic()}.", id=f"{name}-{number}"))
                if chance.random() < 0.2:
                    archive.remove_all([f"{name}-{number}"])
                had.append((begun, time.monotonic()))
        except ArchiveBusy as error:
            busy.append(str(error))
        time.sleep(chance.uniform(0, 0.3))
    return {"had": had, "busy": busy}


def read(home: Path, name: str, until: float) -> dict[str, object]:
    """Search until it is time, opening the archive anew now and then; tells what went wrong."""
    chance = random.Random(name)
    reads, wrong = 0, []
    while time.monotonic() < until:
        with an_archive(home, alone=False) as archive:
            for _ in range(chance.randrange(1, 30)):
                try:
                    found = archive.search.find(chance.choice(QUESTIONS), k=5)
                    near = archive.nearest(MODEL.embed_query("kiln"), k=5, filters=Filters())
                    if not found or not near:
                        wrong.append("nothing found")
                    for one in found:
                        if not one.passage.text.startswith(("The kiln", "At ")):
                            wrong.append(f"offsets over another text: {one.passage.text[:40]!r}")
                except Exception as error:  # noqa: BLE001  a reader may meet no error of any kind
                    wrong.append(f"{type(error).__name__}: {error}")
                reads += 1
                time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.3))
    return {"reads": reads, "wrong": wrong}


if __name__ == "__main__":
    act = {"write": write, "read": read}[sys.argv[1]]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    until = time.monotonic() + float(sys.stdin.readline())
    sys.stdout.write(json.dumps(act(Path(sys.argv[2]), sys.argv[3], until)))
