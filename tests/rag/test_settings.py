from pathlib import Path

import pytest

from rag.errors import SettingsError
from rag.settings import Settings, load


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARMARK_HOME", "/somewhere/else")
    monkeypatch.setenv("EARMARK_CITATIONS", "7")
    assert (load().home, load().citations) == (Path("/somewhere/else"), 7)
    assert load(citations=3).citations == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EARMARK_CITATIONS", "many"),
        ("EARMARK_CITATIONS", "0"),
        ("EARMARK_STRICTNESS", "1.5"),
        ("EARMARK_MODEL", "gpt"),
        ("EARMARK_PASSAGE_TOKENS", "31"),
        ("EARMARK_LOCK_SECONDS", "-1"),
        ("EARMARK_EMBEDDING_MODEL", ""),
    ],
)
def test_a_value_that_cannot_be_is_told_in_one_line_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load()
    assert str(raised.value).startswith(f"{name} is {value!r}: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["EARMARK_CITATION", "EARMARK_PASSAGES_TOKENS", "EARMARK_"])
def test_a_misspelt_variable_is_told(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "4")
    with pytest.raises(SettingsError, match=f"^{name} is no setting"):
        load()


def test_other_people_s_variables_are_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "x")
    assert load().model == "extractive"


def test_every_setting_has_a_line_on_what_it_does() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert "\n" not in field.description
