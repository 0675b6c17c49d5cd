"""A vault in an S3 bucket: sealed objects are locked in COMPLIANCE mode where the bucket can.

An object is locked only after its bytes were found right, as nobody can remove
it then.

Source: Amazon S3 API, Object Lock and ListObjectVersions; docs/spec/sealed-models.md.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

from govgate.errors import StoreError
from govgate.ports import Clock
from govgate.tree import File, Pieces

_PIECE_BYTES = 1 << 18
_PART_BYTES = 8 << 20
"""Of a multipart upload; 10,000 parts, the most S3 takes, are 80 GB. Ten wait in memory at most."""

_ABSENT = {"NoSuchKey", "404", "NotFound"}
_TAKEN = {"PreconditionFailed", "412", "ConditionalRequestConflict"}
_LOCKLESS = {"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"}


@dataclass(frozen=True)
class Place:
    """Where in S3, and what every call says."""

    client: Callable[[], Any]
    """Gives the boto3 client to use now."""

    bucket: str
    prefix: str = ""
    """Put before every path, with its own slash; "" for none."""

    call: Mapping[str, Any] = field(default_factory=dict)
    """Words of every call, such as ExpectedBucketOwner."""

    upload: Mapping[str, Any] = field(default_factory=dict)
    """Words of every write, such as ServerSideEncryption."""


class S3Vault:
    """Implements `ports.Vault` over a bucket; several processes may use it at once."""

    def __init__(self, place: Place, clock: Clock, retention_days: int) -> None:
        """Use a bucket.

        Args:
            place: Which, and how.
            clock: Tells from when retention runs.
            retention_days: How long what is locked cannot be deleted.
        """
        self._place, self._clock, self._days = place, clock, retention_days
        self._where = {"Bucket": place.bucket, **place.call}

    def files(self, folder: str) -> Iterator[File]:
        """See `ports.Vault.files`."""
        with self._said(folder):
            for found in self._versions(self._under(folder)):
                # What S3 consoles make so that a folder shows is no file.
                if not (found["Size"] == 0 and found["Key"].endswith("/")):
                    path = found["Key"].removeprefix(self._under(folder))
                    yield path, partial(self._pieces, found["Key"])

    def folders(self, folder: str) -> Iterator[str]:
        """See `ports.Vault.folders`."""
        under = self._under(folder)
        with self._said(folder):
            for page in self._pages("list_objects_v2", under, Delimiter="/"):
                for found in page.get("CommonPrefixes", ()):
                    yield found["Prefix"].removeprefix(under).rstrip("/")

    def write(self, path: str, pieces: Pieces) -> None:
        """See `ports.Vault.write`."""
        from boto3.s3.transfer import TransferConfig

        config = TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES)
        more = {**self._place.upload, **self._place.call}
        with self._said(path):
            self._client.upload_fileobj(
                _Reader(pieces), self._place.bucket, self._key(path), ExtraArgs=more, Config=config
            )

    def lock(self, folder: str) -> None:
        """See `ports.Vault.lock`."""
        if not self._locks:
            return
        until = self._clock.now() + timedelta(days=self._days)
        retention = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
        with self._said(folder):
            for found in self._versions(self._under(folder)):
                self._client.put_object_retention(
                    Key=found["Key"],
                    VersionId=found["VersionId"],
                    Retention=retention,
                    **self._where,
                )

    def stamps(self, folder: str) -> Mapping[str, str]:
        """See `ports.Vault.stamps`."""
        under = self._under(folder)
        with self._said(folder):
            return {v["Key"].removeprefix(under): _stamp(v) for v in self._versions(under)}

    def stamp(self, path: str) -> str:
        """See `ports.Vault.stamp`."""
        key = self._key(path)
        with self._said(path):
            return next((_stamp(v) for v in self._versions(key) if v["Key"] == key), "")

    def read(self, path: str) -> bytes | None:
        """See `ports.Vault.read`."""
        with self._said(path):
            try:
                answer = self._client.get_object(Key=self._key(path), **self._where)
            except self._client.exceptions.ClientError as why:
                if _code(why) in _ABSENT:
                    return None
                raise
            data: bytes = answer["Body"].read()
            return data

    def create(self, path: str, data: bytes) -> None:
        """See `ports.Vault.create`."""
        with self._said(path):
            try:
                self._client.put_object(
                    Key=self._key(path),
                    Body=data,
                    IfNoneMatch="*",
                    **self._where,
                    **self._place.upload,
                )
            except self._client.exceptions.ClientError as why:
                if _code(why) not in _TAKEN:
                    raise

    def exists(self, path: str) -> bool:
        """See `ports.Vault.exists`."""
        with self._said(path):
            try:
                self._client.head_object(Key=self._key(path), **self._where)
            except self._client.exceptions.ClientError as why:
                if _code(why) in _ABSENT:
                    return False
                raise
            return True

    def holds(self, folder: str) -> bool:
        """See `ports.Vault.holds`."""
        with self._said(folder):
            found = self._client.list_objects_v2(
                Prefix=self._under(folder), MaxKeys=1, **self._where
            )
        return bool(found.get("KeyCount", len(found.get("Contents", ()))))

    def discard(self, folder: str) -> None:
        """See `ports.Vault.discard`."""
        with self._said(folder):
            for page in self._pages("list_object_versions", self._under(folder)):
                gone = [
                    {"Key": v["Key"], "VersionId": v["VersionId"]} for v in page.get("Versions", ())
                ]
                if gone:
                    self._client.delete_objects(Delete={"Objects": gone}, **self._where)

    @property
    def _client(self) -> Any:
        return self._place.client()

    @cached_property
    def _locks(self) -> bool:
        """Whether the bucket has Object Lock."""
        with self._said("the bucket"):
            try:
                answer = self._client.get_object_lock_configuration(**self._where)
            except self._client.exceptions.ClientError as why:
                if _code(why) in _LOCKLESS:
                    return False
                raise
        found = answer.get("ObjectLockConfiguration", {})
        return bool(found.get("ObjectLockEnabled") == "Enabled")

    def _key(self, path: str) -> str:
        parts = path.split("/")
        if any(part in {"", ".", ".."} for part in parts):
            msg = f"{path!r} names no place in the artifact store; register the model again"
            raise StoreError(msg)
        return self._place.prefix + path

    def _under(self, folder: str) -> str:
        return self._key(folder) + "/" if folder else self._place.prefix

    def _pages(self, operation: str, prefix: str, **more: Any) -> Iterator[Any]:
        pages = self._client.get_paginator(operation)
        yield from pages.paginate(Prefix=prefix, **more, **self._where)

    def _versions(self, prefix: str) -> Iterator[Any]:
        """Yield the version of each object that a reader would be given."""
        for page in self._pages("list_object_versions", prefix):
            yield from (v for v in page.get("Versions", ()) if v["IsLatest"])

    def _pieces(self, key: str) -> Iterator[bytes]:
        with self._said(key):
            body = self._client.get_object(Key=key, **self._where)["Body"]
            with body:
                yield from body.iter_chunks(_PIECE_BYTES)

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        """Turn the client's errors into ours.

        Raises:
            StoreError: With the next step.
        """
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        try:
            yield
        except (Boto3Error, BotoCoreError, ClientError, HTTPError, OSError) as why:
            msg = f"{what} in {self._place.bucket} cannot be read or written ({why}); "
            raise StoreError(msg + "look at the bucket and at the server's rights to it") from why


class _Reader:
    """Pieces as the file that boto3 uploads from."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces, self._left = iter(pieces), bytearray()

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._left) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._left += piece
        taken = bytes(self._left if size < 0 else self._left[:size])
        del self._left[: len(taken)]
        return taken


def _stamp(version: Mapping[str, Any]) -> str:
    return f"{version['Size']}.{version['VersionId']}.{version['ETag']}"


def _code(why: Exception) -> str:
    answer = getattr(why, "response", None)
    said = answer.get("Error", {}).get("Code", "") if isinstance(answer, dict) else ""
    return str(said)
