"""Which items a feed has dropped because they were deleted, and which only scrolled off its end. Pure.

Most feeds show their latest items and no more. What is older than everything shown has scrolled off: it is
kept. What should be shown, because older items still are, has been deleted. Some cases are less clear:

- Some feeds keep an old item (a trailer, a welcome) at their end. Items between it and the rest have
  scrolled off. So one or two older items count as evidence only when nothing new came in, for without
  something new nothing can have been pushed out; and never against what has scrolled off before.
- A publisher's fault can empty half a feed for an hour. When more than half of what it showed is missing at
  once, it has to be missing at the next look too.
- The oldest item of all may be deleted as well. It has scrolled off if something new came in, or if more
  went with it (somebody set a limit). If not, it is in doubt: a look at its page has to tell.
- An item without a date cannot be placed; it is kept unless it is in doubt in that same way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

# So few older items may have been pinned to the feed's end.
MAYBE_PINNED = 2
# So many may go at once without a second look.
UNSUSPICIOUS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What became of the items that are not shown any more, by key.

    `suspected` are deleted if they are missing at the next look as well. `doubtful`, one at most, is gone
    or only out of sight: nothing in the feed tells.
    """

    deleted: frozenset[str] = frozenset()
    suspected: frozenset[str] = frozenset()
    scrolled: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()


def gone(
    before: Mapping[str, float | None],
    shown: Mapping[str, float | None],
    *,
    suspected: Collection[str] = (),
    scrolled: Collection[str] = (),
) -> Gone:
    """What became of the items that are known and not shown.

    >>> before = {"d": 4, "c": 3, "b": 2, "a": 1}
    >>> sorted(gone(before, {"d": 4, "b": 2, "a": 1}).deleted)
    ['c']
    >>> sorted(gone(before, {"e": 5, "d": 4, "c": 3}).scrolled)
    ['a', 'b']

    Args:
        before: when each known item was published, by key.
        shown: the same for what the feed shows now.
        suspected: which of the known were under suspicion at the look before this one.
        scrolled: which of the known had scrolled off by then.
    """
    missing = before.keys() - shown.keys()
    lately = missing - set(scrolled)
    nothing_new = shown.keys() <= before.keys()
    moments = [moment for moment in shown.values() if moment is not None]
    out = {
        key for key in missing if _stands_out(before[key], moments, nothing_new=nothing_new and key in lately)
    }
    deleted = out
    if len(out) > max(UNSUSPICIOUS, (len(before) - len(set(scrolled))) / 2):
        deleted = out & set(suspected)
    doubtful = lately - out if nothing_new and shown and len(lately) == 1 else set[str]()
    return Gone(
        deleted=frozenset(deleted),
        suspected=frozenset(out - deleted),
        scrolled=frozenset(missing - out - doubtful),
        doubtful=frozenset(doubtful),
    )


def _stands_out(moment: float | None, shown: Iterable[float], *, nothing_new: bool) -> bool:
    if moment is None:
        return False
    older = sum(other < moment for other in shown)
    return older > MAYBE_PINNED or (older > 0 and nothing_new)
