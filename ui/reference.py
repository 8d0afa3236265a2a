"""The generated parts of `docs/reference`: the program's own words about its commands and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from rag.settings import Settings
from ui.cli import app


def commands() -> str:
    """Every command with its help, as Markdown."""
    group: Any = typer.main.get_command(app)
    return "\n".join(_command(name, command) for name, command in group.commands.items())


def settings() -> str:
    """Every setting as a Markdown table."""
    rows = ["| variable | default | what it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        # Default folders depend on who asks; the table must not.
        default = str(field.get_default(call_default_factory=True)).replace(str(Path.home()), "~")
        rows.append(f"| `EARMARK_{name.upper()}` | `{default}` | {field.description} |")
    return "\n".join(rows) + "\n"


def _command(name: str, command: Any) -> str:
    arguments = [item for item in command.params if item.param_type_name == "argument"]
    options = [item for item in command.params if item.param_type_name == "option"]
    usage = " ".join(["earmark", name, *(_argument(item) for item in arguments)])
    lines = [f"## `{usage}`", "", _help(command.help), ""]
    lines += [f"- `{', '.join(item.opts)}`: {item.help}" for item in options if item.help]
    return "\n".join(lines).rstrip() + "\n"


def _argument(item: Any) -> str:
    name = item.metavar or item.name.upper()
    return name if item.required else f"[{name}]"


def _help(text: str) -> str:
    """The docstring, its verbatim block as code."""
    words, _, block = text.partition("\b")
    if not block:
        return words.strip()
    return (
        words.strip() + "\n\n```\n" + "\n".join(line.strip() for line in block.strip().splitlines()) + "\n```"
    )
