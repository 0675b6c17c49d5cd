"""A log in memory, a log in a folder, and the people and services of both."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest

from govgate.ledger import (
    MAY_SIGN,
    Actor,
    ActorKind,
    Log,
    Trust,
    TrustedSigner,
    create_log,
    keyid,
    vkey,
    write_entry,
)
from govgate.records import Record, Subject
from govgate.testing import CountingIds, MemorySigner, MemoryStore, SetClock

ORIGIN = "credit.example/ledger"
GATE = Actor(kind=ActorKind.SERVICE, id="gate")
ANN = Actor(kind=ActorKind.HUMAN, id="ann")


class Note(Record):
    text: str


@dataclass
class World:
    """One log, and what is needed to write, publish and audit it."""

    store: Any = field(default_factory=MemoryStore)
    log_key: MemorySigner = field(default_factory=lambda: MemorySigner("log"))
    gate_key: MemorySigner = field(default_factory=lambda: MemorySigner("gate"))
    ann_key: MemorySigner = field(default_factory=lambda: MemorySigner("ann"))
    ids: CountingIds = field(default_factory=CountingIds)
    clock: SetClock = field(default_factory=SetClock)

    @cached_property
    def vkey(self) -> str:
        return vkey(ORIGIN, self.log_key.public)

    @cached_property
    def trust(self) -> Trust:
        signers = [
            TrustedSigner(key.public, actor.id, actor.kind, MAY_SIGN[actor.kind])
            for key, actor in ((self.gate_key, GATE), (self.ann_key, ANN))
        ]
        return Trust((self.vkey,), {keyid(s.public): s for s in signers})

    def log(self, store=None) -> Log:
        return Log(store or self.store, ORIGIN, [self.vkey])

    def create(self) -> "World":
        create_log(self.store, ORIGIN, self.vkey, self.clock)
        return self

    def entry(self, text="fair", kind="evidence/v1", actor=GATE, signers=None, ids=None) -> bytes:
        return write_entry(
            Note(text=text),
            kind=kind,
            subject=Subject(name="models:/credit/7", content="sha256:" + "ab" * 32),
            actor=actor,
            ids=ids or self.ids,
            clock=self.clock,
            signers=signers or [self.gate_key],
            store=self.store,
        )

    def append(self, count=1, **kwargs):
        envelopes = [self.entry(**kwargs) for _ in range(count)]
        return self.log().append(envelopes, self.ids.new())

    def publish(self):
        return self.log().publish(self.log_key)


@pytest.fixture
def world() -> World:
    return World().create()
