"""The tables and lists of the report as HTML. Pure; whatever is not ours is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from rag.evaluate.catalogue import BY_NAME, METRICS, Metric, written
from rag.evaluate.compare import Comparison, Flip, GateResult
from rag.evaluate.metrics.intervals import Interval
from rag.evaluate.scores import Group, Scores

_UNITS = {"characters": " chars", "": ""}
_GROUP_SCORES = ("evidence_recall", "citation_recall", "correct", "support_recall", "crag")


def about(scores: Scores) -> str:
    """What the run was."""
    facts = dict(scores.about)
    if scores.not_asked:
        facts["not asked"] = f"{scores.not_asked} lines, named under the warnings"
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in facts.items()
    )
    return f"<dl>{rows}</dl>" if rows else ""


def gates(results: Sequence[GateResult]) -> str:
    """Which gates were met."""
    items = [_item(escape(str(one)), good=one.passed) for one in results]
    return f'<ul class="gates">{"".join(items)}</ul>' if items else ""


def compared(comparison: Comparison | None) -> str:
    """The questions that flipped since the earlier run."""
    if comparison is None:
        return ""
    items = "".join(_item(_flip(flip), good=flip.better) for flip in comparison.flips)
    said = f"{len(comparison.flips)} of {comparison.questions} questions asked in both runs flipped."
    head = f"<h2>Since {escape(comparison.name)}</h2>"
    return f'<section>{head}<p>{said}</p><ul class="gates">{items}</ul></section>'


def _item(inside: str, *, good: bool) -> str:
    return f'<li class="{"met" if good else "missed"}">{inside}</li>'


def _flip(flip: Flip) -> str:
    link = f'<a href="#{escape(anchor(flip.id))}">{escape(flip.id)}</a>'
    change = f"<small>{escape(flip.before)} → {escape(flip.after)}</small>"
    return f"{link} {escape(flip.question)} {change}"


def anchor(id_: str) -> str:
    """The id of a question's element; the page's script makes it with `encodeURIComponent`.

    >>> anchor("a/b 1")
    'q-a%2Fb%201'
    """
    return "q-" + quote(id_, safe="!'()*~")


def scorecard(scores: Scores, comparison: Comparison | None) -> str:
    """Every score with its interval and, beside an earlier run, what changed."""
    bodies = []
    for part in dict.fromkeys(metric.part for metric in METRICS):
        shown = [metric for metric in METRICS if metric.part == part and metric.name in scores.overall]
        if part and shown:
            heads = [part, "Mean", "95 %", "Questions", *(["Change"] if comparison else [])]
            rows = [_score_row(metric, scores.overall[metric.name], comparison) for metric in shown]
            bodies.append(f"<tbody>{_heads(heads)}{''.join(rows)}</tbody>")
    return f"<table>{''.join(bodies)}</table>"


def _heads(names: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<th>{escape(name)}</th>' for name in names)}</tr>"


def _score_row(metric: Metric, found: Interval, comparison: Comparison | None) -> str:
    unit = _UNITS.get(metric.unit, f" {metric.unit}")
    cells = [
        f'<th scope="row">{escape(metric.label)}<small>{escape(metric.meaning)}</small></th>',
        f'<td class="mean">{written(metric.name, found.mean)}{unit}</td>',
        f"<td>{_bar(metric, found)}<span>{_range(metric.name, found)}</span></td>",
        f"<td>{found.n}</td>",
        _change(metric, comparison) if comparison else "",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _range(name: str, found: Interval) -> str:
    return f"{written(name, found.low)} to {written(name, found.high)}"


def _bar(metric: Metric, found: Interval) -> str:
    """The interval on a line from 0 to 1 (CRAG: from -1)."""
    if metric.unit:
        return ""
    floor = -1.0 if metric.name == "crag" else 0.0
    low, mean, high = ((value - floor) / (1 - floor) * 100 for value in (found.low, found.mean, found.high))
    interval = f'<b style="left:{low:.1f}%;width:{high - low:.1f}%"></b>'
    return f'<i class="bar">{interval}<u style="left:{mean:.1f}%"></u></i>'


def _change(metric: Metric, comparison: Comparison) -> str:
    found = comparison.differences.get(metric.name)
    if found is None:
        return "<td>n/a</td>"
    kind = ""
    if found.significant and metric.better != "neither":
        kind = "up" if (found.mean > 0) == (metric.better == "more") else "down"
    low, high = written(metric.name, found.low), written(metric.name, found.high)
    sign = "+" if found.mean > 0 else ""
    small = f"<small>{low} to {high}, p {found.p:.3f}</small>"
    return f'<td class="{kind}">{sign}{written(metric.name, found.mean)}{small}</td>'


def groups(scores: Scores) -> str:
    """The main scores by source kind and by show."""
    tables = []
    for by, title in (("kind", "Source kind"), ("show", "Show")):
        shown = [group for group in scores.groups if group.by == by]
        if shown:
            heads = _heads([title, "Questions", *(BY_NAME[name].label for name in _GROUP_SCORES)])
            rows = "".join(map(_group_row, shown))
            tables.append(f'<table class="groups"><tbody>{heads}{rows}</tbody></table>')
    return "".join(tables)


def _group_row(group: Group) -> str:
    cells = "".join(_group_cell(name, group.scores.get(name)) for name in _GROUP_SCORES)
    return f'<tr><th scope="row">{escape(group.name)}</th><td>{group.questions}</td>{cells}</tr>'


def _group_cell(name: str, found: Interval | None) -> str:
    if found is None:
        return "<td></td>"
    return f"<td>{written(name, found.mean)}<small>{_range(name, found)}</small></td>"


def warnings(scores: Scores) -> str:
    """What could not be read or placed."""
    items = "".join(f"<li>{escape(warning)}</li>" for warning in scores.warnings)
    summary = f"<summary>{len(scores.warnings)} warnings</summary>"
    return f'<details class="warnings">{summary}<ul>{items}</ul></details>' if items else ""
