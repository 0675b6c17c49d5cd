"""Intervals: published numbers, the edges, and how often they cover the truth."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.measures.fairness import largest_gap
from govgate.measures.intervals import difference, ratio, simultaneous_z, wilson

Z95 = simultaneous_z(0.95, 1)


def test_one_statement_is_the_textbook_quantile_and_more_are_bonferronis():
    assert simultaneous_z(0.95, 1) == pytest.approx(1.959963984540054)
    assert simultaneous_z(0.95, 10) == pytest.approx(simultaneous_z(0.995, 1))


# Source: Newcombe 1998 (Statistics in Medicine 17:857-872), table I, method 3
@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_limits_are_the_published_ones(hits, trials, low, high):
    found = wilson(hits, trials, Z95)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


# Source: Newcombe 1998 (Statistics in Medicine 17:873-890), table II, method 10
@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_limits_are_the_published_ones(first, second, low, high):
    found = difference(wilson(*first, Z95), wilson(*second, Z95))
    assert found == pytest.approx((low, high), abs=5e-5)


COUNTS = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, COUNTS, st.floats(0.5, 6))
def test_ratio_limits_solve_movers_equation(first, second, z):
    one, two = wilson(*first, z), wilson(*second, z)
    low, high = ratio(one, two)
    assert 0 <= low <= high

    def off(root, reach_one, reach_two):
        left = (one.seen - root * two.seen) ** 2
        return left - reach_one**2 - (root * reach_two) ** 2

    assert off(low, one.below, two.above) == pytest.approx(0, abs=1e-9)
    if two.low:
        assert off(high, one.above, two.below) == pytest.approx(0, abs=1e-9 * (1 + high) ** 2)
    else:
        assert high == math.inf


def test_a_ratio_of_nobody_has_limits_and_no_division_by_zero():
    nobody, some = wilson(0, 50, Z95), wilson(20, 50, Z95)
    assert ratio(nobody, nobody) == (0.0, math.inf)
    assert ratio(some, nobody)[0] > 1
    assert ratio(some, nobody)[1] == math.inf
    assert ratio(nobody, some)[0] == 0


@given(COUNTS, COUNTS, st.floats(0.5, 6))
def test_limits_turn_round_with_the_pair(first, second, z):
    one, two = wilson(*first, z), wilson(*second, z)
    low, high = difference(one, two)
    assert difference(two, one) == pytest.approx((-high, -low))
    low, high = ratio(one, two)
    if low and high < math.inf:
        assert ratio(two, one) == pytest.approx((1 / high, 1 / low))


@given(COUNTS, COUNTS, st.floats(0.5, 5), st.floats(0.01, 3))
def test_more_confidence_never_narrows(first, second, z, more):
    pairs = [(wilson(*first, q), wilson(*second, q)) for q in (z, z + more)]
    for limits in (difference, ratio):
        (low, high), (wider_low, wider_high) = (limits(*pair) for pair in pairs)
        assert wider_low <= low + 1e-12
        assert wider_high >= high - 1e-12


@pytest.mark.parametrize(
    ("sizes", "rates", "misjudged"),
    [
        # alike, three tiny groups: the gap seen is over 0.10 most of the time
        ((5000, 5000, 40, 25, 12), (0.3,) * 5, 0.02),
        # a true gap of 0.25 between large groups is always found
        ((5000, 3000, 40), (0.30, 0.55, 0.40), 1.0),
        # alike and large
        ((5000, 3000, 2000), (0.3,) * 3, 0.0),
    ],
)
def test_the_interval_of_the_largest_gap_covers_the_truth(sizes, rates, misjudged):
    """600 evaluations: coverage of at least 95 %, and how often the gap is called beyond 0.10."""
    draw = np.random.default_rng(7)
    z = simultaneous_z(0.95, len(sizes) * (len(sizes) - 1) // 2)
    truth = max(rates) - min(rates)
    covered = beyond = seen_beyond = 0
    for hits in draw.binomial(sizes, rates, size=(600, len(sizes))):
        pairs = enumerate(zip(hits, sizes, strict=True))
        found = largest_gap({str(i): wilson(int(h), n, z) for i, (h, n) in pairs})
        covered += found.low <= truth <= found.high
        beyond += found.low > 0.10
        seen_beyond += found.value > 0.10
    assert covered / 600 >= 0.95
    assert beyond / 600 == pytest.approx(misjudged, abs=0.02)
    if len(sizes) == 5:
        assert seen_beyond / 600 > 0.75
