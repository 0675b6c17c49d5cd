"""Objects in a bucket as files of rows: ranged reads of the one version that was listed.

Source: Amazon S3 API, GetObject with "Range" and "If-Match"; ListObjectsV2.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from govgate.adapters.tables.folder import is_part, parts_of
from govgate.adapters.tables.parts import PartedTable
from govgate.adapters.tables.plain import reading
from govgate.errors import EvidenceError
from govgate.ports import Table, Workers

_PIECE_BYTES = 8 << 20
_TRIES = 3
"""At one range: the client asks again by itself, but not once bytes began to flow."""

_ABSENT = {"NoSuchKey", "404"}
_CHANGED = {"PreconditionFailed", "412", *_ABSENT}


@dataclass(frozen=True)
class S3Place:
    """How to reach buckets; pickles, so that each worker opens a client of its own."""

    open_client: Callable[[str | None, str | None], Any]
    """Takes the region and the endpoint, and gives a boto3 client."""

    region: str | None = None
    endpoint: str | None = None


@lru_cache(maxsize=8)
def client_of(place: S3Place) -> Any:
    """Give this process the client of a place."""
    return place.open_client(place.region, place.endpoint)


@dataclass(frozen=True)
class S3Blob:
    """One object, as it was listed."""

    place: S3Place
    bucket: str
    key: str
    size: int
    etag: str

    @property
    def where(self) -> str:
        """See `Blob.where`."""
        return f"s3://{self.bucket}/{self.key}"

    @contextmanager
    def open(self) -> Iterator[Any]:
        """See `Blob.open`.

        Raises:
            EvidenceError: It changed since it was listed.
        """
        import pyarrow as pa

        ranges = _Ranges(self)
        try:
            with reading(self.where), pa.PythonFile(ranges, mode="r") as file:
                yield file
        except EvidenceError as why:
            # what the store said tells more than what a reader made of it
            raise ranges.refused or why from why

    def sha256(self) -> str:
        """See `Blob.sha256`."""
        hashed = hashlib.sha256()
        for start in range(0, self.size, _PIECE_BYTES):
            hashed.update(self.read(start, _PIECE_BYTES))
        return hashed.hexdigest()

    def read(self, start: int, count: int) -> bytes:
        """Read a range; shorter at the end.

        Raises:
            EvidenceError: The object is another one now, or cannot be read.
        """
        end = min(start + count, self.size)
        if start >= end:
            return b""
        for left in reversed(range(_TRIES)):
            with _said(self.where, again=left > 0):
                answer = client_of(self.place).get_object(
                    Bucket=self.bucket,
                    Key=self.key,
                    Range=f"bytes={start}-{end - 1}",
                    IfMatch=self.etag,
                )
                # not every store heeds the condition
                _require_same(self.where, answer["ETag"] == self.etag)
                data: bytes = answer["Body"].read()
                if len(data) == end - start:
                    return data
        msg = f"{self.where} broke off while it was read, {_TRIES} times; check the network"
        raise EvidenceError(msg)


class _Ranges(io.RawIOBase):
    """A file that asks for each range as it is read."""

    def __init__(self, blob: S3Blob) -> None:
        super().__init__()
        self._blob, self._at = blob, 0
        self.refused: EvidenceError | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._blob.size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        count = self._blob.size if size is None or size < 0 else size
        try:
            data = self._blob.read(self._at, count)
        except EvidenceError as why:
            self.refused = why
            raise OSError(str(why)) from why
        self._at += len(data)
        return data


def in_bucket(address: str, place: S3Place, workers: Workers | None) -> Table:
    """Open an object, or all parts below a prefix.

    Args:
        address: "s3://BUCKET/KEY", or "s3://BUCKET/PREFIX/" with the slash.
        place: How to reach it.
        workers: Who does the work.

    Raises:
        EvidenceError: There is nothing, or it is no table.
    """
    bucket, _, key = address.removeprefix("s3://").partition("/")
    whole = bool(key) and not key.endswith("/")
    listed = _one(place, bucket, key, address) if whole else _listed(place, bucket, key, address)
    found = []
    for each in listed:
        blob = S3Blob(place, bucket, each["Key"], each["Size"], each["ETag"])
        name = key.rpartition("/")[2] if whole else blob.key.removeprefix(key)
        if is_part(name, blob.size, address):
            found.append((name, blob))
    parts = parts_of(found, address)
    return PartedTable(address, parts, parts[0].columns, workers)


def _one(place: S3Place, bucket: str, key: str, address: str) -> Iterator[Any]:
    with _said(address, again=False):
        try:
            answer = client_of(place).head_object(Bucket=bucket, Key=key)
        except client_of(place).exceptions.ClientError as why:
            if why.response.get("Error", {}).get("Code") in _ABSENT:
                msg = f"there is no object {address}; correct it, or end a prefix with a slash"
                raise EvidenceError(msg) from why
            raise
        yield {"Key": key, "Size": answer["ContentLength"], "ETag": answer["ETag"]}


def _listed(place: S3Place, bucket: str, prefix: str, address: str) -> Iterator[Any]:
    with _said(address, again=False):
        pages = client_of(place).get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            yield from page.get("Contents", ())


def _require_same(what: str, same: bool) -> None:  # noqa: FBT001 -- said where it is called
    """Stop at an object that is not the one that was listed.

    Raises:
        EvidenceError: It is another, or gone.
    """
    if not same:
        msg = f"{what} changed or vanished while it was read; hand over what nobody writes to"
        raise EvidenceError(msg)


@contextmanager
def _said(what: str, *, again: bool) -> Iterator[None]:
    """Turn the client's errors into ours, or into nothing where the range is asked for again.

    Raises:
        EvidenceError: The object is another one now, or cannot be read.
    """
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as why:
        code = why.response.get("Error", {}).get("Code", "")
        _require_same(what, code not in _CHANGED)
        msg = f"{what} cannot be read ({code}); grant s3:GetObject and s3:ListBucket, or correct "
        raise EvidenceError(msg + "the address") from why
    except (BotoCoreError, HTTPError, OSError) as why:
        if not again:
            msg = f"{what} cannot be read ({type(why).__name__}); check the network, the region "
            raise EvidenceError(msg + "and AWS_ENDPOINT_URL, then try again") from why
