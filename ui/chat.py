"""The page: ask in the browser, read the answer as it comes in, check every number against its source.

Gradio blocks of our own around one view, whose scripts are in `static/page`. They keep the conversation and
build its nodes from the data of `render.py` by `textContent`: Gradio evaluates its HTML templates, and its
Chatbot reads Markdown into sources and names every message for screen readers by its raw markup.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import cache
from pathlib import Path
from typing import Any

# Gradio reads this when it is imported; without it the server calls two outside hosts.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from fastapi import FastAPI

from rag.contract import Json, answer_json, history_from_json
from rag.errors import EarmarkError
from rag.ports import Answers, ReadsSources
from ui.conversation import Conversation, State, counted
from ui.pages.owner import told_keeping
from ui.question import checked_question
from ui.scope import scope_of, within
from ui.suggest import example_questions

_STATIC = Path(__file__).parent / "static"
# In the order in which they build on each other; together they are one function, so no name reaches the page.
_SCRIPTS = (
    "parts.js",
    "page/footnotes.js",
    "page/keeping.js",
    "page/actions.js",
    "page/exchange.js",
    "page/popover.js",
    "seek.js",
    "follow.js",
    "page/player.js",
    "page/sources.js",
    "page/scope.js",
    "page/conversation.js",
)
_STYLES = ("parts.css", "page/page.css")
_EXAMPLES = 4
_AT_ONCE = 64  # questions answered at the same time, mostly waiting for a model; more wait in line
# What the blocks tell the view, in the browser. A question that it takes leaves its box.
_ASK = """(question) => document.dispatchEvent(
    new CustomEvent("earmark:ask", { detail: question, cancelable: true })) ? question : \"\""""
_STOP = '() => { document.dispatchEvent(new Event("earmark:stop")); }'
_LOST = '() => { document.dispatchEvent(new Event("earmark:lost")); }'


def mount_page(
    app: FastAPI,
    assistant: Answers,
    library: ReadsSources,
    *,
    question_characters: int = 1000,
    history_characters: int = 20_000,
    kept_days: int = 0,
) -> None:
    """Serve the page at `/` of an app whose own routes go first.

    Answers that are kept for some days can be handed on and judged; the page says for how long they are.
    """
    page = build_page(
        assistant,
        library,
        question_characters=question_characters,
        history_characters=history_characters,
        kept_days=kept_days,
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
        head=f"<style>{styles()}</style>",
    )


def build_page(
    assistant: Answers,
    library: ReadsSources,
    *,
    question_characters: int = 1000,
    history_characters: int = 20_000,
    kept_days: int = 0,
) -> gr.Blocks:
    """The page as Gradio blocks."""
    chat = Conversation(
        assistant, library, question_characters=question_characters, history_characters=history_characters
    )

    async def reply(asked: gr.EventData) -> AsyncIterator[State]:
        async with aclosing(chat.reply(asked._data)) as states:
            async for state in states:
                yield state

    def ask(question: str, history: list[dict[str, str]] | None = None) -> Json:
        """Ask the archive; the Answer is the same as from `POST /v1/ask`.

        Args:
            question: what to ask.
            history: earlier turns, each with a role and content.
        """
        try:
            checked = checked_question(question, longest=question_characters)
            return answer_json(assistant.ask(checked, history=history_from_json(history)))
        except EarmarkError as error:
            raise gr.Error(str(error)) from error

    def opened(request: gr.Request) -> list[Any]:
        return _opened(library, request, kept_days=kept_days)

    quietly: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    page = gr.Blocks(title="Earmark", analytics_enabled=False)
    with page:
        with gr.Column(elem_id="earmark"):
            intro = gr.HTML(_intro(0, kept_days=kept_days), elem_id="earmark-intro", apply_default_css=False)
            with gr.Column(elem_id="earmark-examples"):
                suggestions = [gr.Button(visible=False) for _ in range(_EXAMPLES)]
            view = _html("earmark-view", template="page/page.html", script=script())
            with gr.Column(elem_id="earmark-foot"):
                bar = _html("earmark-bar", template="page/bar.html", script=_static("page/bar.js"))
                with gr.Row(elem_id="earmark-ask"):
                    box = gr.Textbox(
                        label="Your question",
                        placeholder="Ask this archive",
                        lines=1,
                        max_lines=6,
                        max_length=question_characters,
                        elem_id="earmark-question",
                    )
                    send = gr.Button("Ask", variant="primary", elem_id="earmark-send")
                    stop = gr.Button("Stop", elem_id="earmark-stop")
        for told, asked in [
            (box.submit, box),
            (send.click, box),
            *((suggestion.click, suggestion) for suggestion in suggestions),
        ]:
            told(None, asked, asked if asked is box else None, js=_ASK, **quietly)
        answering = view.ask(
            reply,
            None,
            view,
            trigger_mode="multiple",  # the view asks one question at a time, and sees to it itself
            concurrency_limit=_AT_ONCE,
            concurrency_id="ask",
            show_progress="hidden",
            api_visibility="private",
        )
        answering.failure(None, None, None, js=_LOST, **quietly)
        stop.click(None, None, None, js=_STOP, cancels=answering, **quietly)
        page.load(opened, None, [intro, bar, *suggestions], **quietly)
        page.load(_asked_by_link, None, box, **quietly)
        gr.events.api(ask, api_name="ask", concurrency_limit=_AT_ONCE, concurrency_id="ask")
    return page


@cache
def script() -> str:
    """What the view runs, as one piece."""
    return "\n".join(map(_static, _SCRIPTS))


@cache
def styles() -> str:
    """How the page looks."""
    return "\n".join(map(_static, _STYLES))


def _html(elem_id: str, *, template: str, script: str) -> gr.HTML:
    """A block of our own making: nodes that stay, and a script that fills them from its value.

    Not a subclass of `gr.HTML`: Gradio writes a `.pyi` file beside every module that has one.
    """
    return gr.HTML(
        value=None,
        html_template=_static(template),
        js_on_load=script,
        elem_id=elem_id,
        apply_default_css=False,
    )


def _opened(library: ReadsSources, request: gr.Request, *, kept_days: int) -> list[Any]:
    """What a newly opened page shows: how much there is, what it is limited to, and what could be asked."""
    listings = library.overview()
    scope = scope_of(request.query_params.multi_items(), listings)
    held = counted(len(listings))
    questions = example_questions(library, most=_EXAMPLES, listings=within(listings, scope))
    return [
        _intro(len(listings), kept_days=kept_days),
        {**scope, "searched": held, "keeps": kept_days > 0},
        *(gr.Button(question, visible=True) for question in questions),
        *[gr.Button(visible=False)] * (_EXAMPLES - len(questions)),
    ]


def _asked_by_link(request: gr.Request) -> Any:
    """What `?q=` puts into the box. The reader sends it: a link is no wish to spend.

    Without one the box is left alone, since a quick reader has typed by then.
    """
    return str(request.query_params.get("q", "")) or gr.skip()


def _intro(sources: int, *, kept_days: int) -> str:
    """The title, what answers are made of, and what is kept; the numbers are all that is not fixed."""
    held = f"Answers from {counted(sources)}" if sources else "Answers from this archive"
    return (
        "<h1>Earmark</h1>"
        f"<p>{held}. Every sentence carries a number that opens the exact words it rests on. "
        '<a href="browse">Browse the archive</a></p>'
        f'<p class="em-kept">{told_keeping(kept_days)}</p>'
    )


def _static(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")
