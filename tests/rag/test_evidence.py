from dataclasses import replace

import pytest

from rag.evidence import choose, heard, most_together
from rag.models import Found, Passage, Sentence, SourceKind
from rag.sentences import sentence_spans
from rag.voices import said_by
from rag.weighing import Weighed, weigh
from tests.fakes import a_found, a_source


def passage(
    text: str,
    *,
    id: str = "s1",
    speakers: tuple[str | None, ...] = (),
    title: str = "T",
    kind: SourceKind = SourceKind.EPISODE,
    people: tuple[str, ...] = (),
) -> Passage:
    """A passage over all of a source; `speakers` gives each sentence's."""
    spans = sentence_spans(text)
    voices = speakers or (None,) * len(spans)
    sentences = tuple(
        Sentence(start=a, end=b, speaker=who, start_s=float(a), end_s=float(b), approximate=a > 0)
        for (a, b), who in zip(spans, voices, strict=True)
    )
    named = tuple(dict.fromkeys(who for who in voices if who))
    source = a_source(text, id=id, title=title, kind=kind, people=people)
    return Passage(
        id=f"p-{id}", source=source, ordinal=0, start=0, end=len(text), sentences=sentences, speakers=named
    )


def asked(question: str, **counts: int) -> Weighed:
    return weigh(question, counts=counts, passages=100)


def hits(*passages: Passage, similarity: float | None = None) -> list[Found]:
    return [a_found(each, similarity=similarity) for each in passages]


def test_rare_words_weigh_more() -> None:
    weighed = asked("cheap chips", cheap=90, chip=2)
    assert weighed.weights["chip"] > 5 * weighed.weights["cheap"] > 0
    assert weighed.share({"chip"}) > 0.8
    assert weighed.share({"chip", "cheap"}) == pytest.approx(1.0)
    assert weighed.share(set()) == 0


def test_a_question_of_no_words_weighs_nothing_and_breaks_nothing() -> None:
    weighed = asked("…?")
    assert weighed.weights == {}
    assert weighed.share({"chip"}) == 0


def test_the_sentence_that_answers_is_chosen_not_the_passage_around_it() -> None:
    text = "We had lunch. Chips became scarce in October. It rained all day."
    (evidence,) = choose(asked("When did chips become scarce?"), hits(passage(text)), most=3)
    assert evidence.quote == "Chips became scarce in October."


def test_neighbouring_sentences_are_joined_when_each_brings_words_of_the_question() -> None:
    text = "The export rule came in October. It limits bandwidth between chips. It rained."
    (evidence,) = choose(
        asked("Which bandwidth does the export rule limit in October?"), hits(passage(text)), most=1
    )
    assert evidence.quote == "The export rule came in October. It limits bandwidth between chips."


def test_a_stretch_never_mixes_voices_and_has_the_times_of_its_own_sentences() -> None:
    text = "Why are chips scarce? Because the export rule came."
    mixed = passage(text, speakers=("Ana", "Bo"))
    (evidence,) = choose(asked("Why are chips scarce since the export rule came?"), hits(mixed), most=1)
    sentence = next(each for each in mixed.sentences if each.start == evidence.start)
    assert evidence.end == sentence.end
    assert (evidence.speaker, evidence.start_s, evidence.end_s, evidence.approximate) == (
        sentence.speaker,
        sentence.start_s,
        sentence.end_s,
        sentence.approximate,
    )


def test_the_same_words_of_two_sources_are_kept_together_and_of_more_are_not() -> None:
    twins = hits(*(passage("Chips are scarce.", id=f"s{n}") for n in range(4)))
    chosen = choose(asked("Are chips scarce?"), twins, most=4)
    assert len({item.passage.source.id for item in chosen}) == len(chosen) == 2


def test_of_one_speaker_only_their_own_words_are_chosen() -> None:
    mixed = passage("Why are chips scarce? Chips are scarce by law.", speakers=("Ana", "Bo"))
    (evidence,) = choose(asked("Why are chips scarce?"), said_by({"Ana"}, hits(mixed)), most=4)
    assert evidence.speaker == "Ana"
    assert choose(asked("Why are chips scarce?"), said_by({"Cy"}, hits(mixed)), most=4) == []


def test_voices_are_heard_by_turns_before_the_others() -> None:
    ana, bo, cy = (
        choose(asked("kiln"), hits(passage(f"{who} has a kiln.", id=who)), most=1) for who in ("A", "B", "C")
    )
    assert heard([ana, bo], [*cy, *ana], most=4, each=1) == [*ana, *bo, *cy]
    assert heard([ana + cy, bo], [], most=2, each=2) == [*ana, *bo]


