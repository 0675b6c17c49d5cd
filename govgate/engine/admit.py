"""Let a decision speak for one registered version, or say why it may not."""

from dataclasses import dataclass
from datetime import datetime

from govgate.engine.require import require
from govgate.engine.signatures import sign_offs_body, signers, verified_sign_offs
from govgate.errors import DeniedError, GovgateError
from govgate.gates import find_gate
from govgate.gates.sign_off import SignOffs
from govgate.policy import People, Policy, same_name
from govgate.ports import ModelVersion
from govgate.records import Attestation, Decision, Severity, SignOff


@dataclass(frozen=True)
class Admission:
    """What the guard of a registry holds against every decision."""

    registry: str
    """Identity of this registry."""

    policy: Policy
    people: People
    at: datetime
    """The present moment."""


def admit(
    attestation: Attestation,
    version: ModelVersion | None,
    admission: Admission,
    *,
    content: str | None,
) -> tuple[str, ...]:
    """Check that a decision, its signature already checked, holds for this version now.

    1. It allows, and is neither early nor expired.
    2. It was made under the policy and the people in force.
    3. It is about this registry, model, version and creation, and these bytes; bytes that
       nobody registered have only a registry, if that.
    4. It answers every rule of that policy, as severely as the rule asks.
    5. The people's own signatures, counted again, satisfy the sign-off rule.

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
    decision = attestation.decision
    require(decision, at=admission.at)
    _in_force(decision, admission)
    _about(decision, version, admission.registry, content)
    _answers(decision, admission.policy)
    signed = _signed(attestation, admission)
    return signers(decision, signed)


def _in_force(decision: Decision, admission: Admission) -> None:
    for what, named, held in (
        ("policy", decision.policy, admission.policy.digest),
        ("people file", decision.people, admission.people.digest),
    ):
        if named != held:
            msg = f"the decision was made under {what} {named}, in force is {held}; assess again"
            raise DeniedError(msg, "POLICY_OUTDATED", decision.digest)


def _about(
    decision: Decision, version: ModelVersion | None, registry: str, content: str | None
) -> None:
    target, subject = decision.request.target, decision.request.subject
    asked: dict[str, str | int] = {"registry": registry} if target or version else {}
    name = subject.name
    if version is not None:
        name = f"models:/{version.name}/{version.version}"
        asked |= {"model": version.name, "version": version.version}
        asked |= {"created_ms": version.created_ms}
    for field, here in asked.items():
        decided = getattr(target, field, None)
        if decided != here:
            msg = f"the decision is about {field} {decided!r}, this is {here!r}; "
            msg += f"assess {name}"
            raise DeniedError(msg, "SUBJECT_MISMATCH", decision.digest)
    if content is not None and content != subject.content:
        msg = f"the decision is about bytes {subject.content}, the registry holds {content}; "
        msg += "the model was changed after it was judged: register and assess it again"
        raise DeniedError(msg, "DIGEST_MISMATCH", decision.digest)


def _answers(decision: Decision, policy: Policy) -> None:
    asked = [(rule.gate, rule.severity) for rule in policy.rules]
    if [(v.gate, v.severity) for v in decision.verdicts] != asked:
        msg = f"the decision does not answer the rules of {policy.title} one by one; assess again"
        raise DeniedError(msg, "MALFORMED", decision.digest)


def require_alias(decision: Decision, alias: str) -> None:
    """Check that a decision names this alias or stage.

    Raises:
        DeniedError: It does not.
    """
    aliases = decision.request.target.aliases if decision.request.target else ()
    if not any(same_name(alias, a) for a in aliases):
        msg = f"the decision is for {', '.join(aliases) or 'no alias'}, not for {alias}; "
        msg += f"run `govgate assess {decision.request.subject.name} --alias {alias}`"
        raise DeniedError(msg, "TARGET_MISMATCH", decision.digest)


def _signed(attestation: Attestation, admission: Admission) -> list[SignOff]:
    decision = attestation.decision
    envelopes = [text.encode() for text in attestation.sign_offs]
    try:
        signed = list(verified_sign_offs(envelopes, admission.people))
    except GovgateError as why:
        raise DeniedError(str(why), "SIGN_OFF", decision.digest) from why
    if {s.digest for s in signed} != set(decision.sign_offs):
        msg = "the attestation does not carry the very sign-offs that its decision rests on; "
        raise DeniedError(msg + "run `govgate promote`, which does", "SIGN_OFF", decision.digest)
    body = sign_offs_body(decision.package, signed, admission.people)
    for rule in admission.policy.rules:
        gate = find_gate(rule.gate).gate
        if gate.body_type is not SignOffs or rule.severity is not Severity.BLOCK:
            continue
        missing = [f for f in gate.judge(body, rule.read_bounds()) if not f.satisfied]
        if missing:
            first = missing[0]
            msg = f"the people's own signatures do not add up: {first.about}; {first.remedy}"
            raise DeniedError(msg, "SIGN_OFF", decision.digest)
    return signed
