"""Kept files go along in a bundle, and verify.py finds out whoever exchanges one."""

import json
import os
import re
import stat
import zipfile
from base64 import b64encode

import pytest

from govgate.canon import canonical, sha256
from govgate.errors import EvidenceError, TamperedError
from govgate.ledger import evidence_key
from govgate.ledger.blocks import read_manifest
from govgate.project import bundle_zip
from govgate.project.exporting import export_evidence
from govgate.records import Request
from tests.project.test_exporting import packed, pythons, trust_of, verify

CONSENT = b"Ann Smith, yes\n"
REPORT = b"<h1>fair</h1>\n"


@pytest.fixture
def filled(office):
    """A judged model with a plain file, one with personal data, and one that was erased."""
    office.keep("report.html", REPORT)
    office.keep("consent.csv", CONSENT, personal=True)
    gone = office.keep("gone.csv", b"Bob, no\n", personal=True)
    office.erase(gone.attachment.handle)
    office.keep("foreign.txt", b"of another model", model=str(office.folder / "other"))
    project = office.project
    project.decide(Request(subject=project.subject(office.model), trained_by="tess"))
    return office


class Bundle:
    def __init__(self, office, *, personal):
        self.folder = office.folder.parent
        self.path = self.folder / "b.zip"
        export_evidence(office.project, office.model, self.path, with_personal=personal)
        self.trust = self.folder / "trust.json"
        self.trust.write_text(json.dumps(trust_of(office.project.book.trust)))
        with zipfile.ZipFile(self.path) as found:
            self.members = {name: found.read(name) for name in found.namelist()}

    def verify(self, members=None, **how):
        path = self.path
        if members is not None:
            path = packed(self.folder / "changed.zip", members, **how)
        return verify(path, "--trust", self.trust)

    def named(self, pattern):
        (name,) = [n for n in self.members if re.fullmatch(pattern, n)]
        return name


@pytest.fixture
def plain(filled):
    return Bundle(filled, personal=False)


@pytest.fixture
def whole(filled):
    return Bundle(filled, personal=True)


PLAIN, OPENED, SAID = "files/[0-9a-f]{64}", "personal/[0-9a-f]{64}", r"personal/[0-9a-f]{64}\.json"


def test_a_bundle_has_the_plain_files_and_says_what_became_of_the_others(plain):
    code, out = plain.verify()
    assert code == 0, out
    assert plain.members[plain.named(PLAIN)] == REPORT
    assert plain.named(PLAIN) == "files/" + sha256(REPORT)[7:]
    assert "report.html, 14 bytes" in out
    assert "has personal data, and is not in this bundle" in out
    assert "has personal data, and was erased" in out
    assert "request 17" in out
    everything = b"".join(plain.members.values())
    assert CONSENT not in everything
    assert sha256(CONSENT).encode() not in everything
    assert b"another model" not in everything


def test_personal_files_go_along_only_when_asked_for_and_can_be_checked(whole):
    code, out = whole.verify()
    assert code == 0, out
    assert whole.members[whole.named(OPENED)] == CONSENT
    assert "is not in this bundle" not in out
    assert b"Bob" not in b"".join(whole.members.values())


@pytest.mark.parametrize("python", [p for p in pythons() if "3.8" in p or p == pythons()[0]])
def test_the_oldest_python_agrees(whole, python):
    assert verify(whole.path, "--trust", whole.trust, python=python)[0] == 0


def test_a_bundle_is_its_owners_alone_and_the_same_again(filled, whole):
    assert stat.S_IMODE(whole.path.stat().st_mode) == 0o600
    again = filled.folder.parent / "again.zip"
    export_evidence(filled.project, filled.model, again, with_personal=True)
    assert again.read_bytes() == whole.path.read_bytes()


def said_otherwise(bundle, **fields):
    name = bundle.named(SAID)
    value = json.loads(bundle.members[name])
    value["file"] |= fields.pop("file", {})
    return {**bundle.members, name: canonical(value | fields)}


