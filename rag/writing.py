"""Everything a chat model needs around it, put together from the settings: provider, budget, verifier."""

from __future__ import annotations

from prompts import PromptError, check_all
from rag.breaker import Breaker
from rag.calling import Caller
from rag.compose.extractive import Extractive
from rag.compose.generative import Generative
from rag.compose.rewriting import ByModel
from rag.conversation import by_rule
from rag.errors import SettingsError
from rag.ports import Composes, Embeds, MakesStandalone
from rag.providers import Provider
from rag.settings import Settings
from rag.spend import ACTIVITY, Prices, SpendBook
from rag.verify import Judge, Verifier


class Writing:
    """Who writes answers and rewrites questions. Nothing is opened before it is needed.

    Raises `SettingsError` for settings that cannot go together.
    """

    standalone: MakesStandalone

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._composer: Composes = Extractive()
        self._provider: Provider | None = None
        self._book = book_of(settings)
        self._caller = Caller()
        self._breaker = Breaker()
        self.standalone = by_rule
        if settings.model != "extractive":
            self._check(settings)
            self._provider = Provider(settings)
            self.standalone = ByModel(
                self._provider,
                self._caller,
                self._book,
                prices=prices_of(settings),
                prompts=settings.prompts,
            )

    def composer(self, embedder: Embeds) -> Composes:
        """The composer that the settings name; the embedder helps to verify what it writes."""
        if self._provider is not None:
            self._composer = self._generative(self._provider, embedder, prompt="answer")
        return self._composer

    def of_overviews(self, embedder: Embeds) -> Composes | None:
        """Who writes overviews; None where the sources are only quoted."""
        if self._provider is None:
            return None
        return self._generative(self._provider, embedder, prompt="overview")

    def _generative(self, provider: Provider, embedder: Embeds, *, prompt: str) -> Generative:
        settings = self._settings
        return Generative(
            provider,
            self._caller,
            Verifier(Judge(embedder=embedder)),
            self._book,
            quotes=settings.citations,
            evidence_tokens=settings.model_evidence_tokens,
            answer_tokens=settings.model_tokens,
            prices=prices_of(settings),
            prompts=settings.prompts,
            prompt=prompt,
            breaker=self._breaker,
        )

    def warm_up(self) -> None:
        """Open the model before the first question waits for it; raises `ModelUnavailable`."""
        self._composer.warm_up()

    def close(self) -> None:
        """End what runs, and the model."""
        self._caller.close()
        self._book.close()
        if self._provider is not None:
            self._provider.close()

    def _check(self, settings: Settings) -> None:
        if settings.daily_spend is not None and prices_of(settings) is None:
            raise SettingsError("EARMARK_DAILY_SPEND needs EARMARK_PRICE_IN and EARMARK_PRICE_OUT")
        try:
            check_all(settings.prompts)
        except PromptError as error:
            raise SettingsError(str(error)) from error


def prices_of(settings: Settings) -> Prices | None:
    """What tokens cost; None when the settings do not say."""
    if settings.price_in is None or settings.price_out is None:
        return None
    return Prices(input=settings.price_in, output=settings.price_out)


def book_of(settings: Settings) -> SpendBook:
    """What models took, in the archive's `activity.db`."""
    return SpendBook(
        settings.home / ACTIVITY, tokens_a_day=settings.daily_tokens, spend_a_day=settings.daily_spend
    )
