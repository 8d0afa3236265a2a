"""Reading in a process apart: the same words as in this one, and no file takes more than one reason."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.apart import ReadsApart
from ingest.read import read
from rag.errors import SourceError, SourceMalformed, SourceTooBig
from tests.ingest import papers
from tests.ingest.bombs import BOMBS

CAPTIONS = "WEBVTT - Of tea\n\n0:01.000 --> 0:02.000\n<v Ana>Hi – ‘there’ 🫖".encode()
ROOT = Path(__file__).resolve().parents[2]
MEMORY_MB = 512
# The seconds a small file may take on the wall, and one that begins the process anew first.
HANG_S = 5.0 + 2.0
HANG_S_PER_MB = 0.8


@pytest.fixture(scope="module")
def reader():
    # Less time than a user's file gets: what is ended, is ended sooner.
    with ReadsApart(seconds=1.0) as reader:
        yield reader


@pytest.fixture(scope="module")
def whole_time():
    with ReadsApart() as reader:
        yield reader


def process_of(reader):
    assert reader._process is not None
    return reader._process.pid


def peak_mb(pid):
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def test_it_reads_what_is_read_here_and_in_one_process(reader):
    first = reader.read(CAPTIONS, origin="a.vtt")
    before = process_of(reader)
    assert first == read(CAPTIONS, origin="a.vtt")
    assert reader.read(CAPTIONS, origin="b/2025-05-04.vtt") == read(CAPTIONS, origin="b/2025-05-04.vtt")
    assert process_of(reader) == before


def test_a_reason_comes_back_as_the_error_it_is(reader):
    with pytest.raises(SourceMalformed) as here:
        read(b'{"segments": [', origin="a.json")
    with pytest.raises(SourceMalformed) as there:
        reader.read(b'{"segments": [', origin="a.json")
    assert str(here.value) == str(there.value)


def test_names_that_are_no_text_go_through(reader):
    origin = os.fsdecode(b"a\xff.vtt")
    with pytest.raises(SourceError) as raised:
        reader.read(b"", origin=origin)
    assert raised.value.origin == origin


def test_what_takes_long_is_ended_and_the_next_file_is_read():
    with ReadsApart(seconds=0.3) as reader:
        begun = time.monotonic()
        with pytest.raises(SourceTooBig, match=r"x: not read within 0\.3 seconds"):
            reader.read(BOMBS["pdf of much drawing"](), origin="x")
        assert time.monotonic() - begun < HANG_S
        assert reader.read(CAPTIONS, origin="a.vtt").parts


def test_what_takes_much_memory_is_ended_and_the_next_file_is_read():
    with ReadsApart(memory=200_000_000) as reader:
        with pytest.raises(SourceTooBig, match="more than 200 MB of memory"):
            reader.read(b"tea " * 20_000_000, origin="x")
        assert reader.read(CAPTIONS, origin="a.vtt").parts


def test_a_process_that_dies_costs_one_file():
    with ReadsApart() as reader:
        reader.read(CAPTIONS, origin="a.vtt")
        os.kill(process_of(reader), signal.SIGKILL)
        with pytest.raises(SourceMalformed, match="broke the reader down"):
            reader.read(CAPTIONS, origin="a.vtt")
        assert reader.read(CAPTIONS, origin="a.vtt").parts


def test_it_is_gone_when_closed_and_when_its_parent_is():
    with ReadsApart() as reader:
        reader.read(CAPTIONS, origin="a.vtt")
        pid = process_of(reader)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_it_knows_no_keys_and_writes_no_files(reader, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with ReadsApart() as fresh:
        fresh.read(CAPTIONS, origin="a.vtt")
        environment = Path(f"/proc/{process_of(fresh)}/environ")
        limits = Path(f"/proc/{process_of(fresh)}/limits")
        if not environment.exists():
            pytest.skip("this system has no /proc")
        assert b"secret" not in environment.read_bytes()
        assert b"HOME" not in environment.read_bytes()
        written = next(line for line in limits.read_text().splitlines() if line.startswith("Max file size"))
        assert written.split()[3:5] == ["0", "0"]


def test_a_file_too_large_is_not_even_sent():
    with ReadsApart() as reader, pytest.raises(SourceTooBig, match="120 MB"):
        reader.read(bytes(120_000_000), origin="x")


def test_a_long_honest_document_gets_the_time_it_takes(whole_time):
    pages = ["\n".join(f"Page {n}, line {line} is about tea and the fire below it." for line in range(45))
             for n in range(600)]  # fmt: skip
    reading = whole_time.read(papers.pdf(*pages), origin="book.pdf")
    assert reading.parts[-1].label.page == 600
    assert sum(len(part.text) for part in reading.parts) > 1_000_000


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_a_few_seconds_and_a_reason(reader, name):
    check_bomb(reader, name)


@pytest.mark.soak
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_with_the_time_of_a_users_file(whole_time, name):
    check_bomb(whole_time, name)


def check_bomb(reader, name):
    data = BOMBS[name]()
    begun = time.monotonic()
    try:
        reading = reader.read(data, origin="bomb")
    except SourceError as error:
        assert str(error).startswith("bomb: ")
        assert len(error.reason) > 20
        assert "\n" not in error.reason
    else:
        assert sum(len(part.text) for part in reading.parts) < 10 * len(data) + 1_000
    assert time.monotonic() - begun < HANG_S + HANG_S_PER_MB * len(data) / 1_000_000
    if reader._process:
        assert peak_mb(process_of(reader)) < MEMORY_MB
    # None of them reaches the next file.
    assert reader.read(CAPTIONS, origin="a.vtt").parts[0].label.speaker == "Ana"


def test_no_entity_is_fetched_or_unfolded(reader):
    for name in ("xml external", "timed text external", "timed text quadratic", "epub with a billion laughs"):
        try:
            said = " ".join(part.text for part in reader.read(BOMBS[name](), origin="bomb").parts)
        except SourceError as error:
            said = error.reason
        assert "root:" not in said
        assert "hahaha" not in said


def test_the_process_that_reads_imports_nothing_of_the_archive():
    heavy = ["numpy", "sqlite3", "chromadb", "httpx", "rag.library"]
    code = f"import sys, ingest.child; print(set(sys.modules) & {set(heavy)})"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
