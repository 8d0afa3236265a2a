"""Which items a feed has dropped because they were deleted, and which only scrolled off its end. Pure.

Most feeds show their latest items and no more. What is older than everything shown has scrolled off: it is
kept. What should be shown, because older items still are, has been deleted. Three cases could be taken for
a deletion and are none:

- Some feeds keep an old item (a trailer, a welcome) at their end. Items between it and the rest have
  scrolled off. So one or two older items count as evidence only when nothing new came in, for without
  something new nothing can have been pushed out.
- A publisher's fault can empty half a feed for an hour. When more than half of what is known is missing at
  once, it has to be missing at the next look too.
- An item without a date cannot be placed, and is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

# So few older items may have been pinned to the feed's end.
MAYBE_PINNED = 2
# So many may go at once without a second look.
UNSUSPICIOUS = 3


def deleted(
    before: Mapping[str, float | None], shown: Mapping[str, float | None], *, missed: Collection[str] = ()
) -> set[str]:
    """The keys of the items that were deleted.

    >>> before = {"d": 4, "c": 3, "b": 2, "a": 1}
    >>> deleted(before, {"d": 4, "b": 2, "a": 1}), deleted(before, {"e": 5, "d": 4, "c": 3})
    ({'c'}, set())

    Args:
        before: when each known item was published, by key.
        shown: the same for what the feed shows now.
        missed: which of the known were not there at the look before this one either.
    """
    gone = {key for key in before if key not in shown}
    nothing_new = all(key in before for key in shown)
    moments = [moment for moment in shown.values() if moment is not None]
    deleted = {key for key in gone if _stands_out(before[key], moments, nothing_new=nothing_new)}
    if len(deleted) > max(UNSUSPICIOUS, len(before) / 2):
        return deleted & set(missed)
    return deleted


def _stands_out(moment: float | None, shown: Iterable[float], *, nothing_new: bool) -> bool:
    if moment is None:
        return False
    older = sum(other < moment for other in shown)
    return older > MAYBE_PINNED or (older > 0 and nothing_new)
