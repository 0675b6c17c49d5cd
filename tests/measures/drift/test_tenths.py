"""The stability index over tenths of the reference."""

import numpy as np
import pytest

from govgate.measures.drift.tenths import psi, tenths


def binned(counts):
    some = np.flatnonzero(counts)
    return some, np.asarray(counts)[some]


def test_tenths_hold_a_tenth_each_and_bins_are_not_cut():
    before, now = tenths(binned([10] * 100), binned([0] * 50 + [20] * 50))
    assert before.tolist() == [100] * 10
    assert now.tolist() == [0] * 5 + [200] * 5


@pytest.mark.parametrize(
    ("reference", "parts"),
    [([100], 1), ([50, 50], 2), ([91, 1, 1, 1, 1, 1, 4], 2), ([1] * 9, 9), ([1] * 11, 10)],
)
def test_one_bin_may_hold_several_tenths(reference, parts):
    before, now = tenths(binned(reference), binned(reference))
    assert len(before) == len(now) == parts
    assert before.sum() == sum(reference)
    assert psi(before, now) == 0.0


def test_values_beyond_the_reference_belong_to_the_outer_tenths():
    _, now = tenths((np.arange(10), np.ones(10, np.int64)), (np.array([-5, 50]), np.array([3, 4])))
    assert (now[0], now[-1], now.sum()) == (3, 4, 7)


def test_the_index_is_the_published_formula_and_an_empty_part_counts_with_an_end():
    before, now = np.array([400, 600]), np.array([500, 500])
    expected = 0.1 * np.log(0.5 / 0.4) + 0.1 * np.log(0.6 / 0.5)
    assert psi(before, now) == pytest.approx(expected)
    assert psi(np.array([500, 500]), np.array([1000, 0])) == pytest.approx(
        0.5 * np.log(2) + 0.4999 * np.log(5000)
    )
