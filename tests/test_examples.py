"""The example collection is sound: its quotes are there, its times run forward, its feed leads somewhere."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
FIELDS = set("id question type answerable answer must_contain evidence needs_all speaker".split())

QUESTIONS = [
    json.loads(line) for line in (EXAMPLES / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
TRANSCRIPT = (EXAMPLES / "episode.vtt").read_text(encoding="utf-8")


def seconds(stamp: str) -> float:
    hours, minutes, rest = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


CUES = [
    (seconds(start), seconds(end), words)
    for start, end, words in re.findall(r"^(\S+) --> (\S+)\n(.+)$", TRANSCRIPT, flags=re.MULTILINE)
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_every_quote_stands_exactly_once_in_its_file(question: dict[str, Any]) -> None:
    for evidence in question["evidence"]:
        text = (EXAMPLES / evidence["path"]).read_text(encoding="utf-8")
        assert text.count(evidence["quote"]) == 1, evidence
        assert 40 <= len(evidence["quote"]) <= 400, evidence


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_a_question_has_gold_exactly_when_it_can_be_answered(question: dict[str, Any]) -> None:
    assert set(question) - {"history"} == FIELDS
    assert bool(question["evidence"]) is question["answerable"]
    assert bool(question["must_contain"]) is question["answerable"]
    assert ("history" in question) is (question["type"] == "followup")


def test_ids_are_unique() -> None:
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)


def test_a_question_across_sources_rests_on_more_than_one_file() -> None:
    for question in QUESTIONS:
        if question["type"] == "cross":
            assert question["needs_all"]
            assert len({evidence["path"] for evidence in question["evidence"]}) > 1


def test_every_cue_is_read_and_times_run_forward() -> None:
    assert len(CUES) == TRANSCRIPT.count("-->")
    assert all(start < end for start, end, _ in CUES)
    assert all(end <= start for (_, end, _), (start, _, _) in pairwise(CUES))


def test_every_cue_lasts_a_few_seconds_at_the_pace_of_talk() -> None:
    words = sum(len(re.sub(r"<[^>]*>", "", text).split()) for _, _, text in CUES)
    assert all(3 <= end - start <= 12 for start, end, _ in CUES)
    assert 140 <= words / (CUES[-1][1] / 60) <= 160


def test_the_feed_names_the_people_who_speak() -> None:
    spoken = set(re.findall(r"<v ([^>]+)>", TRANSCRIPT))
    item = ElementTree.parse(EXAMPLES / "feed.xml").getroot().find("channel/item")
    assert item is not None
    assert {person.text for person in item.iter(f"{PODCAST}person")} == spoken


def test_the_feed_points_to_the_transcript_and_is_as_long() -> None:
    channel = ElementTree.parse(EXAMPLES / "feed.xml").getroot().find("channel")
    assert channel is not None
    (item,) = channel.findall("item")
    (transcript,) = item.findall(f"{PODCAST}transcript")
    assert transcript.get("type") == "text/vtt"
    assert (EXAMPLES / transcript.attrib["url"]).is_file()
    minutes, rest = (item.findtext(f"{ITUNES}duration") or "").split(":")
    assert CUES[-1][1] <= int(minutes) * 60 + int(rest) <= CUES[-1][1] + 10
