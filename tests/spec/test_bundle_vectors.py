"""The worked bytes of docs/spec/bundle.md: the worked log, as an outsider is handed it."""

import json
from pathlib import Path

from govgate.ledger import MAY_SIGN, ActorKind, Trust, TrustedSigner, b64, keyid, read_entry
from govgate.ledger.checkpoint import newest_checkpoint
from govgate.ledger.log import Log
from govgate.ledger.reader import TileReader
from govgate.project.bundle_zip import manifest
from govgate.project.exporting import members_of
from govgate.testing import MemorySigner, MemoryStore

VECTORS = Path(__file__).parent / "ledger.json"
PAGE = Path(__file__).parents[2] / "docs" / "spec" / "bundle.md"
CHANGING = {"README.txt", "verify.py"}
"""What is not of the format: prose, and a program that is improved."""


def bundled():
    worked = json.loads(VECTORS.read_text(encoding="utf-8"))["worked"]
    store = MemoryStore()
    store.objects = {name: b64.decode(data) for name, data in worked["objects"].items()}
    signers = {
        keyid(MemorySigner(name).public): TrustedSigner(
            MemorySigner(name).public, name, kind, MAY_SIGN[kind]
        )
        for name, kind in (("gate", ActorKind.SERVICE), ("ann", ActorKind.HUMAN))
    }
    trust = Trust((worked["vkey"],), signers)
    origin = worked["vkey"].partition("+")[0]
    log = Log(store, origin, trust.log_vkeys)
    entries = [read_entry(data, trust, store, index) for index, data in log.entries()]
    signed = newest_checkpoint(store, origin, trust.log_vkeys)
    reader = TileReader(store, signed.checkpoint.size, signed.checkpoint.root)
    return members_of(store, entries[0].subject, entries, signed, reader)


def blocks():
    return [
        part.split("```")[0] for part in PAGE.read_text(encoding="utf-8").split("```text\n")[1:]
    ]


def test_the_worked_manifest_is_what_is_written():
    members = {n: d for n, d in bundled().items() if n not in CHANGING}
    assert manifest(members, {}).decode() in blocks()


def test_the_worked_bundle_json_is_what_is_written():
    assert bundled()["bundle.json"].decode() in PAGE.read_text(encoding="utf-8")


def test_prose_and_program_are_there_too():
    assert bundled().keys() >= CHANGING