def test_at_most_so_many_and_best_first() -> None:
    found = hits(*(passage(f"Chips are scarce in place {n}.", id=f"s{n}") for n in range(6)))
    chosen = choose(asked("Where are chips scarce?"), found, most=3)
    assert len(chosen) == 3
    assert [each.score for each in chosen] == sorted((each.score for each in chosen), reverse=True)


def test_what_is_far_behind_the_best_is_left_out() -> None:
    scarce, bread = hits(passage("Chips are scarce since October."), passage("Bread is cheap.", id="s2"))
    found = [scarce, a_found(bread.passage, score=0.3)]
    chosen = choose(asked("Why are chips scarce since October?"), found, most=4)
    assert [each.quote for each in chosen] == ["Chips are scarce since October."]


def test_nothing_found_gives_nothing() -> None:
    assert choose(asked("Chips?"), [], most=4) == []
    assert most_together(asked("Chips?"), []) == 0


def test_labels_count_as_words_that_stand_together() -> None:
    chosen = choose(
        asked("Did Ana count chips?"), hits(passage("Chips, twice.", speakers=("Ana Li",))), most=1
    )
    assert most_together(asked("Ana chips"), chosen) == 2


def test_of_two_people_who_are_named_each_is_heard() -> None:
    ana = "The kiln cracked in the frost. The kiln needs new bricks. The kiln is old."
    passages = [
        passage(ana, id="s1", speakers=("Ana Li",) * 3),
        passage("The kiln cracked, Ana says.", id="s2", speakers=("Ana Li",)),
        passage("It was fine by me.", id="s3", speakers=("Bo Chen",)),
    ]
    together = choose(asked("What do you say of the kiln, Ana Li and Bo Chen?"), hits(*passages), most=2)
    assert {item.speaker for item in together} == {"Ana Li", "Bo Chen"}
    assert len(together) == 2
    one = choose(asked("What do you say of the kiln, Ana Li?"), hits(*passages), most=2)
    assert {item.speaker for item in one} == {"Ana Li"}


def test_more_people_than_there_is_room_for_are_not_all_heard() -> None:
    people = ("Ana Li", "Bo Chen", "Cy Dorn")
    passages = [
        passage(f"The kiln is {how}.", id=f"s{at}", speakers=(who,))
        for at, (who, how) in enumerate(zip(people, ("old", "new", "hot"), strict=True))
    ]
    question = asked("What do Ana Li, Bo Chen and Cy Dorn say of the kiln?")
    for most in (1, 2, 3):
        chosen = choose(question, hits(*passages), most=most)
        assert len(chosen) == len({item.speaker for item in chosen}) == most


def test_of_two_kinds_of_sources_that_are_spoken_of_each_is_heard() -> None:
    kiln = "The kiln cracked in the frost. The kiln needs new bricks."
    passages = [
        passage(kiln, id="s1"),
        passage("The kiln cracked, it says.", id="s2"),
        passage("The old oven broke.", id="s3", kind=SourceKind.NEWSLETTER),
    ]
    both = choose(asked("What do podcast and newsletter say of the kiln?"), hits(*passages), most=2)
    assert {item.passage.source.kind for item in both} == {SourceKind.EPISODE, SourceKind.NEWSLETTER}
    one = choose(asked("What does the podcast say of the kiln?"), hits(*passages), most=2)
    assert {item.passage.source.kind for item in one} == {SourceKind.EPISODE}


def test_a_list_is_quoted_whole_where_several_things_are_asked_for() -> None:
    items = "\n".join(
        f"{at}. {rule}." for at, rule in enumerate(("Dry it", "Stack it", "Light it", "Wait a day"), 1)
    )
    kiln = passage(f"Ana has four rules for her kiln.\n\n{items}\n\nThey are in her book.")
    (several, *_) = choose(asked("What are Ana's four rules for the kiln?"), hits(kiln), most=1)
    assert several.quote == f"Ana has four rules for her kiln.\n\n{items}"
    (one, *_) = choose(asked("Whose kiln is it?"), hits(kiln), most=1)
    assert items not in one.quote


def test_who_writes_i_is_whom_the_page_is_by() -> None:
    question = asked("What does Ana Li pay for clay?")
    letter, talk = SourceKind.NEWSLETTER, SourceKind.EPISODE
    other = passage("I pay ten crowns for clay.", id="s1", kind=letter, people=("Bo Lind",))
    hers = passage("I pay nine crowns for clay.", id="s2", kind=letter, people=("Ana Li",))
    assert choose(question, hits(other, hers), most=4)[0].passage.source.id == "s2"
    # In an episode, each sentence has its speaker.
    there = passage("I pay nine crowns for clay.", id="s3", kind=talk, people=("Ana Li",))
    assert choose(question, hits(other, there), most=4)[0].passage.source.id == "s1"


