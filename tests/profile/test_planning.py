"""A plan is made of few rows, gives none away, and knows what it cannot count."""

import math

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from govgate.errors import EvidenceError
from govgate.profile import ColumnPlan, Plan, plan_for, profile_of
from govgate.profile.plan import MOST_ATOMS


def planned(values, **how):
    return plan_for([pa.record_batch({"x": values})], **how).columns["x"]


R = np.random.default_rng(0)
GRIDS = {
    "normal": (R.normal(10, 1, 10_000), 10, 0),
    "exactly a power of two": ([0.0, 0.0, 4.0, 4.0], 4, 2),
    "one value": ([3.0] * 50, 3, -3),
    "zero alone": ([0.0] * 50, 0, 0),
    "mostly one value": ([5.0] * 90 + [21.0] * 10, 5, 0),
    "nothing": (pa.array([None, None], pa.float64()), 0, 0),
    "nothing finite": ([math.nan, math.inf], 0, 0),
    "the ends of what there is": ([-1.7e308, 1.7e308] * 4, 0, 1000),
}


@pytest.mark.parametrize("what", GRIDS)
def test_the_grid_stands_on_the_middle_half(what):
    values, centre, exponent = GRIDS[what]
    plan = planned(values)
    assert plan.kind == "number"
    assert plan.exponent == exponent
    if exponent < 1000:
        assert plan.centre == pytest.approx(centre, abs=2.0**exponent / 16)
        assert (plan.centre * 2.0 ** (4 - exponent)).is_integer()


def test_whatever_the_numbers_a_profile_follows():
    for values, *_ in GRIDS.values():
        batch = pa.record_batch({"x": values})
        assert profile_of([batch], plan_for([batch]), "p").rows == len(values)


def test_the_middle_is_no_row_s_value():
    values = R.normal(size=1001)
    assert planned(values).centre not in values


def test_frequent_values_are_atoms_and_rare_ones_are_not():
    values = np.r_[np.full(5, 0.25), np.full(4, 0.75), R.normal(5, 1, 991)]
    assert planned(values).atoms == (0.25,)
    assert planned(np.r_[np.full(6, -0.0), R.normal(5, 1, 994)]).atoms == (0.0,)


def test_there_are_no_more_atoms_than_may_be_and_they_are_the_most_frequent():
    values = np.repeat(np.arange(40) + 0.5, np.arange(60, 100))
    assert planned(values).atoms == tuple(np.arange(40 - MOST_ATOMS, 40) + 0.5)


def test_whole_numbers_that_have_bins_of_their_own_need_no_atoms():
    assert planned(np.arange(1000) % 20).whole is True
    assert planned(np.arange(1000) % 20).atoms == ()


KINDS = [
    (["a", "b", "a", "b"], "category"),
    (["a", "b", "c", "c", "c"], "text"),  # three of five: more than half
    (["a", "b", "c", "c", "c", "c"], "category"),  # exactly half
    (["a"], "category"),
    ([True, False], "category"),
    ([1, 2], "number"),
    (pa.array([1], pa.date32()), "time"),
    (pa.nulls(3), "category"),
    (pa.array(["a", "b", None, None]), "text"),
    (pa.array(["a", "a", "b", "b"]).dictionary_encode(), "category"),
]


@pytest.mark.parametrize(("values", "kind"), KINDS)
def test_how_a_column_is_counted_follows_from_what_it_holds(values, kind):
    assert planned(values).kind == kind


def test_a_kind_that_is_asked_for_is_taken_and_one_that_cannot_be_is_refused():
    assert planned([1, 2], kinds={"x": "category"}).kind == "category"
    with pytest.raises(
        EvidenceError, match="'x' holds float values, which are not counted as a ca"
    ):
        planned([1.5], kinds={"x": "category"})


def test_known_categories_are_the_frequent_ones():
    assert planned([*"bbaabbc", None, None]).known == ("a", "b")
    assert len(planned([f"{i % 500}" for i in range(5000)]).known) == 256


def test_no_more_than_the_first_rows_are_looked_at():
    batch = pa.record_batch({"x": np.zeros(40_000)})
    taken = []

    def batches():
        for _ in range(9):
            taken.append(1)
            yield batch

    plan_for(batches())
    assert len(taken) == 2


def test_pieces_do_not_change_the_plan():
    table = pa.table({"x": R.normal(size=90_000), "c": ["a", "b", "c"] * 30_000})
    plans = {plan_for(table.to_batches(max_chunksize=n)).digest for n in (7_000, 65_536, 90_000)}
    assert len(plans) == 1


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (pa.record_batch({"x": pa.array([], pa.int64())}), "has no rows, from which nothing"),
        (pa.record_batch({" x": [1]}), "has no name that a finding can carry; rename it"),
        (pa.record_batch({"x" * 251: [1]}), "has no name that a finding can carry"),
        (pa.record_batch([pa.array([1]), pa.array([2])], ["x", "x"]), "more than one column 'x'"),
        (pa.record_batch({"x": [{"a": 1}]}), "'x' holds nested values, which have no distribution"),
        (pa.record_batch({"x": [b"a"]}), "'x' holds values of type binary"),
    ],
)
def test_what_cannot_be_planned_is_named(batch, message):
    with pytest.raises(EvidenceError, match=message):
        plan_for([batch])


def test_a_column_that_is_not_there_cannot_be_planned():
    with pytest.raises(EvidenceError, match="has no column 'y'"):
        plan_for([pa.record_batch({"x": [1]})], columns=["y"])
    with pytest.raises(EvidenceError, match="has no rows"):
        plan_for([])


WRONG_PLANS = [
    {"kind": "number", "atoms": (0.0,)},  # no grid
    {"kind": "number", "exponent": 0, "atoms": (1.0, 0.0)},
    {"kind": "number", "exponent": 0, "atoms": (1.0, 1.0)},
    {"kind": "number", "exponent": 0, "atoms": tuple(map(float, range(17)))},
    {"kind": "number", "exponent": 1001},
    {"kind": "number", "exponent": 0, "centre": math.nan},
    {"kind": "category", "known": ("b", "a")},
    {"kind": "sound"},
]


@pytest.mark.parametrize("fields", WRONG_PLANS)
def test_a_plan_without_sense_is_refused(fields):
    with pytest.raises(ValidationError):
        ColumnPlan(**fields)


def test_a_plan_has_columns_and_a_name():
    with pytest.raises(ValidationError):
        Plan(columns={})
    one = Plan(columns={"x": ColumnPlan(kind="number", exponent=0)})
    assert one.digest.startswith("sha256:")
    assert one.digest != Plan(columns={"x": ColumnPlan(kind="number", exponent=1)}).digest
