"""What an outsider is handed, and that whoever meddles with it is found out by verify.py."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

import pytest

import govgate
from govgate.canon import SPEC, canonical
from govgate.errors import EvidenceError, StoreError
from govgate.ledger import Trust, vkey
from govgate.ports import ModelVersion
from govgate.project import create_project
from govgate.project.book import GATE, Writing
from govgate.project.bundle_zip import MANIFEST
from govgate.project.exporting import export_evidence
from govgate.records import Attestation, Evidence, Subject
from govgate.testing import MemorySigner

PROGRAM = Path(govgate.__file__).parent / "standalone" / "verify.py"
CONTENT = "sha256:" + "e1" * 32
OTHER = "sha256:" + "e2" * 32
MODEL = "models:/exported/1"


def evidence(content, name, size=10):
    return Evidence.model_validate_json(
        canonical(
            {
                "subject": {"name": name, "content": content},
                "kind": "probe/v1",
                "taken_at": "2026-01-01T12:00:00Z",
                "taken_by": "probe 1",
                "population": {"rows": 3},
                "materials": {},
                "body": {"gap": 0.1, "tiny": 1e-7, "large": 1.5e22, "text": "ü\u2028" + "x" * size},
            }
        )
    )


def trust_of(trust: Trust) -> dict:
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


@dataclass(frozen=True)
class Handed:
    """A bundle, the reader's trust file, and a checkpoint seen a while ago."""

    bundle: Path
    trust: Path
    earlier: Path
    log: Path
    fields: dict
    members: dict[str, bytes]

    def entry(self, kind: str, *, last: bool = True) -> str:
        """Name of an entry of a kind."""
        found = [
            name
            for name, data in sorted(self.members.items())
            if name.startswith("entries/")
            and json.loads(b64decode(json.loads(data)["payload"]))["predicateType"] == SPEC + kind
        ]
        return found[-1 if last else 0]


@pytest.fixture(scope="module")
def ours(governed, tmp_path_factory):
    """A project of this file alone, with the people and the policy of the shared one."""
    folder = tmp_path_factory.mktemp("exporting") / "project"
    create_project(folder, name="exporting")
    for name in ("policy.yaml", "people.yaml"):
        shutil.copy(governed.folder / name, folder / name)
    for person in ("olga", "rami"):
        shutil.copy(governed.key(person), folder / "keys" / person)
    return type(governed)(folder)


@pytest.fixture(scope="module")
def handed(ours, tmp_path_factory) -> Handed:
    folder = tmp_path_factory.mktemp("handed")
    project = ours.project()
    version = ModelVersion("exported", "1", 1_767_268_800_000, "models:/m-1", "", {}, ())
    project.record([evidence(CONTENT, MODEL), evidence(OTHER, "models:/exported/2")])
    project.book.publish()
    earlier = folder / "earlier"
    earlier.write_bytes(project.book.store.read("checkpoint"))
    project.record([evidence(CONTENT, MODEL, size=60_000)])
    ours.decide(version, CONTENT)
    project = ours.project()
    export_evidence(project, MODEL, folder / "bundle.zip", [earlier])
    shutil.copytree(ours.folder / project.settings.ledger.folder, folder / "log")
    fields = trust_of(project.book.trust)
    (folder / "trust.json").write_text(json.dumps(fields))
    with zipfile.ZipFile(folder / "bundle.zip") as found:
        members = {name: found.read(name) for name in found.namelist()}
    return Handed(
        folder / "bundle.zip", folder / "trust.json", earlier, folder / "log", fields, members
    )


