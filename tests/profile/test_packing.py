"""Packed numbers come back, and nothing else is read."""

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.errors import EvidenceError
from govgate.profile.packing import pack, unpack

LISTS = st.one_of(
    st.lists(st.integers(0, 2**62), max_size=200),
    st.lists(st.integers(0, 3), max_size=200),
    st.integers(0, 300).map(lambda n: [0] * n),
)


@settings(max_examples=1000)
@given(LISTS)
def test_numbers_come_back(values):
    assert unpack(pack(np.array(values, np.int64)), 300).tolist() == values


def test_the_greatest_number_comes_back():
    values = [2**63 - 1, 0, 2**63 - 1]
    assert unpack(pack(np.array(values, np.int64)), 3).tolist() == values


def test_bins_next_to_each_other_cost_almost_nothing():
    assert len(pack(np.zeros(5000, np.int64))) == 4 * -(-(4 + 79) // 3)


def octets(data):
    return base64.b64encode(bytes(data)).decode()


@pytest.mark.parametrize(
    ("text", "most"),
    [
        (octets([2, 0, 0, 0, 2, 0b1001]), 1),  # more than there may be
        (octets([255, 255, 255, 255, 0]), 100),  # a bomb: four billion zeros
        (octets([255, 255, 255, 127]), 2**31),  # and one within the limit, not there
        (octets([2, 0, 0]), 9),  # no head
        ("", 9),
        (octets([1, 0, 0, 0]), 9),  # no block
        (octets([1, 0, 0, 0, 64, *[0] * 512]), 9),  # wider than a number
        (octets([1, 0, 0, 0, 8]), 9),  # ends early
        (octets([1, 0, 0, 0, 8, 1, 0]), 9),  # ends late
        (octets([0, 0, 0, 0, 0]), 9),
        ("AwAAAAOFAA=", 9),  # padding
        ("AwAAAAOFAA==\n", 9),
        ("é", 9),
    ],
)
def test_what_pack_has_not_written_is_refused(text, most):
    with pytest.raises(EvidenceError, match="; make"):
        unpack(text, most)


def test_a_list_exactly_as_long_as_it_may_be_is_read():
    assert unpack(pack(np.arange(100)), 100).tolist() == [*range(100)]
