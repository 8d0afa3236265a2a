"""A show, its letters and a folder, before and after a week: what the kill tests of `sync` follow."""

from __future__ import annotations

from pathlib import Path

from tests.ingest.shows import Episode, Post, a_feed
from tests.ingest.web import Web

# Where to die in a sync, beside where an ingest may die: before (-) or after (+) a call of a function.
STEPS = [
    "-ingest.fetch:Fetcher.fetch",
    "+ingest.fetch:Fetcher.fetch",
    "-ingest.follow:gather",
    "+ingest.follow:gather",
    "-ingest.follow:bring",
    "+ingest.follow:bring",
    "-rag.library:Library.put",
    "+rag.library:insert_passage",
    "+rag.library:Library.put",
    "-rag.index:Index.upsert",
    "+rag.index:Index.upsert",
    "-rag.library:Library.remove",
    "+rag.library:Library.remove",
    "+rag.index:Index.delete",
    "-rag.subscriptions:Subscriptions.name",
    "+rag.subscriptions:Subscriptions.name",
    "-rag.subscriptions:Subscriptions.list",
    "+rag.subscriptions:Subscriptions.list",
    "-rag.subscriptions:Subscriptions.rename",
    "+rag.subscriptions:Subscriptions.rename",
    "-rag.subscriptions:Subscriptions.unlist",
    "+rag.subscriptions:Subscriptions.unlist",
    "-rag.subscriptions:Subscriptions.put",
    "+rag.subscriptions:Subscriptions.put",
    "-rag.library:Library.scrub",
    "+rag.library:Library.scrub",
]


def publish(web: Web, folder: Path, *, newer: bool) -> list[str]:
    """What is there at first, or a week later; gives what to add to follow it.

    Later there is a new episode and a new letter, an edited transcript, one that now says who speaks, a
    deleted letter, a letter in the folder less and one more, and a feed file that names a transcript.
    """
    episodes = [Episode(number) for number in range(1, 6 + newer)]
    posts = [Post(number) for number in range(1, 9 + newer) if not (newer and number == 4)]
    if newer:
        episodes[1].turns[2] = "I once took apart none of them, as the edit of this part has it."
    web.pages["/show.xml"] = a_feed("The Workshop", [each.item(web.address) for each in reversed(episodes)])
    web.pages["/letters.xml"] = a_feed("Letters", [each.item(web.address) for each in reversed(posts)])
    for episode in episodes:
        web.pages |= episode.pages()
    if not newer:
        del web.pages["/3.vtt"]
    _fill(folder, newer=newer)
    return [f"{web.address}/show.xml", f"{web.address}/letters.xml", str(folder)]


def _fill(folder: Path, *, newer: bool) -> None:
    folder.mkdir(exist_ok=True)
    told = Episode(20, audio="https://media.example/told/20.mp3")
    (folder / "told.vtt").write_text(told.vtt())
    (folder / "old.md").write_text("# Old\n\nThe old letter tells of slate roofs and of who laid them.\n")
    if newer:
        (folder / "old.md").unlink()
        (folder / "new.md").write_text("# New\n\nThe new letter tells of thatch, which is cut dry.\n")
        item = told.item("https://elsewhere.example").replace("https://elsewhere.example/20.vtt", "told.vtt")
        (folder / "feed.xml").write_text(a_feed("Told", [item]))
