"""Mark what stands under a heading that says what it is: a sponsor's text, or a machine's. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.reading import Part, Reading

# On purpose narrow: "Advertising" or "Sponsored transactions" may well be what a newsletter is about.
SPONSOR = re.compile(
    r"""(?:.+\s›\s)?
    (?:(?:our|today['’]s|this\ (?:week|episode|issue)['’]s|a\ word\ from\ (?:our|the)|thanks\ to\ our)\ )?
    (?:(?:mid|pre|post)-?roll(?:\ (?:ad|advert))?|sponsors?|advertisements?|adverts?|ad\ break
    |sponsored(?:\ (?:message|content|post|segment))?|sponsor\ (?:break|message|read|segment))
    (?:\s*[:–—-]\s.+)?\s*""",
    re.IGNORECASE | re.VERBOSE,
)
MACHINE = re.compile(
    r"""(?:.+\s›\s)?
    (?:(?:AI|AI[-\ ]generated|machine-generated|auto-generated|automatically\ generated)\s(?:episode\ )?
        (?:summary|overview|chapters|notes|show\ notes|takeaways|highlights|description|recap)
    |(?:summary|overview|chapters|notes|show\ notes|takeaways|key\ takeaways|highlights|recap)\s
        [(\[](?:AI|AI[-\ ]generated|(?:generated|written)\ (?:by|with)\ [^)\]]*\b(?:AI|\w*GPT)\b[^)\]]*)[)\]])
    (?:\s*[:–—-]\s.+)?\s*""",
    re.IGNORECASE | re.VERBOSE,
)


def marked(reading: Reading) -> Reading:
    """The reading with adverts and AI-written text marked where a heading says so."""
    parts = tuple(map(_marked, reading.parts))
    return reading if parts == reading.parts else replace(reading, parts=parts)


def is_sponsor(heading: str) -> bool:
    """Whether a heading says that a sponsor's text follows.

    >>> [is_sponsor(text) for text in ("Our Sponsors", "Sponsor: Acme", "Sponsored transactions", "Ads")]
    [True, True, False, False]
    """
    return SPONSOR.fullmatch(heading) is not None


def is_machine(heading: str) -> bool:
    """Whether a heading says that a machine wrote what follows.

    >>> [is_machine(text) for text in ("AI Summary", "Summary (written by AI)", "AI safety")]
    [True, True, False]
    """
    return MACHINE.fullmatch(heading) is not None


def _marked(part: Part) -> Part:
    heading = part.label.heading
    if heading is None:
        return part
    advert = part.label.advert or is_sponsor(heading)
    ai_written = part.label.ai_written or is_machine(heading)
    if (advert, ai_written) == (part.label.advert, part.label.ai_written):
        return part
    return replace(part, label=replace(part.label, advert=advert, ai_written=ai_written))
