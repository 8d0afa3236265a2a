"""The command line from outside: its own process, its exit codes, what it prints where, what it imports."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ingest.shows import Post, a_feed
from tests.ingest.web import a_web
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
    heavy = {"torch", "gradio", "chromadb", "onnxruntime", "langchain_core", "tokenizers", "feedparser"}
    # The examples' feed is a file that was read before; the reader of feeds is another process anyway.
    assert not heavy & imported(*command, home=home)


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
        pytest.param(["ask", " "], 2, "The question is empty.", id="empty"),
        pytest.param(["search", " "], 2, "The question is empty.", id="empty search"),
        pytest.param(["ask", "why " * 400], 2, "at most 1,000 are taken", id="too long"),
        pytest.param(["ask", "Why?", "--history", "nothing.json"], 2, "No such file", id="no history"),
        pytest.param(["ask", "Why?", "--history", "README.md"], 2, "is no JSON", id="history is no JSON"),
        pytest.param(
            ["eval", "examples/questions.jsonl", "--out", "runs", "--gate", "high"],
            2,
            "is no gate",
            id="gate",
        ),
        pytest.param(["eval", "nothing.jsonl", "--out", "runs"], 1, "cannot read", id="no questions"),
        *(
            pytest.param([*command, "fog \udcff"], 2, "holds half a character", id=f"{command} bytes")
            for command in (
                ["ask"],
                ["search"],
                ["show"],
                ["remove"],
                ["ask", "Why?", "--show"],
                ["ask", "Why?", "--speaker"],
                ["add", "README.md", "--show"],
            )
        ),
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


def found(home: Path, *arguments: str) -> list[dict[str, object]]:
    ran = earmark("search", "halls at Dry Creek", "--json", *arguments, home=home)
    assert ran.returncode == 0, ran.stderr
    passages: list[dict[str, object]] = json.loads(ran.stdout)["passages"]
    return passages


def test_search_gives_as_many_as_asked_for_and_keeps_to_its_filters(home: Path) -> None:
    assert len(found(home, "-k", "3")) == 3
    assert {passage["kind"] for passage in found(home, "-k", "40")} >= {"episode", "newsletter"}
    kinds = {
        passage["kind"] for passage in found(home, "-k", "20", "--kind", "newsletter", "--kind", "summary")
    }
    assert kinds == {"newsletter", "summary"}
    one = str(found(home, "--kind", "episode")[0]["source_id"])
    assert {passage["source_id"] for passage in found(home, "--source", one)} == {one}
    assert found(home, "--show", "No such show") == []
    assert found(home, "--until", "1999-12-31") == []
    assert {passage["source_id"] for passage in found(home, "--speaker", "Ingrid Vollan", "-k", "20")} == {
        one
    }
    assert found(home, "--speaker", "Nobody Here") == []
    assert earmark("search", "Why?", "-k", "0", home=home).returncode == 2


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_filter_that_nothing_has_is_told_beside_the_answer(command: str, home: Path) -> None:
    done = earmark(command, "Why are halls empty?", "--speaker", "Zork", "--json", home=home)
    assert done.returncode == 0
    assert "There is no speaker “Zork” in the archive." in done.stderr
    given = json.loads(done.stdout)
    assert given.get("notice", "There is no speaker “Zork” in the archive.").startswith("There is no speaker")
    assert given.get("citations", []) == given.get("passages", []) == []


def test_history_gives_a_follow_up_its_subject(home: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.json"
    question = "Why are the halls at Dry Creek without a connection?"
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": "No substation."}]
    history.write_text(json.dumps(turns))
    ran = earmark("ask", "And why is that?", "--history", str(history), "--json", home=home)
    assert ran.returncode == 0, ran.stderr
    assert "Dry Creek" in " ".join(passage["text"] for passage in json.loads(ran.stdout)["retrieved"])
    history.write_text("not JSON")
    for file, said in ((history, "is no JSON"), (tmp_path / "missing.json", "No such file")):
        ran = earmark("ask", "And why?", "--history", str(file), home=home)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert said in ran.stderr


def test_settings_tell_what_is_in_force(home: Path) -> None:
    ran = earmark("settings", "--json", home=home)
    rows = {row["variable"]: row for row in json.loads(ran.stdout)["settings"]}
    assert rows["EARMARK_HOME"]["value"] == str(home)
    assert all(row["description"] for row in rows.values())
    assert "EARMARK_RETRIEVED=" in earmark("settings", home=home).stdout


def test_an_archive_is_looked_over_backed_up_emptied_and_put_back(home: Path, tmp_path: Path) -> None:
    ours, kept = tmp_path / "home", tmp_path / "kept.tar"
    shutil.copytree(home, ours)
    assert earmark("backup", str(kept), home=ours).returncode == 0
    before = json.loads(earmark("sources", "--json", home=ours).stdout)["sources"]
    ids = [source["id"] for source in before]
    none = earmark("remove", ids[0], "nothing", home=ours)
    assert none.returncode == 1
    assert len(json.loads(earmark("sources", "--json", home=ours).stdout)["sources"]) == 4, "all or none"
    gone = earmark("remove", *ids[:3], home=ours)
    assert gone.returncode == 0
    assert gone.stderr.endswith("removed 3\n")
    assert [
        source["id"] for source in json.loads(earmark("sources", "--json", home=ours).stdout)["sources"]
    ] == ids[3:]
    assert earmark("restore", str(kept), home=ours).returncode == 0
    assert json.loads(earmark("sources", "--json", home=ours).stdout)["sources"] == before
    looked = earmark("doctor", home=ours)
    assert looked.returncode == 0, looked.stdout
    assert "level with the library" in looked.stdout
    shutil.rmtree(ours / "chroma")
    looked = earmark("doctor", home=ours)
    assert looked.returncode == 1
    assert "→ run `earmark rebuild`" in looked.stdout
    assert earmark("rebuild", home=ours).returncode == 0
    assert earmark("doctor", home=ours).returncode == 0
    kept.write_bytes(kept.read_bytes()[:5000])
    refused = earmark("restore", str(kept), home=ours)
    assert refused.returncode == 1
    assert "is no whole backup" in refused.stderr


def test_what_was_added_is_kept_in_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_ALLOW_PRIVATE_HOSTS", "true")
    home, letters = tmp_path / "home", tmp_path / "letters"
    letters.mkdir()
    (letters / "one.md").write_text("# One\n\nThe ferry to the island leaves at six in the morning.\n")
    with a_web() as web:
        posts = [Post(number) for number in (3, 2, 1)]
        web.pages["/feed.xml"] = a_feed("Letters", [post.item(web.address) for post in posts])
        added = earmark("add", f"{web.address}/feed.xml", str(letters), "--json", home=home)
        assert (added.returncode, len(json.loads(added.stdout)["added"])) == (0, 4)
        listed = json.loads(earmark("sync", "--list", "--json", home=home).stdout)
        assert listed == {"subscriptions": [str(letters), f"{web.address}/feed.xml"]}

        web.pages["/feed.xml"] = a_feed(
            "Letters", [post.item(web.address) for post in (*posts[:1], *posts[2:])]
        )
        (letters / "two.md").write_text("# Two\n\nThe last ferry back leaves when the lamps are lit.\n")
        report = json.loads(earmark("sync", "--json", home=home).stdout)
        counted = {name: len(report[name]) for name in ("added", "changed", "unchanged", "removed", "failed")}
        assert counted == {"added": 1, "changed": 0, "unchanged": 3, "removed": 1, "failed": 0}
        del web.pages["/feed.xml"]
        failed = earmark("sync", home=home)
        assert failed.returncode == 1
        assert f"{web.address}/feed.xml: answers 404" in failed.stderr
        assert earmark("sync", "--forget", f"{web.address}/feed.xml", home=home).returncode == 0
        again = earmark("sync", "--forget", f"{web.address}/feed.xml", home=home)
        assert (again.returncode, "is not followed" in again.stderr) == (1, True)
        assert earmark("sync", home=home).returncode == 0


def test_a_site_is_added_listed_and_removed(tmp_path: Path) -> None:
    added = earmark(
        "site", "add", "Letters", "--origin", "https://letters.example/", "--daily", "5", home=tmp_path
    )
    assert added.returncode == 0, added.stderr
    listed = json.loads(earmark("site", "list", "--json", home=tmp_path).stdout)["sites"]
    assert listed == [
        {
            "id": added.stdout.strip(),
            "name": "Letters",
            "origins": ["https://letters.example"],
            "daily": 5,
            "audience": "public",
        }
    ]
    assert earmark("site", "remove", "Letters", home=tmp_path).returncode == 0
    gone = earmark("site", "remove", "Letters", home=tmp_path)
    assert (gone.returncode, gone.stderr) == (
        1,
        "earmark: there is no site 'Letters'; `earmark site list` shows them\n",
    )


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["site", "add", "Letters"], "--origin"),
        (["site", "add", "Letters", "--origin", "letters.example"], "is no origin"),
        (
            ["site", "add", "Letters", "--origin", "https://a.example", "--audience", "gold"],
            "unknown audience",
        ),
        (["add", "x.md", "--audience", "gold"], "unknown audience"),
    ],
)
def test_wrong_use_of_sites_and_tiers_is_told(command: list[str], told: str, tmp_path: Path) -> None:
    ran = earmark(*command, home=tmp_path)
    assert ran.returncode == 2
    assert told in ran.stderr
    assert not (tmp_path / "activity.db").exists()


def test_what_is_added_for_paying_readers_is_still_the_command_lines(tmp_path: Path) -> None:
    letter = tmp_path / "letter.md"
    letter.write_text("# Kept\n\nThe quarry at Harrow was sold for nine hundred crowns in May.\n")
    home = tmp_path / "home"
    assert earmark("add", str(letter), "--audience", "paid", home=home).returncode == 0
    found = json.loads(earmark("search", "Who bought the quarry?", "--json", home=home).stdout)
    assert "nine hundred crowns" in found["passages"][0]["text"]
