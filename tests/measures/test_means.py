"""Means: Student's interval as scipy has it, by person, and where floats lie."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from govgate.measures.intervals import simultaneous_z
from govgate.measures.means import Mean
from govgate.measures.shares import Persons

Z95 = simultaneous_z(0.95, 1)


def mean_of(values, persons=None):
    exact = [Fraction(float(v)) for v in values]
    return Mean(sum(exact), sum(v * v for v in exact), len(exact), persons)


def test_it_is_students_interval():
    values = np.random.default_rng(1).normal(3, 2, 17)
    low, high = stats.t.interval(0.95, 16, values.mean(), stats.sem(values))
    found = mean_of(values).at(Z95)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    assert found.seen == pytest.approx(values.mean(), abs=1e-15)


def test_numbers_far_from_nought_widen_and_never_narrow():
    values = 1e9 + np.random.default_rng(1).normal(0, 1, 50)
    found, (low, high) = (
        mean_of(values).at(Z95),
        stats.t.interval(0.95, 49, values.mean(), stats.sem(values)),
    )
    assert found.low <= low
    assert found.high >= high


def test_all_alike_is_a_point():
    found = mean_of([0.0] * 40).at(Z95)
    assert (found.low, found.seen, found.high) == (0, 0, 0)


def test_rows_that_repeat_persons_count_once():
    values = np.random.default_rng(2).normal(0, 1, 200)
    sums = (Fraction(float(v)) * 4 for v in values)
    squares, crossed = Fraction(0), Fraction(0)
    for each in sums:
        squares, crossed = squares + each * each, crossed + each * 4
    persons = Persons(squares, crossed, Fraction(16 * 200))
    once, four = mean_of(values).at(Z95), mean_of([*values] * 4, persons).at(Z95)
    assert four.seen == pytest.approx(once.seen, abs=1e-12)
    assert four.high - four.low == pytest.approx(once.high - once.low, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "rows", "least"),
    [
        ("normal", 12, 0.93),
        ("uniform", 12, 0.93),
        # Student's interval is short of its promise where few numbers are very skewed
        ("exponential", 60, 0.90),
        ("exponential", 400, 0.93),
    ],
)
def test_the_truth_is_covered(name, rows, least):
    draw = np.random.default_rng(3)
    truth = {"normal": 0, "uniform": 0.5, "exponential": 1}[name]
    found = [mean_of(getattr(draw, name)(size=rows)).at(Z95) for _ in range(400)]
    assert sum(f.low <= truth <= f.high for f in found) / 400 >= least
