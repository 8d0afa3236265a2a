"""Answer in a chat model's prose, over a closed set of sentences: what they do not carry is not kept.

Each sentence is verified as it comes. When none stands, or the model fails, the sources are quoted instead,
and the answer says so.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from prompts import chat_prompt, part
from rag.breaker import Breaker
from rag.calling import Again, Caller, ModelFault, Trouble
from rag.compose.drafting import (
    NOT_COVERED,
    PARTLY,
    Drafting,
    Echoes,
    Sentence,
    Settled,
    Step,
    Written,
    forbidden,
)
from rag.compose.extractive import Extractive, refusal
from rag.compose.material import Material, gather
from rag.compose.reading import Reads, ReadsMarkers, ReadsNative, ReadsSchema
from rag.compose.tally import Tally, length
from rag.errors import AnswerStopped, StorageError
from rag.models import Draft, Evidence, Piece, Status, Usage, Verdict
from rag.ports import ChecksClaims
from rag.providers import Chat, Citing, Provider
from rag.spend import Prices, SpendBook
from rag.stopping import Stop
from rag.words import words

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

log = logging.getLogger(__name__)

_MOST_CLAIMS = 12
# So many cut or repeated sentences in a row: nothing good comes any more.
_MOST_LOST = 8
# A token has four to five characters in English: a model that writes more than it may is cut off here.
_CHARACTERS_A_TOKEN = 8
_NOT_A_FAILURE = frozenset({Trouble.STOPPED, Trouble.REFUSED})


class Generative:
    """The composer that lets a chat model write. Safe to share between threads."""

    def __init__(
        self,
        provider: Provider,
        caller: Caller,
        verifier: ChecksClaims,
        book: SpendBook,
        *,
        quotes: int,
        stretches: int = 12,
        evidence_tokens: int = 1500,
        answer_tokens: int = 600,
        prices: Prices | None = None,
        prompts: Path | None = None,
        prompt: str = "answer",
        breaker: Breaker | None = None,
    ) -> None:
        self.name = provider.name
        self.stretches: int | None = stretches
        self._provider = provider
        self._caller = caller
        self._verifier = verifier
        self._book = book
        self._quotes = quotes
        self._evidence_tokens = evidence_tokens
        self._answer_tokens = answer_tokens
        self._prices = prices
        self._prompts = prompts
        self._prompt = prompt
        self._breaker = breaker or Breaker()
        self._schema_refused = False

    def warm_up(self) -> None:
        """Open the model and its prompts before the first question; raises `ModelUnavailable`."""
        self._citing(self._provider.chat())
        chat_prompt(self._prompt, self._prompts)

    def write(
        self, question: str, evidence: Sequence[Evidence], *, stop: Stop | None = None
    ) -> Iterator[Step]:
        """The answer as it is written; raises `ModelUnavailable` and, once stopped, `AnswerStopped`."""
        chat = self._provider.chat()
        citing = self._citing(chat)
        material = gather(evidence, tokens=self._evidence_tokens, count=chat.count)
        messages = self._messages(question, material, citing)
        desk = _Desk(material, self._verifier, _echoes(self._prompt, self._prompts))
        tally = Tally(self._prices, chat, length(messages))
        try:
            line = self._set_aside(tally)
        except ModelFault as fault:
            yield self._instead(fault.trouble, evidence, desk, None)
            return
        trouble: Trouble | None = None
        try:
            yield from self._told(chat, citing, messages, desk, tally, stop)
            self._breaker.worked()
        except ModelFault as fault:
            trouble = fault.trouble
            if trouble is Trouble.STOPPED:
                raise AnswerStopped("the question was withdrawn") from None
            if trouble not in _NOT_A_FAILURE:
                self._breaker.failed()
            # Never what the service said: it may repeat the key. The class of the error is enough.
            log.warning("%s: %s (%s)", self.name, trouble.value, fault.kind or "no error of a client")
        finally:
            took = tally.usage()
            self._settle(line, took)
        if trouble is Trouble.REFUSED and citing == "schema":
            # Most likely a server that knows no schemas: markers from here on.
            self._schema_refused = True
            yield from self.write(question, evidence, stop=stop)
            return
        yield self._written(trouble, evidence, desk, took)

    def _told(
        self,
        chat: Chat,
        citing: Citing,
        messages: list[BaseMessage],
        desk: _Desk,
        tally: Tally,
        stop: Stop | None,
    ) -> Iterator[Step]:
        """What the model says, sentence by sentence; a call that is repeated begins with an empty desk."""
        desk.begin(citing)
        seconds = self._provider.seconds
        parts = self._caller.stream(
            lambda: _parts(chat, citing, messages, tally, desk.material, self._most_characters),
            seconds=seconds,
            silence_s=seconds / 2,
            stop=stop,
            may_repeat=lambda: not desk.kept,
        )
        shown = ""
        for item in parts:
            if isinstance(item, Again):
                desk.begin(citing)
            else:
                yield from desk.read(item)
            if desk.done:
                break
            if desk.draft != shown:
                shown = desk.draft
                yield Drafting(shown)
        yield from desk.end()

    @property
    def _most_characters(self) -> int:
        return self._answer_tokens * _CHARACTERS_A_TOKEN

    def _citing(self, chat: Chat) -> Citing:
        return "markers" if self._schema_refused and chat.citing == "schema" else chat.citing

    def _messages(self, question: str, material: Material, citing: Citing) -> list[BaseMessage]:
        shown = "(the documents above)" if citing == "native" else material.text
        messages = chat_prompt(self._prompt, self._prompts).format_messages(
            refusal=NOT_COVERED,
            partly=PARTLY,
            # Nobody who writes a source can know it, so nobody can close the bounds from inside.
            fence=secrets.token_hex(4),
            citing=part(f"cite-{citing}", self._prompts),
            material=shown,
            question=question,
        )
        if citing == "native":
            from langchain_core.messages import HumanMessage

            asked = {"type": "text", "text": str(messages[-1].content)}
            messages[-1] = HumanMessage(content=[*material.documents, asked])
        return messages

    def _set_aside(self, tally: Tally) -> int:
        if not self._breaker.lets_through():
            raise ModelFault(Trouble.RESTING)
        try:
            line = self._book.set_aside(self.name, tally.at_most(self._answer_tokens))
        except StorageError as error:
            log.warning("%s", error)
            raise ModelFault(Trouble.UNCOUNTED) from None
        if line is None:
            raise ModelFault(Trouble.CAP)
        return line

    def _settle(self, line: int, took: Usage) -> None:
        try:
            self._book.settle(line, took)
        except StorageError as error:
            log.warning("what was set aside for an answer stays counted: %s", error)

    def _written(
        self, trouble: Trouble | None, evidence: Sequence[Evidence], desk: _Desk, took: Usage
    ) -> Written:
        if desk.kept:
            partly = desk.covered == "part"
            notice = f"The model stopped before the end: {trouble}." if trouble else None
            return Written(
                draft=Draft(pieces=desk.pieces, status=Status.PARTIAL if partly else Status.ANSWERED),
                model=self.name,
                notice=notice,
                usage=took,
                verify_ms=desk.verify_ms,
            )
        if trouble is None and desk.covered == "none" and not desk.pieces:
            return Written(
                draft=refusal(Status.NOT_COVERED), model=self.name, usage=took, verify_ms=desk.verify_ms
            )
        return self._instead(trouble or Trouble.NOTHING_STOOD, evidence, desk, took)

    def _instead(
        self, trouble: Trouble, evidence: Sequence[Evidence], desk: _Desk, took: Usage | None
    ) -> Written:
        """The sources' own words, and why."""
        quoted = Extractive().compose("", evidence[: self._quotes])
        return Written(
            draft=Draft(pieces=(*quoted.pieces, *desk.pieces), status=quoted.status),
            model=Extractive.name,
            notice=f"The model {self.name} did not answer: {trouble}. The sources are quoted instead.",
            usage=took if took and took.calls else None,
            verify_ms=desk.verify_ms,
        )


