"""Every knob, with its default, its bounds and one line on what it does.

Each is an environment variable `EARMARK_…`; nothing else configures Earmark, and nothing below `wiring.py`
reads the environment. `earmark settings` prints this table with the values in force.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import SettingsError

# Rates as the limits library reads them, such as `60/minute; 1000/day`.
_RATE = r" *\d+ */ *(\d+ *)?(second|minute|hour|day|month|year)s? *"
RATES = rf"^({_RATE}([;,]{_RATE})*)?$"


def default_home() -> Path:
    """The data folder when EARMARK_HOME is not set: `~/.local/share/earmark`."""
    return Path.home() / ".local" / "share" / "earmark"


def default_cache() -> Path:
    """The cache folder when EARMARK_CACHE is not set: `~/.cache/earmark`."""
    return Path.home() / ".cache" / "earmark"


class Settings(BaseSettings):
    """What can be set. Unknown `EARMARK_…` variables are reported by `load`, not ignored."""

    model_config = SettingsConfigDict(env_prefix="EARMARK_", extra="ignore", frozen=True)

    home: Path = Field(default_factory=default_home, description="Folder that holds the archive")
    model: str = Field(
        default="extractive",
        pattern=r"^(extractive|[a-z0-9_-]+:.+)$",
        description="Who writes answers: 'extractive' quotes, 'PROVIDER:NAME' or 'gguf:PATH' writes",
    )
    model_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Address of the model's server, if not the provider's own: any OpenAI-compatible one",
    )
    model_key: SecretStr | None = Field(
        default=None,
        description="Key for the model's server; the provider's own variable, as OPENAI_API_KEY, when unset",
    )
    model_citing: Literal["auto", "schema", "markers", "native"] = Field(
        default="auto",
        description="How the model cites: 'schema' (JSON), 'markers' ([1]), 'native' (its own citations)",
    )
    model_seconds: float | None = Field(
        default=None,
        ge=1,
        le=3600,
        description="How long a model may take for an answer; when unset 12, and 120 for a gguf file",
    )
    model_tokens: int = Field(
        default=600, ge=50, le=8000, description="The most a model may write for an answer, in its tokens"
    )
    model_evidence_tokens: int = Field(
        default=1500, ge=100, le=100_000, description="How much evidence a model is shown, in its tokens"
    )
    price_in: float | None = Field(
        default=None, ge=0, description="What a million tokens that the model reads cost you"
    )
    price_out: float | None = Field(
        default=None, ge=0, description="What a million tokens that the model writes cost you"
    )
    daily_tokens: int | None = Field(
        default=None, ge=0, description="Tokens a day (UTC) for models; then answers are extractive"
    )
    daily_spend: float | None = Field(
        default=None, ge=0, description="Money a day (UTC) for models, by the prices; then likewise"
    )
    prompts: Path | None = Field(
        default=None, description="Folder whose .md files come before the prompts of the same name"
    )
    embedding_model: str = Field(
        default="all-MiniLM-L6-v2",
        min_length=1,
        description="The packaged model, the name of another on a hub, or a local folder",
    )
    runtime: Literal["fast", "reference"] = Field(
        default="fast",
        description="Packaged model: 'fast' (onnxruntime, int8) or 'reference' (sentence-transformers)",
    )
    cache: Path = Field(
        default_factory=default_cache,
        description="Folder for files made once, such as the fast runtime's",
    )
    passage_tokens: int = Field(
        default=127, ge=32, le=400, description="Longest passage, in the embedding model's tokens"
    )
    chroma_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/@\s]+(/[^@?#\s]*)?$",
        description="Chroma server that keeps the index, as http://10.0.0.5:8000; the data folder when unset",
    )
    chroma_api_key: SecretStr | None = Field(
        default=None, description="Key for Chroma Cloud, or for the proxy before your Chroma server"
    )
    chroma_tenant: str | None = Field(
        default=None, min_length=1, description="Tenant on the Chroma server; its default one when unset"
    )
    chroma_database: str | None = Field(
        default=None, min_length=1, description="Database on the Chroma server; its default one when unset"
    )
    search_depth: int = Field(
        default=200, ge=10, le=1000, description="How many passages each ranking brings to the fusion"
    )
    retrieved: int = Field(
        default=24, ge=8, le=200, description="How many passages an answer is chosen from and lists"
    )
    lexical_weight: float = Field(
        default=1.0, ge=0, le=10, description="Weight of the word ranking against the dense one, which has 1"
    )
    strictness: float = Field(
        default=0.5, ge=0, le=1, description="How sure an answer must be: 0 answers nearly always, 1 rarely"
    )
    citations: int = Field(default=4, ge=1, le=12, description="Most citations in an extractive answer")
    question_characters: int = Field(
        default=1000, ge=50, le=10_000, description="Longest question that is taken"
    )
    tiers: str = Field(
        default="public,free,paid",
        pattern=r"^public( *, *[a-z0-9-]+)*$",
        description="Tiers of readers in order; each also reads what is for those before it",
    )
    allow_private_hosts: bool = Field(
        default=False, description="Whether feeds and pages may be fetched from your own network"
    )
    speech_model: Path | None = Field(
        default=None,
        description="Folder of a CTranslate2 Whisper model for recordings; the packaged one when unset",
    )
    fetch_seconds: float = Field(
        default=60, ge=1, le=3600, description="How long fetching one address may take in all"
    )
    fetch_megabytes: int = Field(
        default=32, ge=1, le=500, description="The most that is taken from one address, unpacked"
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]+$",
        description="Where readers reach the server, as https://ask.example; by their request when unset",
    )
    proxies: int = Field(
        default=0, ge=0, le=9, description="How many proxies of yours stand before the server"
    )
    owner_token: SecretStr | None = Field(
        default=None, description="Opens the owner's routes, with every tier and no limits, from elsewhere"
    )
    rate_network: str = Field(
        default="60/minute; 1000/day",
        pattern=RATES,
        description="How often one network may ask; none when empty",
    )
    rate_session: str = Field(
        default="20/minute; 300/day", pattern=RATES, description="How often one page load may ask"
    )
    rate_site: str = Field(
        default="300/minute", pattern=RATES, description="How often all readers of one site may ask"
    )
    rate_all: str = Field(
        default="600/minute", pattern=RATES, description="How often all readers may ask together"
    )
    written_network: str = Field(
        default="200/day", pattern=RATES, description="Answers a model writes for one network; then it quotes"
    )
    written_session: str = Field(
        default="100/day", pattern=RATES, description="Answers a model writes for one page load; likewise"
    )
    at_once: int = Field(
        default=64, ge=1, le=90, description="Questions answered at once; to more the server says 503"
    )
    at_once_network: int = Field(
        default=16, ge=1, le=90, description="Questions of one network answered at once"
    )
    at_once_session: int = Field(
        default=4, ge=1, le=90, description="Questions of one page load answered at once"
    )
    at_once_site: int = Field(default=48, ge=1, le=90, description="Questions of one site answered at once")
    history_characters: int = Field(
        default=20_000, ge=0, le=1_000_000, description="Longest conversation that is taken with a question"
    )
    body_kilobytes: int = Field(default=256, ge=16, le=10_000, description="Longest request that is read")
    keep_questions: int = Field(
        default=365,
        ge=0,
        le=36_500,
        description="Days that readers' questions and their answers are kept; 0 keeps nothing of a question",
    )
    log: Literal["off", "json"] = Field(
        default="off", description="A line of JSON on stderr for each request, without what was asked"
    )
    lock_seconds: float = Field(
        default=5, ge=0, le=600, description="How long to wait for another process that is writing"
    )


def load(environ: dict[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings in force; raises `SettingsError` naming the variable and what it may be.

    Args:
        environ: only to find misspelt variables; the process's environment when None.
        overrides: values that win over the environment, for scripts and tests.
    """
    if environ is None:
        import os

        environ = dict(os.environ)
    known = {f"EARMARK_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(environ):
        if name.startswith("EARMARK_") and name not in known:
            raise SettingsError(f"{name} is no setting; `earmark settings` lists them")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = "EARMARK_" + str(first["loc"][0]).upper()
        raise SettingsError(f"{name} is {first['input']!r}: {first['msg']}") from error
