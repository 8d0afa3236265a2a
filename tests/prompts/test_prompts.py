from __future__ import annotations

from pathlib import Path

import pytest

from prompts import VARIABLES, MissingVariables, PromptError, UnknownVariables, chat_prompt, check_all, part
from rag.compose.drafting import NOT_COVERED, PARTLY

FILLED = {
    "refusal": NOT_COVERED,
    "partly": PARTLY,
    "fence": "7f3a",
    "citing": "Cite.",
    "material": '[1] A brace {x} and a dollar $5 and {"a": 1}.',
    "question": "What {is} $this?",
}


def test_every_prompt_of_ours_can_be_used() -> None:
    check_all()
    assert {Path(name).stem for name in VARIABLES} == {
        file.stem for file in (Path(__file__).parents[2] / "prompts").glob("*.md")
    }


def test_what_is_filled_in_stands_as_it_is() -> None:
    system, user = chat_prompt("answer").format_messages(**FILLED)
    assert (system.type, user.type) == ("system", "human")
    assert NOT_COVERED in system.text
    assert FILLED["material"] in user.text
    assert FILLED["question"] in user.text
    assert "material 7f3a begins" in user.text


def test_examples_of_right_and_wrong_citing_are_given() -> None:
    for name in ("cite-markers", "cite-schema", "cite-native"):
        assert "Right:" in part(name)
        assert "Wrong:" in part(name)
    assert '{"text": "Two plants were closed in May.", "cites": [5]}' in part("cite-schema")


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        pytest.param("# system\nHi\n# user\n$talk $question", MissingVariables, "lacks fence", id="missing"),
        pytest.param(
            "# system\n$fence $colour\n# user\n$talk $question", UnknownVariables, "has colour", id="unknown"
        ),
        pytest.param("$fence $talk $question", PromptError, "must have the heading", id="no-headings"),
        pytest.param("# system\n$fence $talk $question 5$ off\n# user\nx", PromptError, r"write it as \$\$"),
    ],
)
def test_a_prompt_that_cannot_be_used_is_named(
    tmp_path: Path, text: str, kind: type[PromptError], said: str
) -> None:
    (tmp_path / "rewrite.md").write_text(text)
    with pytest.raises(kind, match=said) as raised:
        check_all(tmp_path)
    assert "rewrite.md" in str(raised.value)


def test_a_file_of_the_users_comes_first_and_the_others_stay(tmp_path: Path) -> None:
    (tmp_path / "cite-markers.md").write_text("Cite for $$5.")
    assert part("cite-markers", tmp_path) == "Cite for $5."
    assert part("cite-schema", tmp_path) == part("cite-schema")


def test_a_misnamed_file_is_an_error_and_so_is_a_folder_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "anwser.md").write_text("x")
    with pytest.raises(PromptError, match="is no prompt"):
        check_all(tmp_path)
    with pytest.raises(PromptError, match="is no folder"):
        check_all(tmp_path / "nowhere")


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "answer.md").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(PromptError, match="cannot be read"):
        check_all(tmp_path)
