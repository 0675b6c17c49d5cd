"""What a set of statements lets whom do with a place in S3.

Source: AWS IAM user guide, "Policy evaluation logic"; Amazon S3 user guide, "Actions, resources and
condition keys". An explicit Deny is taken off only where it binds that very principal for certain.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from govgate.forms.iam import EVERYONE, Statement

Right = Literal["read", "write", "administer"]
READ: Right = "read"
WRITE: Right = "write"
ADMINISTER: Right = "administer"

_OF_OBJECTS: dict[str, Right] = {
    "s3:GetObject": READ,
    "s3:GetObjectVersion": READ,
    "s3:PutObject": WRITE,
    "s3:DeleteObject": WRITE,
    "s3:DeleteObjectVersion": WRITE,
    "s3:ReplicateObject": WRITE,
    "s3:PutObjectAcl": ADMINISTER,
    "s3:PutObjectRetention": ADMINISTER,
    "s3:BypassGovernanceRetention": ADMINISTER,
}
_OF_BUCKETS: dict[str, Right] = {
    "s3:ListBucket": READ,
    "s3:ListBucketVersions": READ,
    "s3:DeleteBucket": WRITE,
    "s3:PutBucketPolicy": ADMINISTER,
    "s3:DeleteBucketPolicy": ADMINISTER,
    "s3:PutBucketAcl": ADMINISTER,
    "s3:PutBucketVersioning": ADMINISTER,
    "s3:PutLifecycleConfiguration": ADMINISTER,
    "s3:PutEncryptionConfiguration": ADMINISTER,
    "s3:PutBucketPublicAccessBlock": ADMINISTER,
    "s3:PutBucketOwnershipControls": ADMINISTER,
    "s3:PutReplicationConfiguration": ADMINISTER,
}


@dataclass(frozen=True)
class Granted:
    """One thing that somebody may do."""

    who: str
    may: Right
    statement: str
    conditional: bool
    """True where a condition decides when; it is not evaluated."""

    wildcard: bool
    """True where the statement is about every action or every resource."""


def granted(
    statements: Sequence[Statement], bucket: str, prefix: str, holder: str = ""
) -> Iterator[Granted]:
    """Yield what statements grant at a place, once for each holder, right and statement.

    Args:
        statements: Of one policy.
        bucket: Its name.
        prefix: Begins the keys that matter.
        holder: Who the policy is attached to; "" for the policy of a bucket, which names them.
    """
    whole = f"arn:aws:s3:::{bucket}"
    rights = [(a, right, f"{whole}/{prefix}*") for a, right in _OF_OBJECTS.items()]
    rights += [(a, right, whole) for a, right in _OF_BUCKETS.items()]
    seen: set[Granted] = set()
    for statement in statements:
        if not statement.allows:
            continue
        for action, right, resource in rights:
            if not (statement.may_act(action) and statement.may_touch(resource)):
                continue
            for who in _holders(statement, holder):
                found = Granted(
                    who, right, statement.name, bool(statement.condition), statement.wildcard
                )
                if found not in seen and not _denied(statements, who, action, resource, holder):
                    seen.add(found)
                    yield found


def _holders(statement: Statement, holder: str) -> tuple[str, ...]:
    if holder:
        return (holder,)
    # Whom "all but these" lets in, nobody can list; and who is named nowhere could be anybody.
    return (EVERYONE,) if statement.but_principals else statement.principals or (EVERYONE,)


def _denied(
    statements: Sequence[Statement], who: str, action: str, resource: str, holder: str
) -> bool:
    return any(
        not s.allows
        and not s.condition
        and s.may_act(action)
        and s.must_touch(resource)
        and (bool(holder) or s.must_bind(who))
        for s in statements
    )
