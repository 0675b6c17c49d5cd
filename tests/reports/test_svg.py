"""Pictures as SVG: well formed, named for who cannot see, and to scale."""

import math
import re
from xml.etree import ElementTree as ET

import pytest

from govgate.plot import Bars, Span, Spans
from govgate.reports import draw_svg

SVG = "{http://www.w3.org/2000/svg}"
AGES = Bars("ages", ("young", "old"), {"then": (0.5, math.nan), "now": (0.25, 1.0)}, "share")
GAPS = Spans("gaps", (Span("f", -0.1, 0.1, 0.3), Span("m", 0.4, 0.4, 0.4)), "ratio", (0.2,))


def read(picture):
    return ET.fromstring(draw_svg(picture))  # noqa: S314 -- our own


@pytest.mark.parametrize("picture", [AGES, GAPS])
def test_the_image_is_named_and_described_in_words(picture):
    image = read(picture)
    assert (image.get("role"), image.get("aria-label")) == ("img", image.find(f"{SVG}title").text)
    assert picture.title in image.find(f"{SVG}title").text
    assert len(image.find(f"{SVG}desc").text) > 20
    assert {e.tag.removeprefix(SVG) for e in image.iter()} <= {
        *("svg", "title", "desc", "rect", "text", "path", "circle")
    }
    assert not re.search(r"href|style|\bon\w+=|url\(", draw_svg(picture))


def test_bars_are_as_long_as_their_numbers():
    bars = [float(r.get("width")) for r in read(AGES).iter(f"{SVG}rect") if r.get("height") == "14"]
    young_then, young_now, old_then, old_now = bars
    assert old_now == 4 * young_now == 2 * young_then > 100
    assert old_then == 0


def test_a_span_stands_between_its_ends_and_the_limit_where_it_is():
    image = read(GAPS)
    first, second = (float(c.get("cx")) for c in image.iter(f"{SVG}circle"))
    limit = next(p for p in image.iter(f"{SVG}path") if p.get("stroke-dasharray"))
    x = float(limit.get("d").partition("V")[0].split()[0].lstrip("M"))
    assert first < x < second
    assert math.isclose(x - first, (second - first) / 3, abs_tol=0.2)
    assert "from -0.1 to 0.3" in image.find(f"{SVG}desc").text


def test_nothing_drawn_is_wider_than_the_image_even_where_all_is_zero():
    for picture in (Bars("t", ("a",), {"s": (0.0,)}, ""), Spans("t", (Span("a", 0, 0, 0),), "")):
        assert "nan" not in draw_svg(picture)
        assert read(picture).get("width") == "720"