def test_a_welcome_or_thanks_answers_nothing_for_the_name_in_it() -> None:
    host, guest = "Bo Lind", "Ana Li"
    text = "Ana Li, welcome. I fire kilns by night. Ana Li, thank you."
    spoken = passage(text, speakers=(host, guest, host), people=(host, guest))
    first, *_ = choose(asked("Which recipe for glaze does Ana Li use?"), hits(spoken), most=1)
    assert first.quote == "I fire kilns by night."
    for parting in ("Ana Li, thank you very much.", "Welcome to the show, Ana Li."):
        bye = passage(f"{parting} I fire kilns in Arles.", speakers=(host, guest), people=(host, guest))
        first, *_ = choose(asked("Where does Ana Li work?"), hits(bye), most=1)
        assert first.quote == "I fire kilns in Arles."
    # Who asks little more than for a person may be served by an introduction.
    intro = passage("This is Ana Li of Arles. It rained.", speakers=(host, host), people=(host, guest))
    first, *_ = choose(asked("Where does Ana Li work?"), hits(intro), most=1)
    assert first.quote == "This is Ana Li of Arles."


def test_a_byline_is_not_quoted_with_the_sentence_below_it() -> None:
    letter = passage("Letter of Ana Li on kilns\n\nDear readers, the kiln is cold. It rained on the kiln.")
    for question in ("What does Ana Li say of kilns?", "Is Ana Li's kiln cold?"):
        (first, *_) = choose(asked(question), hits(letter), most=1)
        assert first.quote.startswith(("Dear readers", "It rained")), question


def test_a_title_among_sentences_is_not_quoted_for_having_the_words() -> None:
    notes = passage("We talk of kilns. Thanks for listening.\n\nRead: Why the old kiln cracked", id="s1")
    told = passage("Frost got into the old kiln. It cracked overnight.", id="s2")
    (first, *_) = choose(asked("Why did the old kiln crack?"), hits(notes, told), most=2)
    assert first.passage.source.id == "s2"
    unstopped = passage("the old kiln cracked because frost got in\n\nwe talk of kilns", id="s3")
    assert choose(asked("Why did the old kiln crack?"), hits(unstopped), most=1)[0].quote.startswith(
        "the old"
    )


def test_what_a_speaker_takes_back_is_not_quoted_alone() -> None:
    text = "In issue 12 I gave the kiln's heat as 900 degrees. That was wrong. It fires at 1,100 degrees."
    (evidence,) = choose(asked("What is the kiln's heat in degrees?"), hits(passage(text)), most=3)
    assert "That was wrong." in evidence.quote


@pytest.mark.parametrize(
    "text",
    [
        "In the May talk I said the kiln's heat is 900 degrees. That's wrong. It's 1,100.",
        "The kiln's heat is 900 degrees. Sorry, let me correct myself. It's 1,100.",
        "In the last letter I wrote that the kiln's heat is 900 degrees. It is 1,100.",
        "It was said there that the kiln has a heat of 900 degrees. It has 1,100.",
    ],
)
def test_what_holds_instead_is_quoted_with_what_was_said_before(text: str) -> None:
    (evidence,) = choose(
        asked("What is the kiln's heat in degrees?"), hits(passage(f"{text} We had soup.")), most=3
    )
    assert evidence.quote == text


def test_the_few_words_that_open_a_turn_are_quoted_with_what_follows_them() -> None:
    text = "Would you sell the kiln? No. The kiln is worth more than the house. We had soup."
    spoken = passage(text, speakers=("Ana Li", "Bo Lind", "Bo Lind", "Bo Lind"))
    question = asked("Is the kiln worth more than the house?")
    best, *_ = choose(question, hits(spoken), most=3)
    assert best.quote == "No. The kiln is worth more than the house."
    theirs, *_ = choose(question, said_by({"Bo Lind"}, hits(spoken)), most=3)
    assert theirs.quote == best.quote


def test_a_correction_is_quoted_with_what_it_corrects() -> None:
    text = "I said nine. That was wrong. The kiln's heat is 1,100 degrees."
    assert quoted("What is the kiln's heat in degrees?", hits(passage(text))) == text


