"""What filters leave of the library: the names they mean in it, and the passages that pass."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.database import AMONG, Database, marks
from rag.filters import matches_name
from rag.models import Filters
from rag.recent import Facts

# Below this many passages, exact cosine over the stored vectors is faster than a filtered index search, and
# finds them all; words are looked up in these alone.
NARROW = 3000

_NAMES_OF = {
    "show": "SELECT DISTINCT show FROM sources s WHERE show IS NOT NULL",
    "kind": "SELECT DISTINCT kind FROM sources s WHERE 1",
    "source": "SELECT id FROM sources s WHERE 1",
    "speaker": "SELECT DISTINCT name FROM speakers k WHERE 1",
    "person": "SELECT DISTINCT value FROM sources s, json_each(s.people) WHERE 1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What filters leave, as SQL over passages `p`, and its values."""

    where: str
    values: tuple[object, ...]


class Narrowing:
    """Filters, as one library understands them. Safe to share between threads."""

    def __init__(self, database: Database, facts: Facts) -> None:
        self._database = database
        self._facts = facts

    def passing(self, filters: Filters) -> int:
        """How many passages pass the filters."""
        return int(self.rows(filters).sum())

    def passing_of(self, ids: Sequence[str], filters: Filters) -> set[str]:
        """Those of these passages that pass the filters."""
        with self._database.reading() as db:
            rows = self.rows(filters)
            held = db.execute(f"SELECT id, rowid FROM passages WHERE id {AMONG}", (json.dumps(ids),))
            return {passage_id for passage_id, row in held.fetchall() if rows[row]}

    def rows(self, filters: Filters) -> NDArray[np.bool_]:
        """Whether each passage passes, by rowid. Kept for the filters of the last questions."""
        rows: NDArray[np.bool_] = self._facts.kept(("rows", filters), lambda: self._looked_up_rows(filters))
        return rows

    def _looked_up_rows(self, filters: Filters) -> NDArray[np.bool_]:
        db = self._database.connection
        scope = self.scope(replace(filters, adverts=True))
        (last,) = db.execute("SELECT coalesce(max(rowid), 0) FROM passages").fetchone()
        rows = np.zeros(int(last) + 1, dtype=np.bool_)
        query = f"SELECT rowid FROM passages p WHERE {scope.where}"
        rows[[row for (row,) in db.execute(query, scope.values)]] = True
        if not filters.adverts:
            rows[[row for (row,) in db.execute("SELECT rowid FROM passages WHERE advert = 1")]] = False
        return rows

    def scope(self, filters: Filters) -> Scope:
        """The SQL condition that filters stand for."""
        conditions, values = ["1"], list[object]()
        if not filters.adverts:
            conditions.append("p.advert = 0")
        sources, source_values = self._source_conditions(filters)
        if sources:
            conditions.append(f"p.source_id IN (SELECT s.id FROM sources s WHERE {sources})")
            values.extend(source_values)
        if filters.speakers:
            names = self.speaker_names(filters.speakers)
            conditions.append(f"p.rowid IN (SELECT passage FROM speakers WHERE name IN ({marks(names)}))")
            values.extend(names)
        return Scope(where=" AND ".join(conditions), values=tuple(values))

    def _source_conditions(self, filters: Filters) -> tuple[str, list[object]]:
        conditions, values = [], list[object]()
        if filters.kinds:
            conditions.append(f"s.kind IN ({marks(filters.kinds)})")
            values.extend(kind.value for kind in filters.kinds)
        if filters.sources:
            conditions.append(f"s.id IN ({marks(filters.sources)})")
            values.extend(filters.sources)
        if filters.exclude:
            conditions.append(f"s.id NOT IN ({marks(filters.exclude)})")
            values.extend(filters.exclude)
        if filters.shows:
            shows = self.show_names(filters.shows)
            conditions.append(f"s.show IN ({marks(shows)})")
            values.extend(shows)
        if filters.audiences:
            conditions.append(f"s.audience IN ({marks(filters.audiences)})")
            values.extend(filters.audiences)
        for day, sign in ((filters.since, ">="), (filters.until, "<=")):
            if day:
                conditions.append(f"s.published {sign} ?")
                values.append(day.isoformat())
        return " AND ".join(conditions), values

    def show_names(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """The shows that these names, or parts of names, mean."""
        return self._names("show", wanted)

    def speaker_names(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """The speakers that these names, or parts of names, mean."""
        return self._names("speaker", wanted)

    def names_of(self, field: str, audiences: Sequence[str] = ()) -> list[str]:
        """What sources for these audiences have as `show`, `kind` or `source`, as `speaker`, or as `person`.

        Those are all whom it names: an author need not speak.
        """
        query = _NAMES_OF[field]
        if not self.keeps_out(audiences):
            return self._every(query)
        those = f"s.audience IN ({marks(audiences)})"
        if field == "speaker":
            those = (
                "EXISTS (SELECT 1 FROM passages p JOIN sources s ON s.id = p.source_id"
                f" WHERE p.rowid = k.passage AND {those})"
            )
        return self._every(f"{query} AND {those}", tuple(audiences))

    def keeps_out(self, audiences: Sequence[str]) -> bool:
        """Whether there are sources that are for none of these audiences; none given may read all."""
        if not audiences:
            return False
        query = f"SELECT EXISTS (SELECT 1 FROM sources WHERE audience NOT IN ({marks(audiences)}))"
        ((kept_out,),) = self._database.rows(query, audiences)
        return bool(kept_out)

    def _names(self, field: str, wanted: Iterable[str]) -> tuple[str, ...]:
        wanted = list(wanted)
        return tuple(name for name in self.names_of(field) if matches_name(wanted, [name]))

    def _every(self, query: str, values: tuple[str, ...] = ()) -> list[str]:
        every: list[str] = self._facts.kept(
            (query, values), lambda: [name for (name,) in self._database.rows(query, values)]
        )
        return every
