"""A picture cut down to what a person can read, whoever made it.

A gate may come from a plugin: it may hand over a million points, markup, control characters,
infinities, or no picture at all. What is left out is said in the picture itself.
"""

import math
import unicodedata
from collections.abc import Iterable
from itertools import islice
from typing import Any

from govgate.plot import Bars, Plot, Span, Spans

MOST_PICTURES = 12
"""Of one gate: nobody scrolls through more."""

MOST_ROWS = 40
"""Labels, or spans, of one picture: about one screen."""

_MOST_SERIES = 4
_LONGEST_WORD = 48
_LONGEST_TITLE = 120


def bounded(pictures: Any) -> tuple[Plot, ...]:
    """Keep what can be drawn.

    Args:
        pictures: What a gate's `plots` gave; anything at all.

    Returns:
        At most `MOST_PICTURES`, each of finite numbers, short plain words and few rows.
    """
    if not isinstance(pictures, Iterable):
        return ()
    kept = (_kept(picture) for picture in islice(pictures, MOST_PICTURES))
    return tuple(picture for picture in kept if picture is not None)


def _kept(picture: Any) -> Plot | None:
    try:
        if isinstance(picture, Bars):
            return _bars(picture)
        if isinstance(picture, Spans):
            return _spans(picture)
    except (TypeError, ValueError, AttributeError, OverflowError):
        # A picture of the wrong types is no picture; the verdict does not depend on it.
        return None
    return None


def _bars(bars: Bars) -> Bars | None:
    labels = tuple(plain(label) for label in bars.labels[:MOST_ROWS])
    series = {
        plain(name): tuple(_number(v) for v in [*values[:MOST_ROWS], *labels][: len(labels)])
        for name, values in islice(bars.series.items(), _MOST_SERIES)
    }
    if not labels or not series:
        return None
    return Bars(_titled(bars.title, len(bars.labels)), labels, series, plain(bars.unit))


def _spans(spans: Spans) -> Spans | None:
    rows = []
    for span in spans.spans[:MOST_ROWS]:
        low, value, high = (_number(n) for n in (span.low, span.value, span.high))
        if low <= value <= high:
            rows.append(Span(plain(span.label), low, value, high))
    if not rows:
        return None
    limits = tuple(n for n in map(_number, spans.limits[:MOST_ROWS]) if math.isfinite(n))
    unit = plain(spans.unit)
    return Spans(_titled(spans.title, len(spans.spans)), tuple(rows), unit, limits)


def _number(value: Any) -> float:
    """Give a finite number; NaN, which stands nowhere, where it is none."""
    number = float(value) if isinstance(value, int | float) else math.nan
    return number if math.isfinite(number) else math.nan


def plain(text: Any, longest: int = _LONGEST_WORD) -> str:
    """Give a short text of one line without control characters.

    Args:
        text: Any text, of any length.
        longest: In characters, >= 1.
    """
    # What turns a line around or has no width may make one label look like another.
    shown = "".join(
        " " if c.isspace() else c
        for c in str(text)[: 4 * longest]
        if c.isspace() or unicodedata.category(c)[0] != "C"
    )
    words = " ".join(shown.split())
    return words if len(words) <= longest else words[: longest - 3].rstrip() + "..."


def _titled(title: Any, rows: int) -> str:
    left_out = f" ({rows - MOST_ROWS} more are not drawn)" if rows > MOST_ROWS else ""
    return plain(title, _LONGEST_TITLE) + left_out
