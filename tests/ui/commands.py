"""The command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-c", "from ui.cli import main; main()")


def environment(home: Path | None) -> dict[str, str]:
    """Ours, with the archive in that folder."""
    return {**os.environ, **({"EARMARK_HOME": str(home)} if home else {})}


def earmark(*arguments: str, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=100,
    )
