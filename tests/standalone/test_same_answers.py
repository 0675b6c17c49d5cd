"""Both verifiers, one attack a row, on one log: they share no code and agree on what is wrong."""

import json
from dataclasses import dataclass

import pytest

from govgate.adapters.files import FileStore
from govgate.ledger import (
    MAY_SIGN,
    Actor,
    ActorKind,
    Log,
    Trust,
    TrustedSigner,
    introduce,
    keyid,
    read_trust,
    replay,
    verify_log,
    vkey,
    write_entry,
)
from govgate.records import KeyAction, KeyEvent, Subject
from govgate.testing import CountingIds, MemorySigner, SetClock
from tests.standalone.conftest import GATE, ORIGIN, Note

LOG, LOG_2, KEY, ANN, ROGUE = (
    MemorySigner(word) for word in ("log", "log 2", "gate", "ann", "rogue")
)
VKEY = vkey(ORIGIN, LOG.public)


@dataclass
class Attacked:
    """A log of 30 entries that somebody is about to attack."""

    store: FileStore
    fields: dict

    def entry(self, key=KEY, *more):
        record = Note(text="forged")
        return write_entry(
            record,
            kind="policy/v1",
            subject=Subject(name="p", content=record.digest),
            actor=GATE,
            ids=CountingIds(),
            clock=SetClock(),
            signers=[key, *more],
            store=self.store,
        )

    def append(self, *entries):
        log = Log(self.store, ORIGIN, [VKEY])
        log.append(entries, "attack")
        log.publish(LOG)

    def disown(self, key=ROGUE):
        """As ann, who is a key-admin."""
        event = KeyEvent(action=KeyAction.REVOKE, keyid=keyid(key.public), reason="junk")
        return write_entry(
            event,
            kind="key-event/v1",
            subject=Subject(name="key", content=f"sha256:{event.keyid}"),
            actor=Actor(kind=ActorKind.HUMAN, id="ann"),
            ids=CountingIds(),
            clock=SetClock(),
            signers=[ANN],
            store=self.store,
        )

    def signer(self, name):
        return next(s for s in self.fields["signers"] if s["name"] == name)


def duplicate(log):
    _, envelope = next(Log(log.store, ORIGIN, [VKEY]).entries(4))
    log.append(envelope)


def junk_commit(log):
    log.store.create(f"commits/{30:020d}", b"junk")
    log.append(log.entry())


def revoked(log):
    log.append(log.entry())
    log.signer("gate")["revokedAtIndex"] = 30


def fork(log):
    log.fields["pinned"] = [{"size": 30, "root": "A" * 43 + "="}]


def another_log_key(log):
    log.fields["log_vkeys"] = [vkey(ORIGIN, LOG_2.public)]


def retired_too_early(log):
    log.fields["log_vkeys"] = [vkey(ORIGIN, LOG_2.public), f"{VKEY} until 29"]


def disowned(log):
    log.append(log.entry(key=ROGUE), log.disown())


def introduced_before(log):
    signers = {
        keyid(ROGUE.public): TrustedSigner(ROGUE.public, "gate", GATE.kind, MAY_SIGN[GATE.kind])
    }
    introduce(log.store, Trust((VKEY,), signers), [LOG])
    disowned(log)


def introduced_by_themselves(log):
    signers = {
        keyid(ROGUE.public): TrustedSigner(ROGUE.public, "gate", GATE.kind, MAY_SIGN[GATE.kind])
    }
    introduce(log.store, Trust((vkey(ORIGIN, ROGUE.public),), signers), [ROGUE])
    disowned(log)


def half_disowned(log):
    log.append(log.entry(key=ROGUE), log.entry(key=LOG_2), log.disown())


def beside_a_disowned_key(log):
    log.append(log.entry(ROGUE, LOG_2), log.disown())


ATTACKS = {
    # OK
    "nothing": (0, lambda _: None),
    "an entry of the gate": (0, lambda log: log.append(log.entry())),
    # OK, and said: they count for nothing
    "a junk commit": (0, junk_commit),
    "an entry twice": (0, duplicate),
    "a revoked key": (0, revoked),
    "a stranger whom a key-admin disowned": (0, disowned),
    "a disowned stranger, self-introduced": (0, introduced_by_themselves),
    # NOT OK
    "a former key that is disowned": (3, introduced_before),
    "another stranger than was disowned": (3, half_disowned),
    "a stranger beside one who is disowned": (3, beside_a_disowned_key),
    "a stranger": (3, lambda log: log.append(log.entry(key=ROGUE))),
    "no envelope": (1, lambda log: log.append(b"junk")),
    "a person who measures": (3, lambda log: log.append(log.entry(key=ANN))),
    "a fork of what was pinned": (1, fork),
    "another log key": (3, another_log_key),
    "a log key retired before": (3, retired_too_early),
}
DISOWNING = {name for name in ATTACKS if "disowned" in name}
HINTS = {
    "a junk commit": ("quarantined", "is no commit"),
    "an entry twice": ("duplicates", "carry one entry id"),
    "a revoked key": ("disowned", "counts not"),
    "a stranger whom a key-admin disowned": ("disowned", "counts not"),
    "another stranger than was disowned": ("disowned", "counts not"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_both_verifiers_say_the_same_of_an_attack(verifier, new_log, tmp_path, name):
    code, attack = ATTACKS[name]
    folder = new_log(tmp_path)
    log = Attacked(FileStore(folder.path), json.loads(folder.trust.read_text()))
    attack(log)
    folder.trust.write_text(json.dumps(log.fields))
    trust = read_trust(folder.trust.read_text())
    pins = [verifier.Head(p.size, p.root) for p in trust.pinned]

    theirs = verifier.verify_log(str(folder.path), verifier.read_trust(str(folder.trust)), pins)
    assert theirs.exit_code() == code, [p.text for p in theirs.problems]
    entries = Log(log.store, ORIGIN, [VKEY]).entries() if name in DISOWNING else ()
    ours = verify_log(log.store, replay(trust, entries, log.store))
    # What is pinned in the trust file is held against the log by whoever calls the auditor.
    assert bool(ours.problems) is (code != 0 and name != "a fork of what was pinned")
    if name in HINTS:
        field, words = HINTS[name]
        assert getattr(ours, field)
        assert any(words in note for note in theirs.notes)
