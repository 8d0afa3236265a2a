"""`make bench`: figures and the page from rounds of our own, and how a process is measured."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.speed.asking import at
from benchmarks.speed.ceiling import ceiling
from benchmarks.speed.collection import ROOT, Collection, changed, cut_up
from benchmarks.speed.figures import Kept, Measure, Spread, of, ratio
from benchmarks.speed.machine import environment
from benchmarks.speed.performance import MEASURES, performance
from benchmarks.speed.plot import drawn
from benchmarks.speed.process import Failed, run
from benchmarks.speed.stock import split

WORDS = {"clay": 400, "fire": 100}
MACHINE = {"cores": "2", "processor": "an abacus"}
ROUNDS = (
    {"ours": {"again_s": 1.0, "characters_s": 300.0}, "stock": {"again_s": 50.0, "characters_s": 100.0}},
    {"ours": {"again_s": 2.0, "characters_s": 200.0}, "stock": {"again_s": 60.0, "characters_s": 100.0}},
    {"ours": {"again_s": 1.0, "characters_s": 250.0}, "stock": {"again_s": 40.0, "characters_s": 100.0}},
)


def a_measure(key: str, *, turned: bool = False) -> Measure:
    return Measure(piece="ingest", key=key, title="", unit="s", turned=turned)


def test_a_ratio_is_of_the_two_of_one_round():
    assert ratio(ROUNDS, a_measure("again_s", turned=True)) == Spread(40.0, 30.0, 50.0)
    assert ratio(ROUNDS, a_measure("characters_s")) == Spread(2.5, 2.0, 3.0)


def test_what_one_system_was_not_asked_has_no_ratio():
    rounds = [{"ours": {"s": 1.0}, "stock": {}}]
    assert of(rounds, "ours", "s") == Spread(1.0, 1.0, 1.0)
    assert of(rounds, "stock", "s") is None
    assert ratio(rounds, a_measure("s")) is None


def test_rounds_are_kept_as_they_come_and_added_to(tmp_path):
    path = tmp_path / "speed.json"
    kept = Kept(path)
    kept.start("ingest", at="aaa", machine=MACHINE, anew=True)
    kept.add("ingest", ROUNDS[0], load=0.5)

    more = Kept(path)
    more.start("ingest", at="bbb", machine=MACHINE, anew=False)
    more.add("ingest", ROUNDS[1], load=0.25)
    piece = json.loads(path.read_text())["ingest"]
    assert (piece["at"], [one["load"] for one in piece["rounds"]]) == ("bbb", [0.5, 0.25])

    anew = Kept(path)
    anew.start("ingest", at="ccc", machine=MACHINE, anew=True)
    assert anew.pieces["ingest"]["rounds"] == []


def test_the_page_has_a_row_for_what_was_measured_and_none_for_what_was_not(tmp_path):
    kept = Kept(tmp_path / "speed.json")
    kept.start("ingest", at="aaa", machine=MACHINE, anew=True)
    for one in ROUNDS:
        kept.add("ingest", one, load=0.5)
    page = performance(kept.pieces, characters=1234)
    (row,) = (line for line in page.splitlines() if "source characters a second" in line)
    assert row.split(" | ")[1:] == ["250/s (200 to 300)", "100/s", "**2.5** times (2 to 3)", "≥ 2 |"]
    assert "**40** times (30 to 50)" in page
    assert "1,234 characters" in page
    assert "an abacus" in page
    assert "Search" not in [line.split()[1] for line in page.splitlines() if line.startswith("| ")]


def test_no_two_measures_are_one():
    assert len({(one.piece, one.key) for one in MEASURES}) == len({one.title for one in MEASURES})
    assert len({(one.piece, one.key) for one in MEASURES}) == len(MEASURES)


def test_the_memory_of_a_process_is_its_own():
    # From a small process: Linux counts what the one that starts another holds.
    look = (
        "import os, sys; from pathlib import Path; from benchmarks.speed.process import run;"
        "print(run([sys.executable, '-c', 'len(bytearray(300_000_000))'], os.environ, cwd=Path()).peak_mb)"
    )
    told = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 300 < float(told.stdout) < 340


def test_the_bench_itself_is_small_so_that_it_does_not_count_in_the_memory_of_others():
    look = "import sys, benchmarks.speed.__main__; print({'numpy', 'rag'} & set(sys.modules))"
    assert run([sys.executable, "-c", look], os.environ, cwd=ROOT).said == "set()\n"


def test_a_process_that_fails_says_why():
    with pytest.raises(Failed, match=r"ended with 3(?s:.*)the kiln is cold"):
        run(
            [sys.executable, "-c", "import sys; sys.stderr.write('the kiln is cold'); sys.exit(3)"],
            os.environ,
            cwd=Path(),
        )


def test_both_systems_have_the_same_threads_and_no_settings_of_the_callers(monkeypatch):
    monkeypatch.setenv("EARMARK_MODEL", "openai:gpt")
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    held = environment(2, {"EARMARK_HOME": "/a"})
    assert held["OMP_NUM_THREADS"] == held["OPENBLAS_NUM_THREADS"] == "2"
    assert {key for key in held if key.startswith("EARMARK_")} == {"EARMARK_HOME"}


def test_a_changed_file_differs_by_one_sentence_that_nobody_said():
    text = "Clay is dug.\n\nIt is dried.\n\nThen it is fired."
    once, twice = changed(text, "1"), changed(text, "2")
    assert len({text, once, twice}) == 3
    assert once.replace("\n\nThe figure of the day is 1, said nobody before.", "") == text


def test_files_cut_up_hold_the_same_words_in_pieces_of_about_one_size(tmp_path):
    whole = Collection(tmp_path / "whole")
    whole.folder.mkdir()
    words = {name: "\n\n".join(f"{name} {n} is dug." for n in range(count)) for name, count in WORDS.items()}
    for name, text in words.items():
        (whole.folder / f"{name}.txt").write_text(text)
    whole.listed.write_text("\n".join(str(whole.folder / f"{name}.txt") for name in words))
    made = cut_up(whole, tmp_path / "many", count=20)
    texts = [path.read_text() for path in made.paths]
    assert len(texts) == 20
    assert max(map(len, texts)) < 2 * min(map(len, texts))
    assert texts[1].startswith("---\ntitle: clay, part 2\n---\n\nclay ")
    bare = "".join(re.sub(r"\A---\n.*?---\n\n", "", text, flags=re.DOTALL) for text in texts)
    assert bare == "".join(words.values())


def test_the_page_says_what_share_of_the_ceiling_is_reached_and_what_takes_the_rest(tmp_path):
    kept = Kept(tmp_path / "speed.json")
    kept.start("embed", at="aaa", machine=MACHINE, anew=True)
    ours = {"texts_cpu_s": 50.0, "ceiling_cpu_s": 200.0, "share of GELU": 0.25, "share of matrices": 0.75}
    kept.add("embed", {"ours": ours, "stock": {"texts_cpu_s": 20.0}}, load=0.5)
    page = performance(kept.pieces, characters=1)
    assert "Embedding reaches 25% (25% to 25%)" in page
    assert "Its time goes into matrices 75%, GELU 25%." in page


def test_the_ceiling_counts_nothing_but_matrices_and_longer_texts_take_longer():
    config = {"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 2}
    assert 0 < ceiling(config, [8] * 20) < ceiling(config, [512] * 200)


@pytest.mark.parametrize(("share", "value"), [(0.5, 10), (0.95, 19), (1.0, 20)])
def test_a_percentile_is_a_value_that_was_measured(share, value):
    assert at(range(20, 0, -1), share) == value


def test_the_stock_recipe_splits_as_the_tutorials_do(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("\n\n".join(f"Paragraph {n}: " + "clay is dug and dried. " * 20 for n in range(12)))
    pieces = split([str(path)])
    assert max(len(piece.page_content) for piece in pieces) <= 1000
    assert {piece.metadata["source"] for piece in pieces} == {str(path)}
    assert all(f"Paragraph {n}:" in "".join(piece.page_content for piece in pieces) for n in range(12))


def test_the_picture_of_growth_has_a_line_for_each_thing_that_grows():
    rows = [
        {
            "passages": n * 1000,
            "added": 1000,
            "cpu_s": 2.5,
            "rss_mb": 200 + n,
            "library_mb": n * 6,
            "chroma_mb": n * 4,
        }
        for n in range(1, 13)
    ]
    picture = ElementTree.fromstring(drawn(rows))
    lines = [one.attrib["points"].split() for one in picture.iter("{http://www.w3.org/2000/svg}polyline")]
    assert [len(line) for line in lines] == [4, 4, 4]
    assert {point.split(",")[1] for point in lines[0]} == {"65.0"}, "2.5 of 5 ms is half way up"
