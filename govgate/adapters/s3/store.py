"""A store in an S3 bucket.

Source: docs/spec/s3-keys.md; Amazon S3 API, PutObject with "If-None-Match: *" and Object Lock.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from govgate.adapters.s3.client import Bucket, code_of, said
from govgate.adapters.s3.versions import S3Versions
from govgate.errors import ConflictError, RefusedError, StoreError, TamperedError
from govgate.ledger.layout import is_kept, is_locked, require_partial
from govgate.ports import Clock

_PROBES = "probe/"

_TAKEN = {"PreconditionFailed", "412"}
_ABSENT = {"NoSuchKey"}

_TRIES = 3
"""At a key that is taken, and then is not there: a partial tile may be cleared away meanwhile."""

_REMOVING = {
    "AccessDenied": "grant s3:DeleteObject and s3:DeleteObjectVersion on partial tiles, and set no "
    "default retention on the bucket",
}
"""Next steps where a removal fails."""


@dataclass(frozen=True)
class Retention:
    """How long nobody may delete what is locked."""

    days: int
    clock: Clock


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
            retention: Locks what is never removed in COMPLIANCE mode; None locks nothing.
            proven: Before its first write the bucket must prove that it refuses a second one.
                When False, other means keep two writers apart, and a key is read before it is
                written.
        """
        self._client, self.bucket, self._prefix = client, bucket.name, bucket.prefix
        self._retention, self._unproven, self._reads_first = retention, proven, not proven
        self._where, self._versions = bucket.where, S3Versions(client, bucket)
        self._sealed = {}
        if bucket.kms_key:
            self._sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": bucket.kms_key}

    def read(self, key: str) -> bytes | None:
        """See `ports.Store.read`.

        Raises:
            TamperedError: It was deleted, and the bucket keeps a version of it.
        """
        data = self._get(key)
        if data is not None or not is_kept(key):
            return data
        # What was deleted is not absent: nobody may take the place of the first.
        hidden = self._versions.last_of(key)
        if hidden is None:
            return None
        data = self._get(key)  # it may have been written just now
        if data is None:
            msg = (
                f"{key} in {self.bucket} was deleted, and its version {hidden.id} is kept; delete "
                "the marker that hides it, and find out who set it"
            )
            raise TamperedError(msg)
        return data

    def _get(self, key: str) -> bytes | None:
        with said(f"{key} in {self.bucket}"):
            try:
                answer = self._client.get_object(Key=self._prefix + key, **self._where)
                data: bytes = answer["Body"].read()
            except self._client.exceptions.ClientError as why:
                if code_of(why) in _ABSENT:
                    return None
                raise
            return data

    def create(self, key: str, data: bytes) -> None:
        """See `ports.Store.create`.

        Raises:
            StoreError: The key is taken and not there, again and again.
        """
        if self._unproven:
            self.probe()
        for _ in range(_TRIES):
            there = self._reads_first and self.read(key) is not None
            if not there and self._put(key, data, IfNoneMatch="*", **self._locked(key)):
                return
            if self._holds(key, data):
                return
        msg = f"{key} in {self.bucket} was deleted while it was written; try again"
        raise StoreError(msg)

    def replace(self, key: str, data: bytes) -> None:
        """See `ports.Store.replace`."""
        self._put(key, data)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """See `ports.Store.keys`.

        Raises:
            StoreError: The store lists in another order.
        """
        last = ""
        with said(f"the list of {prefix or 'all keys'} in {self.bucket}"):
            for page in self._pages(prefix, after):
                for found in page.get("Contents", ()):
                    key = str(found["Key"]).removeprefix(self._prefix)
                    if key <= last:
                        msg = f"{self.bucket} lists {key} after {last}; use a general-purpose "
                        raise StoreError(msg + "bucket, which lists in order")
                    last = key
                    yield key

    def discard(self, key: str) -> int:
        """See `ports.Store.discard`."""
        require_partial(key)
        with said(f"{key} in {self.bucket}", _REMOVING):
            found = list(self._sizes(key))
            for _, version in found:
                self._client.delete_object(Key=self._prefix + key, **version, **self._where)
        return sum(size_bytes for size_bytes, _ in found)

    def _sizes(self, key: str) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the bytes of all that is kept under a key, and how to name it."""
        if self._versions.kept():
            for version in self._versions.all(key):
                if version.key == key:
                    yield version.size_bytes, {"VersionId": version.id}
            return
        for page in self._pages(key, ""):
            for found in page.get("Contents", ()):
                if found["Key"] == self._prefix + key:
                    yield int(found["Size"]), {}

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
            what = ", because it is versioned" if self._versions.kept() else ""
            msg = f"{self.bucket} lets a second write of the same key through{what}; "
            msg += "set mutable_bucket to a bucket without versioning that refuses it, or "
            msg += "single_writer: true where one machine alone writes"
            raise RefusedError(msg)
        self._unproven = False

    def _holds(self, key: str, data: bytes) -> bool:
        """Tell whether a key that is taken holds these bytes; False when it is not there now.

        Raises:
            ConflictError: It holds others.
        """
        held = self.read(key)
        if held not in {None, data}:
            msg = f"{key} exists with other bytes; read it, and use another key"
            raise ConflictError(msg)
        return held is not None

    def _put(self, key: str, data: bytes, **more: Any) -> bool:
        """Write an object; False when it is there already and was to be new."""
        with said(f"{key} in {self.bucket}"):
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
                if code_of(why) in _TAKEN:
                    return False
                raise
        return True

    def _locked(self, key: str) -> dict[str, Any]:
        if self._retention is None or not is_locked(key):
            return {}
        until = self._retention.clock.now() + timedelta(days=self._retention.days)
        return {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}

    def _pages(self, prefix: str, after: str) -> Iterator[Any]:
        start = {"StartAfter": self._prefix + after} if after else {}
        pages = self._client.get_paginator("list_objects_v2")
        yield from pages.paginate(Prefix=self._prefix + prefix, **start, **self._where)


def _b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
