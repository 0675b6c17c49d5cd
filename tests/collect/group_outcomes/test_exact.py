"""Exact sums: as math.fsum has them, in any order and any pieces."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.collect.group_outcomes.exact import ExactSums
from govgate.errors import EvidenceError

FLOATS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)


def sums(pieces, places):
    found = ExactSums()
    for piece, place in zip(pieces, places, strict=True):
        found.add(np.array(place, np.int64), np.array(piece, np.float64))
    return found


@given(st.lists(FLOATS, min_size=1, max_size=40), st.integers(0, 40))
def test_a_sum_is_the_true_one_rounded_once(values, cut):
    cut = min(cut, len(values))
    pieces = [piece for piece in (values[:cut], values[cut:]) if piece]
    found = sums(pieces, [[3] * len(piece) for piece in pieces])
    assert found.of(3) == math.fsum(values)
    assert found.of(2) == 0


def test_places_are_kept_apart_and_tiny_and_huge_numbers_both_count():
    values = [1e300, 5e-324, -1e300, 5e-324, 0.1, 0.2, -0.0]
    found = sums([values], [[0, 0, 0, 0, 1, 1, 1]])
    assert found.of(0) == 1e-323
    assert found.of(1) == 0.1 + 0.2


def test_a_sum_that_no_float_can_hold_is_refused():
    with pytest.raises(EvidenceError, match="larger unit"):
        sums([[1.7e308] * 3], [[0] * 3]).of(0)
