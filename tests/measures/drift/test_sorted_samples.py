"""Exact distances, beside scipy's."""

import numpy as np
import pytest
from scipy import stats

from govgate.measures.drift.sorted_samples import distinct, kolmogorov_smirnov, wasserstein


def samples(sizes, seed):
    draw = np.random.default_rng(seed)
    pairs = [
        (draw.normal(0, 1, sizes[0]), draw.normal(0.2, 1, sizes[1])),
        (draw.standard_cauchy(sizes[0]), draw.standard_cauchy(sizes[1])),
        (draw.integers(0, 9, sizes[0]), draw.integers(0, 10, sizes[1])),
        (draw.integers(0, 9, sizes[0]).astype(np.uint8), draw.normal(5, 3, sizes[1])),
        (np.full(sizes[0], 3.0), np.full(sizes[1], 3.0)),
    ]
    return [tuple(np.sort(side) for side in pair) for pair in pairs]


@pytest.mark.parametrize("sizes", [(1, 1), (1, 7), (100, 100), (100, 250), (997, 1009), (3000, 1)])
def test_distances_are_scipys(sizes):
    for first, second in samples(sizes, 3):
        theirs = stats.wasserstein_distance(first, second)
        assert wasserstein(first, second) == pytest.approx(theirs, rel=1e-12, abs=1e-14)
        assert wasserstein(second, first) == pytest.approx(theirs, rel=1e-12, abs=1e-14)
        places = np.concatenate((first, second))
        gaps = [np.mean(first <= x) - np.mean(second <= x) for x in places]
        assert kolmogorov_smirnov(first, second) == pytest.approx(np.abs(gaps).max(), abs=1e-15)


def test_zeros_of_either_sign_are_one_value():
    assert distinct(np.array([-0.0, 0.0, 1.0])) == 2
