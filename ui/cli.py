"""The command line: parse, call, render. `--json` prints one document on stdout, all else goes to stderr.

Nothing heavy is imported before a command needs it; a test holds `--help` to that.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.audiences import tier_named, tiers_in
from rag.characters import whole
from rag.errors import EarmarkError, QuestionError
from rag.filters import filters_from_json, kind_named

if TYPE_CHECKING:
    from rag.contract import Json
    from rag.library import Library
    from rag.settings import Settings
    from rag.sites import Sites

app = typer.Typer(
    name="earmark",
    help="Answers about a podcast and its newsletters, every sentence with the words it rests on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _readable(given: Any) -> Any:
    """An argument or option whose text is whole: a shell hands on any bytes."""
    for text in [given] if isinstance(given, str) else given or ():
        _checked(lambda one: whole(one, "it"), text)
    return given


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Shows = Annotated[
    list[str] | None, typer.Option("--show", help="Only this show; repeatable.", callback=_readable)
]
Speakers = Annotated[
    list[str] | None, typer.Option("--speaker", help="Only this person; repeatable.", callback=_readable)
]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", help="Only episode, newsletter, article, summary or document; repeatable."),
]
Sources = Annotated[
    list[str] | None, typer.Option("--source", help="Only this source id; repeatable.", callback=_readable)
]
Question = Annotated[str, typer.Argument(callback=_readable)]
SourceId = Annotated[str, typer.Argument(callback=_readable)]
Since = Annotated[str | None, typer.Option(help="Published on this day or later, as 2026-05-08.")]
Until = Annotated[str | None, typer.Option(help="Published on this day or earlier.")]


def main() -> None:
    """Run a command; an error made for the reader is one line on stderr, and 1, or 2 for wrong use."""
    logging.basicConfig(level=logging.WARNING, format="earmark: %(message)s", stream=sys.stderr)
    for ours in ("rag", "ingest", "ui"):
        logging.getLogger(ours).setLevel(logging.INFO)
    try:
        app()
    except (
        EarmarkError,
        OSError,
        sqlite3.Error,
    ) as error:  # and a full disk, a closed folder, a damaged file
        sys.stderr.write(f"earmark: {error}\n")
        raise SystemExit(2 if isinstance(error, QuestionError) else 1) from error
    except KeyboardInterrupt:
        sys.stderr.write("earmark: stopped\n")
        raise SystemExit(1) from None


@app.command()
def add(
    origins: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH|URL|FEED...", help="Files, folders, feeds, pages, OPML lists."),
    ] = None,
    from_list: Annotated[
        Path | None, typer.Option("--from", metavar="LIST", help="A file of paths, one a line.")
    ] = None,
    show: Annotated[str | None, typer.Option(help="The show these belong to.", callback=_readable)] = None,
    kind: Annotated[
        str | None, typer.Option(help="episode, newsletter, article, summary or document.")
    ] = None,
    audience: Annotated[
        str | None, typer.Option(metavar="TIER", help="Who may read these: public, free or paid.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Add without keeping folders and feeds in step later.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring sources into the archive. What is there already and unchanged costs nothing.

    Folders and feeds are kept in step by `earmark sync` from then on, unless --once.

    \b
    earmark add episode.vtt newsletter.html
    earmark add https://example.org/feed.xml
    earmark add --from list.txt --show "Odd Lots"
    """  # noqa: D301  \b is a character here: it keeps the lines as they are
    from ui.commands import add_sources

    given = [*(origins or []), *_lines(from_list)]
    if not given:
        raise typer.BadParameter("give paths, or a file of paths with --from")
    if kind:
        _checked(kind_named, kind)
    if audience:
        _checked(lambda tier: tier_named(tier, tiers_in(_settings().tiers)), audience)
    report = add_sources(_settings(), given, show=show, kind=kind, audience=audience, once=once)
    _print(report) if as_json else _tell_report(report)
    if report["failed"]:
        raise typer.Exit(1)


