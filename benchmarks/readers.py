"""How long readers of the page wait when several ask at once, without a model.

    python -m benchmarks.readers HOME [--readers 10] [--rounds 5] [--pause 0] [--no-browser]

`earmark serve` runs over HOME, which should be a copy: the server owns it, and keeps what was asked. Readers
ask by Gradio's own protocol over HTTP first; then in headless Chromium, a context each, where time is taken
in the page, from the key to the frame that shows it. The browser's own work is on the same processors.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, Page, async_playwright, expect

from rag.library import Library
from tests.ui.test_serve import served
from ui.suggest import example_questions

Waited = dict[str, float]  # seconds from asking, by what came
GOALS = {"reaction": 0.1, "reading": 0.5, "sources": 0.5, "answer": 1.0}
_WAIT_S = 60


async def over_http(
    address: str, questions: Sequence[str], *, readers: int, rounds: int, pause: float
) -> list[Waited]:
    """Readers who speak Gradio's protocol; what is waited for are states of the answer."""
    async with httpx.AsyncClient(base_url=address, timeout=_WAIT_S) as client:
        events = (await client.get("/config")).json()["dependencies"]
        (ask,) = (one["id"] for one in events if any(event == "ask" for _, event in one["targets"]))

        async def reader(number: int) -> list[Waited]:
            session, waited = secrets.token_hex(8), []
            for turn in range(rounds):
                await asyncio.sleep(pause * (number / readers if not turn else 1))
                question = questions[(turn * readers + number) % len(questions)]
                waited.append(await _asked(client, ask, session, question))
            return waited

        return [one for some in await asyncio.gather(*map(reader, range(readers))) for one in some]


async def _asked(client: httpx.AsyncClient, ask: int, session: str, question: str) -> Waited:
    began, waited = time.perf_counter(), Waited()
    data = {"run": session, "question": question, "history": [], "filters": {}}
    body = {"fn_index": ask, "session_hash": session, "data": [], "event_data": data}
    (await client.post("/gradio_api/queue/join", json=body)).raise_for_status()
    address = f"/gradio_api/queue/data?session_hash={session}"
    async with client.stream("GET", address) as stream:
        async for line in stream.aiter_lines():
            now = time.perf_counter() - began
            for name, sign in _SIGNS.items():
                if sign in line:
                    waited.setdefault(name, now)
            if "answer" in waited:
                return waited
    raise RuntimeError(f"the answer to {question!r} did not come through")


_SIGNS = {
    "reaction": '"process_generating"',
    "reading": "Reading",
    "sources": '"quote"',
    "answer": '"process_completed"',
}


async def in_a_browser(
    address: str, questions: Sequence[str], *, readers: int, rounds: int, pause: float
) -> list[Waited]:
    """Readers with a window each; what is waited for is what they see."""
    async with async_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--disable-gpu", *sandbox]
        )
        pages = [await _opened(browser, address) for _ in range(readers)]

        async def reader(number: int) -> list[Waited]:
            waited = []
            for turn in range(rounds):
                await asyncio.sleep(pause * (number / readers if not turn else 1))
                question = questions[(turn * readers + number) % len(questions)]
                waited.append(await _seen(pages[number], question))
            return waited

        found = [one for some in await asyncio.gather(*map(reader, range(readers))) for one in some]
        await browser.close()
        return found


async def _opened(browser: Browser, address: str) -> Page:
    page = await (await browser.new_context(viewport={"width": 1280, "height": 800})).new_page()
    await page.goto(address)
    await expect(page.get_by_label("Your question")).to_be_editable()
    await page.evaluate(_WATCH)
    return page


async def _seen(page: Page, question: str) -> Waited:
    box = page.get_by_label("Your question")
    await box.fill(question)
    await page.evaluate(
        "() => { window.waited = {}; window.before = document.querySelectorAll('.em-exchange').length; }"
    )
    await box.press("Enter")
    await page.wait_for_function("() => window.waited.answer", timeout=_WAIT_S * 1000)
    waited: dict[str, float] = await page.evaluate("() => window.waited")
    return {name: milliseconds / 1000 for name, milliseconds in waited.items()}


# From the key to the frame in which there is something to see.
_WATCH = """() => {
    addEventListener("keydown", () => { window.sent = performance.now(); }, true);
    const note = (name) => {
        if (name in window.waited) return;
        window.waited[name] = null;
        requestAnimationFrame(() => { window.waited[name] = performance.now() - window.sent; });
    };
    window.waited = {};
    new MutationObserver(() => {
        const all = document.querySelectorAll(".em-exchange");
        if (all.length <= window.before) return;
        const last = all[all.length - 1];
        const stage = last.querySelector(".em-stage");
        note("reaction");
        if (!stage || stage.textContent.includes("Reading")) note("reading");
        if (last.querySelector("a.earmark-cite") || !stage) note("sources");
        if (!stage) note("answer");
    }).observe(document.body, { childList: true, subtree: true });
}"""


def told(name: str, waited: Sequence[Waited]) -> str:
    """A table of what was waited for."""
    rows = [
        f"\n{name}, {len(waited)} answers\n",
        "| ms to | median | p95 | most | goal |",
        "|---|---|---|---|---|",
    ]
    for what, goal in GOALS.items():
        took = sorted(1000 * one[what] for one in waited if what in one)
        if took:
            p95 = took[min(len(took) - 1, int(0.95 * len(took)))]
            cells = (took[len(took) // 2], p95, took[-1], 1000 * goal)
            rows.append(f"| {what} ({len(took)}) | {' | '.join(f'{cell:.0f}' for cell in cells)} |")
    return "\n".join(rows)


def main() -> None:
    """Serve the archive, let readers ask, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", type=Path)
    parser.add_argument("--readers", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--pause", type=float, default=0.0, help="seconds between an answer and the next question"
    )
    parser.add_argument("--no-browser", action="store_true")
    given = parser.parse_args()
    library = Library(given.home / "library.db")
    questions = example_questions(library, most=given.readers * given.rounds)
    library.close()
    if not questions:
        sys.exit(f"{given.home} holds nothing that could be asked about")
    load: dict[str, Any] = {"readers": given.readers, "rounds": given.rounds, "pause": given.pause}
    with served(given.home, page=True) as (address, _):
        asyncio.run(over_http(address, questions, readers=2, rounds=2, pause=0))  # warm
        print(told("over HTTP", asyncio.run(over_http(address, questions, **load))), flush=True)  # noqa: T201
        if not given.no_browser:
            print(told("in Chromium", asyncio.run(in_a_browser(address, questions, **load))))  # noqa: T201


if __name__ == "__main__":
    main()
