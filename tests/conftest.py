"""What every test stands on: an archive of its own, no network but loopback, no skip unseen by CI."""

from __future__ import annotations

import atexit
import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Generator, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chroma import running_chroma

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

ROOT = Path(__file__).resolve().parent.parent

# Read when the libraries are imported, so set before any of them is.
os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "TOKENIZERS_PARALLELISM": "false",
}
for _name in [name for name in os.environ if name.startswith("EARMARK_")]:
    del os.environ[_name]
# What runs outside a test (a doctest, a session's fixture) says which archive it means: this cannot be made.
os.environ["EARMARK_HOME"] = f"{os.devnull}/no-archive-outside-a-test"

# Making the fast runtime's file takes twenty seconds: once for all tests, and removed with the session, or by
# `scripts/tests`, which gives a folder to its two sessions.
if not (CACHE := os.environ.get("TESTS_CACHE", "")):
    CACHE = tempfile.mkdtemp(prefix="earmark-tests-")
    atexit.register(shutil.rmtree, CACHE, ignore_errors=True)
os.environ["EARMARK_CACHE"] = CACHE

CI = os.environ.get("CI", "").lower() not in {"", "0", "false"}


def pytest_report_header() -> list[str]:
    """The versions that decide what the tests see."""
    named = "chromadb fastapi gradio langchain-core playwright sentence-transformers torch".split()
    return [
        "earmark: " + ", ".join(f"{name} {_version(name)}" for name in named),
        f"earmark: browser {shutil.which('chromium') or 'none'}, CI {'on: a skip fails' if CI else 'off'}",
    ]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


# ── an archive of its own ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def isolated_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test has an empty data folder, and no setting of the person who runs it."""
    for name in [name for name in os.environ if name.startswith("EARMARK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EARMARK_HOME", str(tmp_path / "earmark"))
    monkeypatch.setenv("EARMARK_CACHE", CACHE)


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chroma server of our own on loopback."""
    with running_chroma(tmp_path_factory.mktemp("chroma-server")) as url:
        yield url


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of corpora beside the project."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("reads ../shared, which is not here")
    return folder


# ── the page ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("drives a page, and no chromium is on PATH: `make test` installs it where it may")
    from playwright.sync_api import sync_playwright

    arguments = [
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses root a sandbox
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def viewport() -> ViewportSize:
    """A laptop's; `@pytest.mark.parametrize("viewport", [{"width": 360, "height": 640}])` gives another."""
    return {"width": 1280, "height": 800}


@pytest.fixture
def page(browser: Browser, viewport: ViewportSize) -> Iterator[Page]:
    """A page with no history, cookies or storage."""
    context = browser.new_context(viewport=viewport)
    yield context.new_page()
    context.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they ask for, and put those with a browser last.

    Once Playwright has started, the main thread has a running event loop, and `asyncio.run` fails there.
    """
    for item in items:
        for name in {"browser", "shared"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(name)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


# ── no network but loopback, no skip under CI ───────────────────────────────────────────────────────────────


class OutsideNetworkError(RuntimeError):
    """A test reached for an address that is not this machine. No OSError, so that no retry swallows it."""


def is_local(host: str | bytes | None) -> bool:
    """Tell whether a name or address means this machine.

    >>> [is_local(host) for host in ("127.0.0.2", "::1", "localhost", "192.0.2.1", "example.org")]
    [True, True, True, False, False]
    """
    name = host.decode() if isinstance(host, bytes) else host
    if not name or name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_address(host: str | bytes) -> bool:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return True


def keep_inside() -> None:
    """From here on, sockets connect to this machine only, and no other machine's name is looked up."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(family: int, address: Any) -> None:
        if family in {socket.AF_INET, socket.AF_INET6} and not is_local(address[0]):
            raise OutsideNetworkError(
                f"A test tried to reach {address[0]!r}, port {address[1]}: loopback only."
            )

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(self.family, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: str | bytes | None, *args: Any, **given: Any) -> Any:
        if host and not is_local(host) and not _is_address(host):
            # As on a machine with no network, and at once.
            raise socket.gaierror(socket.EAI_NONAME, f"A test looked up {host!r}: loopback only.")
        return getaddrinfo(host, *args, **given)

    socket.socket.connect = guarded_connect  # type: ignore[method-assign,assignment]  # ours names the subclass
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = guarded_getaddrinfo


class SkipsFail:
    """Under CI everything is there to run, so a skip means a hole, and fails by name."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tests, and the fixtures they wait for."""
        report = yield
        if report.skipped and not hasattr(report, "wasxfail"):
            self._fail(report, item.nodeid)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Whole modules, by `importorskip` or `allow_module_level`."""
        report = yield
        if report.skipped:
            self._fail(report, collector.nodeid)
        return report

    def _fail(self, report: pytest.TestReport | pytest.CollectReport, nodeid: str) -> None:
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        # What a machine may lack for good reason: an extra that nobody asked for, the right to mount a disk.
        if reason.removeprefix("Skipped: ").startswith(("the extra ", "mounts a disk ")):
            return
        report.outcome = "failed"
        report.longrepr = f"{nodeid} was skipped, and with CI set a skip fails. {reason}"


def pytest_configure(config: pytest.Config) -> None:
    """Both hold for doctests outside this folder too, which a fixture here would not reach."""
    keep_inside()
    if CI:
        config.pluginmanager.register(SkipsFail(), "skips-fail")
