"""The worked bytes of docs/spec/: fixed keys, names and times give these bytes for ever.

`ledger.json` was written once. Whoever changes a byte of it breaks every log there is.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from govgate.ledger import (
    MAY_SIGN,
    Actor,
    ActorKind,
    Log,
    Trust,
    TrustedSigner,
    b64,
    create_log,
    introduce,
    keyid,
    leaf_hash,
    open_envelope,
    sign_note,
    verify_log,
    verify_proof,
    vkey,
    write_entry,
)
from govgate.ledger.commit import commit_key
from govgate.records import Evidence, Meaning, SignOff, Subject
from govgate.testing import CountingIds, MemorySigner, MemoryStore, SetClock

ORIGIN = "credit.example/ledger"
VECTORS = Path(__file__).parent / "ledger.json"
PAGES = Path(__file__).parents[2] / "docs" / "spec"
LOG, GATE, ANN = (MemorySigner(word) for word in ("log", "gate", "ann"))
VKEY = vkey(ORIGIN, LOG.public)
SUBJECT = Subject(name="models:/credit/7", content="sha256:" + "ab" * 32)
EVIDENCE = Evidence(
    subject=SUBJECT,
    kind="group-outcomes/v1",
    taken_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
    taken_by="group-outcomes (govgate 0.1.0)",
    population={"rows": 2},
    materials={"predictions": "sha256:" + "cd" * 32},
    body={"gap": 0.5},
)
SIGN_OFF = SignOff(
    package="sha256:" + "ef" * 32,
    signed_by="ann",
    role="risk",
    meaning=Meaning.APPROVAL,
    sentence="I approve.",
    signed_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
)


def trust():
    signers = {
        keyid(key.public): TrustedSigner(key.public, name, kind, MAY_SIGN[kind])
        for key, name, kind in (
            (GATE, "gate", ActorKind.SERVICE),
            (ANN, "ann", ActorKind.HUMAN),
        )
    }
    return Trust((VKEY,), signers)


def entries(store):
    common = {"subject": SUBJECT, "ids": CountingIds(), "clock": SetClock(), "store": store}
    gate, ann = (
        Actor(kind=kind, id=name)
        for kind, name in ((ActorKind.SERVICE, "gate"), (ActorKind.HUMAN, "ann"))
    )
    return [
        write_entry(EVIDENCE, kind="evidence/v1", actor=gate, signers=[GATE], **common),
        write_entry(SIGN_OFF, kind="sign-off/v1", actor=ann, signers=[ANN], **common),
    ]


def worked():
    """Everything the pages show, made anew."""
    store = MemoryStore()
    create_log(store, ORIGIN, VKEY, SetClock())
    log, envelopes = Log(store, ORIGIN, [VKEY]), entries(store)
    log.append(envelopes, "00000000-0000-7000-8000-00000000000a")
    log.publish(LOG)
    keys = {k.public.hex(): k for k in (LOG, GATE, ANN)}
    commit = store.objects[commit_key(0)]
    return {
        "keys": [{"public": p, "keyid": keyid(k.public)} for p, k in keys.items()],
        "vkey": VKEY,
        "entries": [
            {
                "statement": open_envelope(e, trust().keys).statement.decode(),
                "envelope": e.decode(),
                "leaf": leaf_hash(e).hex(),
            }
            for e in envelopes
        ],
        "commit_header": commit.partition(b"\n")[0].decode(),
        "proof": log.prove(0),
        "objects": {key: b64.encode(data) for key, data in sorted(store.objects.items())},
    }


def large():
    """Keys and digests of the objects of a log of 257 entries "0" to "256"."""
    store = MemoryStore()
    create_log(store, ORIGIN, VKEY, SetClock())
    log = Log(store, ORIGIN, [VKEY])
    log.append([str(i).encode() for i in range(257)], "batch")
    log.publish(LOG)
    return {key: leaf_hash(data).hex() for key, data in sorted(store.objects.items())}


@pytest.fixture(scope="module")
def golden():
    return json.loads(VECTORS.read_text())


@pytest.mark.parametrize("part", ["keys", "vkey", "entries", "commit_header", "proof", "objects"])
def test_the_bytes_are_those_that_were_written_once(golden, part):
    assert worked()[part] == golden["worked"][part]


def test_a_log_over_a_tile_boundary_is_the_one_that_was_written_once(golden):
    assert large() == golden["large"]


def test_the_log_that_was_written_once_still_verifies(golden):
    store = MemoryStore()
    store.objects = {k: b64.decode(v) for k, v in golden["worked"]["objects"].items()}
    report = verify_log(store, trust(), store.objects["checkpoint"])
    report.raise_if_bad()
    assert report.kinds == {"evidence/v1": 1, "sign-off/v1": 1}
    leaf = bytes.fromhex(golden["worked"]["entries"][0]["leaf"])
    assert verify_proof(golden["worked"]["proof"], leaf, ORIGIN, [VKEY]).size == 2


def test_the_pages_show_an_introduction_and_a_checkpoint_of_two_keys(golden):
    keys = (PAGES / "keys.md").read_text()
    store, new = MemoryStore(), MemorySigner("log 2")
    introduce(store, trust(), [LOG])
    name = f"signers/{keyid(GATE.public)}"
    assert name in keys
    assert store.objects[name].decode() in keys
    assert f"{vkey(ORIGIN, new.public)}\n{VKEY} until 2\n" in keys
    text = b64.decode(golden["worked"]["objects"]["checkpoint"]).decode().partition("\n\n")[0]
    assert (
        sign_note(text + "\n", ORIGIN, LOG, new).decode() in (PAGES / "checkpoint.md").read_text()
    )


def shown(golden):
    """Page to what it must show, byte for byte."""
    w = golden["worked"]
    text = {k: b64.decode(v) for k, v in w["objects"].items()}
    return {
        "index.md": [text["log.json"].decode(), *w["objects"]],
        "entry.md": [w["entries"][0]["envelope"], w["entries"][0]["leaf"]],
        "statement.md": [e["statement"] for e in w["entries"]],
        "commit.md": [w["commit_header"], commit_key(0)],
        "tile.md": [text["tile/0/000.p/2"].hex(), *[k for k in golden["large"] if "tile/" in k]],
        "checkpoint.md": [text["checkpoint"].decode(), w["vkey"]],
        "proof.md": [w["proof"]],
        "keys.md": [w["vkey"], *[v for key in w["keys"] for v in key.values()]],
    }


@pytest.mark.parametrize(
    "page",
    [
        "index.md",
        "entry.md",
        "statement.md",
        "commit.md",
        "tile.md",
        "checkpoint.md",
        "proof.md",
        "keys.md",
    ],
)
def test_the_pages_show_the_bytes_that_the_code_writes(golden, page):
    text = (PAGES / page).read_text()
    for piece in shown(golden)[page]:
        assert piece in text, piece
