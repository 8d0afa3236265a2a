"""The index as a collection of a Chroma server, private or in the cloud, in place of a folder.

The server takes care of many clients, so readers need no lock of ours. Only the holder of the archive's lock
writes, and nothing is kept on the server alone: what it lacks or has lost comes from the library.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.api import ClientAPI
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError, NotFoundError

from rag.errors import IndexUnreachable
from rag.index import HNSW, STAMP, Index
from rag.library import Library

# Seconds to find out whether the server is there, and the most that one request may take.
_KNOCK = 3.0
_PATIENCE = 15.0
# The most passages a request carries. A server says how many it takes, and does not say that a request may
# have 40 MB (its default): 1,000 passages with vectors of 1,024 numbers have 25.
_MOST = 1000
# Chroma Cloud's quotas: what it takes and gives at once.
_CLOUD = "trychroma.com"
_CLOUD_MOST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """A Chroma server and what opens it. The key is in no text made of it."""

    url: str
    key: str | None = None
    tenant: str | None = None
    database: str | None = None

    def __repr__(self) -> str:
        return self.url

    @property
    def is_cloud(self) -> bool:
        """Whether it is Chroma's own service."""
        host = urlsplit(self.url).hostname or ""
        return host == _CLOUD or host.endswith(f".{_CLOUD}")

    @property
    def headers(self) -> dict[str, str]:
        """What shows the key: a header of its own for Chroma Cloud, the usual one for a proxy."""
        if self.key is None:
            return {}
        return {"x-chroma-token": self.key} if self.is_cloud else {"Authorization": f"Bearer {self.key}"}


class Server:
    """A connection to a Chroma server; raises `IndexUnreachable` when it does not answer."""

    def __init__(self, address: ServerAddress) -> None:
        self.address = address
        self._guard = threading.Lock()

    @cached_property
    def _client(self) -> ClientAPI:
        address = self.address
        try:
            # The client itself would wait without end for a server that is there and does not answer.
            beat = httpx.get(
                f"{address.url.rstrip('/')}/api/v2/heartbeat", headers=address.headers, timeout=_KNOCK
            )
            beat.raise_for_status()
            client = chromadb.HttpClient(
                host=address.url.rstrip("/"),
                port=urlsplit(address.url).port or 0,
                headers=dict(address.headers),
                tenant=address.tenant or DEFAULT_TENANT,
                database=address.database or DEFAULT_DATABASE,
                settings=ChromaSettings(anonymized_telemetry=False),
            )
        except (httpx.HTTPError, ChromaError, ValueError) as error:
            raise IndexUnreachable(
                f"the Chroma server at {address.url} does not answer as it should: {error}"
            ) from error
        for session in _sessions_of(client):
            session.timeout = httpx.Timeout(_PATIENCE, connect=_KNOCK)
        return client

    @property
    def client(self) -> ClientAPI:
        """Connected at first use; anew when that failed."""
        with self._guard:
            return self._client

    @property
    def batch(self) -> int:
        """How many passages it takes at once."""
        most = _CLOUD_MOST if self.address.is_cloud else _MOST
        said = self.client.get_max_batch_size()
        return min(most, said) if said > 0 else most

    @property
    def configuration(self) -> CreateCollectionConfiguration:
        """How a collection is made. Chroma Cloud has an index of its own kind."""
        return {"spann": {"space": "cosine"}} if self.address.is_cloud else {"hnsw": HNSW}

    def collection(self, name: str, *, make: bool) -> Collection | None:
        """A collection; None when there is none and none is to be made."""
        if make:
            return self.client.get_or_create_collection(
                name, embedding_function=None, configuration=self.configuration
            )
        with suppress(NotFoundError):
            return self.client.get_collection(name, embedding_function=None)
        return None

    def drop(self, name: str) -> None:
        """Delete a collection, if there is one."""
        with suppress(NotFoundError):
            self.client.delete_collection(name)

    def close(self) -> None:
        """Hang up; the next use connects anew."""
        with self._guard:
            client = self.__dict__.pop("_client", None)
        if client is not None:
            for session in _sessions_of(client):
                session.close()
            client.close()


def _sessions_of(client: ClientAPI) -> list[httpx.Client]:
    # Its own, and that of the client that it looks for tenant and database with. Chroma sets no timeout on
    # them, does not close them, and has no other way to either.
    clients: list[Any] = [client, client._admin_client]  # type: ignore[attr-defined]
    return [one._server._session for one in clients]


class ServedIndex(Index):
    """An index that a Chroma server keeps. Anybody may read it; who writes holds the archive's lock."""

    def __init__(self, server: Server, collection: Collection) -> None:
        self._server = server
        self._name = collection.name
        self._collection = collection
        self._guard = threading.Lock()
        self._batch = server.batch
        self._page = _CLOUD_MOST if server.address.is_cloud else Index._page

    def _size(self) -> int:
        # Asked anew: another process may write to it.
        return self.count()

    def stamp(self, library: Library) -> None:
        """Note on the server that it is complete at the library's present generation."""
        self._collection.modify(metadata={STAMP: str(library.generation)})

    def _noted(self) -> str:
        # Asked anew: another process may have written since this one opened it.
        self._adverts = None
        found = self._server.collection(self._name, make=False)
        if found is None or found.id != self._collection.id:
            return ""
        return str((found.metadata or {}).get(STAMP, ""))

    def blank_unused(self) -> None:
        """The server's files are its own."""

    def close(self) -> None:
        """Nothing is held open by it; the server's connection is closed by whoever made that."""
