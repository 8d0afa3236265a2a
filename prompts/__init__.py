"""The words given to a language model, as Markdown files, and the loader that checks them.

A file is prose with `$variables`. One with `# system` and `# user` headings becomes a `ChatPromptTemplate`;
the others are parts that such a file takes in. A file of the same name in the user's folder comes first.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.prompts import ChatPromptTemplate

# What each file must hold, all of it and nothing else.
VARIABLES: dict[str, frozenset[str]] = {
    "answer": frozenset({"refusal", "partly", "fence", "citing", "material", "question"}),
    "overview": frozenset({"refusal", "partly", "fence", "citing", "material", "question"}),
    "rewrite": frozenset({"fence", "talk", "question"}),
    "cite-markers": frozenset(),
    "cite-schema": frozenset(),
    "cite-native": frozenset(),
}
_ROLES = {"system": "system", "user": "human"}
_HEADING = re.compile(r"^# (\w+)[ \t]*$", re.MULTILINE)


class PromptError(Exception):
    """A prompt file cannot be used; names the file and what is wrong with it."""


class MissingVariables(PromptError):
    """A prompt lacks variables that the program fills in."""

    def __init__(self, place: str, names: frozenset[str]) -> None:
        super().__init__(f"{place} lacks {_listed(names)}; put each where its words belong")
        self.names = names


class UnknownVariables(PromptError):
    """A prompt has variables that nobody fills in."""

    def __init__(self, place: str, names: frozenset[str], known: frozenset[str]) -> None:
        may = f"it may have {_listed(known)}" if known else "it may have none"
        super().__init__(f"{place} has {_listed(names)}, which nothing fills in; {may}. A dollar sign is $$")
        self.names = names


def chat_prompt(name: str, folder: Path | None = None) -> ChatPromptTemplate:
    """The prompt of that name for a chat model; raises `PromptError`.

    >>> sorted(chat_prompt("rewrite").input_variables)
    ['fence', 'question', 'talk']
    """
    from langchain_core.prompts import ChatPromptTemplate

    text, place = _read(name, folder)
    _check(text, place, VARIABLES[name])
    messages = [(_ROLES[role], _as_format(words)) for role, words in _sections(text, place)]
    return ChatPromptTemplate.from_messages(messages)


def part(name: str, folder: Path | None = None) -> str:
    """The words of a file that another takes in; raises `PromptError`."""
    text, place = _read(name, folder)
    _check(text, place, VARIABLES[name])
    return Template(text).substitute().strip()


def check_all(folder: Path | None = None) -> None:
    """Read every prompt; raises `PromptError` for the first that cannot be used, or that nothing reads."""
    if folder is not None:
        if not folder.is_dir():
            raise PromptError(f"{folder} is no folder; make it, or unset EARMARK_PROMPTS")
        for file in sorted(folder.glob("*.md")):
            if file.stem not in VARIABLES:
                raise PromptError(f"{file} is no prompt; there are {_listed(frozenset(VARIABLES))}")
    for name, wanted in VARIABLES.items():
        text, place = _read(name, folder)
        _check(text, place, wanted)
        if wanted:
            _sections(text, place)


def _read(name: str, folder: Path | None) -> tuple[str, str]:
    """The text of a prompt, and how to call the file in an error."""
    own = folder / f"{name}.md" if folder else None
    if own is not None and own.is_file():
        try:
            return own.read_text("utf-8"), str(own)
        except (OSError, UnicodeDecodeError) as error:
            raise PromptError(f"{own} cannot be read as UTF-8 text") from error
    return files("prompts").joinpath(f"{name}.md").read_text("utf-8"), f"prompts/{name}.md"


def _check(text: str, place: str, wanted: frozenset[str]) -> None:
    template = Template(text)
    if not template.is_valid():
        raise PromptError(f"{place} has a dollar sign that begins no variable; write it as $$")
    found = frozenset(template.get_identifiers())
    if missing := wanted - found:
        raise MissingVariables(place, missing)
    if unknown := found - wanted:
        raise UnknownVariables(place, unknown, wanted)


def _sections(text: str, place: str) -> list[tuple[str, str]]:
    before, *rest = _HEADING.split(text)
    found = [(role, words.strip()) for role, words in zip(rest[::2], rest[1::2], strict=True)]
    if before.strip() or [role for role, _ in found] != ["system", "user"]:
        raise PromptError(f"{place} must have the heading `# system`, then `# user`, and nothing above them")
    return found


def _as_format(text: str) -> str:
    """The words as LangChain's template, in which braces mark variables."""
    names = {name: f"{{{name}}}" for name in Template(text).get_identifiers()}
    return Template(text.replace("{", "{{").replace("}", "}}")).substitute(names)


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
