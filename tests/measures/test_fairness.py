"""Fairness: exact values, and the pair search against looking at every pair."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govgate.errors import EvidenceError
from govgate.measures.fairness import largest_gap, smallest_ratio, without_trials
from govgate.measures.intervals import difference, ratio, wilson

COUNTS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
TABLES = st.dictionaries(st.sampled_from("abcdefgh"), COUNTS, min_size=2)
Z = st.floats(0.5, 6)


def test_floats_come_last():
    found = largest_gap({"f": (70, 100), "m": (80, 100)}, 2)
    assert found.value == 0.1
    assert 0.8 - 0.7 != 0.1
    assert (found.lowest, found.highest) == ("f", "m")
    assert smallest_ratio({"f": (40, 100), "m": (50, 100)}, 2).value == 0.8


@given(TABLES, Z)
def test_the_gap_is_the_widest_of_all_pairs(counts, z):
    shares = [wilson(*c, z) for c in counts.values()]
    pairs = [difference(a, b) for a, b in itertools.permutations(shares, 2)]
    found = largest_gap(counts, z)
    assert found.low == pytest.approx(max(0, *(low for low, _ in pairs)), abs=1e-12)
    assert found.high == pytest.approx(min(1, max(high for _, high in pairs)), abs=1e-12)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.scarce in counts


@given(TABLES, Z)
def test_the_ratio_is_the_smallest_of_all_pairs(counts, z):
    found = smallest_ratio(counts, z)
    if not any(hits for hits, _ in counts.values()):
        assert found is None
        return
    shares = [wilson(*c, z) for c in counts.values()]
    pairs = [ratio(a, b) for a, b in itertools.permutations(shares, 2)]
    assert found.low == pytest.approx(min(low for low, _ in pairs), abs=1e-12)
    assert found.high == pytest.approx(min(1, *(high for _, high in pairs)), abs=1e-12)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert math.isfinite(found.low)


@given(TABLES, Z)
def test_order_and_names_change_nothing(counts, z):
    turned = dict(reversed(counts.items()))
    assert largest_gap(turned, z) == largest_gap(counts, z)
    assert smallest_ratio(turned, z) == smallest_ratio(counts, z)


@pytest.mark.parametrize(
    "counts",
    [
        # NOT OK: more hits than people, fewer than none, nobody, one group, no group
        {"f": (11, 10), "m": (5, 10)},
        {"f": (-1, 10), "m": (5, 10)},
        {"f": (0, 0), "m": (5, 10)},
        {"m": (5, 10)},
        {},
    ],
)
def test_impossible_counts_are_refused(counts):
    for measure in (largest_gap, smallest_ratio):
        with pytest.raises(EvidenceError):
            measure(counts, 2)


def test_groups_without_trials_are_named():
    assert without_trials({"x": (0, 0), "f": (0, 1), "a": (0, 0)}) == ("a", "x")
