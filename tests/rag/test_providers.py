from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import ModelUnavailable
from rag.providers import Counter, Provider
from rag.settings import Settings, load
from rag.spend import SpendBook
from ui.terminal import settings_rows

KEY = "sk-canary-0451"


def settings(**given: object) -> Settings:
    return load({}, **{"model_key": KEY, **given})


@pytest.mark.parametrize(
    ("model", "url", "set_to", "citing"),
    [
        pytest.param("openai:gpt-4o-mini", None, "auto", "schema", id="known-to-have-schemas"),
        pytest.param("openai:my-own", "http://127.0.0.1:1/v1", "auto", "markers", id="not-known"),
        pytest.param("anthropic:claude-haiku-4-5", None, "auto", "native", id="anthropic"),
        pytest.param("ollama:llama3", None, "auto", "schema", id="ollama"),
        pytest.param("anthropic:claude-haiku-4-5", None, "markers", "markers", id="as-set"),
    ],
)
def test_each_cites_in_the_strictest_way_it_has(
    monkeypatch: pytest.MonkeyPatch, model: str, url: str | None, set_to: str, citing: str
) -> None:
    monkeypatch.setattr("rag.providers._counter_of", lambda model: None)  # OpenAI's fetches its vocabulary
    chat = Provider(settings(model=model, model_url=url, model_citing=set_to)).chat()
    assert chat.citing == citing
    assert KEY not in repr(chat)


def test_a_key_shows_nowhere_in_the_settings() -> None:
    given = settings(model="openai:x")
    assert KEY not in json.dumps([str(row) for row in settings_rows(given)])
    assert KEY not in given.model_dump_json()
    assert KEY not in repr(given)


def test_a_key_shows_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelUnavailable) as raised:
        Provider(settings(model=f"nobody-{KEY[:2]}:x")).chat()
    assert KEY not in str(raised.value)
    assert raised.value.__cause__ is None


def test_an_estimate_learns_from_what_the_model_counts() -> None:
    counter = Counter()
    before = counter("word " * 100)
    counter.learn(characters=2000, tokens=1000)
    assert counter("word " * 100) > before
    counter.learn(characters=10, tokens=4)  # too little to learn from
    assert counter("word " * 100) > before


def test_no_model_is_imported_before_one_is_asked(tmp_path: Path) -> None:
    program = (
        "import sys; from rag.wiring import open_archive; from rag.settings import load\n"
        f"open_archive(load({{}}, home={str(tmp_path)!r}, model='openai:x', model_key='k')).close()\n"
        "print({'openai', 'langchain', 'anthropic', 'ollama', 'xllamacpp', 'torch'} & set(sys.modules))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EARMARK_")}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "set()"


def test_a_book_nobody_wrote_in_makes_no_file(tmp_path: Path) -> None:
    SpendBook(tmp_path / "activity.db").close()
    assert list(tmp_path.iterdir()) == []
