"""What was read or found out lately, kept in memory until the library changes. All of it is bounded."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rag.models import Passage, Source

# Text of sources kept in memory between questions, in characters.
_CACHED_CHARACTERS = 8_000_000
# Passages kept in memory between questions, at some three kilobytes each: to make one takes as long as to
# score it.
_CACHED_PASSAGES = 2048
# Facts kept between questions, such as which passages pass a filter: a byte a passage each.
_KEPT_FACTS = 16


class Facts:
    """The last few things found out of the library as it is. Safe to share between threads.

    Args:
        generation: that of the library.
        reading: one state of it for all that is found out at once.
        most: how many are kept.
    """

    def __init__(
        self,
        generation: Callable[[], int],
        *,
        reading: Callable[[], AbstractContextManager[object]] = nullcontext,
        most: int = _KEPT_FACTS,
    ) -> None:
        self._current = generation
        self._reading = reading
        self._most = most
        self._guard = threading.Lock()
        self._facts: OrderedDict[Hashable, Any] = OrderedDict()
        self._generation = -1

    def kept(self, key: Hashable, find: Callable[[], Any]) -> Any:
        """What was found out of this generation before, or is now."""
        generation = self._current()
        with self._guard:
            if generation != self._generation:
                self._facts.clear()
                self._generation = generation
            if key in self._facts:
                self._facts.move_to_end(key)
                return self._facts[key]
        with self._reading():
            generation, found = self._current(), find()
        with self._guard:
            if generation == self._generation:
                self._facts[key] = found
                while len(self._facts) > self._most:
                    self._facts.popitem(last=False)
        return found


class Recent:
    """Sources and passages as they were made lately. Safe to share between threads.

    Whoever asks says which generation they read. A passage stays no longer than its source, whose text it
    holds on to.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._generation = -1
        self._sources: OrderedDict[str, Source] = OrderedDict()  # the oldest first
        self._characters = 0  # of their texts
        self._passages: OrderedDict[str, Passage] = OrderedDict()  # the oldest first
        self._passages_of: dict[str, set[str]] = {}  # their ids by source

    def source(self, source_id: str, generation: int) -> Source | None:
        """The source, if it is kept."""
        with self._guard:
            self._forget_other_than(generation)
            if source_id in self._sources:
                self._sources.move_to_end(source_id)
            return self._sources.get(source_id)

    def passages(self, ids: Iterable[str], generation: int) -> dict[str, Passage]:
        """Those of the passages that are kept."""
        with self._guard:
            self._forget_other_than(generation)
            return {each: self._passages[each] for each in ids if each in self._passages}

    def keep_source(self, source: Source, generation: int) -> None:
        """Keep a source of this generation; those read longest ago go, with their passages."""
        with self._guard:
            if generation != self._generation or source.id in self._sources:
                return
            self._sources[source.id] = source
            self._characters += len(source.text)
            while self._characters > _CACHED_CHARACTERS and len(self._sources) > 1:
                _, oldest = self._sources.popitem(last=False)
                self._characters -= len(oldest.text)
                for passage_id in self._passages_of.pop(oldest.id, ()):
                    del self._passages[passage_id]

    def keep_passages(self, passages: Iterable[Passage], generation: int) -> None:
        """Keep passages of this generation whose sources are kept; the first that were kept go."""
        with self._guard:
            if generation != self._generation:
                return
            for passage in passages:
                if passage.source.id in self._sources:
                    self._passages[passage.id] = passage
                    self._passages_of.setdefault(passage.source.id, set()).add(passage.id)
            while len(self._passages) > _CACHED_PASSAGES:
                _, oldest = self._passages.popitem(last=False)
                self._passages_of[oldest.source.id].discard(oldest.id)

    def _forget_other_than(self, generation: int) -> None:
        if generation != self._generation:
            self._sources.clear()
            self._passages.clear()
            self._passages_of.clear()
            self._generation, self._characters = generation, 0
