"""What several releases cost together."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.measures.privacy_loss import Cost, advanced, basic, concentrated, exact

MILLIONTH = Fraction(1, 10**6)


def pure(*epsilons):
    return [Cost(exact(e), Fraction(0)) for e in epsilons]


def test_tenths_add_up_to_one_exactly():
    # In floats ten tenths are 0.9999999999999999, and three are more than 0.3.
    assert basic(pure(*[0.1] * 10)).epsilon == 1.0
    assert basic(pure(0.1, 0.2)).epsilon == 0.3


def test_a_sum_is_never_rounded_down():
    assert basic(pure(1.0, 1e-30)).epsilon > 1.0
    assert basic([Cost(Fraction(1, 3), Fraction(1, 3))]).epsilon >= Fraction(1, 3)


def test_advanced_composition_is_as_published():
    # 100 releases of 0.1 with a slack of 1e-6: sum of e(e^e - 1)/(e^e + 1) and of the root.
    drift = 100 * 0.1 * (math.exp(0.1) - 1) / (math.exp(0.1) + 1)
    swing = math.sqrt(2 * math.log(1e6) * 100 * 0.01)
    found = advanced(pure(*[0.1] * 100), MILLIONTH)
    assert found.epsilon == pytest.approx(drift + swing, rel=1e-12)
    assert found.epsilon < basic(pure(*[0.1] * 100)).epsilon


def test_concentrated_composition_is_as_published():
    costs = [Cost(Fraction(2), Fraction(1, 10**7), exact(0.02)) for _ in range(4)]
    wanted = 0.08 + 2 * math.sqrt(0.08 * math.log(1e6))
    found = concentrated(costs, MILLIONTH)
    assert found.epsilon == pytest.approx(wanted, rel=1e-12)
    assert found.delta == 0.0  # a release with a rho takes none of it
    assert concentrated(pure(0.2), MILLIONTH).epsilon == 0.2  # never more than the sum


@pytest.mark.parametrize("compose", [advanced, concentrated])
def test_without_slack_the_sum_stands(compose):
    costs = [Cost(exact(0.1), MILLIONTH / 2)] * 2
    assert compose(costs, MILLIONTH) == basic(costs)
    over = [Cost(exact(0.1), MILLIONTH)] * 2
    assert compose(over, MILLIONTH).delta == 2e-6


THOUSANDTHS = st.integers(1, 3000).map(lambda number: Fraction(number, 1000))
COSTS = st.lists(
    st.builds(
        Cost,
        THOUSANDTHS,
        st.integers(0, 10).map(lambda number: number * MILLIONTH / 1000),
        st.none() | THOUSANDTHS,
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=1000, deadline=None)
@given(costs=COSTS, more=COSTS)
def test_one_more_release_never_costs_less(costs, more):
    for compose in (
        basic,
        lambda all_of_them: advanced(all_of_them, MILLIONTH),
        lambda all_of_them: concentrated(all_of_them, MILLIONTH),
    ):
        before, after = compose(costs), compose([*costs, *more])
        assert after.epsilon >= before.epsilon
        assert after.delta >= before.delta
        assert compose([*reversed(costs)]) == before


@settings(max_examples=300, deadline=None)
@given(costs=COSTS)
def test_no_way_of_composing_is_worse_than_the_sum(costs):
    plain = basic(costs)
    assert advanced(costs, MILLIONTH).epsilon <= plain.epsilon
    assert concentrated(costs, MILLIONTH).epsilon <= plain.epsilon
