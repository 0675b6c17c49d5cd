"""What the judge does with evidence that is missing, bent or many."""

from datetime import timedelta

import pytest

from govgate.engine import Shown, assess, recheck, require
from govgate.errors import DeniedError, PendingError, TamperedError
from govgate.gates.bias import Bias
from govgate.policy import People, read_policy
from govgate.records import Evidence, Meaning, Waiver


def judged(world, *evidence: Evidence, policy=None):
    shown = Shown(evidence)
    return assess(world.request, policy or world.policy, world.people, shown, at=world.noon)


def seen(decision) -> str:
    return str(decision.verdicts[0].findings[0].observed)


def bent(world, **changed):
    return world.evidence.model_copy(update=changed)


def test_no_time_stands_in_the_package(world):
    assert "2026" not in world.judged().package.model_dump_json()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        # NOT OK: a body of another shape, each said with the field
        ({}, "broken: attributes: Field required"),
        ({"attributes": ["sex"], "cells": []}, "broken: body: Value error, nobody was counted"),
        ({"attributes": ["sex"], "cells": "all"}, "broken: cells"),
        (
            {"attributes": ["sex"], "cells": [{"groups": ["f"], "selected": -1, "passed_over": 2}]},
            "broken: cells",
        ),
        ({"attributes": ["sex"], "cells": [], "more": 1}, "broken: "),
    ],
)
def test_a_broken_body_is_a_no_that_names_the_field(world, body, says):
    decision = judged(world, bent(world, body=body))
    assert not decision.allowed
    assert seen(decision).startswith(says)


def test_a_broken_piece_beside_a_good_one_is_a_no(world):
    decision = judged(world, world.evidence, bent(world, body={}))
    assert decision.outcomes["bias"] == "failed"


def test_a_population_of_zero_is_a_no(world):
    decision = judged(world, bent(world, population={"rows": 0, "groups": 2}))
    assert decision.outcomes["bias"] == "failed"
    assert decision.verdicts[0].findings[0].about == "population of group-outcomes/v1, rows"


def test_the_same_evidence_twice_is_once(world):
    one, two = judged(world, world.evidence), judged(world, world.evidence, world.evidence)
    assert one == two


def test_evidence_about_other_bytes_is_not_considered(world):
    other = world.request.subject.model_copy(update={"content": "sha256:" + "cd" * 32})
    decision = judged(world, world.evidence, bent(world, subject=other))
    assert decision.considered == (world.evidence.digest,)
    assert decision.package == judged(world, world.evidence).package


def test_a_gate_that_finds_nothing_has_not_passed(world, monkeypatch):
    monkeypatch.setattr(Bias, "judge", lambda *_: iter(()))
    decision = judged(world, world.evidence)
    assert decision.outcomes["bias"] == "failed"
    with pytest.raises(DeniedError, match="found nothing to look at"):
        require(decision, at=world.noon)


def test_a_failed_warning_is_shown_and_does_not_block(world):
    world.selected = (1000, 1500)
    text = world.policy_text.replace("gate: bias", "gate: bias\n    severity: warn")
    decision = judged(world, world.evidence, policy=read_policy(text))
    assert decision.outcomes["bias"] == "failed"
    assert decision.pending


def test_missing_signatures_alone_are_pending(world):
    with pytest.raises(PendingError, match="signatures, model-owner is 0, must be ≥ 1"):
        require(world.judged(), at=world.noon)


@pytest.mark.parametrize("what", ["policy", "people"])
def test_a_recheck_with_another_policy_or_people_says_so(world, what):
    decision = world.judged()
    policy, people = world.policy, world.people
    if what == "policy":
        policy = read_policy(world.policy_text.replace('"1"', '"2"', 1))
    else:
        people = People(people=world.people.people[::-1])
    with pytest.raises(TamperedError, match="recheck with the one it names"):
        recheck(decision, policy, people, Shown((world.evidence,)))


def test_a_sign_off_of_the_future_is_none_yet(world):
    early = [
        world.sign_off(who, role, signed_at=world.noon + timedelta(seconds=1))
        for who, role in world.signing
    ]
    assert world.judged(*early).pending
    assert world.judged(*early).sign_offs == ()
    assert world.judged(*early, at=world.noon + timedelta(seconds=1)).allowed


def waiver(world, who):
    return Waiver(
        subject_content=world.content,
        gate="bias",
        reason="r",
        granted_by=who,
        granted_at=world.noon,
        expires_at=world.noon + timedelta(days=1),
    )


def test_the_trainer_waives_nothing_whatever_the_role(world):
    text = world.policy_text.replace("gate: bias", "gate: bias\n    waivable_by: [risk]")
    for who, outcome in (("tess", "failed"), ("rami", "waived")):
        shown = Shown((), (waiver(world, who),))
        policy = read_policy(text)
        decision = assess(world.request, policy, world.people, shown, at=world.noon)
        assert decision.outcomes["bias"] == outcome


def test_a_hidden_rejection_fails_the_recheck(world):
    yes = [world.sign_off(*who) for who in world.signing]
    no = world.sign_off("rami", "risk", Meaning.REJECTION)
    decision = world.judged(*yes)
    assert decision.allowed
    with pytest.raises(TamperedError, match="does not follow"):
        recheck(decision, world.policy, world.people, Shown((world.evidence,), (), (*yes, no)))
