"""The whole story: find passages, choose sentences, compose, check every pointer, answer. Read this first."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from rag.characters import whole
from rag.citing import cite
from rag.compose.drafting import Step, Written
from rag.compose.extractive import Extractive, refusal
from rag.compose.framing import framed
from rag.compose.telling import Done, Event, Reading, tell
from rag.conversation import by_rule
from rag.enumerating import enumerated, enumeration, mentions
from rag.errors import QuestionError
from rag.explaining import explained
from rag.holdings import held
from rag.library import Library
from rag.links import link
from rag.looking import Looks
from rag.models import Answer, Draft, Filters, Found, Nearest, Status, Timings, Turn, noticed, used
from rag.ports import Composes, FindsPassages, MakesStandalone
from rag.spelling import Spelling
from rag.stopping import Stop
from rag.unmatched import unmatched
from rag.voices import spoken_by

if TYPE_CHECKING:
    from rag.chains import AskRunnable

_NEAREST = 3
# How many sources are named while the answer is being written.
_READ = 8

# Searching is all arithmetic: more at a time than there are cores would only be slower, each of them, and
# what is being told to other readers would wait for its turn between all of them.
_SEARCHING = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))


class Assistant:
    """Answers questions from one archive. Safe to call from several threads."""

    def __init__(
        self,
        library: Library,
        search: FindsPassages,
        composer: Composes,
        spelling: Spelling,
        *,
        retrieved: int = 24,
        citations: int = 4,
        strictness: float = 0.5,
        longest_question: int = 1000,
        standalone: MakesStandalone = by_rule,
    ) -> None:
        self._library = library
        self._looks = Looks(library, search, retrieved=retrieved, quotes=citations, strictness=strictness)
        self._composer = composer
        self._spelling = spelling
        self._citations = citations
        self._strictness = strictness
        self._longest = longest_question
        self._standalone = standalone

    def ask(self, question: str, *, history: Sequence[Turn] = (), filters: Filters | None = None) -> Answer:
        """Answer from the archive, or say that it is not covered; raises `QuestionError`."""
        answers = (
            event.answer
            for event in self.stream(question, history=history, filters=filters)
            if isinstance(event, Done)
        )
        return next(answers)

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        stop: Stop | None = None,
    ) -> Iterator[Event]:
        """The answer as it comes, `Done` last; raises `QuestionError` and, once stopped, `AnswerStopped`."""
        started = time.perf_counter()
        spelled = self._spelling.mended(self._checked(question, history), filters)
        asked, rewriting = self._standalone(spelled.text, history, stop)
        with _SEARCHING:
            wide = max(self._citations, self._composer.stretches or 0)
            look = self._looks.look(asked, filters, question=spelled.text, most=wide)
            found, status = look.found, look.status
            listed = self._listed(asked, filters)
        retrieved = time.perf_counter()
        steps: Iterator[Step]
        if listed is not None:
            steps = iter([Written(draft=listed, model=Extractive.name)])
        elif status in (Status.ANSWERED, Status.PARTIAL):
            steps = framed(self._composer.write(asked, look.evidence, stop=stop), look)
        else:
            steps = iter([Written(draft=refusal(status), model=self._composer.name)])
        answer_id = uuid.uuid4().hex
        yield Reading(id=answer_id, found=found, sources=nearest(found, most=_READ))
        written, cited = yield from tell(steps)
        status = written.draft.status
        if status in (Status.ANSWERED, Status.PARTIAL) and not cited.citations:  # every claim was cut
            status = Status.NOT_COVERED
            cited = cite(refusal(status))
        ended = time.perf_counter()
        yield Done(
            Answer(
                id=answer_id,
                question=question,
                status=status,
                text=cited.text,
                model=written.model,
                claims=cited.claims,
                citations=cited.citations,
                nearest=() if cited.citations else nearest(found),
                retrieved=found,
                notice=noticed(spelled.notice, unmatched(filters, self._library.narrowing), written.notice),
                timings=Timings(
                    retrieve_ms=(retrieved - started) * 1000,
                    compose_ms=(ended - retrieved) * 1000 - written.verify_ms,
                    verify_ms=written.verify_ms,
                    total_ms=(ended - started) * 1000,
                ),
                usage=used(rewriting, written.usage),
                explanation=explained(
                    look,
                    quotes=self._citations,
                    strictness=self._strictness,
                    status=status,
                    claims=cited.claims,
                    listed=listed is not None,
                ),
            )
        )

    def _listed(self, asked: str, filters: Filters | None) -> Draft | None:
        """The list or count that is asked for, from the index; None when none is, or there is nothing."""
        wanted = enumeration(asked)
        if wanted is None:
            return held(asked, self._library, filters, today=date.today())
        within = filters or Filters()
        if wanted.kind and not within.kinds:
            within = replace(within, kinds=(wanted.kind,))
        ids = self._library.words.holding(wanted.phrases, within)
        passages = self._library.passages(ids)
        holding = [passages[each] for each in ids]
        if within.speakers:
            names = self._library.narrowing.speaker_names(within.speakers)
            holding = [spoken_by(names, passage) for passage in holding]
        evidence = mentions(wanted, holding)
        return enumerated(wanted, evidence) if evidence else None

    def runnable(self) -> AskRunnable:
        """The assistant for LangChain: a question, or the body of `POST /v1/ask`, to an Answer's JSON."""
        from rag.chains import AskRunnable

        return AskRunnable(self)

    def _checked(self, question: str, history: Sequence[Turn]) -> str:
        for turn in history:
            whole(turn.content, "the history")
        asked = " ".join(whole(question, "the question").split())
        if not asked:
            raise QuestionError("the question is empty")
        if len(asked) > self._longest:
            raise QuestionError(f"the question has {len(asked)} characters; at most {self._longest} are read")
        return asked


def nearest(found: Sequence[Found], *, most: int = _NEAREST) -> tuple[Nearest, ...]:
    """The sources of the best passages, each with a link to its passage, for a reader to look at."""
    offered: dict[str, Nearest] = {}
    for hit in found:
        passage, source = hit.passage, hit.passage.source
        if source.id not in offered and len(offered) < most:
            to = link(source, quote=passage.text, start_s=passage.start_s, page=passage.page)
            offered[source.id] = Nearest(source=source, link=to)
    return tuple(offered.values())
