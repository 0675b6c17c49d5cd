"""Writers, publishers and a reader of one log, and the laws that must hold whatever fails."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

from govgate.errors import StoreError
from govgate.ledger import Log, Sender, TileReader, leaf_hash, merkle, vkey
from govgate.ledger.checkpoint import HINT, open_checkpoint
from govgate.testing import MemorySigner, MemoryStore, SetClock
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


@cache
def begun():
    """A log that was published at five sizes, so that its first tile soon is full."""
    store = MemoryStore()
    log = Log(store, ORIGIN, VKEYS)
    for n in range(5):
        log.append([f"begun.{n}.{x}".encode() for x in range(50)], f"begun-{n}")
        log.publish(KEY)
    return store.objects, {entry for _, entry in log.entries()}


def run(seed, log_kind=Log, sender_kind=Sender, *, cas=True, clear=None):
    """Run one seed, and check every law; `clear` makes needless partial tiles go meanwhile.

    Raises:
        BrokenLawError: One is broken.
    """
    schedule = Schedule(seed, cas=cas)
    objects, entries = begun() if clear else ({}, set())
    schedule.objects |= objects
    shared = SeenOutbox(schedule)
    writers = []
    for w in range(3):
        jobs = [
            (f"{w}-{j}", [f"{w}.{j}.{x}".encode() for x in range(size(schedule))]) for j in range(4)
        ]
        outbox = shared if w < 2 else SeenOutbox(schedule)
        writers.append(Writer(f"writer {w}", outbox, jobs, log_kind, sender_kind))
    wanted = entries | {e for w in writers for _, batch in w.jobs for e in batch}
    others = Others(schedule, [schedule.start(w.name, w.work) for w in writers], log_kind, clear)
    living = {"publisher 0": others.publish, "publisher 1": others.publish, "reader": others.look}
    if clear:
        living |= {"late reader": others.read_on, "sweeper": others.sweep}
    for name, work in living.items():
        schedule.start(name, work)
    schedule.run()
    check(schedule, writers, wanted, others.sizes)
    return schedule


@dataclass
class Others:
    """Those who live beside the writers, for as long as they write."""

    schedule: Schedule
    writing: list
    log_kind: type
    clear: Callable | None
    sizes: list = field(default_factory=list)
    held: list = field(default_factory=list)

    def log(self, actor):
        return self.log_kind(FaultyStore(actor), ORIGIN, VKEYS)

    def going_on(self):
        return not all(a.done for a in self.writing)

    def publish(self, actor):
        while self.going_on():
            try:
                self.log(actor).publish(KEY)
            except StoreError:
                continue

    def look(self, actor):
        log = self.log(actor)
        while self.going_on():
            try:
                signed = log.checkpoint()
            except StoreError:
                continue
            self.sizes.append(signed.checkpoint.size if signed else 0)
            self.held += [signed.checkpoint] if signed else []

    def read_on(self, actor):
        """Read the right edge of a tree that others have left behind since."""
        while self.going_on():
            actor.stop_here()
            if self.held:
                old = self.schedule.random.choice(self.held)
                with suppress(StoreError):
                    TileReader(FaultyStore(actor), old.size, old.root)

    def sweep(self, actor):
        """Clear away partial tiles."""
        while self.going_on():
            with suppress(StoreError):
                signed = self.log(actor).checkpoint()
                if signed:
                    self.clear(FaultyStore(actor), signed.checkpoint)


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
