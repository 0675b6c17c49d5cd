"""What a bucket that holds a ledger should have switched on, and the policy it should carry.

Source: Amazon S3 user guide ("Enforcing conditional writes", Object Lock, Block Public Access);
docs/how-to/audit-the-ledger.md. The policy was read against the guide, never run at AWS.
"""

from collections.abc import Iterator
from typing import Any

from govgate.adapters.s3.places import S3Places
from govgate.errors import StoreError
from govgate.forms.bucket import READERS
from govgate.forms.iam import read_statements

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
_Line = tuple[str, bool, str]
"""What was looked at, whether it is as it should be, and what was said."""


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


def examine_bucket(client: Any, bucket: str, owner: str | None) -> Iterator[_Line]:
    """Look at a bucket's settings; changes nothing.

    Args:
        client: From `s3.open_client`.
        bucket: Its name.
        owner: Account number that must own it, or None.

    Yields:
        What was looked at, whether it is as it should be, and what was said.
    """
    places = S3Places(client, owner)
    settings: dict[str, str] = {}
    answers: dict[str, Any] = {}
    unknown: dict[str, str] = {}
    for question, read in READERS.items():
        try:
            answers[question] = places.bucket(bucket, question) or {}
        except StoreError as why:
            unknown[question] = str(why)
        settings |= read(answers.get(question, {}), bucket)

    def line(about: str, setting: str, said: str, question: str, step: str) -> _Line:
        return _line(about, settings[setting] == "yes", said, unknown.get(question, step))

    yield line("bucket versions", "versioning", "kept", "versioning", "switch versioning on")
    made = "make a bucket with Object Lock"
    yield line("object lock", "object-lock", "enabled", "object-lock", made)
    # A default would lock partial tiles too, which are to be cleared away.
    lock = answers.get("object-lock", {}).get("ObjectLockConfiguration", {})
    free = "Rule" not in lock and "object-lock" not in unknown
    yield _line("default retention", free, "none", "remove it: each object carries its own")
    every = "block all four kinds of it"
    yield line("public access", "public-access-block", "blocked", "public-access", every)
    kms = settings["default-encryption"] in {"sse-kms", "sse-kms-dsse"}
    step = unknown.get("encryption", "encrypt by default with aws:kms")
    yield _line("encryption", kms, "by KMS", step)
    yield _line("owner", owner is not None, "is checked", "set expected_owner to the account")
    step = unknown.get("policy", "take it from `govgate ledger doctor --policy ROLE`")
    statements, _ = read_statements(answers.get("policy", {}).get("Policy", "{}"))
    denied = {s.name for s in statements if not s.allows}
    for sid in ("CreateOnly", "NoDelete", "NoLoosening", "OnlyPublisherSigns"):
        yield _line(f"policy {sid}", sid in denied, "is there", step)
    # Whatever it is called: this one is evaluated.
    yield line("policy OnlyTLS", "tls-only", "is there", "policy", step)


def _line(about: str, well: bool, said: str, step: str) -> _Line:  # noqa: FBT001
    return about, well, said if well else f"not so; {step}"
