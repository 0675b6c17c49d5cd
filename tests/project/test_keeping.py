"""A kept file is given out whole and right, or not at all; what became of it is told apart."""

import shutil

import pytest

from govgate.canon import canonical
from govgate.errors import AuthorityError, EvidenceError, StoreError, TamperedError
from govgate.ledger import evidence_key
from govgate.ledger.blocks import read_manifest
from govgate.project import examine_health
from govgate.project.keeping import State

CONSENT = b"Ann Smith, 1970-01-01, yes\n"


@pytest.fixture
def kept(office):
    return office.keep("consent.csv", CONSENT, personal=True)


def states(office):
    return [k.state for k in office.project.kept.all()]


def health(office):
    return next(h for h in examine_health(office.folder) if h.about == "kept files")


def block_of(office, kept):
    manifest = read_manifest(kept.attachment.manifest, office.project.book.store)
    return office.folder / "ledger" / evidence_key(manifest.blocks[0])


def test_files_are_listed_with_their_model_by_name_and_by_bytes(office):
    office.keep("a.txt", b"a")
    office.keep("b.txt", b"b", model=str(office.folder / "other"))
    assert [k.file.name for k in office.project.attachments(office.model)] == ["a.txt"]
    assert office.project.attachments("models:/unknown/1") == []


def test_a_digest_may_be_given_without_its_algorithm(office, kept):
    digest = kept.attachment.handle
    assert office.fetch(digest.removeprefix("sha256:")) == CONSENT
    for wrong in ("sha256:" + "00" * 32, "", digest[:20]):
        with pytest.raises(EvidenceError, match="holds no file"):
            office.fetch(wrong)


def test_nothing_is_written_over(office, kept):
    output = office.file("mine", b"mine")
    with pytest.raises(StoreError, match="exists"):
        office.project.fetch(kept.attachment.handle, output)
    assert output.read_bytes() == b"mine"


@pytest.mark.parametrize("personal", [False, True])
@pytest.mark.parametrize("how", ["gone", "changed", "cut short"])
def test_of_a_file_that_does_not_hold_nothing_is_left(office, personal, how):
    found = office.keep("r.txt", CONSENT, personal=personal)
    block = block_of(office, found)
    data = block.read_bytes()
    block.unlink()
    if how != "gone":
        block.write_bytes(data[:-1] + (b"?" if how == "changed" else b""))
    before = set(office.folder.parent.iterdir())
    with pytest.raises(TamperedError, match="restore it from a copy"):
        office.fetch(found.attachment.handle)
    assert set(office.folder.parent.iterdir()) == before
    with pytest.raises(TamperedError):
        office.project.verify_ledger()


def test_a_restored_copy_holds_again(office, kept):
    copy = office.folder.parent / "copy"
    shutil.copytree(office.folder / "ledger", copy)
    block_of(office, kept).unlink()
    with pytest.raises(TamperedError):
        office.project.verify_ledger()
    for path in copy.rglob("evidence/**/*"):
        there = office.folder / "ledger" / path.relative_to(copy)
        if path.is_file() and not there.exists():
            shutil.copy(path, there)
    office.project.verify_ledger()
    assert office.fetch(kept.attachment.handle) == CONSENT


def test_an_audit_from_the_verified_head_on_reads_new_files_only(office, kept):
    office.project.verify_ledger()
    block_of(office, kept).unlink()
    office.project.verify_ledger(full=False)
    new = office.keep("new.txt", b"new")
    block_of(office, new).unlink()
    with pytest.raises(TamperedError, match="entry 1"):
        office.project.verify_ledger(full=False)


def test_a_lost_key_is_lost_and_not_erased(office, kept):
    secret = office.secrets[0]
    data = secret.read_bytes()
    secret.unlink()
    assert states(office) == [State.LOST]
    with pytest.raises(EvidenceError, match="is lost, and no erasure is recorded"):
        office.fetch(kept.attachment.handle)
    assert not health(office).healthy
    report = office.project.verify_ledger()
    assert office.project.kept.lost(report.unerased) == [kept.attachment.handle]
    secret.write_bytes(data)
    secret.chmod(0o600)
    assert office.fetch(kept.attachment.handle) == CONSENT
    assert health(office).healthy


def test_the_key_of_another_file_is_found_out(office, kept):
    office.keep("other.csv", b"Bob", personal=True)
    name = kept.attachment.handle.removeprefix("sha256:")
    ours, other = sorted(office.secrets, key=lambda p: p.name != name)
    ours.write_bytes(other.read_bytes())
    assert states(office) == [State.LOST, State.KEPT]
    with pytest.raises(EvidenceError, match="lost"):
        office.fetch(kept.attachment.handle)


def test_a_key_whose_description_was_changed_is_found_out(office, kept):
    path = office.secrets[0]
    path.write_bytes(path.read_bytes().replace(b"consent.csv", b"lottery.csv"))
    assert states(office) == [State.LOST]
    with pytest.raises(EvidenceError, match="lost"):
        office.fetch(kept.attachment.handle)


def test_a_key_that_opens_nothing_leaves_nothing(office, kept):
    path = office.secrets[0]
    text = path.read_bytes()
    at = text.index(b'"key":"') + 7
    path.write_bytes(text[:at] + b"A" * 43 + text[at + 43 :])
    with pytest.raises(TamperedError, match="not sealed with its key"):
        office.fetch(kept.attachment.handle)


def test_a_key_open_to_others_is_refused(office, kept):
    office.secrets[0].chmod(0o640)
    with pytest.raises(AuthorityError, match="chmod 600"):
        office.fetch(kept.attachment.handle)


@pytest.mark.usefixtures("kept")
def test_a_stray_key_is_shown_by_the_doctor(office):
    assert health(office).healthy
    stray = office.secrets[0].with_name("ab" * 32)
    stray.write_bytes(b"of an add that never was")
    stray.chmod(0o600)
    assert office.project.kept.stray_keys() == ["ab" * 32]
    said = health(office)
    assert not said.healthy
    assert "belongs to no entry" in said.said


def test_no_key_is_destroyed_without_an_erasure_on_record(office, kept):
    with pytest.raises(AuthorityError, match="no erasure"):
        office.project.kept.destroy(kept.attachment.handle)
    assert office.fetch(kept.attachment.handle) == CONSENT


def test_the_ledger_says_nothing_of_a_personal_file_but_its_commitment(office, kept):
    ledger = b"".join(d for n, d in office.stored().items() if n.startswith("ledger/"))
    assert b"consent" not in ledger
    assert b"csv" not in ledger
    (entry,) = office.project.book.entries()
    assert set(entry.record) == {"manifest", "file", "commitment"}
    assert entry.record["file"] is None
    assert entry.record["commitment"] == kept.attachment.handle
    assert b"size" not in canonical(entry.record)
