"""Two counts of the same categories, beside scipy's answers."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

from govgate.measures.drift.categories import compare


def counted(seed, rows, values=6):
    draw = np.random.default_rng(seed)
    names, counts = np.unique(
        draw.choice([f"v{i}" for i in range(values)], rows), return_counts=True
    )
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def test_distance_and_statistic_are_scipys():
    reference, current = counted(1, 5000), counted(2, 3000)
    seen = compare(reference, current)
    table = np.array([[side[key] for key in sorted(reference)] for side in (reference, current)])
    assert seen.jensen_shannon == pytest.approx(distance.jensenshannon(*table))
    theirs = stats.chi2_contingency(table, correction=False)
    assert (seen.chi_square, seen.degrees) == (pytest.approx(theirs.statistic), theirs.dof)


def test_the_order_of_the_counts_changes_no_bit():
    reference, current = counted(1, 5000, 300), counted(2, 3000, 300)
    backwards = [dict(reversed(side.items())) for side in (reference, current)]
    assert compare(reference, current) == compare(*backwards)


def test_alike_is_nothing_and_apart_is_everything():
    alike = compare({"a": 30, "b": 10}, {"a": 60, "b": 20})
    assert (alike.jensen_shannon, alike.chi_square) == (0.0, pytest.approx(0.0))
    apart = compare({"a": 50}, {"b": 50})
    assert apart.jensen_shannon == pytest.approx(np.sqrt(np.log(2)))
    assert apart.new.names == ("b",)
    assert apart.vanished.names == ("a",)


@pytest.mark.parametrize(
    ("reference", "current", "degrees"),
    [
        # expecting exactly five rows they stand alone; expecting fewer they are one
        ({"a": 90, "b": 4, "c": 6}, {"a": 90, "b": 6, "c": 4}, 2),
        ({"a": 90, "b": 1, "c": 2}, {"a": 86, "b": 4, "c": 3}, 1),
        # together too few still: the next commonest joins them, until nothing is left to differ
        ({"a": 90, "b": 1}, {"a": 90, "b": 1}, 0),
        ({str(i): 1 for i in range(50)}, {str(i): 1 for i in range(50)}, 0),
    ],
)
def test_rare_values_are_counted_as_one(reference, current, degrees):
    assert compare(reference, current).degrees == degrees


def test_the_commonest_new_value_comes_first():
    seen = compare({"a": 100, "gone": 3}, {"a": 90, "x": 2, "y": 20, "z": 20})
    assert seen.new.names == ("y", "z", "x")
    assert seen.new.rows == (20, 20, 2)
    assert seen.vanished.rows == (3,)
