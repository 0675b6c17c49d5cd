"""What versions cost a ledger in a bucket: each append, and an audit of all of them.

Run `python benchmarks/bucket.py http://127.0.0.1:9000` against a store for which the environment
has credentials; it makes buckets there and leaves them.
"""

import statistics
import sys
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

from govgate.adapters.clock import SystemClock
from govgate.adapters.s3 import Bucket, Retention, S3Store, S3Versions, open_client
from govgate.adapters.two_buckets import TwoBucketStore
from govgate.ledger import Locking, Log, audit_versions, create_log, vkey
from govgate.ports import Store
from govgate.testing import MemorySigner, SetClock

ORIGIN, LOG = "bench.example/ledger", MemorySigner("log")
VKEY = vkey(ORIGIN, LOG.public)
DAYS = 183
APPENDS = 200


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def appending(what: str, store: Store) -> None:
    create_log(store, ORIGIN, VKEY, SetClock())
    log = Log(store, ORIGIN, [VKEY])
    log.append([b"x"], "first")
    took = [
        milliseconds(lambda i=i: log.append([b"x" * 2_000] * 5, f"b{i}"))  # type: ignore[misc]
        for i in range(APPENDS)
    ]
    print(f"{what:<44} {statistics.median(took):9.1f} ms an append of 5 entries, median")


def main() -> int:
    client = open_client("us-east-1", sys.argv[1])

    def bucket(*, locked: bool = False) -> str:
        name = f"bench-{uuid.uuid4().hex}"
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locked)
        return name

    retention = Retention(DAYS, SystemClock())
    appending("a bucket without versions", S3Store(client, Bucket(bucket())))
    kept = Bucket(bucket(locked=True))
    keeping = S3Store(client, kept, retention=retention, proven=False)
    settling = S3Store(client, Bucket(bucket()))
    appending("two buckets, one of them locked", TwoBucketStore(settling, keeping))
    span = timedelta(days=DAYS)
    start = time.perf_counter()
    audit = audit_versions(S3Versions(client, kept), Locking(span, span))
    took = time.perf_counter() - start
    print(f"{'audit of versions and locks':<44} {audit.versions / took:9.0f} versions a second")
    return len(audit.problems)


if __name__ == "__main__":
    sys.exit(main())
