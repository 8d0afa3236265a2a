"""Read clock times as sources write them. Pure."""

from __future__ import annotations

import re

# M:SS, MM:SS, H:MM:SS, HHH:MM:SS, each with a fraction after a dot or a comma.
STAMP = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"


def seconds(stamp: str) -> float | None:
    """A clock time in seconds; None when it is none.

    >>> seconds("1:02:03.5"), seconds("0:09"), seconds("00:00:04,79"), seconds("7.380"), seconds("soon")
    (3723.5, 9.0, 4.79, 7.38, None)
    """
    match = re.fullmatch(r"\s*(?:(?:(\d+):)?(\d+):)?(\d+)(?:[.,](\d+))?\s*", stamp)
    if not match:
        return None
    hours, minutes, whole, fraction = match.groups()
    return round(
        int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(whole) + float(f"0.{fraction or 0}"), 3
    )
