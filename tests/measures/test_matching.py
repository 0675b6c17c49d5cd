"""Seats: the most that can be filled, whatever the order."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.measures.matching import seats_filled


@pytest.mark.parametrize(
    ("offers", "wanted", "filled"),
    [
        ({}, {"a": 1}, {"a": 0}),
        ({"x": set()}, {"a": 1}, {"a": 0}),
        ({"x": {"b"}}, {"a": 1}, {"a": 0}),
        # x sits on a first and has to move to b, y to c, for z to find a place
        ({"x": {"a", "b"}, "y": {"a", "c"}, "z": {"a"}}, dict.fromkeys("abc", 1), None),
        # two seats of one kind, three people
        ({"x": {"a"}, "y": {"a"}, "z": {"a"}}, {"a": 2}, {"a": 2}),
    ],
)
def test_seats(offers, wanted, filled):
    assert seats_filled(offers, wanted) == (filled or wanted)


def most(offers, wanted) -> int:
    seats = [(kind, n) for kind, count in wanted.items() for n in range(count)]
    choices = [[None, *(s for s in seats if s[0] in kinds)] for kinds in offers.values()]
    taken = ([s for s in seating if s] for seating in itertools.product(*choices))
    return max(len(t) for t in taken if len(set(t)) == len(t))


KINDS = st.sampled_from("abc")


@given(
    st.dictionaries(st.sampled_from("vwxyz"), st.sets(KINDS), max_size=5),
    st.dictionaries(KINDS, st.integers(1, 2), min_size=1),
)
def test_no_seating_fills_more(offers, wanted):
    filled = seats_filled(offers, wanted)
    assert sum(filled.values()) == most(offers, wanted)
    assert all(0 <= filled[kind] <= count for kind, count in wanted.items())
