"""Ranks: exact while scores are few, coarser as they are many, whatever the order."""

import numpy as np
import pytest

from govgate.collect.group_outcomes.ranks import ranks_of, together


def counted(scores, kinds, count, pieces=1):
    found = None
    for s, k in zip(np.array_split(scores, pieces), np.array_split(kinds, pieces), strict=True):
        piece = ranks_of(k, s, count, found.shift if found else 0)
        found = together([found, piece]) if found else piece
    return found


def test_few_scores_keep_a_bin_each_in_rising_order():
    scores = np.array([0.5, -1.0, 0.5, -0.0, 0.0, 1e-300, -2.0, 3.0])
    found = counted(scores, np.zeros(8, np.int64), 2)
    assert found.shift == 0
    assert found.counts[0].tolist() == [1, 1, 2, 1, 2, 1]
    assert all(found.alike())


@pytest.mark.parametrize("draw", ["normal", "random", "standard_cauchy"])
@pytest.mark.parametrize("groups", [1, 500])
def test_order_and_pieces_change_nothing_and_bins_are_bounded(draw, groups):
    rows = 20_000
    scores = getattr(np.random.default_rng(1), draw)(size=rows)
    kinds = np.random.default_rng(2).integers(0, 2 * groups, rows)
    once = counted(scores, kinds, 2 * groups)
    order = np.random.default_rng(3).permutation(rows)
    again = counted(scores[order], kinds[order], 2 * groups, pieces=13)
    for field in ("shift", "bins", "counts", "least", "most"):
        assert np.array_equal(getattr(once, field), getattr(again, field))
    most = 1024 if groups == 1 else 262
    assert most / 4 < len(once.bins) <= most
    assert once.counts.sum() == rows
    assert not all(once.alike())


def test_bins_keep_the_order_of_scores():
    scores = np.random.default_rng(4).normal(size=5000)
    found = counted(scores, (scores > 0.25).astype(np.int64), 2)
    low, high = (np.flatnonzero(row) for row in found.counts)
    assert low.max() <= high.min()
