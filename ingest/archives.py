"""Open what is compressed, within limits: a small file may unfold into gigabytes on purpose. Pure."""

from __future__ import annotations

import io
import zipfile
import zlib

from rag.errors import SourceMalformed, SourceTooBig

MB = 1_000_000
# Far above any transcript, page or book, far below what a process may hold in memory.
MOST_UNFOLDED = 200 * MB
MOST_ENTRIES = 2_000
# Prose shrinks to a quarter, XML to a twentieth; only what was made to unfold shrinks to a hundredth.
HIGHEST_RATIO = 100
# Below this size a ratio says nothing: a page of white space shrinks a lot and harms nobody.
HARMLESS = 10 * MB
GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"


def gunzipped(data: bytes, *, origin: str) -> bytes:
    """What one gzip file holds, or a reason why it is not unfolded.

    >>> import gzip
    >>> gunzipped(gzip.compress(b"WEBVTT"), origin="a.vtt.gz")
    b'WEBVTT'
    """
    most = max(HARMLESS, min(MOST_UNFOLDED, HIGHEST_RATIO * len(data)))
    pieces: list[bytes] = []
    size = 0
    rest = data
    while rest.startswith(GZIP):
        unfold = zlib.decompressobj(wbits=31)
        try:
            piece = unfold.decompress(rest, most - size + 1)
        except zlib.error as error:
            raise SourceMalformed(origin, f"a damaged gzip file ({error}); get the file again") from error
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise SourceTooBig(
                origin, f"this gzip file unfolds to more than {most // MB} MB; unpack and look"
            )
        if not unfold.eof:
            raise SourceMalformed(origin, "a gzip file that breaks off; get the file again")
        rest = unfold.unused_data
    return b"".join(pieces)


def unzipped(data: bytes, *, origin: str) -> zipfile.ZipFile:
    """A ZIP archive whose directory promises nothing out of proportion; `entry` keeps to that promise."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise SourceMalformed(origin, f"a damaged ZIP archive ({error}); get the file again") from error
    size = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_ENTRIES:
        raise SourceTooBig(origin, f"a ZIP archive of {len(entries)} files; {MOST_ENTRIES} are read at most")
    if size > MOST_UNFOLDED or (size > HARMLESS and size > HIGHEST_RATIO * len(data)):
        raise SourceTooBig(
            origin,
            f"a ZIP archive of {len(data) / MB:.1f} MB that unfolds to {size // MB} MB; unpack and look",
        )
    return archive


def entry(archive: zipfile.ZipFile, name: str, *, origin: str) -> bytes:
    """One file of an archive; `SourceMalformed` when it is missing, locked or damaged."""
    try:
        return archive.read(name)
    except KeyError as error:
        raise SourceMalformed(origin, f"a damaged file: {name!r} is missing from it") from error
    except RuntimeError as error:  # what zipfile raises for an entry behind a password
        raise SourceMalformed(origin, f"{name!r} is locked with a password; save it without one") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise SourceMalformed(origin, f"a damaged file: {name!r} cannot be unpacked ({error})") from error
