"""The environment of the stock recipe: made once in the cache folder, anew when its versions change."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CONSTRAINTS = ROOT / "constraints.txt"
_NEEDED = Path(__file__).with_name("stock.txt")


def python_of(cache: Path) -> Path:
    """The environment's Python; makes the environment when it is not there or not of these versions."""
    folder = cache / "stock"
    python, stamp = folder / "bin/python", folder / "made-from"
    key = hashlib.sha256(_CONSTRAINTS.read_bytes() + _NEEDED.read_bytes()).hexdigest()
    if not (python.is_file() and stamp.is_file() and stamp.read_text() == key):
        _say(f"making the environment of the stock recipe in {folder}: some minutes, once")
        _make(folder, python)
        stamp.write_text(key)
    return python


def _make(folder: Path, python: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [python, "-m", "pip", "install", "--constraint", _CONSTRAINTS]
    # torch alone first, from where `make setup` took it.
    index = os.environ.get("TORCH_INDEX")
    torch = [*pip, "--no-deps", *(["--index-url", index] if index else []), "torch"]
    subprocess.run(torch, check=True, stdout=sys.stderr)
    subprocess.run([*pip, "--requirement", _NEEDED], check=True, stdout=sys.stderr)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
