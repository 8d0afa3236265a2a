from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rag.citing import cite
from rag.compose.drafting import Drafting
from rag.compose.extractive import Extractive
from rag.compose.telling import Judged, Reading
from rag.models import Answer, Claim, SourceKind, Status, Verdict
from tests.fakes import CannedAssistant, a_citation, a_passage, a_refusal, a_source, an_answer, an_evidence
from ui.render import Coming, Exchange, Run, answered, failed, paragraphs, waiting, web_link


def words(text: str) -> Run:
    return Run(text=text, card=None, title=False)


def title(text: str) -> Run:
    return Run(text=text, card=None, title=True)


def chip(number: int) -> Run:
    return Run(text=str(number), card=f"cite-a1-{number}", title=False)


def quoting(*quotes: str) -> list[list[Run]]:
    """The paragraphs of an answer that quotes each text in turn."""
    return paragraphs(
        an_answer(
            *(
                a_citation(n, evidence=an_evidence(quote, passage=a_passage(quote)))
                for n, quote in enumerate(quotes, 1)
            )
        )
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=x onerror=alert(1)>",
        "</script><script>alert(1)</script>",
        "See [1] and [2][3].",
        "`code` and *stars* and __lines__",
        "${Object.assign(window, {hacked: 1})}",
        "{{this.text}} {{#each value}}",
        "[a link](javascript:alert(1))",
        "It ends in a marker of its own [7]",
        "Emoji 🎙️ and e\u0301 combine",
    ],
)
def test_the_words_of_a_source_arrive_to_the_letter(hostile: str) -> None:
    assert quoting(hostile) == [[words(hostile), chip(1)]]


@pytest.mark.parametrize(
    ("text", "claims", "shown"),
    [
        pytest.param("One. [1]", [("One.", (1,))], [[words("One."), chip(1)]], id="marker-becomes-chip"),
        pytest.param(
            "One. [1][2]", [("One.", (1, 2))], [[words("One."), chip(1), chip(2)]], id="two-markers"
        ),
        pytest.param(
            "One. [1] [2]", [("One.", (1, 2))], [[words("One."), chip(1), chip(2)]], id="spaced-markers"
        ),
        pytest.param(
            "He said: One. [1] Then: Two. [2]",
            [("One.", (1,)), ("Two.", (2,))],
            [[words("He said: "), words("One."), chip(1), words(" Then: "), words("Two."), chip(2)]],
            id="frame-text-stays",
        ),
        pytest.param(
            "See [1] here. [1]",
            [("See [1] here.", (1,))],
            [[words("See [1] here."), chip(1)]],
            id="own-brackets-stay",
        ),
        pytest.param(
            "One. [9]", [("One.", (1,))], [[words("One."), chip(1), words(" [9]")]], id="foreign-marker-stays"
        ),
        pytest.param("One.", [("One.", (1,))], [[words("One."), chip(1)]], id="no-marker"),
        pytest.param(
            "She: “One.” [1]",
            [("One.", (1,))],
            [[words("She: “"), words("One.”"), chip(1)]],
            id="closing-mark-before-the-chip",
        ),
        pytest.param(
            "One. 5 [1]", [("One.", (1,))], [[words("One."), chip(1), words(" 5 [1]")]], id="words-come-first"
        ),
        pytest.param(
            "In *The Race for Chips*: One. [1]",
            [("One.", (1,))],
            [[words("In "), title("The Race for Chips"), words(": "), words("One."), chip(1)]],
            id="title-of-a-cited-source",
        ),
        pytest.param(
            "In *Another*: *The Race for Chips* [1]",
            [("*The Race for Chips*", (1,))],
            [[words("In *Another*: "), words("*The Race for Chips*"), chip(1)]],
            id="other-asterisks-stay",
        ),
        pytest.param("One. [3]", [("One.", (3,))], [[words("One.")]], id="no-chip-without-a-citation"),
        pytest.param(
            "One. [1]\n\nTwo. [2]",
            [("One.", (1,)), ("Two.", (2,))],
            [[words("One."), chip(1)], [words("Two."), chip(2)]],
            id="blank-line-parts-paragraphs",
        ),
    ],
)
def test_chips_stand_where_the_claims_end(
    text: str, claims: list[tuple[str, tuple[int, ...]]], shown: list[list[Run]]
) -> None:
    placed = tuple(
        Claim(
            text=claim,
            at=(text.index(claim), text.index(claim) + len(claim)),
            citations=numbers,
            verdict=Verdict.QUOTED,
        )
        for claim, numbers in claims
    )
    assert paragraphs(an_answer(a_citation(1), a_citation(2), text=text, claims=placed)) == shown


