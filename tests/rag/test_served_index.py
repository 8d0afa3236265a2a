"""What is different when a Chroma server keeps the index; `test_index.py` has what is not."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from rag import kept_index
from rag.errors import IndexUnreachable, SettingsError
from rag.examination import examine_index
from rag.models import Filters
from rag.places import OnServer
from rag.served_index import Server, ServerAddress
from rag.settings import load
from rag.wiring import Archive, place_of
from tests.chroma import free_port, running_chroma
from tests.fakes import a_source
from tests.rag.archives import MODEL, an_archive, put


def near(archive: Archive, question: str) -> list[str]:
    return [id_ for id_, _ in archive.nearest(MODEL.embed_query(question), k=1, filters=Filters())]


def collections(url: str) -> set[str]:
    server = Server(ServerAddress(url=url))
    found = {one.name for one in server.client.list_collections()}
    server.close()
    return found


def test_a_server_that_goes_stops_no_question_and_no_change_and_is_brought_level_when_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, port = tmp_path / "home", free_port()
    (tmp_path / "served").mkdir()
    with running_chroma(tmp_path / "served", port=port) as url:
        archive = an_archive(home, chroma_url=url)
        opened = archive.__enter__()
        put(opened, a_source("Chips.\n\nRain."))
        assert opened.examine().advice is None
        assert opened.index.state() is not None
    with caplog.at_level(logging.WARNING):
        assert near(opened, "rain") == ["s1-1"]
        put(opened, a_source("Quays.", id="s2"))
        assert near(opened, "quays") == ["s2-0"]
    assert "the index does not answer" in caplog.text
    told = opened.examine()
    assert told.advice is not None and told.advice.startswith("start the server")
    assert url in told.found
    with running_chroma(tmp_path / "served", port=port):
        monkeypatch.setattr(kept_index, "_PAUSE", 0.0)
        opened.index._not_before = 0.0
        assert opened.index.ready().matches(opened.library)
        assert near(opened, "quays") == ["s2-0"]
        assert opened.index.trouble is None
        archive.__exit__(None, None, None)
        with an_archive(home, alone=False, chroma_url=url) as reader:
            assert near(reader, "quays") == ["s2-0"]
            assert reader.index.state() is not None
    found = examine_index(home, place_of(load({}, home=home, chroma_url=url)))
    assert found.advice is not None and "does not answer" in found.found


def test_an_archive_opens_answers_and_takes_sources_in_when_no_server_is_there(tmp_path: Path) -> None:
    with an_archive(tmp_path / "home", chroma_url=f"http://127.0.0.1:{free_port()}") as archive:
        put(archive, a_source("Chips.\n\nRain."))
        assert near(archive, "rain") == ["s1-1"]
        assert archive.index.state() is None
        with pytest.raises(IndexUnreachable, match="does not answer"):
            archive.rebuild()


def test_readers_share_it_with_their_owner_and_see_each_change(tmp_path: Path, chroma_server: str) -> None:
    home = tmp_path / "home"
    with (
        an_archive(home, chroma_url=chroma_server) as owner,
        an_archive(home, alone=False, chroma_url=chroma_server) as reader,
    ):
        put(owner, a_source("Chips.\n\nRain."))
        assert near(reader, "rain") == ["s1-1"]
        assert reader.index.state() is not None
        put(owner, a_source("Snow.", id="s2"))
        assert near(reader, "snow") == ["s2-0"]
        owner.rebuild()
        put(owner, a_source("Fog.", id="s3"))
        assert near(reader, "fog") == ["s3-0"]


def test_a_reader_of_an_index_that_is_behind_uses_stored_vectors(tmp_path: Path, chroma_server: str) -> None:
    home = tmp_path / "home"
    with an_archive(home, chroma_url=chroma_server) as owner:
        put(owner, a_source("Chips.\n\nRain."))
        owner.library.remove("s1")
        with an_archive(home, alone=False, chroma_url=chroma_server) as reader:
            assert near(reader, "rain") == []
            assert reader.index.state() is None


def test_two_archives_have_a_collection_each_and_rebuilding_leaves_no_other(
    tmp_path: Path, chroma_server: str
) -> None:
    before = collections(chroma_server)
    for name in ("one", "two"):
        with an_archive(tmp_path / name, chroma_url=chroma_server) as archive:
            put(archive, a_source(f"Chips {name}."))
            archive.rebuild()
            archive.rebuild()
    made = collections(chroma_server) - before
    assert made == {(tmp_path / name / "chroma.id").read_text() for name in ("one", "two")}


def test_a_rebuild_that_was_killed_between_its_two_last_steps_is_made_good(
    tmp_path: Path, chroma_server: str
) -> None:
    home = tmp_path / "home"
    with an_archive(home, chroma_url=chroma_server) as archive:
        put(archive, a_source("Chips.\n\nRain."))
    place = OnServer(home, ServerAddress(url=chroma_server))
    place.open_next()
    place._server.drop(place.name)
    place.close()
    with an_archive(home, chroma_url=chroma_server) as archive:
        assert archive.index.ready().ids() == {"s1-0", "s1-1"}
        assert archive.rebuild() == 2


def test_batches_are_no_larger_than_the_server_takes(chroma_server: str) -> None:
    server = Server(ServerAddress(url=chroma_server))
    assert 1 <= server.batch <= min(1000, server.client.get_max_batch_size())
    server.close()


@pytest.mark.parametrize(
    ("url", "headers", "cloud"),
    [
        pytest.param("https://api.trychroma.com", {"x-chroma-token": "k"}, True, id="cloud"),
        pytest.param("https://chroma.example:8443/x", {"Authorization": "Bearer k"}, False, id="proxy"),
        pytest.param("https://nottrychroma.com", {"Authorization": "Bearer k"}, False, id="look-alike"),
    ],
)
def test_the_key_goes_where_it_is_read_and_into_no_text(
    url: str, headers: dict[str, str], cloud: bool
) -> None:
    address = ServerAddress(url=url, key="k")
    assert (address.headers, address.is_cloud) == (headers, cloud)
    assert "'k'" not in repr(address) and str(address) == url


@pytest.mark.parametrize("url", ["10.0.0.5:8000", "https://me:secret@chroma.example", "ftp://x"])
def test_an_address_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="EARMARK_CHROMA_URL"):
        load({}, chroma_url=url)
