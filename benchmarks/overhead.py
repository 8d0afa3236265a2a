"""What Earmark adds before a model's first word: a server, a mock model with set delays, and many readers.

`python -m benchmarks.overhead [HOME [QUESTIONS]]` asks over HTTP, streamed, with one reader and with twenty,
and prints a table. The mock model waits 300 ms and then writes a token every 15 ms, in the words of the
sources. Overhead is the time to the first `token` or `claim` event less those 300 ms. HOME is an archive and
QUESTIONS a file of questions about it; without them the examples are used. What many readers ask is looked
up once, and the examples are few: only a file of over 120 questions measures a look for every answer. Only
on an idle machine do the times mean anything.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
READERS = (1, 20)
ANSWERS = 120  # for each number of readers
WARM = 8  # answers before these, that nobody times
FIRST_S, NEXT_S = 0.3, 0.015


def main(home: str | None = None, file: str = "examples/questions.jsonl") -> None:
    """Start a model and a server, ask, print."""
    questions = [json.loads(line) for line in (ROOT / file).read_text("utf-8").splitlines()]
    asked = [one["question"] for one in questions if one.get("answerable", True) and not one.get("history")]
    program = str(Path(sys.executable).parent / "earmark")
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "EARMARK_HOME": home or folder}
        if home is None:
            subprocess.run(
                [program, "add", "--once", str(ROOT / "examples")], env=environment, check=True, cwd=ROOT
            )
        model = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.overhead", "--model"],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert model.stdout is not None
        address = model.stdout.readline().strip()
        environment |= {
            "EARMARK_MODEL": "openai:mock",
            "EARMARK_MODEL_URL": f"{address}/v1",
            "EARMARK_MODEL_CITING": "markers",
        }
        server = subprocess.Popen(
            [program, "serve", "--port", "7899", "--api-only"],
            env=environment,
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )
        try:
            print(asyncio.run(_measured("http://127.0.0.1:7899", asked)))  # noqa: T201
        finally:
            server.terminate()
            server.wait()
            model.terminate()
            model.wait()


async def _measured(address: str, questions: list[str]) -> str:
    rows = ["| readers | answers | p50 ms | p95 ms | sources p95 ms | failed |", "|---|---|---|---|---|---|"]
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        await _up(client)
        for question in questions[-WARM:]:
            await _first_words(client, question)
        for readers in READERS:
            sys.stderr.write(f"{ANSWERS} answers for {readers} at a time: some minutes for one\n")
            waiting = iter([questions[n % len(questions)] for n in range(ANSWERS)])
            taken: list[tuple[float, float] | None] = []

            async def read(
                waiting: object = waiting, taken: list[tuple[float, float] | None] = taken
            ) -> None:
                for question in waiting:  # type: ignore[attr-defined]
                    taken.append(await _first_words(client, question))

            await asyncio.gather(*(read() for _ in range(readers)))
            times = [one for one in taken if one is not None]
            own = sorted((first - FIRST_S) * 1000 for _, first in times)
            found = sorted(sources * 1000 for sources, _ in times)
            rows.append(
                f"| {readers} | {len(times)} | {_at(own, 0.5):.0f} | {_at(own, 0.95):.0f}"
                f" | {_at(found, 0.95):.0f} | {len(taken) - len(times)} |"
            )
    return "\n".join([f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores", "", *rows])


async def _first_words(client: httpx.AsyncClient, question: str) -> tuple[float, float] | None:
    """Seconds to the sources and to the model's first words; None when it had no say. Reads to the end."""
    started, sources, first, by_model = time.perf_counter(), 0.0, 0.0, False
    async with client.stream("POST", "/v1/ask", json={"question": question, "stream": True}) as response:
        async for line in response.aiter_lines():
            if line == "event: sources":
                sources = time.perf_counter() - started
            if line in ("event: token", "event: claim") and not first:
                first = time.perf_counter() - started
            if line.startswith('data: {"id"'):
                by_model = json.loads(line.removeprefix("data: "))["model"] == "openai:mock"
    return (sources, first) if by_model and first else None


async def _up(client: httpx.AsyncClient) -> None:
    for _ in range(600):
        try:
            await client.get("/healthz")
            return
        except httpx.TransportError:
            await asyncio.sleep(0.1)
    raise SystemExit("the server did not start")


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def _model() -> None:
    """Serve the mock model until killed; its address is the first line."""
    from tests.scripted import Asked, Reply, scripted

    def said(asked: Asked) -> str:
        return " ".join(
            f"{text.partition(': ')[2] or text} [{n}]" for n, text in list(asked.evidence.items())[:6]
        )

    with scripted(Reply(text=said, before_s=FIRST_S, between_s=NEXT_S, piece=4)) as server:
        sys.stdout.write(f"{server.address}\n")
        sys.stdout.flush()
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    _model() if "--model" in sys.argv else main(*sys.argv[1:])