def test_what_the_extractive_composer_writes_shows_no_mark_up() -> None:
    episode = a_passage(source=a_source("Said so."), speakers=("Ana Ruiz",), start_s=754.2)
    letter = a_passage(source=a_source("Wrote so.", id="s2", title="*", published=None), heading="Why [1]")
    evidence = [an_evidence(passage=episode), an_evidence(passage=letter)]
    cited = cite(Extractive().compose("Why?", evidence))
    answer = an_answer(*cited.citations, text=cited.text, claims=cited.claims)
    assert ["".join(run["text"] for run in paragraph) for paragraph in paragraphs(answer)] == [
        "Ana Ruiz, in The Race for Chips (Frontier Hour, 8 May 2026), 12:34: “Said so.”1",
        "* (Frontier Hour), “Why [1]”: “Wrote so.”2",
    ]


def coming(answer: Answer) -> list[Exchange]:
    exchange = Coming(answer.question, searched="3 sources")
    return [exchange.after(event) for event in CannedAssistant(otherwise=answer).stream(answer.question)]


def test_an_answer_grows_by_one_claim_at_a_time_and_ends_whole() -> None:
    answer = an_answer(a_citation(1), a_citation(2), a_citation(3))
    searching, *growing, whole = coming(answer)
    assert (searching["stage"], searching["done"]) == ("Reading 0 of them…", ["Searched 3 sources"])
    assert searching["paragraphs"] == []
    assert {state["stage"] for state in growing} == {"Checking…"}
    assert [sum(run["card"] is not None for run in state["paragraphs"][0]) for state in growing] == [1, 2, 3]
    assert [len(state["cards"]) for state in growing] == [1, 2, 3]
    assert whole == answered(replace(answer, id="a11"))
    assert growing[-1]["paragraphs"] == whole["paragraphs"]


def test_an_answer_without_claims_comes_at_once() -> None:
    assert len(coming(a_refusal())) == 2


def test_a_draft_stands_apart_and_goes_when_it_is_judged() -> None:
    exchange = Coming("Why?", searched="3 sources")
    kept, cut = (
        a_claim("Chips are scarce.", citations=(1,)),
        a_claim("They are free.", reason="free is not there"),
    )
    exchange.after(Reading(id="a1", found=(), sources=()))
    writing = exchange.after(Drafting("Chips are"))
    assert (writing["draft"], writing["stage"]) == ("Chips are", "Writing…")
    assert writing["done"] == ["Searched 3 sources", "read 0"]
    solid = exchange.after(Judged(kept, (a_citation(1),), "Chips are scarce. [1]"))
    assert (solid["draft"], solid["cut"], solid["stage"]) == (None, [], "Checking…")
    assert "".join(run["text"] for run in solid["paragraphs"][0]) == "Chips are scarce.1"
    exchange.after(Drafting("They are free"))
    after = exchange.after(Judged(cut, (), "Chips are scarce. [1]"))
    assert (after["draft"], after["cut"]) == (None, ["free is not there"])
    assert after["paragraphs"] == solid["paragraphs"]


def a_claim(text: str, *, citations: tuple[int, ...] = (), reason: str | None = None) -> Claim:
    verdict = Verdict.SUPPORTED if citations else Verdict.CUT
    return Claim(text=text, at=(0, len(text)), citations=citations, verdict=verdict, reason=reason)


