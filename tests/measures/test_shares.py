"""Shares by person: the edges, and how often they cover the truth."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from govgate.errors import EvidenceError
from govgate.measures.intervals import simultaneous_z, wilson
from govgate.measures.shares import Persons, Share, UnsureShare

Z95 = simultaneous_z(0.95, 1)


def by_person(hits, rows, spans=1):
    sums = (sum(h * h for h in hits), sum(h * n for h, n in zip(hits, rows, strict=True)))
    persons = Persons(*map(Fraction, (*sums, sum(n * n for n in rows))), spans)
    return Share(sum(hits), sum(rows), persons)


def test_by_row_it_is_wilsons():
    assert Share(15, 148).at(Z95) == wilson(15, 148, Z95)


def test_one_row_a_person_is_nearly_wilsons_and_never_narrower():
    plain, persons = wilson(60, 200, Z95), by_person([1] * 60 + [0] * 140, [1] * 200).at(Z95)
    assert persons.value == plain.value
    assert plain.low - 0.002 < persons.low < plain.low
    assert plain.high < persons.high < plain.high + 0.002


@pytest.mark.parametrize(
    ("hits", "rows", "size"),
    [
        # all rows of a person alike: as many people as there are
        ([5] * 30 + [0] * 70, [5] * 100, 100),
        # everybody alike: nothing is known of the spread, so persons count
        ([3] * 100, [3] * 100, 100),
        ([0] * 100, [3] * 100, 100),
        # the spread within persons is all there is: rows count, and no more than rows
        ([1, 2] * 50, [3] * 100, 300),
    ],
)
def test_rows_count_for_as_much_as_they_add(hits, rows, size):
    assert by_person(hits, rows).at(Z95).size == pytest.approx(size, rel=0.05)


def test_who_stands_in_more_cells_counts_for_less():
    wide, narrow = (by_person([2, 0] * 50, [2] * 100, spans).at(Z95) for spans in (3, 1))
    assert wide.low < narrow.low
    assert wide.high > narrow.high
    assert wide.size == pytest.approx(narrow.size / 3, rel=0.1)


def test_few_people_are_few_degrees_of_freedom():
    few, many = by_person([4, 6] * 3, [10] * 6), by_person([4, 6] * 300, [10] * 600)
    shrunk = (Z95 / stats.t.isf(0.025, 5)) ** 2
    # their spread is below that of independent rows, so all rows count, but for the quantile
    assert few.at(Z95).size == pytest.approx(60 * shrunk)
    assert many.at(Z95).size == pytest.approx(6000, rel=0.01)


def test_one_person_knows_nothing_of_others():
    found = by_person([40], [100]).at(Z95)
    assert (found.low, found.high) == (0, 1)


def test_squares_that_cannot_be_are_refused():
    with pytest.raises(EvidenceError, match="count by person again"):
        Share(5, 10, Persons(Fraction(0), Fraction(0), Fraction(9))).at(Z95)


def test_the_limits_of_an_unsure_share_allow_for_any_of_its_hits():
    found = UnsureShare(10, 30, Fraction(18), 100, 100).at(Z95)
    assert found.value == Fraction(18, 100)
    assert found.low == wilson(10, 100, Z95).low
    assert found.high == wilson(30, 100, Z95).high


def test_the_truth_is_covered_where_rows_repeat_persons():
    draw, covered, by_rows = np.random.default_rng(5), 0, 0
    for _ in range(400):
        own, rows = draw.beta(1.5, 3.5, 60), draw.integers(1, 30, 60)
        hits = draw.binomial(rows, own)
        found = by_person(hits.tolist(), rows.tolist()).at(Z95)
        covered += found.low <= 0.3 <= found.high
        plain = wilson(int(hits.sum()), int(rows.sum()), Z95)
        by_rows += plain.low <= 0.3 <= plain.high
    assert covered / 400 >= 0.93
    assert by_rows / 400 < 0.7  # what counting rows as people would have done
