"""Fairness: exact values, and the pair search against looking at every pair."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.errors import EvidenceError
from govgate.measures.fairness import largest_gap, smallest_ratio, worst
from govgate.measures.intervals import difference, ratio, wilson

COUNTS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
TABLES = st.dictionaries(st.sampled_from("abcdefgh"), COUNTS, min_size=2)
Z = st.floats(0.5, 6)


def shares(counts, z):
    return {group: wilson(*pair, z) for group, pair in counts.items()}


def test_floats_come_last():
    found = largest_gap(shares({"f": (70, 100), "m": (80, 100)}, 2))
    assert found.value == 0.1
    assert 0.8 - 0.7 != 0.1
    assert (found.lowest, found.highest) == ("f", "m")
    assert smallest_ratio(shares({"f": (40, 100), "m": (50, 100)}, 2)).value == 0.8


@given(TABLES, Z)
def test_the_gap_is_the_widest_of_all_pairs(counts, z):
    seen = shares(counts, z)
    pairs = [difference(a, b) for a, b in itertools.permutations(seen.values(), 2)]
    found = largest_gap(seen, 1.0)
    assert found.low == pytest.approx(max(0, *(low for low, _ in pairs)), abs=1e-12)
    assert found.high == pytest.approx(min(1, max(high for _, high in pairs)), abs=1e-12)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.scarce in counts


@given(TABLES, Z)
def test_the_ratio_is_the_smallest_of_all_pairs(counts, z):
    seen = shares(counts, z)
    found = smallest_ratio(seen)
    if not any(hits for hits, _ in counts.values()):
        assert found is None
        return
    pairs = [ratio(a, b) for a, b in itertools.permutations(seen.values(), 2)]
    assert found.low == pytest.approx(min(low for low, _ in pairs), abs=1e-12)
    assert found.high == pytest.approx(min(1, *(high for _, high in pairs)), abs=1e-12)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert math.isfinite(found.low)


@given(TABLES, Z)
def test_order_and_names_change_nothing(counts, z):
    seen = shares(counts, z)
    turned = dict(reversed(seen.items()))
    for measure in (largest_gap, smallest_ratio, worst):
        assert measure(turned) == measure(seen)


@given(TABLES, Z)
def test_the_worst_group_has_the_largest_value_and_the_largest_upper_end(counts, z):
    seen = shares(counts, z)
    found = worst(seen)
    assert found.value == max(estimate.seen for estimate in seen.values())
    assert found.high == max(estimate.high for estimate in seen.values())
    assert seen[found.highest].seen == found.value
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize("counts", [{"m": (5, 10)}, {}])
def test_it_takes_two_groups_to_differ(counts):
    for measure in (largest_gap, smallest_ratio):
        with pytest.raises(EvidenceError, match="cannot be compared"):
            measure(shares(counts, 2))


def test_one_group_can_be_the_worst_and_none_cannot():
    assert worst(shares({"m": (5, 10)}, 2)).value == 0.5
    with pytest.raises(EvidenceError):
        worst({})
