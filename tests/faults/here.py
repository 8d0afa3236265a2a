"""Reading in this process, where hundreds of runs should not start a reader each."""

from __future__ import annotations

from ingest.feeds import parse_feed
from ingest.items import Feed
from ingest.pages import read_fragment
from ingest.read import read
from ingest.reading import Reading


class ReadsHere:
    """As `ReadsApart`, without the process."""

    def __enter__(self) -> ReadsHere:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def read(self, data: bytes, *, origin: str) -> Reading:
        return read(data, origin=origin)

    def read_fragment(self, text: str, *, origin: str) -> Reading:
        return read_fragment(text)

    def parse_feed(self, data: bytes, *, origin: str) -> Feed:
        return parse_feed(data, origin=origin)
