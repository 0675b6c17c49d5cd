"""Cells are Python's own counts, whatever the types, the pieces and their order."""

import math
from collections import Counter
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.errors import EvidenceError
from govgate.profile import count_cells

VALUES = {
    "text": (["b", "a", None, "", "ä"], [None, "", "a", "b", "ä"]),
    "integer": ([3, -1, None, 2**40], [None, -1, 3, 2**40]),
    "narrow": ([3, -1, 2], [-1, 2, 3]),
    "beyond JSON": (
        [2**53, 2**53 - 1, -(2**60)],
        [2**53 - 1, "-1152921504606846976", "9007199254740992"],
    ),
    "float": ([1.0, 0.5, math.nan, None, -0.0], [None, 0, 0.5, 1]),
    "boolean": ([True, False, None], [None, "false", "true"]),
    "boolean without null": ([True, False], ["false", "true"]),
    "decimal": ([Decimal("1.50"), Decimal("10.00")], ["1.5", "10"]),
    "date": ([date(2026, 1, 2), None], [None, "2026-01-02"]),
    "nothing": ([None, None], [None]),
}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("encoded", [False, True])
def test_values_of_every_kind_are_told_apart(kind, encoded):
    given_values, values = VALUES[kind]
    array = pa.array(given_values)
    array = array.dictionary_encode() if encoded else array
    cells = count_cells([pa.record_batch({"v": array})], ["v"])
    assert cells.values == (tuple(values),)
    assert [type(v) for v in cells.values[0]] == [type(v) for v in values]
    assert cells.rows == len(given_values)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["x", "y", None]),
        st.integers(0, 3) | st.none(),
        st.booleans(),
        st.integers(-(2**40), 2**40),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(ROWS, st.integers(1, 60))
def test_counts_are_pythons_in_pieces_and_merged(rows, piece):
    table = pa.table(
        {name: list(column) for name, column in zip("abcd", zip(*rows, strict=True), strict=True)}
    )
    said = {True: "true", False: "false"}
    counted = Counter((a, b, said[c], d) for a, b, c, d in rows)
    batches = table.to_batches(max_chunksize=piece)
    cells = count_cells(batches, "abcd")
    assert dict(cells) == counted
    assert len(cells) == len(counted)
    parts = [count_cells([batch], "abcd") for batch in reversed(batches)]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merged(part)
    assert list(merged) == list(cells)
    assert merged.values == cells.values


def test_cells_stand_in_order():
    table = pa.table({"a": [2, 1, 2, None], "b": ["x", "y", "a", "b"]})
    assert list(count_cells(table.to_batches(), ["a", "b"])) == [
        ((None, "b"), 1),
        ((1, "y"), 1),
        ((2, "a"), 1),
        ((2, "x"), 1),
    ]


def test_as_many_combinations_as_the_limit_are_counted_and_one_more_is_refused():
    batches = pa.table({"id": [*range(100)], "b": [0] * 100}).to_batches(max_chunksize=30)
    assert len(count_cells(batches, ["id", "b"], most=100)) == 100
    with pytest.raises(EvidenceError, match="id x b has more than 99 combinations; cross fewer"):
        count_cells(batches, ["id", "b"], most=99)
    one, two = (count_cells([batch], ["id", "b"]) for batch in batches[:2])
    with pytest.raises(EvidenceError, match="more than 59"):
        one.merged(two, 59)


def test_the_limit_is_met_while_reading_and_not_at_the_end():
    def endless():
        start = 0
        while True:
            yield pa.record_batch({"id": np.arange(start, start + 50)})
            start += 50

    with pytest.raises(EvidenceError, match="more than 1,000 combinations"):
        count_cells(endless(), ["id"], most=1000)


def test_combinations_past_sixty_four_bits_are_told_apart():
    r = np.random.default_rng(0)
    columns = {f"c{i}": r.integers(0, 2**40, 500) for i in range(12)}
    table = pa.table(columns)
    cells = count_cells([*table.to_batches(), *table.to_batches()], [*columns])
    assert len(cells) == 500
    assert set(cells.counts.tolist()) == {2}


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (pa.record_batch({"b": [1]}), "has no column 'a'"),
        (pa.record_batch([pa.array([1]), pa.array([1])], ["a", "a"]), "more than one column 'a'"),
        (pa.record_batch({"a": [[1]]}), "'a' holds nested values"),
        (pa.record_batch({"a": [math.inf, 1]}), "'a' holds infinities"),
    ],
)
def test_what_cannot_be_crossed_is_refused(batch, message):
    with pytest.raises(EvidenceError, match=message):
        count_cells([batch], ["a"])


def test_cells_of_other_columns_do_not_add_up():
    batch = pa.record_batch({"a": [1], "b": [1]})
    with pytest.raises(EvidenceError, match="do not add up"):
        count_cells([batch], ["a", "b"]).merged(count_cells([batch], ["b", "a"]))


def test_no_rows_are_no_cells():
    cells = count_cells([pa.record_batch({"a": pa.array([], pa.int64())})], ["a"])
    assert (len(cells), cells.rows, list(cells)) == (0, 0, [])
