"""Figures in, `docs/reference/performance.md` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.speed.figures import OURS, SHARE, STOCK, Measure, Spread, of, ratio, spread

MEASURES = (
    Measure(
        piece="ingest",
        key="characters_s",
        title="First ingest, source characters a second",
        unit="/s",
        goal="≥ 2",
    ),
    Measure(
        piece="ingest",
        key="characters_cpu_s",
        title="the same, a second of processor",
        unit="/s",
    ),
    Measure(
        piece="ingest",
        key="again_s",
        title="Ingest again, nothing changed",
        unit="s",
        goal="≥ 100",
        turned=True,
    ),
    Measure(
        piece="ingest",
        key="changed_s",
        title="Ingest again, one file changed",
        unit="s",
        turned=True,
    ),
    Measure(
        piece="ingest",
        key="changed_file_s",
        title="the same, stock told which file it is",
        unit="s",
        turned=True,
    ),
    Measure(
        piece="many",
        key="again_s",
        title="The same words as 300 files again, nothing changed",
        unit="s",
        goal="≥ 100",
        turned=True,
    ),
    Measure(
        piece="many",
        key="changed_s",
        title="300 files again, one changed",
        unit="s",
        goal="≥ 50",
        turned=True,
    ),
    Measure(
        piece="embed",
        key="texts_cpu_s",
        title="Embedding, texts a second of processor, one thread",
        unit="/s",
        goal="≥ 1.6",
    ),
    Measure(
        piece="embed",
        key="ceiling_cpu_s",
        title="the model's matrices alone, in int8 on the same core",
        unit="/s",
    ),
    Measure(piece="warm", key="search_p50_ms", title="Search in a warm process, p50", unit="ms"),
    Measure(piece="warm", key="search_p95_ms", title="Search in a warm process, p95", unit="ms"),
    Measure(
        piece="warm",
        key="answer_p50_ms",
        title="Answer without a model, warm, p50",
        unit="ms",
    ),
    Measure(
        piece="warm",
        key="answer_p95_ms",
        title="Answer without a model, warm, p95",
        unit="ms",
    ),
    Measure(
        piece="cold",
        key="cold_s",
        title="A new process to its first answer",
        unit="s",
        goal="≤ 0.4, ≤ 3 s",
    ),
    Measure(piece="cold", key="cold_mb", title="Peak memory of that process", unit="MB"),
    Measure(piece="warm", key="warm_mb", title="Peak memory of a warm process", unit="MB"),
    Measure(
        piece="serving",
        key="serving_mb",
        title="Peak memory serving 30,000 passages",
        unit="MB",
        goal="≤ 0.5, ≤ 450 MB",
    ),
    Measure(piece="serving", key="page_mb", title="the same, with the page", unit="MB"),
    Measure(piece="ingest", key="ingest_mb", title="Peak memory of the first ingest", unit="MB"),
    Measure(piece="ingest", key="disk_mb", title="Disk", unit="MB"),
    Measure(piece="serving", key="served_p50_ms", title="Search over 30,000 passages, p50", unit="ms"),
    Measure(piece="serving", key="served_p95_ms", title="Search over 30,000 passages, p95", unit="ms"),
    *(
        Measure(
            piece="large",
            key=f"{name}_p{share}_ms",
            title=f"Search over 100,000 passages, {limits}, p{share}",
            unit="ms",
            goal="≤ 40 ms" if share == 95 else "",
        )
        for name, limits in (
            ("all", "no filter"),
            ("a show", "every fifth passes"),
            ("the last tenth", "every tenth passes"),
        )
        for share in (50, 95)
    ),
    Measure(piece="large", key="recall", title="recall@10 of the index there", unit="", goal="≥ 0.99"),
    Measure(piece="huge", key="all_p95_ms", title="Search over 300,000 passages, no filter, p95", unit="ms"),
    Measure(
        piece="huge",
        key="grown_all_p95_ms",
        title="the same, times that over 100,000 in the same run",
        unit="",
        goal="≤ 2.5",
    ),
    Measure(piece="huge", key="recall", title="recall@10 of the index over 300,000", unit="", goal="≥ 0.99"),
    Measure(piece="size", key="installed_mb", title="Packages installed", unit="MB"),
)

_TOP = """# Performance

Written by `make bench`; don't edit it. Earmark beside the stock recipe of LangChain's tutorials, in turns
on one machine, each as whole processes of its own environment, from start to end:

- **ours**: `earmark add --from LIST`, `earmark ask` without a chat model, and within a process
  `Search.find` (question embedded, words and meaning, second look, context) and `Assistant.ask`;
- **stock**: `RecursiveCharacterTextSplitter(1000, 200)`, sentence-transformers in single precision,
  langchain-chroma; a question takes the nearest pieces and they are printed
  (`benchmarks/speed/stock.py`). Its embeddings are sentence-transformers behind LangChain's interface,
  because no release of langchain-huggingface goes with the transformers 5 that both environments pin.

Both read the same files, the 46 of the development collection ({characters:,} characters; not part of the
project), with the same model file, the same versions (`constraints.txt`) and the same number of threads.
Files are in the system's cache. Figures are medians of the rounds, with the least and the most; *ratio*
is the median of the rounds' own ratios: how many *times* as fast we are, or what share *of theirs* we
take.
"""

_NOTES = """
- The stock recipe notes nothing of what it has read. Unchanged or with one file changed, running it again
  is the first ingest again; that is the figure used. *Told which file it is* is a kinder reading:
  somebody found out, its pieces are deleted by hand and the file is read anew; most of it is the start of
  torch.
