"""What the model takes for the same texts: our int8 runtime, what limits it, and sentence-transformers."""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.speed.bench import Bench
from benchmarks.speed.figures import SHARE, Round

_TEXTS = 200
# Run apart: whoever measures memory must stay small, and numpy is not.
_COSINES = (
    "import sys, json, numpy as np\n"
    "a, b = (np.load(path) for path in sys.argv[1:])\n"
    "c = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)\n"
    "print(json.dumps([float(c.mean()), float(c.min()), float(np.quantile(c, 0.01))]))"
)


def embedding(bench: Bench, _: int) -> Round:
    """One round, a thread each; the texts are pieces of the stock splitter from all over the collection."""
    texts = bench.folder / "texts.json"
    if not texts.is_file():
        bench.stock("pieces", bench.files.listed, texts)
        every = json.loads(texts.read_text("utf-8"))
        texts.write_text(json.dumps(every[:: len(every) // _TEXTS][:_TEXTS]), "utf-8")
    made = bench.folder / "ours.npy", bench.folder / "stock.npy"
    ours = float(json.loads(bench.ours("embed", texts, made[0], threads=1).said))
    stock = float(json.loads(bench.stock("embed", texts, made[1], threads=1).said))
    limit = json.loads(bench.module("ceiling", texts, threads=1).said)
    found = subprocess.run(
        [sys.executable, "-c", _COSINES, *map(str, made)], check=True, capture_output=True
    ).stdout
    mean, worst, hundredth = json.loads(found)
    return {
        "ours": {
            "texts_cpu_s": _TEXTS / ours,
            "ceiling_cpu_s": limit["texts_cpu_s"],
            **{f"{SHARE}{name}": share for name, share in limit["shares"].items()},
            "cosine_mean": mean,
            "cosine_hundredth": hundredth,
            "cosine_worst": worst,
        },
        "stock": {"texts_cpu_s": _TEXTS / stock},
    }