@app.command()
def sync(
    listed: Annotated[bool, typer.Option("--list", help="Only list what is kept in step.")] = False,
    forget: Annotated[
        str | None, typer.Option(metavar="FEED|FOLDER", help="Follow this no longer; its sources stay.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look at every feed and folder that was added, and bring in what is new, changed or gone.

    A run that was stopped goes on where it stood.
    """
    from ui.commands import forget_subscription, sync_sources

    if listed:
        followed = _followed()
        _print({"subscriptions": followed}) if as_json else _say("\n".join(followed) or "Nothing.")
        return
    if forget:
        if not forget_subscription(_settings(), forget):
            raise EarmarkError(f"{forget!r} is not followed; `earmark sync --list` shows what is")
        _note(f"{forget} is followed no longer")
        return
    report = sync_sources(_settings())
    _print(report) if as_json else _tell_report(report)
    if report["failed"]:
        raise typer.Exit(1)


@app.command()
def sources(as_json: AsJson = False) -> None:
    """List what is in the archive, newest first."""
    from rag.contract import source_json

    with _library() as library:
        listed = [source_json(source) for source in library.overview()]
    if as_json:
        _print({"sources": listed})
    elif not listed:
        _note("The archive is empty. Add something: earmark add PATH")
    for source in [] if as_json else listed:
        dated = source["published"] or "undated"
        _say(f"{source['id']}  {dated:10}  {source['kind']:10}  {source['title']}")


@app.command()
def show(
    source_id: SourceId,
    overview: Annotated[
        bool, typer.Option("--overview", help="What it is about, each line cited, instead of its text.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show one source: what is known of it, and its text with speakers and times."""
    if overview:
        _show_overview(source_id, as_json=as_json)
        return
    from rag.contract import source_detail_json
    from ui.terminal import source_text

    with _library() as library:
        source, passages = library.source(source_id), library.passages_of(source_id)
        others = [library.source(other) for other in library.translations_of(source_id)]
    if as_json:
        _print(source_detail_json(source, passages, translations=others))
    else:
        _say(source_text(source, passages))


def _show_overview(source_id: str, *, as_json: bool) -> None:
    from ui.commands import overview_of
    from ui.terminal import overview_text

    found = overview_of(_settings(), source_id)
    if as_json:
        _print(found)
    else:
        _say(overview_text(found))


@app.command()
def remove(
    source_ids: Annotated[list[str], typer.Argument(metavar="SOURCE_ID...", callback=_readable)],
) -> None:
    """Remove sources from the archive."""
    from ui.commands import remove_sources

    remove_sources(_settings(), source_ids)
    _note(f"removed {len(source_ids)}")


@app.command()
def search(
    question: Question,
    k: Annotated[int, typer.Option("-k", min=1, max=200, help="How many passages.")] = 8,
    show: Shows = None,
    speaker: Speakers = None,
    kind: Kinds = None,
    source: Sources = None,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Find passages, best first."""
    from ui.commands import find
    from ui.terminal import passage_text

    filters = _filters(show, speaker, kind, source, since, until)
    found = find(_settings(), question, k=k, filters=filters)
    if told := _unmatched(filters):
        _note(told)
    if as_json:
        _print(found)
    else:
        _say("\n\n".join(passage_text(passage) for passage in found["passages"]) or "Nothing found.")


@app.command()
def ask(
    question: Question,
    history: Annotated[
        Path | None, typer.Option(help='Earlier turns: a JSON list of {"role", "content"}.')
    ] = None,
    show: Shows = None,
    speaker: Speakers = None,
    kind: Kinds = None,
    source: Sources = None,
    since: Since = None,
    until: Until = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Also show what was searched, found, kept and dropped, and why, on stderr."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the archive, with citations, or say that it is not covered."""
    from ui.commands import answer
    from ui.terminal import answer_text, explanation

    filters = _filters(show, speaker, kind, source, since, until)
    given = answer(_settings(), question, history=_history(history), filters=filters)
    if explain:
        _note(explanation(given))
    if told := _unmatched(filters):
        _note(told)
    # What stands on stderr is not said again.
    rest = (given["notice"] or "").replace(told or "", "").strip() or None
    _print(given) if as_json else _say(answer_text({**given, "notice": rest}))


@app.command("eval")
def evaluate(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for answers, scores and report.")],
    questions: Annotated[Path | None, typer.Argument(metavar="QUESTIONS.jsonl|.csv")] = None,
    compare: Annotated[
        Path | None, typer.Option(metavar="DIR", help="An earlier run to set this one against.")
    ] = None,
    gate: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC>=VALUE", help="A bound to keep, or exit with 3; repeatable."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask at most so many questions.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="Stop asking after so long.")] = None,
    spend: Annotated[
        float | None,
        typer.Option(min=0, help="Stop asking once a model has cost so much, by the prices set."),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="Questions asked at once.")] = 2,
    draft: Annotated[
        int | None, typer.Option(min=1, help="Draft so many questions from the archive instead.")
    ] = None,
    unanswerable: Annotated[
        int | None, typer.Option(min=1, help="Make so many unanswerable ones of QUESTIONS instead.")
    ] = None,
) -> None:
    """Put a file of questions through the assistant, score the answers and report.

    Run it again after a stop: what was answered over the same archive is not asked again.

    \b
    earmark eval questions.jsonl --out runs/today --compare runs/yesterday
    earmark eval questions.csv --out runs/today --gate "evidence_recall>=0.8"
    earmark eval --draft 20 --out runs/drafts
    """  # noqa: D301  \b is a character here: it keeps the lines as they are
    from rag.evaluate.evaluation import Caps
    from ui import evaluation

    if draft:
        _note(f"wrote {evaluation.draft(_settings(), out, count=draft)}; read and edit it before use")
        return
    if questions is None:
        raise typer.BadParameter("give a file of questions, or --draft N")
    if unanswerable:
        _note(f"wrote {evaluation.unanswerable(_settings(), questions, out, count=unanswerable)}")
        return
    caps = Caps(limit=limit, seconds=seconds, concurrency=concurrency)
    done = evaluation.evaluate(
        _settings(), questions, out, caps=caps, spend=spend, compare_with=compare, gates=gate or ()
    )
    _say((out / "report.md").read_text("utf-8"))
    _note(f"the whole report is {out / 'report.html'}")
    if done.scores.not_asked:
        _note(
            f"{done.scores.not_asked} of the lines could not be asked; answers.jsonl and the report say why"
        )
    for result in done.gates:
        _note(str(result))
    if not done.passed:
        raise typer.Exit(3)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 7860,
    api_only: Annotated[bool, typer.Option("--api-only", help="Without the page.")] = False,
) -> None:
    """Serve the page, the API and the embed."""
    settings = _settings()
    _note(f"starting; the page will be at http://{host}:{port} (Ctrl-C stops it)")
    from ui.serve import serve as run

    run(settings, host=host, port=port, page=not api_only)


@app.command()
def mcp() -> None:
    """Serve the archive to assistants that speak the Model Context Protocol, over stdin and stdout.

    Tools: ask, search, list, open. They give the same JSON as the other commands.
    """
    from ui.commands import serve_tools

    serve_tools(_settings())


site_app = typer.Typer(
    help="Sites that may embed the archive, each under a public identifier.", no_args_is_help=True
)
app.add_typer(site_app, name="site")


@site_app.command("add")
def site_add(
    name: Annotated[str, typer.Argument(callback=_readable)],
    origin: Annotated[
        list[str] | None, typer.Option(help="Where its pages are, as https://letters.example; repeatable.")
    ] = None,
    daily: Annotated[
        int | None, typer.Option(min=0, help="Answers a day that a model may write for it; then it quotes.")
    ] = None,
    audience: Annotated[str, typer.Option(metavar="TIER", help="What its readers may read.")] = "public",
    as_json: AsJson = False,
) -> None:
    """Let a site embed the archive. Prints the public identifier that goes into its pages."""
    from rag.sites import origin_of

    settings = _settings()
    _checked(lambda tier: tier_named(tier, tiers_in(settings.tiers)), audience)
    if not origin:
        raise typer.BadParameter("give the site's --origin, as https://letters.example")
    for one in origin:
        _checked(origin_of, one)
    with _sites() as sites:
        site = sites.add(name, origins=origin, daily=daily, audience=audience)
    _print(site.json()) if as_json else _say(site.id)


@site_app.command("list")
def site_list(as_json: AsJson = False) -> None:
    """List the sites that may embed the archive."""
    with _sites() as sites:
        listed = [site.json() for site in sites.all()]
    if as_json:
        _print({"sites": listed})
    for site in [] if as_json else listed:
        daily = "" if site["daily"] is None else f"  {site['daily']} a day"
        _say(f"{site['id']}  {site['name']}  {' '.join(site['origins'])}  {site['audience']}{daily}")


@site_app.command("remove")
def site_remove(
    name: Annotated[str, typer.Argument(metavar="NAME|ID", callback=_readable)],
) -> None:
    """Let a site embed the archive no longer, at once."""
    with _sites() as sites:
        if not sites.remove(name):
            raise EarmarkError(f"there is no site {name!r}; `earmark site list` shows them")
    _note(f"removed {name}")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look whether the archive is sound, and say what to do if not; exits with 1 when something needs doing.

    Library, full-text table and index must hold the same passages, and each be found. Nothing is changed, and
    a server may be running.
    """
    from ui.commands import examine

    looked = examine(_settings())
    if as_json:
        _print(looked)
    for finding in [] if as_json else looked["findings"]:
        _say(f"{finding['check']:10} {finding['found']}")
        if finding["advice"]:
            _say(f"{'':10} → {finding['advice']}")
    if not looked["ok"]:
        raise typer.Exit(1)


@app.command()
def rebuild() -> None:
    """Make the index and the full-text table anew from the library. Nothing is embedded again."""
    from ui.commands import rebuild as run

    _note(f"made anew, {run(_settings())} passages")


@app.command()
def backup(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Write the whole archive to one file, as it is at this moment. Others may read and write meanwhile."""
    from rag.backup import backup as write

    manifest = write(_settings().home, file)
    _note(f"{manifest.sources} sources, {manifest.passages} passages in {file}")


@app.command()
def restore(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Put a backup in place of the archive. One that is not whole is refused, and changes nothing."""
    from ui.commands import restore as run

    manifest = run(_settings(), file)
    _note(
        f"restored {manifest['sources']} sources, {manifest['passages']} passages, as of {manifest['made']}"
    )


@app.command()
def settings(as_json: AsJson = False) -> None:
    """Every setting: its variable, its value, its default, what it does."""
    from ui.terminal import settings_rows

    rows = settings_rows(_settings())
    if as_json:
        _print({"settings": rows})
    for row in [] if as_json else rows:
        _say(f"{row['variable']}={row['value']}\n    {row['description']} (default: {row['default']})")


def _settings() -> Settings:
    from rag.settings import load

    return load()


@contextmanager
def _library() -> Iterator[Library]:
    from rag.library import Library

    library = Library(_settings().home / "library.db")
    try:
        yield library
    finally:
        library.close()


@contextmanager
def _sites() -> Iterator[Sites]:
    from rag.activity import Activity
    from rag.backup import ACTIVITY
    from rag.sites import Sites

    activity = Activity(_settings().home / ACTIVITY)
    try:
        yield Sites(activity)
    finally:
        activity.close()


def _followed() -> list[str]:
    from rag.subscriptions import Subscriptions

    with _library() as library:
        return [subscription.origin for subscription in Subscriptions(library).all()]


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise EarmarkError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise EarmarkError(f"{path} is no UTF-8 text; save the list as UTF-8") from error


def _history(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise QuestionError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # and what is no UTF-8
        raise QuestionError(f"{path} is no JSON: {error}") from error


def _filters(
    show: list[str] | None,
    speaker: list[str] | None,
    kind: list[str] | None,
    source: list[str] | None,
    since: str | None,
    until: str | None,
) -> Json:
    given = {
        "show": show,
        "speaker": speaker,
        "kind": kind,
        "source": source,
        "since": since,
        "until": until,
    }
    filters = {name: value for name, value in given.items() if value}
    _checked(filters_from_json, filters)
    return filters


def _unmatched(filters: Json) -> str | None:
    """What to say of filters that nothing in the archive has."""
    if not filters:
        return None
    from rag.unmatched import unmatched

    with _library() as library:
        return unmatched(filters_from_json(filters), library.narrowing)


def _checked(check: Callable[[Any], object], value: object) -> None:
    """Make what is wrong with an option's value wrong use of the command."""
    try:
        check(value)
    except QuestionError as error:
        raise typer.BadParameter(str(error)) from error


def _tell_report(report: Json) -> None:
    for name in ("added", "changed", "removed"):
        for source in report[name]:
            _say(f"{name:9} {source['id']}  {source['title']} ({source['passages']} passages)")
    for line in report["skipped"]:
        _note(line)
    for failure in report["failed"]:
        _note(f"failed    {failure['origin']}: {failure['reason']}")
    outcomes = ("added", "changed", "unchanged", "removed", "failed")
    _note(", ".join(f"{len(report[name])} {name}" for name in outcomes))


def _print(document: Json) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _note(text: str) -> None:
    sys.stderr.write(text + "\n")
