"""One scan, any order, any partitions, any threads: the same bytes, and the counts of Python."""

import math
import pickle
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govgate.errors import EvidenceError
from govgate.profile import (
    ColumnPlan,
    Partition,
    Plan,
    TableProfile,
    merge,
    plan_for,
    profile_of,
    to_bytes,
)

ONCE = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def whole(table, plan, name="all", **how):
    return profile_of(table.to_batches(), plan, name, **how)


def as_one(profile):
    """The profile as if its partitions were one, so that its bytes can be compared."""
    return to_bytes(replace(profile, partitions=(Partition("all", "", profile.rows),)))


@ONCE
@given(cuts=st.lists(st.integers(0, 3000), max_size=6), seed=st.integers(0, 99))
def test_neither_order_nor_partitions_change_a_byte(table, plan, cuts, seed):
    r = np.random.default_rng(seed)
    shuffled = table.take(pa.array(r.permutation(table.num_rows)))
    ends = [0, *sorted(cuts), table.num_rows]
    parts = [
        profile_of(shuffled.slice(a, b - a).to_batches(max_chunksize=700), plan, f"part {a} {i}")
        for i, (a, b) in enumerate(pairwise(ends))
    ]
    r.shuffle(parts)
    assert as_one(reduce(merge, parts)) == to_bytes(whole(table, plan))


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("piece", [1, 999, 5000])
def test_neither_threads_nor_pieces_change_a_byte(table, plan, threads, piece):
    some = table.slice(0, 30 if piece == 1 else 3000)
    pieces = profile_of(some.to_batches(max_chunksize=piece), plan, "all", threads=threads)
    assert to_bytes(pieces) == to_bytes(whole(some, plan))


def test_how_a_column_is_laid_out_changes_no_byte(table, plan):
    other = table
    layouts = {
        "colour": pa.dictionary(pa.int16(), pa.string()),
        "code": pa.large_string(),
        "note": pa.string_view(),
        "whole": pa.int16(),
        "moment": pa.timestamp("us", "Europe/Paris"),
        "day": pa.date64(),
        "normal": pa.dictionary(pa.int32(), pa.float64()),
    }
    for name, kind in layouts.items():
        old = table[name].combine_chunks()
        new = old.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else old.cast(kind)
        other = other.set_column(other.schema.get_field_index(name), name, new)
    assert to_bytes(whole(other, plan)) == to_bytes(whole(table, plan))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_moment_is_the_same_in_every_unit(unit):
    seconds = pa.array([-(10**9), 0, 1_700_000_000])
    plan = Plan(columns={"t": ColumnPlan(kind="time", exponent=40)})
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
    exact = pa.array([n * per_second[unit] for n in seconds.to_pylist()], pa.timestamp(unit))
    other = seconds.cast(pa.timestamp("s"))
    profiles = [whole(pa.table({"t": each}), plan) for each in (exact, other)]
    assert to_bytes(profiles[0]) == to_bytes(profiles[1])


@ONCE
@given(st.permutations(range(4)))
def test_merging_is_associative_and_commutative(table, plan, order):
    parts = [whole(table.slice(700 * i, 700), plan, f"p{i}") for i in order]
    a, b, c, d = parts
    left = merge(merge(merge(a, b), c), d)
    right = merge(a, merge(b, merge(c, d)))
    pairs = merge(merge(d, c), merge(b, a))
    assert to_bytes(left) == to_bytes(right) == to_bytes(pairs)


def test_nothing_merged_changes_nothing(table, plan):
    one = whole(table, plan)
    for both in (merge(one, TableProfile(plan)), merge(TableProfile(plan), one)):
        assert to_bytes(both) == to_bytes(one)


def test_a_partition_is_added_up_once(table, plan):
    one, two = whole(table, plan, "day 1"), whole(table, plan, "day 2")
    both = merge(one, two)
    for again in (one, two):
        with pytest.raises(EvidenceError, match="is in both profiles; add each partition up once"):
            merge(both, again)


def test_profiles_of_other_plans_do_not_add_up(table, plan):
    other = plan.model_copy(update={"most_cells": 5000})
    with pytest.raises(EvidenceError, match="different plans"):
        merge(whole(table, plan, "a"), whole(table, other, "b"))


def test_what_is_missing_is_named(table, plan):
    profile = merge(whole(table, plan, "day 1"), whole(table, plan, "day 3"))
    assert profile.missing_of(["day 3", "day 2", "day 1", "day 0"]) == ("day 0", "day 2")
    assert profile.missing_of(["day 1"]) == ()
    assert [part.rows for part in profile.partitions] == [3000, 3000]
    assert profile.rows == 6000


def test_a_profile_survives_pickling(table, plan):
    one = whole(table, plan)
    again = pickle.loads(pickle.dumps(one))  # noqa: S301 -- our own
    assert to_bytes(again) == to_bytes(one)


def test_the_counts_are_pythons(table, plan):
    columns = whole(table, plan).columns
    for name in ("flag", "colour"):
        values = Counter(table[name].to_pylist())
        assert columns[name].nulls == values.pop(None)
        said = {"True": "true", "False": "false"}
        assert columns[name].categories.counts == {
            said.get(str(v), v): n for v, n in sorted(values.items())
        }
    odd = np.array(table["odd"].to_pylist())
    assert columns["odd"].nans == np.isnan(odd).sum() > 0
    assert columns["odd"].positive_infinities == np.isposinf(odd).sum() > 0
    assert columns["odd"].missing == 3000 - np.isfinite(odd).sum()
    assert columns["nothing"].nulls == 3000
    assert columns["zeros"].numbers.atoms == (table["zeros"].to_pylist().count(0),)
    assert columns["unsigned"].families == {"integer"}
    assert columns["clock"].families == {"time of day"}


