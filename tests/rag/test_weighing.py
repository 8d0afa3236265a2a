"""A question's stems in a text: found without stemming every word of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.weighing import weigh
from rag.words import stem, stems, words

# Words whose stems differ from how they begin, short ones, and one of another script.
WORDS = """happy happily using used us uses ponies hoping hopped technology possibly relational valency
be c cs activity kiln kilns Müller mullers не 42 v0 sizing conflated ability skies sky dying""".split()


@given(asked=st.lists(st.sampled_from(WORDS), min_size=1), said=st.lists(st.sampled_from(WORDS)))
def test_the_stems_that_a_text_holds_are_those_of_its_words(asked: list[str], said: list[str]) -> None:
    question = weigh(" ".join(asked), counts={}, passages=10)
    text = ", ".join(said)
    assert question.held_in(text) == set(stems(question.text)) & set(map(stem, words(text)))
