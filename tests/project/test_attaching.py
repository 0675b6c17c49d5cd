"""A file that was added is kept once and whole, whatever happens on the way."""

import os
import tracemalloc

import pytest

from govgate.adapters import kept_files
from govgate.adapters.files import FileStore
from govgate.adapters.outbox import FileOutbox, FileParcel
from govgate.adapters.secret_files import FileSecrets
from govgate.canon import sha256
from govgate.errors import AuthorityError, EvidenceError, StoreError, TamperedError
from govgate.ledger import BLOCK_BYTES, attachment_of, evidence_key
from govgate.ledger.blocks import read_manifest
from govgate.project import attaching

MIB = 1024 * 1024


class KilledError(BaseException):
    """Stands for kill -9."""


WRITES = (
    (FileStore, "create"),
    (FileStore, "replace"),
    (FileSecrets, "put"),
    (FileSecrets, "destroy"),
    (FileOutbox, "put"),
    (FileParcel, "note"),
    (FileParcel, "remove"),
)


class Fault:
    """Breaks the n-th write of a project, before or after it lands; counts them all."""

    def __init__(self, monkeypatch, at, *, landed, error):
        self.done = 0
        for kind, name in WRITES:
            monkeypatch.setattr(kind, name, self.broken(getattr(kind, name), at, landed, error))

    def broken(self, real, at, landed, error):
        def write(*words):
            self.done += 1
            if self.done != at + 1:
                return real(*words)
            if landed:
                real(*words)
            raise error

        return write


FULL = StoreError("the disk is full; free some space and try again")
DATA = b"0123456789" * 1000


@pytest.mark.parametrize("data", [b"", b"x", DATA], ids=["empty", "one byte", "some"])
@pytest.mark.parametrize("personal", [False, True])
def test_a_file_comes_back(office, data, personal):
    kept = office.keep("r.txt", data, personal=personal)
    assert office.fetch(kept.attachment.handle) == data
    assert kept.file.name == "r.txt"
    assert kept.file.media_type == "text/plain"
    office.project.verify_ledger()


@pytest.mark.parametrize("personal", [False, True])
@pytest.mark.parametrize("more", [-1, 0, 1, BLOCK_BYTES + 7])
def test_a_file_of_several_blocks_comes_back(office, personal, more):
    data = os.urandom(BLOCK_BYTES + more)
    kept = office.keep("r.bin", data, personal=personal)
    assert office.fetch(kept.attachment.handle) == data
    assert kept.file.media_type == "application/octet-stream"


@pytest.mark.parametrize("personal", [False, True])
def test_the_same_file_twice_is_kept_once(office, personal):
    first = office.keep("r.txt", DATA, personal=personal)
    before = office.stored()
    assert office.keep("r.txt", DATA, personal=personal) == first
    assert office.stored() == before


def test_a_file_under_another_name_is_another_entry_and_no_more_bytes(office):
    office.keep("r.txt", DATA)
    before = {n for n in office.stored() if "/evidence/" in n}
    office.keep("s.txt", DATA)
    assert {n for n in office.stored() if "/evidence/" in n} == before
    assert [k.file.name for k in office.project.attachments(office.model)] == ["r.txt", "s.txt"]


def test_two_models_share_one_erasable_file_and_one_erasure_ends_both(office):
    other = str(office.folder / "other")
    first = office.keep("c.csv", DATA, personal=True)
    second = office.keep("c.csv", DATA, personal=True, model=other)
    assert first.attachment == second.attachment
    assert first.subject != second.subject
    assert len(office.secrets) == 1
    office.erase(first.attachment.handle)
    for model in (office.model, other):
        assert [str(k.state) for k in office.project.attachments(model)] == ["erased"]


def test_two_erasable_files_share_nothing(office):
    office.keep("a.csv", b"Ann", personal=True)
    office.keep("b.csv", b"Bob", personal=True)
    assert len(office.secrets) == 2
    assert len({k.attachment.manifest for k in office.project.kept.all()}) == 2


