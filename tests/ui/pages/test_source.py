"""The view of a source over HTTP: all of its words, each sentence with its address, labels in words."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from tests.fakes import a_passage, a_source
from tests.ui.conftest import HOSTILE
from tests.ui.pages.conftest import PAID_WORDS, SAID, an_episode, serve
from tests.ui.test_permalink import Seen
from ui.pages.source import source_page
from ui.transcript import turns_of


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def sentences(html: str) -> dict[str, str]:
    found = re.findall(r'<span class="s" id="([^"]+)"[^>]*>(.*?)<a class="mark"', html)
    return {anchor: plain(words) for anchor, words in found}


def test_every_word_is_there_by_turns_with_its_speaker_and_seconds(client: TestClient) -> None:
    html = client.get("/s/s1").text
    assert " ".join(sentences(html).values()) == " ".join(words for _, words, _, _ in SAID)
    words = Seen(html).words
    for told in ("Episode · Frontier Hour · 8 May 2026 · 0:40", "With Ana Ruiz", "frontier.example", "0:10"):
        assert told in words
    assert 'href="https://frontier.example/race"' in html
    assert 'id="s1p1-2" data-start-s="15" data-end-s="20"' in html


def test_each_sentence_has_an_address_that_is_there_once(client: TestClient) -> None:
    html = client.get("/s/s1").text
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)
    assert {"s1p0-1", "s1p0-2", "s1p3-1"} <= set(ids)


def test_headings_are_a_table_of_contents_with_their_seconds(client: TestClient) -> None:
    html = client.get("/s/s1").text
    contents = html.partition('<nav aria-label="Contents">')[2].partition("</nav>")[0]
    assert re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", contents)).split() == (
        "Hello 0:00 Chips 0:10 Power 0:30".split()
    )
    assert re.findall(r"<h2 id=[^>]+>(.*?)</h2>", html) == ["Hello", "Chips", "Power"]


def test_nested_headings_keep_their_levels() -> None:
    source = a_source("One.\n\nTwo.\n\nThree.\n\nFour.")
    passages = [
        a_passage(words, source=source, heading=heading)
        for words, heading in (("One.", "A › B"), ("Two.", "A › C"), ("Three.", "A"), ("Four.", None))
    ]
    html = source_page(source, turns_of(passages))
    assert re.findall(r"<h(\d) id=[^>]+>(.*?)</h\d>", html) == [
        ("2", "A"),
        ("3", "B"),
        ("3", "C"),
        ("2", "A"),
    ]


def test_adverts_and_what_a_machine_wrote_are_told_in_words(client: TestClient) -> None:
    html = client.get("/s/s1").text
    section = html.partition('<section class="labelled" aria-label="Advert">')[2].partition("</section>")[0]
    assert "Advert" in plain(section) and "paid for by Tin" in section and "power is scarce" not in section
    assert "All of this was written by an AI" in client.get("/s/summary").text
    assert "written by an AI" not in html
    both = a_source("Ours.\n\nA machine’s.")
    passages = [a_passage("Ours.", source=both), a_passage("A machine’s.", source=both, ai_written=True)]
    mixed = source_page(both, turns_of(passages))
    assert 'aria-label="AI-written"' in mixed and "All of this" not in mixed


@pytest.mark.parametrize(
    ("find", "count"), [("SCARCE", 2), ("don't  grow", 1), ("s", 3), ("nothing like it", 0), ("(", 0)]
)
def test_words_are_found_without_a_script(client: TestClient, find: str, count: int) -> None:
    html = client.get("/s/s1", params={"find": find}).text
    places = html.partition('aria-label="Found">')[2].partition("</section>")[0]
    targets = re.findall(r'href="#([^"]+)"', places)
    assert len(targets) == count
    for target in targets:
        assert "<mark>" in html.partition(f'id="{target}"')[2].partition("</span>")[0]
    assert "".join(sentences(html).values()) == "".join(sentences(client.get("/s/s1").text).values())


def test_the_recording_waits_for_the_reader_and_is_there_only_where_there_is_one(client: TestClient) -> None:
    html = client.get("/s/s1").text
    assert '<audio controls preload="none" src="https://media.example/1.mp3">' in html
    assert html.count("data-seek-s=") == 4
    letter = client.get("/s/letter").text
    assert "<audio" not in letter and "<script" not in letter and "data-seek-s" not in letter
    bad = source_page(an_episode(audio_url="javascript:hacked()")[0].source, turns_of(an_episode()))
    assert "<audio" not in bad and "javascript" not in bad


def test_a_question_about_it_is_scoped_to_it(client: TestClient) -> None:
    html = client.get("/s/s1").text
    form = html.partition('<form class="ask" method="get" action="/">')[2].partition("</form>")[0]
    assert 'name="source" value="s1"' in form and 'name="q"' in form


@pytest.mark.parametrize("path", ["/s/nope", "/s/paid", "/s/hidden", "/s/%00", "/s/" + "x" * 500])
def test_what_is_not_for_the_reader_is_not_there(client: TestClient, path: str) -> None:
    got = client.get(path)
    assert got.status_code == 404
    assert "There is no such source" in got.text
    assert PAID_WORDS not in got.text and "The quarry" not in got.text


def test_its_policy_lets_no_script_of_others_run(client: TestClient) -> None:
    policy = client.get("/s/s1").headers["content-security-policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy
    assert "set-cookie" not in client.get("/s/s1").headers


def test_hostile_words_are_words() -> None:
    source = a_source(HOSTILE, title=HOSTILE, show=HOSTILE, people=(HOSTILE,), language='"><script>')
    passage = a_passage(source=source, speakers=(HOSTILE,), heading=HOSTILE)
    client = serve(passage)
    for find in ("", "hacked", HOSTILE, '"><script>hacked()</script>'):
        seen = Seen(client.get("/s/s1", params={"find": find}).text)
        assert {tag for tag, _ in seen.tags}.isdisjoint({"script", "img", "style", "iframe"})
        assert not [attrs for _, attrs in seen.tags if any(name.startswith("on") for name in attrs)]
        assert HOSTILE in seen.words
