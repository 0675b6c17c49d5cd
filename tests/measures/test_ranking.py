"""Areas and places: counts by hand, bins that hide an order, and how often limits cover."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.measures.intervals import simultaneous_z
from govgate.measures.ranking import Area, Side, top_shares

Z95 = simultaneous_z(0.95, 1)


def area(positive, negative, alike=None):
    sides = (Side(counts, Fraction(sum(counts))) for counts in (positive, negative))
    return Area(*sides, [True] * len(positive) if alike is None else alike)


@pytest.mark.parametrize(
    ("positive", "negative", "value"),
    [
        ([0, 0, 4], [3, 3, 0], 1),
        ([3, 3, 0], [0, 0, 4], 0),
        ([2, 2], [3, 3], Fraction(1, 2)),
        # of 3 x 3 pairs 2 x 2 are won, and 1 x 2 + 2 x 1 tie
        ([1, 2], [2, 1], Fraction(2 * 4 + 4, 2 * 9)),
    ],
)
def test_a_tie_is_half_a_win(positive, negative, value):
    assert area(positive, negative).at(Z95).value == value


def test_a_perfect_ranking_of_few_is_not_certain():
    found = area([0, 10], [10, 0]).at(Z95)
    assert found.high == 1
    assert 0.6 < found.low < 0.8


def test_what_a_bin_hides_widens_the_limits_and_real_ties_do_not():
    known, hidden = (area([5, 40, 5], [20, 60, 20], [same] * 3).at(Z95) for same in (True, False))
    assert known.value == hidden.value
    assert hidden.low < known.low
    assert hidden.high > known.high


COUNTS = st.lists(st.integers(0, 9), min_size=2, max_size=12)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=12))
def test_coarser_bins_never_promise_more(pairs):
    positive, negative = ([*column] for column in zip(*pairs, strict=True))
    if not sum(positive) or not sum(negative):
        return
    fine = area(positive, negative)
    two = [sum(positive[:2]), *positive[2:]], [sum(negative[:2]), *negative[2:]]
    coarse = area(*two, [False, *[True] * (len(positive) - 2)])
    seen, hidden = fine.at(1e-9), coarse.at(1e-9)
    assert hidden.low <= seen.seen + 1e-9
    assert hidden.high >= seen.seen - 1e-9


@pytest.mark.parametrize(("m", "n"), [(40, 40), (15, 300), (300, 15)])
@pytest.mark.parametrize("levels", [None, 4])
def test_the_truth_is_covered(m, n, levels):
    draw, covered = np.random.default_rng(4), 0
    big = np.random.default_rng(9)

    def scores(generator, shift, count):
        drawn = generator.normal(shift, 1 + shift, count)
        return drawn if levels is None else np.round(drawn * levels / 4)

    ones, noughts = scores(big, 1, 40_000), np.sort(scores(big, 0, 40_000))
    sides = (np.searchsorted(noughts, ones, side) for side in ("left", "right"))
    truth = sum(side.mean() for side in sides) / 2 / 40_000
    for _ in range(300):
        one, nought = scores(draw, 1, m), scores(draw, 0, n)
        values = np.unique(np.concatenate((one, nought)))
        columns = (np.searchsorted(values, each) for each in (one, nought))
        counts = [np.bincount(c, minlength=len(values)).tolist() for c in columns]
        found = area(*counts).at(Z95)
        covered += found.low <= truth <= found.high
    assert covered / 300 >= 0.93


def test_places_are_given_from_the_top_and_ties_are_left_open():
    counts = {"f": [5, 4, 1], "m": [5, 2, 3]}
    sizes = {group: Fraction(10) for group in counts}
    exact = top_shares(counts, sizes, 10)
    assert [(s.fewest, s.likely, s.most) for s in exact.values()] == [(5, 5, 5), (5, 5, 5)]
    unsure = top_shares(counts, sizes, 7)
    # 4 are sure, 3 places are open to 6 people: 4 of f and 2 of m
    assert (unsure["f"].fewest, unsure["f"].likely, unsure["f"].most) == (2, 3, 4)
    assert (unsure["m"].fewest, unsure["m"].likely, unsure["m"].most) == (3, 4, 5)
    everyone = top_shares(counts, sizes, 20)
    assert {s.fewest for s in everyone.values()} == {10}