def writes_of_an_add(office, monkeypatch, personal):
    with monkeypatch.context() as counted:
        fault = Fault(counted, -1, landed=False, error=FULL)
        office.keep("count.txt", DATA, personal=personal)
        return fault.done


@pytest.mark.parametrize("error", [KilledError(), FULL], ids=["killed", "disk full"])
@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("personal", [False, True])
def test_an_add_cut_short_at_any_write_is_finished_by_adding_again(
    office, monkeypatch, personal, landed, error
):
    total = writes_of_an_add(office, monkeypatch, personal)
    assert total > 8
    for at in range(total):
        data = DATA + bytes([at])
        with monkeypatch.context() as broken:
            Fault(broken, at, landed=landed, error=error)
            try:
                office.keep("r.txt", data, personal=personal)
            except type(error):
                pass
        kept = office.keep("r.txt", data, personal=personal)
        assert office.fetch(kept.attachment.handle) == data
        found = [k for k in office.project.kept.all() if k.file and k.file.sha256 == sha256(data)]
        assert len(found) == 1
    assert office.project.kept.stray_keys() == []
    assert len(office.secrets) == (total + 1 if personal else 0)
    office.project.verify_ledger()


def test_the_key_is_durable_before_any_byte_and_every_byte_before_the_entry(office, monkeypatch):
    seen = []

    def noted(kind, name, what):
        real = getattr(kind, name)

        def write(*words):
            seen.append(what(words))
            return real(*words)

        monkeypatch.setattr(kind, name, write)

    noted(FileSecrets, "put", lambda _: "key")
    noted(FileOutbox, "put", lambda _: "entry")
    noted(FileStore, "create", lambda w: w[1].split("/")[0])
    office.keep("c.csv", DATA, personal=True)
    assert seen[:4] == ["key", "evidence", "evidence", "entry"]
    assert "evidence" not in seen[4:]


def change_once_read(monkeypatch, path, data):
    """Change a file between the reading that surveys it and the one that keeps it."""
    real, count = kept_files.blocks_of, []

    def blocks(*words):
        count.append(words)
        if len(count) == 2:
            path.write_bytes(data)
        return real(*words)

    monkeypatch.setattr(attaching, "blocks_of", blocks)


@pytest.mark.parametrize("personal", [False, True])
@pytest.mark.parametrize("now", [b"y" * 100, b"x" * 99, b"x" * 101, b""])
def test_a_file_that_changes_while_it_is_read_is_not_recorded(office, monkeypatch, personal, now):
    path = office.file("r.txt", b"x" * 100)
    change_once_read(monkeypatch, path, now)
    with pytest.raises(EvidenceError, match="changed while it was read"):
        office.project.attach(path, office.model, personal=personal)
    assert office.kinds() == []


def test_a_key_never_seals_two_texts(office, monkeypatch):
    # What was sealed before the change was noticed, and then again: one text for each nonce.
    sealed, real = {}, kept_files.blocks_of
    from govgate.ledger import sealing

    cipher = sealing.AESGCM

    class Noting:
        def __init__(self, key):
            self.key, self.real = key, cipher(key)

        def encrypt(self, nonce, text, more):
            sealed.setdefault((self.key, nonce), set()).add(text)
            return self.real.encrypt(nonce, text, more)

        decrypt = property(lambda self: self.real.decrypt)

    monkeypatch.setattr(sealing, "AESGCM", Noting)
    data = os.urandom(BLOCK_BYTES + 100)
    path = office.file("c.bin", data)
    changed = data[:10] + b"?" + data[11:-1] + b"?"
    for now in (changed, data[:-1] + b"?", data):
        with monkeypatch.context() as patched:
            change_once_read(patched, path, now)
            if now == data:
                office.project.attach(path, office.model, personal=True)
            else:
                with pytest.raises(EvidenceError):
                    office.project.attach(path, office.model, personal=True)
        path.write_bytes(data)
    assert real is kept_files.blocks_of
    assert len(sealed) == 2
    assert all(len(texts) == 1 for texts in sealed.values())


