"""What is a sponsor's text and what only speaks of one: a wrong mark takes words out of every answer."""

import time

import pytest

from ingest.read import read
from ingest.transcripts.adverts import opens_advert


@pytest.mark.parametrize(
    "text",
    [
        "This episode is brought to you by Acme.",
        "And this week's show is proudly sponsored by Acme.",
        "Today's podcast is supported by Acme.",
        "This week's episode is presented by Acme.",
        "Support for this podcast comes from Acme.",
        "Support for Tea Radio and the following message come from Acme.",
        "This message comes from Acme.",
        "It's brought to you by Acme.",
        "And now a word from our sponsor.",
        "Now, a quick message from today's sponsors.",
        "Here's a word from our sponsor.",
        "Our sponsor today is Acme.",
        "Today's sponsor is Acme.",
        "Thanks to Acme for sponsoring this episode.",
        "A big thank you to Acme for supporting the show.",
        "Thanks to our sponsor Acme.",
        "Brought to you by Acme, the kettle people.",
        "Sponsored by Acme.",
        "Let me tell you about our friends at Acme.",
        "I want to thank our partners at Acme.",
        "Tea Radio is brought to you by Acme.",
        "This is Tea Radio. We're sponsored by Acme.",
        "This is Tea Radio, and we are proudly supported by Acme Kettles and the Bank of Lund.",
        "This is Tea Radio. We're supported by Acme, makers of kettles.",
        "This is Tea Radio. We're sponsored by Acme, the kettle people.",
        "This is Tea Radio. We're sponsored by Acme this week.",
        "Thanks to Acme for sponsoring this part of today's show.",
        "Thanks to Acme for sponsoring our autumn series.",
        "Let me thank our sponsors. Tea Radio has two of them.",
        "A quick thank you to this video's sponsor, Acme.",
    ],
)
def test_how_sponsors_texts_open(text):
    assert opens_advert(text)


@pytest.mark.parametrize(
    "text",
    [
        "We thanked our sponsor.",
        "The bill was sponsored by Senator Lund.",
        "The movement is supported by many.",
        "This is supported by evidence.",
        "The study was presented by Bo.",
        "Support for this idea comes from the data.",
        "Support for the bill comes from Ohio.",
        "This message comes from the heart.",
        "Thanks to Bo for supporting me in hard times.",
        "Thank you to everybody.",
        "This is Ana. We're supported by Bo today in the studio, and by Eva at the desk.",
        "This is Ana. We are supported by Bo, who is at the desk.",
        "Thanks to Senator Lund for sponsoring this bill.",
        "Thanks to Senator Lund for sponsoring this bill last week.",
        "A big thank you to Bo for sponsoring my visa.",
        "Today's show is about tea.",
        "A word from me.",
        "Let me tell you about our friends at school.",
        "Our friends at Acme found the leak.",
        "Tea Radio is supported by many.",
        "We're sponsored by Acme, so I can work on kettles.",
        "We want to thank our sponsors in parliament.",
        "Thank you to this video's director, Bo.",
    ],
)
def test_what_only_speaks_of_support(text):
    assert not opens_advert(text)


@pytest.mark.parametrize("text", ["{}", "so{}x"])
def test_blanks_by_the_thousand_take_no_time(text):
    started = time.process_time()
    assert not opens_advert(text.format(" " * 20_000))
    assert time.process_time() - started < 0.5


def flags(*cues):
    text = "WEBVTT\n\n" + "\n\n".join(
        f"00:{n * 10 // 60:02}:{n * 10 % 60:02}.000 --> 00:{n * 10 // 60:02}:{n * 10 % 60 + 9:02}.000\n{cue}"
        for n, cue in enumerate(cues)
    )
    return [part.label.advert for part in read(text.encode(), origin="x").parts]


def turn_flags(*turns):
    return [part.label.advert for part in read("\n\n".join(turns).encode(), origin="x").parts]


def test_one_in_the_midst_of_a_turn_ends_where_the_show_goes_on():
    said = (
        "So it is.",
        "Right. This show is brought to you by Acme.",
        "Buy a kettle.",
        "Now back to the show.",
    )
    assert flags(*said, "Tea is hot.") == [False, True, True, False, False]


def test_one_at_the_end_of_a_turn_ends_with_it():
    said = ("<v Ana>So it is,", "now a word from our sponsors.", "Buy a kettle.", "<v Bo>Tea is hot.")
    assert flags(*said) == [False, True, True, False]