ATTACKS = {
    # OK
    "nothing": (0, lambda b: b.members),
    "no personal file at all": (
        0,
        lambda b: {n: d for n, d in b.members.items() if not n.startswith("personal/")},
    ),
    # NOT OK
    "a byte of a plain file": (
        1,
        lambda b: {**b.members, b.named(PLAIN): REPORT.replace(b"fair", b"foul")},
    ),
    "a plain file left out": (
        2,
        lambda b: {n: d for n, d in b.members.items() if not n.startswith("files/")},
    ),
    "a plain file under another digest": (
        1,
        lambda b: {**b.members, "files/" + "00" * 32: b.members[b.named(PLAIN)]},
    ),
    "a byte of a personal file": (1, lambda b: {**b.members, b.named(OPENED): CONSENT[:-1] + b"?"}),
    "a personal file left out": (
        2,
        lambda b: {n: d for n, d in b.members.items() if not re.fullmatch(OPENED, n)},
    ),
    "a personal file of nobody": (
        1,
        lambda b: {**b.members, "personal/" + "00" * 32: b"x"},
    ),
    "a plain file among the personal": (
        1,
        lambda b: {**b.members, b.named(PLAIN).replace("files", "personal"): REPORT},
    ),
    "a personal file among the plain": (
        1,
        lambda b: {**b.members, b.named(OPENED).replace("personal", "files"): CONSENT},
    ),
    "another salt": (1, lambda b: said_otherwise(b, salt=b64encode(bytes(32)).decode())),
    "a short salt": (1, lambda b: said_otherwise(b, salt="AAAA")),
    "another name": (1, lambda b: said_otherwise(b, file={"name": "x.csv"})),
    "another file with its own digest": (
        1,
        lambda b: {
            **said_otherwise(b, file={"sha256": sha256(b"x"), "size_bytes": 1}),
            b.named(OPENED): b"x",
        },
    ),
    "more in what is said": (1, lambda b: said_otherwise(b, more=1)),
    "a list for what is said": (1, lambda b: {**b.members, b.named(SAID): b"[]"}),
    "a slip up": (1, lambda b: {**b.members, "files/../../evil": b"x"}),
    "an absolute name": (1, lambda b: {**b.members, "/files/evil": b"x"}),
    "a hidden name": (1, lambda b: {**b.members, "personal/.evil": b"x"}),
    "a folder in a file's place": (1, lambda b: {**b.members, b.named(PLAIN) + "/x": b"x"}),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_was_done_to_the_files_of_a_bundle_is_found(whole, name):
    expected, attack = ATTACKS[name]
    code, out = whole.verify(attack(whole))
    assert code == expected, out


def test_a_bundle_whose_attachment_was_left_out_lacks_it(whole):
    (place,) = [
        line.split()[0]
        for line in whole.verify()[1].splitlines()
        if "attachment/v1" in line and "report.html" in line
    ]
    number = place.zfill(20)
    gone = {f"entries/{number}.json", f"proofs/{number}.tlog-proof"}
    code, out = whole.verify({n: d for n, d in whole.members.items() if n not in gone})
    assert code == 1
    assert "is attached by no entry" in out


def test_a_file_that_is_compressed_counts_for_the_bounds(whole):
    members = {**whole.members, whole.named(PLAIN): bytes(60_000_000)}
    code, out = whole.verify(members, compress=zipfile.ZIP_DEFLATED)
    assert code == 1
    assert "refused" in out


def test_a_large_file_in_a_bundle_is_read_in_pieces(filled, monkeypatch):
    monkeypatch.setattr(bundle_zip.zipfile, "ZIP64_LIMIT", 1 << 20)  # the long form of zip, early
    path = filled.folder.parent / "large.bin"
    with path.open("wb") as file:
        file.truncate(20 * 1024 * 1024)
    filled.project.attach(path, filled.model)
    bundle = Bundle(filled, personal=False)
    assert bundle.path.stat().st_size > 20 * 1024 * 1024
    code, out = bundle.verify()
    assert code == 0, out


@pytest.mark.parametrize("how", ["block gone", "key gone"])
def test_of_an_export_that_breaks_off_nothing_is_left(filled, how):
    project = filled.project
    kept = next(k for k in project.kept.all() if k.file and k.file.name == "consent.csv")
    if how == "block gone":
        manifest = read_manifest(kept.attachment.manifest, project.book.store)
        (filled.folder / "ledger" / evidence_key(manifest.blocks[0])).unlink()
    else:
        filled.secrets[0].unlink()
    before = sorted(os.scandir(filled.folder.parent), key=lambda e: e.name)
    with pytest.raises((TamperedError, EvidenceError)):
        Bundle(filled, personal=True)
    after = sorted(os.scandir(filled.folder.parent), key=lambda e: e.name)
    assert [e.name for e in after] == [e.name for e in before]


LOG = {
    # OK
    "nothing": (0, lambda _f, _m, _b: None),
    # NOT OK
    "a block gone": (2, lambda f, _m, b: (f / b).unlink()),
    "a manifest gone": (2, lambda f, m, _b: (f / m).unlink()),
    "a block changed": (1, lambda f, _m, b: (f / b).write_bytes(b"other")),
}


@pytest.mark.parametrize("which", ["report.html", "consent.csv"])
@pytest.mark.parametrize("name", LOG)
def test_the_stand_alone_verifier_reads_the_blocks_of_a_whole_ledger(filled, name, which):
    expected, attack = LOG[name]
    project = filled.project
    kept = next(k for k in project.kept.all() if k.file and k.file.name == which)
    manifest = read_manifest(kept.attachment.manifest, project.book.store)
    trust = filled.folder.parent / "trust.json"
    trust.write_text(json.dumps(trust_of(project.book.trust)))
    keys = evidence_key(kept.attachment.manifest), evidence_key(manifest.blocks[0])
    attack(filled.folder / "ledger", *keys)
    code, out = verify("--log", filled.folder / "ledger", "--trust", trust)
    assert code == expected, out


def test_the_blocks_of_an_erased_file_may_be_gone(filled):
    project = filled.project
    kept = next(k for k in project.kept.all() if k.erasure)
    manifest = read_manifest(kept.attachment.manifest, project.book.store)
    trust = filled.folder.parent / "trust.json"
    trust.write_text(json.dumps(trust_of(project.book.trust)))
    for digest in (manifest.blocks[0], kept.attachment.manifest):
        (filled.folder / "ledger" / evidence_key(digest)).unlink()
        assert verify("--log", filled.folder / "ledger", "--trust", trust)[0] == 0
        project.verify_ledger()
