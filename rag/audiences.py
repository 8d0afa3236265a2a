"""Tiers of readers: who may read what. Pure.

Tiers stand in order, everybody first. A reader of one tier reads what is for it and for those before it; what
is for a tier that is not in the order is read by nobody but the owner.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.errors import QuestionError


def tiers_in(text: str) -> tuple[str, ...]:
    """The tiers that a setting names, lowest first.

    >>> tiers_in("public, free,paid")
    ('public', 'free', 'paid')
    """
    return tuple(tier.strip() for tier in text.split(","))


def tier_named(name: str, tiers: Sequence[str]) -> str:
    """The tier of that name; raises `QuestionError` naming the choices."""
    if name not in tiers:
        raise QuestionError(f"unknown audience {name!r}; there are {', '.join(tiers)} (EARMARK_TIERS)")
    return name


def readable(tier: str, tiers: Sequence[str]) -> tuple[str, ...]:
    """What a reader of this tier may read; of a tier that is not known any more, what everybody may.

    >>> readable("free", ("public", "free", "paid")), readable("gold", ("public", "free", "paid"))
    (('public', 'free'), ('public',))
    """
    return tuple(tiers[: tiers.index(tier) + 1]) if tier in tiers else tuple(tiers[:1])
