"""The grid keeps order, covers everything, and its edges are where they are said to be."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.profile.grid import (
    BINS,
    FINE,
    LAST,
    Scratch,
    bins_of,
    count_bins,
    edges_of,
    empty_sides,
    sparse,
)

NUMBERS = st.floats(allow_nan=False)


def counted(values):
    y = np.array(values, np.float64)
    sides = empty_sides()
    count_bins(y, Scratch.of(len(y)), sides)
    bins, counts = sparse(sides)
    return dict(zip(bins.tolist(), counts.tolist(), strict=True))


@pytest.mark.parametrize(
    ("y", "place"),
    [
        (0.0, 0),
        (-0.0, 0),
        (5e-324, 0),
        (math.nextafter(2.0**-8, 0), 0),
        (2.0**-8, 1),
        (math.nextafter(2.0**-8, 1) * (1 + 1 / 256), 2),
        (1.0, 8 * 256 + 1),
        (math.nextafter(1.0, 0), 8 * 256),
        (-1.0, -8 * 256 - 1),
        (math.nextafter(2.0**41, 0), FINE),
        (2.0**41, LAST),
        (1.7e308, LAST),
        (math.inf, LAST),
        (-math.inf, -LAST),
    ],
)
def test_a_value_exactly_on_an_edge_is_in_the_outer_bin(y, place):
    assert counted([y]) == {place: 1}
    assert bins_of(np.array([y])).tolist() == [place]


@settings(max_examples=1000)
@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_a_block_is_counted_as_its_values_are(values):
    bins = bins_of(np.array(values)).tolist()
    assert counted(values) == {place: bins.count(place) for place in bins}


@settings(max_examples=1000)
@given(NUMBERS, NUMBERS)
def test_order_is_kept(one, two):
    low, high = bins_of(np.array(sorted((one, two)))).tolist()
    assert low <= high


@settings(max_examples=1000)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_value_lies_between_the_edges_of_its_bin(y):
    bins = bins_of(np.array([y]))
    (low,), (high,) = (edge.tolist() for edge in edges_of(bins))
    assert low <= y <= high
    if y > 0 and bins[0]:
        assert y < high
    if y < 0 and bins[0]:
        assert low < y


def test_the_bins_meet_without_gap_or_overlap():
    bins = np.arange(-LAST, LAST + 1)
    low, high = edges_of(bins)
    assert len(bins) == BINS
    assert low[0] == -math.inf
    assert high[-1] == math.inf
    assert (low[1:] == high[:-1]).all()
    assert (high > low).all()


def test_an_edge_is_a_power_of_two_and_eight_bits():
    low, _ = edges_of(np.arange(1, LAST + 1))
    said = [Fraction(2) ** (i // 256 - 8) * (1 + Fraction(i % 256, 256)) for i in range(LAST)]
    assert [Fraction(edge) for edge in low.tolist()] == said
