"""Facts about buckets and the objects in them; nothing here changes one.

Source: Amazon S3 API, the Get... operations of buckets and the codes they answer where nothing is
set; which permission each needs: Service Authorization Reference, "Amazon S3".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from govgate.adapters.s3.client import code_of, said
from govgate.ports import Found, Item

_MOST_COUNTED = 100_000
"""A hundred requests; beyond that a bucket is said to hold more."""

_SCHEME = "s3://"
_QUESTIONS = {
    "encryption": (
        "get_bucket_encryption",
        "ServerSideEncryptionConfigurationNotFoundError",
        "s3:GetEncryptionConfiguration",
    ),
    "policy": ("get_bucket_policy", "NoSuchBucketPolicy", "s3:GetBucketPolicy"),
    "public-access": (
        "get_public_access_block",
        "NoSuchPublicAccessBlockConfiguration",
        "s3:GetBucketPublicAccessBlock",
    ),
    "versioning": ("get_bucket_versioning", "", "s3:GetBucketVersioning"),
    "object-lock": (
        "get_object_lock_configuration",
        "ObjectLockConfigurationNotFoundError",
        "s3:GetBucketObjectLockConfiguration",
    ),
    "ownership": (
        "get_bucket_ownership_controls",
        "OwnershipControlsNotFoundError",
        "s3:GetBucketOwnershipControls",
    ),
    "acl": ("get_bucket_acl", "", "s3:GetBucketAcl"),
}
"""Question to the call, the code of "it is not set", and the permission it needs."""


class S3Places:
    """Looks at buckets with one client."""

    def __init__(self, client: Any, owner: str | None = None) -> None:
        """Look with this client.

        Args:
            client: From `s3.open_client`.
            owner: Account number that must own every bucket, or None.
        """
        self._client = client
        self._owned = {"ExpectedBucketOwner": owner} if owner else {}

    def find(self, place: str, most: int) -> Found:
        """See `Surroundings.find`."""
        bucket, prefix = split(place)
        items: list[Item] = []
        count = 0
        with _asked(place, "s3:ListBucket"):
            for page in self._client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=prefix, **self._owned
            ):
                objects = page.get("Contents", [])
                count += len(objects)
                items += [_item(bucket, found) for found in objects[: most - len(items)]]
                if count >= _MOST_COUNTED and page.get("IsTruncated"):
                    return Found(tuple(items), count, counted_all=False)
        return Found(tuple(items), count)

    def read(self, item: Item, offset: int, size: int) -> bytes:
        """See `Surroundings.read`."""
        if not size:
            return b""
        bucket, key = split(item.name)
        with _asked(item.name, "s3:GetObject"):
            answer = self._client.get_object(
                Bucket=bucket,
                Key=key,
                IfMatch=item.stamp,
                Range=f"bytes={offset}-{offset + size - 1}",
                **self._owned,
            )
            data: bytes = answer["Body"].read()
        return data

    def at_rest(self, item: Item) -> tuple[str, str]:
        """See `Surroundings.at_rest`."""
        bucket, key = split(item.name)
        with _asked(item.name, "s3:GetObject"):
            said_so = self._client.head_object(
                Bucket=bucket, Key=key, IfMatch=item.stamp, **self._owned
            )
        if said_so.get("SSECustomerAlgorithm"):
            return "sse-c", str(said_so.get("SSECustomerKeyMD5", ""))
        how = said_so.get("ServerSideEncryption")
        names = {"AES256": "sse-s3", "aws:kms": "sse-kms", "aws:kms:dsse": "sse-kms-dsse"}
        return names.get(how, f"unknown {how}") if how else "none", said_so.get("SSEKMSKeyId", "")

    def bucket(self, bucket: str, question: str) -> Any | None:
        """See `Surroundings.bucket`."""
        call, unset, permission = _QUESTIONS[question]
        with _asked(f"{_SCHEME}{bucket}, {question},", permission):
            return self._or_none(call, unset, Bucket=bucket)

    def acl(self, item: Item) -> Any:
        """See `Surroundings.acl`."""
        bucket, key = split(item.name)
        with _asked(item.name, "s3:GetObjectAcl"):
            return self._or_none("get_object_acl", "", Bucket=bucket, Key=key)

    def endpoint(self, bucket: str) -> str:  # noqa: ARG002 -- one client, one address
        """See `Surroundings.endpoint`."""
        return str(self._client.meta.endpoint_url)

    def _or_none(self, call: str, unset: str, **where: str) -> Any | None:
        from botocore.exceptions import ClientError

        try:
            answer = dict(getattr(self._client, call)(**where, **self._owned))
        except ClientError as why:
            if unset and code_of(why) == unset:
                return None
            raise
        answer.pop("ResponseMetadata", None)
        return answer


def split(place: str) -> tuple[str, str]:
    """Bucket and the rest of "s3://bucket/rest"."""
    bucket, _, rest = place.removeprefix(_SCHEME).partition("/")
    return bucket, rest


def _item(bucket: str, found: Any) -> Item:
    return Item(f"{_SCHEME}{bucket}/{found['Key']}", found["Size"], found["ETag"])


@contextmanager
def _asked(what: str, permission: str) -> Iterator[None]:
    grant = f"grant {permission}"
    changed = "it changed since it was listed; measure when nobody writes to it"
    steps = {"AccessDenied": grant, "403": grant, "PreconditionFailed": changed, "412": changed}
    with said(what, steps):
        yield
