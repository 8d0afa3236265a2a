"""Open the chat model that `EARMARK_MODEL` names, through LangChain's `init_chat_model`.

Nothing of LangChain's models, nor of any provider's package, is imported before a model is opened.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rag.errors import ModelUnavailable, SettingsError
from rag.gathering import openai_client
from rag.local_model import LocalServer
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Citing = Literal["schema", "markers", "native"]
# The package behind a provider's name, where an extra of ours brings it: the extra has the provider's name.
_PACKAGES = {
    "openai": "langchain_openai",
    "anthropic": "langchain_anthropic",
    "ollama": "langchain_ollama",
    "gguf": "langchain_openai",
}
_EXTRAS = {"gguf": "local"}
_SECONDS, _LOCAL_SECONDS = 12.0, 120.0
# What prompt and question take beside the evidence, in tokens, for a context that must be sized beforehand.
_FRAME_TOKENS = 1400
# English has four to five characters a token: this counts too many rather than too few.
_CHARACTERS_A_TOKEN = 3.3
_COUNT_PATIENCE_S = 3.0


@dataclass(slots=True)
class Counter:
    """Counts a model's tokens: by the model's own counter where it has one at hand, otherwise by estimate.

    The estimate learns from what the model says each prompt was.
    """

    own: Callable[[str], int] | None = None
    _a_token: float = _CHARACTERS_A_TOKEN
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, text: str) -> int:
        """How many tokens the text is, about or exactly.

        >>> Counter()("word " * 66), Counter(own=len)("four")
        (100, 4)
        """
        return self.own(text) if self.own is not None else math.ceil(len(text) / self._a_token)

    def learn(self, *, characters: int, tokens: int) -> None:
        """Note what the model counted for a prompt of so many characters."""
        if tokens > 50:
            with self._lock:
                self._a_token = min(6.0, max(1.0, 0.95 * characters / tokens))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """An opened chat model, how it cites, and how its tokens are counted."""

    model: BaseChatModel
    citing: Citing
    count: Counter
    close: Callable[[], None] = lambda: None


class Provider:
    """The chat model of the settings, opened when it is first needed. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        provider, _, name = settings.model.partition(":")
        # Readers see it, and the folders of this machine are none of their business.
        self.name = f"gguf:{Path(name).name}" if provider == "gguf" else settings.model
        self._settings = settings
        self._lock = threading.Lock()
        self._chat: Chat | None = None
        package = _PACKAGES.get(provider)
        if package and find_spec(package) is None:
            extra = _EXTRAS.get(provider, provider)
            raise SettingsError(
                f"EARMARK_MODEL is {settings.model!r}, which needs the extra {extra!r}:"
                f" pip install 'earmark[{extra}]'"
            )

    @property
    def seconds(self) -> float:
        """How long an answer may take."""
        by_default = _LOCAL_SECONDS if self.name.startswith("gguf:") else _SECONDS
        return self._settings.model_seconds or by_default

    def chat(self) -> Chat:
        """The opened model; raises `ModelUnavailable`."""
        with self._lock:
            if self._chat is None:
                self._chat = _open(self._settings)
            return self._chat

    def close(self) -> None:
        """Close it, if it was opened."""
        with self._lock:
            chat, self._chat = self._chat, None
        if chat is not None:
            chat.close()


def _open(settings: Settings) -> Chat:
    provider, _, name = settings.model.partition(":")
    if provider == "gguf":
        context = settings.model_evidence_tokens + settings.model_tokens + _FRAME_TOKENS
        server = LocalServer(Path(name).expanduser(), context=context)
        local = _Given(name="openai:local", url=f"{server.address}/v1", key=server.key)
        model = _init(local, settings)
        citing = _citing(settings, "gguf", model)
        return Chat(model=model, citing=citing, count=Counter(own=server.count), close=server.close)
    key = settings.model_key.get_secret_value() if settings.model_key else None
    model = _init(_Given(name=settings.model, url=settings.model_url, key=key), settings)
    own = _counter_of(model) if provider == "openai" and settings.model_url is None else None
    return Chat(model=model, citing=_citing(settings, provider, model), count=Counter(own=own))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    name: str
    url: str | None
    key: str | None


def _init(given: _Given, settings: Settings) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    provider = given.name.partition(":")[0]
    options: dict[str, Any] = {"temperature": 0}
    if given.url:
        options["base_url"] = given.url
    if provider == "ollama":
        options["num_predict"] = settings.model_tokens
    else:
        # Repeating is ours: two layers of it would multiply.
        options |= {"max_tokens": settings.model_tokens, "max_retries": 0}
        if given.key or given.url:
            options["api_key"] = given.key or "none"
    if provider == "openai":
        options |= {"stream_usage": True, "http_async_client": openai_client(given.url)}
    try:
        model: BaseChatModel = init_chat_model(given.name, **options)
        if (model.profile or {}).get("temperature") is False:
            del options["temperature"]
            model = init_chat_model(given.name, **options)
    except ImportError as error:
        raise ModelUnavailable(f"EARMARK_MODEL is {given.name!r}: {error}") from error
    except Exception as error:  # noqa: BLE001  each provider's package refuses in its own way
        # Not the error's own words: some packages repeat what they were given, the key among it.
        raise ModelUnavailable(
            f"EARMARK_MODEL is {given.name!r}, which cannot be set up ({type(error).__name__});"
            " is the name right, and its key set?"
        ) from None
    return model


def _citing(settings: Settings, provider: str, model: BaseChatModel) -> Citing:
    """How the model is made to cite: as it was set, otherwise the strictest way that it is known to have."""
    if settings.model_citing != "auto":
        return settings.model_citing
    if provider == "anthropic":
        return "native"
    if provider in ("gguf", "ollama") or (model.profile or {}).get("structured_output"):
        return "schema"
    return "markers"


def _counter_of(model: BaseChatModel) -> Callable[[str], int] | None:
    """The model's own counter, if it answers soon: some fetch their vocabulary first, and wait for ever."""
    found: list[int] = []

    def look() -> None:
        try:
            found.append(model.get_num_tokens("Is it there?"))
        except Exception:  # noqa: BLE001  whatever it lacks, the estimate takes its place
            return

    looking = threading.Thread(target=look, name="token counter", daemon=True)
    looking.start()
    looking.join(_COUNT_PATIENCE_S)
    return model.get_num_tokens if found else None
