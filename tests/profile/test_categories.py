"""Categories are counted by name while there are few, and by nobody's name when there are many."""

from collections import Counter
from itertools import chain

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.profile import ColumnPlan, Plan, from_bytes, merge, profile_of, to_bytes
from govgate.profile.distinct import REGISTERS, empty_registers, estimated, registers_of

MOST = 5
PLAN = Plan(columns={"c": ColumnPlan(kind="category", known=("a", "zz"))}, most_categories=MOST)
TEXTS = st.lists(st.sampled_from([*"abcdefghij", "", None, "zz"]), max_size=30)


def counted(texts, name="p", plan=PLAN):
    return profile_of([pa.record_batch({"c": pa.array(texts, pa.string())})], plan, name)


def categories(profile):
    return profile.columns["c"].categories


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_partitions_add_up_to_the_whole_open_or_not(parts):
    together = [*chain.from_iterable(parts)]
    whole = categories(counted(together))
    merged = counted(parts[0], "p0")
    for i, part in enumerate(parts[1:], 1):
        merged = merge(counted(part, f"p{i}"), merged)
    found = categories(merged)
    assert (found.counts, found.other) == (whole.counts, whole.other)
    assert found.open == whole.open
    if whole.open:
        assert (found.registers == whole.registers).all()
    there = Counter(text for text in together if text is not None)
    assert whole.open == (len(there) > MOST)
    by_name = there if not whole.open else {t: n for t, n in there.items() if t in {"a", "zz"}}
    assert whole.counts == by_name
    assert whole.other == there.total() - sum(by_name.values())
    assert to_bytes(from_bytes(to_bytes(merged))) == to_bytes(merged)


@pytest.mark.parametrize(("distinct", "is_open"), [(MOST, False), (MOST + 1, True)])
def test_one_category_more_than_the_limit_opens_the_column(distinct, is_open):
    found = categories(counted([f"v{i}" for i in range(distinct)]))
    assert found.open is is_open
    assert found.distinct == (pytest.approx(distinct, rel=0.1) if is_open else distinct)


def test_a_dictionary_may_hold_null_values_twice_and_ones_of_no_row():
    values = pa.array(["a", None, "a", "unused", "b"])
    codes = pa.array([0, 1, 2, 4, None], pa.int8())
    batch = pa.record_batch({"c": pa.DictionaryArray.from_arrays(codes, values)})
    column = profile_of([batch], PLAN, "p").columns["c"]
    assert column.categories.counts == {"a": 2, "b": 1}
    assert column.nulls == 2


@pytest.mark.parametrize("distinct", [0, 1, 10, 1000, 30_000, 300_000])
def test_the_sketch_is_within_four_standard_errors(distinct):
    texts = pa.array([f"person {i}" for i in range(distinct)], pa.large_string())
    assert abs(estimated(registers_of(texts)) - distinct) <= 4 * 1.04 / REGISTERS**0.5 * distinct


def test_the_sketch_knows_a_set_and_not_how_often():
    texts = pa.array([f"{i}" for i in range(5000)])
    often = pa.array([f"{i % 5000}" for i in range(20_000)])
    assert (registers_of(often) == registers_of(texts)).all()
    halves = registers_of(texts.slice(0, 2000)), registers_of(texts.slice(2000))
    assert (np.maximum(*halves) == registers_of(texts)).all()


def test_nothing_is_the_sketch_of_nothing():
    assert (registers_of(pa.array([], pa.string())) == empty_registers()).all()
    assert estimated(empty_registers()) == 0


def test_a_full_sketch_has_an_estimate():
    assert estimated(np.full(REGISTERS, 54, np.uint8)) == float("inf")


def test_texts_have_lengths_and_no_names():
    plan = Plan(columns={"c": ColumnPlan(kind="text", exponent=0, whole=True)})
    column = counted(["Ann", "Bo", "é€𝄞", None, ""], plan=plan).columns["c"]
    assert (column.categories.counts, column.categories.other) == ({}, 4)
    assert (column.numbers.lowest, column.numbers.highest) == (0, 3)
    assert column.numbers.steps == (3 + 2 + 3) * 65536
    assert column.nulls == 1
