"""Attributes that are made at their first use: what a command does not need, it does not load."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar, overload

Owner = TypeVar("Owner")
Made = TypeVar("Made")


class later(Generic[Owner, Made]):
    """An attribute made when it is first asked for, once, however many threads ask.

    `functools.cached_property` makes it once only up to Python 3.11.

    >>> class Kitchen:
    ...     @later
    ...     def kettle(self) -> list[str]:
    ...         return ["cold"]
    >>> kitchen = Kitchen()
    >>> later.made(kitchen, "kettle"), kitchen.kettle is kitchen.kettle, later.made(kitchen, "kettle")
    (None, True, ['cold'])
    """

    def __init__(self, make: Callable[[Owner], Made]) -> None:
        self._make = make
        self._guard = threading.RLock()
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type[Owner], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owner: None, kind: type[Owner]) -> later[Owner, Made]: ...

    @overload
    def __get__(self, owner: Owner, kind: type[Owner]) -> Made: ...

    def __get__(self, owner: Owner | None, kind: type[Owner]) -> later[Owner, Made] | Made:
        if owner is None:
            return self
        # Asked for again, it is found in the instance and this is not called.
        held = owner.__dict__
        with self._guard:
            if self._name not in held:
                held[self._name] = self._make(owner)
            made: Made = held[self._name]
            return made

    @staticmethod
    def made(owner: object, name: str) -> object | None:
        """The attribute if it was made; None when nobody has asked for it."""
        return owner.__dict__.get(name)
