"""A store in an S3 bucket.

Source: docs/spec/s3-keys.md; Amazon S3 API, PutObject with "If-None-Match: *" and Object Lock.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from govgate.errors import ConflictError, RefusedError, StoreError
from govgate.ports import Clock

_LOCKED = ("commits/", "checkpoints/", "tile/", "evidence/", "signers/")
_PARTIAL = ".p/"
"""Marks a tile that a fuller one makes superfluous; it may be deleted then, so it is not locked."""

_PROBES = "probe/"

_FIRST_NO, _FIRST_FAILURE = 400, 500
_LATER = {408, 409, 425, 429}
"""Statuses of 4xx that ask to try again. Source: RFC 9110, 6585 and 8470."""

_TAKEN = {"PreconditionFailed", "412"}
_ABSENT = {"NoSuchKey"}

_NEXT_STEP = {
    "NoSuchBucket": "make the bucket, or correct its name in govgate.yaml",
    "AccessDenied": "grant s3:GetObject, s3:PutObject and s3:ListBucket, or correct expected_owner",
    "InvalidAccessKeyId": "give credentials of this store",
    "SignatureDoesNotMatch": "give credentials of this store",
    "ExpiredToken": "give fresh credentials",
    "NoCredentialsError": "give credentials, such as AWS_PROFILE or AWS_ACCESS_KEY_ID",
    "PermanentRedirect": "set region to the bucket's own",
    "AuthorizationHeaderMalformed": "set region to the bucket's own",
    "EndpointConnectionError": "check endpoint and the network, then try again",
    "RequestTimeTooSkewed": "set this machine's clock",
    "ObjectLockConfigurationNotFoundError": "make a bucket with Object Lock, or unset object_lock",
    "InvalidRequest": "check that the bucket has Object Lock if object_lock is set",
    "ConditionalRequestConflict": "another wrote at the same moment; try again",
}


@dataclass(frozen=True)
class Retention:
    """How long nobody may delete what is locked."""

    days: int
    clock: Clock


@dataclass(frozen=True)
class Bucket:
    """A bucket that exists, and what every call to it says."""

    name: str
    prefix: str = ""
    """Put before every key, with its own slash; "" for none."""

    owner: str | None = None
    """Account number that must own the bucket; None asks nothing."""

    kms_key: str | None = None
    """Key of AWS KMS that objects are encrypted with; None leaves it to the bucket."""


def open_client(region: str | None, endpoint: str | None) -> Any:
    """Make the S3 client; keys, tokens and proxies are found as every AWS tool finds them.

    Args:
        region: Such as "eu-central-1"; None takes the environment's.
        endpoint: Address of a store that is not AWS, or None.

    Returns:
        A boto3 client that waits 5 s for a connection and 30 s for bytes, 3 times at most.
    """
    import boto3
    from botocore.config import Config

    with _said("S3"):
        return boto3.session.Session().client(
            "s3",
            region_name=region,
            endpoint_url=endpoint,
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"total_max_attempts": 3, "mode": "standard"},
                s3={"addressing_style": "path" if endpoint else "auto"},
                # Every write carries its own; older stores refuse what newer clients add.
                request_checksum_calculation="when_required",
            ),
        )


class S3Store:
    """Implements `ports.Store` over one bucket; several processes may use it at once."""

    def __init__(
        self,
        client: Any,
        bucket: Bucket,
        *,
        retention: Retention | None = None,
        proven: bool = True,
    ) -> None:
        """Use a bucket.

        Args:
            client: From `open_client`.
            bucket: Which one.
            retention: Locks evidence in COMPLIANCE mode; None locks nothing.
            proven: Before its first write the bucket must prove that it refuses a second one.
                When False, other means keep two writers apart, and a key is read before it is
                written.
        """
        self._client, self.bucket, self._prefix = client, bucket.name, bucket.prefix
        self._retention, self._unproven, self._reads_first = retention, proven, not proven
        self._where = {"Bucket": bucket.name}
        if bucket.owner:
            self._where["ExpectedBucketOwner"] = bucket.owner
        self._sealed = {}
        if bucket.kms_key:
            self._sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": bucket.kms_key}

    def read(self, key: str) -> bytes | None:
        """See `ports.Store.read`."""
        with _said(f"{key} in {self.bucket}"):
            try:
                answer = self._client.get_object(Key=self._prefix + key, **self._where)
                data: bytes = answer["Body"].read()
            except self._client.exceptions.ClientError as why:
                if _code(why) in _ABSENT:
                    return None
                raise
            return data

    def create(self, key: str, data: bytes) -> None:
        """See `ports.Store.create`."""
        if self._unproven:
            self.probe()
        there = self._reads_first and self.read(key) is not None
        if there or not self._put(key, data, IfNoneMatch="*", **self._locked(key)):
            self._require_same(key, data)

    def replace(self, key: str, data: bytes) -> None:
        """See `ports.Store.replace`."""
        self._put(key, data)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """See `ports.Store.keys`.

        Raises:
            StoreError: The store lists in another order.
        """
        last = ""
        with _said(f"the list of {prefix or 'all keys'} in {self.bucket}"):
            for page in self._pages(prefix, after):
                for found in page.get("Contents", ()):
                    key = str(found["Key"]).removeprefix(self._prefix)
                    if key <= last:
                        msg = f"{self.bucket} lists {key} after {last}; use a general-purpose "
                        raise StoreError(msg + "bucket, which lists in order")
                    last = key
                    yield key

    def probe(self) -> None:
        """Let the bucket prove that it refuses a second write of a key.

        Raises:
            RefusedError: It does not, so two writers could overwrite each other.
            StoreError: It does not answer.
        """
        key = _PROBES + secrets.token_hex(16)
        # The first answer tells nothing: it may have been lost, and the client asked again.
        self._put(key, b"first", IfNoneMatch="*")
        if self._put(key, b"second", IfNoneMatch="*") or self.read(key) != b"first":
            what = ", because it is versioned" if self.versioned() else ""
            msg = f"{self.bucket} lets a second write of the same key through{what}; "
            msg += "set mutable_bucket to a bucket without versioning that refuses it, or "
            msg += "single_writer: true where one machine alone writes"
            raise RefusedError(msg)
        self._unproven = False

    def versioned(self) -> bool:
        """Tell whether the bucket keeps old bytes."""
        with _said(f"the versioning of {self.bucket}"):
            answer = self._client.get_bucket_versioning(**self._where)
        return bool(answer.get("Status") == "Enabled")

    def _require_same(self, key: str, data: bytes) -> None:
        held = self.read(key)
        if held is None:
            msg = f"{key} in {self.bucket} was deleted while it was written; try again"
            raise StoreError(msg)
        if held != data:
            msg = f"{key} exists with other bytes; read it, and use another key"
            raise ConflictError(msg)

    def _put(self, key: str, data: bytes, **more: Any) -> bool:
        """Write an object; False when it is there already and was to be new."""
        with _said(f"{key} in {self.bucket}"):
            try:
                self._client.put_object(
                    Key=self._prefix + key,
                    Body=data,
                    ContentMD5=_b64(hashlib.md5(data, usedforsecurity=False).digest()),
                    ChecksumSHA256=_b64(hashlib.sha256(data).digest()),
                    **self._where,
                    **self._sealed,
                    **more,
                )
            except self._client.exceptions.ClientError as why:
                if _code(why) in _TAKEN:
                    return False
                raise
        return True

    def _locked(self, key: str) -> dict[str, Any]:
        if self._retention is None or not key.startswith(_LOCKED) or _PARTIAL in key:
            return {}
        until = self._retention.clock.now() + timedelta(days=self._retention.days)
        return {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}

    def _pages(self, prefix: str, after: str) -> Iterator[Any]:
        start = {"StartAfter": self._prefix + after} if after else {}
        pages = self._client.get_paginator("list_objects_v2")
        yield from pages.paginate(Prefix=self._prefix + prefix, **start, **self._where)


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Turn the client's errors into ours.

    Raises:
        RefusedError: The store said no; with the next step.
        StoreError: It did not answer, or could not just now; with the next step.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (BotoCoreError, ClientError, HTTPError, OSError) as why:
        step = _NEXT_STEP.get(_code(why), "look at the store, then try again")
        msg = f"{what} cannot be read or written ({why}); {step}"
        raise (RefusedError if _is_no(why) else StoreError)(msg) from why


def _code(why: Exception) -> str:
    """What S3 calls the error, or the name of the client's own."""
    answer = getattr(why, "response", None)  # of a connection that broke it is None
    said = answer.get("Error", {}).get("Code", "") if isinstance(answer, dict) else ""
    return str(said) or type(why).__name__


def _is_no(why: Exception) -> bool:
    """Tell an answer that stays the same from one that may change by itself."""
    answer = getattr(why, "response", None)
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) if answer else 0
    return _FIRST_NO <= status < _FIRST_FAILURE and status not in _LATER


def _b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