- The search of the stock recipe is one look at the nearest vectors; ours ranks by words too, reads the
  sentences and puts a context together. [Quality](quality.md) says what that gains.
- The first ingest excludes making the int8 file of the model, once in a machine's life (about half a
  minute).
- Memory of a warm process is ours after sixty whole answers and theirs after sixty searches. Serving is
  `earmark serve` over HTTP, and for theirs the searches alone, in a process without a server.
- Archives of 30,000 and 100,000 passages have stand-in vectors (`benchmarks/speed/material.py`); the stock
  index of 30,000 holds the same texts and vectors. Growth is in [Grow an archive](../how-to/scale.md).
- Stand-in vectors are mixed from the model's own, and lie as far apart as these: how far is measured in
  [How passages are found](../explanation/search.md). Questions are embedded by the model, in the time given.
- The 300 files are the 46, cut between paragraphs into pieces of one length: as many words, so that a round
  takes minutes, and sources of a sixth of an episode. The stock recipe read all of them in each round.
- Packages are what each needs to run, page, API and file formats of ours included; torch is in both.
"""


def performance(pieces: Mapping[str, Any], *, characters: int) -> str:
    """The whole page from the figures."""
    rows = [row for measure in MEASURES if (row := _row(pieces, measure))]
    parts = [_TOP.format(characters=characters), _table(["measure", OURS, STOCK, "ratio", "goal"], rows)]
    parts += [_NOTES.strip() + "\n", *_cosines(pieces), *_shares(pieces), "## How it was measured\n"]
    head = ["piece", "rounds", "load before a round", "commit"]
    parts.append(_table(head, [_how(name, piece) for name, piece in pieces.items()]))
    machines = {tuple(piece["machine"].items()) for piece in pieces.values()}
    parts += [
        "; ".join(f"{name}: {value}" for name, value in sorted(one)) + ".\n" for one in sorted(machines)
    ]
    parts.append("`make bench ARGS='--only PIECE --rounds N --more'` adds rounds to a piece.\n")
    return "\n".join(parts)


def _row(pieces: Mapping[str, Any], measure: Measure) -> list[str] | None:
    rounds = pieces.get(measure.piece, {}).get("rounds", [])
    ours = of(rounds, OURS, measure.key)
    if ours is None:
        return None
    theirs, between = of(rounds, STOCK, measure.key), ratio(rounds, measure)
    return [
        measure.title,
        _written(ours, measure.unit),
        _written(theirs, measure.unit) if theirs else "–",
        _compared(between, measure) if between else "–",
        measure.goal,
    ]


def _compared(between: Spread, measure: Measure) -> str:
    sense = "times" if measure.turned or measure.unit == "/s" else "of theirs"
    return f"**{_number(between.middle)}** {sense} ({_number(between.least)} to {_number(between.most)})"


def _cosines(pieces: Mapping[str, Any]) -> list[str]:
    rounds = pieces.get("embed", {}).get("rounds", [])
    found = [of(rounds, OURS, f"cosine_{name}") for name in ("mean", "hundredth", "worst")]
    if not all(found):
        return []
    mean, hundredth, worst = (one.middle for one in found if one)
    return [
        f"Cosine of our vectors to those of sentence-transformers: {mean:.4f} in the mean, {hundredth:.4f} at"
        f" the hundredth part, {worst:.4f} at worst (we want 0.99).\n"
    ]


def _shares(pieces: Mapping[str, Any]) -> list[str]:
    """How much of the ceiling embedding reaches, and where the rest of its time goes."""
    rounds = [one for one in pieces.get("embed", {}).get("rounds", []) if "ceiling_cpu_s" in one[OURS]]
    if not rounds:
        return []
    reached = spread([one[OURS]["texts_cpu_s"] / one[OURS]["ceiling_cpu_s"] for one in rounds])
    names = [key for key in rounds[0][OURS] if key.startswith(SHARE)]
    middles = {name: spread([one[OURS].get(name, 0.0) for one in rounds]).middle for name in names}
    parts = (
        f"{name.removeprefix(SHARE)} {middle:.0%}"
        for name, middle in sorted(middles.items(), key=lambda one: -one[1])
    )
    return [
        f"Embedding reaches {reached.middle:.0%} ({reached.least:.0%} to {reached.most:.0%}) of what one core"
        " does when it multiplies the model's matrices in int8 and does nothing else"
        f" (`benchmarks/speed/ceiling.py`). Its time goes into {', '.join(parts)}.\n"
    ]


def _how(name: str, piece: Mapping[str, Any]) -> list[str]:
    loads = [one["load"] for one in piece["rounds"]]
    return [name, str(len(loads)), f"{min(loads)} to {max(loads)}", f"`{piece['at']}`"]


def _written(one: Spread, unit: str) -> str:
    middle = f"{_number(one.middle)} {unit}".replace(" /", "/").strip()
    if one.least == one.most:
        return middle
    return f"{middle} ({_number(one.least)} to {_number(one.most)})"


def _number(value: float) -> str:
    """Three figures that count.

    >>> _number(12345.6), _number(123.4), _number(12.34), _number(1.234), _number(0.01234)
    ('12,346', '123', '12.3', '1.23', '0.0123')
    """
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
