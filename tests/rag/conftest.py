from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path / "home" / "library.db")
    yield library
    library.close()
