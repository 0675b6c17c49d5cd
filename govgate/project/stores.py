"""The ledger's store, as govgate.yaml names it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from govgate.adapters.clock import SystemClock
from govgate.adapters.files import FileStore
from govgate.adapters.s3 import Bucket, Retention, S3Store, S3Versions, open_client
from govgate.adapters.single_writer import SingleWriterStore
from govgate.adapters.two_buckets import TwoBucketStore
from govgate.ports import Store, Versions
from govgate.project.settings import LedgerSettings, S3Settings


def open_store(folder: Path, ledger: LedgerSettings, retention_days: int) -> Store:
    """Open the store of a project's ledger.

    Args:
        folder: The project's folder.
        ledger: Where the ledger is.
        retention_days: How long what is written from now on is locked; of the policy in force.

    Returns:
        The store; a bucket proves before the first write that it refuses a second one.

    Raises:
        StoreError: The settings of the S3 client are not in order.
    """
    s3 = ledger.s3
    if s3 is None:
        return FileStore(folder / ledger.folder)
    store = _buckets(s3, retention_days)
    return SingleWriterStore(store, folder / ".govgate" / "writer") if s3.single_writer else store


def open_versions(ledger: LedgerSettings) -> Versions | None:
    """Open what the ledger's store keeps of what was written over or deleted.

    Args:
        ledger: Where the ledger is; with two buckets, the one that keeps the evidence is meant.

    Returns:
        None where the store keeps nothing of that.

    Raises:
        StoreError: The store does not say.
    """
    if ledger.s3 is None:
        return None
    versions = S3Versions(open_client(ledger.s3.region, ledger.s3.endpoint), _bucket(ledger.s3))
    return versions if versions.kept() else None


def _bucket(s3: S3Settings) -> Bucket:
    prefix = f"{s3.prefix}/" if s3.prefix else ""
    return Bucket(s3.bucket, prefix, s3.expected_owner, s3.kms_key)


def _buckets(s3: S3Settings, retention_days: int) -> Store:
    client, main = open_client(s3.region, s3.endpoint), _bucket(s3)
    retention = Retention(retention_days, SystemClock()) if s3.object_lock else None
    if s3.mutable_bucket is None:
        return S3Store(client, main, retention=retention, proven=not s3.single_writer)
    settling = S3Store(client, replace(main, name=s3.mutable_bucket), proven=not s3.single_writer)
    return TwoBucketStore(settling, S3Store(client, main, retention=retention, proven=False))


def features(ledger: LedgerSettings) -> Mapping[str, bool]:
    """Say what the store promises, as log.json has it; Object Lock implies versions."""
    s3 = ledger.s3
    locked = s3 is not None and s3.object_lock
    return {
        "cas": s3 is None or not s3.single_writer,
        "object_lock": locked,
        "versioned": locked,
    }


def place(ledger: LedgerSettings) -> str:
    """Say where the ledger is: a folder, or "s3://BUCKET/PREFIX"."""
    if ledger.s3 is None:
        return ledger.folder
    return f"s3://{ledger.s3.bucket}/{ledger.s3.prefix or ''}".rstrip("/")
