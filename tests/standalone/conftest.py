"""The stand-alone verifier, loaded from its file, and what it is shown."""

import functools
import importlib.util
import json
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import govgate
from govgate.adapters.clock import RandomIds, SystemClock
from govgate.adapters.files import FileStore
from govgate.canon import SPEC
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
from govgate.records import Record, Subject, Waiver
from govgate.testing import MemorySigner

PROGRAM = Path(govgate.__file__).parent / "standalone" / "verify.py"
ORIGIN = "credit.example/ledger"
GATE = Actor(kind=ActorKind.SERVICE, id="gate")
CONTENT = "sha256:" + "ab" * 32


def trust_fields(trust: Trust) -> dict[str, Any]:
    """Write a trust file as docs/spec/trust.md has it."""
    signers = [
        {
            "keyid": name,
            "ed25519": b64encode(s.public).decode(),
            "name": s.name,
            "role": str(s.kind),
            "predicateTypes": sorted(SPEC + kind for kind in s.kinds),
            "validFromIndex": 0,
            "revokedAtIndex": None,
        }
        for name, s in trust.signers.items()
    ]
    origins = [v.partition("+")[0] for v in trust.log_vkeys]
    return {
        "origins": origins,
        "log_vkeys": list(trust.log_vkeys),
        "witness_vkeys": [],
        "witness_quorum": 0,
        "pinned": [],
        "signers": signers,
        "tsa_roots": [],
    }


class Note(Record):
    """A record that says something."""

    text: str


@dataclass
class Folder:
    """A log in a folder, with several checkpoints, a kept record, and a person's waiver."""

    path: Path
    trust: Path
    pinned: Path

    @property
    def files(self) -> dict[str, bytes]:
        found = (p for p in self.path.rglob("*") if p.is_file())
        return {p.relative_to(self.path).as_posix(): p.read_bytes() for p in found}


def build_log(folder: Path, batches=(1, 4, 5, 20)) -> Folder:
    """Write and publish a log of as many entries; a record of 60,000 bytes is kept outside."""
    store, ids, clock = FileStore(folder / "log"), RandomIds(), SystemClock()
    log_key, gate, ann = (MemorySigner(word) for word in ("log", "gate", "ann"))
    who = vkey(ORIGIN, log_key.public)
    create_log(store, ORIGIN, who, clock)
    log = Log(store, ORIGIN, [who])
    subject = Subject(name="policy p", content=CONTENT)

    def entry(number: int) -> bytes:
        human = number % 7 == 3
        actor = Actor(kind=ActorKind.HUMAN, id="ann") if human else GATE
        record: Record = Note(text="x" * (60_000 if number == 9 else 10) + str(number))
        if human:
            span = {"granted_at": "2026-01-01T12:00:00Z", "expires_at": "2026-02-01T12:00:00Z"}
            words = {"subject_content": CONTENT, "gate": "bias", "reason": "r", "granted_by": "ann"}
            record = Waiver.model_validate_json(json.dumps(words | span))
        return write_entry(
            record,
            kind="waiver/v1" if human else "policy/v1",
            subject=subject if human else Subject(name="p", content=record.digest),
            actor=actor,
            ids=ids,
            clock=clock,
            signers=[ann if human else gate],
            store=store,
        )

    done = 0
    for count in batches:
        log.append([entry(done + n) for n in range(count)], ids.new())
        log.publish(log_key)
        done += count
    signers = [
        TrustedSigner(key.public, name, kind, MAY_SIGN[kind])
        for key, name, kind in ((gate, "gate", ActorKind.SERVICE), (ann, "ann", ActorKind.HUMAN))
    ]
    trust = Trust((who,), {keyid(s.public): s for s in signers})
    (folder / "trust.json").write_text(json.dumps(trust_fields(trust)))
    (folder / "head").write_bytes(store.read("checkpoint") or b"")
    return Folder(folder / "log", folder / "trust.json", folder / "head")


@pytest.fixture(scope="session")
def program() -> Path:
    return PROGRAM


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("standalone_verify", PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def verifier() -> ModuleType:
    """The program as a module; one signature is computed once, however often it is verified."""
    module = load()
    module.ed25519_ok = functools.lru_cache(maxsize=None)(module.ed25519_ok)
    return module


@pytest.fixture(scope="session")
def log_folder(tmp_path_factory) -> Folder:
    return build_log(tmp_path_factory.mktemp("standalone"))


@pytest.fixture(scope="session")
def new_log():
    return build_log
