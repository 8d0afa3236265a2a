"""What the measurements run on, and the same conditions for every system."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")


def machine() -> dict[str, str]:
    """Processor, cores, memory, system."""
    return {
        "processor": _first("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": str(cores()),
        "memory": f"{int((_first('/proc/meminfo', 'MemTotal') or '0 kB').split()[0]) / 2**20:.0f} GB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
    }


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> float:
    """How many processes wanted a core in the last minute."""
    return round(os.getloadavg()[0], 2)


def environment(threads: int, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a measured process: no settings of the caller's, no look-ups, so many threads."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("EARMARK_", "HF_"))}
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}
    held = dict.fromkeys(_THREADS, str(threads))
    return {**kept, **offline, **held, "TOKENIZERS_PARALLELISM": "false", **(extra or {})}


def _first(file: str, key: str) -> str:
    path = Path(file)
    lines = path.read_text().splitlines() if path.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")
