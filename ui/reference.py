"""The generated parts of `docs/reference`: the program's own words about its commands and settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from rag.settings import Settings
from ui.cli import app
from ui.openapi import ANSWER_EXAMPLE


def commands() -> str:
    """Every command with its help, as Markdown."""
    return "\n".join(_command(name, command) for name, command in _each(typer.main.get_command(app)))


def api() -> str:
    """Every route of the API as it describes itself, as Markdown."""
    from rag.settings import load
    from rag.wiring import open_archive
    from ui.api import create_app

    with TemporaryDirectory() as folder, open_archive(load({}, home=Path(folder))) as archive:
        app = create_app(
            archive.assistant,
            archive.library,
            finder=archive.search,
            overviews=archive.overviews,
            page=False,
        )
        described = app.openapi()
    routes = [
        _route(f"{method.upper()} {path}", operation, described["components"]["schemas"])
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    ]
    example = json.dumps(ANSWER_EXAMPLE, ensure_ascii=False, indent=2)
    return "\n".join([*routes, "## An Answer\n", f"```json\n{example}\n```\n"])


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


def _each(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """The commands of a group, those of its own groups in their place."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _each(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _route(name: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    lines = [f"## `{name}`", "", operation.get("description") or f"{operation['summary']}.", ""]
    for parameter in operation.get("parameters", []):
        lines.append(_field(parameter["name"], parameter, needed=parameter.get("required", False)))
    body = operation.get("requestBody")
    if body:
        schema = body["content"]["application/json"]["schema"]
        shape = schemas[schema["$ref"].rpartition("/")[2]]
        required = shape.get("required", ())
        lines += [_field(key, value, needed=key in required) for key, value in shape["properties"].items()]
    told = f"Responses: {', '.join(operation['responses'])}."
    return "\n".join([*lines, "", told, ""]).replace("\n\n\n", "\n\n")


def _field(name: str, said: dict[str, Any], *, needed: bool) -> str:
    words = said.get("description") or said.get("schema", {}).get("description")
    return f"- `{name}`{' (needed)' if needed else ''}" + (f": {words}" if words else "")


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