def pythons() -> list[str]:
    """This Python, and every other that is found."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    minors = range(8, 16)
    found = {f"3.{m}": shutil.which(f"python3.{m}") for m in minors}
    found |= {f"3.{m}": str(p) for m in minors for p in root.glob(f"3.{m}.*/bin/python")}
    return [sys.executable, *sorted(p for p in found.values() if p)]


def verify(*words, python=sys.executable):
    command = [python, "-S", "-E", "-W", "error", str(PROGRAM), *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, encoding="utf-8"
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


@pytest.mark.parametrize("python", pythons())
def test_a_bundle_holds_under_every_python(handed, python):
    said = subprocess.run(
        [python, "-c", "print(1)"], capture_output=True, timeout=60, check=False
    ).returncode
    if said:
        pytest.skip(f"{python} does not run here")
    code, out = verify(handed.bundle, "--trust", handed.trust, python=python)
    assert (code, out.splitlines()[-1]) == (0, "OK")


def test_the_table_says_what_was_decided(handed):
    _, out = verify(handed.bundle, "--trust", handed.trust)
    decisions = [line for line in out.splitlines() if "decision/v1" in line and "until" in line]
    assert [" DENIED by sign-off" in line for line in decisions] == [True, False]
    assert " ALLOWED until " in decisions[-1]
    assert "approval as risk" in out


def test_a_checkpoint_seen_before_is_proven_to_be_the_beginning(handed):
    assert verify(handed.bundle, "--trust", handed.trust, "--pinned", handed.earlier)[0] == 0


def test_the_whole_ledger_holds_too(handed):
    code, out = verify("--log", handed.log, "--trust", handed.trust)
    assert (code, out.splitlines()[-1]) == (0, "OK")


def test_the_same_ledger_gives_the_same_bytes(ours, handed, tmp_path):
    export_evidence(ours.project(), MODEL, tmp_path / "again.zip", [handed.earlier])
    assert (tmp_path / "again.zip").read_bytes() == handed.bundle.read_bytes()


def test_a_file_that_exists_is_not_written_over(ours, handed):
    with pytest.raises(StoreError, match="cannot be written"):
        export_evidence(ours.project(), MODEL, handed.bundle)


@pytest.mark.usefixtures("handed")
def test_a_model_without_a_decision_has_no_bundle(ours, tmp_path):
    with pytest.raises(EvidenceError, match="no decision"):
        export_evidence(ours.project(), "models:/exported/2", tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


def test_nothing_of_another_model_is_in_it(handed):
    assert OTHER.removeprefix("sha256:") not in str(handed.members)
    assert [n for n in handed.members if n.startswith("evidence/")] != []


def packed(path, members, *, listed=True, compress=zipfile.ZIP_STORED):
    """Write a bundle as a forger would, who makes the manifest fit."""
    members = {n: d for n, d in members.items() if n != MANIFEST or not listed}
    if listed:
        names = sorted(n for n in members if n != MANIFEST)
        lines = (f"{hashlib.sha256(members[n]).hexdigest()}  {n}\n" for n in names)
        members[MANIFEST] = "".join(lines).encode()
    with zipfile.ZipFile(path, "w", compress) as bundle:
        for name, data in members.items():
            bundle.writestr(name, data)
    return path


def proof_of(entry):
    return entry.replace("entries/", "proofs/").replace(".json", ".tlog-proof")


def without(handed, *names):
    return {n: d for n, d in handed.members.items() if n not in names}


def changed(handed, name, old, new):
    data = handed.members[name]
    assert old in data
    return {**handed.members, name: data.replace(old, new, 1)}


def swapped(handed, one, other):
    members = dict(handed.members)
    members[one], members[other] = members[other], members[one]
    return members


ATTACKS = {
    # OK
    "nothing": (0, lambda h: h.members),
    "the README": (0, lambda h: {**h.members, "README.txt": b"hello\n"}),
    # NOT OK
    "a signature": (1, lambda h: changed(h, h.entry("decision/v1"), b'"sig":"', b'"sig":"A')),
    "a space": (1, lambda h: changed(h, h.entry("decision/v1"), b":", b": ")),
    "the root": (1, lambda h: changed(h, "checkpoint", b"=\n", b"A\n")),
    "swapped entries": (
        1,
        lambda h: swapped(h, h.entry("sign-off/v1"), h.entry("sign-off/v1", last=False)),
    ),
    "swapped proofs": (
        1,
        lambda h: swapped(h, proof_of(h.entry("sign-off/v1")), proof_of(h.entry("decision/v1"))),
    ),
    "a proof under another checkpoint": (
        1,
        lambda h: changed(h, proof_of(h.entry("decision/v1")), b"=\n\n", b"=\n\nx"),
    ),
    "a kept record": (
        1,
        lambda h: changed(h, next(n for n in h.members if n[:9] == "evidence/"), b"xx", b"xy"),
    ),
    "another subject": (1, lambda h: changed(h, "bundle.json", b"e1", b"e2")),
    "hidden evidence": (2, lambda h: without(h, h.entry("evidence/v1", last=False))),
    "a hidden policy": (2, lambda h: without(h, h.entry("policy/v1"))),
    "a hidden sign-off": (2, lambda h: without(h, h.entry("sign-off/v1"))),
    "a hidden proof": (2, lambda h: without(h, proof_of(h.entry("decision/v1")))),
    "a hidden kept record": (
        2,
        lambda h: without(h, *(n for n in h.members if n.startswith("evidence/"))),
    ),
    "no checkpoint": (2, lambda h: without(h, "checkpoint")),
    "no decision": (
        2,
        lambda h: without(h, h.entry("decision/v1"), h.entry("decision/v1", last=False)),
    ),
    "a slip up": (1, lambda h: {**h.members, "../evil": b"x"}),
    "an absolute name": (1, lambda h: {**h.members, "/evil": b"x"}),
    "a hidden name": (1, lambda h: {**h.members, "entries/.evil": b"x"}),
    "a backslash": (1, lambda h: {**h.members, "a\\..\\evil": b"x"}),
    "a stray entry": (1, lambda h: {**h.members, "entries/evil.json": b"x"}),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_was_done_to_a_bundle_is_found(handed, tmp_path, name):
    expected, attack = ATTACKS[name]
    path = packed(tmp_path / "b.zip", attack(handed))
    code, out = verify(path, "--trust", handed.trust)
    assert code == expected, out


def test_what_the_manifest_does_not_say_is_refused(handed, tmp_path):
    members = {**handed.members, "README.txt": b"other\n"}
    path = packed(tmp_path / "b.zip", members, listed=False)
    assert verify(path, "--trust", handed.trust)[0] == 1
    path = packed(tmp_path / "c.zip", {**handed.members, "more": b""}, listed=False)
    assert verify(path, "--trust", handed.trust)[0] == 1


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (1_000_000, 0),  # OK packs 100 times smaller, the other files do not
        (60_000_000, 1),  # NOT OK a zip bomb
    ],
)
def test_a_zip_bomb_is_refused_before_it_is_read(handed, tmp_path, size, expected):
    members = {**handed.members, "README.txt": b"0" * size}
    path = packed(tmp_path / "b.zip", members, compress=zipfile.ZIP_DEFLATED)
    code, out = verify(path, "--trust", handed.trust)
    assert code == expected, out


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(handed, tmp_path):
    path = tmp_path / "b.zip"
    shutil.copy(handed.bundle, path)
    with zipfile.ZipFile(path, "a") as bundle:
        bundle.writestr("checkpoint", b"another")
    assert verify(path, "--trust", handed.trust)[0] == 1


def signer(fields, name):
    return next(s for s in fields["signers"] if s["name"] == name)


def forger_is_trusted(fields):
    fields["log_vkeys"] = [vkey(fields["origins"][0], MemorySigner("forger").public)]


TRUSTS = {
    # OK
    "fewer kinds": (
        0,
        lambda f: signer(f, "gate").update(
            predicateTypes=[SPEC + k for k in ("evidence/v1", "decision/v1", "policy/v1")]
        ),
    ),
    "a gate revoked later": (0, lambda f: signer(f, "gate").update(revokedAtIndex=8)),
    # NOT OK
    "another log": (3, lambda f: f.update(origins=["other.example/log"])),
    "another log key": (3, forger_is_trusted),
    "no gate": (3, lambda f: f["signers"].remove(signer(f, "gate"))),
    "a revoked gate": (3, lambda f: signer(f, "gate").update(revokedAtIndex=0)),
    "a gate not yet valid": (3, lambda f: signer(f, "gate").update(validFromIndex=10**6)),
    "a gate revoked at the last decision": (
        3,
        lambda f: signer(f, "gate").update(revokedAtIndex=7),
    ),
    "no decisions": (
        3,
        lambda f: signer(f, "gate").update(predicateTypes=[SPEC + "evidence/v1"]),
    ),
    "a kind of others": (3, lambda f: signer(f, "gate").update(predicateTypes=["decision/v1"])),
    "a gate that is a person": (3, lambda f: signer(f, "gate").update(role="human")),
    "an unknown field": (3, lambda f: f.update(until=1)),
    "an unknown field of a signer": (3, lambda f: signer(f, "olga").update(until=1)),
    "a key twice": (3, lambda f: f["signers"].append(signer(f, "olga"))),
    "another's name": (3, lambda f: signer(f, "olga").update(name="mallory")),
    "a wrong key id": (3, lambda f: signer(f, "olga").update(keyid="0" * 64)),
    "no signers": (3, lambda f: f.pop("signers")),
    "a witness": (2, lambda f: f.update(witness_quorum=1)),
    "more than was seen before": (
        2,
        lambda f: f.update(pinned=[{"size": 10**6, "root": "A" * 43 + "="}]),
    ),
    "a fork": (1, lambda f: f.update(pinned=[{"size": 1, "root": "A" * 43 + "="}])),
}


@pytest.mark.parametrize("name", TRUSTS)
def test_a_bundle_is_believed_only_by_the_trust_file(handed, tmp_path, name):
    expected, change = TRUSTS[name]
    fields = json.loads(json.dumps(handed.fields))
    change(fields)
    (tmp_path / "trust.json").write_text(json.dumps(fields))
    proof = "consistency/" + "1".zfill(20)
    path = packed(tmp_path / "b.zip", {**handed.members, proof: b""})
    code, out = verify(path, "--trust", tmp_path / "trust.json")
    assert code == expected, out


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nowhere.zip",),
        ("nowhere.zip", "--trust", "nowhere.json"),
        ("--log", "nowhere", "--trust", str(PROGRAM)),
        ("nowhere.zip", "--log", ".", "--trust", "x"),
    ],
)
def test_a_wrong_use_ends_with_three(words):
    assert verify(*words)[0] == 3


def test_evidence_hidden_from_a_decision_is_found(ours, tmp_path):
    name, content = "models:/exported/3", "sha256:" + "e3" * 32
    version = ModelVersion("exported", "3", 1_767_268_800_000, "models:/m-3", "", {}, ())
    project = ours.project()
    project.record([evidence(content, name)])
    honest = project.decide(ours.request(version, content, ("champion",))).decision
    package = honest.package.model_copy(update={"considered": ()})
    lying = honest.model_copy(update={"considered": (), "package": package})
    record = Attestation(decision=lying, sign_offs=())
    writing = Writing("decision/v1", Subject(name=name, content=content), record)
    project.book.write([writing], project.book.gate_signer(), GATE)
    project.book.publish()
    export_evidence(project, name, tmp_path / "b.zip")
    (tmp_path / "trust.json").write_text(json.dumps(trust_of(project.book.trust)))
    code, out = verify(tmp_path / "b.zip", "--trust", tmp_path / "trust.json")
    assert code == 1
    assert "was not shown evidence" in out