def test_what_only_leads_up_to_a_question_is_no_answer() -> None:
    text = "Last thing, the kiln. Have you fired it yet? On Sunday I lit it."
    spoken = hits(passage(text, speakers=("Ana Li", "Ana Li", "Bo Lind")))
    assert quoted("What did they say of the kiln on Sunday?", spoken) == "On Sunday I lit it."
    # A tag is no question, and who answers it themselves goes on.
    for voices, tag in (
        (("Ana Li", "Ana Li", "Bo Lind"), "Right?"),
        (("Ana Li",) * 3, "Have you fired it yet?"),
    ):
        told = hits(passage(f"The kiln is lit. {tag} On Sunday it rained.", speakers=voices))
        assert quoted("Is the kiln lit?", told) == "The kiln is lit."


def measured(text: str, *near: float, speakers: tuple[str | None, ...] = ()) -> list[Found]:
    """A passage as found, with how near to the question each of its sentences is, and runs of them."""
    runs = [[sum(near[at : at + n]) / n for at in range(len(near) - n + 1)] for n in (1, 2, 3)]
    found = a_found(passage(text, speakers=speakers))
    closeness = (tuple(runs[0]), tuple(runs[1]), tuple(runs[2]))
    return [replace(found, matches=tuple(replace(one, closeness=closeness) for one in found.matches))]


def quoted(question: str, found: list[Found]) -> str:
    return choose(asked(question), found, most=1)[0].quote


def test_a_short_quote_has_the_sentence_beside_it_that_bears_on_the_question() -> None:
    asks, went, came, soup = (
        "How many kilns did Bo fire?",
        "Bo had nine kilns.",
        "Six were fired.",
        "We had soup.",
    )
    assert quoted(asks, measured(f"{went} {came} {soup}", 0.8, 0.3, 0.1)) == f"{went} {came}"
    assert quoted(asks, measured(f"{came} {went} {soup}", 0.3, 0.8, 0.1)) == f"{came} {went}"
    assert quoted(asks, measured(f"{went} {soup} {came}", 0.8, 0.1, 0.3)) == went
    assert quoted(asks, measured(f"{went}\n\n{came}", 0.8, 0.3)) == went
    assert quoted(asks, measured(f"{went} {came}", 0.8, 0.3, speakers=("Bo Lind", "Ana Li"))) == went
    assert quoted(asks, measured(f"{went} Were six fired? {soup}", 0.8, 0.3, 0.1)) == went


def test_a_quote_that_says_enough_stands_alone() -> None:
    went = (
        "Bo had nine kilns in the yard behind the school, "
        + "of which one was old, " * 3
        + "and all cracked."
    )
    assert quoted("How many kilns did Bo have?", measured(f"{went} Six were fired.", 0.8, 0.3)) == went


def test_a_correction_that_says_what_holds_needs_no_more() -> None:
    text = "The kiln's heat is 900 degrees. That was wrong: the kiln's heat is 1,100 degrees. We had soup."
    (evidence,) = choose(asked("What is the kiln's heat in degrees?"), hits(passage(text)), most=3)
    assert evidence.quote.endswith("1,100 degrees.")


def test_the_reply_to_a_question_like_the_readers_is_quoted_not_the_question() -> None:
    text = "When does the new quay at Norrby open? October next year, if the cranes come. We had soup."
    spoken = passage(text, speakers=("Ana Li", "Bo Lind", "Bo Lind"))
    best, *_ = choose(asked("When does the new quay at Norrby open?"), hits(spoken), most=3)
    assert best.quote.startswith("October next year")


def test_the_one_person_asked_about_is_heard_before_others_who_say_about_as_much() -> None:
    theirs = passage("Insurers will stay in the harbour, I think.", id="s1", speakers=("Ana Li",))
    others = passage("Insurers will leave the harbour, insurers say.", id="s2", speakers=("Bo Lind",))
    first, *_ = choose(asked("What does Li say about insurers in the harbour?"), hits(others, theirs), most=4)
    assert first.speaker == "Ana Li"


def test_a_name_that_several_bear_puts_nobody_first() -> None:
    one = passage("The harbour froze in March.", id="s1", speakers=("Ana Li",))
    two = passage("The harbour froze in March, and Ana wept.", id="s2", speakers=("Ana Berg",))
    first, *_ = choose(asked("What does Ana say of the harbour in March?"), hits(one, two), most=4)
    assert first.speaker == "Ana Berg"


def test_only_the_speaker_of_a_sentence_lends_it_their_name() -> None:
    text = "The lock froze over. The lock is open."
    spoken = passage(text, speakers=("Bo Lind", "Ana Li"))
    first, *_ = choose(asked("What does Ana Li say of the lock?"), hits(spoken), most=4)
    assert first.quote == "The lock is open."