def test_a_card_says_who_what_where_and_when() -> None:
    source = a_source(
        "Said so.",
        title="Chips",
        show="Hour",
        published=date(2026, 5, 8),
        audio_url="https://media.example/a.mp3",
    )
    passage = a_passage(
        source=source, speakers=("Ana Ruiz",), start_s=754.2, heading="Part one", ai_written=True, advert=True
    )
    link = "https://frontier.example/a.mp3#t=753"
    citation = a_citation(2, evidence=an_evidence(passage=passage, approximate=True), link=link)
    (card,) = answered(an_answer(citation))["cards"]
    assert card == {
        "id": "cite-a1-2",
        "number": 2,
        "source_id": "s1",
        "passage_id": "p-s1-0",
        "start": 0,
        "end": 8,
        "quote": "Said so.",
        "speaker": "Ana Ruiz",
        "title": "Chips",
        "show": "Hour",
        "published": "2026-05-08",
        "date": "8 May 2026",
        "heading": "Part one",
        "kind": "Episode",
        "labels": ["AI-written", "Advert"],
        "time": "12:34 (approximate time)",
        "link": link,
        "link_text": "Open at 12:33",
        "audio": "https://media.example/a.mp3",
        "from_s": 753,
        "verdict": "Quoted word for word",
        "mark": "",
    }


@pytest.mark.parametrize(
    ("verdict", "mark", "told"),
    [
        (Verdict.QUOTED, "", "Quoted word for word"),
        (Verdict.SUPPORTED, "✓", "The answer was checked against these words"),
        (Verdict.DERIVED, "Σ", "Counted in the answer"),
    ],
)
def test_a_card_is_marked_for_how_its_words_are_used(verdict: Verdict, mark: str, told: str) -> None:
    (card,) = answered(an_answer(a_citation(verdict=verdict)))["cards"]
    assert (card["mark"], card["verdict"]) == (mark, told)


def test_a_newsletter_has_no_time_and_opens_as_a_whole() -> None:
    passage = a_passage(source=a_source(kind=SourceKind.NEWSLETTER, published=None))
    (card,) = answered(an_answer(a_citation(evidence=an_evidence(passage=passage))))["cards"]
    assert (card["time"], card["date"], card["link_text"]) == (None, None, "Open the newsletter")
    assert (card["audio"], card["from_s"]) == (None, None)


@pytest.mark.parametrize(
    ("link", "safe"),
    [
        ("https://frontier.example/a?b#t=3", True),
        ("http://frontier.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,<script>alert(1)</script>", False),
        ("//frontier.example/a", False),
        ("/etc/passwd", False),
        ("https://[broken", False),
        ("https:", False),
        (None, False),
    ],
)
def test_only_web_addresses_become_links(link: str | None, safe: bool) -> None:
    assert web_link(link) == (link if safe else None)


def test_what_is_nearest_shows_only_when_the_question_is_not_covered() -> None:
    source = a_source(title="Near", published=date(2026, 5, 8), url="javascript:alert(1)")
    refusal = answered(a_refusal(source))
    assert refusal["nearest"] == [{"title": "Near", "date": "8 May 2026", "link": None}]
    assert answered(a_refusal(source, status=Status.OFF_TOPIC))["nearest"] == []


def test_a_question_waits_or_fails_without_an_answer() -> None:
    assert waiting("Why?", searched="3 sources")["stage"] == "Searching 3 sources…"
    gone = failed("Why?", problem="Busy.")
    assert (gone["problem"], gone["stage"], gone["paragraphs"], gone["text"]) == ("Busy.", None, [], "")


def test_what_a_model_wrote_says_so() -> None:
    cited = a_citation(1)
    assert answered(an_answer(cited, model="extractive"))["author"] is None
    assert "AI model" in str(answered(an_answer(cited, model="openai:writer"))["author"])
    assert answered(a_refusal(model="openai:writer"))["author"] is None
