"""Repeated and shared rows, as a plain count finds them."""

from collections import Counter

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.rows import Repeats, count_repeats

ROWS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["a", "b", None])), max_size=12)


def read(rows):
    first, second = zip(*rows, strict=True) if rows else ((), ())
    table = pa.table({"a": pa.array(first, pa.int64()), "b": pa.array(second, pa.string())})
    return lambda: iter(table.to_batches(max_chunksize=2))


@settings(max_examples=1000, deadline=None)
@given(train=ROWS, test=ROWS, most=st.integers(1, 20))
def test_counts_are_those_of_a_plain_count(train, test, most):
    repeated = tuple(len(rows) - len(Counter(rows)) for rows in (train, test))
    shared = sum(row in set(train) for row in test)
    found = count_repeats([read(train), read(test)], ["a", "b"], most)
    assert found == Repeats(repeated, shared)
    assert count_repeats([read(train)], ["a", "b"], most) == Repeats(repeated[:1], 0)
