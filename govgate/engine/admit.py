"""Let a decision speak for one registered version, or say why it may not."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from govgate.engine.here import Claim, require_here
from govgate.engine.require import require
from govgate.engine.signatures import sign_offs_body, signers, verified_sign_offs
from govgate.errors import DeniedError, GovgateError
from govgate.gates import find_gate
from govgate.gates.sign_off import SignOffs
from govgate.policy import People, Policy
from govgate.ports import ModelVersion
from govgate.records import Attestation, Decision, Severity, SignOff


@dataclass(frozen=True)
class Demands:
    """A policy and the people it counts, with their digests worked out once."""

    policy: Policy
    people: People

    @cached_property
    def policy_digest(self) -> str:
        """Digest of the policy."""
        return self.policy.digest

    @cached_property
    def people_digest(self) -> str:
        """Digest of the people file."""
        return self.people.digest


@dataclass(frozen=True)
class Admission:
    """What the guard of a registry holds against every decision."""

    registry: str
    """Identity of this registry."""

    demands: Demands
    """What is in force; where nothing moves, the policy that the decision names."""

    at: datetime
    """The present moment."""

    moving: bool = True
    """False when what moved before is only asked for again."""


def admit(
    attestation: Attestation,
    version: ModelVersion | None,
    admission: Admission,
    *,
    content: str | None,
) -> tuple[str, ...]:
    """Check that a decision, its signature already checked, holds for this version now.

    Args:
        attestation: What was decided, and the sign-offs it rests on.
        version: What the registry says of the version; None for bytes met without one.
        admission: What is in force here and now.
        content: Digest of the version's bytes, or None to rest on an earlier check.

    Returns:
        Who said yes, as "ada (model-owner)", sorted.

    Raises:
        DeniedError: With a reason code of docs/reference/reasons.md.
    """
    require_standing(attestation, version, admission, content=content)
    return count(attestation, admission.demands)


def require_standing(
    attestation: Attestation,
    version: ModelVersion | None,
    admission: Admission,
    *,
    content: str | None,
) -> None:
    """Check what time, place and rules in force make of a decision.

    1. It allows, and is neither early nor expired.
    2. It was made under the policy and, where something moves, the people in force.
    3. It is about this registry, workspace, model, version and creation, and these bytes; bytes
       that nobody registered have only a registry, if that.

    Args:
        attestation: What was decided.
        version: What the registry says of the version; None for bytes met without one.
        admission: What is in force here and now.
        content: Digest of the version's bytes, or None to rest on an earlier check.

    Raises:
        DeniedError: With a reason code.
    """
    decision = attestation.decision
    require(decision, at=admission.at)
    _in_force(decision, admission)
    require_here(claim_of(decision), version, admission.registry, content)


def count(attestation: Attestation, demands: Demands) -> tuple[str, ...]:
    """Check what can change only with the policy, the people or the decision itself.

    4. It answers every rule of the policy, as severely as the rule asks.
    5. The people's own signatures, counted again, satisfy the sign-off rule.

    Args:
        attestation: What was decided, and the sign-offs it rests on.
        demands: The policy it answers, and the people known now.

    Returns:
        Who said yes, as "ada (model-owner)", sorted.

    Raises:
        DeniedError: With a reason code.
    """
    _answers(attestation.decision, demands.policy)
    return signers(attestation.decision, _signed(attestation, demands))


def claim_of(decision: Decision) -> Claim:
    """Say what a decision claims to be good for."""
    return Claim(decision.request.target, decision.request.subject, decision)


def _in_force(decision: Decision, admission: Admission) -> None:
    demands = admission.demands
    held = [("policy", decision.policy, demands.policy_digest)]
    if admission.moving:
        held.append(("people file", decision.people, demands.people_digest))
    for what, named, here in held:
        if named != here:
            msg = f"the decision was made under {what} {named}, in force is {here}; assess again"
            raise DeniedError(msg, "POLICY_OUTDATED", decision.digest)


def _answers(decision: Decision, policy: Policy) -> None:
    asked = [(rule.gate, rule.severity) for rule in policy.rules]
    if [(v.gate, v.severity) for v in decision.verdicts] != asked:
        msg = f"the decision does not answer the rules of {policy.title} one by one; assess again"
        raise DeniedError(msg, "MALFORMED", decision.digest)


def _signed(attestation: Attestation, demands: Demands) -> list[SignOff]:
    decision = attestation.decision
    envelopes = [text.encode() for text in attestation.sign_offs]
    try:
        signed = list(verified_sign_offs(envelopes, demands.people))
    except GovgateError as why:
        raise DeniedError(str(why), "SIGN_OFF", decision.digest) from why
    if {s.digest for s in signed} != set(decision.sign_offs):
        msg = "the attestation does not carry the very sign-offs that its decision rests on; "
        raise DeniedError(msg + "run `govgate promote`, which does", "SIGN_OFF", decision.digest)
    body = sign_offs_body(decision.package, signed, demands.people)
    for rule in demands.policy.rules:
        gate = find_gate(rule.gate).gate
        if gate.body_type is not SignOffs or rule.severity is not Severity.BLOCK:
            continue
        missing = [f for f in gate.judge(body, rule.read_bounds()) if not f.satisfied]
        if missing:
            first = missing[0]
            msg = f"the people's own signatures do not add up: {first.about}; {first.remedy}"
            raise DeniedError(msg, "SIGN_OFF", decision.digest)
    return signed
