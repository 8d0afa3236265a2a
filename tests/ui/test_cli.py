"""The command line from outside: its own process, its exit codes, what it prints where, what it imports."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ui.commands import ROOT, earmark


def imported(*arguments: str, home: Path) -> set[str]:
    """The top-level packages that a command imports."""
    look = "import sys; print('MODULES', *{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    code = f"import atexit; atexit.register(lambda: exec({look!r}))\nfrom ui.cli import main; main()"
    environ = {**os.environ, "EARMARK_HOME": str(home)}
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=100,
    )
    line = next(line for line in ran.stderr.splitlines() if line.startswith("MODULES"))
    return set(line.split())


def test_help_is_quick_and_light() -> None:
    before = os.times()
    ran = earmark("--help")
    after = os.times()
    assert ran.returncode == 0
    assert "ask" in ran.stdout
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    assert cpu < 0.5
    code = "import sys, ui.cli; print({'torch', 'gradio', 'chromadb'} & set(sys.modules))"
    light = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert light.stdout.strip() == "set()"


@pytest.mark.parametrize("command", [["sources"], ["add", "examples"]], ids=["sources", "unchanged add"])
def test_what_needs_no_model_loads_none(command: list[str], home: Path) -> None:
    assert not {"torch", "gradio"} & imported(*command, home=home)


def test_the_examples_are_four_sources_with_what_the_feed_says(home: Path) -> None:
    listed = json.loads(earmark("sources", "--json", home=home).stdout)["sources"]
    kinds = sorted(source["kind"] for source in listed)
    assert kinds == ["episode", "newsletter", "newsletter", "summary"]
    episode = next(source for source in listed if source["kind"] == "episode")
    assert (episode["show"], episode["published"]) == ("The Long Wire", "2026-05-12")
    assert episode["seconds"] > 1000
    assert not episode["ai_written"]


def test_an_answer_cites_the_words_at_their_offsets(home: Path) -> None:
    ran = earmark("ask", "Why are the halls at Dry Creek without a connection?", "--json", home=home)
    answer = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert answer["citations"]
    for citation in answer["citations"]:
        shown = json.loads(earmark("show", citation["source_id"], "--json", home=home).stdout)
        assert citation["quote"] == shown["text"][citation["start"] : citation["end"]]
        assert citation["passage_id"] in {passage["id"] for passage in shown["passages"]}


def test_declining_is_no_failure(home: Path) -> None:
    ran = earmark("ask", "How long should I boil an egg?", "--json", home=home)
    answer = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert answer["status"] in ("not_covered", "off_topic")
    assert answer["citations"] == []
    assert answer["nearest"]


def test_what_cannot_be_read_is_named_and_the_rest_goes_in(tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text("Ana: The gate is closed at night.\n\nBo: And it opens at six.\n")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (tmp_path / "data.json").write_text('{"rows": [1, 2, 3]}')
    names = ["missing.vtt", "empty.txt", "picture.png", "data.json", "good.txt"]
    paths = [str(tmp_path / name) for name in names]
    ran = earmark("add", *paths, "--json", home=tmp_path / "home")
    report = json.loads(ran.stdout)
    assert ran.returncode == 1
    assert [failure["origin"] for failure in report["failed"]] == paths[:4]
    assert all(failure["reason"] and "\n" not in failure["reason"] for failure in report["failed"])
    assert [source["origin"] for source in report["added"]] == paths[4:]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(["ask", "Why?", "--kind", "podcast"], 2, "unknown kind 'podcast'", id="kind"),
        pytest.param(["ask", "Why?", "--since", "May"], 2, "must be a day", id="day"),
        pytest.param(["show", "nothing"], 1, "no source 'nothing'", id="source"),
        pytest.param(["remove", "nothing"], 1, "no source 'nothing'", id="remove"),
        pytest.param(["ask", " "], 1, "the question is empty", id="empty"),
        pytest.param(["fly"], 2, "No such command", id="command"),
        pytest.param(["add"], 2, "give paths", id="nothing to add"),
    ],
)
def test_errors_say_what_is_wrong(arguments: list[str], code: int, said: str, home: Path) -> None:
    ran = earmark(*arguments, home=home)
    assert ran.returncode == code
    assert said in ran.stderr
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr


def test_a_gate_that_is_not_met_exits_with_three(home: Path, tmp_path: Path) -> None:
    run = ["eval", "examples/questions.jsonl", "--out", str(tmp_path / "run")]
    kept = earmark(*run, "--gate", "pointer_validity>=1", home=home)
    missed = earmark(*run, "--gate", "citation_hit>=1.01", home=home)
    assert (kept.returncode, missed.returncode) == (0, 3)
    assert len((tmp_path / "run" / "answers.jsonl").read_text().splitlines()) == 14
