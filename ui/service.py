"""What every route works with: who asks, what they may, and what the server was set up with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import Request

from rag.activity import Activity
from rag.audiences import readable
from rag.contract import Json
from rag.errors import QuestionError
from rag.kept_answers import KeptAnswers
from rag.models import PUBLIC, Turn
from rag.ports import ChecksClaims
from rag.readership import Readership
from rag.sites import Site, Sites
from ui.bounds import LEAVE, SESSION_HEADER, TOKEN_HEADER
from ui.callers import Caller, address_of, is_here, network_of
from ui.frames import FrameTokens
from ui.gate import Gate, Limits
from ui.guesses import Guesses
from ui.problems import Refused
from ui.reader import Archive, Reader
from ui.telemetry import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """How a server meets the world: what `serve` reads from the settings, and tests say as they need it.

    `owner_tokens` open the owner's routes and read every tier. `state` tells what `/readyz` shows and raises
    when questions cannot be answered. `public_url` is where readers reach the server. `verifier` checks kept
    answers again; one that knows words alone does where none is given.
    """

    activity: Activity = field(default_factory=Activity)
    limits: Limits = field(default_factory=Limits)
    tiers: tuple[str, ...] = (PUBLIC,)
    owner_tokens: tuple[str, ...] = ()
    proxies: int = 0
    public_url: str | None = None
    question_characters: int = 1000
    history_characters: int = 20_000
    body_bytes: int = 262_144
    answer_days: int = 365
    verifier: ChecksClaims | None = None
    log: bool = False
    state: Callable[[], Json] = dict


class Service:
    """One server's archive and front. Safe to use from several threads."""

    def __init__(self, archive: Archive, front: Front) -> None:
        self.archive = archive
        self.front = front
        self.gate = Gate(front.activity, front.limits)
        self.sites = Sites(front.activity)
        self.kept = KeptAnswers(front.activity, days=front.answer_days, verifier=front.verifier)
        self.readership = Readership(front.activity)
        self.guesses = Guesses(front.owner_tokens)
        self.tokens = FrameTokens()
        self.metrics = Metrics(running=lambda: self.gate.running, sources=archive.library.source_count)

    # -- who asks -------------------------------------------------------------------------------------------

    def caller(self, request: Request, site_id: str | None = None) -> Caller:
        """Who asks, for the site they name; raises `Refused` (403) unless the request comes from there."""
        if self.is_owner(request):
            return Caller(tiers=(), owner=True)
        network = self.network(request)
        session = request.headers.get(SESSION_HEADER, "")[:64] or None
        site = self._site(request, site_id, network)
        tier = site.audience if site else PUBLIC
        tiers = readable(tier, self.front.tiers)
        return Caller(tiers=tiers, network=network, session=session, site=site)

    def is_owner(self, request: Request) -> bool:
        """Whether it carries a token of the owner's; raises `Refused` (429) after too many that are not."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        return scheme.casefold() == "bearer" and self.guesses.right(given, self.network(request))

    def for_the_owner(self, request: Request) -> None:
        """Raises `Refused` (403) unless the request is the owner's."""
        if not self.is_owner(request):
            raise Refused(403, "this is for the owner: send `Authorization: Bearer` with EARMARK_OWNER_TOKEN")

    def network(self, request: Request) -> str | None:
        """The network that it is counted with; None for this machine itself."""
        peer = request.client.host if request.client else ""
        forwarded = request.headers.getlist("x-forwarded-for")
        address = address_of(peer, forwarded, proxies=self.front.proxies)
        # A proxy that nobody told us of: everybody would seem to be here.
        from_afar = bool(forwarded) and not self.front.proxies
        return None if is_here(address) and not from_afar else network_of(address)

    def _site(self, request: Request, site_id: str | None, network: str | None) -> Site | None:
        origin = request.headers.get("origin")
        site = self.sites.get(site_id) if site_id else None
        if site_id and site is None:
            raise Refused(403, f"there is no site {site_id[:64]!r} here")
        if origin is not None and origin != "null" and not self._is_ours(request, origin):
            allowed = origin in site.origins if site else self.sites.has_origin(origin)
            if not allowed:
                raise Refused(403, f"{origin[:200]} may not ask this archive; its owner can add it to a site")
            return site
        if (origin == "null" or site) and not self._has_token(request, site, network):
            detail = "This page has been open for too long. Reload it to go on."
            raise Refused(403, detail if TOKEN_HEADER in request.headers else _NO_TOKEN)
        return site

    def _has_token(self, request: Request, site: Site | None, network: str | None) -> bool:
        token = request.headers.get(TOKEN_HEADER, "")
        return self.tokens.accepts(token, site=site.id if site else "", network=network or "")

    def _is_ours(self, request: Request, origin: str) -> bool:
        """Whether it is this server's own page. A proxy in front may speak TLS where we do not."""
        ours = {request.headers.get("host", "")}
        if self.front.public_url:
            ours = {urlsplit(self.front.public_url).netloc}
        return urlsplit(origin).netloc in ours

    # -- what they may --------------------------------------------------------------------------------------

    def reader(self, caller: Caller) -> Reader:
        """The archive as they may see it."""
        return Reader(self.archive, caller, gate=self.gate, kept=self.kept, counts=self.metrics)

    def enter(self, request: Request, caller: Caller) -> None:
        """Let a question in, and keep its place until the response is over; raises `Refused`."""
        stack: ExitStack = request.scope[LEAVE]
        stack.enter_context(self.gate.slot(caller))
        self.gate.admit(caller)

    def check_history(self, turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
        """The turns; raises `QuestionError` when they are longer than any conversation is."""
        held = sum(len(turn.content) for turn in turns)
        if held > self.front.history_characters:
            raise QuestionError(
                f"the history has {held:,} characters; at most {self.front.history_characters:,} are taken"
            )
        return turns

    # -- where it is ----------------------------------------------------------------------------------------

    def address(self, request: Request) -> str:
        """Where readers reach the server, without a slash at the end."""
        return (self.front.public_url or str(request.base_url)).rstrip("/")

    def ancestors(self, site_id: str | None = None) -> str:
        """Who may frame a page: the origins of the site, or of every site where none is named."""
        if site_id:
            site = self.sites.get(site_id)
            return " ".join(["'self'", *(site.origins if site else ())])
        origins = [origin for site in self.sites.all() for origin in site.origins]
        return " ".join(["'self'", *dict.fromkeys(origins)])


_NO_TOKEN = (
    "A question for a site comes from one of its origins, or from its /embed page with the page's token."
)
