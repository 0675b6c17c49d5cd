"""What a bucket keeps of objects that were written over or deleted, and until when it must.

Source: Amazon S3 API, ListObjectVersions, HeadObject with "versionId", GetBucketVersioning.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from typing import Any

from govgate.adapters.s3.client import Bucket, code_of, said
from govgate.errors import StoreError
from govgate.ports import Version

_THREADS = 8
"""Questions that wait for their answers at once; the client holds ten connections."""

_AT_ONCE = 1_000
"""Questions held in memory."""

_KEPT = {"Enabled", "Suspended"}
"""Where versioning was switched off, what was kept before is still there."""

_UNKNOWN = {"NotImplemented", "MethodNotAllowed"}
"""What a store says that has no versions at all."""


class S3Versions:
    """Implements `ports.Versions` over one bucket."""

    def __init__(self, client: Any, bucket: Bucket) -> None:
        """Look into a bucket.

        Args:
            client: From `open_client`.
            bucket: Which one.
        """
        self._client, self._bucket = client, bucket
        self._kept: bool | None = None

    def kept(self) -> bool:
        """Tell whether the bucket keeps what is written over or deleted; asked once."""
        if self._kept is None:
            with said(f"the versioning of {self._bucket.name}"):
                self._kept = self._status() in _KEPT
        return self._kept

    def _status(self) -> str:
        try:
            answer = self._client.get_bucket_versioning(**self._bucket.where)
        except self._client.exceptions.ClientError as why:
            if code_of(why) in _UNKNOWN:
                return ""
            raise
        return str(answer.get("Status"))

    def all(self, prefix: str = "") -> Iterator[Version]:
        """See `ports.Versions.all`.

        Raises:
            StoreError: The store lists in another order.
        """
        last = ""
        with said(f"the list of versions in {self._bucket.name}"):
            pages = self._client.get_paginator("list_object_versions")
            wanted = self._bucket.prefix + prefix
            for page in pages.paginate(Prefix=wanted, **self._bucket.where):
                for version in self._on(page):
                    if version.key < last:
                        msg = f"{self._bucket.name} lists versions of {version.key} after {last}; "
                        raise StoreError(msg + "use a bucket that lists in order")
                    last = version.key
                    yield version

    def _on(self, page: Any) -> Iterator[Version]:
        """Put the two lists of a page together, in the order of the keys."""
        bytes_of, marks = page.get("Versions", ()), page.get("DeleteMarkers", ())
        both = ((self._version(each) for each in found) for found in (bytes_of, marks))
        return merge(*both, key=lambda version: version.key)

    def _version(self, told: Any) -> Version:
        return Version(
            key=str(told["Key"]).removeprefix(self._bucket.prefix),
            id=str(told["VersionId"]),
            written_at=told["LastModified"].astimezone(UTC),
            size_bytes=int(told.get("Size", 0)),
            latest=bool(told["IsLatest"]),
            marker="Size" not in told,
        )

    def last_of(self, key: str) -> Version | None:
        """Return the last bytes that are kept of a key, or None where there are none."""
        if not self.kept():
            return None
        return next((v for v in self.all(key) if v.key == key and not v.marker), None)

    def read(self, version: Version) -> bytes:
        """See `ports.Versions.read`."""
        with said(f"version {version.id} of {version.key} in {self._bucket.name}"):
            data: bytes = self._client.get_object(**self._at(version))["Body"].read()
        return data

    def locked_until(
        self, versions: Iterable[Version]
    ) -> Iterator[tuple[Version, datetime | None]]:
        """See `ports.Versions.locked_until`; some questions are asked at once."""
        waiting = iter(versions)
        with ThreadPoolExecutor(_THREADS) as threads:
            while some := list(islice(waiting, _AT_ONCE)):
                yield from zip(some, threads.map(self._lock_of, some), strict=True)

    def _lock_of(self, version: Version) -> datetime | None:
        with said(f"the lock on {version.key} in {self._bucket.name}"):
            answer = self._client.head_object(**self._at(version))
        # In GOVERNANCE mode some people can delete it.
        if answer.get("ObjectLockMode") != "COMPLIANCE":
            return None
        until: datetime = answer["ObjectLockRetainUntilDate"]
        return until.astimezone(UTC)

    def _at(self, version: Version) -> dict[str, str]:
        key = self._bucket.prefix + version.key
        return self._bucket.where | {"Key": key, "VersionId": version.id}
