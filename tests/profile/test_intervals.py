"""The intervals hold the exact distances of scipy and numpy, and are narrow enough to decide by."""

from statistics import pstdev

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from scipy.stats import wasserstein_distance as scipys

from govgate.errors import EvidenceError
from govgate.profile import (
    ColumnPlan,
    Interval,
    Plan,
    counts_between,
    ends_of,
    ks_distance,
    mean_and_deviation,
    plan_for,
    profile_of,
    quantile,
    quantile_cuts,
    wasserstein_distance,
)

ROWS = 50_000


def draw(seed, kind):
    r = np.random.default_rng(seed)
    shift = 0.02 * seed
    return {
        "normal": lambda: r.normal(shift, 1, ROWS),
        "normal, one value 1e6": lambda: np.r_[r.normal(shift, 1, ROWS - 1), 1e6],
        "lognormal, sigma 3": lambda: r.lognormal(shift, 3, ROWS),
        "normal around 1e6": lambda: r.normal(1e6 + shift, 1, ROWS),
        "Cauchy": lambda: r.standard_cauchy(ROWS) * (1 + shift),
        "zero-inflated": lambda: np.where(r.random(ROWS) < 0.3, 0, r.gamma(2, 2 + shift, ROWS)),
        "whole numbers": lambda: r.integers(0, 100 + 2 * seed, ROWS),
        "wide whole numbers": lambda: r.integers(-(10**9), 10**9 + 10**7 * seed, ROWS),
        "rounded prices": lambda: np.round(r.gamma(3, 20 + shift, ROWS), 2),
        "almost always one value": lambda: np.where(r.random(ROWS) < 0.9, 7.5, r.normal(size=ROWS)),
        "one value": lambda: np.full(ROWS, 3.25 + seed),
        "tiny": lambda: r.normal(shift, 1, ROWS) * 1e-120,
    }[kind]()


KINDS = [
    *("normal", "normal, one value 1e6", "lognormal, sigma 3", "normal around 1e6", "Cauchy"),
    *("zero-inflated", "whole numbers", "wide whole numbers", "rounded prices"),
    *("almost always one value", "one value", "tiny"),
]


def numbers_of(values, plan):
    batch = pa.record_batch({"x": pa.array(values)})
    return profile_of([batch], Plan(columns={"x": plan}), "p").columns["x"].numbers


def counted(*columns):
    plan = plan_for([pa.record_batch({"x": pa.array(columns[0])})]).columns["x"]
    return plan, *(numbers_of(values, plan) for values in columns)


def exact_ks(before, now):
    """In whole numbers until the end; scipy's p-value cannot be had of one value."""
    before, now = np.sort(before), np.sort(now)
    at = np.concatenate((before, now))
    gaps = np.searchsorted(before, at, "right") * len(now)
    gaps -= np.searchsorted(now, at, "right") * len(before)
    return np.abs(gaps).max() / (len(before) * len(now))


def test_ks_is_scipys():
    before, now = draw(0, "whole numbers"), draw(1, "normal")[:777]
    assert exact_ks(before, now) == pytest.approx(ks_2samp(before, now).statistic, abs=1e-15)


def holds(interval, value):
    return interval.low <= value <= interval.high


@pytest.mark.parametrize("kind", KINDS)
def test_the_exact_distances_lie_within(kind):
    before, now = draw(0, kind), draw(1, kind)
    plan, a, b = counted(before, now)
    ks = ks_distance(a, b, plan)
    assert holds(ks, exact_ks(before, now))
    assert ks.high - ks.low < 0.02
    area, spread = wasserstein_distance(a, b, plan), 2.0**plan.exponent
    assert holds(area, scipys(before, now))
    assert area.high - area.low <= 0.012 * max(spread, np.abs(before - plan.centre).mean())
    for share in (0, 0.25, 0.5, 0.75, 1):
        assert holds(quantile(a, plan, share), np.quantile(before, share))
    mean, deviation = mean_and_deviation(a, plan)
    assert holds(mean, before.mean())
    assert holds(deviation, before.std())
    assert deviation.high - deviation.low <= spread / 2**14


@pytest.mark.parametrize("kind", ["whole numbers", "one value"])
def test_distances_of_whole_numbers_are_exact(kind):
    before, now = draw(0, kind), draw(1, kind)
    before, now = np.floor(before), np.floor(now)
    plan, a, b = counted(before, now)
    ks, area = ks_distance(a, b, plan), wasserstein_distance(a, b, plan)
    assert ks.high - ks.low < 1e-11
    assert area.high - area.low < 1e-9


def test_fractions_among_whole_numbers_widen_the_interval_and_it_still_holds():
    before = np.arange(1000) % 50
    now = before + 0.25
    plan, a, b = counted(before, now)
    assert (plan.whole, b.fractions) == (True, 1000)
    assert holds(wasserstein_distance(a, b, plan), 0.25)
    assert holds(ks_distance(a, b, plan), exact_ks(before, now))


