"""How fast the ledger appends, publishes, proves and verifies, on a local folder.

Run `python benchmarks/ledger.py`; `--full` takes the sizes the bars are about (1,000,000 entries),
needs 3 GB of disk, and ends with 1 when a bar is missed. Smaller sizes are multiplied up and judge
nothing. Where a Ceph gateway was fetched (`sh tests/tools/fetch_ceph.sh`), it is started, and
appends to it are measured too. The bars of verification are held against processor seconds, shared
among the processes, so that other work on the machine does not count.

Beside ours stand figures that another audit log publishes of itself. They were not measured here.
"""

import argparse
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from govgate.adapters.files import FileStore
from govgate.adapters.s3 import Bucket, S3Store, open_client
from govgate.ledger import (
    MAY_SIGN,
    Actor,
    ActorKind,
    Log,
    Trust,
    TrustedSigner,
    clear_partials,
    create_log,
    keyid,
    leaf_hash,
    verify_inclusion,
    verify_log,
    vkey,
    write_entry,
)
from govgate.ledger.proof import read_proof
from govgate.project.verifying import Processes
from govgate.records import Record, Subject
from govgate.testing import CountingIds, MemorySigner, SetClock

ORIGIN = "bench.example/ledger"
LOG, GATE = MemorySigner("log"), MemorySigner("gate")
VKEY = vkey(ORIGIN, LOG.public)


TRUST = Trust(
    (VKEY,),
    {
        keyid(GATE.public): TrustedSigner(
            GATE.public, "gate", ActorKind.SERVICE, MAY_SIGN[ActorKind.SERVICE]
        )
    },
)
PEER = "Agent Governance Toolkit"
PEER_WRITES_A_SECOND, PEER_VERIFIED_A_SECOND = 285_000, 21_000
"""Source: the figures Microsoft publishes for its Agent Governance Toolkit's audit log: writes in
memory, not durable; entries verified, a chain of hashes without a signature each."""

MIB = 1024
missed: list[str] = []


class Note(Record):
    text: str


@contextmanager
def timed(what: str, count: int = 0) -> Iterator[list[float]]:
    """Print how long it took; gives a list that then holds processor seconds, children's too."""
    busy: list[float] = []
    start, before = time.perf_counter(), sum(os.times()[:4])
    yield busy
    took = time.perf_counter() - start
    busy.append(sum(os.times()[:4]) - before)
    rate = f" {count / took:12,.0f} a second" if count else ""
    print(f"{what:<52} {took:9.3f} s{rate} ({busy[0]:.1f} s of processors)")


def bar(what: str, seen: float, limit: float, unit: str) -> None:
    """Print a measured value beside its bar."""
    holds = "holds" if seen < limit else "MISSED"
    print(f"{'  bar: ' + what:<52} {seen:9.3f} {unit} < {limit:g} {unit}: {holds}")
    if seen >= limit:
        missed.append(what)


def new_log(folder: Path) -> Log:
    store = FileStore(folder)
    create_log(store, ORIGIN, VKEY, SetClock())
    return Log(store, ORIGIN, [VKEY])


def appending(folder: Path) -> None:
    log = new_log(folder)
    times = []
    for i in range(500):
        start = time.perf_counter()
        log.append([b"x" * 2_000] * 5, f"b{i}")
        times.append((time.perf_counter() - start) * 1000)
    a_second = 5_000 / statistics.median(times)
    print(f"{'durable append of 5 entries (fsync), entries':<52} {a_second:26,.0f} a second")
    bar("durable append of 5 entries, median", statistics.median(times), 10, "ms")
    with timed("publish 2,500", 2_500):
        log.publish(LOG)
    log.append([b"x"], "last")
    with timed("publish 1 more"):
        log.publish(LOG)


