"""Keeping more in service than somebody answers for."""

import json
from base64 import b64decode, b64encode
from datetime import timedelta

from govgate.adapters.clock import SystemClock
from govgate.engine import ADOPTION
from govgate.ledger import payload_of, sign_envelope
from govgate.records import Adoption, Subject, Target
from tests.integrations.mlflow.bypasses.attestations import elsewhere
from tests.integrations.mlflow.bypasses.databases import add_alias
from tests.integrations.mlflow.bypasses.lab import JUDGED, digest_of, write
from tests.integrations.mlflow.bypasses.probe import Step, probe

OTHER = {"MLmodel": b"flavors: {}\n", "model.bin": b"evil"}


def served_before(side):
    """A version in production from before the guard."""
    version = side.model()
    add_alias(side, version)
    return version


def adoption(side, version, *, signer="rami", ago_days=0, governed=None, files=JUDGED, **changed):
    """Have a person answer for a version; give the envelope. On stock: any text."""
    if not side.guarded:
        return "{}"
    at = SystemClock().now() - timedelta(days=ago_days)
    target = Target(**side.registered(version).model_dump(), aliases=("champion",))
    subject = Subject(name=f"models:/{version.name}/{version.version}", content=digest_of(files))
    said = {
        "subject": subject,
        "target": target,
        "reason": "before govgate",
        "adopted_by": "rami",
        "adopted_at": at,
        "expires_at": at + timedelta(days=20),
    }
    record = Adoption(**said | changed)
    return write(governed or side.governed, record, ADOPTION, subject, signer)


def handing(side, version, envelope):
    """Hand it over, and read; it landed when the version is served."""
    return Step(
        lambda: side.attest(version, envelope),
        lambda: side.served(version.name) is not None,
    )


@probe("C01", "adopts what was not in service", "TARGET_MISMATCH")
def adopted_what_was_not_there(side):
    version = side.model()
    envelope = adoption(side, version)

    def last():
        answer = side.attest(version, envelope)
        side.set_alias(version)
        return answer

    return Step(last, lambda: side.served(version.name) is not None)


@probe("C02", "adopts without the role for it", "NOT_ADOPTABLE")
def adopted_without_the_role(side):
    version = served_before(side)
    return handing(side, version, adoption(side, version, signer="olga", adopted_by="olga"))


@probe("C03", "signs the adoption of another person", "MALFORMED")
def adopted_in_anothers_name(side):
    version = served_before(side)
    return handing(side, version, adoption(side, version, signer="olga"))


@probe("C04", "with a stolen gate key, signs in a person's name", "BAD_SIGNATURE")
def adopted_by_the_gate(side):
    version = served_before(side)
    text = adoption(side, version)
    if side.guarded:
        gate = side.governed.project().book.gate_signer()
        text = sign_envelope(payload_of(text.encode()), [gate]).decode()
    return handing(side, version, text)


@probe("C05", "writes a later end into an adoption", "BAD_SIGNATURE")
def adoption_extended(side):
    version = served_before(side)
    text = adoption(side, version, ago_days=21)
    if side.guarded:
        envelope = json.loads(text)
        statement = json.loads(b64decode(envelope["payload"]))
        statement["predicate"]["record"]["expires_at"] = "2099-01-01T00:00:00Z"
        changed = b64encode(json.dumps(statement).encode()).decode()
        text = json.dumps({**envelope, "payload": changed})
    return handing(side, version, text)


@probe("C06", "adopts for longer than the policy grants, and comes back after that", "EXPIRED")
def adopted_for_too_long(side):
    version = served_before(side)
    ends = SystemClock().now() + timedelta(days=300)
    return handing(side, version, adoption(side, version, ago_days=31, expires_at=ends))


@probe("C07", "hands over an adoption that has expired", "EXPIRED")
def adoption_of_last_month(side):
    version = served_before(side)
    return handing(side, version, adoption(side, version, ago_days=21))


@probe("C08", "replays an adoption on the next version", "SUBJECT_MISMATCH")
def adoption_of_another_version(side):
    first = served_before(side)
    envelope = adoption(side, first)
    second = side.model(first.name, OTHER)
    return Step(
        lambda: side.attest(second, envelope),
        lambda: side.tags(second).get("govgate.attestation") == envelope,
    )


@probe("C09", "sets another alias with it", "TARGET_MISMATCH")
def adoption_for_another_alias(side):
    version = served_before(side)
    assert side.attest(version, adoption(side, version)).ok
    return Step(
        lambda: side.set_alias(version, "challenger"),
        lambda: side.alias_of(version.name, "challenger") == version.version,
    )


@probe("C10", "moves the alias of what was adopted to a new version", "NO_ATTESTATION")
def adopted_alias_moved(side):
    version = served_before(side)
    assert side.attest(version, adoption(side, version)).ok
    second = side.model(version.name, OTHER)
    return Step(
        lambda: side.set_alias(second),
        lambda: side.alias_of(version.name) == second.version,
    )


@probe("C11", "adopts other bytes than are there", "DIGEST_MISMATCH")
def adoption_of_other_bytes(side):
    version = served_before(side)
    return handing(side, version, adoption(side, version, files=OTHER))


@probe("C12", "keeps the adoption out of the ledger", "NOT_IN_LEDGER")
def adoption_beside_the_ledger(side):
    version = served_before(side)
    beside = elsewhere(side) if side.guarded else None
    return handing(side, version, adoption(side, version, governed=beside))


@probe("C13", "replaces a decision with an adoption", "SUPERSEDED")
def adoption_over_a_decision(side):
    version = side.promoted()
    envelope = adoption(side, version)
    return Step(
        lambda: side.attest(version, envelope),
        lambda: side.tags(version).get("govgate.attestation") == envelope,
    )
