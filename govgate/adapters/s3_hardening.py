"""What a bucket that holds a ledger should have switched on, and the policy it should carry.

Source: Amazon S3 user guide ("Enforcing conditional writes", Object Lock, Block Public Access);
docs/how-to/audit-the-ledger.md. The policy was read against the guide, never run at AWS.
"""

import json
from collections.abc import Iterator
from typing import Any

_NEVER_CHANGED = (
    "checkpoints/*",
    "commits/*",
    "cosignatures/*",
    "evidence/*",
    "log.json",
    "signers/*",
    "timestamps/*",
)
_CREATED_ONCE = (*_NEVER_CHANGED, "tile/*")
_SIGNED = ("checkpoint", "checkpoints/*", "signers/*", "tile/*")
# A policy cannot say "but partial tiles". Each ? is one character, so these are the full ones
# alone, of up to 10^9 tiles: a partial one has no x where these have it, or is longer.
_FULL_TILES = tuple(
    f"tile/{level}/{groups}???"
    for level in ("?", "entries")
    for groups in ("", "x???/", "x???/x???/")
)
_NEVER_DELETED = (*_NEVER_CHANGED, *_FULL_TILES)
_SECURE = "aws:SecureTransport"


def bucket_policy(bucket: str, prefix: str, publisher: str) -> dict[str, Any]:
    """Write the bucket policy that keeps a ledger append-only, as a document for S3.

    Args:
        bucket: Its name.
        prefix: Put before every key, with its own slash; "" for none.
        publisher: ARN of the role that may publish, and nobody else.
    """
    whole = f"arn:aws:s3:::{bucket}"

    def keys(names: tuple[str, ...]) -> list[str]:
        return [f"{whole}/{prefix}{name}" for name in names]

    unconditional = {"Null": {"s3:if-none-match": "true"}}
    foreign = {"ArnNotLike": {"aws:PrincipalArn": publisher}}
    plain = {"Bool": {_SECURE: "false"}}
    deletes = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    loosens = ["s3:PutBucketVersioning", "s3:PutLifecycleConfiguration"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            _deny("CreateOnly", ["s3:PutObject"], keys(_CREATED_ONCE), unconditional),
            _deny("NoDelete", deletes, keys(_NEVER_DELETED)),
            _deny("NoLoosening", loosens, [whole]),
            _deny("OnlyPublisherSigns", ["s3:PutObject"], keys(_SIGNED), foreign),
            _deny("OnlyTLS", ["s3:*"], [whole, f"{whole}/*"], plain),
        ],
    }


def _deny(
    sid: str, actions: list[str], resources: list[str], condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    said = {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": actions}
    return said | {"Resource": resources} | ({"Condition": condition} if condition else {})


def examine_bucket(client: Any, bucket: str, owner: str | None) -> Iterator[tuple[str, bool, str]]:
    """Look at a bucket's settings; changes nothing.

    Args:
        client: From `s3.open_client`.
        bucket: Its name.
        owner: Account number that must own it, or None.

    Yields:
        What was looked at, whether it is as it should be, and what was said.
    """
    where = {"Bucket": bucket} | ({"ExpectedBucketOwner": owner} if owner else {})
    versions = _asked(client.get_bucket_versioning, where).get("Status")
    yield _line("bucket versions", versions == "Enabled", "kept", "switch versioning on")
    lock = _asked(client.get_object_lock_configuration, where).get("ObjectLockConfiguration", {})
    locked = lock.get("ObjectLockEnabled") == "Enabled"
    yield _line("object lock", locked, "enabled", "make a bucket with Object Lock")
    # A default would lock partial tiles too, which are to be cleared away.
    free = "Rule" not in lock
    yield _line("default retention", free, "none", "remove it: each object carries its own")
    public = _asked(client.get_public_access_block, where).get("PublicAccessBlockConfiguration", {})
    blocked = len(public) > 0 and all(public.values())
    yield _line("public access", blocked, "blocked", "block all four kinds of it")
    yield _line("encryption", _by_kms(client, where), "by KMS", "encrypt by default with aws:kms")
    yield _line("owner", owner is not None, "is checked", "set expected_owner to the account")
    denied = _denied(_asked(client.get_bucket_policy, where).get("Policy", "{}"))
    for sid in ("CreateOnly", "NoDelete", "NoLoosening", "OnlyPublisherSigns", "OnlyTLS"):
        step = "take it from `govgate ledger doctor --policy ROLE`"
        yield _line(f"policy {sid}", sid in denied, "is there", step)


def _line(about: str, well: bool, said: str, step: str) -> tuple[str, bool, str]:  # noqa: FBT001
    return about, well, said if well else f"not so; {step}"


def _by_kms(client: Any, where: dict[str, str]) -> bool:
    answer = _asked(client.get_bucket_encryption, where)
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    used = [r.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for r in rules]
    return "aws:kms" in used or "aws:kms:dsse" in used


def _denied(policy: str) -> set[str]:
    said = json.loads(policy).get("Statement", [])
    return {str(s.get("Sid")) for s in said if s.get("Effect") == "Deny"}


def _asked(ask: Any, where: dict[str, str]) -> dict[str, Any]:
    """Ask; what is not set, may not be asked or is not known there counts as not set."""
    from botocore.exceptions import ClientError

    try:
        answer: dict[str, Any] = ask(**where)
    except ClientError:
        return {}
    return answer