@pytest.mark.parametrize("personal", [False, True])
def test_a_large_file_needs_the_memory_of_a_few_blocks(office, personal):
    path = office.folder.parent / "large.bin"
    with path.open("wb") as file:
        file.truncate(64 * MIB)  # sparse
        file.seek(32 * MIB)
        file.write(b"in the middle")
    # What is imported once is no memory of this file.
    office.keep("small.bin", b"x", personal=personal)
    output = office.folder.parent / "back.bin"
    project = office.project
    tracemalloc.start()
    try:
        kept = project.attach(path, office.model, personal=personal)
        project.fetch(kept.attachment.handle, output)
        project.verify_ledger()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * BLOCK_BYTES
    assert kept.file.size_bytes == output.stat().st_size == 64 * MIB
    with output.open("rb") as file:
        file.seek(32 * MIB)
        assert file.read(13) == b"in the middle"


@pytest.mark.parametrize("name", ["line\nfeed.txt", "esc\x1b[2J.txt", "x\u202etxt.exe", "a\\b"])
def test_a_name_that_would_fool_a_reader_is_refused_before_anything_is_kept(office, name):
    path = office.file(name, b"x")
    for personal in (False, True):
        with pytest.raises(EvidenceError, match="cannot be kept so"):
            office.project.attach(path, office.model, personal=personal)
    assert office.kinds() == []
    assert office.secrets == []


def test_a_media_type_is_taken_as_given_and_read_strictly(office):
    path = office.file("r", b"x")
    kept = office.project.attach(path, office.model, media_type="text/x-report")
    assert kept.file.media_type == "text/x-report"
    with pytest.raises(EvidenceError, match="media_type"):
        office.project.attach(path, office.model, media_type="text/html; charset=utf-8")


def test_what_is_no_file_is_refused(office):
    with pytest.raises(EvidenceError, match="cannot be read"):
        office.project.attach(office.folder / "nowhere", office.model)
    with pytest.raises(EvidenceError, match=r"is no file|cannot be read"):
        office.project.attach(office.folder / "model", office.model)


@pytest.mark.parametrize("personal", [False, True])
def test_adding_again_mends_what_was_lost(office, personal):
    kept = office.keep("r.txt", DATA, personal=personal)
    manifest = read_manifest(kept.attachment.manifest, office.project.book.store)
    (office.folder / "ledger" / evidence_key(manifest.blocks[0])).unlink()
    with pytest.raises(TamperedError, match="is missing"):
        office.fetch(kept.attachment.handle)
    assert office.keep("r.txt", DATA, personal=personal) == kept
    assert office.fetch(kept.attachment.handle) == DATA


def test_keys_that_others_can_read_stop_an_add(office):
    office.keep("a.csv", b"Ann", personal=True)
    office.secrets[0].chmod(0o644)
    with pytest.raises(AuthorityError, match="chmod 600"):
        office.keep("b.csv", b"Bob", personal=True)


def test_a_damaged_key_is_passed_over_and_its_file_kept_anew(office):
    first = office.keep("a.csv", b"Ann", personal=True)
    office.secrets[0].write_bytes(b"damaged")
    second = office.keep("a.csv", b"Ann", personal=True)
    assert first.attachment.handle != second.attachment.handle
    assert office.fetch(second.attachment.handle) == b"Ann"


def test_an_entry_is_signed_by_the_gate_and_about_the_model(office):
    kept = office.keep("r.txt", DATA)
    (entry,) = office.project.book.entries()
    assert (entry.actor.id, entry.kind) == ("gate", "attachment/v1")
    assert attachment_of(entry) == kept.attachment
    assert entry.subject == office.project.subject(office.model)
