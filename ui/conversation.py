"""What the page asks of the server: one question with the turns before it, answered state by state.

It keeps nothing: a conversation lives in its browser, which sends along what a follow-up needs.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypedDict

from starlette.concurrency import run_in_threadpool

from rag.compose.drafting import Drafting
from rag.compose.telling import Judged
from rag.contract import history_from_json
from rag.errors import EarmarkError
from rag.filters import filters_from_json
from rag.models import Filters, Turn
from rag.ports import Answers, ReadsSources
from ui.following import follow
from ui.problems import UNEXPECTED
from ui.question import checked_question
from ui.render import Coming, Exchange, failed, waiting

_LOG = logging.getLogger("earmark.page")
_TURNS = 8  # how much of a conversation is read
_BEAT_S = 0.05  # between claims, so that the eye can follow the text coming in
_LATE_S = 0.3  # who has waited for so long is not made to wait for beats


class State(TypedDict):
    """A state of an answer. `run` is the browser's own name for the time it asked."""

    run: str
    exchange: Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it arrived, checked; it can be answered."""

    question: str
    history: tuple[Turn, ...]
    filters: Filters


class Conversation:
    """Answers the page's questions, one state after the other."""

    def __init__(
        self,
        assistant: Answers,
        library: ReadsSources,
        *,
        question_characters: int = 1000,
        history_characters: int = 20_000,
    ) -> None:
        self._assistant = assistant
        self._library = library
        self._longest = question_characters
        self._longest_history = history_characters

    async def reply(self, sent: Mapping[str, Any]) -> AsyncGenerator[State, None]:
        """The states of the answer to `{"run", "question", "history", "filters"}`, the last one whole.

        Whoever reads the states must close this: then the work for the answer ends.
        """
        run, question = str(sent.get("run", "")), str(sent.get("question", ""))
        try:
            asked = self._checked(question, sent)
            async with aclosing(self._exchanges(asked)) as exchanges:
                async for exchange in exchanges:
                    yield State(run=run, exchange=exchange)
        except EarmarkError as error:
            yield State(run=run, exchange=failed(question, problem=str(error)))
        except Exception:  # noqa: BLE001  the process edge: the reader gets a line, the log the trace
            _LOG.exception("a question on the page failed")
            yield State(run=run, exchange=failed(question, problem=UNEXPECTED))

    def _checked(self, question: str, sent: Mapping[str, Any]) -> Asked:
        return Asked(
            question=checked_question(question, longest=self._longest),
            history=_latest(history_from_json(sent.get("history")), longest=self._longest_history),
            filters=filters_from_json(sent.get("filters")),
        )

    async def _exchanges(self, asked: Asked) -> AsyncGenerator[Exchange, None]:
        began, drafted = time.monotonic(), False
        searched = await self._searched(asked.filters)
        yield waiting(asked.question, searched=searched)
        coming, shown, claimed = Coming(asked.question, searched=searched), 0.0, 0.0
        answering = follow(self._assistant, asked.question, history=asked.history, filters=asked.filters)
        async with aclosing(answering) as events:
            async for event in events:
                exchange = coming.after(event)
                now = time.monotonic()
                soon = now - shown < _BEAT_S
                # Every state is the whole exchange, and costs: of drafts, only as many as an eye can follow.
                if isinstance(event, Drafting) and event.text:
                    drafted = True
                    if soon:
                        continue
                # Claims that nobody wrote come all at once.
                if isinstance(event, Judged) and not drafted:
                    if soon and now - began > _LATE_S:
                        continue
                    await asyncio.sleep(max(0.0, claimed + _BEAT_S - now))
                    claimed = time.monotonic()
                yield exchange
                shown = time.monotonic()

    async def _searched(self, filters: Filters) -> str:
        if filters.narrow:
            return "what you chose"
        return counted(await run_in_threadpool(self._library.source_count))


def counted(sources: int) -> str:
    """So many sources, in words.

    >>> counted(1), counted(1200)
    ('1 source', '1,200 sources')
    """
    return "1 source" if sources == 1 else f"{sources:,} sources"


def _latest(turns: tuple[Turn, ...], *, longest: int) -> tuple[Turn, ...]:
    """The end of the conversation, as much as is read of one."""
    turns = turns[-_TURNS:]
    while turns and sum(len(turn.content) for turn in turns) > longest:
        turns = turns[1:]
    return turns
