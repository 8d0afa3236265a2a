"""Count what one answer takes of a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.models import Usage
from rag.providers import Chat
from rag.spend import Prices

if TYPE_CHECKING:
    from langchain_core.callbacks import UsageMetadataCallbackHandler
    from langchain_core.messages import BaseMessage


class Tally:
    """Counts what one answer takes, each call once: as the model says, or by estimate when it was cut off."""

    def __init__(self, prices: Prices | None, chat: Chat, characters: int) -> None:
        self._prices = prices
        self._chat = chat
        self._characters = characters
        self._calls: list[tuple[UsageMetadataCallbackHandler, list[int]]] = []

    def call(self) -> UsageMetadataCallbackHandler:
        """A call begins; gives the callback that hears what the model counts."""
        from langchain_core.callbacks import UsageMetadataCallbackHandler

        handler = UsageMetadataCallbackHandler()
        # It waits for nothing; otherwise LangChain sends each token to a thread and back for it.
        handler.run_inline = True
        self._calls.append((handler, [0]))
        return handler

    def received(self, characters: int) -> None:
        """So much of the running call has come in."""
        self._calls[-1][1][0] = characters

    def at_most(self, answer_tokens: int) -> Usage:
        """What an answer may take, to be set aside for it."""
        return self._usage(self._prompt_tokens, answer_tokens, 1)

    def usage(self) -> Usage:
        """What it took. A call that sent nothing took nothing."""
        total = Usage()
        for handler, (characters,) in list(self._calls):
            said = list(handler.usage_metadata.values())
            if said:
                read = sum(one["input_tokens"] for one in said)
                total += self._usage(read, sum(one["output_tokens"] for one in said), 1)
                self._chat.count.learn(characters=self._characters, tokens=read)
            elif characters:
                total += self._usage(self._prompt_tokens, self._chat.count("x" * characters), 1)
        return total

    @property
    def _prompt_tokens(self) -> int:
        return self._chat.count("x" * self._characters)

    def _usage(self, read: int, written: int, calls: int) -> Usage:
        spend = self._prices.of(input_tokens=read, output_tokens=written) if self._prices else None
        return Usage(input_tokens=read, output_tokens=written, calls=calls, spend=spend)


def length(messages: Sequence[BaseMessage]) -> int:
    """How many characters the messages have between them."""
    return sum(len(str(message.content)) for message in messages)
