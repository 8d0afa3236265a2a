import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.words import content_words, stem, stems, words

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Müller's café", ["muller", "s", "cafe"], id="accents"),
        pytest.param("v0.19.2", ["v0", "19", "2"], id="versions"),
        pytest.param("snake_case-word", ["snake", "case", "word"], id="joints"),
        pytest.param("don’t", ["don", "t"], id="apostrophes"),
        pytest.param("… — !", [], id="marks"),
        pytest.param("第三 🎙 ok", ["第三", "ok"], id="other-scripts"),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_stop_words_go_unless_they_are_all_there_is() -> None:
    assert content_words("What did the minister say?") == ["minister"]
    assert content_words("Who is it?") == ["who", "is", "it"]
    assert stems("Exports of exported chips") == ["export", "export", "chip"]


def test_stems_are_those_of_the_full_text_table() -> None:
    db = sqlite3.connect(":memory:")
    db.execute(
        'CREATE VIRTUAL TABLE texts USING fts5 (text, tokenize = "porter unicode61 remove_diacritics 2")'
    )
    db.execute("CREATE VIRTUAL TABLE terms USING fts5vocab (texts, row)")
    text = "\n".join(path.read_text("utf-8") for path in sorted(EXAMPLES.glob("*.*")))
    text += """ technology technologies biology apologies methodological assembly possibly doubly nobly ably
        incredibly doxxing specced revved trekking vs us js ts running flies dying generalization conditional
        hopefulness électricité"""
    db.execute("INSERT INTO texts VALUES (?)", (text,))
    indexed = {term for (term,) in db.execute("SELECT term FROM terms")}
    db.close()
    assert len(indexed) > 1000
    assert {stem(word) for word in words(text)} == indexed


def test_threads_do_not_spoil_each_other_s_stems() -> None:
    some = [f"{root}{end}" for root in ("export", "chip", "licens", "model") for end in ("ing", "s", "ed")]
    alone = [stem(word) for word in some]
    stem.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(stem, some * 50)) == alone * 50
