"""What a registry lets through, and every reason not to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from govgate.engine import admit, claim_of, read_attestation, require_alias
from govgate.errors import DeniedError, PendingError
from govgate.ledger import ActorKind
from govgate.policy import People, read_policy
from govgate.records import Meaning, Severity


def reason(act) -> str:
    with pytest.raises(DeniedError) as caught:
        act()
    assert ";" in str(caught.value.args[0]) or ":" in str(caught.value.args[0])
    return caught.value.reason


def test_an_allowed_decision_is_admitted_and_names_its_signers(world):
    said_yes = admit(world.attested(), world.version, world.admission(), content=world.content)
    assert said_yes == ("olga (model-owner)", "rami (risk)")


def test_it_is_admitted_to_the_last_moment_and_not_at_its_end(world):
    attested = world.attested()
    end = attested.decision.expires_at
    last = world.admission(at=end - timedelta(milliseconds=1))
    admit(attested, world.version, last, content=None)
    over = world.admission(at=end)
    assert reason(lambda: admit(attested, world.version, over, content=None)) == "EXPIRED"


def test_a_decision_of_the_future_is_refused(world):
    early = world.admission(at=world.noon - timedelta(seconds=1))
    assert reason(lambda: admit(world.attested(), world.version, early, content=None)) == "EXPIRED"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        # NOT OK: another version, model, creation
        ({"version": "2"}, "SUBJECT_MISMATCH"),
        ({"name": "fraud"}, "SUBJECT_MISMATCH"),
        ({"created_ms": 1001}, "SUBJECT_MISMATCH"),
    ],
)
def test_a_decision_about_another_version_is_refused(world, changed, code):
    version = replace(world.version, **changed)
    assert reason(lambda: admit(world.attested(), version, world.admission(), content=None)) == code


def test_a_decision_for_another_registry_is_refused(world):
    other = world.admission(registry="elsewhere")
    said = reason(lambda: admit(world.attested(), world.version, other, content=None))
    assert said == "SUBJECT_MISMATCH"


def test_bytes_without_a_version_are_admitted_by_digest_and_registry_alone(world):
    attested, now = world.attested(), world.admission()
    admit(attested, None, now, content=world.content)
    other = "sha256:" + "cd" * 32
    assert reason(lambda: admit(attested, None, now, content=other)) == "DIGEST_MISMATCH"
    elsewhere = world.admission(registry="elsewhere")
    said = reason(lambda: admit(attested, None, elsewhere, content=world.content))
    assert said == "SUBJECT_MISMATCH"


def test_other_bytes_are_refused(world):
    other = "sha256:" + "cd" * 32
    said = reason(lambda: admit(world.attested(), world.version, world.admission(), content=other))
    assert said == "DIGEST_MISMATCH"


@pytest.mark.parametrize("what", ["policy", "people"])
def test_a_decision_under_another_policy_or_people_is_refused(world, what):
    new = {
        "policy": read_policy(world.policy_text.replace('"1"', '"2"', 1)),
        "people": People(people=world.people.people[::-1]),
    }[what]
    now = world.admission(**{what: new})
    said = reason(lambda: admit(world.attested(), world.version, now, content=None))
    assert said == "POLICY_OUTDATED"


def test_an_unfair_model_is_refused(world):
    world.selected = (1000, 1300)
    said = reason(lambda: admit(world.attested(), world.version, world.admission(), content=None))
    assert said == "NOT_ALLOWED"


def test_missing_signatures_are_pending(world):
    attested = world.attested(world.sign_off("olga", "model-owner"))
    with pytest.raises(PendingError):
        admit(attested, world.version, world.admission(), content=None)


def test_a_rejection_is_not_pending(world):
    no = world.sign_off("rami", "risk", Meaning.REJECTION)
    attested = world.attested(world.sign_off("olga", "model-owner"), no)
    with pytest.raises(DeniedError) as caught:
        admit(attested, world.version, world.admission(), content=None)
    assert not isinstance(caught.value, PendingError)


# The gate key is stolen: its holder writes decisions that say anything, and cannot
# make the people's own signatures.
def test_a_role_that_is_not_held_fills_no_slot(world):
    attested = world.attested(world.sign_off("olga", "model-owner"), world.sign_off("olga", "risk"))
    with pytest.raises(PendingError, match="signatures, risk is 0"):
        admit(attested, world.version, world.admission(), content=None)


FORGERIES = {
    "left out": lambda _w, _real: (),
    "one left out": lambda _w, real: real[:1],
    "signed by the trainer in another's name": lambda w, real: (
        real[0],
        w.sealed(w.sign_off("rami", "risk"), "tess").decode(),
    ),
    "the trainer's own yes": lambda w, real: (
        real[0],
        w.sealed(w.sign_off("tess", "risk")).decode(),
    ),
    "a yes to another package": lambda w, real: (
        real[0],
        w.sealed(w.sign_off("rami", "risk", package="sha256:" + "00" * 32)).decode(),
    ),
    "a rejection": lambda w, real: (
        real[0],
        w.sealed(w.sign_off("rami", "risk", Meaning.REJECTION)).decode(),
    ),
    "not even an envelope": lambda _w, real: (real[0], "{}"),
    "one more than the decision rests on": lambda w, real: (
        *real,
        w.sealed(w.sign_off("rami", "risk", signed_at=w.noon - timedelta(hours=1))).decode(),
    ),
    "the same person's twice": lambda _w, real: (real[0], real[0]),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_stolen_gate_key_cannot_forge_a_persons_yes(world, forgery):
    attested = world.attested()
    bent = FORGERIES[forgery](world, attested.sign_offs)
    forged = attested.model_copy(update={"sign_offs": bent})
    said = reason(lambda: admit(forged, world.version, world.admission(), content=None))
    assert said == "SIGN_OFF"


@pytest.mark.parametrize(
    ("forgery", "code"),
    [
        # NOT OK: the sign-off verdict left out, waived by nobody's waiver, called a warning
        (lambda v: v[:1], "MALFORMED"),
        (lambda v: (v[0], v[1].model_copy(update={"waiver": "sha256:" + "00" * 32})), "SIGN_OFF"),
        (lambda v: (v[0], v[1].model_copy(update={"severity": Severity.WARN})), "MALFORMED"),
        (lambda v: (v[1], v[0]), "MALFORMED"),
    ],
    ids=["left out", "waived", "warning", "other order"],
)
def test_a_stolen_gate_key_cannot_bend_the_sign_off_verdict(world, forgery, code):
    attested = world.attested()
    verdicts = forgery(attested.decision.verdicts)
    decision = attested.decision.model_copy(update={"verdicts": verdicts, "sign_offs": ()})
    forged = attested.model_copy(update={"decision": decision, "sign_offs": ()})
    assert reason(lambda: admit(forged, world.version, world.admission(), content=None)) == code


def test_an_alias_it_does_not_name_is_refused(world):
    decision = world.attested().decision
    require_alias(claim_of(decision), "Champion")
    assert reason(lambda: require_alias(claim_of(decision), "prod")) == "TARGET_MISMATCH"


def test_an_envelope_of_the_gate_is_read(world):
    attested = world.attested()
    envelope = world.entry(attested, "decision/v1", "gate")
    assert read_attestation(envelope, world.trust, world.store)[1] == attested


def test_a_rogue_key_a_bent_envelope_and_no_envelope_are_refused(world):
    good = world.entry(world.attested(), "decision/v1", "gate")
    rogue = world.entry(world.attested(), "decision/v1", "mallory")
    for bad in (rogue, good[:-9] + b"A" + good[-8:], b"", b"{}", b"null", b"\xff"):
        said = reason(lambda bad=bad: read_attestation(bad, world.trust, world.store))
        assert said == "BAD_SIGNATURE"


def test_a_decision_under_the_name_of_another_model_is_malformed(world):
    attested = world.attested()
    world.content = "sha256:" + "cd" * 32
    envelope = world.entry(attested, "decision/v1", "gate")
    said = reason(lambda: read_attestation(envelope, world.trust, world.store))
    assert said == "MALFORMED"


def test_the_gates_signature_under_something_else_is_malformed(world):
    for record, kind in ((world.evidence, "evidence/v1"), (world.evidence, "decision/v1")):
        envelope = world.entry(record, kind, "gate", ActorKind.SERVICE)
        said = reason(lambda e=envelope: read_attestation(e, world.trust, world.store))
        assert said == "MALFORMED"
