"""Two writers and three readers, each a process: one writes at a time, the other is told, no read fails."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rag.examination import examine_files, examine_index
from tests.fakes import a_source
from tests.faults.ingest import ROOT
from tests.rag.archives import MODEL, an_archive, put


def started(home: Path, act: str, name: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "tests.faults.together", act, str(home), name]
    pipe = subprocess.PIPE
    return subprocess.Popen(program, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def begun(process: subprocess.Popen[str], seconds: float) -> None:
    """Let a process that is ready begin."""
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write(f"{seconds}\n")
    process.stdin.flush()


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors
    said: dict[str, Any] = json.loads(out)
    return said


def check_together(home: Path, seconds: float) -> None:
    with an_archive(home) as archive:
        archive.claim_model()
        put(
            archive,
            a_source("The kiln stays.\n\nThe kiln lantern, the quay and the ferry ledger.", id="first"),
        )
    writing = [started(home, "write", name) for name in ("ana", "bo")]
    reading = [started(home, "read", name) for name in ("cy", "di", "ed")]
    for one in (*writing, *reading):
        begun(one, seconds)
    writers, readers = [told(one) for one in writing], [told(one) for one in reading]

    assert [reader["wrong"] for reader in readers] == [[], [], []]
    assert all(reader["reads"] > seconds for reader in readers)
    had = sorted(tuple(span) for writer in writers for span in writer["had"])
    assert all(writer["had"] for writer in writers), "one never had it"
    assert all(ended <= begun for (_, ended), (begun, _) in pairwise(had)), "two had it at once"
    busy = [line for writer in writers for line in writer["busy"]]
    assert busy, "they never met, so the test showed nothing"
    assert all("the archive is in use by" in line for line in busy)
    found = [*examine_files(home, model=MODEL.id), examine_index(home)]
    assert [one for one in found if one.advice] == []
    assert "level with the library" in found[-1].found


def test_together_for_ten_seconds(tmp_path: Path) -> None:
    check_together(tmp_path / "home", 10)


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_together_for_two_minutes(tmp_path: Path) -> None:
    check_together(tmp_path / "home", 120)
