"""One run of several processes against a store that fails, its order decided by a seed.

Each actor is a thread, but only one moves at a time: at every store operation it stops, and the
seed chooses who goes on. So a seed gives the same run every time.
"""

import random
import threading
from collections import Counter

from govgate.errors import ConflictError, StoreError
from govgate.testing import MemoryOutbox

MAX_STEPS = 40_000
"""A run that takes more does not end; usual ones take some 600."""

CALM_AFTER = 600
"""Steps after which faults become rare, so that runs end."""


LANDS = 0.05
"""Chance at each step that one delayed write lands: some within an append, some after the run."""


class Crash(BaseException):
    """The process dies here."""


class Over(BaseException):
    """The run is over; every thread leaves."""


class BrokenLawError(AssertionError):
    """A law of the ledger was broken."""


class Schedule:
    """Who moves next, what fails, and what the store then holds."""

    def __init__(self, seed, fault_rate=0.25, *, cas=True):
        self.random = random.Random(seed)  # noqa: S311 -- the same again, not secret
        self.fault_rate, self.cas = fault_rate, cas
        self.objects, self.written, self.late = {}, [], []
        self.faults, self.steps, self.over = Counter(), 0, False
        self.discarded = 0
        self.actors, self.errors = [], []
        self._turn = threading.Semaphore(0)

    def start(self, name, work):
        self.actors.append(Actor(self, name, work))
        return self.actors[-1]

    def run(self):
        """Let actors move one at a time until all are done.

        Raises:
            BrokenLawError: An actor broke a law, or they never end.
        """
        try:
            while alive := [a for a in self.actors if not a.done]:
                self.steps += 1
                if self.steps > CALM_AFTER:
                    self.fault_rate = max(0.02, self.fault_rate * 0.99)
                if self.late and self.random.random() < LANDS:
                    self.land(self.late.pop(self.random.randrange(len(self.late))))
                self.random.choice(alive).move()
                self._turn.acquire()
                if self.errors or self.steps > MAX_STEPS:
                    raise BrokenLawError(self.errors or "the run does not end")
        finally:
            self.over = True
            for actor in self.actors:
                actor.leave()
        for write in self.late:
            self.land(write)

    def give_back(self):
        self._turn.release()

    def fault(self, *kinds):
        """Choose what fails, if anything."""
        if self.random.random() >= self.fault_rate:
            return ""
        kind = self.random.choice(kinds)
        self.faults[kind] += 1
        return kind

    def land(self, write):
        """Apply a write; False when the key is taken."""
        key, data, only_new = write
        if only_new and self.cas and key in self.objects:
            return False
        self.objects[key] = data
        self.written.append((key, data))
        return True


class Actor:
    """One process that dies and comes back."""

    def __init__(self, schedule, name, work):
        self.schedule, self.name, self.done = schedule, name, False
        self._work, self._go = work, threading.Semaphore(0)
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def move(self):
        self._go.release()

    def leave(self):
        self._go.release()
        self._thread.join(10)

    def stop_here(self):
        """Give the turn away and wait for the next.

        Raises:
            Over: There is none.
        """
        self.schedule.give_back()
        self._go.acquire()
        if self.schedule.over:
            raise Over

    def _live(self):
        self._go.acquire()
        try:
            while not (self.done or self.schedule.over):
                try:
                    self._work(self)
                    self.done = True
                except Crash:
                    self.stop_here()
        except Over:
            pass
        except Exception as why:  # noqa: BLE001 -- whatever it is, the law was broken
            self.schedule.errors.append(f"{self.name}: {why!r}")
        finally:
            self.done = True
            self.schedule.give_back()


class FaultyStore:
    """Implements `ports.Store` for one actor, with every fault a network has."""

    def __init__(self, actor):
        self._actor, self._schedule = actor, actor.schedule

    def read(self, key):
        self._reach()
        return self._schedule.objects.get(key)

    def keys(self, prefix, after=""):
        self._reach()
        return iter(sorted(k for k in self._schedule.objects if k.startswith(prefix) and k > after))

    def create(self, key, data):
        if not self._write((key, data, True)) and self._schedule.objects[key] != data:
            msg = f"{key} exists with other bytes; read it"
            raise ConflictError(msg)

    def replace(self, key, data):
        self._write((key, data, False))

    def discard(self, key):
        self._actor.stop_here()
        kind = self._schedule.fault("crash-before", "crash-after", "lost", "reply-lost")
        if kind == "crash-before":
            raise Crash
        freed = 0 if kind == "lost" else len(self._schedule.objects.pop(key, b""))
        if kind == "crash-after":
            raise Crash
        if kind:
            msg = f"{key} could not be removed ({kind}); try again"
            raise StoreError(msg)
        self._schedule.discarded += 1
        return freed

    def _reach(self):
        self._actor.stop_here()
        rare = self._schedule.random.random() < 0.1
        if rare and self._schedule.fault("read-lost"):
            msg = "the store did not answer; try again"
            raise StoreError(msg)

    def _write(self, write):
        self._actor.stop_here()
        schedule = self._schedule
        kind = schedule.fault("crash-before", "crash-after", "lost", "reply-lost", "delayed")
        if kind == "crash-before":
            raise Crash
        if kind == "delayed":
            schedule.late.append(write)
        taken = schedule.land(write) if kind in {"", "crash-after", "reply-lost"} else False
        if kind == "crash-after":
            raise Crash
        if kind:
            msg = f"{write[0]} could not be written ({kind}); read it back"
            raise StoreError(msg)
        return taken


class FaultyOutbox(MemoryOutbox):
    """An outbox whose process dies just before or just after what it writes is durable."""

    def __init__(self, schedule):
        super().__init__()
        self._schedule = schedule

    def put(self, name, data):
        kind = self._fault()
        if kind == "disk-full":
            msg = "no space left; free some space"
            raise StoreError(msg)
        if kind == "outbox-crash-before":
            raise Crash
        parcel = super().put(name, data)
        if kind == "outbox-crash-after":
            parcel.release()
            raise Crash
        return self._breaking(parcel)

    def left(self):
        return map(self._breaking, super().left())

    def _fault(self):
        if self._schedule.random.random() > 0.2:
            return ""
        return self._schedule.fault("outbox-crash-before", "outbox-crash-after", "disk-full")

    def _breaking(self, parcel):
        parcel.note = self._breakable(parcel.note, "disk-full")
        parcel.remove = self._breakable(parcel.remove, "disk-full")
        return parcel

    def _breakable(self, change, error):
        def broken(*arguments):
            kind = self._fault()
            if kind == "outbox-crash-before":
                raise Crash
            if kind == error:
                msg = "no space left; free some space"
                raise StoreError(msg)
            change(*arguments)
            if kind == "outbox-crash-after":
                raise Crash

        return broken
