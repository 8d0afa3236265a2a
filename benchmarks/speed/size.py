"""What an installation takes: the packages that each needs, not those of the developers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.speed.bench import Bench
from benchmarks.speed.figures import Round

_HERE = Path(__file__).parent


def size(bench: Bench, _: int) -> Round:
    """Megabytes of packages; nothing in it varies, so one round is enough."""
    needed = [line for line in (_HERE / "stock.txt").read_text().splitlines() if line and line[0] != "#"]
    return {
        "ours": _installed(Path(sys.executable), ["earmark"]),
        "stock": _installed(bench.stock_python, needed),
    }


def _installed(python: Path, names: list[str]) -> dict[str, float]:
    run = [python, _HERE / "installed.py", *names]
    said = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)
    return {"installed_mb": said["bytes"] / 1e6, "packages": said["packages"]}
