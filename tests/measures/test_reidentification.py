"""How likely it is that somebody finds a person's row."""

from collections import Counter

import numpy as np
import pytest

from govgate.measures.reidentification import population_uniques, prosecutor_risk


def test_a_person_alone_is_found_for_certain():
    assert prosecutor_risk(1) == 1
    assert prosecutor_risk(10) == 0.1


def test_nobody_alone_in_the_sample_is_alone_in_the_population():
    assert population_uniques({2: 5, 9: 1}, 1000) == (0, 0)


def test_where_the_sample_is_the_population_all_that_are_alone_are():
    assert population_uniques({1: 7, 3: 2}, 13) == (7, 7)


def test_the_estimate_falls_the_less_of_the_population_was_released():
    found = [population_uniques({1: 50, 2: 30, 3: 10}, people)[0] for people in (140, 1000, 10**6)]
    assert found == sorted(found, reverse=True)
    assert 0 < found[-1] < 50


@pytest.mark.parametrize("fraction", [0.5, 0.2, 0.1])
@pytest.mark.parametrize("shape", ["zipf", "geometric", "even"])
def test_the_truth_is_below_the_upper_end_on_drawn_populations(fraction, shape):
    draw = np.random.default_rng(7)
    people = {
        "zipf": lambda: draw.zipf(1.6, 40_000) % 5000,
        "geometric": lambda: draw.geometric(0.002, 40_000),
        "even": lambda: draw.integers(0, 30_000, 40_000),
    }[shape]()
    for _ in range(20):
        chosen = draw.random(len(people)) < fraction
        sample, sizes = np.unique(people[chosen], return_counts=True)
        everywhere = dict(zip(*np.unique(people, return_counts=True), strict=True))
        true = sum(everywhere[one] == 1 for one in sample[sizes == 1])
        _, high = population_uniques(Counter(sizes.tolist()), len(people))
        assert true <= high <= (sizes == 1).sum()
