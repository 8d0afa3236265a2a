"""Turn bytes into text, or say plainly why they are none. It never looks at the file's name."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from rag.errors import SourceBinary, SourceEmpty

# First bytes of files people drop in by mistake, with what to call them.
MAGIC = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive (or an Office file)",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"ID3": "an MP3 recording",
    b"\xff\xfb": "an MP3 recording",
    b"\xff\xf3": "an MP3 recording",
    b"OggS": "an Ogg recording",
    b"fLaC": "a FLAC recording",
    b"RIFF": "a WAV or WebP file",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"SQLite format 3\x00": "a database",
}
# The mark of UTF-32 begins with that of UTF-16.
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# What pages mean by a name, as browsers read it: each holds all of the other and more.
MEANT = {
    **dict.fromkeys(
        ("iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "ascii", "us-ascii"), "cp1252"
    ),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987"), "cp949"),
    "iso-8859-9": "cp1254",
    "big5": "big5hkscs",
}
# Of this many odd characters in UTF-8, one broken byte may be an accident: somebody pasted other text in.
GOOD_PER_BAD = 4
# In text, half of the bytes of UTF-16 are NUL; in programs and pictures they lie anywhere.
NUL_SHARE = 0.4
DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_.:-]{2,40})""")
MOJIBAKE = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u02dc\u2013-\u2122]")
BROKEN_BYTES = re.compile(r"[\udc80-\udcff]+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
# Above this share of control characters nobody meant the bytes as text.
MOST_CONTROL = 0.02
DESERTS = (" " * 80, "\t" * 80, "\n" * 20)
# With fewer odd bytes a guess rests on nothing, and what is not UTF-8 and undeclared is mostly Windows text.
ENOUGH_TO_GUESS = 40
# The start of the text is enough to guess an encoding; guessing takes time in its length.
GUESS_FROM = 65_536


def decode(data: bytes, *, origin: str) -> str:
    r"""Bytes as text with `\n` line ends.

    >>> decode(b"\xef\xbb\xbfJoin us.\r\n", origin="a.txt")
    'Join us.\n'
    """
    if not data.strip():
        raise SourceEmpty(origin, "the file is empty; add one that holds text")
    text = _text(data, origin)
    if not text.strip().strip("\ufeff\u200b"):
        raise SourceEmpty(origin, "the file holds only white space; add one that holds text")
    return _without_deserts(text.replace("\r\n", "\n").replace("\r", "\n"))


def _without_deserts(text: str) -> str:
    """White space in runs no author types, to one of its kind: nothing is read from it but time."""
    for desert in DESERTS:
        while desert in text:
            text = text.replace(desert, desert[0])
    return text


def _text(data: bytes, origin: str) -> str:
    for bom, encoding in BOMS.items():
        if data.startswith(bom):
            return data.decode(encoding, errors="replace").lstrip("\ufeff")
    if not data.startswith(tuple(MAGIC)) and (wide := _unmarked_wide(data)):
        return data.decode(wide, errors="replace")
    _refuse_binary(data, origin)
    for encoding in ("utf-8", *_declared(data)):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        text = _encoded_once(text) if encoding == "utf-8" else text
        _refuse_control(text, origin)
        return text
    if (mixed := _mostly_utf8(data)) is not None:
        _refuse_control(mixed, origin)
        return mixed
    return _guessed(data, origin)


def _unmarked_wide(data: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of Western text is NUL.

    >>> _unmarked_wide("Tea is hot.".encode("utf-16-le")), _unmarked_wide(b"Tea is hot.")
    ('utf-16-le', None)
    """
    start = data[: 4096 - len(data) % 2]
    half = len(start) // 2
    for encoding, nul, letters in (
        ("utf-16-le", start[1::2], start[::2]),
        ("utf-16-be", start[::2], start[1::2]),
    ):
        if half > 3 and nul.count(0) >= NUL_SHARE * half and not letters.count(0):
            return encoding
    return None


def _encoded_once(text: str) -> str:
    """Text that went through UTF-8 twice by mistake, as it was meant; any other text as it is.

    >>> _encoded_once("It\u00e2\u20ac\u2122s M\u00c3\u00bcller"), _encoded_once("\u00c3\u00bc is odd: \u00fc")
    ('It’s Müller', 'Ã¼ is odd: ü')
    """
    if not MOJIBAKE.search(text):
        return text
    try:
        meant = b"".join(map(_windows_byte, text)).decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text
    # Nobody means a control character: then the odd letters were meant.
    return text if any("\x80" <= letter <= "\x9f" for letter in meant) else meant


def _windows_byte(letter: str) -> bytes:
    return letter.encode("latin-1") if "\x80" <= letter <= "\x9f" else letter.encode("cp1252")


def _mostly_utf8(data: bytes) -> str | None:
    """UTF-8 with a few bytes of Windows text in it; None when it is anything else."""
    text = data.decode("utf-8", errors="surrogateescape")
    bad = sum(map(len, BROKEN_BYTES.findall(text)))
    odd = sum(letter > "\x7f" for letter in text) - bad
    return BROKEN_BYTES.sub(_as_windows, text) if odd >= GOOD_PER_BAD * max(1, bad) else None


def _as_windows(match: re.Match[str]) -> str:
    return bytes(ord(letter) - 0xDC00 for letter in match[0]).decode("cp1252", errors="replace")


def _refuse_binary(data: bytes, origin: str) -> None:
    for magic, name in MAGIC.items():
        if data.startswith(magic) and not _is_sentence(data, magic):
            raise SourceBinary(origin, f"this is {name}, not text; add its transcript or its text instead")
    if b"\x00" in data:
        raise SourceBinary(origin, "this is a binary file (it holds NUL bytes); add a text file instead")


def _is_sentence(data: bytes, magic: bytes) -> bool:
    """A text may begin with the letters "ID3" or "RIFF": a real one has odd bytes soon after.

    >>> _is_sentence(b"RIFFs are short phrases.", b"RIFF")
    True
    """
    return magic.isalnum() and all(byte >= 0x20 or byte in b"\t\r\n" for byte in data[:64])


def _declared(data: bytes) -> tuple[str, ...]:
    match = DECLARED.search(data[:2048])
    if not match:
        return ()
    said = match[1].decode("ascii").lower()
    return (MEANT.get(said, said),)


def _guessed(data: bytes, origin: str) -> str:
    """Neither UTF-8 nor what it declares: ask charset-normalizer, then fall back to Western Windows text."""
    odd = sum(byte > 0x7F for byte in data[:GUESS_FROM])
    best = from_bytes(data[:GUESS_FROM]).best() if odd >= ENOUGH_TO_GUESS else None
    for encoding in (best.encoding if best else "cp1252", "cp1252"):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        _refuse_control(text, origin)
        return text
    text = data.decode("cp1252", errors="replace")
    _refuse_control(text, origin)
    return text


def _refuse_control(text: str, origin: str) -> None:
    if len(CONTROL.findall(text)) > MOST_CONTROL * len(text):
        raise SourceBinary(
            origin, "this is a binary file (mostly control characters); add a text file instead"
        )
