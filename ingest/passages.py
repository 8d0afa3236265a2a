"""A source's text into passages, and passages with their vectors into the archive."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from ingest.chunk import cut
from ingest.splitter import split_long
from rag.models import Passage, Source, Span, unique
from rag.ports import CountsTokens
from rag.wiring import Archive


def longest_in(archive: Archive) -> int:
    """How many tokens a passage of this archive may have."""
    # The other half of what the model reads is for the header.
    return min(archive.settings.passage_tokens, archive.embedder.max_tokens // 2)


def passages_in(
    source: Source, spans: Sequence[Span], *, tokens: CountsTokens, longest: int
) -> list[Passage]:
    """The passages of a source, in order, each of at most `longest` tokens."""
    cuts = cut(
        source.text,
        spans,
        tokens=tokens,
        longest=longest,
        split_long=lambda words: split_long(words, tokens=tokens, longest=longest),
    )
    seen: dict[str, int] = {}
    passages = []
    for ordinal, piece in enumerate(cuts):
        words = source.text[piece.start : piece.end]
        occurrence = seen[words] = seen.get(words, -1) + 1
        passages.append(
            Passage(
                id=hashed(source.id, words, str(occurrence))[:20],
                source=source,
                ordinal=ordinal,
                start=piece.start,
                end=piece.end,
                sentences=piece.sentences,
                speakers=unique([sentence.speaker for sentence in piece.sentences]),
                start_s=piece.label.start_s,
                end_s=piece.label.end_s,
                approximate=piece.label.approximate,
                heading=piece.label.heading,
                advert=piece.label.advert,
                ai_written=piece.label.ai_written,
                page=piece.label.page,
            )
        )
    return passages


def write(
    archive: Archive,
    source: Source,
    passages: Sequence[Passage],
    *,
    location: str,
    note: Callable[[str], None] = lambda stage: None,
) -> int:
    """Embed what was never embedded, write the source; gives how many texts were embedded."""
    model = archive.embedder
    texts = [embedded_text(passage, model.tokens, model.max_tokens) for passage in passages]
    spans = [sentences_in(passage, text) for passage, text in zip(passages, texts, strict=True)]
    hashes = [hashed(model.id, text, repr(inside)) for text, inside in zip(texts, spans, strict=True)]
    stored = archive.library.vectors.hashes_among(hashes)
    new = {key: place for place, key in enumerate(hashes) if key not in stored}
    if new:
        note(f"embedding {len(new)} passages")
    archive.claim_model()
    read = model.embed_passages([texts[place] for place in new.values()], [spans[at] for at in new.values()])
    archive.put(
        source,
        passages,
        location=location,
        hashes=hashes,
        vectors={key: one.vector.tolist() for key, one in zip(new, read, strict=True)},
        sentence_vectors={key: one.sentences for key, one in zip(new, read, strict=True)},
    )
    return len(new)


def embedded_text(passage: Passage, tokens: CountsTokens, limit: int) -> str:
    """What is embedded: a header of title, show, date, speakers and heading, then the words.

    The words are never shortened; the header gives way, since the model reads `limit` tokens and no more.
    """
    source = passage.source
    published = source.published.isoformat() if source.published else None
    header = " · ".join(
        unique([source.title, source.show, published, ", ".join(passage.speakers), passage.heading])
    )
    room = limit - len(tokens.offsets(passage.text))
    places = tokens.offsets(header)
    if len(places) > room:
        header = header[: places[room][0]].rstrip() if room > 0 else ""
    return f"{header}\n{passage.text}" if header else passage.text


def sentences_in(passage: Passage, text: str) -> list[tuple[int, int]]:
    """Where a passage's sentences lie in the text that is embedded for it."""
    before = len(text) - (passage.end - passage.start) - passage.start
    return [(sentence.start + before, sentence.end + before) for sentence in passage.sentences]


def hashed(*parts: str | bytes) -> str:
    """A hash of texts in order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()
