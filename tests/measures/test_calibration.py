"""Calibration error: by hand, and how often its limits cover the truth."""

import math
from fractions import Fraction

import numpy as np
import pytest

from govgate.measures.calibration import BINS, Calibration
from govgate.measures.intervals import simultaneous_z

Z95 = simultaneous_z(0.95, 1)


def of_rows(scores, truly):
    place = np.minimum((scores * BINS).astype(int), BINS - 1)
    sums = [Fraction(math.fsum(scores[place == b])) for b in range(BINS)]
    columns = (np.bincount(p, minlength=BINS).tolist() for p in (place, place[truly == 1]))
    return Calibration(*columns, sums, Fraction(len(scores)))


def test_it_is_the_mean_distance_over_people():
    scores = np.array([0.25] * 4 + [0.75] * 4)
    found = of_rows(scores, np.array([1, 0, 0, 0, 1, 1, 1, 1])).at(Z95)
    assert found.value == Fraction(1, 8)
    assert found.low == 0


def test_few_people_who_all_agree_are_not_certain():
    found = of_rows(np.array([0.999] * 5), np.ones(5, int)).at(Z95)
    assert found.high > 0.3


@pytest.mark.parametrize(("rows", "bend"), [(60, 0.0), (500, 0.0), (500, 0.15), (5000, 0.15)])
def test_the_truth_is_covered(rows, bend):
    draw, covered = np.random.default_rng(6), 0
    scores = draw.beta(2, 3, rows)
    true = np.clip(scores + bend, 0, 1)
    place = np.minimum((scores * BINS).astype(int), BINS - 1)
    truth = sum(abs((true - scores)[place == b].sum()) for b in range(BINS)) / rows
    for _ in range(200):
        found = of_rows(scores, (draw.random(rows) < true).astype(int)).at(Z95)
        covered += found.low <= truth <= found.high
    assert covered / 200 >= 0.95
