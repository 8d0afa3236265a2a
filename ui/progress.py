"""Progress on the terminal for anything that takes more than a moment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# What is over in a moment is no line in a log.
_QUIET = ("reading", "asking whether it changed")


@contextmanager
def told() -> Iterator[Callable[[str, str], None]]:
    """A function that is told an origin and a stage, and shows it: one live line, or plain lines in a log."""
    if not sys.stderr.isatty():
        yield lambda origin, stage: None if stage in _QUIET else _plain(origin, stage)
        return
    from rich.console import Console

    with Console(stderr=True).status("looking at what changed…") as status:
        yield lambda origin, stage: status.update(f"{origin}: {stage}…")


def _plain(origin: str, stage: str) -> None:
    sys.stderr.write(f"{origin}: {stage}\n")
    sys.stderr.flush()
