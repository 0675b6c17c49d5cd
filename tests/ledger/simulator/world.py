"""Writers, publishers and a reader of one log, and the laws that must hold whatever fails."""

from collections import Counter
from dataclasses import dataclass, field

from govgate.errors import StoreError
from govgate.ledger import Log, Sender, leaf_hash, merkle, vkey
from govgate.ledger.checkpoint import HINT, open_checkpoint
from govgate.testing import MemorySigner, SetClock
from tests.ledger.simulator.schedule import BrokenLawError, FaultyOutbox, FaultyStore, Schedule

ORIGIN = "sim.example/ledger"
KEY = MemorySigner("sim")
VKEYS = [vkey(ORIGIN, KEY.public)]
CLOCK = SetClock()

MAX_BATCH = 90
"""Entries in one batch; twelve batches cross the edge of a tile."""


@dataclass
class Writer:
    """A process with some batches to append; two of the three share an outbox."""

    name: str
    outbox: FaultyOutbox
    jobs: list
    log_kind: type = Log
    sender_kind: type = Sender
    acked: dict = field(default_factory=dict)
    unheard: set = field(default_factory=set)
    """Entries out of the outbox, whose writer died before it heard whether they are recorded."""

    def work(self, actor):
        """Live once: finish what was left, then append what is still to do."""
        log = self.log_kind(FaultyStore(actor), ORIGIN, VKEYS)
        sender = self.sender_kind(log, self.outbox, CLOCK)
        while self.jobs or not self.outbox.batches.keys() <= self.outbox.held:
            actor.stop_here()
            try:
                sender.flush(lambda *_: None)
                if self.jobs:
                    self._send(sender, *self.jobs[0])
            except StoreError:
                continue

    def _send(self, sender, batch, entries):
        """Append a batch; once it is in the outbox it is no job any more."""
        try:
            start = sender.send(entries, batch).start
        except StoreError as why:
            if batch in self.outbox.batches or str(why).startswith("it is not known"):
                self.jobs.pop(0)
            else:
                self.jobs[0] = (f"{batch}r", entries)
            return
        except BaseException:
            if batch in self.outbox.seen:
                self.jobs.pop(0)
                self.unheard |= set(entries) if batch not in self.outbox.batches else set()
            raise
        self.jobs.pop(0)
        self.acked[tuple(entries)] = start


class SeenOutbox(FaultyOutbox):
    """Remembers what was ever kept."""

    def __init__(self, schedule):
        super().__init__(schedule)
        self.seen = set()

    def put(self, name, data):
        try:
            return super().put(name, data)
        finally:
            if name in self.batches:
                self.seen.add(name)


def run(seed, log_kind=Log, sender_kind=Sender, *, cas=True):
    """Run one seed, and check every law.

    Raises:
        BrokenLawError: One is broken.
    """
    schedule = Schedule(seed, cas=cas)
    shared = SeenOutbox(schedule)
    writers = []
    for w in range(3):
        jobs = [
            (f"{w}-{j}", [f"{w}.{j}.{x}".encode() for x in range(size(schedule))]) for j in range(4)
        ]
        outbox = shared if w < 2 else SeenOutbox(schedule)
        writers.append(Writer(f"writer {w}", outbox, jobs, log_kind, sender_kind))
    wanted = {e for w in writers for _, entries in w.jobs for e in entries}
    writing = [schedule.start(w.name, w.work) for w in writers]
    sizes = []

    def publish(actor):
        while not all(a.done for a in writing):
            try:
                log_kind(FaultyStore(actor), ORIGIN, VKEYS).publish(KEY)
            except StoreError:
                continue

    def look(actor):
        log = log_kind(FaultyStore(actor), ORIGIN, VKEYS)
        while not all(a.done for a in writing):
            try:
                signed = log.checkpoint()
            except StoreError:
                continue
            sizes.append(signed.checkpoint.size if signed else 0)

    for name, work in (("publisher 0", publish), ("publisher 1", publish), ("reader", look)):
        schedule.start(name, work)
    schedule.run()
    check(schedule, writers, wanted, sizes)
    return schedule


def size(schedule):
    return schedule.random.randint(1, MAX_BATCH)


class PlainStore:
    """What is there after the run, without faults."""

    def __init__(self, schedule):
        self._schedule = schedule

    def read(self, key):
        return self._schedule.objects.get(key)

    def keys(self, prefix, after=""):
        return iter(sorted(k for k in self._schedule.objects if k.startswith(prefix) and k > after))

    def create(self, key, data):
        self.replace(key, data)

    def replace(self, key, data):
        if self.read(key) not in {None, data} and key != HINT:
            raise BrokenLawError(key)
        self._schedule.objects[key] = data


def check(schedule, writers, wanted, sizes):
    """Check the laws.

    Raises:
        BrokenLawError: One is broken.
    """
    log = Log(PlainStore(schedule), ORIGIN, VKEYS)
    log.publish(KEY)
    entries = [entry for _, entry in log.entries()]
    unheard = set().union(*(w.unheard for w in writers))
    require(max(Counter(entries).values()) == 1, "an entry stands twice")
    require(wanted - set(entries) <= unheard, "an entry is missing")
    require(set(entries) <= wanted, "an entry stands that nobody wrote")
    for writer in writers:
        for batch, start in writer.acked.items():
            found = tuple(entries[start : start + len(batch)])
            require(found == batch, f"{writer.name} was told a wrong place")
    first = {}
    for key, data in schedule.written:
        require(key == HINT or first.setdefault(key, data) == data, f"{key} was changed")
    require(sizes == sorted(sizes), "a checkpoint went backwards")
    leaves = [leaf_hash(e) for e in entries]
    for key in {k for k, _ in schedule.written if k.startswith("checkpoints/")}:
        signed = open_checkpoint(first[key], ORIGIN, VKEYS, key).checkpoint
        require(merkle.root(leaves[: signed.size]) == signed.root, f"{key} is of another history")


def require(holds, law):
    if not holds:
        raise BrokenLawError(law)
