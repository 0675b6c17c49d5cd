"""What chance makes: beside scipy, at the ends, and in draws from one urn."""

import numpy as np
import pytest
from scipy import stats

from govgate.measures.drift.chance import (
    chi_square_p_value,
    hidden_distance,
    holm,
    ks_p_value,
    shares_p_value,
    turnover_p_value,
)


@pytest.mark.parametrize("degrees", [1, 2, 3, 7, 20, 99, 300, 1999, 5000])
@pytest.mark.parametrize("times", [0.001, 0.3, 0.9, 1.0, 1.1, 2.0, 5.0, 100.0])
def test_chi_square_is_scipys(degrees, times):
    ours, theirs = (
        chi_square_p_value(times * degrees, degrees),
        stats.chi2.sf(times * degrees, degrees),
    )
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-13)


@pytest.mark.parametrize(("statistic", "degrees"), [(0.0, 3), (5.0, 0)])
def test_what_cannot_differ_is_chance(statistic, degrees):
    assert chi_square_p_value(statistic, degrees) == 1.0


@pytest.mark.parametrize("sizes", [(200, 200), (500, 300), (5000, 100_000)])
@pytest.mark.parametrize("scaled", [0.5, 1.0, 1.5, 2.0])
def test_the_bound_is_never_below_the_exact_p_value(sizes, scaled):
    distance = scaled * np.sqrt(1 / sizes[0] + 1 / sizes[1])
    mode = "asymp" if max(sizes) > 10_000 else "exact"
    lcm = np.lcm(*sizes)
    h = int(np.ceil(distance * lcm))
    bound = ks_p_value(h / lcm, *sizes)
    if mode == "asymp":
        exact = stats.kstwobign.sf(h / lcm / np.sqrt(1 / sizes[0] + 1 / sizes[1]))
    else:
        _, _, exact = stats._stats_py._attempt_exact_2kssamp(
            *sizes, int(np.gcd(*sizes)), h / lcm, "two-sided"
        )
    assert exact <= bound * (1 + 1e-9)
    assert bound <= 1.5 * exact or bound == 1.0 or scaled < 1


def test_what_is_hidden_is_what_is_just_not_significant():
    hidden = hidden_distance(500, 400, 0.01, 20)
    assert ks_p_value(hidden, 500, 400) * 20 == pytest.approx(0.01)
    assert hidden_distance(0, 400, 0.01, 20) == hidden_distance(1, 1, 0.01, 20) == 1.0


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((5, 10), (50, 100), 1.0),
        ((0, 10), (0, 10), 1.0),
        ((10, 10), (10, 10), 1.0),
        ((300, 1000), (200, 1000), None),
    ],
)
def test_two_shares(first, second, expected):
    if expected is None:
        table = [[hits, trials - hits] for hits, trials in (first, second)]
        expected = stats.chi2_contingency(table, correction=False).pvalue
    assert shares_p_value(first, second) == pytest.approx(expected)


def test_values_of_one_table_only_are_as_rare_as_in_draws_from_one_urn():
    # 400 values, twice each, in two tables of 400 rows drawn from the 800
    draw = np.random.default_rng(5)
    urn = np.repeat(np.arange(400), 2)
    seen = []
    for _ in range(400):
        draw.shuffle(urn)
        seen.append(400 - len(np.unique(urn[400:])))
    by_chance = 400 * 0.25
    for level in (0.2, 0.05, 0.01):
        often = np.mean([turnover_p_value(n, by_chance, 2, 0.5, 400) < level for n in seen])
        assert often <= level
    # and a table that took both of every other value is no such draw
    assert turnover_p_value(200, by_chance, 2, 0.5, 400) < 1e-6


@pytest.mark.parametrize(
    ("values", "by_chance", "largest", "expected"),
    [
        (0, 0.0, 0, 1.0),
        (1, 1.0, 1, 1.0),
        # one value in 40 rows: five values had the chance, one in 2 ** 40 each
        (1, 2.0**-40, 40, 2 * 5 * 2.0**-40),
        (1, 2.0**-2000, 2000, 0.0),
    ],
)
def test_turnover_at_its_ends(values, by_chance, largest, expected):
    found = turnover_p_value(values, by_chance, largest, 0.5, 5)
    assert found <= expected + 1e-15
    assert found >= 0


def test_holm_is_the_published_procedure():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == pytest.approx(
        {"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06}
    )
    assert holm({"a": 0.9, "b": 0.8}) == {"b": 1.0, "a": 1.0}
    assert holm({}) == {}
