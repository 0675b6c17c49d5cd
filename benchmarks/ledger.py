"""How fast the ledger appends, publishes, proves and verifies, on a local folder.

Run `python benchmarks/ledger.py [ENTRIES]`; 100,000 entries of 2 KB need 0.5 GB of disk.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from govgate.adapters.files import FileStore
from govgate.ledger import (
    MAY_SIGN,
    Actor,
    ActorKind,
    Log,
    Trust,
    TrustedSigner,
    create_log,
    keyid,
    verify_log,
    vkey,
    write_entry,
)
from govgate.ledger.tree_audit import audit_of
from govgate.records import Record, Subject
from govgate.testing import CountingIds, MemorySigner, MemoryStore, SetClock

ORIGIN = "bench.example/ledger"
LOG, GATE = MemorySigner("log"), MemorySigner("gate")
VKEY = vkey(ORIGIN, LOG.public)


class Note(Record):
    text: str


@contextmanager
def timed(what: str, count: int = 0) -> Iterator[None]:
    start = time.perf_counter()
    yield
    took = time.perf_counter() - start
    print(f"{what:<44} {took:9.3f} s" + (f" {count / took:12,.0f} a second" if count else ""))


def appending(folder: Path) -> None:
    log = new_log(folder)
    times = []
    for i in range(500):
        start = time.perf_counter()
        log.append([b"x" * 2_000] * 5, f"b{i}")
        times.append((time.perf_counter() - start) * 1000)
    print(f"{'append of 5 entries, median':<44} {statistics.median(times):9.3f} ms")
    with timed("publish 2,500"):
        log.publish(LOG)
    log.append([b"x"], "last")
    with timed("publish 1 more"):
        log.publish(LOG)


def new_log(folder: Path) -> Log:
    store = FileStore(folder)
    create_log(store, ORIGIN, VKEY, SetClock())
    return Log(store, ORIGIN, [VKEY])


def verifying(folder: Path, count: int) -> None:
    log = new_log(folder)
    entry = b"x" * 2_060
    for at in range(0, count, 1_000):
        log.append([b"%020d" % i + entry for i in range(at, at + 1_000)], f"b{at}")
    with timed("publish", count):
        log.publish(LOG)
    signed = log.checkpoint()
    if signed is None:
        return
    with timed("verify commits, bundles, tiles, no signatures", count):
        audit = audit_of(log.store, signed.checkpoint.size, signed.checkpoint.root)
        audit.check_commits()
        seen = sum(1 for _ in audit.entries(lambda _done, _total: None))
        audit.check_tiles()
    print(f"  {seen:,} entries, {audit.tiles:,} tiles, {len(audit.problems)} problems")
    with timed("prove one"):
        log.prove(count // 2)
    with timed("open again and append one"):
        Log(log.store, ORIGIN, [VKEY]).append([b"x"], "again")


def signatures(count: int = 5_000) -> None:
    store, ids, clock = MemoryStore(), CountingIds(), SetClock()
    create_log(store, ORIGIN, VKEY, clock)
    gate = Actor(kind=ActorKind.SERVICE, id="gate")
    subject = Subject(name="models:/credit/7", content="sha256:" + "ab" * 32)
    with timed("write entries, signed", count):
        envelopes = [
            write_entry(
                Note(text="x" * 900),
                kind="evidence/v1",
                subject=subject,
                actor=gate,
                ids=ids,
                clock=clock,
                signers=[GATE],
                store=store,
            )
            for _ in range(count)
        ]
    log = Log(store, ORIGIN, [VKEY])
    for at in range(0, count, 1_000):
        log.append(envelopes[at : at + 1_000], f"b{at}")
    log.publish(LOG)
    kinds = MAY_SIGN[ActorKind.SERVICE]
    signer = TrustedSigner(GATE.public, "gate", ActorKind.SERVICE, kinds)
    with timed("verify whole log with signatures", count):
        verify_log(store, Trust((VKEY,), {keyid(GATE.public): signer})).raise_if_bad()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entries", type=int, nargs="?", default=100_000)
    count = parser.parse_args().entries
    with tempfile.TemporaryDirectory() as folder:
        appending(Path(folder) / "small")
        verifying(Path(folder) / "large", count)
    signatures()


if __name__ == "__main__":
    main()
