"""The table in docs/reference/formats.md: every format, read, and what is left of it."""

from collections.abc import Sequence

from ingest.canonical import canonical
from ingest.read import read
from ingest.reading import Part, Reading
from tests.ingest.samples import SAMPLES, SHARED, SNIPPED, TALK

# Samples that do not hold the whole talk: which sentences they hold instead.
SHARED_BY = {
    "Snipd export": SNIPPED,
    "AI summary page": SHARED[2:],
    "Word (DOCX)": SHARED[:1],
    **dict.fromkeys(
        ("Markdown page", "Substack post (HTML)", "web page (HTML)", "PDF", "EPUB", "plain text"), SHARED[:2]
    ),
}


def table() -> str:
    """Format by format what is kept, found by reading one source of each."""
    rows = [
        "| format | kind | words | speakers | times | headings | pages | AI-written | says of itself |",
        f"|{'---|' * 9}",
    ]
    return (
        "\n".join([*rows, *(_row(name, read(data, origin="sample")) for name, data in SAMPLES.items())])
        + "\n"
    )


def _row(name: str, reading: Reading) -> str:
    labels = [part.label for part in reading.parts]
    told = {
        "title": reading.metadata.title,
        "show": reading.metadata.show,
        "people": reading.metadata.people,
        "date": reading.metadata.published,
        "language": reading.metadata.language,
        "address": reading.metadata.url,
    }
    kept = (
        str(reading.metadata.kind),
        _words(reading.parts, name),
        _mark(any(label.speaker for label in labels)),
        _times(reading.parts),
        _mark(any(label.heading for label in labels)),
        _mark(any(label.page for label in labels)),
        _mark(any(label.ai_written for label in labels)),
        ", ".join(what for what, value in told.items() if value),
    )
    return f"| {name} | {' | '.join(kept)} |"


def _words(parts: Sequence[Part], name: str) -> str:
    """How many of the sentences that the sample holds are read, to the letter."""
    text = " ".join(canonical(parts)[0].split())
    held = SHARED_BY[name] if name in SHARED_BY else [said for _, _, said in TALK]
    found = sum(said in text for said in held)
    return "all" if found == len(held) else f"{found} of {len(held)}"


def _times(parts: Sequence[Part]) -> str:
    """How near the words the times stand."""
    timed = sum(part.label.start_s is not None and not part.label.approximate for part in parts)
    return "" if not timed else "every stretch" if timed == len(parts) else "some, the others estimated"


def _mark(kept: bool) -> str:
    return "yes" if kept else ""
