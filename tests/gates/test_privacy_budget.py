"""The gate on a privacy budget: what adds up, what is counted once, what is refused."""

import pytest
from pydantic import ValidationError

from govgate.gates.privacy_budget import (
    DataSetBudget,
    PrivacyBudget,
    PrivacyBudgetBounds,
    PrivacySpends,
)
from govgate.records.spend import CountedSpend

OURS, THEIRS, ELSE = ("sha256:" + letter * 64 for letter in "abc")
DATA, OTHER = ("sha256:" + letter * 64 for letter in "de")


def spend(epsilon=0.4, delta=0.0, *, by=OURS, data=DATA, name="ours", rho=None):
    return CountedSpend(
        data_set=data,
        release=name,
        mechanism="laplace",
        epsilon=epsilon,
        delta=delta,
        rho=rho,
        subject=by,
    )


def found(*spends, unreadable=0, **bounds):
    body = PrivacySpends(subject=OURS, spends=spends, unreadable=unreadable)
    return [*PrivacyBudget().judge(body, PrivacyBudgetBounds(**bounds))]


def passes(*spends, **bounds):
    return all(finding.satisfied for finding in found(*spends, **bounds))


@pytest.mark.parametrize(
    ("spends", "bounds", "satisfied"),
    [
        ([spend(1.0)], {}, True),  # OK: exactly the budget
        ([spend(1.001)], {}, False),  # NOT OK: alone too much
        ([spend(0.4), spend(0.6, by=THEIRS, name="t")], {}, True),  # OK: exactly, together
        ([spend(0.1), spend(0.9, by=THEIRS, name="t")], {}, True),  # OK: exactly, in tenths
        ([spend(0.5), spend(0.6, by=THEIRS, name="t")], {}, False),  # NOT OK: together
        ([spend(0.5), spend(0.6, data=OTHER, name="t")], {}, True),  # OK: other people's data
        ([spend(0.5), spend(9.0, by=ELSE, data=OTHER, name="t")], {}, True),  # OK: none of ours
        ([spend(0.1, 1e-6)], {}, True),  # OK: exactly the delta
        ([spend(0.1, 2e-6)], {}, False),  # NOT OK: delta
        ([spend(0.5)], {"max_epsilon": 0.4}, False),  # NOT OK: another budget
    ],
)
def test_the_budget_holds_up_to_and_including_its_bound(spends, bounds, satisfied):
    assert passes(*spends, **bounds) is satisfied


def test_what_was_recorded_again_word_for_word_counts_once():
    assert passes(spend(0.6), spend(0.6))


@pytest.mark.parametrize(
    "second",
    [
        spend(0.2),  # NOT OK: another cost under the same name
        spend(0.4, by=THEIRS),  # NOT OK: another subject lives on our spend
    ],
)
def test_a_release_named_twice_is_no_saving(second):
    failed = [f for f in found(spend(0.4), second) if not f.satisfied]
    assert [f.about.partition(",")[0] for f in failed] == ["releases named twice"]
    assert "ours: give every release a name of its own" in failed[0].remedy
    observed = [f.observed for f in found(spend(0.4), second) if f.about.startswith("epsilon")]
    assert observed == [pytest.approx(0.4 + second.epsilon)]


def test_a_data_set_may_have_a_budget_of_its_own():
    own = {DATA: DataSetBudget(max_epsilon=3.0, max_delta=1e-6)}
    assert passes(spend(2.9), data_sets=own)
    assert not passes(spend(2.9), spend(2.9, data=OTHER, name="o"), data_sets=own)


def test_many_small_releases_cost_less_with_a_slack():
    spends = [spend(0.01, name=f"r{number}") for number in range(200)]
    assert not passes(*spends)
    assert passes(*spends, composition="advanced")
    assert passes(*spends, composition="concentrated")


def test_a_spend_that_cannot_be_read_is_no_small_spend():
    assert not passes(spend(), unreadable=1)


def test_who_spent_nothing_shows_nothing():
    assert not passes(spend(by=THEIRS))


@pytest.mark.parametrize(
    "changes",
    [
        {"epsilon": float("nan")},
        {"epsilon": float("inf")},
        {"epsilon": 0.0},
        {"epsilon": -1.0},
        {"epsilon": "0.1"},
        {"epsilon": None},
        {"delta": float("nan")},
        {"delta": 1.0},
        {"delta": -1e-9},
        {"rho": 0.0},
        {"data_set": "adult"},
        {"release": ""},
    ],
)
def test_what_cannot_be_added_up_is_no_spend(changes):
    with pytest.raises(ValidationError):
        CountedSpend.model_validate(dict(spend()) | changes)


def test_the_picture_shows_the_costliest_releases():
    spends = [spend(number / 100, name=f"r{number}") for number in range(1, 40)]
    body = PrivacySpends(subject=OURS, spends=tuple(spends), unreadable=0)
    (bars,) = PrivacyBudget().plots(body, PrivacyBudgetBounds())
    assert len(bars.labels) == 20
    assert bars.labels[0] == "r39"
