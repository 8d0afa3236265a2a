"""How much a package takes with everything that it needs, in the environment of the Python that runs this.

installed.py PACKAGE…     prints JSON: packages, bytes, and the largest
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement


def main(names: list[str]) -> None:
    """Print what the packages named take together."""
    sizes = {name: _size(one) for name, one in _closure(names).items()}
    largest = sorted(sizes, key=lambda name: -sizes[name])[:6]
    said = {
        "packages": len(sizes),
        "bytes": sum(sizes.values()),
        "largest": {name: sizes[name] for name in largest},
    }
    print(json.dumps(said))  # noqa: T201


def _closure(names: list[str]) -> dict[str, Distribution]:
    """The packages named and what they need here, without extras of the first ones."""
    found: dict[str, Distribution] = {}
    todo = [Requirement(name) for name in names]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        wanted = todo.pop()
        name = wanted.name.lower().replace("_", "-")
        if (name, frozenset(wanted.extras)) in seen:
            continue
        seen.add((name, frozenset(wanted.extras)))
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # asked for on other systems only
        for line in found[name].requires or ():
            need = Requirement(line)
            extras = [*wanted.extras, ""]
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(need)
    return found


def _size(one: Distribution) -> int:
    paths = [one.locate_file(file) for file in one.files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file())  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(sys.argv[1:])
