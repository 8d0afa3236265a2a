"""Make a follow-up stand alone: by a chat model, by rule when that fails."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from prompts import chat_prompt
from rag.calling import Again, Caller, ModelFault, Trouble
from rag.compose.drafting import forbidden, plain, visible
from rag.compose.tally import Tally, length
from rag.conversation import standalone
from rag.errors import AnswerStopped, StorageError
from rag.models import Turn, Usage
from rag.providers import Chat, Provider
from rag.spend import Prices, SpendBook
from rag.stopping import Stop

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

log = logging.getLogger(__name__)

_TURNS = 6
_LONGEST_TURN = 600
_LONGEST = 400
_ANSWER_TOKENS = 120
# Of the time that an answer may take.
_SHARE = 1 / 3


class ByModel:
    """Asks the chat model to rewrite the questions that the rule says lean on what came before."""

    def __init__(
        self,
        provider: Provider,
        caller: Caller,
        book: SpendBook,
        *,
        prices: Prices | None = None,
        prompts: Path | None = None,
    ) -> None:
        self._provider = provider
        self._caller = caller
        self._book = book
        self._prices = prices
        self._prompts = prompts

    def __call__(
        self, question: str, history: Sequence[Turn], stop: Stop | None = None
    ) -> tuple[str, Usage | None]:
        """The question rewritten; by rule when the model does not answer in time, or with something else."""
        ruled = standalone(question, history)
        if ruled == question:
            return question, None
        chat = self._provider.chat()
        messages = self._messages(question, history)
        tally = Tally(self._prices, chat, length(messages))
        try:
            line = self._book.set_aside(self._provider.name, tally.at_most(_ANSWER_TOKENS))
        except StorageError as error:
            log.warning("%s", error)
            return ruled, None
        if line is None:
            return ruled, None
        try:
            said = self._said(chat, messages, tally, stop)
        except ModelFault as fault:
            if fault.trouble is Trouble.STOPPED:
                raise AnswerStopped("the question was withdrawn") from None
            log.warning(
                "%s, rewriting a question: %s (%s)", self._provider.name, fault.trouble.value, fault.kind
            )
            said = ""
        finally:
            took = tally.usage()
            self._book.settle(line, took)
        return (said if _is_question(said) else ruled), took

    def _said(self, chat: Chat, messages: list[BaseMessage], tally: Tally, stop: Stop | None) -> str:
        seconds = self._provider.seconds * _SHARE
        said = ""
        for piece in self._caller.stream(
            lambda: _words(chat, messages, tally),
            seconds=seconds,
            silence_s=seconds,
            stop=stop,
            may_repeat=lambda: False,
        ):
            said += "" if isinstance(piece, Again) else piece
        return plain(said.strip().strip('"“”'))

    def _messages(self, question: str, history: Sequence[Turn]) -> list[BaseMessage]:
        talk = "\n".join(
            f"{'Reader' if turn.role == 'user' else 'Answer'}:"
            f" {' '.join(visible(turn.content).split())[:_LONGEST_TURN]}"
            for turn in history[-_TURNS:]
        )
        prompt = chat_prompt("rewrite", self._prompts)
        return prompt.format_messages(fence=secrets.token_hex(4), talk=talk, question=question)


async def _words(chat: Chat, messages: list[BaseMessage], tally: Tally) -> AsyncIterator[str]:
    config: Any = {"callbacks": [tally.call()]}
    said = 0
    async with aclosing(cast("Any", chat.model.astream(messages, config=config))) as stream:
        async for chunk in stream:
            said += len(chunk.text)
            tally.received(said)
            yield chunk.text
            if said > 2 * _LONGEST:
                return


def _is_question(said: str) -> bool:
    """Whether it can be searched with: one line, not too long, and nothing that acts."""
    return 0 < len(said) <= _LONGEST and forbidden(said) is None