@pytest.mark.parametrize("name", ["normal", "heavy", "zeros", "whole", "half", "price", "moment"])
def test_the_sums_are_exact(table, plan, name):
    numbers, column = whole(table, plan).columns[name].numbers, plan.columns[name]
    values = [value for value in table[name].to_pylist() if value is not None]
    if name == "moment":
        values = table[name].cast(pa.int64()).to_pylist()
    spread = Fraction(2) ** column.exponent
    ys = [Fraction(float(value) - column.centre) / spread for value in values]
    steps = [round(y * 65536) for y in ys if abs(y) < 2**41]
    assert numbers.steps == sum(steps)
    assert numbers.squares == sum(step * step for step in steps)
    assert (numbers.lowest, numbers.highest) == (float(min(values)), float(max(values)))


def test_sums_stay_exact_far_out_and_past_what_sixty_four_bits_hold():
    values = [(-1) ** i * 2.0**40 * (1 + i / 1e5) for i in range(70_000)]
    plan = Plan(columns={"x": ColumnPlan(kind="number", exponent=0)})
    numbers = whole(pa.table({"x": values}), plan).columns["x"].numbers
    steps = [round(Fraction(value) * 65536) for value in values]
    assert numbers.steps == sum(steps)
    assert numbers.squares == sum(step * step for step in steps) > 2**64


def test_which_zero_comes_first_changes_no_byte():
    plan = Plan(columns={"x": ColumnPlan(kind="number", exponent=0)})
    one, two = (whole(pa.table({"x": zeros}), plan) for zeros in ([0.0, -0.0], [-0.0, 0.0]))
    assert to_bytes(one) == to_bytes(two)
    assert math.copysign(1, one.columns["x"].numbers.lowest) == 1


def test_memory_does_not_grow_with_the_rows(plan, table):
    """Each batch is made when it is asked for, and the one before is gone by then."""
    alive = []

    def batches():
        for _ in range(20):
            batch = pa.Table.from_batches(table.to_batches()).combine_chunks().to_batches()[0]
            before = pa.total_allocated_bytes()
            alive.append(before)
            yield batch

    profile_of(batches(), plan, "p")
    assert max(alive[2:]) - min(alive[2:]) < table.nbytes


WRONG = {
    "a column vanished": (lambda t: t.drop_columns("colour"), "has no column 'colour'; write"),
    "a column twice": (lambda t: t.append_column("day", t["day"]), "more than one column 'day'"),
    "text for numbers": (
        lambda t: t.set_column(0, "normal", t["code"]),
        "'normal' holds text values, which are not counted as a number; write it as it was",
    ),
    "numbers for text": (
        lambda t: t.set_column(t.schema.get_field_index("note"), "note", t["normal"]),
        "'note' holds float values, which are not counted as a text",
    ),
    "nested": (
        lambda t: t.set_column(0, "normal", pa.array([[1.0]] * 3000)),
        "'normal' holds nested values, which have no distribution to count; leave it out",
    ),
    "binary": (
        lambda t: t.set_column(0, "normal", pa.array([b"x"] * 3000)),
        "'normal' holds values of type binary",
    ),
    "a long text for a category": (
        lambda t: t.set_column(
            t.schema.get_field_index("colour"), "colour", pa.array(["x" * 251] * 3000)
        ),
        "'colour' holds a text of more than 250 characters, which is no category; count it as text",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_table_that_the_plan_does_not_fit_is_refused(table, plan, what):
    change, message = WRONG[what]
    with pytest.raises(EvidenceError) as caught:
        whole(change(table), plan)
    assert message in str(caught.value)


def test_no_value_stands_in_a_message(table, plan):
    secret = "Ann Smith " * 30
    changed = table.set_column(
        table.schema.get_field_index("colour"), "colour", pa.array([secret] * 3000)
    )
    with pytest.raises(EvidenceError) as caught:
        whole(changed, plan)
    assert "Ann" not in str(caught.value)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_rows_are_counted(table, plan, rows):
    profile = whole(table.slice(0, rows), plan)
    assert profile.rows == rows
    assert all(
        column.missing + (column.numbers.count if column.numbers else 0) <= rows
        for column in profile.columns.values()
    )


def test_a_column_may_be_whole_in_one_partition_and_float_in_another():
    plan = plan_for([pa.record_batch({"x": [1, 2, 3]})])
    one = profile_of([pa.record_batch({"x": [1, 2, 3]})], plan, "a")
    two = profile_of([pa.record_batch({"x": [1.0, None, 3.0]})], plan, "b")
    both = merge(one, two).columns["x"]
    assert both.families == {"integer", "float"}
    assert (both.nulls, both.numbers.count, both.numbers.fractions) == (1, 5, 0)


def test_the_most_columns_are_counted_and_one_more_is_refused():
    wide = pa.record_batch({f"c{i}": pa.array([i]) for i in range(2000)})
    plan = plan_for([wide])
    assert len(profile_of([wide], plan, "p").columns) == 2000
    wider = pa.record_batch({f"c{i}": pa.array([i]) for i in range(10_000)})
    for count in (2001, 10_000):
        with pytest.raises(EvidenceError, match=f"{count:,} columns cannot be counted at once"):
            plan_for([wider], columns=wider.schema.names[:count])
