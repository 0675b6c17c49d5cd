"""Gaps from a population: exact values, and intervals that hold together as often as they say."""

import numpy as np
import pytest

from govgate.measures.intervals import simultaneous_z
from govgate.measures.representation import gaps_of, sample_gaps, share_gaps, total_variation

SHARES = {"a": 0.6, "b": 0.3, "c": 0.1}


def test_values_are_plain_differences():
    gaps = share_gaps({"a": 50, "b": 50}, {"a": 0.4, "c": 0.6}, 1.96)
    assert {g: gap.value for g, gap in gaps.items()} == {"a": 0.5 - 0.4, "c": -0.6, "b": 0.5}
    assert total_variation(gaps.values()).value == pytest.approx(0.6)
    assert gaps["c"].low == -0.6
    low, value, high = gaps["c"].apart
    assert low <= value == 0.6
    assert high == 0.6


def test_samples_are_compared_with_samples():
    gaps = sample_gaps({"a": 30, "b": 70}, {"a": 50, "b": 50}, 1.96)
    assert gaps["a"].value == pytest.approx(-0.2)
    assert gaps["a"].low < -0.2 < gaps["a"].high < 0


def test_nobody_is_compared_with_nobody():
    assert gaps_of({}, SHARES, {}, 2.0) == gaps_of({"a": 0}, SHARES, {}, 2.0) == {}
    assert gaps_of({"a": 5}, {}, {"a": 0}, 2.0) == {}


@pytest.mark.parametrize("people", [100, 2000])
def test_all_intervals_hold_together_as_often_as_asked(people):
    draw = np.random.default_rng(5)
    z, runs, held = simultaneous_z(0.95, 3), 2000, 0
    truth = {"a": 0.5, "b": 0.35, "c": 0.15}
    for counts in draw.multinomial(people, list(truth.values()), runs):
        gaps = share_gaps(dict(zip(truth, map(int, counts), strict=True)), SHARES, z)
        apart = total_variation(gaps.values())
        held += all(g.low <= truth[n] - SHARES[n] <= g.high for n, g in gaps.items()) and (
            apart.low <= 0.1 <= apart.high
        )
    assert held / runs >= 0.945
