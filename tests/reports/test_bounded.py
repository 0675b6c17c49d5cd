"""Whatever a plugin hands over as pictures, what is drawn is bounded, plain and finite."""

import math

import pytest

from govgate.plot import Bars, Span, Spans
from govgate.reports import bounded, draw_svg, draw_text
from govgate.reports.bounded import MOST_PICTURES, MOST_ROWS, plain


def bars(**more):
    given = {"title": "t", "labels": ("a", "b"), "series": {"now": (1.0, 2.0)}, "unit": "u"}
    return Bars(**given | more)


def test_a_small_picture_stays_as_it_is():
    small = (bars(), Spans("t", (Span("x", 0.1, 0.2, 0.3),), "u", (0.25,)))
    assert bounded(small) == small


def test_a_million_points_become_one_screen_and_say_so():
    many = 10**6
    huge = bars(labels=("w",) * many, series={"now": (1.0,) * many})
    (kept,) = bounded([huge])
    assert len(kept.labels) == MOST_ROWS == len(kept.series["now"])
    assert "999960 more are not drawn" in kept.title
    (spans,) = bounded([Spans("t", (Span("x", 0, 0, 0),) * many, "u", (1.0,) * many)])
    assert len(spans.spans) == MOST_ROWS == len(spans.limits)
    assert len(bounded(bars() for _ in range(many))) == MOST_PICTURES


@pytest.mark.parametrize(
    "odd",
    [
        # NOT OK: no pictures at all
        *(None, 7, [None, "x", 3]),
        # NOT OK: pictures of the wrong types, or of nothing
        *([bars(labels=7)], [bars(series=None)], [bars(labels=())], [bars(series={})]),
        *([Spans("t", (None,), "u")], [Spans("t", (), "u")], [Spans("t", 3, "u")]),
        # NOT OK: an interval that is turned round or stands nowhere
        [
            Spans(
                "t", (Span("x", 2, 1, 3), Span("y", math.nan, 1, 2), Span("z", 0, 1, math.inf)), ""
            )
        ],
        [Spans("t", (Span("x", "0", "1", "2"),), "u")],
        [bars(series={"now": 7})],
    ],
)
def test_what_is_no_picture_is_left_out(odd):
    assert bounded(odd) == ()


def test_numbers_that_are_none_are_shown_as_missing():
    (kept,) = bounded([bars(labels=("a", "b", "c"), series={"now": (math.inf, "5")})])
    assert all(math.isnan(v) for v in kept.series["now"])
    drawn = draw_text(kept, 60, ascii_only=True)
    assert len(kept.series["now"]) == 3
    assert [line[-1][0].strip() for line in drawn[1:]] == ["-"] * 3


@pytest.mark.parametrize(
    ("odd", "shown"),
    [
        # OK: words as people write them, accents too
        ("Größe 日本", "Größe 日本"),
        # NOT OK: colours and lines of a terminal, letters that run backwards or have no width
        ("a\x1b[31mred\nb\r\t c", "a[31mred b c"),
        ("\u202egnp.exe\u200b", "gnp.exe"),
        ("\x00\x9b", ""),
        ("x" * 10**6, "x" * 45 + "..."),
    ],
)
def test_words_are_plain_and_short(odd, shown):
    assert plain(odd) == shown


def test_markup_in_a_label_is_text_in_the_image():
    evil = '"><script>alert(1)</script>&'
    picture = bars(title=evil, labels=(evil, "b"), series={evil: (1.0, 2.0)}, unit=evil)
    for drawn in (*bounded([picture]), *bounded([Spans(evil, (Span(evil, 0, 1, 2),), evil)])):
        image = draw_svg(drawn)
        assert "<script" not in image
        assert "&lt;script" in image
