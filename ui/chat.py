"""The page: ask in the browser, read the answer as it comes in, check every number against its source.

Gradio blocks of our own. The conversation goes to the browser as the data of `render.py`, and `page.js`
builds its nodes by `textContent`: Gradio evaluates its HTML templates, and its Chatbot reads Markdown into
sources and names every message for screen readers by its raw markup.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

# Gradio reads this when it is imported; without it the server calls two outside hosts.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from rag.compose.drafting import Drafting
from rag.compose.telling import Judged
from rag.contract import Json, answer_json, history_from_json
from rag.errors import EarmarkError
from rag.models import Turn
from rag.ports import Answers, ReadsSources
from ui.following import follow
from ui.problems import UNEXPECTED
from ui.question import checked_question
from ui.render import Coming, Exchange, failed, waiting
from ui.suggest import example_questions

_STATIC = Path(__file__).parent / "static"
_LOG = logging.getLogger("earmark.page")
_TURNS = 8  # how much of a conversation is sent along
_EXAMPLES = 4
_AT_ONCE = 8  # questions answered at the same time; more wait in line
_BEAT_S = 0.05  # between claims, so that the eye can follow the text coming in


def mount_page(
    app: FastAPI, assistant: Answers, library: ReadsSources, *, question_characters: int = 1000
) -> None:
    """Serve the page at `/` of an app whose own routes go first."""
    page = build_page(
        assistant,
        library,
        examples=lambda: example_questions(library, most=_EXAMPLES),
        question_characters=question_characters,
    )
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        ssr_mode=False,
        footer_links=[],
        show_error=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        # In the head, for Gradio's own `css` does not reach what lies outside its container.
        head=f"<style>{_static('parts.css')}{_static('page.css')}</style>",
    )


def build_page(
    assistant: Answers,
    library: ReadsSources,
    *,
    examples: Callable[[], list[str]],
    question_characters: int = 1000,
) -> gr.Blocks:
    """The page as Gradio blocks. `examples` is asked at each page load, so that it follows the archive."""
    chat = Conversation(assistant, library, longest=question_characters)
    page = gr.Blocks(title="Earmark", analytics_enabled=False)
    with page:
        kept = gr.State([])
        with gr.Column(elem_id="earmark"):
            intro = gr.HTML(_intro(0), elem_id="earmark-intro", apply_default_css=False)
            with gr.Column(elem_id="earmark-examples"):
                suggestions = [gr.Button(visible=False) for _ in range(_EXAMPLES)]
            view = _conversation_view()
            with gr.Row(elem_id="earmark-ask"):
                box = gr.Textbox(
                    label="Your question",
                    placeholder="Ask this archive",
                    lines=1,
                    max_lines=6,
                    max_length=question_characters,
                    elem_id="earmark-question",
                )
                ask = gr.Button("Ask", variant="primary", elem_id="earmark-send")
                stop = gr.Button("Stop", visible=False, elem_id="earmark-stop")
        runs = [
            gr.on(
                triggers,
                chat.reply,
                [asked, kept],
                [box, view, kept, ask, stop],
                trigger_mode="once",
                concurrency_limit=_AT_ONCE,
                concurrency_id="ask",
                show_progress="hidden",
                api_visibility="private",
            )
            for triggers, asked in [
                ([box.submit, ask.click], box),
                *(([button.click], button) for button in suggestions),
            ]
        ]
        # In this order: what a run had still to say must not come after the word that it was stopped.
        stop.click(None, cancels=runs, queue=False, api_visibility="private").then(
            _stopped, kept, [view, kept, ask, stop], queue=False, api_visibility="private"
        )
        page.load(
            lambda: _opened(library, examples()),
            None,
            [intro, *suggestions],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
        page.load(
            _asked_by_link,
            None,
            box,
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
        gr.events.api(chat.ask, api_name="ask", concurrency_limit=_AT_ONCE, concurrency_id="ask")
    return page


class Conversation:
    """What the page's events do. It keeps nothing itself: a conversation lives in its browser session."""

    def __init__(self, assistant: Answers, library: ReadsSources, *, longest: int) -> None:
        self._assistant = assistant
        self._library = library
        self._longest = longest

    async def reply(self, question: str, kept: list[Exchange]) -> AsyncIterator[tuple[Any, ...]]:
        """A question's whole run: the question and a stage at once, then the answer claim by claim.

        What is kept grows first of all, so that a run that is stopped leaves its question behind.
        """
        question = question.strip()
        if not question:
            yield (gr.skip(),) * 5
            return
        stage = f"Searching {_counted(await run_in_threadpool(self._library.source_count))}…"
        now = [*kept, waiting(question, stage=stage)]
        yield "", now, now, *_busy(True)
        async with aclosing(self._exchanges(question, kept, stage=stage)) as exchanges:
            async for exchange in exchanges:
                now = [*kept, exchange]
                yield gr.skip(), now, now, gr.skip(), gr.skip()
        yield gr.skip(), gr.skip(), gr.skip(), *_busy(False)

    async def _exchanges(
        self, question: str, kept: list[Exchange], *, stage: str
    ) -> AsyncGenerator[Exchange, None]:
        """The states of the answer as it comes in, or the one that tells the reader what is wrong."""
        coming, shown = Coming(question, stage=stage), 0.0
        try:
            checked = checked_question(question, longest=self._longest)
            async with aclosing(follow(self._assistant, checked, history=_turns(kept))) as events:
                async for event in events:
                    exchange = coming.after(event)
                    now = time.monotonic()
                    # Every state is the whole exchange: of drafts, only as many as an eye can follow.
                    if isinstance(event, Drafting) and event.text and now - shown < _BEAT_S:
                        continue
                    shown = now
                    yield exchange
                    if isinstance(event, Judged):
                        await asyncio.sleep(_BEAT_S)
        except EarmarkError as error:
            yield failed(question, problem=str(error))
        except Exception:  # noqa: BLE001  the process edge: the reader gets a line, the log the trace
            _LOG.exception("a question on the page failed")
            yield failed(question, problem=UNEXPECTED)

    def ask(self, question: str, history: list[dict[str, str]] | None = None) -> Json:
        """Ask the archive; the Answer is the same as from `POST /v1/ask`.

        Args:
            question: what to ask.
            history: earlier turns, each with a role and content.
        """
        try:
            checked = checked_question(question, longest=self._longest)
            return answer_json(self._assistant.ask(checked, history=history_from_json(history)))
        except EarmarkError as error:
            raise gr.Error(str(error)) from error


