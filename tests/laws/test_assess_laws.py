"""Laws of `assess`, searched for counterexamples."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govgate.engine import Shown, assess, recheck
from govgate.errors import TamperedError
from govgate.policy import People, Person, read_policy
from govgate.records import Evidence, Request, Subject, Waiver

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SUBJECT = Subject(name="m", content="sha256:" + "00" * 32)
OTHER = Subject(name="m", content="sha256:" + "11" * 32)
REQUEST = Request(subject=SUBJECT, trained_by="tess")
PEOPLE = People(people=(Person(id="ada", name="Ada", roles=("risk",)),))
LAW = settings(max_examples=1000, deadline=None)

counts = st.fixed_dictionaries(
    {"selected": st.integers(0, 4000), "passed_over": st.integers(0, 4000)}
)
gaps = st.floats(0, 1)


def policy(gap: float, ratio: float = 0.0):
    return read_policy(
        f"""
name: p
version: "1"
rules:
  - gate: bias
    rationale: r
    owner: o
    waivable_by: [risk]
    bounds:
      attributes: [sex]
      max_parity_gap: {gap}
      min_impact_ratio: {ratio}
      max_opportunity_gap: null
      max_odds_gap: null
"""
    )


@st.composite
def evidence(draw, subjects=(SUBJECT, SUBJECT, OTHER)):
    groups = draw(st.integers(1, 3))
    cells = [{"groups": ["abc"[i]], **draw(counts)} for i in range(groups)]
    return Evidence(
        subject=draw(st.sampled_from(subjects)),
        kind=draw(st.sampled_from(["group-outcomes/v1"] * 3 + ["other/v1"])),
        taken_at=NOON - timedelta(days=draw(st.integers(-1, 35))),
        taken_by="test",
        population={"rows": draw(st.integers(0, 9))},
        materials={},
        body={"attributes": ["sex"], "cells": cells},
    )


@st.composite
def fair_evidence(draw):
    """Groups large and alike enough that a yes is common, so that the laws are not hollow."""
    total = draw(st.integers(2000, 4000))
    near = draw(st.integers(900, 1100))
    return Evidence(
        subject=SUBJECT,
        kind="group-outcomes/v1",
        taken_at=NOON - timedelta(days=draw(st.integers(0, 29))),
        taken_by="test",
        population={"rows": total},
        materials={},
        body={
            "attributes": ["sex"],
            "cells": [
                {"groups": ["f"], "selected": 1000, "passed_over": total - 1000},
                {"groups": ["m"], "selected": near, "passed_over": total - near},
            ],
        },
    )


logs = st.lists(st.one_of(fair_evidence(), evidence()), max_size=4).map(tuple)
fair_logs = st.lists(fair_evidence(), min_size=1, max_size=3).map(tuple)


def judged(log, gap, *, at=NOON, waivers=(), ratio=0.0):
    return assess(REQUEST, policy(gap, ratio), PEOPLE, Shown(log, tuple(waivers)), at=at)


@given(fair_logs)
def test_a_yes_is_within_reach_so_the_laws_are_not_hollow(log):
    assert judged(log, 0.25).allowed


@LAW
@given(gaps)
def test_no_evidence_is_a_no(gap):
    decision = judged((), gap)
    assert not decision.allowed
    assert "absent" in str(decision.verdicts[0].findings[0].observed)


@LAW
@given(st.lists(evidence(subjects=(OTHER,)), max_size=3), gaps)
def test_evidence_about_other_bytes_is_no_evidence(log, gap):
    assert not judged(tuple(log), gap).allowed


@LAW
@given(logs, gaps, st.randoms())
def test_order_changes_nothing(log, gap, rng):
    mixed = tuple(rng.sample(log, len(log)))
    assert judged(log, gap) == judged(mixed, gap)


@LAW
@given(st.one_of(fair_logs, logs), gaps, gaps, gaps, gaps)
def test_a_looser_bound_never_denies_more(log, one, two, ratio_one, ratio_two):
    (tight, loose), (low, high) = sorted([one, two]), sorted([ratio_one, ratio_two])
    if judged(log, tight, ratio=high).allowed:
        assert judged(log, loose, ratio=low).allowed


@LAW
@given(fair_logs, logs, gaps, st.data())
def test_hidden_evidence_never_survives_a_recheck(fair, more, gap, data):
    log = fair + more
    shown = tuple(e for e in log if data.draw(st.booleans()))
    decision = judged(shown, gap)
    whole = judged(log, gap)
    recheck(whole, policy(gap), PEOPLE, Shown(log))
    if decision.considered != whole.considered:
        with pytest.raises(TamperedError, match="does not follow from the ledger"):
            recheck(decision, policy(gap), PEOPLE, Shown(log))


@LAW
@given(st.integers(-500, 500), st.integers(1, 400))
def test_a_waiver_ends(hours, lasts):
    waiver = Waiver(
        subject_content=SUBJECT.content,
        gate="bias",
        reason="r",
        granted_by="ada",
        granted_at=NOON,
        expires_at=NOON + timedelta(hours=lasts),
    )
    at = NOON + timedelta(hours=hours)
    decision = judged((), 0.1, at=at, waivers=[waiver])
    assert decision.allowed == (0 <= hours < lasts)
    if decision.allowed:
        assert decision.expires_at <= waiver.expires_at
        assert decision.verdicts[0].outcome == "waived"
        assert not decision.verdicts[0].findings[0].satisfied


@LAW
@given(st.sampled_from(["mallory", "tess", "bo"]))
def test_a_waiver_of_somebody_without_the_role_is_none(who):
    waiver = Waiver(
        subject_content=SUBJECT.content,
        gate="bias",
        reason="r",
        granted_by=who,
        granted_at=NOON,
        expires_at=NOON + timedelta(days=1),
    )
    assert not judged((), 0.1, waivers=[waiver]).allowed


@LAW
@given(fair_logs, gaps, st.integers(0, 1000))
def test_judging_the_same_later_gives_the_same_package(log, gap, minutes):
    later = NOON + timedelta(minutes=minutes)
    one, two = judged(log, gap), judged(log, gap, at=later)
    if one.outcomes == two.outcomes:
        assert one.package == two.package
