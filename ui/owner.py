"""Doing the work of other commands inside the process that owns the archive, and asking it to.

A running server holds the archive alone. `earmark add`, `sync` and `remove` then send it their work over
loopback, with the token that only this user can read in the data folder. Questions go the ordinary way,
`POST /v1/ask`, and find a model that is already loaded.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from rag.contract import Json
from rag.errors import ArchiveBusy, EarmarkError, QuestionError
from rag.filters import kind_named
from rag.lock import Holder
from ui.relay import Progress, relayed, watched

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rag.wiring import Archive

# A large `add` may take hours; only reaching the server is limited.
_PATIENCE = httpx.Timeout(None, connect=3.0)


LINES = "application/x-ndjson"


class AddWork(BaseModel):
    """What `earmark add` was given, and where it was called."""

    origins: list[str]
    folder: Path
    show: str | None = None
    kind: str | None = None
    audience: str | None = None
    once: bool = False


class ForgetWork(BaseModel):
    """What `earmark sync --forget` was given, and where it was called."""

    origin: str
    folder: Path


class RemoveWork(BaseModel):
    """What `earmark remove` was given."""

    source_ids: list[str]


class RestoreWork(BaseModel):
    """The backup that `earmark restore` was given."""

    file: Path


def open_door(app: FastAPI, archive: Archive, token: str) -> None:
    """Give a server's app the routes that only the owner of the data folder may use."""
    from fastapi import Depends, Header, HTTPException
    from fastapi.responses import StreamingResponse

    # As a default, not in the annotation: FastAPI cannot look up a name that is imported in here.
    def owner(authorization: str = Header(default="")) -> None:
        if not secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise HTTPException(status_code=403, detail="this door is for the owner of the data folder")

    @app.post("/owner/add", dependencies=[Depends(owner)], include_in_schema=False)
    def add_work(work: AddWork) -> StreamingResponse:
        from ingest.sync import Options, add

        kind = kind_named(work.kind) if work.kind else None
        options = Options(show=work.show, kind=kind, audience=work.audience)

        def done(progress: Progress) -> Json:
            return add(
                archive,
                work.origins,
                options=options,
                folder=work.folder,
                once=work.once,
                progress=progress,
            ).json()

        return StreamingResponse(relayed(done), media_type=LINES)

    @app.post("/owner/sync", dependencies=[Depends(owner)], include_in_schema=False)
    def sync_work() -> StreamingResponse:
        from ingest.sync import sync

        work = relayed(lambda progress: sync(archive, progress=progress).json())
        return StreamingResponse(work, media_type=LINES)

    @app.post("/owner/forget", dependencies=[Depends(owner)], include_in_schema=False)
    def forget_work(work: ForgetWork) -> Json:
        from ingest.sync import forget

        return {"forgotten": forget(archive, work.origin, folder=work.folder)}

    _open_upkeep(app, archive, Depends(owner))

    @app.post("/owner/remove", dependencies=[Depends(owner)], include_in_schema=False)
    def remove_work(work: RemoveWork) -> Json:
        archive.remove_all(work.source_ids)
        return {"removed": work.source_ids}


def _open_upkeep(app: FastAPI, archive: Archive, owner: Any) -> None:
    @app.post("/owner/rebuild", dependencies=[owner], include_in_schema=False)
    def rebuild_work() -> Json:
        return {"passages": archive.rebuild()}

    @app.post("/owner/restore", dependencies=[owner], include_in_schema=False)
    def restore_work(work: RestoreWork) -> Json:
        return asdict(archive.restore(work.file))

    @app.post("/owner/examine", dependencies=[owner], include_in_schema=False)
    def examine_work() -> Json:
        return asdict(archive.examine())


class Owner:
    """The process that owns the archive, as other commands see it."""

    def __init__(self, holder: Holder) -> None:
        assert holder.url and holder.token, "only a server can be asked"
        self._holder = holder
        self._client = httpx.Client(
            base_url=holder.url,
            headers={"Authorization": f"Bearer {holder.token}"},
            timeout=_PATIENCE,
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def ask(self, body: Json) -> Json:
        """An Answer, from the server's loaded model."""
        return self._post("/v1/ask", body)

    def search(self, query: dict[str, Any]) -> Json:
        """Passages."""
        return self._take(self._client.build_request("GET", "/v1/search", params=query))

    def sources(self) -> Json:
        """Every source."""
        return self._take(self._client.build_request("GET", "/v1/sources"))

    def source(self, source_id: str) -> Json:
        """One source with its text and passages."""
        return self._take(self._client.build_request("GET", f"/v1/sources/{quote(source_id, safe='')}"))

    def add(self, work: AddWork, *, progress: Progress) -> Json:
        """The report of an `add`."""
        return self._watch("/owner/add", work.model_dump(mode="json"), progress)

    def sync(self, *, progress: Progress) -> Json:
        """The report of a `sync`."""
        return self._watch("/owner/sync", {}, progress)

    def forget(self, origin: str, *, folder: Path) -> bool:
        """Whether a feed or folder was followed; it is no longer."""
        work = ForgetWork(origin=origin, folder=folder)
        return bool(self._post("/owner/forget", work.model_dump(mode="json"))["forgotten"])

    def remove(self, source_ids: Sequence[str]) -> Json:
        """What was removed."""
        return self._post("/owner/remove", {"source_ids": list(source_ids)})

    def rebuild(self) -> Json:
        """How many passages the new index holds."""
        return self._post("/owner/rebuild", {})

    def restore(self, file: Path) -> Json:
        """The manifest of what was restored."""
        return self._post("/owner/restore", {"file": str(file)})

    def examine(self) -> Json:
        """What the index looks like from inside."""
        return self._post("/owner/examine", {})

    def _post(self, path: str, body: Json) -> Json:
        return self._take(self._client.build_request("POST", path, json=body))

    def _watch(self, path: str, body: Json, progress: Progress) -> Json:
        try:
            with self._client.stream("POST", path, json=body) as response:
                if response.is_success:
                    report = watched(response.iter_lines(), progress)
                    if report is None:
                        raise self._gone("it broke off; run this again, and it goes on where it stood")
                    return report
                response.read()
        except httpx.TransportError as error:
            raise self._gone(str(error)) from error
        return self._taken(response)

    def _take(self, request: httpx.Request) -> Json:
        try:
            response = self._client.send(request)
        except httpx.TransportError as error:
            raise self._gone(str(error)) from error
        return self._taken(response)

    def _gone(self, why: str) -> ArchiveBusy:
        return ArchiveBusy(
            f"the server that owns the archive (process {self._holder.pid}) does not answer: {why}"
        )

    def _taken(self, response: httpx.Response) -> Json:
        if response.is_success:
            taken: Json = response.json()
            return taken
        try:
            detail = response.json().get("detail")
        except ValueError:
            detail = response.text
        told = str(detail or f"the server answered {response.status_code}")
        raise QuestionError(told) if response.status_code == 422 else EarmarkError(told)
