from pathlib import Path

from rag.evidence import choose
from rag.models import Filters, Found, Match, Passage, Sentence
from rag.sentences import sentence_spans
from rag.voices import said_by, spoken_by
from rag.weighing import weigh
from tests.fakes import a_passage, a_source
from tests.rag.archives import an_archive, put

TALK = (
    "Will the ferry sail in ice? It sails in thin ice. The ferry never sails at night. Nor did the old ferry."
)
VOICES = ("Una Berg", "Per Holm", "Una Berg", "Una Berg")


def talk(*, id: str = "s1") -> Passage:
    """A passage in which Una and Per take turns."""
    source = a_source(TALK, id=id, title="Ice")
    sentences = tuple(
        Sentence(start=a, end=b, speaker=who, start_s=float(a), end_s=float(b))
        for (a, b), who in zip(sentence_spans(TALK), VOICES, strict=True)
    )
    return a_passage(source=source, sentences=sentences, speakers=("Una Berg", "Per Holm"))


def found(**given: object) -> list[Found]:
    match = Match(passage=talk(), score=1.0, **given)  # type: ignore[arg-type]
    return [Found(best=match, matches=(match,))]


def test_only_their_runs_of_sentences_are_left_and_each_stands_alone() -> None:
    (hit,) = said_by({"Una Berg"}, found())
    said = [[TALK[one.start : one.end] for one in match.passage.sentences] for match in hit.matches]
    assert said == [
        ["Will the ferry sail in ice?"],
        ["The ferry never sails at night.", "Nor did the old ferry."],
    ]
    assert {match.passage.speakers for match in hit.matches} == {("Una Berg",)}
    assert hit.text == TALK, "what was found is shown whole"


def test_the_nearness_of_each_sentence_stays_with_it() -> None:
    closeness = ((0.1, 0.2, 0.3, 0.4), (0.12, 0.23, 0.34), (0.123, 0.234))
    (hit,) = said_by({"Una Berg"}, found(closeness=closeness))
    assert [match.closeness for match in hit.matches] == [((0.1,), (), ()), ((0.3, 0.4), (0.34,), ())]


def test_what_they_say_nothing_in_is_no_find() -> None:
    assert said_by({"Ida Lund"}, found()) == []
    assert spoken_by({"Ida Lund"}, talk()).sentences == ()


def test_no_quote_runs_over_what_another_says_between() -> None:
    question = weigh("Does the ferry sail in ice at night?", counts={}, passages=10)
    for evidence in choose(question, said_by({"Una Berg"}, found()), most=4):
        assert "thin ice" not in evidence.quote
        assert evidence.speaker == "Una Berg"


def test_an_answer_for_one_speaker_quotes_nobody_else(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        put(archive, talk().source, [talk()])
        for question in ("Does the ferry sail in thin ice?", "Which episodes mention the ferry?"):
            for name in ("Una Berg", "Per Holm"):
                answer = archive.assistant.ask(question, filters=Filters(speakers=(name,)))
                assert {citation.evidence.speaker for citation in answer.citations} <= {name}
        everybody = archive.assistant.ask("Which episodes mention the ferry?")
        assert everybody.citations[0].evidence.speaker == "Una Berg"
        hers = archive.assistant.ask(
            "How often is the ferry mentioned?", filters=Filters(speakers=("Una Berg",))
        )
        assert len(hers.citations) == 3
        none = archive.assistant.ask("How often is ice mentioned?", filters=Filters(speakers=("per holm",)))
        assert [citation.evidence.quote for citation in none.citations] == ["It sails in thin ice."]
