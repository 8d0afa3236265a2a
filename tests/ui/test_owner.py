from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest
from fastapi.testclient import TestClient

from tests.fakes import CannedAssistant, MemoryLibrary
from ui.api import create_app
from ui.owner import open_door

if TYPE_CHECKING:
    from rag.wiring import Archive


@dataclass
class EmptyableArchive:
    """As much of an archive as removing needs."""

    removed: list[str] = field(default_factory=list)

    def remove_all(self, source_ids: Iterable[str]) -> None:
        self.removed.extend(source_ids)


@pytest.mark.parametrize(
    ("header", "status", "removed"),
    [
        pytest.param({"Authorization": "Bearer right"}, 200, ["s1"], id="owner"),
        pytest.param({"Authorization": "Bearer wrong"}, 403, [], id="another"),
        pytest.param({}, 403, [], id="nobody"),
    ],
)
def test_the_door_opens_to_the_token_alone(header: dict[str, str], status: int, removed: list[str]) -> None:
    archive = EmptyableArchive()
    app = create_app(
        CannedAssistant(),
        MemoryLibrary(),
        page=False,
        more=lambda app: open_door(app, cast("Archive", archive), "right"),
    )
    got = TestClient(app).post("/owner/remove", json={"source_ids": ["s1"]}, headers=header)
    assert (got.status_code, archive.removed) == (status, removed)
