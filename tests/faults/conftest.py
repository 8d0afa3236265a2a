"""One process that runs ingests, an archive to start from, and what an unbroken run makes of it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rag.models import Filters
from tests.faults.following import publish
from tests.faults.ingest import Ingests, Ran, collection
from tests.ingest.web import a_web
from tests.rag.archives import an_archive
from tests.rag.contents import contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The folder as it is now, an archive of it as it was, what an unbroken run makes of that archive."""

    ingests: Ingests
    folder: Path
    before: Path
    after: dict[str, Any]
    unbroken: Ran
    how: dict[str, Any] = field(default_factory=dict)

    def start(self, home: Path) -> Path:
        """An archive to break, as it was before."""
        shutil.rmtree(home, ignore_errors=True)
        return Path(shutil.copytree(self.before, home))

    def run(self, home: Path, **given: Any) -> Ran:
        """Bring that archive up to what the folder is now, or break it."""
        return self.ingests.run(home, self.folder, **self.how, **given)


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes writes fail."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("compiles a small C file, and no cc is on PATH")
    built = tmp_path_factory.mktemp("shim") / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, source, "-ldl"], check=True)
    return built


@pytest.fixture(scope="session")
def ground(shim: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Where the faults happen."""
    place = tmp_path_factory.mktemp("ground")
    folder, before, whole = place / "letters", place / "before", place / "whole"
    ingests = Ingests(shim=shim)
    collection(folder, newer=False)
    first = ingests.run(before, folder, die_at=None)
    assert (first.signal, first.error) == (0, None)
    collection(folder, newer=True)
    shutil.copytree(before, whole)
    unbroken = ingests.run(whole, folder)
    assert (unbroken.signal, unbroken.error) == (0, None)
    yield Ground(ingests=ingests, folder=folder, before=before, after=contents(whole), unbroken=unbroken)
    ingests.close()


@pytest.fixture(scope="session")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """A show, its letters and a folder that are followed, and an archive that is a week behind."""
    place = tmp_path_factory.mktemp("followed")
    folder, before, whole = place / "folder", place / "before", place / "whole"
    ingests = Ingests()
    with a_web() as web:
        first = ingests.run(before, folder, origins=publish(web, folder, newer=False))
        assert (first.signal, first.error) == (0, None)
        publish(web, folder, newer=True)
        shutil.copytree(before, whole)
        unbroken = ingests.run(whole, folder, origins=[])
        assert (unbroken.signal, unbroken.error) == (0, None)
        after = contents(whole)
        assert after != contents(before)
        yield Ground(
            ingests=ingests, folder=folder, before=before, after=after, unbroken=unbroken, how={"origins": []}
        )
        ingests.close()


def check_what_was_acknowledged(home: Path, ran: Ran) -> None:
    """Every source that was said to be written is there, whole, and a reader finds it by its own words."""
    with an_archive(home, alone=False) as archive:
        known = {listed.id for listed in archive.library.overview()}
        assert set(ran.acked) <= known
        for source_id in known:
            passages = archive.library.passages_of(source_id)
            assert len(archive.library.vectors.of([passage.id for passage in passages])) == len(passages) > 0
        for source_id in ran.acked:
            passage = archive.library.passages_of(source_id)[-1]
            vector = next(iter(archive.library.vectors.of([passage.id]).values()))
            (best, *_) = archive.nearest(vector.tolist(), k=1, filters=Filters())
            assert best[1] > 0.999
            assert archive.search.find(passage.text, k=3)
