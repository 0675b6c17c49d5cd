"""Holding what a decision or an adoption is about against one version of one registry."""

from dataclasses import dataclass

from govgate.errors import DeniedError
from govgate.policy import same_name
from govgate.ports import ModelVersion
from govgate.records import Record, Registered, Subject, Target


def registered(version: ModelVersion, registry: str) -> Registered:
    """Name a version as records do."""
    return Registered(
        registry=registry,
        workspace=version.workspace,
        model=version.name,
        version=version.version,
        created_ms=version.created_ms,
    )


@dataclass(frozen=True)
class Claim:
    """What a decision or an adoption claims to be good for."""

    target: Target | None
    """The one place it is good for."""

    subject: Subject
    """The bytes it is about."""

    record: Record
    """The decision or adoption itself."""


def require_here(
    claim: Claim,
    version: ModelVersion | None,
    registry: str,
    content: str | None,
) -> None:
    """Check that a claim is about this version, and these bytes.

    Args:
        claim: What is claimed.
        version: What the registry says of the version; None for bytes met without one.
        registry: Identity of the registry.
        content: Digest of the version's bytes, or None to rest on an earlier check.

    Raises:
        DeniedError: SUBJECT_MISMATCH or DIGEST_MISMATCH.
    """
    # Bytes that nobody registered have only a registry, if that.
    asked = {"registry": registry} if claim.target or version else {}
    name = claim.subject.name
    if version is not None:
        name = f"models:/{version.name}/{version.version}"
        asked = registered(version, registry).model_dump()
    for field, here in asked.items():
        claimed = getattr(claim.target, field, None)
        if claimed != here:
            msg = f"the decision is about {field} {claimed!r}, this is {here!r}; "
            msg += f"assess {name}"
            raise DeniedError(msg, "SUBJECT_MISMATCH", claim.record.digest)
    if content is not None and content != claim.subject.content:
        msg = f"the decision is about bytes {claim.subject.content}, the registry holds {content}; "
        msg += "the model was changed after it was judged: register and assess it again"
        raise DeniedError(msg, "DIGEST_MISMATCH", claim.record.digest)


def require_alias(claim: Claim, alias: str) -> None:
    """Check that a claim names this alias or stage.

    Raises:
        DeniedError: It does not.
    """
    aliases = claim.target.aliases if claim.target else ()
    if not any(same_name(alias, a) for a in aliases):
        msg = f"the decision is for {', '.join(aliases) or 'no alias'}, not for {alias}; "
        msg += f"run `govgate assess {claim.subject.name} --alias {alias}`"
        raise DeniedError(msg, "TARGET_MISMATCH", claim.record.digest)