@contextmanager
def gateway(folder: Path) -> Iterator[str | None]:
    """Address of a real Ceph gateway on this machine; None where its programs were not fetched."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    programs = Path(os.environ.get("GOVGATE_CEPH") or cache / "govgate" / "ceph")
    if not (programs / ".done").is_file():
        yield None
        return
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    tool = Path(__file__).parents[1] / "tests" / "tools" / "rgw.py"
    words = [sys.executable, str(tool), str(programs), str(folder), str(port)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as node:
        url = (node.stdout.readline() if node.stdout else b"").decode().strip()
        try:
            yield url
        finally:
            node.communicate(timeout=60)  # it ends with its stdin


def appending_to_a_bucket(folder: Path) -> None:
    """Measure appends as `appending` does, to Ceph over HTTP on this machine."""
    what = "append of 5 entries to a Ceph gateway, median"
    with gateway(folder) as url:
        if not url:
            print(f"{what}: skipped, no gateway; run `sh tests/tools/fetch_ceph.sh` first")
            return
        keys = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secretsecret"}
        os.environ.update(keys | {"AWS_EC2_METADATA_DISABLED": "true"})
        client = open_client("us-east-1", url)
        client.create_bucket(Bucket="bench")
        store = S3Store(client, Bucket("bench"))
        create_log(store, ORIGIN, VKEY, SetClock())
        log, times = Log(store, ORIGIN, [VKEY]), []
        for i in range(300):
            start = time.perf_counter()
            log.append([b"x" * 2_000] * 5, f"b{i}")
            times.append((time.perf_counter() - start) * 1000)
        bar(what, statistics.median(times), 25, "ms")
        with timed("publish 1,500 to it", 1_500):
            log.publish(LOG)


def tree(folder: Path, count: int) -> None:
    """Every byte of a log whose signatures were checked before."""
    log = new_log(folder)
    entry = b"x" * 1_000
    for at in range(0, count, 4_000):
        log.append([b"%020d" % i + entry for i in range(at, at + 4_000)], f"b{at}")
    with timed("publish", count):
        log.publish(LOG)
    signed = log.checkpoint()
    note = signed.note if signed else b""
    with timed(f"verify the tree of {count:,} entries of 1 KB", count) as busy:
        verify_log(log.store, TRUST, verified=note).raise_if_bad()
    bar("a million entries", busy[0] * 1_000_000 / count, 8, "s")
    prove(log, count)


def clearing(folder: Path) -> None:
    """What a log published after every 16 entries of 2 KB can do without."""
    log, count = new_log(folder), 5_120
    for i in range(count // 16):
        log.append([b"x" * 2_000] * 16, f"b{i}")
        log.publish(LOG)
    before = size_bytes(folder)
    signed = log.checkpoint()
    with timed("clear needless partial tiles away"):
        cleared = clear_partials(log.store, signed.checkpoint) if signed else None
    after, told = size_bytes(folder), cleared.removed if cleared else 0
    sizes = f"{before / MIB**2:.1f} -> {after / MIB**2:.1f} MiB"
    print(f"{f'  of the folder, by removing {told}':<52} {sizes}")


def size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def prove(log: Log, count: int) -> None:
    with timed("prove one"):
        proof = read_proof(log.prove(count // 2))
    signed, envelope = log.checkpoint(), next(e for _, e in log.entries(count // 2))
    if signed is None:
        return
    leaf, root, times = leaf_hash(envelope), signed.checkpoint.root, 1_000
    start = time.perf_counter()
    for _ in range(times):
        verify_inclusion(leaf, proof.index, signed.checkpoint.size, proof.hashes, root)
    bar("inclusion proof", (time.perf_counter() - start) / times * 1e6, 100, "us")


def signatures(folder: Path, count: int) -> None:
    log, ids, clock = new_log(folder), CountingIds(), SetClock()
    gate = Actor(kind=ActorKind.SERVICE, id="gate")
    subject = Subject(name="models:/credit/7", content="sha256:" + "ab" * 32)
    with timed("write, sign and append entries of 1.7 KB, durable", count):
        for at in range(0, count, 2_000):
            envelopes = [
                write_entry(
                    Note(text="x" * 900),
                    kind="evidence/v1",
                    subject=subject,
                    actor=gate,
                    ids=ids,
                    clock=clock,
                    signers=[GATE],
                    store=log.store,
                )
                for _ in range(2_000)
            ]
            log.append(envelopes, f"b{at}")
    log.publish(LOG)
    cores = min(2, os.cpu_count() or 1)
    what = f"verify all and {count:,} signatures, {cores} processes"
    with timed(what, count) as busy, Processes(cores) as spread:
        report = verify_log(log.store, TRUST, spread=spread)
        report.raise_if_bad()
    if sum(report.kinds.values()) != count:
        missed.append("every entry opened")
    bar("100,000 signatures", busy[0] / cores * 100_000 / count, 15, "s")


def peer() -> None:
    print(f"{PEER}, as published: in-memory writes{'':<10} {PEER_WRITES_A_SECOND:12,} a second")
    print(f"{PEER}, as published: entries verified{'':<10} {PEER_VERIFIED_A_SECOND:12,} a second")
    print("Of ours, appends are durable: on the disk before they return. Theirs are in memory.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="the sizes the bars are about")
    full = parser.parse_args().full
    with tempfile.TemporaryDirectory() as folder:
        appending(Path(folder) / "small")
        clearing(Path(folder) / "often")
        appending_to_a_bucket(Path(folder) / "ceph")
        tree(Path(folder) / "large", 1_000_000 if full else 100_000)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB
        bar("most memory so far", memory, 300, "MiB")
        # At the bar's own size always: no figure of it is multiplied up.
        signatures(Path(folder) / "signed", 100_000)
    peer()
    for what in missed:
        print(f"missed: {what}", file=sys.stderr)
    return 1 if missed and full else 0


if __name__ == "__main__":
    sys.exit(main())