async def _parts(
    chat: Chat,
    citing: Citing,
    messages: list[BaseMessage],
    tally: Tally,
    material: Material,
    most_characters: int,
) -> AsyncIterator[Any]:
    """What one call sends, as `Reads` of that way of citing takes it; raises `ModelFault` for nonsense."""
    config: Any = {"callbacks": [tally.call()]}
    said = 0
    if citing == "schema":
        asked: Any = chat.model.with_structured_output(
            schema_of(len(material.sentences)), method="json_schema"
        )
    else:
        asked = chat.model
    async with aclosing(cast("Any", asked.astream(messages, config=config))) as stream:
        async for sent in stream:
            if citing == "schema":
                document = sent if isinstance(sent, dict) else {}
                said = len(str(document))
                item: Any = document
            else:
                item = sent.content_blocks if citing == "native" else sent.text
                said += len(sent.text)
            tally.received(said)
            yield item
            if said > most_characters:
                return
    if said == 0 or (citing == "schema" and "sentences" not in document):
        raise ModelFault(Trouble.NONSENSE, kind="empty")


def schema_of(sentences: int) -> dict[str, Any]:
    """The JSON that an answer must be, its numbers from the closed set of so many sentences.

    >>> schema_of(2)["properties"]["sentences"]["items"]["properties"]["cites"]["items"]
    {'type': 'integer', 'enum': [1, 2]}
    """
    number = {"type": "integer", "enum": list(range(1, sentences + 1))}
    entry = {
        "type": "object",
        "properties": {"text": {"type": "string"}, "cites": {"type": "array", "items": number}},
        "required": ["text", "cites"],
        "additionalProperties": False,
    }
    return {
        "title": "answer",
        "description": "An answer in sentences, each with the numbers of the sentences that say it",
        "type": "object",
        "properties": {
            # In this order: small models that are asked first whether they can answer say that they cannot.
            "sentences": {"type": "array", "items": entry},
            "covered": {"type": "string", "enum": ["all", "part", "none"]},
        },
        "required": ["sentences", "covered"],
        "additionalProperties": False,
    }


