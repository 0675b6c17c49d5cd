"""What ends by itself: no decision outlives it, then it is a finding, which can be waived."""

from datetime import timedelta

import pytest

from govgate.engine import Shown, assess
from govgate.gate import End
from govgate.gates.bias import Bias
from govgate.policy import read_policy
from govgate.records import Answer, Waiver

WAIVABLE = """
name: credit
version: "1"
rules:
  - gate: bias
    rationale: r
    owner: o
    waivable_by: [risk]
    bounds: {attributes: [sex], max_opportunity_gap: null, max_odds_gap: null}
"""


@pytest.fixture
def judged(world, monkeypatch):
    ends_at = world.noon + timedelta(days=3)
    monkeypatch.setattr(Bias, "ends", lambda *_: (End("retention, census", ends_at, "erase it"),))
    policy = read_policy(WAIVABLE)

    def judge(days, *waivers):
        shown, at = Shown((world.evidence,), waivers), world.noon + timedelta(days=days)
        return assess(world.request, policy, world.people, shown, at=at)

    return judge


def ended(decision):
    (found,) = (f for f in decision.verdicts[0].findings if f.about == "retention, census")
    return found


def test_a_decision_ends_with_what_it_was_made_on(judged, world):
    decision = judged(1)
    assert ended(decision).satisfied
    assert decision.expires_at == world.noon + timedelta(days=3)


@pytest.mark.parametrize(
    ("days", "answer"),
    [
        # OK: just before; NOT OK: at that very moment, and after
        (3 - 1e-9, Answer.WITHIN),
        (3, Answer.BEYOND),
        (4, Answer.BEYOND),
    ],
)
def test_the_moment_itself_is_too_late(judged, days, answer):
    decision = judged(days)
    assert ended(decision).answer is answer
    assert decision.allowed == (answer is Answer.WITHIN)


def test_it_may_be_waived_and_then_the_waiver_says_until_when(judged, world):
    until = world.noon + timedelta(days=9)
    waiver = Waiver(
        gate="bias",
        subject_content=world.content,
        reason="r",
        granted_by="rami",
        granted_at=world.noon,
        expires_at=until,
    )
    decision = judged(4, waiver)
    assert decision.allowed
    assert decision.expires_at == until


def test_the_findings_do_not_change_from_day_to_day(judged):
    assert judged(1).package.judgement == judged(2).package.judgement
    assert judged(2).package.judgement != judged(3).package.judgement
