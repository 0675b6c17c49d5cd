"""A judged model, its signers and the registry it is for, all in memory."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from govgate.engine import Admission, Demands, Shown, assess, sentence
from govgate.ledger import (
    MAY_SIGN,
    Actor,
    ActorKind,
    Trust,
    TrustedSigner,
    keyid,
    vkey,
    write_entry,
)
from govgate.policy import People, Person, read_policy
from govgate.ports import ModelVersion
from govgate.records import Attestation, Evidence, Meaning, Request, SignOff, Subject, Target
from govgate.testing import CountingIds, MemorySigner, MemoryStore, SetClock

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GATE = Actor(kind=ActorKind.SERVICE, id="gate")

POLICY = """
name: credit
version: "1"
rules:
  - gate: bias
    rationale: r
    owner: o
    bounds:
      attributes: [sex]
      max_opportunity_gap: null
      max_odds_gap: null
  - gate: sign-off
    rationale: r
    owner: o
    bounds: {threshold: {model-owner: 1, risk: 1}}
"""


def line(signer: MemorySigner, name: str) -> str:
    key = Ed25519PublicKey.from_public_bytes(signer.public)
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() + f" {name}"


def person(name: str, *roles: str) -> Person:
    return Person(id=name, name=name.title(), roles=roles, keys=(line(MemorySigner(name), name),))


@dataclass
class World:
    """Everything one promotion needs; tests bend one part."""

    noon = NOON
    policy_text = POLICY
    policy = read_policy(POLICY)
    people = People(
        people=(
            person("tess", "trainer", "risk"),
            person("olga", "model-owner"),
            person("rami", "risk"),
        )
    )
    target = Target(
        registry="reg", model="credit", version="1", created_ms=1000, aliases=("champion",)
    )
    content: str = "sha256:" + "ab" * 32
    selected: tuple[int, int] = (1000, 1010)
    signing: tuple[tuple[str, str], ...] = (("olga", "model-owner"), ("rami", "risk"))
    store: MemoryStore = field(default_factory=MemoryStore)

    @property
    def request(self) -> Request:
        subject = Subject(name="models:/credit/1", content=self.content)
        return Request(subject=subject, trained_by="tess", target=self.target)

    @property
    def evidence(self) -> Evidence:
        groups = zip("fm", self.selected, strict=True)
        cells = [{"groups": [g], "selected": n, "passed_over": 2000 - n} for g, n in groups]
        return Evidence(
            subject=self.request.subject,
            kind="group-outcomes/v1",
            taken_at=NOON - timedelta(hours=1),
            taken_by="test",
            population={"rows": 4000},
            materials={},
            body={"attributes": ["sex"], "cells": cells},
        )

    def judged(self, *sign_offs: SignOff, at=NOON):
        shown = Shown((self.evidence,), (), sign_offs)
        return assess(self.request, self.policy, self.people, shown, at=at)

    def sign_off(self, who: str, role: str, meaning=Meaning.APPROVAL, **changed) -> SignOff:
        package = self.judged().package
        drafted = SignOff(
            package=package.digest,
            signed_by=who,
            role=role,
            meaning=meaning,
            sentence=sentence(package, meaning, role),
            signed_at=NOON,
        )
        return drafted.model_copy(update=changed)

    def sealed(self, sign_off: SignOff, key: str = "") -> bytes:
        return self.entry(sign_off, "sign-off/v1", key or sign_off.signed_by, ActorKind.HUMAN)

    def entry(self, record, kind, key, actor_kind=ActorKind.SERVICE) -> bytes:
        return write_entry(
            record,
            kind=kind,
            subject=self.request.subject,
            actor=Actor(kind=actor_kind, id=key),
            ids=CountingIds(),
            clock=SetClock(),
            signers=[MemorySigner(key)],
            store=self.store,
        )

    def attested(self, *sign_offs: SignOff, at=NOON, keys=None) -> Attestation:
        sign_offs = sign_offs or tuple(self.sign_off(*who) for who in self.signing)
        keys = keys or [s.signed_by for s in sign_offs]
        sealed = [self.sealed(s, k).decode() for s, k in zip(sign_offs, keys, strict=True)]
        return Attestation(decision=self.judged(*sign_offs, at=at), sign_offs=tuple(sorted(sealed)))

    @property
    def trust(self) -> Trust:
        gate = MemorySigner("gate").public
        signers = {keyid(gate): TrustedSigner(gate, "gate", ActorKind.SERVICE, MAY_SIGN[GATE.kind])}
        return Trust(log_vkeys=(vkey("log", MemorySigner("log").public),), signers=signers)

    @property
    def version(self) -> ModelVersion:
        return ModelVersion("credit", "1", 1000, "models:/m-1", "run", {}, ())

    def admission(self, at=NOON, registry="reg", policy=None, people=None, *, moving=True):
        demands = Demands(policy or self.policy, people or self.people)
        return Admission(registry, demands, at, moving)


@pytest.fixture
def world() -> World:
    return World()
