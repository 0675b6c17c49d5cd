"""A picture as an SVG image: for pages, with its numbers in words for who cannot see it.

Source: W3C SVG 2; WAI-ARIA graphics (a title and a description name the image). No script, no
style sheet, nothing fetched; colours are those of Okabe and Ito 2008, told apart by all eyes.
"""

import math
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from govgate.plot import Bars, Plot, Spans

_WIDTH, _LABEL, _NUMBER = 720, 190, 170
"""In pixels: the image, and what its left and right column take."""

_LEFT, _RIGHT = _LABEL + 10, _WIDTH - _NUMBER
_TOP, _ROW = 40, 20
_SMALL, _LARGE = 12, 14
_LONGEST = 30
"""Characters of a label that fit its column; the description has them all."""

_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")
_INK, _LIMIT = "#222222", "#d55e00"


def draw_svg(picture: Plot) -> str:
    """Draw a picture as one `<svg>` element.

    Args:
        picture: One that `bounded` let through.

    Returns:
        A whole document of UTF-8 text; every word in it is escaped.
    """
    rows = [*(_bars(picture) if isinstance(picture, Bars) else _spans(picture))]
    height = _TOP + _ROW * _rows(picture) + 30
    title = f"{picture.title}, in {picture.unit}" if picture.unit else picture.title
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" role="img" aria-label={quoteattr(title)} '
        f'font-family="sans-serif" font-size="12" fill="{_INK}">'
    )
    named = f"<title>{escape(title)}</title><desc>{escape(_described(picture))}</desc>"
    paper = f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>'
    shown = _text(10, 22, title, "start", size=_LARGE)
    return "".join([head, named, paper, shown, *rows, "</svg>"])


def _rows(picture: Plot) -> int:
    if isinstance(picture, Bars):
        return len(picture.labels) * len(picture.series)
    return len(picture.spans)


def _bars(bars: Bars) -> Iterator[str]:
    most = max((v for s in bars.series.values() for v in s if v > 0), default=1.0)
    y = _TOP
    for place, label in enumerate(bars.labels):
        yield _text(_LABEL, y + 14, label, "end")
        for colour, series in zip(_COLOURS, bars.series.values(), strict=False):
            value = series[place]
            wide = (_RIGHT - _LEFT) * value / most if value > 0 else 0.0
            yield f'<rect x="{_LEFT}" y="{y + 3}" width="{wide:.1f}" height="14" fill="{colour}"/>'
            yield _text(_RIGHT + 10, y + 14, _said(value), "start")
            y += _ROW
    for place, (colour, name) in enumerate(zip(_COLOURS, bars.series, strict=False)):
        x = _LEFT + place * 130
        yield f'<rect x="{x}" y="{y + 8}" width="10" height="10" fill="{colour}"/>'
        yield _text(x + 15, y + 17, name[:18], "start")


def _spans(spans: Spans) -> Iterator[str]:
    ends = [n for s in spans.spans for n in (s.low, s.high)] + list(spans.limits)
    low, high = min(0.0, *ends), max(ends)
    scale = (_RIGHT - _LEFT) / ((high - low) or 1.0)
    bottom = _TOP + _ROW * len(spans.spans)
    for row, span in enumerate(spans.spans):
        y = _TOP + _ROW * row + 10
        first, dot, last = (_LEFT + (n - low) * scale for n in (span.low, span.value, span.high))
        yield _text(_LABEL, y + 4, span.label, "end")
        yield (
            f'<path d="M{first:.1f} {y}H{last:.1f}M{first:.1f} {y - 4}v8M{last:.1f} {y - 4}v8" '
            f'stroke="{_COLOURS[0]}" stroke-width="2" fill="none"/>'
        )
        yield f'<circle cx="{dot:.1f}" cy="{y}" r="4" fill="{_COLOURS[0]}"/>'
        said = _said(span.value)
        if span.low != span.high:
            said += f" [{_said(span.low)}, {_said(span.high)}]"
        yield _text(_RIGHT + 10, y + 4, said, "start")
    for limit in spans.limits:
        x = _LEFT + (limit - low) * scale
        yield f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="{_LIMIT}" stroke-dasharray="4 3"/>'
        yield _text(x, bottom + 16, f"limit {limit:g}", "middle")


def _described(picture: Plot) -> str:
    if isinstance(picture, Bars):
        return "; ".join(
            f"{name}: "
            + ", ".join(f"{w} {_said(v)}" for w, v in zip(picture.labels, s, strict=True))
            for name, s in picture.series.items()
        )
    rows = [
        f"{s.label} {_said(s.value)} from {_said(s.low)} to {_said(s.high)}" for s in picture.spans
    ]
    return "; ".join([*rows, *(f"limit {limit:g}" for limit in picture.limits)])


def _said(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3g}"


def _text(x: float, y: float, words: str, anchor: str, size: int = _SMALL) -> str:
    too_long = size == _SMALL and len(words) > _LONGEST
    shown = words[: _LONGEST - 3] + "..." if too_long else words
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
        f"{escape(shown)}</text>"
    )