def test_an_atom_that_the_plan_does_not_know_widens_ks_and_the_interval_still_holds():
    before, now = draw(0, "zero-inflated"), draw(1, "zero-inflated")
    plan, a, b = counted(before, now)
    narrow = ks_distance(a, b, plan)
    assert plan.atoms == (0.0,)
    without = plan.model_copy(update={"atoms": ()})
    wide = ks_distance(numbers_of(before, without), numbers_of(now, without), without)
    assert holds(wide, exact_ks(before, now))
    assert wide.high - wide.low > 0.2 > 10 * (narrow.high - narrow.low)


def test_values_that_round_to_one_distance_from_the_centre_are_not_taken_for_one():
    before, now = np.array([0.0, 1.0]), np.array([-1e-123])
    plan, a, b = counted(before, now)
    assert plan.centre == 1
    assert holds(ks_distance(a, b, plan), 1.0)


POINTS = st.lists(
    st.one_of(
        st.integers(-20, 20).map(float),
        st.floats(-1e3, 1e3),
        st.floats(-1e9, 1e9),
        st.sampled_from([0.0, 0.5, 1e-3, -1e-3, 2.0**-8, 1e15]),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@example([0.0, 3.75034618611777e-251], [0.0])  # whose squares are too small for a float
@example([2.225073858507203e-309], [1e15])  # so far apart that one lies beyond the grid
@given(POINTS, POINTS)
def test_the_distances_of_any_few_values_lie_within(before, now):
    plan, a, b = counted(np.array(before), np.array(now))
    ks = ks_distance(a, b, plan)
    exact = exact_ks(before, now)
    assert ks.low <= exact <= ks.high
    area, exact = wasserstein_distance(a, b, plan), scipys(before, now)
    rounding = 1e-14 * max(map(abs, (*before, *now)))
    assert area.low - rounding <= exact <= area.high + rounding
    for share in (0, 0.25, 0.5, 1):
        inside = quantile(a, plan, share)
        assert inside.low - rounding <= np.quantile(before, share) <= inside.high + rounding
    if a.beyond:
        assert mean_and_deviation(a, plan) is None
        return
    mean, deviation = mean_and_deviation(a, plan)
    assert mean.low - rounding <= np.mean(before) <= mean.high + rounding
    assert deviation.low - rounding <= pstdev(before) <= deviation.high + rounding


def test_values_beyond_the_grid_leave_mean_and_deviation_unknown_and_distances_bounded():
    r = np.random.default_rng(1)
    before = r.normal(size=1000)
    now = np.r_[before, 1e300]
    plan, a, b = counted(before, now)
    assert mean_and_deviation(b, plan) is None
    assert holds(ks_distance(a, b, plan), exact_ks(before, now))
    assert holds(wasserstein_distance(a, b, plan), scipys(before, now))


@pytest.mark.parametrize(
    ("over", "by", "quotient"),
    [
        (Interval(1, 2), Interval(2, 4), Interval(0.25, 1)),
        (Interval(1, 2), Interval(0, 4), Interval(0.25, float("inf"))),
        (Interval(1, 2), Interval(0, 0), Interval(float("inf"), float("inf"))),
    ],
)
def test_intervals_are_divided_to_the_unfavourable_ends(over, by, quotient):
    assert over.over(by) == quotient


def test_columns_without_values_or_grid_have_no_distance():
    plan, a = counted(np.array([1.0]))
    none = numbers_of(np.array([np.nan]), plan)
    for measure in (ks_distance, wasserstein_distance):
        with pytest.raises(EvidenceError, match="no values to compare; measure on data"):
            measure(a, none, plan)
    for measure in (lambda n, p: quantile(n, p, 0.5), mean_and_deviation):
        with pytest.raises(EvidenceError, match="no values to compare"):
            measure(none, plan)
        with pytest.raises(EvidenceError, match="without a grid"):
            measure(a, ColumnPlan(kind="number"))


def test_parts_hold_about_as_many_values_and_count_alike_everywhere():
    before, now = draw(0, "normal"), draw(1, "normal")
    plan, a, b = counted(before, now)
    cuts = quantile_cuts(a, plan, 10)
    assert len(cuts) == 9
    shares = np.array(counts_between(a, cuts)) / ROWS
    assert np.abs(shares - 0.1).max() < 0.005
    inner = np.array(ends_of(cuts, plan))
    for values, numbers in ((before, a), (now, b)):
        # a cut at a positive value is open on its left, at a negative one on its right
        places = (values[:, None] >= inner).sum(axis=1)
        assert np.bincount(places, minlength=10).tolist() == [*counts_between(numbers, cuts)]


def test_a_value_that_most_rows_share_leaves_fewer_parts():
    plan, a, _ = counted(draw(0, "almost always one value"), draw(1, "one value"))
    cuts = quantile_cuts(a, plan, 10)
    assert len(cuts) < 5
    assert sum(counts_between(a, cuts)) == ROWS
    assert min(counts_between(a, cuts)) > 0


def test_a_column_of_one_value_is_one_part():
    plan, a, b = counted(draw(0, "one value"), draw(1, "one value"))
    assert quantile_cuts(a, plan, 10) == ()
    assert counts_between(b, ()) == (ROWS,)
