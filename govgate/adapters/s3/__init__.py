"""A bucket as a ledger's store: its client, its objects, and the versions it keeps of them."""

from govgate.adapters.s3.client import Bucket, open_client
from govgate.adapters.s3.places import S3Places
from govgate.adapters.s3.store import Retention, S3Store
from govgate.adapters.s3.versions import S3Versions

__all__ = ["Bucket", "Retention", "S3Places", "S3Store", "S3Versions", "open_client"]
