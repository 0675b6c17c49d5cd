"""Writes `tests/spec/golden/VERSION`, once for each version of the formats.

    python tests/spec/build_golden.py VERSION

Every later release must read it; what is there is never written again. Keys are made from words,
and times are fixed.
"""

import sys
from pathlib import Path

from govgate.adapters.files import FileStore
from govgate.ledger import (
    KEY_EVENT,
    MAY_SIGN,
    Actor,
    ActorKind,
    Log,
    Pin,
    Trust,
    TrustedSigner,
    b64,
    create_log,
    introduce,
    keyid,
    vkey,
    write_entry,
    write_trust,
)
from govgate.ledger.commit import commit_key
from govgate.records import Evidence, KeyEvent, Meaning, SignOff, Subject
from govgate.testing import CountingIds, MemorySigner, SetClock

ORIGIN = "credit.example/ledger"
LOG, LOG_2, GATE, GATE_2, ANN, ADA = (
    MemorySigner(word) for word in ("log", "log 2", "gate", "gate 2", "ann", "ada")
)
V_LOG, V_LOG_2 = vkey(ORIGIN, LOG.public), vkey(ORIGIN, LOG_2.public)
SERVICE = Actor(kind=ActorKind.SERVICE, id="gate")
SUBJECT = Subject(name="models:/credit/7", content="sha256:" + "ab" * 32)
KINDS = tuple(sorted(MAY_SIGN[ActorKind.SERVICE]))


def trust(*, pins: tuple[Pin, ...] = ()) -> Trust:
    people = MAY_SIGN[ActorKind.HUMAN]
    signers = [
        TrustedSigner(GATE.public, "gate", ActorKind.SERVICE, MAY_SIGN[ActorKind.SERVICE]),
        TrustedSigner(ANN.public, "ann", ActorKind.HUMAN, people - {KEY_EVENT}),
        TrustedSigner(ADA.public, "ada", ActorKind.HUMAN, people),
    ]
    by_id = {keyid(s.public): s for s in signers}
    return Trust((V_LOG_2, f"{V_LOG} until 264"), by_id, pinned=pins)


def build(folder: Path) -> None:
    store, ids, clock = FileStore(folder / "ledger"), CountingIds(), SetClock()
    common = {"ids": ids, "clock": clock, "store": store}
    now = clock.now()

    def evidence(text: str, key: MemorySigner = GATE) -> bytes:
        record = Evidence(
            subject=SUBJECT,
            kind="group-outcomes/v1",
            taken_at=now,
            taken_by="group-outcomes (govgate 0.1.0)",
            population={"rows": 2},
            materials={"predictions": "sha256:" + "cd" * 32},
            body={"said": text},
        )
        words = {"kind": "evidence/v1", "subject": SUBJECT, "actor": SERVICE, "signers": [key]}
        return write_entry(record, **words, **common)

    def event(action: str, actor: Actor, *keys: MemorySigner, **fields: object) -> bytes:
        record = KeyEvent.model_validate({"action": action, "reason": "r", **fields}, strict=False)
        about = Subject(name="key", content=f"sha256:{record.keyid}")
        words = {"kind": KEY_EVENT, "subject": about, "actor": actor, "signers": keys}
        return write_entry(record, **words, **common)

    def begins(key: MemorySigner, old: MemorySigner, name: str) -> dict[str, object]:
        return {
            "keyid": keyid(key.public),
            "public": b64.encode(key.public),
            "name": name,
            "replaces": keyid(old.public),
        }

    sign_off = SignOff(
        package="sha256:" + "ef" * 32,
        signed_by="ann",
        role="risk",
        meaning=Meaning.APPROVAL,
        sentence="I approve.",
        signed_at=now,
    )
    ann, ada = (Actor(kind=ActorKind.HUMAN, id=name) for name in ("ann", "ada"))
    signed = {"kind": "sign-off/v1", "subject": SUBJECT, "actor": ann, "signers": [ANN]}

    create_log(store, ORIGIN, V_LOG, clock)
    old = Log(store, ORIGIN, [V_LOG])
    introduce(store, trust(), [LOG])
    # A full tile and a begun one, a record kept outside, and an object that is no commit.
    old.append([evidence(str(n)) for n in range(254)], ids.new())
    old.append([evidence("x" * 60_000), write_entry(sign_off, **signed, **common)], ids.new())
    old.publish(LOG)
    store.create(commit_key(256), b"junk")
    old.append([evidence("257")], ids.new())
    old.publish(LOG)
    # A gate key that is replaced, and is used once more; the new one revoked; a log key replaced.
    new_gate = begins(GATE_2, GATE, "gate")
    old.append([event("rotate", SERVICE, GATE, GATE_2, kinds=KINDS, **new_gate)], ids.new())
    old.append([evidence("259", GATE_2), evidence("260, by a key that had ended")], ids.new())
    new_log = begins(LOG_2, LOG, ORIGIN)
    old.append([event("rotate-log", SERVICE, GATE_2, LOG, LOG_2, **new_log)], ids.new())
    both = Log(store, ORIGIN, [V_LOG, V_LOG_2])
    both.append([event("revoke", ada, ADA, keyid=keyid(GATE_2.public))], ids.new())
    both.append([evidence("263, by a key that was revoked", GATE_2)], ids.new())
    pinned = both.publish(LOG, LOG_2)
    alone = Log(store, ORIGIN, [V_LOG_2, f"{V_LOG} until 264"])
    alone.append([write_entry(sign_off, **signed, **common)], ids.new())
    alone.publish(LOG_2)
    (folder / "264.tlog-proof").write_text(alone.prove(264))
    pins = (Pin(pinned.size, pinned.root),)
    (folder / "trust.json").write_text(write_trust(trust(pins=pins)))


if __name__ == "__main__":
    place = Path(__file__).parent / "golden" / sys.argv[1]
    place.mkdir(parents=True)
    build(place)
