"""Large archives: what a search takes and finds at 100,000 passages, and the memory of serving 30,000."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.speed.asking import times
from benchmarks.speed.bench import EARMARK, Bench
from benchmarks.speed.collection import ROOT
from benchmarks.speed.figures import Round

_HUGE, _LARGE, _SERVED = 300_000, 100_000, 30_000
_PORT = 7897


def large(bench: Bench, _: int) -> Round:
    """Searches with and without filters, and how much of the exact ten nearest the index gives."""
    return {"ours": _searched(bench, _LARGE)}


def huge(bench: Bench, _: int) -> Round:
    """The same at 100,000 and 300,000 passages, one after the other, and how many times as long it takes."""
    before, now = _searched(bench, _LARGE), _searched(bench, _HUGE, beginning=_LARGE)
    grown = {f"grown_{name}": now[name] / before[name] for name in now if name.endswith("_p95_ms")}
    return {"ours": {**now, **grown}}


def _searched(bench: Bench, size: int, *, beginning: int | None = None) -> dict[str, float]:
    folder = bench.folder / f"mixed-{size}"
    done = folder / "done"
    if not done.is_file():
        if beginning is not None:  # what is there of it need not be made twice
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(
                bench.folder / f"mixed-{beginning}", folder, ignore=shutil.ignore_patterns("done")
            )
        bench.module("growth", folder, str(size))
        done.touch()
    took = bench.module("grown", "large", bench.files.questions, home=folder / "home")
    said = json.loads(took.said)
    found = {"recall": said["recall"]}
    for name, each in said["ms"].items():
        found |= times(name, each)
    return found


def serving(bench: Bench, _: int) -> Round:
    """Searches, and the most memory that a server came to over sixty answers, without and with its page."""
    folder = _served(bench)
    ours = bench.module("ours", "search", bench.files.questions, home=folder / "home")
    stock = bench.stock("search", folder / "stock-index", bench.files.questions)
    return {
        "ours": {
            **times("served", json.loads(ours.said)),
            "serving_mb": _asked(bench, folder / "home", "--api-only"),
            "page_mb": _asked(bench, folder / "home"),
        },
        "stock": {**times("served", json.loads(stock.said)), "serving_mb": stock.peak_mb},
    }


def _served(bench: Bench) -> Path:
    """The same passages and vectors as an archive of ours and as an index of the stock recipe's."""
    folder = bench.folder / f"mixed-{_SERVED}"
    done, texts, vectors = folder / "done", folder / "texts.json", folder / "vectors.npy"
    if not done.is_file():
        bench.module("growth", folder, str(_SERVED))
        bench.module("grown", "export", texts, vectors, home=folder / "home")
        bench.stock("fill", texts, vectors, folder / "stock-index")
        bench.module("grown", "adopt", home=folder / "home")
        done.touch()
    return folder


def _asked(bench: Bench, home: Path, *options: str) -> float:
    """Megabytes of a server at its most, after every question was asked of it."""
    command = [EARMARK, "serve", "--port", str(_PORT), *options]
    server = subprocess.Popen(
        command,
        env=bench.our_environment(home),
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        _up(server)
        for question in json.loads(bench.files.questions.read_text("utf-8")):
            _ask(question)
        status = Path(f"/proc/{server.pid}/status").read_text()
    finally:
        server.terminate()
        server.wait()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1.024e-3


def _up(server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "the server ended at once: is the port in use?"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/healthz", timeout=5).close()
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start within a minute")


def _ask(question: str) -> None:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{_PORT}/v1/ask",
        data=json.dumps({"question": question}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert json.load(answer)["question"] == question, "another question was answered"