def test_a_question_after_one_is_the_shows():
    said = ("<v Ana>This show is brought to you by Acme.", "<v Ana>Buy a kettle.", "<v Ana>Why is tea hot?")
    assert flags(*said, "<v Bo>The fire.") == [True, True, False, False]
    assert flags("<v Ana>So.", *said, "<v Bo>The fire.") == [False, True, True, False, False]


@pytest.mark.parametrize(
    "then",
    [(), ("<v Bo>Welcome back. Tea.",), ("<v Bo>This show is brought to you by Bolt.",)],
    ids=["nothing", "the show's return", "another advert"],
)
def test_a_question_that_nobody_replies_to_is_the_adverts(then):
    said = ("<v Ana>This show is brought to you by Acme.", "<v Ana>Buy a kettle.", "<v Ana>Ready for a cup?")
    assert flags(*said, *then)[:3] == [True] * 3
    assert flags("<v Ana>So.", *said, *then)[:4] == [False, True, True, True]


@pytest.mark.parametrize(
    "asks",
    ["Why not boil one at acme.com?", "Why not go to kettles dot com?", "Have you an Acme on your stove?"],
)
@pytest.mark.parametrize("opens", ["This show is brought to you by Acme.", "This message comes from Acme."])
def test_a_question_that_sells_is_the_adverts(opens, asks):
    said = (f"<v Ana>{opens}", "<v Ana>Buy a kettle.", f"<v Ana>{asks}", "<v Bo>The fire.")
    assert flags(*said) == [True, True, True, False]


def test_only_the_question_itself_tells_whose_it_is():
    said = ("<v Ana>This show is brought to you by Acme.", "<v Ana>See acme.com. So, Bo,", "<v Ana>why tea?")
    assert flags(*said, "<v Bo>The fire.") == [True, False, False, False]


def test_what_stands_between_a_break_and_the_shows_return_is_somebody_elses():
    said = ("<v Ana>We’ll be right back after this.", "<v Bo>Thirsty? Try Acme.", "<v Ana>Welcome back. Tea.")
    assert flags(*said) == [False, True, False]
    assert flags(*said[:2], "<v Ana>Tea is hot.") == [False, False, False]
    assert flags(said[0], *["<v Bo>Tea."] * 20, said[2]) == [False] * 22


def test_an_advert_ends_where_the_show_is_gone_back_to():
    said = (
        "Let me tell you about our friends at Acme.",
        "A kettle is nine crowns.",
        "And now back to the pier.",
    )
    assert flags(*said) == [True, True, False]


def test_the_words_one_opens_with_may_run_into_the_next_cue():
    said = ("So it is.", "Thanks to Acme for sponsoring")
    assert flags(*said, "this episode.") == [False, True, True]
    assert flags(*said, "this bill.") == [False, False, False]
    who = "This is Ana. We're supported by Bo"
    assert flags(who, "and Acme Kettles.") == [True, True]
    assert flags(who, "today in the studio.") == [False, False]


def test_of_one_whose_end_nobody_hears_only_the_opening_is_marked():
    said = ("So it is,", "and thanks to our sponsor Acme.", *(f"Tea is hot, {n}" for n in range(30)))
    assert flags(*said) == [False, True, *[False] * 30]


def test_of_one_whose_end_nobody_hears_the_sentences_that_name_the_sponsor_are_marked():
    said = (
        "So it is.",
        "And thanks to our sponsor",
        "Acme Kettles.",
        "It rained.",
        "Acme sells kettles",
        "for nine crowns.",
    )
    rest = tuple(f"Tea is hot, {n}." for n in range(30))
    assert flags(*said, *rest) == [False, *[True] * 5, *[False] * 30]
    assert flags(*said[:2], "Bo Dahl.", *rest) == [False, True, *[False] * 31]


def test_a_paragraph_of_a_page_is_marked_as_one_of_a_transcript_is():
    text = "# Tea Times\n\nTin is back.\n\nThis issue is sponsored by Acme, who make kettles.\n\nSo is iron."
    assert [part.label.advert for part in read(text.encode(), origin="x").parts] == [False, True, False]


def test_a_labelled_turn_that_soon_comes_to_its_sponsor_is_the_sponsors():
    said = "Ana: We'll be right back. Tea Radio is brought to you by Acme. Buy a kettle."
    assert turn_flags("Ana: Why is it hot?", "Bo: The fire.", said, "Bo: Tea is hot.") == [
        False,
        False,
        True,
        False,
    ]


def test_a_long_labelled_turn_with_its_sponsor_in_the_midst_is_the_shows():
    said = "Ana: So it is. Tea Radio is brought to you by Acme. " + "Tea is grown on hills. " * 30
    assert not any(turn_flags("Ana: Why is it hot?", "Bo: The fire.", said, "Bo: Tea is hot."))
