"""A picture as lines of text: block characters in a terminal, plain ASCII in a file.

A line is cut into pieces with a role each, which whoever prints it may colour; without colour
nothing is lost.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from rich.cells import cell_len

from govgate.plot import Bars, Plot, Span, Spans

Role = Literal["title", "label", "mark", "limit", "number"]
Line = tuple[tuple[str, Role], ...]
"""Pieces of one line, each with what it is."""

_LEAST_WIDTH = 72
"""Columns that the longest label, a short bar and the longest numbers take."""

_LEAST_FIELD = 10
"""Columns below which a bar says nothing."""

_EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True)
class _Pen:
    """The characters of a drawing."""

    full: str
    left: str
    line: str
    dot: str
    right: str
    limit: str
    fine: bool
    """Whether a bar may end in an eighth of a column."""


_BLOCKS = _Pen("█", "├", "─", "●", "┤", "│", fine=True)
_ASCII = _Pen("#", "[", "-", "o", "]", "|", fine=False)


def draw_text(picture: Plot, width: int, *, ascii_only: bool = False) -> list[Line]:
    """Draw a picture in a terminal.

    Args:
        picture: One that `bounded` let through.
        width: Columns there are, >= 1; fewer than 72 are taken for 72.
        ascii_only: Whether the marks are plain ASCII, for files and old terminals.

    Returns:
        Lines no wider than that, the title first.
    """
    pen, columns = _ASCII if ascii_only else _BLOCKS, max(width, _LEAST_WIDTH)
    title = f"{picture.title}, in {picture.unit}" if picture.unit else picture.title
    draw = (
        _bars(picture, columns, pen) if isinstance(picture, Bars) else _spans(picture, columns, pen)
    )
    return [((_cut(title, columns), "title"),), *draw]


def _bars(bars: Bars, width: int, pen: _Pen) -> Iterator[Line]:
    values = [v for series in bars.series.values() for v in series if v >= 0]
    most = max(values, default=0.0) or 1.0
    several = len(bars.series) > 1
    label_width = _column(bars.labels, width // 3)
    name_width = _column(tuple(bars.series), width // 5) if several else 0
    numbers = [_said(v) for series in bars.series.values() for v in series]
    number_width = max(map(len, numbers))
    gaps = 6 if several else 4
    field = max(width - label_width - name_width - number_width - gaps, _LEAST_FIELD)
    for place, label in enumerate(bars.labels):
        for row, (name, series) in enumerate(bars.series.items()):
            head = _pad(label if not row else "", label_width)
            named = f"{_pad(name, name_width)}  " if several else ""
            bar = _pad(_bar(series[place] / most, field, pen), field)
            number = f" {_said(series[place]):>{number_width}}"
            yield (f" {head}  ", "label"), (named, "label"), (bar, "mark"), (number, "number")


def _bar(share: float, field: int, pen: _Pen) -> str:
    if not share > 0:  # NaN too
        return ""
    eighths = round(min(share, 1.0) * field * 8)
    if not pen.fine:
        return pen.full * max(round(eighths / 8), 1)
    full, rest = divmod(eighths, 8)
    return (pen.full * full + (_EIGHTHS[rest] if rest else "")) or _EIGHTHS[1]


def _spans(spans: Spans, width: int, pen: _Pen) -> Iterator[Line]:
    ends = [n for s in spans.spans for n in (s.low, s.high)] + list(spans.limits)
    low, high = min(0.0, *ends), max(ends)
    high = high if high > low else low + 1.0
    label_width = _column(tuple(s.label for s in spans.spans), width // 3)
    numbers = [_interval(s) for s in spans.spans]
    number_width = max(map(len, numbers))
    field = max(width - label_width - number_width - 4, _LEAST_FIELD)

    def place(value: float) -> int:
        return round((value - low) / (high - low) * (field - 1))

    limits = {place(limit) for limit in spans.limits}
    for span, number in zip(spans.spans, numbers, strict=True):
        ends_at = place(span.low), place(span.value), place(span.high)
        drawn = tuple(_marks(ends_at, limits, field, pen))
        head = f" {_pad(span.label, label_width)}  "
        yield (head, "label"), *drawn, (f" {number:>{number_width}}", "number")
    if spans.limits:
        said = ", ".join(f"{limit:g}" for limit in spans.limits)
        yield ((_cut(f" {_pad('', label_width)}  {pen.limit} limit {said}", width), "limit"),)


def _marks(
    ends: tuple[int, int, int], limits: set[int], field: int, pen: _Pen
) -> Iterator[tuple[str, Role]]:
    """Draw one interval, column by column; what is alike side by side is one piece."""
    first, dot, last = ends
    shown = dict.fromkeys(range(first, last + 1), (pen.line, "mark"))
    shown |= {first: (pen.left, "mark"), last: (pen.right, "mark")}
    shown |= dict.fromkeys(limits, (pen.limit, "limit"))
    shown[dot] = (pen.dot, "mark")
    columns = (shown.get(column, (" ", "mark")) for column in range(field))
    for role, pieces in groupby(columns, key=lambda piece: piece[1]):
        yield "".join(text for text, _ in pieces), "limit" if role == "limit" else "mark"


def _interval(span: Span) -> str:
    if span.low == span.high:
        return _said(span.value)
    return f"{_said(span.value)} [{_said(span.low)}, {_said(span.high)}]"


def _said(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3g}"


def _column(words: tuple[str, ...], most: int) -> int:
    return min(max((cell_len(word) for word in words), default=0), max(most, 8))


def _cut(text: str, width: int) -> str:
    while cell_len(text) > width:
        text = text[:-1]
    return text


def _pad(text: str, width: int) -> str:
    cut = _cut(text, width)
    return cut + " " * (width - cell_len(cut))
