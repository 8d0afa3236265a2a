from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from rag.embedder import SentenceEmbedder
from rag.errors import ModelUnavailable
from rag.filters import filters_from_json
from rag.runtime import FastEmbedder
from rag.settings import load
from rag.wiring import open_archive
from tests.conftest import CACHE
from tests.fakes import a_source
from tests.rag.archives import paragraphs

TEXTS = ["The kiln was built in spring.", "Glazes cost more than clay, and much more than they did."]


@pytest.fixture(scope="module")
def reference() -> SentenceEmbedder:
    return SentenceEmbedder()


def near(one: FastEmbedder, reference: SentenceEmbedder) -> bool:
    """Whether the two give the same vectors, as far as int8 can."""
    cosines = np.sum(np.asarray(one.embed_documents(TEXTS)) * reference.embed_documents(TEXTS), axis=1)
    return bool(cosines.min() > 0.98)


@pytest.fixture
def cache(tmp_path: Path, reference: SentenceEmbedder) -> Path:
    """A cache folder with the file that all tests share."""
    FastEmbedder(reference, Path(CACHE)).embed_query("made, if it was not")
    return Path(shutil.copytree(CACHE, tmp_path / "cache"))


def test_a_sound_file_is_used_as_it_is(cache: Path, reference: SentenceEmbedder) -> None:
    (file,) = cache.glob("*.onnx")
    made = file.stat().st_mtime_ns
    fast = FastEmbedder(reference, cache)
    assert fast.fault() is None
    assert near(fast, reference)
    assert file.stat().st_mtime_ns == made


def test_a_damaged_file_is_made_anew_with_a_warning(
    cache: Path, reference: SentenceEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    (file,) = cache.glob("*.onnx")
    held = bytearray(file.read_bytes())
    held[len(held) // 2 : len(held) // 2 + 4096] = bytes(4096)  # in the weights: it would load, and be wrong
    file.write_bytes(held)
    fast = FastEmbedder(reference, cache)
    assert fast.fault() == f"{file} is damaged"
    with caplog.at_level(logging.WARNING):
        assert near(fast, reference)
    assert f"{file} is damaged; making it anew" in caplog.text
    assert fast.fault() is None
    assert sorted(path.suffix for path in cache.iterdir()) == [".onnx", ".sha256", ".words"]


def test_without_a_place_for_the_file_the_reference_does_the_work(
    tmp_path: Path, reference: SentenceEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    with caplog.at_level(logging.WARNING):
        vectors = FastEmbedder(reference, tmp_path / "cache").embed_documents(TEXTS)
    assert "the fast runtime cannot be prepared" in caplog.text
    assert vectors == [reference.embed_query(text) for text in TEXTS]


def test_a_model_in_a_local_folder_builds_and_opens_an_archive(
    tmp_path: Path, reference: SentenceEmbedder
) -> None:
    assert reference.folder is not None
    folder = Path(shutil.copytree(reference.folder, tmp_path / "our-model"))
    settings = load({}, home=tmp_path / "home", embedding_model=str(folder))
    source = a_source("\n\n".join(TEXTS))
    with open_archive(settings, alone=True) as archive:
        assert archive.embedder.id.startswith("our-model@")
        archive.claim_model()
        vectors = dict(zip(TEXTS, archive.embedder.embed_documents(TEXTS), strict=True))
        archive.put(source, paragraphs(source), location="/x", hashes=TEXTS, vectors=vectors)
    with open_archive(settings) as archive:
        (found, *_) = archive.search.find("What is the price of glazing?", k=2)
        assert found.passage.text == TEXTS[1]


def test_a_folder_without_weights_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"holds no model weights \(\*\.safetensors\)"):
        open_archive(load({}, home=tmp_path / "home", embedding_model=str(tmp_path))).embedder.id  # noqa: B018


def test_an_empty_archive_is_searched_and_finds_nothing(tmp_path: Path) -> None:
    with open_archive(load({}, home=tmp_path / "home")) as archive:
        assert archive.search.find("Why are chips scarce?", k=5) == []
        assert archive.search.find("Why?", k=5, filters=filters_from_json({"show": "None"})) == []
        assert archive.assistant.ask("Why are chips scarce?").status in ("not_covered", "off_topic")


def test_sentence_vectors_are_the_references(cache: Path, reference: SentenceEmbedder) -> None:
    spans = [[(0, len(TEXTS[0]))], [(0, 11), (12, len(TEXTS[1]))]]
    fast = FastEmbedder(reference, cache).embed_passages(TEXTS, spans)
    slow = reference.embed_passages(TEXTS, spans)
    for one, other in zip(fast, slow, strict=True):
        assert one.vector @ other.vector > 0.98
        assert np.sum(one.sentences * other.sentences, axis=1).min() > 0.97
    # A sentence that is the whole text has nearly the text's own vector: only the special tokens are missing.
    assert slow[0].sentences[0] @ slow[0].vector > 0.98


def test_a_model_of_the_users_embeds_sentences_by_themselves(tmp_path: Path) -> None:
    packaged = SentenceEmbedder()
    assert packaged.folder is not None
    own = SentenceEmbedder(str(shutil.copytree(packaged.folder, tmp_path / "own")))
    (read,) = own.embed_passages([TEXTS[1]], [[(0, 11), (12, len(TEXTS[1]))]])
    assert np.allclose(read.sentences[0], packaged.embed_query(TEXTS[1][:11]), atol=1e-4)
