"""Let what was promoted before the guard came stay where it is, for a while.

Source: docs/spec/adoption.md, whose rules are numbered as here.
"""

from datetime import UTC, datetime

from pydantic import ValidationError

from govgate.canon import canonical
from govgate.engine.admit import Admission
from govgate.engine.here import Claim, require_here
from govgate.errors import DeniedError
from govgate.ledger import Entry
from govgate.ports import ModelVersion
from govgate.records import Adoption

ADOPTION = "adoption/v1"
"""Kind of statement that goes with an `Adoption`."""


def adoption_of(entry: Entry) -> Adoption:
    """Read an adoption entry, its signature already checked.

    Raises:
        DeniedError: MALFORMED, when it is not what its signer says of itself and its subject.
    """
    try:
        adoption = Adoption.model_validate_json(canonical(entry.record))
    except ValidationError as why:
        said = why.errors()[0]["msg"]
        msg = f"this is not an adoption ({said}); run `govgate adopt`, which writes one"
        raise DeniedError(msg, "MALFORMED", "") from why
    who, what = entry.actor.id, (entry.kind, entry.subject)
    if what != (ADOPTION, adoption.subject) or who != adoption.adopted_by:
        msg = f"the adoption is by {adoption.adopted_by} about {adoption.subject.name}, its entry "
        msg += f"by {who} about {entry.subject.name}; run `govgate adopt`, which writes one"
        raise DeniedError(msg, "MALFORMED", "")
    return adoption


def admit_adoption(
    adoption: Adoption, version: ModelVersion, admission: Admission, *, content: str | None
) -> tuple[str, ...]:
    """Check that an adoption, its signature already checked, holds for this version now.

    Args:
        adoption: What a person answers for.
        version: What the registry says of the version.
        admission: What is in force here and now.
        content: Digest of the version's bytes, or None to rest on an earlier check.

    Returns:
        Who adopted it, as "ada (adopted)".

    Raises:
        DeniedError: With a reason code of docs/reference/reasons.md.
    """
    name = f"models:/{version.name}/{version.version}"
    rule, people = admission.demands.policy.adoption, admission.demands.people
    # (1) The policy in force lets this person adopt.
    if rule is None or not any(people.holds(adoption.adopted_by, role) for role in rule.by):
        msg = f"{adoption.adopted_by} may not adopt {name} under the policy in force; assess it"
        raise DeniedError(msg, "NOT_ADOPTABLE", adoption.digest)
    # (2) The version is older than the day the guard came.
    made = datetime.fromtimestamp(version.created_ms / 1000, UTC)
    if made >= rule.before:
        msg = f"{name} was made at {made}, and only what is older than {rule.before} is adopted; "
        raise DeniedError(msg + "assess it", "NOT_ADOPTABLE", adoption.digest)
    # (3) It holds now, and for no longer than the policy grants.
    ends = min(adoption.expires_at, adoption.adopted_at + rule.longest)
    if not adoption.adopted_at <= admission.at < ends:
        msg = f"the adoption of {name} holds from {adoption.adopted_at} to {ends}, not now; "
        raise DeniedError(msg + f"run `govgate assess {name}`", "EXPIRED", adoption.digest)
    # (4) It is about this very version, and these bytes.
    claim = Claim(adoption.target, adoption.subject, adoption)
    require_here(claim, version, admission.registry, content)
    return (f"{adoption.adopted_by} (adopted)",)


def require_carried(adoption: Adoption, version: ModelVersion) -> None:
    """Check that a version carries the aliases it is adopted with: an adoption moves nothing.

    Raises:
        DeniedError: It does not.
    """
    carried = {*version.aliases, f"stage:{version.stage}"}
    if missing := [alias for alias in adoption.target.aliases if alias not in carried]:
        msg = f"models:/{version.name}/{version.version} does not carry {', '.join(missing)}, and "
        msg += "an adoption moves nothing; assess it for that"
        raise DeniedError(msg, "TARGET_MISMATCH", adoption.digest)
