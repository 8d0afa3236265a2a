from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from fastapi.testclient import TestClient

from rag.errors import EarmarkError
from rag.lock import Holder
from tests.fakes import CannedAssistant, MemoryLibrary
from tests.rag.archives import an_archive
from tests.ui.serving import serving
from ui.api import create_app
from ui.owner import AddWork, Owner, open_door

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


def test_the_owner_keeps_folders_in_step(tmp_path: Path) -> None:
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "one.md").write_text("# One\n\nThe ferry to the island leaves at six in the morning.\n")
    with an_archive(tmp_path / "home") as archive:
        app = create_app(
            archive.assistant,
            archive.library,
            page=False,
            more=lambda app: open_door(app, archive, "right"),
        )
        client = TestClient(app, headers={"Authorization": "Bearer right"})

        stages: list[str] = []

        def told(path: str, **work: object) -> dict[str, Any]:
            got = client.post(f"/owner/{path}", json=work)
            assert got.status_code == 200
            *progress, last = map(json.loads, got.text.splitlines())
            stages.extend(line["stage"] for line in progress)
            reported: dict[str, Any] = last.get("report", last)
            return reported

        assert len(told("add", origins=["letters"], folder=str(tmp_path))["added"]) == 1
        (letters / "one.md").rename(letters / "uno.md")
        (letters / "two.md").write_text("# Two\n\nThe last ferry back leaves when the lamps are lit.\n")
        report = told("sync")
        assert [len(report[name]) for name in ("added", "unchanged", "removed", "failed")] == [1, 1, 0, 0]
        assert told("forget", origin="letters", folder=str(tmp_path)) == {"forgotten": True}
        assert told("sync")["unchanged"] == []
        assert "embedding 1 passages" in stages


@contextmanager
def owner_of(address: str, token: str = "right") -> Iterator[Owner]:
    with closing(Owner(Holder(pid=1, command="earmark serve", since=0.0, url=address, token=token))) as owner:
        yield owner


def test_a_command_sees_the_work_that_a_server_does_for_it(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("# One\n\nThe ferry to the island leaves at six in the morning.\n")
    with an_archive(tmp_path / "home") as archive:
        app = create_app(
            archive.assistant, archive.library, page=False, more=lambda app: open_door(app, archive, "right")
        )
        told: list[tuple[str, str]] = []
        with serving(app) as address, owner_of(address) as owner, owner_of(address, "wrong") as another:
            work = AddWork(origins=["one.md", "none.md"], folder=tmp_path)
            report = owner.add(work, progress=lambda *line: told.append(line))
            assert [len(report["added"]), len(report["failed"])] == [1, 1]
            assert ("one.md", "reading") in told
            assert owner.sync(progress=lambda *line: None)["failed"] == []
            with pytest.raises(EarmarkError, match="this door is for the owner"):
                another.sync(progress=lambda *line: None)
            bad = AddWork(origins=["one.md"], folder=tmp_path, kind="poem")
            with pytest.raises(EarmarkError, match="poem"):
                owner.add(bad, progress=lambda *line: None)