@dataclass(slots=True)
class _Desk:
    """What has come of one answer so far."""

    material: Material
    verifier: ChecksClaims
    echoes: Echoes
    verify_ms: float = 0.0
    kept: int = 0
    _pieces: list[Piece] = field(default_factory=list)
    _lost: int = 0  # in a row
    _said: set[str] = field(default_factory=set)
    _reads: Reads = field(default_factory=ReadsMarkers)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What was kept and what was cut, in the order it was written."""
        frame = Piece(text=f"\n\n{PARTLY}")
        return (*self._pieces, frame) if self.kept and self.covered == "part" else tuple(self._pieces)

    @property
    def covered(self) -> str | None:
        """How far the model says that the material goes."""
        return self._reads.covered

    @property
    def draft(self) -> str:
        """The sentence being written, if it may be seen."""
        draft = self._reads.draft
        return "" if self.echoes.heard(draft) else draft

    @property
    def done(self) -> bool:
        """Whether enough was said, or too much of nothing."""
        return self.kept >= _MOST_CLAIMS or self._lost >= _MOST_LOST

    def begin(self, citing: Citing) -> None:
        """Read a new call; cuts of the one before stay, since nothing of it was kept."""
        if citing == "schema":
            self._reads = ReadsSchema()
        elif citing == "native":
            self._reads = ReadsNative(self.material)
        else:
            self._reads = ReadsMarkers()

    def read(self, item: Any) -> Iterator[Settled]:
        """Judge the sentences that have become whole."""
        yield from self._judged(self._reads.feed(item))

    def end(self) -> Iterator[Settled]:
        """Judge what is left."""
        yield from self._judged(self._reads.end())

    def _judged(self, sentences: Sequence[Sentence]) -> Iterator[Settled]:
        for sentence in sentences:
            if self.done:
                return
            heard = " ".join(words(sentence.text))
            if heard in self._said:  # small models repeat themselves; saying it once is enough
                self._lost += 1
                continue
            self._said.add(heard)
            started = time.perf_counter()
            piece = self._piece(sentence)
            self.verify_ms += (time.perf_counter() - started) * 1000
            frame = self._frame(sentence) if piece.evidence and self.kept else ()
            self._lost = 0 if piece.evidence else self._lost + 1
            self.kept += bool(piece.evidence)
            self._pieces += [*frame, piece]
            yield Settled((*frame, piece))

    def _frame(self, sentence: Sentence) -> tuple[Piece, ...]:
        return (Piece(text="\n\n" if sentence.opens else " "),)

    def _piece(self, sentence: Sentence) -> Piece:
        reason = forbidden(sentence.text)
        if reason is None and self.echoes.heard(sentence.text):
            reason = "it recites the instructions"
        if reason is not None:
            return _cut("" if forbidden(sentence.text) else sentence.text, reason)
        cited = self.material.cited(sentence.numbers)
        unknown = self.material.unknown(sentence.numbers)
        if unknown and not cited:
            # A number that nobody was shown points nowhere; there may still be words that carry the sentence.
            cited = self.material.sentences[:1]
        checked = self.verifier.check(sentence.text, cited=cited, offered=self.material.sentences)
        if not checked.evidence or checked.verdict is Verdict.CUT:
            return _cut(
                sentence.text, f"it cites [{unknown[0]}], which is not there" if unknown else checked.reason
            )
        return Piece(
            text=checked.text, evidence=checked.evidence, verdict=checked.verdict, reason=checked.reason
        )


def _cut(text: str, reason: str | None) -> Piece:
    return Piece(
        text=text or "(not shown)", verdict=Verdict.CUT, reason=reason or "the cited words do not carry it"
    )


def _echoes(prompt: str, folder: Path | None) -> Echoes:
    system = chat_prompt(prompt, folder).messages[0]
    return _echoes_of(str(cast("Any", system).prompt.template))


@lru_cache(maxsize=8)
def _echoes_of(instructions: str) -> Echoes:
    return Echoes.of(instructions)
