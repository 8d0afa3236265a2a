"""What is for paying readers reaches nobody else: not a run of its words, by any path, however asked."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ingest.sync import Options, add
from rag.activity import Activity
from rag.sites import Sites
from tests.rag.archives import an_archive
from ui.api import create_app
from ui.gate import Limits
from ui.serve import front_of

LETTERS = "https://letters.example"
_CHANCE = random.Random(7)
# Words made by chance, so that any run of them that is seen somewhere else has come from here.
_SYLLABLES = "bor cal den fim gul hes jot kam lin mur nop pir qua rel sot tav ulm vex wol zin".split()
_SHARED = "the quarry was sold for crowns because ferry harbour trains bridge licence winter".split()


def _sentence(words: int = 14) -> str:
    made = ["".join(_CHANCE.choices(_SYLLABLES, k=3)) for _ in range(words)]
    mixed = [word if _CHANCE.random() < 0.6 else _CHANCE.choice(_SHARED) for word in made]
    return " ".join(mixed).capitalize() + "."


def _text(name: str, sentences: list[str]) -> str:
    paragraphs = ["\n".join(sentences[at : at + 5]) for at in range(0, len(sentences), 5)]
    return f"# {name}\n\n" + "\n\n".join(paragraphs)


PAID = [[_sentence() for _ in range(30)] for _ in range(6)]
FREE = [[_sentence() for _ in range(30)] for _ in range(6)]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Any, str]]:
    """A server over paid and free letters, the archive, and a site of readers who do not pay."""
    folder = tmp_path_factory.mktemp("letters")
    with an_archive(folder / "home") as archive:
        for audience, letters in (("paid", PAID), ("public", FREE)):
            for number, sentences in enumerate(letters):
                file = folder / f"{audience}-{number}.md"
                file.write_text(_text(f"{audience.title()} letter {number}", sentences))
                assert not add(archive, [str(file)], options=Options(audience=audience)).failed
        site = Sites(archive.activity).add("Letters", origins=[LETTERS], audience="free")
        front = replace(front_of(archive, "owner"), limits=Limits())
        app = create_app(
            archive.assistant,
            archive.library,
            finder=archive.search,
            overviews=archive.overviews,
            page=False,
            front=front,
        )
        with TestClient(app) as client:
            yield client, archive, site.id


def _shingles(text: str) -> set[str]:
    """Runs of four words: no shorter run tells where it is from."""
    words = re.findall(r"\w+", text.casefold())
    return {" ".join(words[at : at + 4]) for at in range(len(words) - 3)}


SECRET = set().union(*(_shingles(" ".join(sentences)) for sentences in PAID)) - set().union(
    *(_shingles(" ".join(sentences)) for sentences in FREE)
)


def _questions(many: int) -> Iterator[tuple[str, str]]:
    """Questions aimed at paid sentences, each with the words that it holds itself."""
    for number in range(many):
        sentence = _CHANCE.choice(_CHANCE.choice(PAID)).rstrip(".")
        words = sentence.split()
        start = _CHANCE.randrange(len(words) - 3)
        held = " ".join(words[start : start + 3])
        form = ["What was said of {}?", "Quote the letter on {}", "{}", "Who says {}, and what comes after?"]
        form += ["How many letters mention {}?", "List every letter that speaks of {}."]
        yield form[number % len(form)].format(held), held


def _paths(client: TestClient, site: str) -> dict[str, Callable[[str], str]]:
    """Every path by which a reader who does not pay can ask."""
    at_site = {"Origin": LETTERS}

    def read(got: Any) -> str:
        assert got.status_code == 200, got.text
        return str(got.text)

    def asked(headers: dict[str, str] | None = None, **more: Any) -> Callable[[str], str]:
        return lambda q: read(client.post("/v1/ask", json={"question": q, **more}, headers=headers))

    def chat(stream: bool) -> Callable[[str], str]:
        def path(q: str) -> str:
            body = {"messages": [{"role": "user", "content": q}], "stream": stream}
            return read(client.post("/v1/chat/completions", json=body))

        return path

    def tool(name: str) -> Callable[[str], str]:
        def path(q: str) -> str:
            call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                    "params": {"name": name, "arguments": {"question": q}}}  # fmt: skip
            headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
            got = client.post("/mcp", json=call, headers=headers)
            assert got.status_code == 200, got.text
            assert '"isError":true' not in got.text.replace(" ", ""), got.text
            return got.text

        return path

    def kept(q: str) -> str:
        answer = client.post("/v1/ask", json={"question": q}).json()
        pages = [f"/v1/answers/{answer['id']}", f"/a/{answer['id']}"]
        return "".join(read(client.get(page)) for page in pages)

    return {
        "ask": asked(),
        "ask at the site": asked(at_site, site=site),
        "events": asked(stream=True),
        "filters": asked(filters={"adverts": True, "kind": ["document", "article", "newsletter"]}),
        "search": lambda q: read(client.get("/v1/search", params={"q": q, "k": 100})),
        "search at the site": lambda q: read(
            client.get("/v1/search", params={"q": q, "site": site}, headers=at_site)
        ),
        "chat": chat(False),
        "chat stream": chat(True),
        "tool ask": tool("ask"),
        "tool search": tool("search"),
        "kept": kept,
    }


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("many", [30, pytest.param(300, marks=pytest.mark.soak)])
def test_questions_for_paid_words_bring_out_none_by_any_path(
    client: tuple[TestClient, Any, str], many: int
) -> None:
    reached, _, site = client
    paths = _paths(reached, site)
    for question, held in _questions(many):
        for name, path in paths.items():
            told = _shingles(json.dumps(path(question)).replace("\\n", " "))
            asked = held.casefold()  # what the reader said may be said back, behind other words
            leaked = {run for run in told & SECRET if run not in _shingles(question) and asked not in run}
            assert not leaked, f"{name}: {question!r} brought out {sorted(leaked)[:3]}"


def test_what_is_named_is_not_opened(client: tuple[TestClient, Any, str]) -> None:
    reached, archive, site = client
    paid = [source for source in archive.library.sources() if source.audience == "paid"]
    assert len(paid) == len(PAID)
    everything = [reached.get("/v1/sources").text, reached.get("/healthz").text, reached.get("/metrics").text]
    for source in paid:
        for path in (
            f"/v1/sources/{source.id}",
            f"/v1/sources/{source.id}/overview",
            f"/s/{source.id}/overview",
        ):
            everything.append(reached.get(path).text)
        body = {"question": source.title, "filters": {"source": source.id}}
        everything.append(reached.post("/v1/ask", json=body).text)
        for passage in archive.library.passages_of(source.id):
            everything.append(
                reached.get(
                    f"/v1/passages/{passage.id}", params={"site": site}, headers={"Origin": LETTERS}
                ).text
            )
    assert not _shingles(" ".join(everything)) & SECRET


def test_the_same_questions_do_bring_them_out_for_the_owner(client: tuple[TestClient, Any, str]) -> None:
    reached, archive, _ = client
    owner = {"Authorization": "Bearer owner"}
    sentence = PAID[0][0]
    told = reached.post("/v1/ask", json={"question": sentence}, headers=owner).json()
    assert _shingles(json.dumps(told["retrieved"])) & SECRET, "the watch is on"
    # An answer from paid letters has no page for everybody, and goes when its source goes.
    assert told["citations"]
    assert reached.get(f"/a/{told['id']}").status_code == 404
    assert reached.get(f"/v1/answers/{told['id']}").status_code == 404
    assert reached.get(f"/v1/answers/{told['id']}", headers=owner).json()["citations"] == told["citations"]
    archive.remove_all([told["citations"][0]["source_id"]])
    assert reached.get(f"/v1/answers/{told['id']}", headers=owner).status_code == 404


def test_a_title_is_all_that_is_offered(client: tuple[TestClient, Any, str]) -> None:
    reached, _, _ = client
    answer = reached.post("/v1/ask", json={"question": "Which paid letter 4 is there?"}).json()
    assert answer["status"] in ("not_covered", "off_topic") and not answer["citations"]
    assert answer["nearest"][0]["title"] == "Paid letter 4"
    assert answer["nearest"][0]["link"] is None
    assert "“Paid letter 4” may answer this" in answer["notice"]
    assert not _shingles(json.dumps(answer)) & SECRET


def test_not_even_which_words_it_holds_is_told(client: tuple[TestClient, Any, str]) -> None:
    reached, _, _ = client
    free = {word.casefold().rstrip(".") for sentences in FREE for each in sentences for word in each.split()}
    paid = next(
        word for word in PAID[3][3].casefold().rstrip(".").split() if word not in free and len(word) > 8
    )

    def told(word: str) -> str:
        answer = reached.post("/v1/ask", json={"question": f"What was said of {word}?"}).json()
        # What is nearest is what is free, by the meaning of the word.
        weights = [line for line in answer["explanation"] if line.startswith("words, ")]
        assert weights
        return json.dumps([answer["status"], answer["answer"], answer["notice"], weights]).replace(word, "…")

    assert told(paid) == told("xyzzyplugh")


def test_activity_of_another_place_is_not_this_ones(tmp_path: Path) -> None:
    assert Sites(Activity(tmp_path / "activity.db")).get("site_0") is None
    assert not (tmp_path / "activity.db").exists(), "looking makes no file"