def _conversation_view() -> gr.HTML:
    """The log and the panel of sources. Its value is the list of exchanges.

    Not a subclass of `gr.HTML`: Gradio writes a `.pyi` file beside every module that has one.
    """
    return gr.HTML(
        value=[],
        html_template=_static("page.html"),
        js_on_load=_static("parts.js") + _static("page.js"),
        elem_id="earmark-view",
        apply_default_css=False,
    )


def _opened(library: ReadsSources, questions: list[str]) -> list[Any]:
    """What a newly opened page shows: how much there is, and what could be asked."""
    questions = questions[:_EXAMPLES]
    return [
        _intro(library.source_count()),
        *(gr.Button(question, visible=True) for question in questions),
        *[gr.Button(visible=False)] * (_EXAMPLES - len(questions)),
    ]


def _asked_by_link(request: gr.Request) -> Any:
    """What `?q=` puts into the box. The reader sends it: a link is no wish to spend.

    Without one the box is left alone, since a quick reader has typed by then.
    """
    return str(request.query_params.get("q", "")) or gr.skip()


def _intro(sources: int) -> str:
    """The title and one sentence; the number is the only thing in it that is not fixed."""
    held = f"Answers from {_counted(sources)}" if sources else "Answers from this archive"
    return (
        "<h1>Earmark</h1>"
        f"<p>{held}. Every sentence carries a number that opens the exact words it rests on.</p>"
    )


def _counted(sources: int) -> str:
    return "1 source" if sources == 1 else f"{sources:,} sources"


def _busy(busy: bool) -> tuple[gr.Button, gr.Button]:
    """Ask while idle, Stop while answering."""
    return gr.Button(visible=not busy), gr.Button(visible=busy)


def _stopped(kept: list[Exchange]) -> tuple[Any, ...]:
    """A run that was stopped before its answer was whole says so; what was verified stays, a draft goes."""
    if kept and kept[-1]["stage"]:
        kept = [*kept[:-1], {**kept[-1], "stage": "Stopped.", "draft": None}]
    return kept, kept, *_busy(False)


def _turns(kept: list[Exchange]) -> tuple[Turn, ...]:
    """The end of the conversation, as the assistant reads it."""
    turns = [
        turn
        for exchange in kept
        if exchange["text"]
        for turn in (
            Turn(role="user", content=exchange["question"]),
            Turn(role="assistant", content=exchange["text"]),
        )
    ]
    return tuple(turns[-_TURNS:])


def _static(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")
