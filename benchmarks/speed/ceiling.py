"""How near embedding comes to what a core can do in int8, and what takes the rest.

ceiling.py TEXTS        JSON for a JSON list of texts, on one thread

The ceiling is the model's own matrices in int8 and nothing beside: every layer's projections at each text's
length, as `MatMulInteger` on onnxruntime, with no scaling, attention, normalisation or tokenizer.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from rag.embedder import SentenceEmbedder
from rag.runtime import FastEmbedder, open_session
from rag.settings import load

_WARM = 5
# What onnxruntime calls the steps of the model, after its fusions, by what they do.
_STEPS = {
    "int8 matrices": ("MatMulInteger", "DynamicQuantizeMatMul", "MatMulIntegerToFloat", "QAttention"),
    "float matrices": ("MatMul", "FusedMatMul", "Gemm"),
    "softmax": ("Softmax",),
    "scaling to int8 and back": ("DynamicQuantizeLinear", "QuantizeLinear", "DequantizeLinear", "Cast"),
    "GELU": ("Gelu", "BiasGelu", "FastGelu", "Erf"),
    "normalisation": ("LayerNormalization", "SkipLayerNormalization", "SimplifiedLayerNormalization"),
}
OTHER = "other steps"
OUTSIDE = "tokenizer and Python"


def main(texts: str) -> None:
    """Print the ceiling in texts a processor second, and the shares of embedding's time."""
    settings = load()
    model = FastEmbedder(SentenceEmbedder(settings.embedding_model), settings.cache)
    read: list[str] = json.loads(Path(texts).read_text("utf-8"))
    model.embed_documents(read[:1])
    lengths = [len(model.tokens.model_ids(text, limit=model.max_tokens)) for text in read]
    assert model.reference.folder is not None, "the packaged model lies on this machine"
    config = json.loads((model.reference.folder / "config.json").read_text("utf-8"))
    said = {"texts_cpu_s": len(read) / ceiling(config, lengths), "shares": shares(model, read)}
    sys.stdout.write(json.dumps(said))


def ceiling(config: Mapping[str, int], lengths: Sequence[int]) -> float:
    """Processor seconds of the bare int8 matrices for texts of so many tokens."""
    hidden, inner, layers = (config[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers"))
    dice = np.random.default_rng(7)
    given = {width: dice.integers(0, 256, (max(lengths), width), dtype=np.uint8) for width in (hidden, inner)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "matrices.onnx"
        path.write_bytes(_matrices(hidden, inner, layers))
        session = open_session(path)
    feeds = [{f"x{width}": rows[:length] for width, rows in given.items()} for length in lengths]
    for feed in feeds[:_WARM]:
        session.run(None, feed)
    started = time.process_time()
    for feed in feeds:
        session.run(None, feed)
    return time.process_time() - started


def _matrices(hidden: int, inner: int, layers: int) -> bytes:
    """A model of the layers' six matrices, each by itself; no two are alike, as in the real one."""
    from onnx import TensorProto, helper, numpy_helper

    dice = np.random.default_rng(11)
    nodes, weights, results = [], [], []
    for layer in range(layers):
        for number, (rows, columns) in enumerate([*[(hidden, hidden)] * 4, (hidden, inner), (inner, hidden)]):
            name = f"{layer}-{number}"
            values = dice.integers(-127, 128, (rows, columns)).astype(np.int8)
            weights.append(numpy_helper.from_array(values, f"w{name}"))
            nodes.append(helper.make_node("MatMulInteger", [f"x{rows}", f"w{name}"], [f"y{name}"]))
            results.append(helper.make_tensor_value_info(f"y{name}", TensorProto.INT32, ["length", columns]))
    asked = [
        helper.make_tensor_value_info(f"x{width}", TensorProto.UINT8, ["length", width])
        for width in (hidden, inner)
    ]
    graph = helper.make_graph(nodes, "matrices", asked, results, weights)
    made: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    ).SerializeToString()
    return made


def shares(model: FastEmbedder, texts: Sequence[str]) -> dict[str, float]:
    """What share of embedding's time goes into which steps; together they make 1."""
    started = time.process_time()
    for text in texts:
        model.embed_query(text)
    whole = time.process_time() - started
    feeds = [model.feed(text) for text in texts]
    session = open_session(model.file)
    session.run(["vector"], feeds[0])
    started = time.process_time()
    for feed in feeds:
        session.run(["vector"], feed)
    inside = min(time.process_time() - started, whole)
    # Noting each step takes time itself: of the notes only the proportions are used.
    with tempfile.TemporaryDirectory() as folder:
        noting = open_session(model.file, profile=Path(folder) / "steps")
        for feed in feeds:
            noting.run(["vector"], feed)
        steps = by_step(json.loads(Path(noting.end_profiling()).read_text("utf-8")))
    total = sum(steps.values())
    found = {name: taken / total * inside / whole for name, taken in steps.items()}
    return {**found, OUTSIDE: 1 - inside / whole}


def by_step(noted: Sequence[Mapping[str, object]]) -> dict[str, float]:
    """Microseconds by what was done, from onnxruntime's own notes.

    >>> node = {"cat": "Node", "dur": 3, "args": {"op_name": "MatMulInteger"}}
    >>> by_step([node, {**node, "args": {"op_name": "Slice"}, "dur": 1}, {"cat": "Session", "dur": 9}])
    {'int8 matrices': 3.0, 'other steps': 1.0}
    """
    of = {operation: step for step, operations in _STEPS.items() for operation in operations}
    taken: defaultdict[str, float] = defaultdict(float)
    for event in noted:
        said = event.get("args")
        if event.get("cat") == "Node" and isinstance(said, dict) and "op_name" in said:
            taken[of.get(str(said["op_name"]), OTHER)] += float(str(event["dur"]))
    return dict(taken)


if __name__ == "__main__":
    main(sys.argv[1])
