"""What S3 answers about a bucket, in one word a setting.

Source: Amazon S3 API reference, the Get... operations of buckets.
"""

from typing import Any

from govgate.forms.iam import is_tls_only, read_statements

_ALGORITHMS = {"AES256": "sse-s3", "aws:kms": "sse-kms", "aws:kms:dsse": "sse-kms-dsse"}
_PUBLIC = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def _encryption(answer: Any, _: str) -> dict[str, str]:
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {}) if rules else {}
    how = default.get("SSEAlgorithm", "")
    found = {"default-encryption": _ALGORITHMS.get(how, f"unknown {how}") if how else "none"}
    found["bucket-key"] = _yes(bool(rules) and rules[0].get("BucketKeyEnabled") is True)
    return found


def _policy(answer: Any, bucket: str) -> dict[str, str]:
    if not (text := answer.get("Policy", "")):
        return {"tls-only": "no"}
    # A Deny holds whatever else a policy says, so what could not be read does not weaken it.
    statements, _ = read_statements(text)
    return {"tls-only": _yes(is_tls_only(statements, bucket))}


def _public(answer: Any, _: str) -> dict[str, str]:
    said = answer.get("PublicAccessBlockConfiguration", {})
    return {"public-access-block": _yes(all(said.get(name) is True for name in _PUBLIC))}


def _versions(answer: Any, _: str) -> dict[str, str]:
    return {"versioning": _yes(answer.get("Status") == "Enabled")}


def _lock(answer: Any, _: str) -> dict[str, str]:
    said = answer.get("ObjectLockConfiguration", {})
    return {"object-lock": _yes(said.get("ObjectLockEnabled") == "Enabled")}


def _ownership(answer: Any, _: str) -> dict[str, str]:
    rules = answer.get("OwnershipControls", {}).get("Rules", [])
    kinds = [rule.get("ObjectOwnership") for rule in rules]
    return {"owner-enforced": _yes(kinds == ["BucketOwnerEnforced"])}


def _yes(said: bool) -> str:  # noqa: FBT001 -- a claim
    return "yes" if said else "no"


READERS = {
    "encryption": _encryption,
    "policy": _policy,
    "public-access": _public,
    "versioning": _versions,
    "object-lock": _lock,
    "ownership": _ownership,
}
"""Question to what reads its answer: {} where nothing is set, and the bucket's name."""
