"""The project's own files keep their promises: pins, paths, packages, targets."""

from __future__ import annotations

import ast
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIREMENTS = [
    Requirement(line) for line in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
]

# Each is written so that it does not match itself.
NEVER_COMMITTED = re.compile(
    # A folder of somebody's machine, but no part of a URL; a registry, or where it keeps its files.
    r"(?<![\w.~-])/(?:[w]ork|[r]oot|opt/[w]heels|opt/[p]ypi)\b"
    r"|python[h]osted|pypi[.]org|registry[.]npmjs|deb[.]debian[.]org"
)


def pins() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pinned}


def committed() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("asks git which files are committed")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda requirement: requirement.name)
def test_constraints_pin_what_pyproject_asks_for(requirement: Requirement) -> None:
    pin = pins()[canonicalize_name(requirement.name)]
    (exact,) = pin.specifier
    assert exact.operator == "=="
    assert requirement.specifier.contains(exact.version)


def test_constraints_pin_public_versions_only() -> None:
    # torch==2.13.0 also takes 2.13.0+cpu; the other way round it would not.
    local = [pin for pin in pins().values() for exact in pin.specifier if Version(exact.version).local]
    assert local == []


def imported(folder: str) -> dict[str, str]:
    """Each top-level module that the folder imports, and one file that does."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            found |= {name.partition(".")[0]: str(path.relative_to(ROOT)) for name in names}
    return found


@pytest.mark.parametrize("folder", ["rag", "ingest", "prompts", "ui", "tests"])
def test_what_is_imported_is_asked_for_in_pyproject(folder: str) -> None:
    # An environment holds more than the project asks for: what works in it may fail in a new one.
    extras = PROJECT["optional-dependencies"].items()
    lines = PROJECT["dependencies"] + [
        line for extra, asked in extras if extra != "dev" or folder == "tests" for line in asked
    ]
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    installed = packages_distributions()
    undeclared = {
        module: path
        for module, path in imported(folder).items()
        if module in installed and not declared & {canonicalize_name(name) for name in installed[module]}
    }
    assert {module: path for module, path in undeclared.items() if not (ROOT / module).is_dir()} == {}


def test_no_committed_file_names_a_machine_or_a_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in committed()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if NEVER_COMMITTED.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("see /" + "work/main/x", True, id="machine"),
        pytest.param("home: /" + "root", True, id="home"),
        pytest.param("https://example.org/" + "work/1", False, id="part-of-a-url"),
        pytest.param("https://pypi" + ".org/simple", True, id="registry"),
    ],
)
def test_the_pattern_for_machines_and_registries(line: str, found: bool) -> None:
    assert bool(NEVER_COMMITTED.search(line)) is found


def test_every_tests_folder_is_a_package() -> None:
    # Without one, tests/rag shadows rag under pytest's default import mode.
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_make_help_lists_every_target() -> None:
    if shutil.which("make") is None:
        pytest.skip("runs make")
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    listed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+)", listed, re.MULTILINE)) == set(phony[1].split())


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_each_test_has_a_data_folder_of_its_own(tmp_path: Path) -> None:
    assert {name: value for name, value in os.environ.items() if name.startswith("EARMARK_")} == {
        "EARMARK_HOME": str(tmp_path / "earmark"),
        "EARMARK_CACHE": os.environ["EARMARK_CACHE"],
    }


def test_no_test_reaches_another_machine() -> None:
    with socket.socket() as reached, pytest.raises(RuntimeError, match=r"'192\.0\.2\.1', port 80"):
        reached.connect(("192.0.2.1", 80))  # an address of RFC 5737, which belongs to nobody
    with pytest.raises(socket.gaierror, match=r"example\.org"):
        socket.create_connection(("example.org", 80))


@pytest.mark.parametrize(
    ("ci", "closing"),
    [
        pytest.param("", "2 skipped, 1 xfailed", id="elsewhere-they-skip"),
        pytest.param("1", "1 failed, 1 xfailed, 1 error", id="under-ci-they-fail"),
    ],
)
def test_skips(tmp_path: Path, ci: str, closing: str) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_skips.py").write_text(
        "import pytest\n"
        "def test_skip(): pytest.skip('no such thing')\n"
        "def test_shared(shared): pass\n"
        "@pytest.mark.xfail(strict=True)\n"
        "def test_known(): assert False\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    browser\n    shared\n")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env=os.environ | {"CI": ci},
        capture_output=True,
        text=True,
    )
    assert closing in ran.stdout
    if ci:
        assert (
            "test_skips.py::test_skip was skipped, and with CI set a skip fails. Skipped: no such thing"
            in ran.stdout
        )
        assert "reads ../shared, which is not here" in ran.stdout
